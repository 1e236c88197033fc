//! Fills the frame around a page from what the guard already knows; costs no statement.
//!
//! What may not happen here: a query, or a guess about what the caller may do: it asks the table of roles.

use axum::extract::FromRequestParts;
use http::{HeaderMap, request::Parts};

use crate::{
    app::App,
    auth::guard::{Can, SignedIn},
    clock::Instant,
    db::context::{Context, Org, ShellData, ShellOrg},
    error::Error,
    role::{ManageMembers, ManageSettings, Permission as _, Role, Roles, ViewInside},
    web::{
        flash,
        shell::{Environment, Flash, Here, Me, OrgRow, Section, Shell, Switcher, Theme, initials, tint},
        when::Zone,
    },
};

/// The parts of a request that the frame needs beside the guard: the flash, the host's name, the time.
#[derive(Clone, Debug)]
pub struct Frame {
    flash: Option<Flash>,
    instance: String,
    site: String,
    now: Instant,
}

impl FromRequestParts<App> for Frame {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        Ok(Self::of(app, &parts.headers))
    }
}

impl Frame {
    fn of(app: &App, headers: &HeaderMap) -> Self {
        Self {
            flash: flash::read(headers),
            instance: app.config.web.authority(),
            site: app.config.web.base_url.origin().ascii_serialization(),
            now: app.clock.now(),
        }
    }

    /// The moment at which this page is drawn.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Where this installation is, for commands that are pasted elsewhere: `https://cordon.acme.example`.
    #[must_use]
    pub fn site_address(&self) -> &str {
        &self.site
    }

    /// The frame of a page inside an organization.
    #[must_use]
    pub fn inside<P>(self, who: &Can<P>, section: Section) -> Shell {
        self.shell(who.account(), who.shell(), Some(who.org()), section)
    }

    /// The frame of a page across organizations.
    #[must_use]
    pub fn site(self, who: &SignedIn, section: Section) -> Shell {
        self.shell(who.account(), who.shell(), None, section)
    }

    fn shell(
        self,
        account: &crate::db::context::Account,
        data: Option<&ShellData>,
        org: Option<&Org>,
        section: Section,
    ) -> Shell {
        let theme = match account.theme.as_str() {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        };
        Shell {
            me: Me {
                name: account.name.clone(),
                email: account.email.clone().unwrap_or_default(),
                initials: initials(&account.name),
                tint: tint(account.id.uuid()),
            },
            instance: self.instance,
            here: org.zip(data).map(|(org, data)| here(org, data)),
            section,
            switcher: data.map(|data| switcher(data, org)).unwrap_or_default(),
            invitations_waiting: data.map_or(0, |data| data.waiting as usize),
            flash: self.flash,
            theme,
            single_keys: account.single_keys,
        }
    }
}

/// The frame of an error page for whoever is signed in.
#[must_use]
pub fn elsewhere(app: &App, context: &Context, headers: &HeaderMap) -> Shell {
    Frame::of(app, headers).shell(&context.account, context.shell.as_ref(), None, Section::Elsewhere)
}

/// The zone that an account reads times in.
#[must_use]
pub fn zone(account: &crate::db::context::Account) -> Zone {
    Zone::named(&account.time_zone).unwrap_or_default()
}

/// An environment as the database spells it.
#[must_use]
pub fn environment(key: &str) -> Environment {
    match key {
        "production" => Environment::Production,
        "staging" => Environment::Staging,
        "personal" => Environment::Personal,
        _ => Environment::Development,
    }
}

fn here(org: &Org, data: &ShellData) -> Here {
    let listed = data.orgs.iter().find(|listed| listed.id == org.id);
    let partner = org.project_id.and_then(|project| {
        let other = |listed: &&ShellOrg| listed.project_id == Some(project) && listed.id != org.id;
        data.orgs.iter().find(other)
    });
    Here {
        slug: org.slug.clone(),
        name: org.name.clone(),
        environment: environment(&org.environment),
        people: listed.map_or(0, |listed| listed.people as usize),
        tokens: data.tokens as usize,
        apps: data.apps as usize,
        networks: data.networks as usize,
        invites: data.invites as usize,
        partner: partner.map(|partner| partner.slug.clone()),
        may_invite: org.roles.may(ManageMembers::NEEDS) && org.environment != "personal",
        may_see_invites: org.roles.may(ManageMembers::NEEDS) && org.environment != "personal",
        may_see_inside: org.roles.may(ViewInside::NEEDS),
        may_see_settings: org.roles.may(ManageSettings::NEEDS),
    }
}

fn switcher(data: &ShellData, here: Option<&Org>) -> Switcher {
    let row = |listed: &ShellOrg| OrgRow {
        slug: listed.slug.clone(),
        name: listed.name.clone(),
        project: listed.project.clone().unwrap_or_default(),
        environment: environment(&listed.environment),
        role_word: role_word(&listed.roles),
        people: listed.people as usize,
        current: here.is_some_and(|org| org.id == listed.id),
    };
    let mut by_use: Vec<&ShellOrg> =
        data.orgs.iter().filter(|listed| listed.last_active_at.is_some()).collect();
    by_use.sort_by_key(|listed| std::cmp::Reverse(listed.last_active_at));
    by_use.truncate(5);
    // The first row is the other recent one, so that opening and Enter toggles between two.
    by_use.sort_by_key(|listed| here.is_some_and(|org| org.id == listed.id) && data.orgs.len() > 1);
    if let Some(place) = by_use.iter().position(|listed| here.is_some_and(|org| org.id == listed.id)) {
        let current = by_use.remove(place);
        by_use.insert(by_use.len().min(1), current);
    }
    let recent: Vec<OrgRow> = by_use.iter().map(|listed| row(listed)).collect();
    let rest = data.orgs.iter().filter(|listed| !by_use.iter().any(|used| used.id == listed.id));
    Switcher { recent, all: rest.map(row).collect(), total: data.total as usize }
}

/// The highest role in lower case, as the switcher's rows say it.
fn role_word(roles: &Roles) -> String {
    roles.highest().map_or("", Role::key).to_owned()
}
