//! The sheets of tokens: making one, showing it once, revoking.
//!
//! What may not happen here: a second way to see a token. [`Made`] is drawn by the request that made it.

use askama::Template;

use crate::{
    auth::{
        guard::{Can, SignedIn},
        token::{Kind, Secret},
    },
    db::context::Account,
    features::tokens::{
        form::{NewForm, RevokeForm},
        handlers::About,
        model::{NewToken, Token, can},
        own,
        store::PAGE,
        views::word,
    },
    role::{Permission, Scope},
    web::{
        form::FieldErrors,
        frame::{Frame, environment, zone},
        shell::{Environment, Section, Shell, counted},
    },
};

/// A choice of what a token can do.
pub(super) struct Choice {
    key: &'static str,
    label: &'static str,
    text: &'static str,
    checked: bool,
}

/// Where a sheet belongs: what it looks like, where it is sent and where it goes back to.
struct Place {
    environment: Environment,
    action: String,
    back: String,
}

impl Place {
    fn in_org<P>(who: &Can<P>, tail: &str, back: &str) -> Self {
        let org = who.org().slug.clone();
        Self {
            environment: environment(&who.org().environment),
            action: format!("/orgs/{org}{tail}"),
            back: format!("/orgs/{org}{back}"),
        }
    }

    fn own(tail: &str) -> Self {
        let environment = Environment::Personal;
        let action = format!("{}{tail}", own::HERE);
        Self { environment, action, back: own::HERE.into() }
    }
}

#[derive(Template)]
#[template(path = "tokens/new.html", blocks = ["sheet"])]
pub(in super::super) struct New {
    shell: Shell,
    place: Place,
    title: String,
    submit: String,
    lead: String,
    choices: Vec<Choice>,
    days: Vec<(&'static str, String, bool)>,
    form: NewForm,
    errors: FieldErrors,
}

impl New {
    /// Of an organization, or of one of its apps.
    pub(in super::super) fn in_org<P: Permission>(
        who: &Can<P>,
        frame: Frame,
        app: Option<String>,
        form: NewForm,
        errors: FieldErrors,
    ) -> Self {
        let slug = who.org().slug.clone();
        let (place, title, choices, section) = if let Some(app) = &app {
            (
                Place::in_org(who, &format!("/apps/{app}/tokens"), &format!("/apps/{app}")),
                format!("New deploy token for {app}"),
                Vec::new(),
                Section::Apps,
            )
        } else {
            let mut offered = vec![
                (Scope::Read, "Read", "Sees what a viewer sees. Changes nothing."),
                (Scope::Member, "What a member can", "Also adds, changes, deploys and deletes apps."),
                (Scope::Admin, "What an admin can", "Also the team, networks and settings."),
            ];
            offered.retain(|(scope, _, _)| who.holds(scope.permissions()));
            (
                Place::in_org(who, "/tokens", "/tokens"),
                format!("New token for {slug}"),
                choices(&form, &offered),
                Section::Tokens,
            )
        };
        let submit = match &app {
            Some(app) => format!("Make deploy token for {app}"),
            None => format!("Make token for {slug}"),
        };
        let lead = match &app {
            Some(app) => format!("It records releases of {app} and sees nothing else."),
            None => format!("For a program that acts in {slug}. It is listed here with you as its maker."),
        };
        let days = spans(&form);
        Self { shell: frame.inside(who, section), place, title, submit, lead, choices, days, form, errors }
    }

    /// Of the caller's own.
    pub(in super::super) fn own(who: &SignedIn, frame: Frame, form: NewForm, errors: FieldErrors) -> Self {
        let offered = [
            (Scope::Read, "Read", "Sees what a viewer sees, in every organization that you reach."),
            (Scope::Full, "All that you can", "Acts as you, in every organization that you reach."),
        ];
        Self {
            shell: frame.site(who, Section::Account),
            place: Place::own(""),
            title: "New personal token".into(),
            submit: "Make personal token".into(),
            lead: "It goes where you go, and never further. Prefer a token of one organization.".into(),
            choices: choices(&form, &offered),
            days: spans(&form),
            form,
            errors,
        }
    }
}

fn choices(form: &NewForm, offered: &[(Scope, &'static str, &'static str)]) -> Vec<Choice> {
    let choice = |&(scope, label, text): &(Scope, &'static str, &'static str)| Choice {
        key: scope.key(),
        label,
        text,
        checked: form.scope == scope.key(),
    };
    offered.iter().map(choice).collect()
}

fn spans(form: &NewForm) -> Vec<(&'static str, String, bool)> {
    let typed = if form.days.trim().is_empty() { "90" } else { form.days.trim() };
    ["7", "30", "90", "365"].map(|days| (days, format!("{days} days"), days == typed)).into()
}

#[derive(Template)]
#[template(path = "tokens/made.html", blocks = ["sheet"])]
pub(in super::super) struct Made {
    shell: Shell,
    place: Place,
    title: String,
    secret: String,
    facts: String,
}

impl Made {
    pub(in super::super) fn in_org<P>(
        who: &Can<P>,
        frame: Frame,
        token: &NewToken,
        app: Option<&str>,
        secret: &Secret,
    ) -> Self {
        let back = app.map_or_else(|| "/tokens".to_owned(), |app| format!("/apps/{app}"));
        Self {
            place: Place::in_org(who, "", &back),
            title: format!("Token {} is ready", token.name),
            secret: secret.reveal().to_owned(),
            facts: facts(who.account(), &frame, token, app),
            shell: frame.inside(who, if app.is_some() { Section::Apps } else { Section::Tokens }),
        }
    }

