//! The rows of tokens.
//!
//! What may not happen here: a token itself. What comes in is a hash; what goes out has not even that.

pub(super) mod reminders;

use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    auth::{
        scope::{OrgScope, OrgWrite, SiteScope, SiteWrite},
        token::Secret,
    },
    clock::Instant,
    db::{paging::Cursors, token::TokenHash},
    error::{Error, Result},
    features::tokens::model::{NewToken, Revoked, Token},
    ids::{AccountId, AppId, OrgId, TokenId},
    role::{Permission, Permissions, Role, Roles, Scope},
};

/// How many a page shows.
pub(super) const PAGE: usize = 50;

/// A token that would be let into an organization now.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Known {
    pub(super) id: TokenId,
    pub(super) kind: String,
    pub(super) scope: Scope,
    pub(super) name: String,
    pub(super) account: AccountId,
    pub(super) app: Option<String>,
    pub(super) created_at: Instant,
    pub(super) expires_at: Instant,
    pub(super) roles: Roles,
}

/// The token of that hash, if the organization of the scope lets it in now.
pub(super) async fn look(db: &mut impl OrgScope, hash: &TokenHash) -> Result<Option<Known>> {
    let org = db.org();
    let answer = sqlx::query_scalar!("select look_at_token($1, $2)", hash.bytes(), org.uuid())
        .fetch_one(db.connection())
        .await?;
    answer.map(serde_json::from_value).transpose().map_err(Error::internal)
}

/// Which tokens to list.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one per filter of the list, read by name")]
pub(super) struct Which {
    pub(super) org: Option<OrgId>,
    pub(super) maker: Option<AccountId>,
    pub(super) app: Option<String>,
    pub(super) id: Option<TokenId>,
    /// Personal ones alone.
    pub(super) personal: bool,
    /// Also those that ended or were revoked.
    pub(super) past: bool,
    pub(super) production: bool,
    pub(super) idle_since: Option<Instant>,
    pub(super) ends_after: Option<Instant>,
    pub(super) maker_gone: bool,
    pub(super) find: Option<String>,
    /// Older than this one.
    pub(super) before: Option<TokenId>,
}

/// A page of tokens, and the cursor of the next one.
#[derive(Clone, Debug)]
pub(super) struct Paged {
    pub(super) tokens: Vec<Token>,
    /// Empty on the last page.
    pub(super) older: String,
}

impl Paged {
    /// A page of what was read one token further than it shows.
    pub(super) fn of(mut tokens: Vec<Token>, cursors: &Cursors) -> Result<Self> {
        let more = tokens.len() > PAGE;
        tokens.truncate(PAGE);
        let last = tokens.last().filter(|_| more);
        let older = last.map(|last| cursors.write(&last.id)).transpose()?;
        Ok(Self { older: older.unwrap_or_default(), tokens })
    }
}

/// A page of an organization's tokens as `me` sees them, one more than it shows when there are more.
pub(super) async fn in_org(db: &mut impl OrgScope, me: AccountId, which: Which) -> Result<Vec<Token>> {
    let which = Which { org: Some(db.org()), ..which };
    list(db.connection(), me, &which, PAGE + 1).await
}

/// A page of tokens in every organization of the caller.
pub(super) async fn everywhere(db: &mut impl SiteScope, which: &Which, most: usize) -> Result<Vec<Token>> {
    let me = db.account();
    list(db.connection(), me, which, most).await
}

async fn list(
    connection: &mut PgConnection,
    me: AccountId,
    which: &Which,
    most: usize,
) -> Result<Vec<Token>> {
    let look = |role: &Role| role.permissions().contains(Permissions::VIEW_INSIDE);
    let roles: Vec<String> = Role::ALL.into_iter().filter(look).map(|role| role.key().to_owned()).collect();
    let rows = sqlx::query_file_as!(
        Token,
        "src/features/tokens/list.sql",
        me.uuid(),
        &roles,
        which.org.map(OrgId::uuid) as Option<Uuid>,
        which.maker.map(AccountId::uuid) as Option<Uuid>,
        which.app.as_deref() as Option<&str>,
        which.id.map(TokenId::uuid) as Option<Uuid>,
        which.personal,
        which.past,
        which.production,
        which.idle_since as Option<Instant>,
        which.ends_after as Option<Instant>,
        which.maker_gone,
        which.find.as_deref() as Option<&str>,
        which.before.map(TokenId::uuid) as Option<Uuid>,
        i64::try_from(most).unwrap_or(i64::MAX)
    );
    Ok(rows.fetch_all(connection).await?)
}

