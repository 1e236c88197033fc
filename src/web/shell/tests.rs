use super::*;
use askama::Template;

#[derive(Template)]
#[template(
    source = r#"{% extends "layouts/app.html" %}{% import "components/people.html" as people %}
{% block title %}Team{% endblock %}
{% block main %}<div class="wrap"><h1>Team</h1>{% block members %}<div id="members">{{ people::cordon(faces) }}</div>{% endblock %}</div>{% endblock %}"#,
    ext = "html",
    blocks = ["members"]
)]
struct Page<'a> {
    shell: &'a Shell,
    faces: Vec<Face>,
}

fn row(slug: &str, environment: Environment, role: &str, people: usize, current: bool) -> OrgRow {
    OrgRow {
        slug: slug.into(),
        name: slug.into(),
        project: slug.split('-').next().unwrap().into(),
        environment,
        role_word: role.into(),
        people,
        current,
    }
}

pub(super) fn sample(environment: Environment) -> Shell {
    let slug = format!("acme-{}", environment.key());
    let other = if environment.is_production() { Environment::Staging } else { Environment::Production };
    Shell {
        me: Me {
            name: "Maren Holt".into(),
            email: "maren.holt@acme.example".into(),
            initials: initials("Maren Holt"),
            tint: 1,
        },
        instance: "cordon.acme.example".into(),
        here: Some(Here {
            slug: slug.clone(),
            name: "Acme".into(),
            environment,
            people: 6,
            tokens: 0,
            apps: 8,
            invites: 2,
            partner: Some(format!("acme-{}", other.key())),
            may_invite: true,
            may_see_invites: true,
            may_see_audit: true,
            may_see_settings: true,
        }),
        section: Section::Team,
        switcher: Switcher {
            recent: vec![
                row(&format!("acme-{}", other.key()), other, "admin", 14, false),
                row(&slug, environment, "owner", 6, true),
            ],
            all: vec![
                row("acme-lab", Environment::Development, "owner", 9, false),
                row("ledger-production", Environment::Production, "admin", 5, false),
                row("ledger-staging", Environment::Staging, "member", 11, false),
            ],
            total: 5,
        },
        invitations_waiting: 1,
        flash: Some(Flash {
            text: "Revoked Jonas Weidemann’s access to ledger-production. 4 people remain.".into(),
            undo: Some(Undo { label: "Restore".into(), action: "/x".into() }),
        }),
        theme: Theme::System,
        single_keys: true,
    }
}

#[test]
fn a_page_renders_in_every_environment() {
    for environment in
        [Environment::Production, Environment::Staging, Environment::Development, Environment::Personal]
    {
        let shell = sample(environment);
        let page = Page { shell: &shell, faces: vec![] };
        let html = page.render().unwrap();
        assert_eq!(
            html.contains("<title>● Team · acme-production · Cordon</title>"),
            environment.is_production()
        );
        let part = page.as_members().render().unwrap();
        assert!(part.starts_with("<div id=\"members\">"), "{part}");
    }
}
