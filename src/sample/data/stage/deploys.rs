//! Deploys, as pipelines and people reported them.
//!
//! What may not happen here: a release without the event of its report.

use anyhow::Context as _;

use super::{Stage, action};
use crate::{
    clock::Instant,
    db::audit::{Chain, Event},
    ids::{AccountId, ReleaseId, TokenId},
    sample::data::deploys::{By, Deploy},
};

impl Stage<'_> {
    /// The token that deployed, if one did.
    pub(super) async fn robot(&mut self, new: &Deploy) -> anyhow::Result<Option<TokenId>> {
        let By::Token(name) = new.by else { return Ok(None) };
        let org = self.org(new.org)?;
        let id =
            sqlx::query_scalar!("select id from tokens where org_id = $1 and name = $2", org.uuid(), name)
                .fetch_one(self.db.connection())
                .await?;
        Ok(Some(id.into()))
    }

    pub(super) async fn deploy(&mut self, new: &Deploy, at: Instant) -> anyhow::Result<Event> {
        let org = self.org(new.org)?;
        let robot = self.robot(new).await?;
        let (account, token) = match new.by {
            By::Person(handle) => (Some(self.account(handle)?), None),
            By::Token(name) => (None, Some(name)),
        };
        let finished = (new.status != "started").then_some(at);
        let started = if finished.is_some() { at.plus_seconds(-new.seconds) } else { at };
        let app = sqlx::query_scalar!(
            "insert into releases (id, org_id, app_id, seq, version, commit, status, url, started_at, finished_at,
               account_id, token_id, token_name)
             select $1, $2, a.id, coalesce(a.latest_seq, 0) + 1, $4, $5, $6, $7, $8, $9, $10, $11, $12
             from apps a where a.org_id = $2 and a.name = $3 returning app_id",
            ReleaseId::new().uuid(),
            org.uuid(),
            new.app,
            new.version,
            new.commit,
            new.status,
            token.map(|_| format!("https://ci.acme.example/{}/{}", new.app, new.version)),
            started as Instant,
            finished as Option<Instant>,
            account.map(AccountId::uuid),
            robot.map(TokenId::uuid),
            token
        )
        .fetch_optional(self.db.connection())
        .await?;
        let app = app.with_context(|| format!("{} was not added yet", new.app))?;
        let name = match new.status {
            "started" => "app.release_started",
            "failed" => "app.release_failed",
            _ => "app.release_succeeded",
        };
        Ok(Event::new(Chain::Org(org), action(name)?)
            .target("app", app)
            .named(new.app)
            .change("version", (), new.version.as_str())
            .change("status", (), new.status)
            .change("commit", (), new.commit.as_str()))
    }
}
