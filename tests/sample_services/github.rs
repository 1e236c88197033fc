//! The stand-in for GitHub: what its documentation promises, and its refusals.

use std::collections::HashMap;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use cordon::sample::{
    Loopback,
    github::{Account, Endpoint, Fault, GitHub, GitHubSettings, serve},
    people,
};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{Hands, http, location, query};

const CALLBACK: &str = "http://127.0.0.1:9/sign-in/github/callback";
const VERIFIER: &str = "a-verifier-that-is-long-enough-for-the-standard";

struct World {
    github: GitHub,
    url: String,
    hands: Hands,
    stop: CancellationToken,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl World {
    async fn new() -> Self {
        let listener = Loopback::bind(0).await.unwrap();
        let (url, hands, stop) = (listener.url(), Hands::new(), CancellationToken::new());
        let settings = GitHubSettings {
            client_id: "Iv1.sample".into(),
            client_secret: "secret".into(),
            callback: CALLBACK.into(),
            account: Account::of(&people()[0], 4711),
            clock: hands.clock(),
        };
        let github = GitHub::new(settings).unwrap();
        tokio::spawn(serve(listener, github.clone(), stop.clone()));
        Self { github, url, hands, stop }
    }

    /// The callback's parameters, after `changes` to an honest request.
    async fn authorize(&self, changes: &[(&str, &str)]) -> (String, HashMap<String, String>) {
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let mut fields = HashMap::from([
            ("client_id", "Iv1.sample"),
            ("redirect_uri", CALLBACK),
            ("scope", "read:user user:email"),
            ("state", "s1"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        fields.extend(changes.iter().copied());
        let mut address = Url::parse(&format!("{}/login/oauth/authorize", self.url)).unwrap();
        address.query_pairs_mut().extend_pairs(&fields);
        let answer = http().get(address).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FOUND);
        let mut callback = location(&answer);
        let fields = query(&callback);
        callback.set_query(None);
        (callback.into(), fields)
    }

    async fn trade(&self, changes: &[(&str, &str)]) -> Value {
        let mut fields = HashMap::from([
            ("client_id", "Iv1.sample"),
            ("client_secret", "secret"),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ]);
        fields.extend(changes.iter().copied());
        let request = http().post(format!("{}/login/oauth/access_token", self.url));
        let answer = request.header("accept", "application/json").form(&fields).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "GitHub answers its errors with 200");
        answer.json().await.unwrap()
    }

    async fn token(&self) -> String {
        let (_, callback) = self.authorize(&[]).await;
        self.trade(&[("code", &callback["code"])]).await["access_token"].as_str().unwrap().into()
    }

    fn get(&self, path: &str, token: &str) -> RequestBuilder {
        http().get(format!("{}{path}", self.url)).header("user-agent", "cordon-test").bearer_auth(token)
    }
}

async fn read(request: RequestBuilder) -> (StatusCode, Value) {
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_person_signs_in_and_keeps_the_number_through_a_rename() {
    let world = World::new().await;
    let (back, callback) = world.authorize(&[]).await;
    assert_eq!((back.as_str(), callback["state"].as_str()), (CALLBACK, "s1"));
    let tokens = world.trade(&[("code", &callback["code"])]).await;
    assert_eq!(
        (tokens["scope"].as_str(), tokens["token_type"].as_str()),
        (Some("read:user,user:email"), Some("bearer"))
    );
    let token = tokens["access_token"].as_str().unwrap();
    let (status, user) = read(world.get("/user", token)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((user["id"].as_u64(), user["login"].as_str()), (Some(4711), Some("maren-holt")));
    assert!(user["email"].is_null());
    let (_, emails) = read(world.get("/user/emails", token)).await;
    let expected = serde_json::json!([{ "email": "maren.holt@acme.example", "primary": true, "verified": true, "visibility": "private" }]);
    assert_eq!(emails, expected);
    world.github.rename("someone-new");
    let (_, user) = read(world.get("/user", token)).await;
    assert_eq!((user["id"].as_u64(), user["login"].as_str()), (Some(4711), Some("someone-new")));
    assert_eq!(world.github.calls().count(&Endpoint::User), 2);
}

#[tokio::test]
async fn refusals_come_back_the_way_github_documents_them() {
    let world = World::new().await;
    let (back, callback) = world.authorize(&[("redirect_uri", "http://evil.example/")]).await;
    assert_eq!((back.as_str(), callback["error"].as_str()), (CALLBACK, "redirect_uri_mismatch"));
    let (_, callback) = world.authorize(&[("redirect_uri", &format!("{CALLBACK}-not-below"))]).await;
    assert_eq!(callback["error"], "redirect_uri_mismatch");
    let (back, _) = world.authorize(&[("redirect_uri", &format!("{CALLBACK}/below"))]).await;
    assert_eq!(back, format!("{CALLBACK}/below"));
    world.github.faults().inject(Fault::AccessDenied);
    let (_, callback) = world.authorize(&[]).await;
    assert_eq!((callback["error"].as_str(), callback["state"].as_str()), ("access_denied", "s1"));
    let unknown = format!("{}/login/oauth/authorize?client_id=other", world.url);
    assert_eq!(http().get(unknown).send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_code_is_refused_with_status_200() {
    let world = World::new().await;
    assert_eq!(world.trade(&[("code", "made-up")]).await["error"], "bad_verification_code");
    for (changes, error) in [
        ([("client_secret", "wrong")], "incorrect_client_credentials"),
        ([("code_verifier", "another-verifier-that-is-long-enough-as-well")], "bad_verification_code"),
        ([("redirect_uri", "http://127.0.0.1:9/")], "redirect_uri_mismatch"),
    ] {
        let (_, callback) = world.authorize(&[]).await;
        let answer = world.trade(&[changes[0], ("code", &callback["code"])]).await;
        assert_eq!(answer["error"], error);
        assert!(answer["error_description"].is_string() && answer["error_uri"].is_string());
    }
    let (_, callback) = world.authorize(&[]).await;
    assert!(world.trade(&[("code", &callback["code"])]).await["access_token"].is_string());
    assert_eq!(world.trade(&[("code", &callback["code"])]).await["error"], "bad_verification_code");
    let (_, callback) = world.authorize(&[]).await;
    world.hands.forward(601);
    assert_eq!(world.trade(&[("code", &callback["code"])]).await["error"], "bad_verification_code");
    let form = [("client_id", "Iv1.sample"), ("client_secret", "secret"), ("code", "x")];
    let plain =
        http().post(format!("{}/login/oauth/access_token", world.url)).form(&form).send().await.unwrap();
    assert!(
        plain.text().await.unwrap().contains("error=bad_verification_code"),
        "a form unless JSON is asked for"
    );
}

#[tokio::test]
async fn the_api_wants_a_name_a_token_and_patience() {
    let world = World::new().await;
    let token = world.token().await;
    let nameless = http().get(format!("{}/user", world.url)).bearer_auth(&token).send().await.unwrap();
    assert_eq!(nameless.status(), StatusCode::FORBIDDEN);
    let (status, body) = read(world.get("/user", "gho_wrong")).await;
    assert_eq!((status, body["message"].as_str()), (StatusCode::UNAUTHORIZED, Some("Bad credentials")));
    world.github.faults().inject(Fault::RateLimited);
    let limited = world.get("/user", &token).send().await.unwrap();
    assert_eq!(limited.status(), StatusCode::FORBIDDEN);
    assert_eq!(limited.headers()["x-ratelimit-remaining"], "0");
    assert!(limited.headers().contains_key("x-ratelimit-reset"));
    world.github.faults().clear();
    world.github.faults().inject(Fault::NoVerifiedPrimary);
    let (_, emails) = read(world.get("/user/emails", &token)).await;
    assert_eq!(emails[0]["verified"], false);
    world.github.faults().clear();
    world.github.faults().inject(Fault::Status(Endpoint::Emails, StatusCode::INTERNAL_SERVER_ERROR));
    let failed = world.get("/user/emails", &token).send().await.unwrap();
    assert_eq!(failed.status(), StatusCode::INTERNAL_SERVER_ERROR);
    world.github.faults().clear();
    world.github.faults().inject(Fault::NarrowedScope("read:user".into()));
    let narrow = world.token().await;
    assert_eq!(read(world.get("/user/emails", &narrow)).await.0, StatusCode::NOT_FOUND);
}
