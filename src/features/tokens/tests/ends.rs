//! How tokens end: one, all of a person, all of an organization, with their maker, with their app.

use super::*;
use crate::{
    auth::token::Kind,
    config::MailConfig,
    features,
    mail::Mailer,
    sample::{
        Loopback,
        mail::{Mailbox, serve},
    },
    testing::audit,
};

#[tokio::test]
async fn a_token_is_revoked_at_once_and_for_good() {
    let world = World::new().await;
    let token = make(&world, &world.grace, TOKENS, "member").await;
    let path = revocation(&world, "ci-main").await;
    let unconfirmed = world.post(Some(&world.ada), &path, &[("confirm", "ci")]).await;
    assert_eq!(unconfirmed.status, 422);
    assert!(unconfirmed.body.contains("Nothing was revoked."));
    let short = world.post(Some(&world.ada), &path, &[("confirm", "ci-main"), ("reason", "leak")]).await;
    assert_eq!(short.status, 422);
    assert_eq!(whoami(&world, &token).await.status, 200);
    let fields = [("confirm", "ci-main"), ("reason", "Seen in a build's log.")];
    let done = world.post(Some(&world.ada), &path, &fields).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, TOKENS));
    assert_eq!(whoami(&world, &token).await.status, 401);
    assert_eq!(world.events(world.acme.uuid()).await.last().unwrap(), "token.revoked");

    let again = world.post(Some(&world.ada), &path, &fields).await;
    assert_eq!(again.status, 409);
    assert!(again.body.contains("revoked already. Nothing was changed."));
    let list = world.get(Some(&world.ada), TOKENS).await.body;
    assert!(!list.contains("ci-main"));
    assert!(world.get(Some(&world.ada), &format!("{TOKENS}?state=all")).await.body.contains("Revoked"));
    let back = force(&world, "update tokens set revoked_at = null, revoked_by = null").await;
    assert!(back.contains("stays revoked"), "{back}");
}

#[tokio::test]
async fn only_those_who_could_make_it_or_did_revoke_it() {
    let world = World::new().await;
    world.app(world.acme, "checkout").await;
    make(&world, &world.grace, TOKENS, "member").await;
    let org = revocation(&world, "ci-main").await;
    make(&world, &world.grace, "/orgs/acme-production/apps/checkout/tokens", "").await;
    let deploy = revocation(&world, "ci-main").await;
    let press = async |who: &Person, path: &str| {
        world.post(Some(who), path, &[("confirm", "ci-main")]).await.status.as_u16()
    };
    assert_eq!(press(&world.linus, &org).await, 403);
    assert_eq!(press(&world.vera, &org).await, 403);
    assert_eq!(press(&world.vera, &deploy).await, 403);
    assert_eq!(press(&world.mallory, &org).await, 404);
    assert_eq!(press(&world.linus, &deploy).await, 303);
    // A maker who may do less now still takes back what they made.
    world
        .sql(&format!(
            "update grants set role = 'viewer' where account_id = '{}' and org_id = '{}'; {}",
            world.grace.account,
            world.acme,
            audit(world.acme, world.ada.account, "org.member_role_changed")
        ))
        .await;
    assert_eq!(press(&world.grace, &org).await, 303);
}

