use askama::Template;

use super::*;
use crate::web::when::{End, When, Zone};

#[derive(Template)]
#[template(path = "../src/web/shell/gallery.html", blocks = ["members", "sheet"])]
struct Gallery {
    shell: Shell,
    environment: Environment,
    faces: Vec<Face>,
    when: When,
    end: End,
    error: String,
}

#[derive(Template)]
#[template(
    source = r#"{% extends "layouts/door.html" %}{% block title %}Sign in{% endblock %}
{% block main %}<h1>Sign in</h1><p class="muted">to Acme’s Cordon at <span class="nowrap">cordon.acme.example</span></p>
<form class="door-form" action="/sign-in/github" method="post"><button class="btn btn-primary btn-wide" type="submit">Continue with GitHub</button></form>{% endblock %}"#,
    ext = "html"
)]
struct Door {
    bare: Bare,
}

#[derive(Template)]
#[template(
    source = r#"{% extends "layouts/email.html" %}{% import "components/letter.html" as letters %}
{% block main %}{{ letters::heading("Maren Holt invites you") }}{{ letters::quote("On-call cover") }}{% call letters::facts() %}{{ letters::fact("Your role", "Member") }}{% endcall %}{{ letters::button("https://cordon.acme.example/x", "Look at the invitation", true) }}{% call letters::text() %}If the button does not work: {{ letters::address("https://cordon.acme.example/x") }}{% endcall %}{% endblock %}"#,
    ext = "html"
)]
struct Mail {
    letter: Letter,
}

#[derive(Template)]
#[template(
    source = r#"{% import "components/feedback.html" as say %}<tr><td>Row</td></tr>{{ say::toast_oob(flash) }}"#,
    ext = "html"
)]
struct Answer {
    flash: Flash,
}

const ALL: [Environment; 4] =
    [Environment::Production, Environment::Staging, Environment::Development, Environment::Personal];

fn row(slug: &str, environment: Environment, role: &str, people: usize) -> OrgRow {
    OrgRow {
        slug: slug.into(),
        name: slug.into(),
        project: slug.split('-').next().unwrap().into(),
        environment,
        role_word: role.into(),
        people,
        current: false,
    }
}

fn face(name: &str, tint: u8, note: &str) -> Face {
    Face { name: name.into(), initials: initials(name), tint, note: note.into(), joining: note.is_empty() }
}

fn sample(environment: Environment) -> Shell {
    let slug = format!("acme-{}", environment.key());
    let other = if environment.is_production() { Environment::Staging } else { Environment::Production };
    let partner = format!("acme-{}", other.key());
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
            tokens: 3,
            apps: 8,
            networks: 2,
            invites: 2,
            partner: Some(partner.clone()),
            may_invite: true,
            may_see_invites: true,
            may_see_inside: true,
            may_see_settings: true,
        }),
        section: Section::Team,
        switcher: Switcher {
            recent: vec![
                row(&partner, other, "admin", 14),
                OrgRow { current: true, ..row(&slug, environment, "owner", 6) },
            ],
            all: vec![
                row("acme-lab", Environment::Development, "owner", 9),
                row("ledger-production", Environment::Production, "admin", 5),
                row("ledger-staging", Environment::Staging, "viewer", 11),
                row("parcel-staging", Environment::Staging, "admin", 1),
            ],
            total: 6,
        },
        invitations_waiting: 1,
        flash: Some(flash()),
        theme: Theme::System,
        single_keys: true,
    }
}

fn flash() -> Flash {
    let text = "Revoked Jonas Weidemann’s access to ledger-production. 4 people remain.".into();
    Flash { text, undo: Some(Undo { label: "Restore".into(), action: "/restore".into() }) }
}

fn gallery(environment: Environment) -> Gallery {
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().into();
    let (zone, now) = (Zone::default(), at("2026-11-23T08:44:30Z"));
    Gallery {
        shell: sample(environment),
        environment,
        faces: vec![
            face("Maren Holt", 1, "Owner"),
            face("Fatima El-Amin", 4, "Admin"),
            face("Noor Haddad", 2, ""),
        ],
        when: zone.ago(at("2026-11-23T08:24:00Z"), now),
        end: zone.end(at("2026-11-25T17:00:00Z"), now),
        error: "Give a reason. Reviewers will read it.".into(),
    }
}

/// Hands the page to whoever wants to look at it: `CORDON_PAGES=/somewhere cargo test web::shell`.
fn keep(name: &str, html: &str) {
    if let Some(folder) = option_env!("CORDON_PAGES") {
        std::fs::write(std::path::Path::new(folder).join(name), html).unwrap();
    }
}

