//! The whole team as a table, read row by row.
//!
//! What may not happen here: all rows in memory at once.

use futures_util::TryStreamExt as _;

use crate::{auth::scope::OrgScope, clock::Instant, error::Result, web::csv::Table};

/// What the columns are called.
const COLUMNS: [&str; 10] = [
    "name",
    "e-mail",
    "role",
    "all roles",
    "access ends",
    "granted by",
    "granted at",
    "by way of",
    "reason",
    "last active",
];

/// Writes everybody inside, one row each, by name.
pub(in crate::features::members) async fn export(db: &mut impl OrgScope, table: &mut Table) -> Result<()> {
    if !table.row(COLUMNS).await? {
        return Ok(());
    }
    let org = db.org().uuid();
    let mut rows = sqlx::query!(
        r#"select a.name, coalesce(a.email, '') as "email!", top.role as "role!", top.roles as "roles!",
             top.ends_at as "ends_at: Instant", coalesce(b.name, '') as "granted_by!",
             top.starts_at as "starts_at!: Instant", top.path as "path!", coalesce(top.reason, '') as "reason!",
             v.last_active_at as "last_active_at?: Instant"
           from (
             select distinct on (account_id) account_id, role, ends_at, starts_at, granted_by, path, reason,
               string_agg(role, ' ') over (partition by account_id) as roles
             from grants where org_id = $1 and revoked_at is null and starts_at <= cordon_now()
               and (ends_at is null or ends_at > cordon_now())
             order by account_id, array_position(array['billing', 'viewer', 'member', 'admin', 'owner'], role) desc,
               ends_at desc nulls first, starts_at desc
           ) top join accounts a on a.id = top.account_id
             left join accounts b on b.id = top.granted_by
             left join activity v on v.org_id = $1 and v.account_id = top.account_id
           order by lower(a.name), top.account_id"#,
        org
    )
    .fetch(db.connection());
    let moment = |at: Option<Instant>| at.map(|at| at.to_string()).unwrap_or_default();
    while let Some(row) = rows.try_next().await? {
        let (ends, granted, active) =
            (moment(row.ends_at), moment(Some(row.starts_at)), moment(row.last_active_at));
        let cells = [
            row.name.as_str(),
            &row.email,
            &row.role,
            &row.roles,
            &ends,
            &row.granted_by,
            &granted,
            &row.path,
            &row.reason,
            &active,
        ];
        if !table.row(cells).await? {
            break;
        }
    }
    Ok(())
}
