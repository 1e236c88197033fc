//! Tokens of named people, and requests that come with one.

use http::Method;

use super::world::{Person, Seen, World, audit};
use crate::{
    auth::token::{Kind, Secret},
    ids::{AppId, OrgId, TokenId},
};

/// A token as its holder has it.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) id: TokenId,
    pub(crate) text: String,
}

impl World {
    /// A token of this maker for 90 days; `org` is `None` for a personal one, `app` names a deploy token's app.
    pub(crate) async fn token(
        &self,
        maker: &Person,
        kind: Kind,
        scope: &str,
        org: Option<OrgId>,
        app: Option<&str>,
    ) -> Held {
        let secret = Secret::draw(kind).unwrap();
        let id = TokenId::new();
        let quoted =
            |text: Option<String>| text.map_or_else(|| "null".to_owned(), |text| format!("'{text}'"));
        let chain = org.unwrap_or_else(|| OrgId::from(maker.account.uuid()));
        self.sql(&format!(
            "insert into tokens (id, org_id, account_id, kind, scope, app_id, app_name, name, hash, last_four, expires_at)
             values ('{id}', {org}, '{maker}', '{kind}', '{scope}', {app_id}, {app}, 'ci-{scope}', '\\x{hash}', '{four}',
                     now() + interval '90 days');
             {audit}",
            org = quoted(org.map(|org| org.to_string())),
            maker = maker.account,
            kind = kind.key(),
            app_id = app.map_or_else(|| "null".into(), |app| format!("(select id from apps where name = '{app}')")),
            app = quoted(app.map(str::to_owned)),
            hash = secret.hash().hex(),
            four = secret.last_four(),
            audit = audit(chain, maker.account, "token.created"),
        ))
        .await;
        Held { id, text: secret.reveal().to_owned() }
    }

    /// An app in the organization's default network.
    pub(crate) async fn app(&self, org: OrgId, name: &str) -> AppId {
        let id = AppId::new();
        self.sql(&format!(
            "insert into apps (id, org_id, network_id, name, created_by)
             select '{id}', '{org}', n.id, '{name}', '{ada}' from networks n where n.org_id = '{org}' and n.name = 'default';
             {audit}",
            ada = self.ada.account,
            audit = audit(org, self.ada.account, "app.created"),
        ))
        .await;
        id
    }

    /// A pipeline's report about an app.
    pub(crate) async fn report(&self, token: &str, app: &str, body: &str, key: Option<&str>) -> Seen {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        let path = format!("/api/v1/apps/{app}/releases");
        self.send(None, Method::POST, &path, Some(body.to_owned()), &headers).await
    }

    /// A request that comes with a token and nothing else.
    pub(crate) async fn with_token(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Seen {
        self.send(None, method, path, body, &[("authorization", &format!("Bearer {token}"))]).await
    }
}