    pub(in super::super) fn own(who: &SignedIn, frame: Frame, token: &NewToken, secret: &Secret) -> Self {
        Self {
            place: Place::own(""),
            title: format!("Token {} is ready", token.name),
            secret: secret.reveal().to_owned(),
            facts: facts(who.account(), &frame, token, None),
            shell: frame.site(who, Section::Account),
        }
    }
}

/// `Deploy token: deploy checkout-api. Ends Sun 21 Feb 2027, 17:00 UTC.`
fn facts(me: &Account, frame: &Frame, token: &NewToken, app: Option<&str>) -> String {
    let kind = match token.kind {
        Kind::Org => "Organization token",
        Kind::Deploy => "Deploy token",
        Kind::ReadOnly => "Read-only token",
        Kind::Personal => "Personal token",
    };
    let end = zone(me).end(token.expires_at, frame.now());
    match token.scope {
        Scope::Read => format!("{kind}. Ends {}.", end.exact),
        scope => format!("{kind}: {}. Ends {}.", can(scope, app).to_lowercase(), end.exact),
    }
}

#[derive(Template)]
#[template(path = "tokens/revocation.html", blocks = ["sheet"])]
pub(in super::super) struct Revocation {
    shell: Shell,
    place: Place,
    title: String,
    submit: String,
    consequences: Vec<String>,
    /// What must be typed; empty when nothing.
    confirmation: String,
    form: RevokeForm,
    errors: FieldErrors,
}

impl Revocation {
    pub(in super::super) fn in_org<P: Permission>(
        who: &Can<P>,
        frame: Frame,
        about: &About,
        form: RevokeForm,
        errors: FieldErrors,
    ) -> Self {
        let slug = &who.org().slug;
        let production = who.org().environment == "production";
        let (tail, title, submit, first, typed) = match about {
            About::One(token) => (
                format!("/tokens/{}/revocation", token.id),
                format!("Revoke {}?", token.name),
                format!("Revoke {}", token.name),
                one(who.account(), &frame, token),
                token.name.clone(),
            ),
            About::Maker(id, name, count) => (
                format!("/tokens/of/{id}/revocation"),
                format!("Revoke every token that {name} made?"),
                format!("Revoke {} of {name}", counted(*count, "token", "tokens")),
                format!("{} in {slug} stop working now.", at_least(*count)),
                String::new(),
            ),
            About::All(count) => (
                "/tokens/revocation".to_owned(),
                format!("Revoke every token of {slug}?"),
                format!("Revoke every token of {slug}"),
                format!("{} stop working now, deploy tokens of every app included.", at_least(*count)),
                slug.clone(),
            ),
        };
        Self {
            place: Place::in_org(who, &tail, "/tokens"),
            title,
            submit,
            consequences: vec![first, LAST.into()],
            confirmation: if production { typed } else { String::new() },
            form,
            errors,
            shell: frame.inside(who, Section::Tokens),
        }
    }

    /// One of the caller's own, or all of them.
    pub(in super::super) fn own(
        who: &SignedIn,
        frame: Frame,
        token: Option<&Token>,
        count: usize,
        form: RevokeForm,
        errors: FieldErrors,
    ) -> Self {
        let (tail, title, submit, first) = match token {
            Some(token) => (
                format!("/{}/revocation", token.id),
                format!("Revoke {}?", token.name),
                format!("Revoke {}", token.name),
                one(who.account(), &frame, token),
            ),
            None => (
                "/revocation".to_owned(),
                "Revoke all your personal tokens?".to_owned(),
                "Revoke all my personal tokens".to_owned(),
                format!("{} stop working now. Tokens of organizations stay.", at_least(count)),
            ),
        };
        Self {
            place: Place::own(&tail),
            title,
            submit,
            consequences: vec![first, LAST.into()],
            confirmation: String::new(),
            form,
            errors,
            shell: frame.site(who, Section::Account),
        }
    }
}

const LAST: &str = "What uses one is refused from its next request on. A revoked token cannot be restored.";

fn at_least(count: usize) -> String {
    if count > PAGE { format!("More than {PAGE} tokens") } else { counted(count, "token", "tokens") }
}

/// What one token is and when it was last used.
fn one(me: &Account, frame: &Frame, token: &Token) -> String {
    let zone = zone(me);
    let used = match token.last_used_at {
        Some(used) => format!("Last used {}.", zone.end(used, frame.now()).distance),
        None => "Never used.".to_owned(),
    };
    format!("{} token, made by {}. It stops working now. {used}", word(token.kind()), token.maker)
}
