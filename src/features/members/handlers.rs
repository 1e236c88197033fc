//! The team's pages: who is inside, and changing one person's role or end.
//!
//! What may not happen here: a decision about rights beyond asking `model`.

use axum::extract::{FromRequestParts, Query, RawPathParams};
use http::{StatusCode, request::Parts};

use crate::{
    app::App,
    auth::{
        grants,
        guard::{Can, Db},
        scope::OrgWrite,
    },
    clock::Instant,
    error::{Error, OrNotFound as _, Result},
    features::{
        invites,
        members::{
            events::{END_CHANGED, Event, ROLE_CHANGED},
            filter::{Filter, RawFilter},
            form::ChangeForm,
            model::{self, Person, Terms},
            present::{self, LAST_OWNER, Scene},
            store,
            views::{Effect, Index},
        },
    },
    ids::AccountId,
    role::{ManageMembers, Role, Roles, ViewOrg},
    web::{
        form::{FieldErrors, Form, Version},
        frame::{Frame, zone},
        hx::Want,
        page::{Answer, Done, Page},
        proof,
        shell::{Face, Section, Shell, counted, initials, tint},
    },
};

/// Whom a request is about, and how it wants its answer.
#[derive(Debug)]
pub(super) struct About {
    pub(super) account: AccountId,
    pub(super) want: Want,
    /// A change that is tried out, when the query string holds one.
    tried: Option<ChangeForm>,
}

impl FromRequestParts<App> for About {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Error::NotFound)?;
        let named = params.iter().find(|(name, _)| *name == "account");
        let account = named.and_then(|(_, id)| id.parse().ok()).or_not_found()?;
        let query = parts.uri.query().filter(|query| !query.is_empty());
        let tried = query.and_then(|query| serde_html_form::from_str(query).ok());
        Ok(Self { account, want: Want::of(&parts.headers), tried })
    }
}

/// How many open invitations the team page lists; the invites page has all.
const PENDING: i64 = 20;

/// Everybody inside.
pub(super) async fn index(
    who: Can<ViewOrg>,
    db: Db,
    frame: Frame,
    want: Want,
    Query(raw): Query<RawFilter>,
) -> Result<Page> {
    let filter = raw.parse()?;
    let now = frame.now();
    let mut tx = db.read(&who).await?;
    let cursors = db.cursors(&mut tx, "members", &filter.shape()).await?;
    let filter = filter.from(cursors.read(&raw.after)?);
    let members = store::list(&mut tx, &filter).await?;
    let manages = who.may::<ManageMembers>();
    let removed = if manages { store::removed(&mut tx, None).await? } else { Vec::new() };
    let invited = invites::pending(&mut tx, PENDING).await?;
    drop(tx);
    let pending = invited.iter().map(|invited| present::pending(&who, now, invited)).collect();
    let mine = removed.iter().filter(|gone| model::may_change(who.roles(), &gone.person.roles()));
    let removed = mine.map(|gone| present::removed_line(&who, now, gone)).collect();
    let team = present::team(&who);
    let owners = members.standing_owners;
    let next = members.next.map(|last| cursors.write(&last)).transpose()?;
    let older = next.map(|cursor| filter.url(&team, &cursor)).unwrap_or_default();
    let rows: Vec<_> =
        members.rows.into_iter().map(|member| present::row(&who, now, owners, member)).collect();
    let last = rows.iter().any(|row| row.you && !row.kept.is_empty());
    let mut view =
        Index { rows, older, removed, pending, ..blank(&who, frame.inside(&who, Section::Team), &filter) };
    if last && view.stay.is_empty() {
        view.stay = format!("You stay: {LAST_OWNER}");
    }
    Page::wanted(want, &view, &view.as_members())
}

/// The page without its rows: what the guard knows already.
fn blank(who: &Can<ViewOrg>, shell: Shell, filter: &Filter) -> Index {
    let team = present::team(who);
    let here = shell.here.as_ref();
    let people = here.map_or(0, |here| here.people);
    let me = who.account();
    let alone = (people == 1 && !filter.narrows()).then(|| Face {
        name: "You".into(),
        initials: initials(&me.name),
        tint: tint(me.id.uuid()),
        note: who.roles().highest().map_or("", crate::role::Role::word).into(),
        joining: false,
    });
    let personal = who.org().environment == "personal";
    Index {
        slug: who.org().slug.clone(),
        people: format!(
            "{} {}",
            counted(people, "person", "people"),
            if people == 1 { "has" } else { "have" }
        ),
        filter: present::filter_bar(filter, &team),
        invite: here
            .filter(|here| here.may_invite)
            .map(crate::web::shell::Here::invite_url)
            .unwrap_or_default(),
        alone: alone.into_iter().collect(),
        stay: if personal {
            "This is your personal organization. It is yours alone and stays.".into()
        } else {
            String::new()
        },
        team,
        shell,
        manages: who.may::<ManageMembers>() && !personal,
        rows: Vec::new(),
        older: String::new(),
        removed: Vec::new(),
        pending: Vec::new(),
    }
}

