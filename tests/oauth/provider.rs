//! An identity provider on loopback that misbehaves on demand: `OpenID` Connect and GitHub in one.
//!
//! What may not happen here: reading the code under test; it only knows the protocols.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as B64};
use cordon::{
    clock::{Clock, Instant},
    ids::random_bytes,
};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey as _,
    core::{
        CoreEdDsaPrivateSigningKey, CoreHmacKey, CoreJwsSigningAlgorithm as Alg, CoreRsaPrivateSigningKey,
    },
};
use p256::ecdsa::signature::Signer as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};
use url::Url;

/// A clock that the test turns.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_790_000_000)))
    }

    pub(crate) fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn turn(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let clock = self.clone();
        Clock::of(move || Instant::from_micros(clock.now() * 1_000_000).unwrap())
    }
}

/// How the next ID tokens are signed.
#[derive(Clone)]
pub(crate) enum Sign {
    Ed(Arc<CoreEdDsaPrivateSigningKey>, String),
    Rsa(Alg),
    Ec(Box<p256::ecdsa::SigningKey>),
    Hmac(Vec<u8>),
    None,
    /// Signed by a key that the key set does not hold under that name.
    Forged(String),
}

type Edit = Box<dyn Fn(&mut Value) + Send>;
/// Status, headers, body.
type Answer = (u16, Vec<(&'static str, String)>, Vec<u8>);

/// What the test turns and reads.
pub(crate) struct Inside {
    pub(crate) issuer: String,
    pub(crate) discovery: Value,
    pub(crate) keys: Vec<Value>,
    pub(crate) sign: Sign,
    pub(crate) header: Edit,
    pub(crate) claims: Edit,
    pub(crate) userinfo: Value,
    pub(crate) github_user: Value,
    pub(crate) github_emails: Value,
    /// Whole answers that replace the usual ones, by path.
    pub(crate) answers: HashMap<&'static str, Answer>,
    pub(crate) delay: Duration,
    pub(crate) access_token: String,
    /// Requests so far, by path.
    pub(crate) hits: HashMap<String, usize>,
    /// What each code was given for: the authorization request.
    pub(crate) codes: HashMap<String, HashMap<String, String>>,
    /// The `Authorization` header and form of the last token request.
    pub(crate) last_token_request: (Option<String>, HashMap<String, String>),
}

/// The provider; stops with the test's runtime.
#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) url: Url,
    pub(crate) clock: TestClock,
    inside: Arc<Mutex<Inside>>,
}

pub(crate) fn rsa() -> CoreRsaPrivateSigningKey {
    CoreRsaPrivateSigningKey::from_pem(
        include_str!("not-a-secret.pem"),
        Some(JsonWebKeyId::new("rsa".to_owned())),
    )
    .unwrap()
}

pub(crate) fn ed(kid: &str) -> (Sign, Value) {
    // PKCS#8 of an Ed25519 key is a fixed prefix (RFC 8410) and 32 random bytes.
    let mut der = hex::decode("302e020100300506032b657004220420").unwrap();
    der.extend(random_bytes::<32>().unwrap());
    let body = base64::prelude::BASE64_STANDARD.encode(der);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    let key =
        CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(kid.to_owned()))).unwrap();
    let public = serde_json::to_value(key.as_verification_key()).unwrap();
    (Sign::Ed(Arc::new(key), kid.to_owned()), public)
}

pub(crate) fn ec() -> (Sign, Value) {
    let key = p256::ecdsa::SigningKey::from_slice(&random_bytes::<32>().unwrap()).unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = (B64.encode(point.x().unwrap()), B64.encode(point.y().unwrap()));
    let public = json!({"kty": "EC", "crv": "P-256", "kid": "ec", "use": "sig", "x": x, "y": y});
    (Sign::Ec(Box::new(key)), public)
}

