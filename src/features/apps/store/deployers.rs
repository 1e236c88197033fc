//! Who may deploy: the people whose role holds it and the tokens of the organization, each with why.
//!
//! What may not happen here: a list of roles of its own; it asks the table.

use crate::{
    auth::scope::OrgScope,
    clock::Instant,
    error::{Error, Result},
    ids::AccountId,
    role::{Deploy, Permission as _, Role, Scope},
};

/// How many a page names.
const MOST: i64 = 50;

/// Somebody or something that may deploy every app of the organization.
#[derive(Debug)]
pub(in crate::features::apps) struct Deployer {
    pub(in crate::features::apps) who: Who,
    pub(in crate::features::apps) name: String,
    pub(in crate::features::apps) granted_by: Option<String>,
    pub(in crate::features::apps) ends_at: Option<Instant>,
    /// How many there are in all.
    pub(in crate::features::apps) all: i64,
}

/// What it is.
#[derive(Debug)]
pub(in crate::features::apps) enum Who {
    /// A person, by this role; how they came by it and why.
    Person { account: AccountId, role: Role, path: String, reason: Option<String> },
    /// A token of the whole organization, with this scope.
    Token { scope: String },
}

/// The first who may deploy: people by role and name, each with the grant that gives most, then the tokens that may act
/// for the whole organization and whose makers still may.
pub(in crate::features::apps) async fn deployers(db: &mut impl OrgScope) -> Result<Vec<Deployer>> {
    let org = db.org().uuid();
    let roles: Vec<String> = Role::ALL
        .into_iter()
        .filter(|role| role.permissions().contains(Deploy::NEEDS))
        .map(|role| role.key().to_owned())
        .collect();
    let scopes: Vec<String> = [Scope::Member, Scope::Admin]
        .into_iter()
        .filter(|scope| scope.permissions().contains(Deploy::NEEDS))
        .map(|scope| scope.key().to_owned())
        .collect();
    let rows = sqlx::query_as!(
        Row,
        r#"with top as (
             select distinct on (account_id) account_id, role, path, reason, granted_by, ends_at from grants
             where org_id = $1 and role = any ($2) and revoked_at is null and starts_at <= cordon_now()
               and (ends_at is null or ends_at > cordon_now())
             order by account_id, array_position($2, role), ends_at desc nulls first
           ), listed as (
             select array_position($2, t.role) as place, t.account_id, a.name, t.role as power, t.path, t.reason,
               t.granted_by as by, t.ends_at
             from top t join accounts a on a.id = t.account_id
             union all
             select 100, null, k.name, k.scope, null, null, k.account_id, k.expires_at
             from tokens k join top t on t.account_id = k.account_id
             where k.org_id = $1 and k.app_id is null and k.scope = any ($4) and k.revoked_at is null
               and k.expires_at > cordon_now()
           )
           select l.account_id, l.name as "name!", l.power as "power!", l.path, l.reason, b.name as "granted_by?",
             l.ends_at as "ends_at?: Instant", count(*) over () as "all!"
           from listed l left join accounts b on b.id = l.by
           order by l.place, lower(l.name), l.account_id limit $3"#,
        org,
        &roles,
        MOST,
        &scopes
    )
    .fetch_all(db.connection())
    .await?;
    rows.into_iter().map(deployer).collect()
}

struct Row {
    account_id: Option<uuid::Uuid>,
    name: String,
    power: String,
    path: Option<String>,
    reason: Option<String>,
    granted_by: Option<String>,
    ends_at: Option<Instant>,
    all: i64,
}

fn deployer(row: Row) -> Result<Deployer> {
    let who = match row.account_id {
        Some(account) => Who::Person {
            account: account.into(),
            role: Role::parse(&row.power)
                .ok_or_else(|| Error::Internal(anyhow::anyhow!("a grant of an unknown role")))?,
            path: row.path.unwrap_or_default(),
            reason: row.reason,
        },
        None => Who::Token { scope: row.power },
    };
    Ok(Deployer { who, name: row.name, granted_by: row.granted_by, ends_at: row.ends_at, all: row.all })
}
