//! Several people at once: another role or end for all of them, or the end of their access, in one transaction.
//!
//! What may not happen here: some of it. Either everything that was asked for is done, or nothing is.

mod form;
mod present;

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};

use crate::{
    app::App,
    auth::{
        grants::{self, Count},
        guard::{Can, Db},
        scope::OrgWrite,
    },
    db::audit::{All, With},
    error::{Error, Result},
    features::{
        members::{
            events::{Event, REMOVED},
            handlers::changed,
            model::{self, Person, Terms},
            present::team,
            removal::gone,
            store,
        },
        tokens,
    },
    role::{ManageMembers, Role, Roles},
    web::{
        form::{FieldErrors, Form},
        frame::Frame,
        hx::Want,
        page::{Answer, Done, Page},
        proof,
        shell::{Section, counted},
    },
};

use form::SeveralForm;

/// What is done to one of them; `None` for the end of their access.
type Step = (Person, Option<Terms>);

/// The form that a query string begins, and how its answer is wanted.
#[derive(Debug)]
pub(super) struct Asked {
    form: SeveralForm,
    want: Want,
}

impl FromRequestParts<App> for Asked {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let form = serde_html_form::from_str(parts.uri.query().unwrap_or_default());
        let odd = |_| Error::Bad(StatusCode::UNPROCESSABLE_ENTITY, "That page does not exist.".into());
        Ok(Self { form: form.map_err(odd)?, want: Want::of(&parts.headers) })
    }
}

/// The form for whoever was ticked.
pub(super) async fn ask(who: Can<ManageMembers>, db: Db, frame: Frame, asked: Asked) -> Result<Answer> {
    let Asked { form, want } = asked;
    let accounts = form.accounts()?;
    if accounts.is_empty() {
        return Ok(Done::see(team(&who), want).say("Nobody was ticked. Tick the people first.").into());
    }
    let mut tx = db.read(&who).await?;
    let people = store::people(&mut tx, &accounts).await?;
    let count = grants::count(&mut tx).await?;
    drop(tx);
    check_all(who.roles(), &people, &who.org().slug)?;
    let scene = present::Scene { people: &people, count, now: frame.now() };
    let view = present::sheet(&who, frame.inside(&who, Section::Team), &scene, &form, &FieldErrors::new());
    Ok(Page::wanted(want, &view, &view.as_sheet())?.into())
}

/// All of it, or nothing.
pub(super) async fn act(
    who: Can<ManageMembers>,
    db: Db,
    frame: Frame,
    want: Want,
    Form(form): Form<SeveralForm>,
) -> Result<Answer> {
    let accounts = form.accounts()?;
    let mut tx = db.write(&who).await?;
    store::take_turn(&mut tx).await?;
    let roles = grants::roles(&mut tx, who.account().id).await?;
    model::check_still_manages(&roles)?;
    let people = store::people(&mut tx, &accounts).await?;
    check_all(&roles, &people, &who.org().slug)?;
    let count = grants::count(&mut tx).await?;
    let scene = present::Scene { people: &people, count, now: frame.now() };
    let steps = match planned(&who, &form, &scene) {
        Ok(steps) => steps,
        Err((errors, status)) => {
            drop(tx);
            let shell = frame.inside(&who, Section::Team);
            let view = present::sheet(&who, shell, &scene, &form, &errors);
            return Ok(Page::wanted(want, &view, &view.as_sheet())?.status(status).into());
        }
    };
    for (person, terms) in &steps {
        if let Some(terms) = terms {
            model::check_terms(&roles, who.account().id, person, terms, &who.org().slug)?;
        }
    }
    let done = steps.len();
    let events = perform(&mut tx, &form, &steps).await?;
    let mut ended = Vec::new();
    for (person, _) in steps.iter().filter(|(_, terms)| terms.is_none()) {
        ended.extend(tokens::end_of_member(&mut tx, person.account).await?);
    }
    tx.commit(With(events, ended)).await?;
    let (people, slug) = (counted(done, "person", "people"), &who.org().slug);
    let said = if form.removes() {
        format!("Removed {people} from {slug}.")
    } else {
        format!("Changed the access of {people} to {slug}.")
    };
    Ok(Done::see(team(&who), want).say(said).into())
}

/// # Errors
/// [`Error::Forbidden`] when one of them holds what the caller may not take.
fn check_all(caller: &Roles, people: &[Person], org: &str) -> Result<()> {
    people.iter().try_for_each(|person| model::check_change(caller, person, org))
}

/// What is to be done to whom; whoever has what is asked for already is left out.
fn planned(
    who: &Can<ManageMembers>,
    form: &SeveralForm,
    scene: &present::Scene<'_>,
) -> std::result::Result<Vec<Step>, (FieldErrors, StatusCode)> {
    let people = scene.people;
    if form.version.is_stale(&form::version(people)) {
        let errors = present::clash(who, scene, form);
        return Err((errors, StatusCode::CONFLICT));
    }
    let production = who.org().environment == "production";
    let steps: std::result::Result<Vec<Step>, FieldErrors> = if form.removes() {
        form.check_removal(people, who.account().id, production.then_some(who.org().slug.as_str()))
            .map(|()| people.iter().map(|person| (person.clone(), None)).collect())
    } else {
        form.terms(people, scene.now, production)
            .map(|all| all.into_iter().map(|(person, terms)| (person, Some(terms))).collect())
    };
    let steps = steps.map_err(|errors| (errors, StatusCode::UNPROCESSABLE_ENTITY))?;
    if owners_after(scene.count, &steps) == 0 {
        let kept = "At least one owner without an end date stays. Leave one of them out.";
        return Err((FieldErrors::one("people", kept), StatusCode::CONFLICT));
    }
    let raised = |(person, terms): &Step| {
        let role = terms.as_ref().map(|terms| terms.role);
        let role = role.filter(|_| !person.roles().contains(Role::Owner));
        role.is_some_and(|role| proof::is_needed(who.session(), scene.now, role, production))
    };
    if steps.iter().any(raised) {
        let errors = proof::asked(&format!("{}/several", team(who)), form);
        return Err((errors, StatusCode::UNPROCESSABLE_ENTITY));
    }
    Ok(steps)
}

/// How many owners without end there would be.
fn owners_after(count: Count, steps: &[Step]) -> usize {
    let before = steps.iter().filter(|(person, _)| person.is_standing_owner()).count();
    let stays = |terms: &Terms| terms.role == Role::Owner && terms.ends_at.is_none();
    let after = steps.iter().filter(|(_, terms)| terms.as_ref().is_some_and(stays)).count();
    count.standing_owners.saturating_sub(before) + after
}

async fn perform(
    tx: &mut OrgWrite<'_, ManageMembers>,
    form: &SeveralForm,
    steps: &[Step],
) -> Result<All<Event>> {
    let mut events = Vec::new();
    for (person, terms) in steps {
        if !store::end(tx, person).await? {
            return Err(model::changed());
        }
        let org = store::org(tx);
        match terms {
            Some(terms) => {
                store::replace(tx, person.account, terms, &person.top).await?;
                events.push(changed(org, person, terms));
            }
            None => events.push(Event { reason: form.why(), ..gone(&REMOVED, org, person) }),
        }
    }
    let mut events = events.into_iter();
    let first = events.next().ok_or_else(model::changed)?;
    Ok(All(first, events.collect()))
}