// TK-7
#[tokio::test]
async fn all_tokens_of_an_organization_end_in_one_transaction_with_an_event_each() {
    let world = World::new().await;
    world.app(world.acme, "checkout").await;
    let evil = world.token(&world.mallory, Kind::Org, "admin", Some(world.evil), None).await;
    let own = make(&world, &world.ada, OWN, "full").await;
    let tokens = [
        make(&world, &world.grace, TOKENS, "admin").await,
        make(&world, &world.ada, TOKENS, "read").await,
        make(&world, &world.linus, "/orgs/acme-production/apps/checkout/tokens", "").await,
    ];
    let path = format!("{TOKENS}/revocation");
    assert!(world.get(Some(&world.ada), &path).await.body.contains("3 tokens stop working now"));
    assert_eq!(world.post(Some(&world.linus), &path, &[]).await.status, 403);
    assert_eq!(world.post(Some(&world.ada), &path, &[("confirm", "acme")]).await.status, 422);
    let done = world.post(Some(&world.ada), &path, &[("confirm", "acme-production")]).await;
    assert_eq!(done.status, 303);
    for token in &tokens {
        assert_eq!(whoami(&world, token).await.status, 401);
    }
    assert_eq!(whoami(&world, &evil.text).await.status, 200, "another organization's token stays");
    assert_eq!(whoami(&world, &own).await.status, 200, "a person's own token stays theirs");
    let events = world.events(world.acme.uuid()).await;
    assert_eq!(events[events.len() - 3..], ["token.revoked", "token.revoked", "token.revoked"]);
    let requests = "select count(distinct request_id)::text from audit_events where action = 'token.revoked'";
    assert_eq!(one(&world, requests).await, "1");
    let again = world.post(Some(&world.ada), &path, &[("confirm", "acme-production")]).await;
    assert_eq!(again.status, 303);
    assert_eq!(world.events(world.acme.uuid()).await.len(), events.len(), "nothing happened twice");
}

// TK-7
#[tokio::test]
async fn all_tokens_of_a_person_end_together() {
    let world = World::new().await;
    let (one_, other) =
        (make(&world, &world.grace, TOKENS, "admin").await, make(&world, &world.grace, TOKENS, "read").await);
    let stays = make(&world, &world.ada, TOKENS, "read").await;
    let path = format!("{TOKENS}/of/{}/revocation", world.grace.account);
    let asked = world.get(Some(&world.ada), &path).await.body;
    assert!(asked.contains("Revoke every token that Grace Hopper made?"), "{asked}");
    assert_eq!(world.post(Some(&world.ada), &path, &[]).await.status, 303);
    assert_eq!(whoami(&world, &one_).await.status, 401);
    assert_eq!(whoami(&world, &other).await.status, 401);
    assert_eq!(whoami(&world, &stays).await.status, 200);
    assert_eq!(world.get(Some(&world.ada), &path).await.status, 404, "nothing of hers is left");

    let own = [make(&world, &world.vera, OWN, "full").await, make(&world, &world.vera, OWN, "read").await];
    assert_eq!(world.post(Some(&world.vera), &format!("{OWN}/revocation"), &[]).await.status, 303);
    for token in &own {
        assert_eq!(whoami(&world, token).await.status, 401);
    }
    let events = world.events(world.vera.account.uuid()).await;
    assert_eq!(events[events.len() - 2..], ["token.revoked", "token.revoked"]);
}

#[tokio::test]
async fn a_deploy_token_ends_with_its_app() {
    let world = World::new().await;
    world.app(world.acme, "checkout").await;
    let token = make(&world, &world.linus, "/orgs/acme-production/apps/checkout/tokens", "").await;
    assert_eq!(whoami(&world, &token).await.status, 200);
    world
        .sql(&format!(
            "delete from apps where name = 'checkout'; {}",
            audit(world.acme, world.ada.account, "app.deleted")
        ))
        .await;
    assert_eq!(whoami(&world, &token).await.status, 401);
    // An app of the same name is another app.
    world.app(world.acme, "checkout").await;
    assert_eq!(whoami(&world, &token).await.status, 401);
    assert!(world.get(Some(&world.ada), TOKENS).await.body.contains("App is gone: does not work"));
}

#[tokio::test]
async fn a_token_ends_with_its_organization() {
    let world = World::new().await;
    let token = make(&world, &world.grace, TOKENS, "admin").await;
    world
        .sql(&format!(
            "update orgs set deleted_at = now() where id = '{}'; {}",
            world.acme,
            audit(world.acme, world.ada.account, "org.deleted")
        ))
        .await;
    assert_eq!(whoami(&world, &token).await.status, 401);
}