/// The app of that name in this organization.
pub(super) async fn app(db: &mut impl OrgScope, name: &str) -> Result<Option<AppId>> {
    let org = db.org();
    let id = sqlx::query_scalar!("select id from apps where org_id = $1 and name = $2", org.uuid(), name)
        .fetch_optional(db.connection())
        .await?;
    Ok(id.map(Into::into))
}

/// Keeps a token of the organization.
pub(super) async fn insert<P: Permission>(
    db: &mut OrgWrite<'_, P>,
    token: &NewToken,
    secret: &Secret,
    app: Option<(AppId, &str)>,
) -> Result<TokenId> {
    let (org, account) = (db.org(), db.account());
    keep(db.connection(), Some(org), account, token, secret, app).await
}

/// Keeps a token of the caller's own.
pub(super) async fn insert_own(db: &mut SiteWrite<'_>, token: &NewToken, secret: &Secret) -> Result<TokenId> {
    let account = db.account();
    keep(db.connection(), None, account, token, secret, None).await
}

async fn keep(
    connection: &mut PgConnection,
    org: Option<OrgId>,
    account: AccountId,
    token: &NewToken,
    secret: &Secret,
    app: Option<(AppId, &str)>,
) -> Result<TokenId> {
    let id = TokenId::new();
    let hash = secret.hash();
    sqlx::query!(
        "insert into tokens (id, org_id, account_id, kind, scope, app_id, app_name, name, hash, last_four, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        id.uuid(),
        org.map(OrgId::uuid) as Option<Uuid>,
        account.uuid(),
        token.kind.key(),
        token.scope.key(),
        app.map(|(id, _)| id.uuid()) as Option<Uuid>,
        app.map(|(_, name)| name) as Option<&str>,
        token.name,
        hash.bytes(),
        secret.last_four(),
        token.expires_at as Instant
    )
    .execute(connection)
    .await?;
    Ok(id)
}

/// Which tokens to revoke, of those that are neither revoked nor ended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Doomed {
    pub(super) id: Option<TokenId>,
    pub(super) maker: Option<AccountId>,
    pub(super) app: Option<AppId>,
}

/// Revokes tokens of the organization and says which.
pub(super) async fn revoke<P: Permission>(db: &mut OrgWrite<'_, P>, doomed: Doomed) -> Result<Vec<Revoked>> {
    let (org, by) = (db.org(), db.account());
    end(db.connection(), Some(org), by, doomed).await
}

/// Revokes tokens of the caller's own and says which.
pub(super) async fn revoke_own(db: &mut SiteWrite<'_>, id: Option<TokenId>) -> Result<Vec<Revoked>> {
    let by = db.account();
    end(db.connection(), None, by, Doomed { id, maker: Some(by), app: None }).await
}

async fn end(
    connection: &mut PgConnection,
    org: Option<OrgId>,
    by: AccountId,
    doomed: Doomed,
) -> Result<Vec<Revoked>> {
    // Locked in one order, so that two who revoke everything wait for each other and not in a circle.
    let rows = sqlx::query!(
        r#"with doomed as (
             select t.id from tokens t
             where t.org_id is not distinct from $1 and t.revoked_at is null and t.expires_at > cordon_now()
               and ($3::uuid is null or t.id = $3) and ($4::uuid is null or t.account_id = $4)
               and ($5::uuid is null or t.app_id = $5)
             order by t.id for update
           )
           update tokens t set revoked_at = cordon_now(), revoked_by = $2 from doomed where t.id = doomed.id
           returning t.id, t.name, t.account_id"#,
        org.map(OrgId::uuid) as Option<Uuid>,
        by.uuid(),
        doomed.id.map(TokenId::uuid) as Option<Uuid>,
        doomed.maker.map(AccountId::uuid) as Option<Uuid>,
        doomed.app.map(AppId::uuid) as Option<Uuid>
    )
    .fetch_all(connection)
    .await?;
    let revoked =
        |id: Uuid, account: Uuid, name| Revoked { id: id.into(), org, account: account.into(), name };
    Ok(rows.into_iter().map(|row| revoked(row.id, row.account_id, row.name)).collect())
}