#[test]
fn every_component_renders_in_every_environment() {
    for environment in ALL {
        let html = gallery(environment).render().unwrap();
        keep(&format!("{}.html", environment.key()), &html);
        let dot = if environment.is_production() { "● " } else { "" };
        assert!(html.contains(&format!("<title>{dot}Team · acme-{} · Cordon</title>", environment.key())));
        assert!(html.contains(&format!(r#"<body data-env="{}""#, environment.look())));
    }
}

#[test]
fn a_fragment_is_its_block_and_nothing_around_it() {
    let gallery = gallery(Environment::Production);
    let members = gallery.as_members().render().unwrap();
    assert!(members.trim().starts_with(r#"<section class="card" id="members""#), "{members}");
    let sheet = gallery.as_sheet().render().unwrap();
    assert!(
        sheet.trim().starts_with(r#"<div class="sheet-in" data-env="production"><div class="sheet-rope""#),
        "{sheet}"
    );
}

#[test]
fn pages_without_a_side_bar_render() {
    let problem = Problem::of(404, "req_01");
    let bare = Bare::default();
    let html = ProblemBare { bare: &bare, problem: &problem }.render().unwrap();
    keep("404.html", &html);
    assert!(html.contains("There is nothing here, or you cannot see it"));
    let shell =
        Shell { here: None, section: Section::Elsewhere, flash: None, ..sample(Environment::Staging) };
    let broken = Problem::of(500, "req_01");
    let html = ProblemPage { shell: &shell, problem: &broken }.render().unwrap();
    keep("500.html", &html);
    assert!(html.contains("req_01") && !html.contains("data-env"));
    let html = ProblemToast { problem: &Problem::too_many(30, "req_01") }.render().unwrap();
    assert!(html.contains("Try again in 30 seconds.") && !html.contains("req_01"), "{html}");
    keep("sign-in.html", &Door { bare }.render().unwrap());
    let letter = Letter {
        environment: Some(Environment::Production),
        band: "What you change there reaches customers.".into(),
        instance: "cordon.acme.example".into(),
        ..Letter::default()
    };
    keep("letter.html", &Mail { letter }.render().unwrap());
}

#[test]
fn nothing_in_a_page_needs_more_than_its_own_files() {
    for environment in ALL {
        let html = gallery(environment).render().unwrap();
        for refused in
            ["<style", " style=", "javascript:", "hx-on", "js:", " onclick", " onload", "http://", "https://"]
        {
            assert!(!html.contains(refused), "{refused} in {environment:?}");
        }
        assert_eq!(html.matches("<script").count(), 2);
    }
}

#[test]
fn every_symbol_that_a_template_names_is_in_the_sprite() {
    let sprite = include_str!("../../../static/img/icons.svg");
    let html = gallery(Environment::Production).render().unwrap();
    for name in html.split(".svg#i-").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(sprite.contains(&format!(r#"id="i-{name}""#)), "{name}");
    }
}

#[test]
fn a_page_hides_what_a_role_does_not_reach() {
    let mut shell = sample(Environment::Staging);
    let here = shell.here.as_mut().unwrap();
    (here.may_invite, here.may_see_invites, here.may_see_inside, here.may_see_settings) =
        (false, false, false, false);
    let words: Vec<_> = shell.pages().iter().map(|link| link.section.word()).collect();
    assert_eq!(words, ["Overview", "Team"]);
}

#[test]
fn switching_keeps_the_section_where_the_role_reaches_it() {
    let mut shell = sample(Environment::Production);
    let (owner, viewer) =
        (row("a", Environment::Staging, "owner", 1), row("b", Environment::Staging, "viewer", 1));
    assert_eq!(shell.switch_url(&owner), "/orgs/a/team");
    shell.section = Section::Settings;
    assert_eq!(
        (shell.switch_url(&owner), shell.switch_url(&viewer)),
        ("/orgs/a/settings".into(), "/orgs/b".into())
    );
    shell.section = Section::Audit;
    assert_eq!(shell.switch_url(&viewer), "/orgs/b");
    assert_eq!(shell.partner_url().as_deref(), Some("/orgs/acme-staging/audit"));
}

#[test]
fn an_answer_brings_its_toast_along() {
    let html = Answer { flash: flash() }.render().unwrap();
    assert!(html.contains(r#"<div id="toasts" hx-swap-oob="beforeend"><div class="toast">"#), "{html}");
}

#[test]
fn initials_come_from_names_and_addresses() {
    assert_eq!(initials("Maren Holt"), "MH");
    assert_eq!(initials("Fatima El-Amin"), "FE");
    assert_eq!(initials("noor.haddad@acme.example"), "NH");
    assert_eq!(initials("Cher"), "C");
    assert_eq!(initials("Ana Maria de la Cruz"), "AC");
    assert_eq!(initials(""), "");
}

#[test]
fn a_tint_is_one_of_eight() {
    assert!((0..=255_u8).all(|byte| (1..=8).contains(&tint(uuid::Uuid::from_bytes([byte; 16])))));
}
