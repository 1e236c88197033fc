//! The form that makes organizations, with the rules that each begins with.
//!
//! What may not happen here: a rule that does not hold from the first day.

use askama::Template;

use crate::{
    auth::guard::SignedIn,
    features::orgs::{
        form::NewForm,
        model::{self, NewPair, Plan, Slug},
    },
    web::{
        form::FieldErrors,
        frame::{Frame, environment},
        shell::{Environment, Section, Shell},
    },
};

/// One organization as it will be.
pub(super) struct Preview {
    environment: Environment,
    slug: String,
    rules: &'static [Rule],
}

/// One line of what holds in it from the first day.
pub(super) struct Rule {
    icon: &'static str,
    text: &'static str,
    why: &'static str,
}

const fn rule(icon: &'static str, text: &'static str, why: &'static str) -> Rule {
    Rule { icon, text, why }
}

const OPEN: [Rule; 3] = [
    rule("team", "Owners and admins invite people", "Nobody comes in any other way"),
    rule("cal", "Access lasts until someone ends it", "An end date is optional"),
    rule("net", "A private network of its own", "Nothing of another organization is in it"),
];
const PRODUCTION: [Rule; 4] = [
    rule("rope", "Only you, to begin with", "Nobody is copied over from elsewhere"),
    rule("sand", "Access ends after 30 days", "Unless the invitation says otherwise"),
    rule("ask", "Every invitation gives a reason", "The audit log keeps it"),
    rule("net", "A private network of its own", "Nothing of another organization is in it"),
];

/// The page that makes organizations.
#[derive(Template)]
#[template(path = "orgs/new.html", blocks = ["preview"])]
pub(in crate::features::orgs) struct NewPage {
    shell: Shell,
    form: NewForm,
    errors: FieldErrors,
    cards: Vec<Preview>,
    /// Value, word, whether it is chosen.
    plans: [(&'static str, &'static str, bool); 2],
}

impl NewPage {
    pub(in crate::features::orgs) fn new(
        who: &SignedIn,
        frame: Frame,
        form: NewForm,
        errors: FieldErrors,
    ) -> Self {
        let cards = if form.is_one() { one(&form) } else { pair(&form) };
        let chosen = Plan::parse(&form.plan).unwrap_or_default();
        let plans = Plan::ALL.map(|plan| (plan.key(), plan.word(), plan == chosen));
        Self { shell: frame.site(who, Section::Orgs), form, errors, cards, plans }
    }

    /// Whether this environment is chosen.
    fn is(&self, environment: &str) -> bool {
        self.form.environment == environment
    }
}

fn pair(form: &NewForm) -> Vec<Preview> {
    let slugs = match NewPair::parse(&form.project) {
        Ok(pair) => pair.orgs().map(|org| org.slug.as_str().to_owned()),
        Err(_) => ["…-staging".to_owned(), "…-production".to_owned()],
    };
    let environments = [Environment::Staging, Environment::Production];
    environments.into_iter().zip(slugs).map(|(environment, slug)| preview(environment, slug)).collect()
}

fn one(form: &NewForm) -> Vec<Preview> {
    let Some(chosen) = model::Environment::parse(&form.environment) else { return Vec::new() };
    let slug =
        Slug::parse(&form.wanted_slug()).map_or_else(|_| "…".to_owned(), |slug| slug.as_str().to_owned());
    vec![preview(environment(chosen.key()), slug)]
}

fn preview(environment: Environment, slug: String) -> Preview {
    let rules: &'static [Rule] = if environment.is_production() { &PRODUCTION } else { &OPEN };
    Preview { environment, slug, rules }
}
