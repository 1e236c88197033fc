//! Who is inside an organization now: the people of its live grants.
//!
//! What may not happen here: another notion of "live" than the authorization query's, or a look into an organization
//! that the scope was not opened for.

use crate::{
    auth::scope::OrgScope,
    clock::Instant,
    error::Result,
    ids::AccountId,
    role::{Role, Roles},
};

/// One person with live access.
#[derive(Clone, Debug)]
pub struct Insider {
    /// Who it is.
    pub account: AccountId,
    /// The name that others see.
    pub name: String,
    /// The contact address, if any is known.
    pub email: Option<String>,
    /// Every role that is live, once each.
    pub roles: Roles,
    /// The highest of them, which pages name.
    pub role: Role,
    /// When the last of the access ends; `None` while any of it stands.
    pub ends_at: Option<Instant>,
    /// When the oldest grant that is still live began.
    pub since: Instant,
}

/// How many people are inside.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    /// All of them.
    pub people: usize,
    /// Those of them who are owners without end.
    pub standing_owners: usize,
}

/// How many people are inside now.
///
/// # Errors
/// When the database does not answer.
pub async fn count(db: &mut impl OrgScope) -> Result<Count> {
    let org = db.org();
    let row = sqlx::query!(
        r#"select count(distinct account_id) as "people!",
             count(distinct account_id) filter (where role = 'owner' and ends_at is null) as "owners!"
           from grants where org_id = $1 and revoked_at is null and starts_at <= cordon_now()
             and (ends_at is null or ends_at > cordon_now())"#,
        org.uuid()
    )
    .fetch_one(db.connection())
    .await?;
    let number = |count: i64| usize::try_from(count).unwrap_or(0);
    Ok(Count { people: number(row.people), standing_owners: number(row.owners) })
}

/// What an account may do here at this moment, asked anew: for a write that waited for its turn since the guard looked.
///
/// # Errors
/// When the database does not answer.
pub async fn roles(db: &mut impl OrgScope, account: AccountId) -> Result<Roles> {
    let org = db.org();
    let roles = sqlx::query_scalar!("select live_roles($1, $2)", org.uuid(), account.uuid())
        .fetch_one(db.connection())
        .await?;
    Ok(roles.unwrap_or_default().iter().filter_map(|role| Role::parse(role)).collect())
}

/// The people inside, the most powerful first and then by name; at most so many of them.
///
/// # Errors
/// When the database does not answer.
pub async fn inside(db: &mut impl OrgScope, most: i64) -> Result<Vec<Insider>> {
    let org = db.org();
    let rows = sqlx::query!(
        r#"select g.account_id, a.name, a.email,
             array_agg(distinct g.role) as "roles!",
             case when bool_or(g.ends_at is null) then null else max(g.ends_at) end as "ends_at: Instant",
             min(g.starts_at) as "since!: Instant"
           from grants g join accounts a on a.id = g.account_id
           where g.org_id = $1 and g.revoked_at is null and g.starts_at <= cordon_now()
             and (g.ends_at is null or g.ends_at > cordon_now())
           group by g.account_id, a.name, a.email
           order by max(array_position(array['billing', 'viewer', 'member', 'admin', 'owner'], g.role)) desc,
             lower(a.name), g.account_id
           limit $2"#,
        org.uuid(),
        most
    )
    .fetch_all(db.connection())
    .await?;
    let insider = rows.into_iter().filter_map(|row| {
        let roles: Roles = row.roles.iter().filter_map(|role| Role::parse(role)).collect();
        let role = roles.highest()?;
        Some(Insider {
            account: row.account_id.into(),
            name: row.name,
            email: row.email,
            roles,
            role,
            ends_at: row.ends_at,
            since: row.since,
        })
    });
    Ok(insider.collect())
}
