//! The account's pages, as strings and booleans.
//!
//! What may not happen here: a decision; what may be pressed was decided before.

use std::sync::OnceLock;

use askama::Template;

use crate::{
    app::App,
    auth::guard::SignedIn,
    features::{
        account::{
            form::{AppearanceForm, ProfileForm},
            model::{Identity, Session, THEMES, device},
        },
        audit::{self, Entry, Line, Reader},
    },
    web::{
        form::FieldErrors,
        frame::{Frame, zone},
        shell::{Environment, OrgRow, Section, Shell},
        when::When,
    },
};

/// A way in.
pub(super) struct IdentityRow {
    provider: String,
    email: String,
    verified: bool,
    since: When,
    used: When,
}

/// A browser that is signed in.
pub(super) struct SessionRow {
    device: String,
    provider: String,
    address: String,
    began: When,
    seen: When,
    here: bool,
    end: String,
}

/// An organization that the person reaches.
pub(super) struct AccessRow {
    slug: String,
    environment: Environment,
    role: String,
    /// Empty where nobody can leave.
    team: String,
}

/// The two forms of the page, and what is wrong with them.
pub(super) struct Forms {
    pub(super) profile: ProfileForm,
    pub(super) appearance: AppearanceForm,
    pub(super) errors: FieldErrors,
}

/// What the page shows beside its forms.
pub(super) struct Shown {
    pub(super) identities: Vec<Identity>,
    pub(super) sessions: Vec<Session>,
    pub(super) latest: Vec<Entry>,
}

#[derive(Template)]
#[template(path = "account/index.html")]
pub(super) struct Index {
    shell: Shell,
    forms: Forms,
    email: String,
    verified: bool,
    themes: Vec<(&'static str, &'static str, bool)>,
    zones: &'static [String],
    identities: Vec<IdentityRow>,
    sessions: Vec<SessionRow>,
    latest: Vec<Line>,
    access: Vec<AccessRow>,
}

#[derive(Template)]
#[template(path = "account/end_all.html", blocks = ["sheet"])]
pub(super) struct EndAll {
    shell: Shell,
    others: Vec<SessionRow>,
}

impl Forms {
    pub(super) fn of(who: &SignedIn) -> Self {
        Self {
            profile: ProfileForm::of(who.account()),
            appearance: AppearanceForm::of(who.account()),
            errors: FieldErrors::new(),
        }
    }
}

impl Index {
    pub(super) fn new(who: &SignedIn, app: &App, frame: Frame, forms: Forms, shown: &Shown) -> Self {
        let Shown { identities, sessions, latest } = shown;
        let email = who.account().email.clone().unwrap_or_default();
        let verified = identities.iter().any(|id| id.email_verified && id.email.as_ref() == Some(&email));
        let chosen = forms.appearance.theme.clone();
        let words = ["As the system", "Light", "Dark"];
        Self {
            themes: THEMES.into_iter().zip(words).map(|(key, word)| (key, word, key == chosen)).collect(),
            zones: zones(),
            identities: identities.iter().map(|identity| identity_row(who, app, &frame, identity)).collect(),
            sessions: sessions.iter().map(|session| session_row(who, app, &frame, session)).collect(),
            latest: audit::lines(latest, &Reader::own(who, frame.now())),
            access: Vec::new(),
            shell: frame.site(who, Section::Account),
            forms,
            email,
            verified,
        }
        .with_access()
    }

    fn with_access(mut self) -> Self {
        let switcher = &self.shell.switcher;
        let mut rows: Vec<AccessRow> = switcher.recent.iter().chain(&switcher.all).map(access_row).collect();
        rows.sort_by(|one, other| one.slug.cmp(&other.slug));
        self.access = rows;
        self
    }

    /// Sessions beside this one.
    fn has_others(&self) -> bool {
        self.sessions.iter().any(|session| !session.here)
    }
}

impl EndAll {
    pub(super) fn new(who: &SignedIn, app: &App, frame: Frame, sessions: &[Session]) -> Self {
        let rows = sessions.iter().map(|session| session_row(who, app, &frame, session));
        Self { others: rows.filter(|row| !row.here).collect(), shell: frame.site(who, Section::Account) }
    }

    fn button(&self) -> String {
        match self.others.len() {
            1 => "End the other session".to_owned(),
            many => format!("End {many} other sessions"),
        }
    }
}

fn label(app: &App, provider: &str) -> String {
    let known = app.providers.list().find(|button| button.id.as_str() == provider);
    known.map_or(provider, |button| button.label).to_owned()
}

fn identity_row(who: &SignedIn, app: &App, frame: &Frame, identity: &Identity) -> IdentityRow {
    let zone = zone(who.account());
    IdentityRow {
        provider: label(app, &identity.provider),
        email: identity.email.clone().unwrap_or_default(),
        verified: identity.email_verified,
        since: zone.ago(identity.created_at, frame.now()),
        used: zone.ago(identity.last_used_at, frame.now()),
    }
}

fn session_row(who: &SignedIn, app: &App, frame: &Frame, session: &Session) -> SessionRow {
    let zone = zone(who.account());
    SessionRow {
        device: device(session.agent.as_deref()),
        provider: session.provider.as_deref().map(|provider| label(app, provider)).unwrap_or_default(),
        address: session.address.clone().unwrap_or_default(),
        began: zone.ago(session.created_at, frame.now()),
        seen: zone.ago(session.last_seen_at, frame.now()),
        here: session.id == who.session().id,
        end: format!("/account/sessions/{}/end", session.id),
    }
}

fn access_row(row: &OrgRow) -> AccessRow {
    let personal = row.environment == Environment::Personal;
    AccessRow {
        slug: row.slug.clone(),
        environment: row.environment,
        role: row.role_word.clone(),
        team: if personal { String::new() } else { format!("/orgs/{}/team", row.slug) },
    }
}

/// The zones that are offered: places by continent, and UTC. Every other IANA name can be typed.
fn zones() -> &'static [String] {
    static ZONES: OnceLock<Vec<String>> = OnceLock::new();
    ZONES.get_or_init(|| {
        const CONTINENTS: [&str; 9] = [
            "Africa/",
            "America/",
            "Antarctica/",
            "Asia/",
            "Atlantic/",
            "Australia/",
            "Europe/",
            "Indian/",
            "Pacific/",
        ];
        let names = jiff::tz::db().available().map(|name| name.as_str().to_owned());
        let mut names: Vec<String> =
            names.filter(|name| CONTINENTS.iter().any(|start| name.starts_with(start))).collect();
        names.push("UTC".to_owned());
        names.sort();
        names.dedup();
        names
    })
}