/// The form for one person's role and end; asked with values, what they would do.
pub(super) async fn edit(who: Can<ManageMembers>, db: Db, frame: Frame, about: About) -> Result<Page> {
    let mut tx = db.read(&who).await?;
    let person = store::find(&mut tx, about.account).await?.or_not_found()?;
    model::check_change(who.roles(), &person, &who.org().slug)?;
    let count = grants::count(&mut tx).await?;
    drop(tx);
    let scene = Scene { person: &person, count, now: frame.now() };
    let tried = about.tried.filter(|tried| !tried.role.is_empty());
    if let (Want::Fragment, Some(tried)) = (about.want, &tried) {
        let effect = present::effect(&who.org().slug, &scene, tried, &zone(who.account()));
        return Page::of(&Effect { effect });
    }
    let typed = tried.unwrap_or_else(|| ChangeForm::of(&person));
    let shell = frame.inside(&who, Section::Team);
    let view = present::edit(&who, shell, &scene, &typed, &FieldErrors::new());
    Page::wanted(about.want, &view, &view.as_sheet())
}

/// Another role, another end, or both.
pub(super) async fn update(
    who: Can<ManageMembers>,
    db: Db,
    frame: Frame,
    about: About,
    Form(typed): Form<ChangeForm>,
) -> Result<Answer> {
    let mut tx = db.write(&who).await?;
    let turn = turn(&mut tx, &who, about.account, &typed.version).await?;
    let person = &turn.person;
    let count = grants::count(&mut tx).await?;
    let scene = Scene { person, count, now: frame.now() };
    let production = who.org().environment == "production";
    let terms = match typed.parse(person, scene.now, production) {
        _ if turn.moved => Err(present::clash(&scene, &typed, &zone(who.account()))),
        other => other,
    };
    let again = |errors: &FieldErrors, status: StatusCode| -> Result<Answer> {
        let view = present::edit(&who, frame.inside(&who, Section::Team), &scene, &typed, errors);
        Ok(Page::wanted(about.want, &view, &view.as_sheet())?.status(status).into())
    };
    let terms = match terms {
        Ok(terms) => terms,
        Err(errors) => return again(&errors, errors.status()),
    };
    model::check_terms(&turn.roles, who.account().id, person, &terms, &who.org().slug)?;
    if scene.is_last_owner() && (terms.role != Role::Owner || terms.ends_at.is_some()) {
        return again(&FieldErrors::new(), StatusCode::CONFLICT);
    }
    let raised = !person.roles().contains(Role::Owner);
    if raised && proof::is_needed(who.session(), scene.now, terms.role, production) {
        let errors = proof::asked(&present::person_url(&who, person.account), &typed);
        return again(&errors, errors.status());
    }
    if !store::end(&mut tx, person).await? {
        return Err(model::changed());
    }
    store::replace(&mut tx, person.account, &terms, &person.top).await?;
    let event = changed(store::org(&tx), person, &terms);
    tx.commit(event).await?;
    let said = sentence(&who, person, &terms, scene.now);
    Ok(Done::see(present::team(&who), about.want).say(said).into())
}

/// What there is when the caller's turn has come.
#[derive(Debug)]
pub(super) struct Turn {
    /// The person as they are then.
    pub(super) person: Person,
    /// What they hold is not what the form was made from.
    pub(super) moved: bool,
    /// What the caller may do then.
    pub(super) roles: Roles,
}

/// Waits for the caller's turn and finds the person as they are then, and what the caller may still do. Somebody who
/// was never here is not found.
pub(super) async fn turn(
    tx: &mut OrgWrite<'_, ManageMembers>,
    who: &Can<ManageMembers>,
    account: AccountId,
    seen: &Version,
) -> Result<Turn> {
    let slug = &who.org().slug;
    let Some(before) = store::find(tx, account).await? else {
        let knew = seen.is_given() && store::was_here(tx, account).await?;
        return Err(if knew { model::went(slug) } else { Error::NotFound });
    };
    model::check_change(who.roles(), &before, slug)?;
    store::take_turn(tx).await?;
    let roles = grants::roles(tx, who.account().id).await?;
    model::check_still_manages(&roles)?;
    let person = store::find(tx, account).await?.ok_or_else(|| model::went(slug))?;
    let made_from = if seen.is_given() { seen } else { &before.version() };
    let moved = made_from.is_stale(&person.version());
    model::check_change(&roles, &person, slug)?;
    Ok(Turn { person, moved, roles })
}

pub(super) fn changed(org: crate::ids::OrgId, person: &Person, terms: &Terms) -> Event {
    let role = (person.role_words(), terms.role.key().to_owned());
    Event {
        action: if role.0 == role.1 { &END_CHANGED } else { &ROLE_CHANGED },
        org,
        account: person.account,
        role: (Some(role.0), Some(role.1)),
        ends: (person.top.ends_at, terms.ends_at),
        reason: terms.reason.clone(),
    }
}

fn sentence(who: &Can<ManageMembers>, person: &Person, terms: &Terms, now: Instant) -> String {
    let name = if person.account == who.account().id { "You are" } else { &format!("{} is", person.name) };
    let until = match terms.ends_at {
        None => "without an end date".to_owned(),
        Some(end) => format!("until {}", zone(who.account()).end(end, now).exact),
    };
    format!("{name} {} of {} {until}.", terms.role.phrase(), who.org().slug)
}
