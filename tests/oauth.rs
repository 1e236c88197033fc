//! The sign-in client against providers that misbehave, check by check; the ids are those of the security checks.
//!
//! What may not happen here: a request that leaves this machine, or a test that waits for a real clock's minute.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test's helpers too, what fails fails the test"
)]

#[path = "oauth/discovery.rs"]
mod discovery;
#[path = "oauth/github.rs"]
mod github_flow;
#[path = "oauth/id_tokens.rs"]
mod id_tokens;
#[path = "oauth/provider.rs"]
mod provider;

use std::collections::HashSet;

use cordon::auth::{
    oauth::{
        BeginOptions, CallbackQuery, Mismatch, OAuthError, PendingLogin, ProviderConfig, ProviderKind,
        Providers, SignedIn, http_client,
    },
    return_to::ReturnTo,
};
use provider::{Provider, TestClock};
use serde_json::{Value, json};
use url::Url;

/// A change to claims, a header or a discovery document.
type Change = fn(&mut Value);

const SECRET: &str = "the-client-secret";

fn config(id: &str, kind: ProviderKind) -> ProviderConfig {
    ProviderConfig {
        id: id.parse().unwrap(),
        label: id.to_uppercase(),
        kind,
        client_id: format!("cordon-{id}"),
        client_secret: SECRET.to_owned().into(),
    }
}

fn oidc(id: &str, at: &Provider) -> ProviderConfig {
    config(id, ProviderKind::Oidc { issuer: at.url.clone() })
}

fn github(at: &Provider) -> ProviderConfig {
    config("github", ProviderKind::GitHub { web: at.url.clone(), api: at.url.clone() })
}

fn providers(configs: Vec<ProviderConfig>, clock: &TestClock) -> Providers {
    let base = "https://cordon.example".parse().unwrap();
    Providers::new(configs, &base, http_client().unwrap(), clock.clock()).unwrap()
}

/// One provider, known as "a".
async fn world() -> (Providers, Provider, TestClock) {
    let clock = TestClock::new();
    let a = Provider::start(&clock).await;
    (providers(vec![oidc("a", &a)], &clock), a, clock)
}

/// One provider that speaks GitHub.
async fn github_world() -> (Providers, Provider, TestClock) {
    let clock = TestClock::new();
    let hub = Provider::start(&clock).await;
    (providers(vec![github(&hub)], &clock), hub, clock)
}

fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

async fn begin(providers: &Providers, id: &str) -> (Url, PendingLogin) {
    providers.begin(id, BeginOptions::default()).await.unwrap()
}

/// The answer that a browser brings back after the person said yes.
fn yes(at: &Provider, start: &Url) -> CallbackQuery {
    CallbackQuery { code: Some(at.approve(start)), state: param(start, "state"), ..CallbackQuery::default() }
}

async fn sign_in(providers: &Providers, id: &str, at: &Provider) -> Result<SignedIn, OAuthError> {
    let (start, pending) = begin(providers, id).await;
    providers.finish(id, pending, yes(at, &start)).await
}

fn mismatch<T: std::fmt::Debug>(result: Result<T, OAuthError>) -> Mismatch {
    match result {
        Err(OAuthError::Mismatch(which)) => which,
        other => panic!("{other:?}"),
    }
}