impl Provider {
    pub(crate) async fn start(clock: &TestClock) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let issuer = url.as_str().trim_end_matches('/').to_owned();
        let (sign, public) = ed("ed-1");
        let at = |path: &str| format!("{issuer}/{path}");
        let inside = Inside {
            discovery: json!({
                "issuer": issuer,
                "authorization_endpoint": at("authorize"),
                "token_endpoint": at("token"),
                "userinfo_endpoint": at("userinfo"),
                "jwks_uri": at("jwks"),
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": ["EdDSA", "RS256", "HS256", "none"],
            }),
            issuer: issuer.clone(),
            keys: vec![public, serde_json::to_value(rsa().as_verification_key()).unwrap()],
            sign,
            header: Box::new(|_| ()),
            claims: Box::new(|_| ()),
            userinfo: json!({"sub": "ada-1"}),
            github_user: json!({"id": 42, "login": "ada", "name": "Ada Holt"}),
            github_emails: json!([]),
            answers: HashMap::new(),
            delay: Duration::ZERO,
            access_token: "access-token-1".to_owned(),
            hits: HashMap::new(),
            codes: HashMap::new(),
            last_token_request: Default::default(),
        };
        let provider = Self { url, clock: clock.clone(), inside: Arc::new(Mutex::new(inside)) };
        let app = axum::Router::new().fallback(answer).with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        provider
    }

    pub(crate) fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    pub(crate) fn hits(&self, path: &str) -> usize {
        self.inside().hits.get(path).copied().unwrap_or_default()
    }

    pub(crate) fn claims(&self, edit: impl Fn(&mut Value) + Send + 'static) {
        self.inside().claims = Box::new(edit);
    }

    /// The person says yes: a code for that authorization request.
    pub(crate) fn approve(&self, start: &Url) -> String {
        let code = hex::encode(random_bytes::<8>().unwrap());
        self.inside().codes.insert(code.clone(), start.query_pairs().into_owned().collect());
        code
    }

    fn id_token(&self, inside: &Inside, request: &HashMap<String, String>) -> String {
        let now = self.clock.now();
        let mut claims = json!({
            "iss": inside.issuer, "sub": "ada-1", "aud": request["client_id"], "iat": now, "exp": now + 300,
            "nonce": request["nonce"], "email": "ada@acme.example", "email_verified": true, "name": "Ada Holt",
        });
        (inside.claims)(&mut claims);
        if claims["at_hash"] == "right" {
            claims["at_hash"] = match inside.sign {
                Sign::Ed(..) => B64.encode(&Sha512::digest(&inside.access_token)[..32]).into(),
                _ => B64.encode(&Sha256::digest(&inside.access_token)[..16]).into(),
            };
        }
        let (alg, kid) = match &inside.sign {
            Sign::Ed(_, kid) | Sign::Forged(kid) => (json!("EdDSA"), kid.as_str()),
            Sign::Rsa(alg) => (serde_json::to_value(alg).unwrap(), "rsa"),
            Sign::Ec(_) => (json!("ES256"), "ec"),
            Sign::Hmac(_) => (json!("HS256"), "rsa"),
            Sign::None => (json!("none"), "ed-1"),
        };
        let mut head = json!({"alg": alg, "kid": kid, "typ": "JWT"});
        (inside.header)(&mut head);
        let signed = format!("{}.{}", B64.encode(head.to_string()), B64.encode(claims.to_string()));
        let signature = match &inside.sign {
            Sign::Ed(key, _) => key.sign(&Alg::EdDsa, signed.as_bytes()).unwrap(),
            Sign::Rsa(alg) => rsa().sign(alg, signed.as_bytes()).unwrap(),
            Sign::Hmac(key) => {
                CoreHmacKey::new(key.clone()).sign(&Alg::HmacSha256, signed.as_bytes()).unwrap()
            }
            Sign::Ec(key) => {
                let signature: p256::ecdsa::Signature = key.sign(signed.as_bytes());
                signature.to_bytes().to_vec()
            }
            Sign::None => Vec::new(),
            Sign::Forged(_) => {
                let (Sign::Ed(key, _), _) = ed("x") else { unreachable!() };
                key.sign(&Alg::EdDsa, signed.as_bytes()).unwrap()
            }
        };
        format!("{signed}.{}", B64.encode(signature))
    }

    fn token(&self, headers: &HeaderMap, form: &[u8], oidc: bool) -> (StatusCode, Value) {
        let form: HashMap<String, String> = serde_html_form::from_bytes(form).unwrap();
        let mut inside = self.inside();
        let basic = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
        inside.last_token_request = (basic, form.clone());
        // GitHub tells errors with status 200.
        let bad = if oidc {
            (StatusCode::BAD_REQUEST, "invalid_grant")
        } else {
            (StatusCode::OK, "bad_verification_code")
        };
        let bad = (bad.0, json!({"error": bad.1, "error_description": "no such code"}));
        let Some(request) = inside.codes.remove(&form["code"]) else { return bad };
        let challenge = B64.encode(Sha256::digest(&form["code_verifier"]));
        if request["code_challenge"] != challenge || request["redirect_uri"] != form["redirect_uri"] {
            return bad;
        }
        let mut tokens =
            json!({"access_token": inside.access_token, "token_type": "bearer", "expires_in": 300});
        if oidc {
            tokens["id_token"] = self.id_token(&inside, &request).into();
        } else {
            tokens["scope"] = "read:user,user:email".into();
        }
        (StatusCode::OK, tokens)
    }
}

async fn answer(State(provider): State<Provider>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let path = head.uri.path().to_owned();
    let delay = {
        let mut inside = provider.inside();
        *inside.hits.entry(path.clone()).or_default() += 1;
        inside.delay
    };
    tokio::time::sleep(delay).await;
    let replaced = provider.inside().answers.get(path.as_str()).cloned();
    if let Some((status, headers, body)) = replaced {
        let mut answer = Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(name, value);
        }
        // In pieces, so that the length is not announced.
        let pieces: Vec<_> =
            body.chunks(1 << 16).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
        let body = if pieces.len() > 1 {
            Body::from_stream(futures_util::stream::iter(pieces))
        } else {
            Body::from(body)
        };
        return answer.body(body).unwrap();
    }
    let (status, value) = match path.as_str() {
        "/.well-known/openid-configuration" => (StatusCode::OK, provider.inside().discovery.clone()),
        "/jwks" => (StatusCode::OK, json!({"keys": provider.inside().keys})),
        "/token" => provider.token(&head.headers, &body, true),
        "/login/oauth/access_token" => provider.token(&head.headers, &body, false),
        "/userinfo" | "/user" | "/user/emails" => {
            let inside = provider.inside();
            let wanted = format!("Bearer {}", inside.access_token);
            if head.headers.get(header::AUTHORIZATION).is_none_or(|given| given != wanted.as_str()) {
                (StatusCode::UNAUTHORIZED, json!({}))
            } else {
                let value = match path.as_str() {
                    "/userinfo" => &inside.userinfo,
                    "/user" => &inside.github_user,
                    _ => &inside.github_emails,
                };
                (StatusCode::OK, value.clone())
            }
        }
        _ => (StatusCode::NOT_FOUND, json!({})),
    };
    (status, axum::Json(value)).into_response()
}