// TK-3
#[tokio::test]
async fn the_maker_is_told_once_seven_days_before_the_end() {
    let world = World::new().await;
    make(&world, &world.grace, TOKENS, "admin").await;
    make(&world, &world.ada, OWN, "full").await;
    let short = [("name", "short"), ("scope", "read"), ("days", "7")];
    secret(&world.post(Some(&world.ada), TOKENS, &short).await);
    let remind = async || {
        use crate::jobs::{Attempt, Job as _};
        features::tokens::RemindOfTokens.run(world.app.clone(), Attempt { last: false }).await.unwrap();
    };
    let asked = "select count(*)::text from tokens where reminded_at is not null";
    remind().await;
    assert_eq!(one(&world, asked).await, "0", "90 days are long");
    let chain = crate::ids::OrgId::from(world.ada.account.uuid());
    world
        .sql(&format!(
            "update tokens set created_at = now() - interval '80 days', expires_at = now() + interval '6 days 23 hours'
               where name = 'ci-main'; {} ; {}",
            audit(world.acme, world.ada.account, "token.created"),
            audit(chain, world.ada.account, "token.created"),
        ))
        .await;
    for _ in 0..3 {
        let ((), (), ()) = tokio::join!(remind(), remind(), remind());
    }
    assert_eq!(one(&world, asked).await, "2", "the one made for a week is not told about");
    let waiting = "select count(*)::text from graphile_worker._private_jobs";
    assert_eq!(one(&world, waiting).await, "2", "each is asked for once");

    let post = Mailbox::new(crate::clock::Clock::system());
    let listener = Loopback::bind(0).await.unwrap();
    let mut app = world.app.clone();
    app.mailer = Mailer::new(&MailConfig {
        smtp_url: format!("smtp://{}", listener.address()).into(),
        from: "Cordon at Acme <cordon@acme.example>".into(),
    });
    tokio::spawn(serve(listener, post.clone(), tokio_util::sync::CancellationToken::new()));
    for _ in 0..2 {
        features::jobs().run_due(&app).await.unwrap();
    }
    let mails = post.messages();
    let mut to: Vec<&str> = mails.iter().map(|mail| mail.envelope.recipients[0].as_str()).collect();
    to.sort_unstable();
    assert_eq!(to, ["ada@acme.example", "grace@acme.example"]);
    for mail in &mails {
        assert!(mail.subject.starts_with("Your token ci-main ends "), "{}", mail.subject);
        let text = &mail.text;
        assert!(
            text.contains("What uses it is refused from then on") && text.contains("Last used     Never")
        );
    }
}

// TK-5, AZ-8
#[tokio::test]
async fn removing_somebody_ends_what_they_made_there_in_the_same_transaction() {
    let world = World::new().await;
    let gone = make(&world, &world.grace, TOKENS, "admin").await;
    let stays = make(&world, &world.ada, TOKENS, "read").await;
    let own = make(&world, &world.grace, OWN, "full").await;
    let path = format!("/orgs/acme-production/team/{}/remove", world.grace.account);
    let asked = world.get(Some(&world.ada), &path).await.body;
    assert!(asked.contains("Their 1 token is revoked for good: ci-main."), "{asked}");
    let done = world.post(Some(&world.ada), &path, &[("confirm", &world.grace.email)]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(whoami(&world, &gone).await.status, 401);
    assert_eq!(whoami(&world, &stays).await.status, 200);
    let introspect = "/api/v1/orgs/acme-production/introspect";
    let elsewhere = world.with_token(&own, Method::POST, introspect, Some("token=x".into())).await;
    assert_eq!(elsewhere.status, 404, "a personal token goes where its maker goes");
    let events = world.events(world.acme.uuid()).await;
    assert!(events.ends_with(&["org.member_removed".to_owned(), "token.revoked".to_owned()]), "{events:?}");
    // Somebody who comes back does not bring their tokens back.
    world.grant(world.acme, &world.grace, crate::role::Role::Admin).await;
    assert_eq!(whoami(&world, &gone).await.status, 401);

    let left = make(&world, &world.grace, TOKENS, "read").await;
    assert_eq!(world.post(Some(&world.grace), "/orgs/acme-production/team/leave", &[]).await.status, 303);
    assert_eq!(whoami(&world, &left).await.status, 401);
    assert_eq!(world.events(world.acme.uuid()).await.last().unwrap(), "token.revoked");
}
