//! The provider when it is honest: what a conforming client and a person see.

use cordon::sample::{
    Loopback, Person,
    idp::{Client, Endpoint, Idp, IdpSettings, serve},
    people,
};
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreProviderMetadata,
        CoreTokenResponse, CoreUserInfoClaims,
    },
};
use reqwest::StatusCode;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{Hands, http, location, query};

pub(crate) const CALLBACK: &str = "http://127.0.0.1:9/sign-in/acme/callback";
pub(crate) const CLIENT: &str = "cordon";
pub(crate) const SECRET: &str = "a secret: with % and + in it";

pub(crate) type Oidc = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider, a client that knows it, and a clock.
pub(crate) struct World {
    pub(crate) idp: Idp,
    pub(crate) issuer: String,
    pub(crate) hands: Hands,
    pub(crate) http: reqwest::Client,
    stop: CancellationToken,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error(transparent)]
    Request(#[from] reqwest::Error),
    #[error(transparent)]
    Answer(#[from] http::Error),
    #[error("more than a megabyte")]
    TooLarge,
}

/// openidconnect's way to speak HTTP, as the product has it: no redirects, a limit on the body.
pub(crate) async fn send(client: &reqwest::Client, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let mut response = client.execute(request.try_into()?).await?;
    let mut builder = http::Response::builder().status(response.status());
    for (name, value) in response.headers() {
        builder = builder.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > 1 << 20 {
            return Err(HttpError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(builder.body(body)?)
}

pub(crate) fn sender(client: &reqwest::Client) -> impl for<'c> AsyncHttpClient<'c, Error = HttpError> {
    let client = client.clone();
    move |request: HttpRequest| {
        let client = client.clone();
        async move { send(&client, request).await }
    }
}

/// One sign-in between the request and the callback.
pub(crate) struct Trip {
    pub(crate) client: Oidc,
    pub(crate) address: Url,
    pub(crate) state: CsrfToken,
    pub(crate) nonce: Nonce,
    pub(crate) verifier: PkceCodeVerifier,
}

impl World {
    pub(crate) async fn new() -> Self {
        let listener = Loopback::bind(0).await.unwrap();
        let (issuer, hands, stop) = (listener.url(), Hands::new(), CancellationToken::new());
        let client =
            Client { id: CLIENT.into(), secret: SECRET.into(), redirect_uris: vec![CALLBACK.into()] };
        let settings = IdpSettings {
            issuer: issuer.clone(),
            clients: vec![client],
            people: people(),
            clock: hands.clock(),
        };
        let idp = Idp::new(settings).unwrap();
        tokio::spawn(serve(listener, idp.clone(), stop.clone()));
        Self { idp, issuer, hands, http: http(), stop }
    }

    pub(crate) async fn discover(&self) -> Result<Oidc, String> {
        let issuer = IssuerUrl::new(self.issuer.clone()).unwrap();
        let metadata = CoreProviderMetadata::discover_async(issuer, &sender(&self.http))
            .await
            .map_err(|error| format!("{error:?}"))?;
        let secret = ClientSecret::new(SECRET.into());
        Ok(CoreClient::from_provider_metadata(metadata, ClientId::new(CLIENT.into()), Some(secret))
            .set_redirect_uri(RedirectUrl::new(CALLBACK.into()).unwrap()))
    }

    pub(crate) async fn start(&self) -> Trip {
        let client = self.discover().await.unwrap();
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let (address, state, nonce) = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(["profile", "email"].map(|name| Scope::new(name.into())))
            .set_pkce_challenge(challenge)
            .url();
        Trip { client, address, state, nonce, verifier }
    }

    /// Presses a person's button; an empty subject is "nobody".
    pub(crate) async fn pick(&self, trip: &Trip, subject: &str) -> reqwest::Response {
        let mut form: Vec<_> = trip.address.query_pairs().into_owned().collect();
        form.push(("person".into(), subject.into()));
        self.http.post(format!("{}/authorize", self.issuer)).form(&form).send().await.unwrap()
    }

    pub(crate) async fn code(&self, trip: &Trip, subject: &str) -> String {
        let answer = self.pick(trip, subject).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let callback = location(&answer);
        assert!(callback.as_str().starts_with(CALLBACK));
        let callback = query(&callback);
        assert_eq!(callback["state"], *trip.state.secret());
        assert_eq!(callback["iss"], self.issuer);
        callback["code"].clone()
    }

    pub(crate) async fn trade(
        &self,
        trip: Trip,
        code: String,
    ) -> Result<(CoreTokenResponse, Oidc, Nonce), String> {
        let tokens = trip
            .client
            .exchange_code(AuthorizationCode::new(code))
            .unwrap()
            .set_pkce_verifier(trip.verifier)
            .request_async(&sender(&self.http))
            .await
            .map_err(|error| format!("{error:?}"))?;
        Ok((tokens, trip.client, trip.nonce))
    }

    /// A whole sign-in; `Err` says where a careful client stopped.
    pub(crate) async fn sign_in(
        &self,
        subject: &str,
    ) -> Result<(CoreIdTokenClaims, CoreUserInfoClaims), String> {
        let trip = self.start().await;
        let code = self.code(&trip, subject).await;
        let (tokens, client, nonce) = self.trade(trip, code).await?;
        let claims = verify(&tokens, &client, &nonce)?;
        let info = client
            .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
            .unwrap()
            .request_async(&sender(&self.http))
            .await
            .map_err(|error| format!("{error:?}"))?;
        Ok((claims, info))
    }

    /// The token endpoint without a library: status and body.
    pub(crate) async fn post_token(&self, form: &[(&str, &str)]) -> (StatusCode, serde_json::Value) {
        let answer = self.http.post(format!("{}/token", self.issuer)).form(form).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }
}

fn verify(tokens: &CoreTokenResponse, client: &Oidc, nonce: &Nonce) -> Result<CoreIdTokenClaims, String> {
    let token = tokens.id_token().ok_or("no ID token")?;
    let now = Hands::new().clock().now().timestamp().as_second();
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs([
            CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            CoreJwsSigningAlgorithm::RsaSsaPssSha256,
            CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            CoreJwsSigningAlgorithm::EdDsa,
        ])
        .set_issue_time_verifier_fn(move |issued| {
            if issued.timestamp() > now + 60 { Err("issued in the future".into()) } else { Ok(()) }
        });
    let claims = token.claims(&verifier, nonce).map_err(|error| format!("{error:?}"))?;
    let hash = AccessTokenHash::from_token(
        tokens.access_token(),
        token.signing_alg().unwrap(),
        token.signing_key(&verifier).unwrap(),
    );
    if claims.access_token_hash() == Some(&hash.unwrap()) {
        Ok(claims.clone())
    } else {
        Err("at_hash belongs to another access token".into())
    }
}

#[tokio::test]
async fn a_person_signs_in_and_the_token_verifies() {
    let world = World::new().await;
    let (claims, info) = world.sign_in("acme-0004").await.unwrap();
    assert_eq!(claims.subject().as_str(), "acme-0004");
    assert_eq!(claims.email(), None, "the code flow's ID token names no address");
    assert!(claims.auth_time().is_some());
    assert_eq!(info.name().unwrap().get(None).unwrap().as_str(), "Tomás Iriarte");
    assert_eq!(info.email().unwrap().as_str(), "tomas.iriarte@acme.example");
    assert_eq!(info.email_verified(), Some(true));
    assert_eq!(world.idp.calls().count(&Endpoint::Token), 1);
    assert_eq!(world.idp.calls().count(&Endpoint::Keys), 1);
}

#[tokio::test]
async fn the_page_lists_six_people_and_says_what_it_is() {
    let world = World::new().await;
    let mut odd = people();
    odd[5] = Person {
        email_verified: false,
        ..Person::new("acme-0006", "<b>Noor</b>", "noor.haddad@acme.example")
    };
    world.idp.set_people(odd);
    let trip = world.start().await;
    let mut address = trip.address.clone();
    address.query_pairs_mut().append_pair("login_hint", "priya.raman@acme.example");
    let page = world.http.get(address).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("form-action 'self' http://127.0.0.1:9;"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let text = page.text().await.unwrap();
    assert_eq!(text.matches("name=\"person\" value=\"acme-").count(), 6);
    assert!(text.contains("These people do not exist."));
    assert!(text.contains("Expected") && text.contains("Address not verified"));
    assert!(!text.contains("<b>Noor") && !text.contains("style=") && !text.contains("<script"));
    let css = world.http.get(format!("{}/sample.css", world.issuer)).send().await.unwrap();
    assert_eq!(css.headers()["content-type"], "text/css; charset=utf-8");
}

#[tokio::test]
async fn only_a_registered_address_is_ever_returned_to() {
    let world = World::new().await;
    let trip = world.start().await;
    for (field, value) in [
        ("redirect_uri", format!("{CALLBACK}/")),
        ("redirect_uri", "http://evil.example/".into()),
        ("client_id", "someone-else".into()),
    ] {
        let mut address = trip.address.clone();
        let kept: Vec<_> =
            trip.address.query_pairs().into_owned().filter(|(name, _)| name != field).collect();
        address.query_pairs_mut().clear().extend_pairs(kept).append_pair(field, &value);
        let answer = world.http.get(address).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{field}={value}");
        assert!(!answer.headers().contains_key("location"));
    }
}

#[tokio::test]
async fn a_request_that_asks_wrongly_is_told_so_at_home() {
    let world = World::new().await;
    let trip = world.start().await;
    for (field, value, error) in [
        ("response_type", Some("token"), "unsupported_response_type"),
        ("response_mode", Some("fragment"), "invalid_request"),
        ("scope", Some("email"), "invalid_scope"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("max_age", Some("soon"), "invalid_request"),
        ("prompt", Some("none login"), "invalid_request"),
        ("prompt", Some("none"), "login_required"),
        ("request", Some("e30.e30."), "request_not_supported"),
    ] {
        let mut address = trip.address.clone();
        let kept: Vec<_> =
            trip.address.query_pairs().into_owned().filter(|(name, _)| name != field).collect();
        address.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(value.map(|value| (field, value)));
        let callback = query(&location(&world.http.get(address).send().await.unwrap()));
        assert_eq!(callback["error"], error, "{field}={value:?}");
        assert_eq!(callback["state"], *trip.state.secret());
        assert_eq!(callback["iss"], world.issuer);
        assert!(!callback.contains_key("code"));
    }
    let refused = query(&location(&world.pick(&trip, "").await));
    assert_eq!(refused["error"], "access_denied");
    assert_eq!(world.pick(&trip, "nobody").await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_code_works_once_within_a_minute_for_the_one_who_asked() {
    let world = World::new().await;
    for (change, reason) in [
        (("code_verifier", "a".repeat(43)), "code_verifier"),
        (("redirect_uri", "http://127.0.0.1:9/other".into()), "redirect_uri"),
        (("late", String::new()), "60 seconds"),
    ] {
        let trip = world.start().await;
        let code = world.code(&trip, "acme-0001").await;
        if change.0 == "late" {
            world.hands.forward(61);
        }
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", if change.0 == "redirect_uri" { &change.1 } else { CALLBACK }),
            ("code_verifier", if change.0 == "code_verifier" { &change.1 } else { trip.verifier.secret() }),
            ("client_id", CLIENT),
            ("client_secret", SECRET),
        ];
        let (status, body) = world.post_token(&form).await;
        assert_eq!((status, body["error"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_grant")));
        assert!(body["error_description"].as_str().unwrap().contains(reason), "{body}");
        let (_, again) = world.post_token(&form).await;
        assert!(again["error_description"].as_str().unwrap().contains("before"), "one try each: {again}");
    }
}

#[tokio::test]
async fn a_code_used_twice_revokes_what_it_gave() {
    let world = World::new().await;
    let trip = world.start().await;
    let code = world.code(&trip, "acme-0001").await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", trip.verifier.secret()),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
    ];
    let (status, body) = world.post_token(&form).await;
    assert_eq!(status, StatusCode::OK, "client_secret_post works: {body}");
    let token = body["access_token"].as_str().unwrap();
    let userinfo = || world.http.get(format!("{}/userinfo", world.issuer)).bearer_auth(token).send();
    assert_eq!(userinfo().await.unwrap().status(), StatusCode::OK);
    assert_eq!(world.post_token(&form).await.1["error"], "invalid_grant");
    assert_eq!(userinfo().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let seen = world.idp.token_requests();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].code_verifier, *trip.verifier.secret());
}

#[tokio::test]
async fn a_wrong_secret_is_an_unknown_application() {
    let world = World::new().await;
    let (status, body) = world.post_token(&[("client_id", CLIENT), ("client_secret", "guess")]).await;
    assert_eq!((status, body["error"].as_str()), (StatusCode::UNAUTHORIZED, Some("invalid_client")));
    let (status, body) = world.post_token(&[("code", "a"), ("code", "b")]).await;
    assert_eq!((status, body["error"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_request")));
}

#[tokio::test]
async fn prompt_none_answers_for_a_browser_that_picked_before() {
    let world = World::new().await;
    let trip = world.start().await;
    let cookie = world.pick(&trip, "acme-0002").await.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    world.hands.forward(30);
    for (max_age, expected) in [(None, "code"), (Some("60"), "code"), (Some("10"), "error")] {
        let mut address = trip.address.clone();
        address
            .query_pairs_mut()
            .append_pair("prompt", "none")
            .extend_pairs(max_age.map(|age| ("max_age", age)));
        let answer = world.http.get(address).header("cookie", cookie).send().await.unwrap();
        assert!(query(&location(&answer)).contains_key(expected), "max_age {max_age:?}");
    }
}

#[tokio::test]
async fn a_foreign_host_name_is_not_answered() {
    let world = World::new().await;
    let answer =
        world.http.get(format!("{}/jwks", world.issuer)).header("host", "evil.example").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST);
}
