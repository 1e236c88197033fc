//! Ways out of an organization and, for ten minutes, back in: removal, leaving, restoration.
//!
//! What may not happen here: access that goes on after the answer. Everything somebody holds ends in one transaction.

use http::StatusCode;

use crate::{
    auth::{
        grants,
        guard::{Can, Db},
        scope::OrgScope,
    },
    db::audit::With,
    error::{Error, OrNotFound as _, Result},
    features::{
        members::{
            events::{Event, LEFT, REMOVED, RESTORED},
            form::RemovalForm,
            handlers::{About, turn},
            model::{self, Person, Terms},
            present::{self, LAST_OWNER, Scene},
            store,
            views::Remove,
        },
        tokens,
    },
    ids::OrgId,
    role::{ManageMembers, ViewOrg},
    web::{
        form::{FieldErrors, Form, Nothing},
        frame::{Frame, environment, zone},
        hx::Want,
        page::{Answer, Done, Page},
        shell::{Section, Shell, counted},
    },
};

/// What goes along with somebody.
struct Along {
    /// Invitations that they sent and nobody answered.
    invitations: usize,
    /// The names of the tokens that they made.
    tokens: Vec<String>,
}

impl Along {
    async fn of(db: &mut impl OrgScope, who: &Can<ManageMembers>, person: &Person) -> Result<Self> {
        Ok(Self {
            invitations: store::invitations_sent(db, person.account).await?,
            tokens: tokens::names_of_member(db, who.account().id, person.account).await?,
        })
    }
}

/// What goes with a person, before they go.
pub(super) async fn ask(who: Can<ManageMembers>, db: Db, frame: Frame, about: About) -> Result<Page> {
    let mut tx = db.read(&who).await?;
    let person = store::find(&mut tx, about.account).await?.or_not_found()?;
    model::check_change(who.roles(), &person, &who.org().slug)?;
    check_other(&who, &person)?;
    let count = grants::count(&mut tx).await?;
    let along = Along::of(&mut tx, &who, &person).await?;
    drop(tx);
    let scene = Scene { person: &person, count, now: frame.now() };
    let shell = frame.inside(&who, Section::Team);
    let view = sheet(&who, shell, &scene, &along, (&RemovalForm::default(), &FieldErrors::new()));
    Page::wanted(about.want, &view, &view.as_sheet())
}

/// Ends everything that somebody holds here.
pub(super) async fn remove(
    who: Can<ManageMembers>,
    db: Db,
    frame: Frame,
    about: About,
    Form(typed): Form<RemovalForm>,
) -> Result<Answer> {
    let mut tx = db.write(&who).await?;
    let turn = turn(&mut tx, &who, about.account, &typed.version).await?;
    let person = &turn.person;
    check_other(&who, person)?;
    let count = grants::count(&mut tx).await?;
    let scene = Scene { person, count, now: frame.now() };
    let checked = match typed.parse(person, who.org().environment == "production") {
        _ if turn.moved => Err(clash(&who, &scene)),
        other => other,
    };
    let refused = match &checked {
        Err(errors) => Some((errors.clone(), errors.status())),
        Ok(_) => scene.is_last_owner().then(|| (FieldErrors::new(), StatusCode::CONFLICT)),
    };
    if let Some((errors, status)) = refused {
        let along = Along::of(&mut tx, &who, person).await?;
        drop(tx);
        let view = sheet(&who, frame.inside(&who, Section::Team), &scene, &along, (&typed, &errors));
        return Ok(Page::wanted(about.want, &view, &view.as_sheet())?.status(status).into());
    }
    if !store::end(&mut tx, person).await? {
        return Err(model::changed());
    }
    let remain = grants::count(&mut tx).await?.people;
    let reason = checked.unwrap_or_default();
    let event = Event { reason, ..gone(&REMOVED, store::org(&tx), person) };
    let ended = tokens::end_of_member(&mut tx, person.account).await?;
    tx.commit(With(event, ended)).await?;
    let said = format!(
        "Removed {} from {}. {} {}.",
        person.name,
        who.org().slug,
        counted(remain, "person", "people"),
        if remain == 1 { "remains" } else { "remain" }
    );
    let done = Done::see(present::team(&who), about.want).say(said);
    Ok(done.restore(present::restoration_url(&who, person.account)).into())
}

/// What somebody holds now, when it is not what they held as their removal was asked for.
fn clash(who: &Can<ManageMembers>, scene: &Scene<'_>) -> FieldErrors {
    let holds = present::holds(scene.person, scene.now, &zone(who.account()));
    FieldErrors::clash([("Access", format!("{} is {holds}", scene.person.first_name()), "Remove".into())])
}

