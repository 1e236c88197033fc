//! Who may deploy: the people whose role holds it, each with why.
//!
//! What may not happen here: a list of roles of its own; it asks the table.

use crate::{
    auth::scope::OrgScope,
    clock::Instant,
    error::{Error, Result},
    ids::AccountId,
    role::{ManageApps, Permission as _, Role},
};

/// How many people a page names.
const PEOPLE: i64 = 50;

/// Somebody who may deploy every app of the organization.
#[derive(Debug)]
pub(in crate::features::apps) struct Deployer {
    pub(in crate::features::apps) account: AccountId,
    pub(in crate::features::apps) name: String,
    pub(in crate::features::apps) role: Role,
    pub(in crate::features::apps) path: String,
    pub(in crate::features::apps) reason: Option<String>,
    pub(in crate::features::apps) granted_by: Option<String>,
    pub(in crate::features::apps) ends_at: Option<Instant>,
    /// How many there are in all.
    pub(in crate::features::apps) all: i64,
}

/// The first people who may deploy, by name, each with the grant that gives most.
pub(in crate::features::apps) async fn deployers(db: &mut impl OrgScope) -> Result<Vec<Deployer>> {
    let org = db.org().uuid();
    let roles: Vec<String> = Role::ALL
        .into_iter()
        .filter(|role| role.permissions().contains(ManageApps::NEEDS))
        .map(|role| role.key().to_owned())
        .collect();
    let rows = sqlx::query!(
        r#"with top as (
             select distinct on (account_id) account_id, role, path, reason, granted_by, ends_at from grants
             where org_id = $1 and role = any ($2) and revoked_at is null and starts_at <= cordon_now()
               and (ends_at is null or ends_at > cordon_now())
             order by account_id, array_position($2, role), ends_at desc nulls first
           )
           select t.account_id, a.name, t.role, t.path, t.reason, b.name as "granted_by?",
             t.ends_at as "ends_at?: Instant", count(*) over () as "all!"
           from top t join accounts a on a.id = t.account_id left join accounts b on b.id = t.granted_by
           order by array_position($2, t.role), lower(a.name), t.account_id limit $3"#,
        org,
        &roles,
        PEOPLE
    )
    .fetch_all(db.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            let role = Role::parse(&row.role)
                .ok_or_else(|| Error::Internal(anyhow::anyhow!("a grant of an unknown role")))?;
            Ok(Deployer {
                account: row.account_id.into(),
                name: row.name,
                role,
                path: row.path,
                reason: row.reason,
                granted_by: row.granted_by,
                ends_at: row.ends_at,
                all: row.all,
            })
        })
        .collect()
}
