//! The pages of those who invite.
//!
//! What may not happen here: an invitation to a personal organization, or to a role that the caller may not grant.

use std::collections::BTreeMap;

use axum::extract::{Path, Query};
use serde::Deserialize;

use super::{
    events::Event,
    form::NewInviteForm,
    model::NewInvites,
    store::{self, After},
    views,
};
use crate::{
    auth::{
        grants,
        guard::{Can, Db},
        scope::OrgScope,
    },
    clock::Instant,
    db::audit::All,
    error::{Error, Forbidden, OrNotFound as _, Result},
    ids::InvitationId,
    role::{ManageMembers, Role},
    web::{
        form::{FieldErrors, Form},
        frame::{self, Frame},
        hx::Want,
        page::{Answer, Done, Page},
        proof,
        shell::Section,
    },
};

type Who = Can<ManageMembers>;
const PAGE: usize = 50;

/// `/invites?before=…`
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    #[serde(default)]
    before: String,
}

/// `…/{id}/…`; the slug is the guard's.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    id: String,
}

impl Named {
    fn id(&self) -> Result<InvitationId> {
        self.id.parse().ok().or_not_found()
    }
}

/// Nobody but its person is ever in a personal organization.
fn shared(who: &Who) -> Result<()> {
    if who.org().environment == "personal" { Err(Error::NotFound) } else { Ok(()) }
}

/// The list, newest first.
pub(super) async fn index(
    who: Who,
    db: Db,
    frame: Frame,
    want: Want,
    Query(place): Query<Place>,
) -> Result<Page> {
    shared(&who)?;
    let (zone, now, slug) = (frame::zone(who.account()), frame.now(), who.org().slug.clone());
    let most = i64::try_from(PAGE + 1).unwrap_or(51);
    let mut tx = db.read(&who).await?;
    let cursors = db.cursors(&mut tx, "invites", &()).await?;
    let mut rows = store::list(&mut tx, cursors.read(&place.before)?, most).await?;
    drop(tx);
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().filter(|_| more);
    let next = last.map(|row| cursors.write(&After { at: row.created_at, id: row.id })).transpose()?;
    let older = next.map(|cursor| format!("/orgs/{slug}/invites?before={cursor}"));
    let view = views::Index {
        shell: frame.inside(&who, Section::Invites),
        rows: rows.iter().map(|row| views::Line::of(row, &slug, who.roles(), &zone, now)).collect(),
        older: older.unwrap_or_default(),
        new_url: format!("/orgs/{slug}/invites/new"),
        slug,
    };
    Page::wanted(want, &view, &view.as_list())
}

/// The form.
pub(super) async fn new(
    who: Who,
    db: Db,
    frame: Frame,
    want: Want,
    Query(typed): Query<NewInviteForm>,
) -> Result<Page> {
    shared(&who)?;
    let blank = || NewInviteForm::blank(who.org().environment == "production");
    let typed = if typed == NewInviteForm::default() { blank() } else { typed };
    let preview = preview_of(&mut db.read(&who).await?, &typed, &who.org().slug).await?;
    let view =
        views::New::of(&who, frame.inside(&who, Section::Invites), &typed, &FieldErrors::new(), preview);
    Page::wanted(want, &view, &view.as_sheet())
}

/// What the form would change, as far as it is filled in.
pub(super) async fn preview(who: Who, db: Db, Query(typed): Query<NewInviteForm>) -> Result<Page> {
    shared(&who)?;
    Page::of(&preview_of(&mut db.read(&who).await?, &typed, &who.org().slug).await?)
}

async fn preview_of(db: &mut impl OrgScope, typed: &NewInviteForm, slug: &str) -> Result<views::Preview> {
    let emails: Vec<String> =
        typed.lines().into_iter().filter_map(|line| line.email.ok()).take(super::form::MOST).collect();
    let known = if emails.is_empty() { BTreeMap::new() } else { store::standing(db, &emails).await? };
    let counts = (grants::count(db).await?.people, store::open(db).await?);
    Ok(views::Preview::of(typed, &known, counts, slug))
}

