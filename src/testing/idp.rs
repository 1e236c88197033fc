//! A world with a door: the sample provider on loopback, and browsers that go there and back.
//!
//! What may not happen here: a shortcut around the redirects that a browser follows.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use http::{Method, header};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::world::{ADDRESS, Seen, Setup, World};
use crate::{
    auth::oauth::{ProviderConfig, ProviderKind},
    clock::Clock,
    sample::{
        Loopback,
        idp::{Client, Idp, IdpSettings, serve},
        people,
    },
};

/// A world, its provider, and a hand on the clock that both read.
pub(crate) struct Door {
    /// The world.
    pub(crate) world: World,
    /// The provider, known here by two ids: `sample` and `second`. A third one, `github`, is nowhere.
    pub(crate) idp: Idp,
    /// Where it is.
    pub(crate) issuer: String,
    http: reqwest::Client,
    seconds: Arc<AtomicI64>,
    stop: CancellationToken,
}

impl World {
    /// A world whose people can sign in at a provider.
    pub(crate) async fn with_idp() -> Door {
        Self::with_idp_at("http://localhost:8080").await
    }

    /// The same under another address.
    pub(crate) async fn with_idp_at(base_url: &str) -> Door {
        let base_url: Url = base_url.parse().unwrap();
        let seconds = Arc::new(AtomicI64::new(0));
        let ahead = Arc::clone(&seconds);
        let clock = Clock::of(move || Clock::system().now().plus_seconds(ahead.load(Ordering::Relaxed)));
        let listener = Loopback::bind(0).await.unwrap();
        let issuer = listener.url();
        let provider = |id: &str| ProviderConfig {
            id: id.parse().unwrap(),
            label: format!("Acme {id}"),
            kind: ProviderKind::Oidc { issuer: issuer.parse().unwrap() },
            client_id: "cordon".to_owned(),
            client_secret: "not a secret".to_owned().into(),
        };
        let github = ProviderConfig {
            kind: ProviderKind::GitHub {
                web: "https://github.example".parse().unwrap(),
                api: "https://api.github.example".parse().unwrap(),
            },
            ..provider("github")
        };
        let providers = vec![provider("sample"), provider("second"), github];
        let callback = |id: &str| base_url.join(&format!("/sign-in/{id}/callback")).unwrap().to_string();
        let client = Client {
            id: "cordon".into(),
            secret: "not a secret".into(),
            redirect_uris: vec![callback("sample"), callback("second")],
        };
        let idp = Idp::new(IdpSettings {
            issuer: issuer.clone(),
            clients: vec![client],
            people: people(),
            clock: clock.clone(),
        })
        .unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(serve(listener, idp.clone(), stop.clone()));
        let world = World::with(Setup { base_url, providers, clock, ..Setup::default() }).await;
        let http = crate::auth::oauth::http_client().unwrap();
        Door { world, idp, issuer, http, seconds, stop }
    }
}

impl Door {
    /// Lets time pass for the application and the provider; the database keeps its own.
    pub(crate) fn forward(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Takes the provider off the network.
    pub(crate) async fn close(&self) {
        self.stop.cancel();
        while self.http.get(&self.issuer).send().await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// A browser that was never here, at an address of its own.
    pub(crate) fn browser(&self) -> Browser<'_> {
        static NEXT: AtomicI64 = AtomicI64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Browser { door: self, cookie: None, address: format!("192.0.{}.{}", number / 250, number % 250) }
    }

    /// How many rows a table has, or whatever else a query counts.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        let mut connection = self.world.connection().await;
        #[expect(clippy::disallowed_methods, reason = "a look from outside the application")]
        sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A browser with its one cookie.
#[derive(Clone)]
pub(crate) struct Browser<'d> {
    door: &'d Door,
    /// The session cookie's value, if the browser holds one.
    pub(crate) cookie: Option<String>,
    /// Where it is.
    pub(crate) address: String,
}

impl Browser<'_> {
    /// Any request with this browser's cookie; keeps the cookie that comes back.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        fields: Option<&[(&str, &str)]>,
        headers: &[(&str, &str)],
    ) -> Seen {
        let name = self.door.world.app.config.web.cookie();
        let cookie = self.cookie.as_ref().map(|value| format!("{name}={value}"));
        let mut all = vec![(ADDRESS, self.address.as_str())];
        all.extend(cookie.as_deref().map(|cookie| ("cookie", cookie)));
        all.extend(headers);
        let body = fields.map(|fields| serde_html_form::to_string(fields).unwrap());
        let seen = self.door.world.send(None, method, path, body, &all).await;
        for line in seen.headers.get_all(header::SET_COOKIE) {
            let cookie = line.to_str().unwrap().split(';').next().unwrap();
            if let Some(value) = cookie.strip_prefix(&format!("{name}=")) {
                self.cookie = (!value.is_empty()).then(|| value.to_owned());
            }
        }
        seen
    }

    /// A GET.
    pub(crate) async fn get(&mut self, path: &str) -> Seen {
        self.send(Method::GET, path, None, &[]).await
    }

    /// A form of a page of ours.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        self.send(Method::POST, path, Some(fields), &[("sec-fetch-site", "same-origin")]).await
    }

    /// Presses a provider's button; where that leads.
    pub(crate) async fn start(&mut self, provider: &str, return_to: &str) -> Url {
        let seen = self.post(&format!("/sign-in/{provider}"), &[("return_to", return_to)]).await;
        assert_eq!(seen.status, 303, "{}", seen.body);
        seen.location().parse().unwrap()
    }

    /// Picks somebody on the provider's page; the path and query of the callback.
    pub(crate) async fn pick(&self, page: &Url, subject: &str) -> String {
        let mut form: Vec<(String, String)> = page.query_pairs().into_owned().collect();
        form.push(("person".into(), subject.into()));
        let authorize = format!("{}/authorize", self.door.issuer);
        let answer = self.door.http.post(authorize).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 303);
        let back: Url = answer.headers()[header::LOCATION].to_str().unwrap().parse().unwrap();
        back[url::Position::BeforePath..].to_owned()
    }

    /// The whole way there and back.
    pub(crate) async fn sign_in(&mut self, provider: &str, subject: &str, return_to: &str) -> Seen {
        let page = self.start(provider, return_to).await;
        let callback = self.pick(&page, subject).await;
        self.get(&callback).await
    }
}

/// The query of a URL or path as a map.
pub(crate) fn query(address: &str) -> HashMap<String, String> {
    let (_, query) = address.split_once('?').unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}