/// Ends everything that the caller holds here.
pub(super) async fn leave(who: Can<ViewOrg>, db: Db, want: Want, _: Form<Nothing>) -> Result<Done> {
    let mut tx = db.write(&who).await?;
    store::take_turn(&mut tx).await?;
    let me = store::find(&mut tx, who.account().id).await?.ok_or_else(model::changed)?;
    let owners = grants::count(&mut tx).await?.standing_owners;
    if me.is_standing_owner() && owners == 1 {
        return Err(Error::Conflict(format!("You are still here: {LAST_OWNER}")));
    }
    if !store::end(&mut tx, &me).await? {
        return Err(model::changed());
    }
    let event = gone(&LEFT, store::org(&tx), &me);
    let ended = tokens::end_of_member(&mut tx, me.account).await?;
    tx.commit(With(event, ended)).await?;
    Ok(Done::see("/orgs", want).say(format!("You left {}. Your access ended.", who.org().slug)))
}

/// Takes a removal back, within ten minutes and on the same terms.
pub(super) async fn restore(who: Can<ManageMembers>, db: Db, about: About, _: Form<Nothing>) -> Result<Done> {
    let mut tx = db.write(&who).await?;
    store::take_turn(&mut tx).await?;
    let roles = grants::roles(&mut tx, who.account().id).await?;
    model::check_still_manages(&roles)?;
    let removed = store::removed(&mut tx, Some(about.account)).await?;
    let removed = removed.into_iter().next().or_not_found()?;
    let person = &removed.person;
    model::check_change(&roles, person, &who.org().slug)?;
    for held in person.holdings() {
        let terms = Terms { role: held.role, ends_at: held.ends_at, reason: held.reason.clone() };
        store::replace(&mut tx, person.account, &terms, held).await?;
    }
    let event = Event {
        action: &RESTORED,
        org: store::org(&tx),
        account: person.account,
        role: (None, Some(person.role_words())),
        ends: (None, person.top.ends_at),
        reason: None,
    };
    tx.commit(event).await?;
    let said = format!("{} is back in {} on the same terms.", person.name, who.org().slug);
    Ok(Done::see(present::team(&who), about.want).say(said))
}

pub(super) fn gone(action: &'static crate::db::audit::Action, org: OrgId, person: &Person) -> Event {
    Event {
        action,
        org,
        account: person.account,
        role: (Some(person.role_words()), None),
        ends: (person.top.ends_at, None),
        reason: None,
    }
}

fn check_other(who: &Can<ManageMembers>, person: &Person) -> Result<()> {
    if person.account != who.account().id {
        return Ok(());
    }
    Err(Error::Conflict("To give up your own access, use Leave at the foot of the team page.".into()))
}

fn sheet(
    who: &Can<ManageMembers>,
    shell: Shell,
    scene: &Scene<'_>,
    along: &Along,
    (typed, errors): (&RemovalForm, &FieldErrors),
) -> Remove {
    let person = scene.person;
    let slug = &who.org().slug;
    let environment = environment(&who.org().environment);
    let mut consequences = vec![
        format!("{} loses access to {slug} now, on every device.", person.name),
        match scene.count.people.saturating_sub(1) {
            1 => format!("1 person remains in {slug}."),
            remain => format!("{remain} people remain in {slug}."),
        },
    ];
    if along.invitations > 0 {
        let waiting = counted(along.invitations, "invitation", "invitations");
        consequences
            .push(format!("{waiting} sent by {} cannot be accepted until an admin approves.", person.name));
    }
    if !along.tokens.is_empty() {
        let are = if along.tokens.len() == 1 { "is" } else { "are" };
        let count = counted(along.tokens.len(), "token", "tokens");
        consequences.push(format!("Their {count} {are} revoked for good: {}.", along.tokens.join(", ")));
    }
    consequences.push("Apps keep running. You can restore the access for 10 minutes.".into());
    Remove {
        shell,
        environment,
        team: present::team(who),
        url: format!("{}/remove", present::person_url(who, person.account)),
        title: format!("Remove {} from {slug}?", person.name),
        submit: format!("Remove {} from {slug}", person.first_name()),
        cancel: format!("Keep {}", person.first_name()),
        purpose: format!("to remove {}", person.first_name()),
        consequences,
        confirmation: if environment.is_production() { person.confirmation().into() } else { String::new() },
        confirm_error: errors.of("confirm").into(),
        reason: typed.reason.clone(),
        reason_error: errors.of("reason").into(),
        kept: if scene.is_last_owner() {
            format!("{} stays: {LAST_OWNER}", person.first_name())
        } else {
            String::new()
        },
        version: person.version().as_str().into(),
        both: errors.both().to_vec(),
    }
}