/// Invites everybody on the form, or nobody.
pub(super) async fn create(
    who: Who,
    db: Db,
    frame: Frame,
    want: Want,
    Form(typed): Form<NewInviteForm>,
) -> Result<Answer> {
    shared(&who)?;
    let production = who.org().environment == "production";
    if let Some(role) = Role::parse(&typed.role) {
        grantable(&who, role)?;
    }
    let now = frame.now();
    let mut tx = db.write(&who).await?;
    let checked = match typed.parse(production, now) {
        Ok(new) => {
            let known = store::standing(&mut tx, &new.emails).await?;
            let mut errors = typed.refused(&known);
            if errors.is_empty() && proof::is_needed(who.session(), now, new.role, production) {
                errors = proof::asked(&format!("/orgs/{}/invites/new", who.org().slug), &typed);
            }
            if errors.is_empty() { Ok(new) } else { Err(errors) }
        }
        Err(errors) => Err(errors),
    };
    let new = match checked {
        Ok(new) => new,
        Err(errors) => {
            let preview = preview_of(&mut tx, &typed, &who.org().slug).await?;
            let view = views::New::of(&who, frame.inside(&who, Section::Invites), &typed, &errors, preview);
            return Ok(Page::wanted(want, &view, &view.as_sheet())?.status(errors.status()).into());
        }
    };
    let mut events: Vec<Event> = Vec::new();
    // One order for everybody, so that two forms with the same people wait for each other instead of in a circle.
    let mut emails = new.emails.clone();
    emails.sort();
    for email in &emails {
        events.push(store::insert(&mut tx, email, &new).await?.0);
    }
    let mut events = events.into_iter();
    let first = events.next().or_not_found()?;
    tx.commit(All(first, events.collect())).await?;
    let sentence = sentence(&new, &who, now);
    Ok(Done::see(format!("/orgs/{}/invites", who.org().slug), want).say(sentence).into())
}

fn grantable(who: &Who, role: Role) -> Result<()> {
    if who.roles().may_grant(role) {
        return Ok(());
    }
    Err(Error::Forbidden(Forbidden {
        cannot: format!("invite {} to {}", role.phrase(), who.org().slug),
        who_can: "Its owners can.".into(),
    }))
}

/// What was done, in the same words whether or not Cordon knows any of the addresses.
fn sentence(new: &NewInvites, who: &Who, now: Instant) -> String {
    let whom = match new.emails.as_slice() {
        [one] => one.clone(),
        many => format!("{} people", many.len()),
    };
    let zone = frame::zone(who.account());
    let until = new.ends_at.map(|at| format!(" until {}", zone.date(at, now))).unwrap_or_default();
    let role =
        if new.emails.len() == 1 { new.role.phrase().to_owned() } else { format!("{}s", new.role.key()) };
    format!("Invited {whom} as {role} of {}{until}.", who.org().slug)
}

/// Mails it again, with a new link.
pub(super) async fn resend(
    who: Who,
    db: Db,
    frame: Frame,
    want: Want,
    Path(named): Path<Named>,
) -> Result<Done> {
    let (mut tx, id) = begin(&who, &db, &named, Some(frame.now())).await?;
    let event = store::resend(&mut tx, id).await?.ok_or_else(answered)?;
    let sentence = format!("Sent {} a new link. The old one stopped working.", event.email);
    tx.commit(event).await?;
    Ok(back(&who, want).say(sentence))
}

/// Ends it.
pub(super) async fn withdraw(who: Who, db: Db, want: Want, Path(named): Path<Named>) -> Result<Done> {
    let (mut tx, id) = begin(&who, &db, &named, None).await?;
    let event = store::withdraw(&mut tx, id).await?.ok_or_else(answered)?;
    let sentence = format!("Withdrew the invitation of {}.", event.email);
    tx.commit(event).await?;
    Ok(back(&who, want).say(sentence))
}

/// Lets a held one go on.
pub(super) async fn approve(
    who: Who,
    db: Db,
    frame: Frame,
    want: Want,
    Path(named): Path<Named>,
) -> Result<Done> {
    let (mut tx, id) = begin(&who, &db, &named, Some(frame.now())).await?;
    let event = store::approve(&mut tx, id).await?.ok_or_else(answered)?;
    let sentence = format!("Approved the invitation of {} and mailed a new link.", event.email);
    tx.commit(event).await?;
    Ok(back(&who, want).say(sentence))
}

/// The invitation, held until the transaction ends. With the present moment, as far as its role may be offered now.
async fn begin<'g>(
    who: &'g Who,
    db: &Db,
    named: &Named,
    offers_at: Option<Instant>,
) -> Result<(crate::auth::scope::OrgWrite<'g, ManageMembers>, InvitationId)> {
    let id = named.id()?;
    let mut tx = db.write(who).await?;
    let (role, _) = store::lock(&mut tx, id).await?.or_not_found()?;
    if let Some(now) = offers_at {
        let role = Role::parse(&role).or_not_found()?;
        grantable(who, role)?;
        if proof::is_needed(who.session(), now, role, who.org().environment == "production") {
            return Err(Error::Forbidden(Forbidden {
                cannot: format!("offer {} to anyone yet", who.org().slug),
                who_can: "Making an owner takes a sign-in of the last 15 minutes: sign out and in again."
                    .into(),
            }));
        }
    }
    Ok((tx, id))
}

fn back(who: &Who, want: Want) -> Done {
    Done::see(format!("/orgs/{}/invites", who.org().slug), want)
}

fn answered() -> Error {
    Error::Conflict("This invitation was answered, withdrawn or held meanwhile. Nothing was changed.".into())
}
