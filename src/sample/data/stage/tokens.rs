//! Tokens, and when they were last used.
//!
//! What may not happen here: a secret that survives the loading.

use anyhow::Context as _;

use super::{Stage, action};
use crate::{
    auth::token::Secret,
    clock::Instant,
    db::audit::{Chain, Event},
    ids::{OrgId, TokenId},
    sample::data::tokens::Token,
};

impl Stage<'_> {
    pub(super) async fn make_token(&mut self, token: &Token) -> anyhow::Result<Event> {
        let (id, secret) = (TokenId::new(), Secret::draw(token.kind)?);
        let (org, maker) = (token.org.map(|org| self.org(org)).transpose()?, self.account(token.by)?);
        let (hash, ends_at) = (secret.hash(), self.calendar.end(token.ends)?);
        sqlx::query!(
            "insert into tokens (id, org_id, account_id, kind, scope, app_id, app_name, name, hash, last_four, expires_at,
               reminded_at)
             values ($1, $2, $3, $4, $5, (select id from apps where name = $6), $6, $7, $8, $9, $10,
               -- Their makers were told already.
               case when $10 < now() + interval '7 days' then $10 - interval '7 days' end)",
            id.uuid(),
            org.map(OrgId::uuid),
            maker.uuid(),
            token.kind.key(),
            token.scope,
            token.app,
            token.name,
            hash.bytes(),
            secret.last_four(),
            ends_at as Instant
        )
        .execute(self.db.connection())
        .await?;
        let event = Event::new(org.map_or(Chain::Account(maker), Chain::Org), action("token.created")?)
            .target("token", id.uuid())
            .named(token.name)
            .change("kind", (), token.kind.key())
            .change("scope", (), token.scope)
            .change("last_four", (), secret.last_four())
            .change("ends_at", (), ends_at.to_string());
        Ok(match token.app {
            Some(app) => event.change("app", (), app),
            None => event,
        })
    }

    pub(super) async fn revoke_token(&mut self, token: &Token) -> anyhow::Result<Event> {
        let (_, by, why) = token.revoked.context("it was never revoked")?;
        let (org, by) = (self.org(token.org.context("of no organization")?)?, self.account(by)?);
        let id = sqlx::query_scalar!(
            "update tokens set revoked_at = cordon_now(), revoked_by = $3 where org_id = $1 and name = $2 returning id",
            org.uuid(),
            token.name,
            by.uuid()
        )
        .fetch_one(self.db.connection())
        .await?;
        let event = Event::new(Chain::Org(org), action("token.revoked")?);
        Ok(event.target("token", id).named(token.name).reason(Some(why)))
    }

    /// Notes when and from where a token was last used.
    pub(in crate::sample::data) async fn token_used(&mut self, token: &Token) -> anyhow::Result<()> {
        let Some((at, from)) = token.used else { return Ok(()) };
        let (at, maker) = (self.calendar.at(at)?, self.account(token.by)?);
        sqlx::query!(
            "update tokens set last_used_at = date_trunc('minute', $3::timestamptz), last_used_from = $4
             where account_id = $1 and name = $2",
            maker.uuid(),
            token.name,
            at as Instant,
            from
        )
        .execute(self.db.connection())
        .await?;
        Ok(())
    }
}