fn bad_token<T: std::fmt::Debug>(result: Result<T, OAuthError>) -> String {
    match result {
        Err(OAuthError::BadToken { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

fn unavailable<T: std::fmt::Debug>(result: Result<T, OAuthError>) -> String {
    match result {
        Err(OAuthError::Unavailable { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn oa_1_a_thousand_starts_per_provider_never_repeat_a_secret() {
    let clock = TestClock::new();
    let a = Provider::start(&clock).await;
    let providers = providers(vec![oidc("a", &a), github(&a)], &clock);
    for (id, scopes, nonce) in
        [("a", "openid email profile", true), ("github", "read:user user:email", false)]
    {
        let mut seen = HashSet::new();
        for _ in 0..1000 {
            let (url, pending) = begin(&providers, id).await;
            assert_eq!(param(&url, "response_type").as_deref(), Some("code"));
            assert_eq!(param(&url, "client_id").unwrap(), format!("cordon-{id}"));
            assert_eq!(
                param(&url, "redirect_uri").unwrap(),
                format!("https://cordon.example/sign-in/{id}/callback")
            );
            assert_eq!(param(&url, "scope").as_deref(), Some(scopes));
            assert_eq!(param(&url, "code_challenge_method").as_deref(), Some("S256"));
            assert_eq!(param(&url, "nonce").is_some(), nonce);
            for name in ["client_secret", "prompt", "max_age"] {
                assert_eq!(param(&url, name), None);
            }
            let state = param(&url, "state").unwrap();
            assert!(state.len() * 6 >= 128 && pending.answers(&state));
            assert!(seen.insert(state));
            assert!(seen.insert(param(&url, "code_challenge").unwrap()));
            assert!(param(&url, "nonce").is_none_or(|nonce| nonce.len() * 6 >= 128 && seen.insert(nonce)));
        }
    }
    assert_eq!(a.hits("/jwks"), 1, "discovery is cached");
}

#[tokio::test]
async fn a_good_sign_in_tells_who_came_in() {
    let (providers, a, _) = world().await;
    a.claims(|claims| claims["auth_time"] = (claims["iat"].as_i64().unwrap() - 5).into());
    let (start, pending) = begin(&providers, "a").await;
    let callback = yes(&a, &start);
    // On a thread of its own, as a handler would run it.
    let running = providers.clone();
    let who =
        tokio::spawn(async move { running.finish("a", pending, callback).await }).await.unwrap().unwrap();
    assert_eq!(
        (who.provider.as_str(), who.subject.as_str(), who.name.as_deref()),
        ("a", "ada-1", Some("Ada Holt"))
    );
    let email = who.email.unwrap();
    assert_eq!((email.address.as_str(), email.verified), ("ada@acme.example", true));
    assert_eq!(who.auth_time.unwrap().micros(), (a.clock.now() - 5) * 1_000_000);
    assert_eq!(a.hits("/userinfo"), 0);
    let (basic, form) = a.inside().last_token_request.clone();
    assert!(basic.unwrap().starts_with("Basic ") && !form.contains_key("client_secret"));
}

#[tokio::test]
async fn the_clients_secret_goes_into_the_body_where_the_provider_wants_it_there() {
    let (providers, a, _) = world().await;
    a.inside().discovery["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
    sign_in(&providers, "a", &a).await.unwrap();
    let (basic, form) = a.inside().last_token_request.clone();
    assert_eq!((basic, form["client_secret"].as_str()), (None, SECRET));
}

#[tokio::test]
async fn oa_2_another_browsers_state_never_reaches_the_token_endpoint() {
    let (providers, a, _) = world().await;
    let (victim, _) = begin(&providers, "a").await;
    let tries: [fn(&mut CallbackQuery, &Url); 4] = [
        |answer, victim| answer.state = param(victim, "state"),
        |answer, _| answer.state = None,
        |answer, _| answer.state = Some(String::new()),
        |answer, _| _ = answer.state.as_mut().unwrap().pop(),
    ];
    for change in tries {
        let (start, pending) = begin(&providers, "a").await;
        let mut answer = yes(&a, &start);
        change(&mut answer, &victim);
        assert_eq!(mismatch(providers.finish("a", pending, answer).await), Mismatch::State);
    }
    assert_eq!(a.hits("/token"), 0);
}

#[tokio::test]
async fn oa_3_the_verifier_is_that_of_this_very_start() {
    let (providers, a, _) = world().await;
    let (other, _) = begin(&providers, "a").await;
    let (start, pending) = begin(&providers, "a").await;
    let answer = yes(&a, &start);
    let code = answer.code.clone().unwrap();
    let challenge = param(&other, "code_challenge").unwrap();
    a.inside().codes.get_mut(&code).unwrap().insert("code_challenge".to_owned(), challenge);
    let error = providers.finish("a", pending, answer).await.unwrap_err();
    assert!(matches!(&error, OAuthError::Refused { code, .. } if code == "invalid_grant"), "{error}");
    sign_in(&providers, "a", &a).await.unwrap();
}

#[tokio::test]
async fn oa_4_a_replayed_answer_is_refused() {
    let (providers, a, _) = world().await;
    let (start, pending) = begin(&providers, "a").await;
    let stored = serde_json::to_string(&pending).unwrap();
    let answer = yes(&a, &start);
    providers.finish("a", pending, answer.clone()).await.unwrap();
    let error = providers.finish("a", serde_json::from_str(&stored).unwrap(), answer).await.unwrap_err();
    assert!(matches!(error, OAuthError::Refused { .. }));
}

#[tokio::test]
async fn oa_5_an_answer_works_for_ten_minutes() {
    let (providers, a, clock) = world().await;
    for (wait, good) in [(600, true), (601, false), (660, false), (-59, true), (-61, false)] {
        let (start, pending) = begin(&providers, "a").await;
        let answer = yes(&a, &start);
        let before = a.hits("/token");
        clock.turn(wait);
        let result = providers.finish("a", pending, answer).await;
        if good {
            result.unwrap();
        } else {
            assert_eq!(mismatch(result), Mismatch::Expired, "{wait}");
            assert_eq!(a.hits("/token"), before);
        }
        clock.turn(-wait);
    }
}

#[tokio::test]
async fn oa_6_an_answer_stays_with_its_provider() {
    let clock = TestClock::new();
    let (a, b) = (Provider::start(&clock).await, Provider::start(&clock).await);
    let providers = providers(vec![oidc("a", &a), oidc("b", &b), github(&b)], &clock);
    let (start, pending) = begin(&providers, "a").await;
    assert_eq!(mismatch(providers.finish("b", pending, yes(&a, &start)).await), Mismatch::Provider);
    let issuer = a.inside().issuer.clone();
    for (id, at) in [("a", &a), ("github", &b)] {
        for iss in [format!("{issuer}/x"), "https://evil.example".to_owned(), String::new()] {
            let (start, pending) = begin(&providers, id).await;
            let answer = CallbackQuery { iss: Some(iss), ..yes(at, &start) };
            assert_eq!(mismatch(providers.finish(id, pending, answer).await), Mismatch::Issuer);
        }
    }
    let (_, pending) = begin(&providers, "a").await;
    let unknown = providers.finish("nobody", pending, CallbackQuery::default()).await;
    assert_eq!(unknown, Err(OAuthError::UnknownProvider));
    assert_eq!(a.hits("/token") + b.hits("/token") + b.hits("/login/oauth/access_token"), 0);
}

#[tokio::test]
async fn oa_6_a_promised_issuer_must_be_in_the_answer() {
    let (providers, a, _) = world().await;
    a.inside().discovery["authorization_response_iss_parameter_supported"] = true.into();
    let (start, pending) = begin(&providers, "a").await;
    assert_eq!(mismatch(providers.finish("a", pending, yes(&a, &start)).await), Mismatch::NoIssuer);
    let (start, pending) = begin(&providers, "a").await;
    let refused = CallbackQuery {
        error: Some("access_denied".to_owned()),
        state: param(&start, "state"),
        ..Default::default()
    };
    assert_eq!(mismatch(providers.finish("a", pending, refused).await), Mismatch::NoIssuer);
    assert_eq!(a.hits("/token"), 0);
    let (start, pending) = begin(&providers, "a").await;
    let issuer = a.inside().issuer.clone();
    let answer = CallbackQuery { iss: Some(issuer), ..yes(&a, &start) };
    providers.finish("a", pending, answer).await.unwrap();
}

#[tokio::test]
async fn oa_17_a_redirecting_token_endpoint_is_not_followed() {
    let (providers, a, _) = world().await;
    let (_, thief, _) = world().await;
    for status in [301, 302, 303, 307, 308] {
        let headers = vec![("location", format!("{}token", thief.url))];
        a.inside().answers.insert("/token", (status, headers, b"{}".to_vec()));
        assert!(bad_token(sign_in(&providers, "a", &a).await).contains("redirect"));
    }
    assert_eq!(thief.hits("/token"), 0);
}

#[tokio::test]
async fn oa_17_an_error_is_kept_as_a_code_and_never_shown() {
    let (providers, a, _) = world().await;
    let (start, pending) = begin(&providers, "a").await;
    let answer = CallbackQuery {
        error: Some("access_denied".to_owned()),
        error_description: Some("<script>alert(1)</script>\r\nforged line for ada@acme.example".to_owned()),
        ..yes(&a, &start)
    };
    let error = providers.finish("a", pending, answer).await.unwrap_err();
    assert_eq!(error.public_message(), "A did not let you in: you closed its page.");
    assert_eq!(
        error.log_reason(),
        "A refused: access_denied (<script>alert(1)</script> forged line for [address])"
    );
    assert_eq!(a.hits("/token"), 0, "a code beside an error is not used");
    let (start, pending) = begin(&providers, "a").await;
    let nothing = CallbackQuery { state: param(&start, "state"), ..CallbackQuery::default() };
    assert_eq!(mismatch(providers.finish("a", pending, nothing).await), Mismatch::NoCode);
}

#[tokio::test]
async fn a_pending_sign_in_survives_storage_and_prints_no_secret() {
    let (providers, a, _) = world().await;
    let options =
        BeginOptions { return_to: ReturnTo::parse("/orgs/acme?tab=people"), ..BeginOptions::default() };
    let (start, pending) = providers.begin("a", options).await.unwrap();
    let text = serde_json::to_string(&pending).unwrap();
    let shown = format!("{pending:?} {:?} {providers:?}", yes(&a, &start));
    for secret in [param(&start, "state"), param(&start, "nonce"), Some(SECRET.to_owned())] {
        assert!(!shown.contains(&secret.unwrap()), "{shown}");
    }
    let back: PendingLogin = serde_json::from_str(&text).unwrap();
    assert_eq!((back.provider().as_str(), back.return_to().as_str()), ("a", "/orgs/acme?tab=people"));
    assert!(!back.answers("") && !back.answers("x"));
    providers.finish("a", back, yes(&a, &start)).await.unwrap();
}

#[tokio::test]
async fn oa_18_wrong_settings_stop_the_start_with_one_line_each() {
    let clock = TestClock::new();
    let a = Provider::start(&clock).await;
    let mut nameless = oidc("a", &a);
    nameless.client_secret = String::new().into();
    let insecure = config("b", ProviderKind::Oidc { issuer: "http://id.acme.example".parse().unwrap() });
    let base: Url = "http://cordon.example".parse().unwrap();
    let made =
        Providers::new(vec![nameless, insecure, oidc("a", &a)], &base, http_client().unwrap(), clock.clock());
    let faults = made.unwrap_err();
    assert_eq!(faults.faults.len(), 4, "{faults}");
    assert_eq!(faults.to_string().lines().count(), 4);
    assert!(faults.faults[0].contains("provider a: the client secret is empty"));
}

#[tokio::test]
async fn a_base_address_below_a_path_keeps_its_path() {
    let clock = TestClock::new();
    let a = Provider::start(&clock).await;
    let base: Url = "https://tools.acme.example/cordon/".parse().unwrap();
    let providers =
        Providers::new(vec![oidc("a", &a)], &base, http_client().unwrap(), clock.clock()).unwrap();
    let (start, _) = begin(&providers, "a").await;
    assert_eq!(
        param(&start, "redirect_uri").as_deref(),
        Some("https://tools.acme.example/cordon/sign-in/a/callback")
    );
}
