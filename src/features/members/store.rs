//! The rows behind the team: live grants, and the people who hold them.
//!
//! What may not happen here: a grant changed in place beyond its revocation. A change ends rows and adds one.

mod export;

pub(super) use export::export;

use crate::{
    auth::scope::{OrgScope, OrgWrite},
    clock::Instant,
    error::{Error, Result},
    features::members::{
        filter::{Cursor, Filter},
        model::{Holding, Person, Terms},
    },
    ids::{AccountId, GrantId, OrgId},
    role::{Permission, Role, Roles},
};

/// People on one page of the list.
pub(super) const PAGE: usize = 50;

/// One line of the list.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) account: AccountId,
    pub(super) name: String,
    pub(super) email: Option<String>,
    /// The highest role held, and what it rests on.
    pub(super) role: Role,
    pub(super) ends_at: Option<Instant>,
    pub(super) granted_at: Instant,
    pub(super) granted_by: Option<String>,
    pub(super) path: String,
    pub(super) reason: Option<String>,
    /// Every role held.
    pub(super) roles: Roles,
    /// A lower role goes on after the end of the highest.
    pub(super) goes_on: bool,
    pub(super) standing_owner: bool,
    pub(super) last_active: Option<Instant>,
    cursor: Cursor,
}

/// One page of the list.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) rows: Vec<Member>,
    /// Owners without end in the whole organization; known when there is a row.
    pub(super) standing_owners: i64,
    /// Where the next page begins, if there is one.
    pub(super) next: Option<Cursor>,
}

struct Row {
    account_id: uuid::Uuid,
    name: String,
    email: Option<String>,
    role: String,
    ends_at: Option<Instant>,
    starts_at: Instant,
    granted_by: Option<String>,
    path: String,
    reason: Option<String>,
    roles: Vec<String>,
    goes_on: bool,
    standing_owner: bool,
    last_active_at: Option<Instant>,
    owners: i64,
    first: i64,
    second: String,
}

/// One page of the people inside, in one statement.
pub(super) async fn list(db: &mut impl OrgScope, filter: &Filter) -> Result<Members> {
    let org = db.org().uuid();
    let ranks: Vec<String> = Role::ALL.iter().rev().map(|role| role.key().to_owned()).collect();
    let (first, second, account) = match &filter.after {
        Some(cursor) => (Some(cursor.first), Some(cursor.second.as_str()), Some(cursor.account.uuid())),
        None => (None, None, None),
    };
    let rows = sqlx::query_as!(
        Row,
        r#"with live as (
             select account_id, role, ends_at, starts_at, granted_by, path, reason,
                    array_position($2::text[], role) as rank
             from grants where org_id = $1 and revoked_at is null and starts_at <= cordon_now()
               and (ends_at is null or ends_at > cordon_now())
           ), top as (
             select distinct on (account_id) account_id, role, rank, ends_at, starts_at, granted_by, path, reason,
               array_agg(role) over person as roles,
               bool_or(ends_at is null) over person as lasts,
               max(ends_at) over person as longest,
               bool_or(role = 'owner' and ends_at is null) over person as standing_owner
             from live window person as (partition by account_id)
             order by account_id, rank desc, ends_at desc nulls first, starts_at desc
           ), listed as (
             select top.*, a.name, a.email, b.name as granter, v.last_active_at, lower(a.name) as second,
               case $6::text when 'role' then -rank::bigint
                 when 'last_active' then -coalesce((extract(epoch from v.last_active_at) * 1000000)::bigint, 0)
                 else 0 end as first
             from top join accounts a on a.id = account_id
               left join accounts b on b.id = granted_by
               left join activity v on v.org_id = $1 and v.account_id = top.account_id
             where ($3::text = '' or position(lower($3) in lower(a.name)) > 0 or position(lower($3) in a.email) > 0)
               and ($4::text is null or role = $4)
               and case $5::text when 'standing' then ends_at is null
                     when 'ends-soon' then ends_at <= cordon_now() + interval '7 days'
                     when 'no-end-date' then lasts else true end
           )
           select account_id as "account_id!", name as "name!", email, role as "role!", ends_at as "ends_at?: Instant",
             starts_at as "starts_at!: Instant", granter as "granted_by?", path as "path!", reason, roles as "roles!",
             (ends_at is not null and (lasts or longest > ends_at)) as "goes_on!", standing_owner as "standing_owner!",
             last_active_at as "last_active_at?: Instant", first as "first!", second as "second!",
             (select count(*) from top where standing_owner) as "owners!"
           from listed
           where $7::bigint is null or (first, second, account_id) > ($7, $8::text, $9::uuid)
           order by first, second, account_id limit $10"#,
        org,
        &ranks,
        filter.q,
        filter.role.map(Role::key),
        filter.access.key(),
        filter.sort.key(),
        first,
        second,
        account,
        i64::try_from(PAGE + 1).unwrap_or(i64::MAX)
    )
    .fetch_all(db.connection())
    .await?;
    page(rows)
}

fn page(rows: Vec<Row>) -> Result<Members> {
    let standing_owners = rows.first().map_or(0, |row| row.owners);
    let mut rows = rows.into_iter().map(member).collect::<Result<Vec<_>>>()?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = if more { rows.last().map(|row| row.cursor.clone()) } else { None };
    Ok(Members { rows, standing_owners, next })
}

fn member(row: Row) -> Result<Member> {
    Ok(Member {
        account: row.account_id.into(),
        name: row.name,
        email: row.email,
        role: role(&row.role)?,
        ends_at: row.ends_at,
        granted_at: row.starts_at,
        granted_by: row.granted_by,
        path: row.path,
        reason: row.reason,
        roles: row.roles.iter().map(|key| role(key)).collect::<Result<Roles>>()?,
        goes_on: row.goes_on,
        standing_owner: row.standing_owner,
        last_active: row.last_active_at,
        cursor: Cursor { first: row.first, second: row.second, account: row.account_id.into() },
    })
}

fn role(key: &str) -> Result<Role> {
    Role::parse(key).ok_or_else(|| Error::Internal(anyhow::anyhow!("a grant of an unknown role")))
}

/// Somebody with every grant of theirs that has not ended, one that is yet to begin included: what is to be judged
/// and ended is all of it.
pub(super) async fn find(db: &mut impl OrgScope, account: AccountId) -> Result<Option<Person>> {
    Ok(people(db, &[account]).await?.pop())
}

/// These of the people, each as [`find`] finds them, by name.
pub(super) async fn people(db: &mut impl OrgScope, accounts: &[AccountId]) -> Result<Vec<Person>> {
    let accounts: Vec<uuid::Uuid> = accounts.iter().map(|account| account.uuid()).collect();
    let rows = sqlx::query!(
        r#"select g.account_id, a.name, a.email, g.id, g.role, g.path, g.reason, g.ends_at as "ends_at: Instant"
           from grants g join accounts a on a.id = g.account_id
           where g.org_id = $1 and g.account_id = any($2) and g.revoked_at is null
             and (g.ends_at is null or g.ends_at > cordon_now())
           order by lower(a.name), g.account_id"#,
        db.org().uuid(),
        &accounts
    )
    .fetch_all(db.connection())
    .await?;
    let mut people: Vec<Read> = Vec::new();
    for row in rows {
        let held = Holding {
            id: row.id.into(),
            role: role(&row.role)?,
            path: row.path,
            reason: row.reason,
            ends_at: row.ends_at,
        };
        gather(&mut people, row.account_id.into(), (row.name, row.email), held);
    }
    Ok(people.into_iter().filter_map(Read::person).collect())
}

/// Whether somebody ever had access here.
pub(super) async fn was_here(db: &mut impl OrgScope, account: AccountId) -> Result<bool> {
    let org = db.org().uuid();
    let found = sqlx::query_scalar!(
        r#"select exists (select from grants where org_id = $1 and account_id = $2) as "found!""#,
        org,
        account.uuid()
    )
    .fetch_one(db.connection())
    .await?;
    Ok(found)
}

/// How many invitations of theirs wait for an answer.
pub(super) async fn invitations_sent(db: &mut impl OrgScope, account: AccountId) -> Result<usize> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from invitations
           where org_id = $1 and invited_by = $2 and state in ('waiting', 'held') and expires_at > cordon_now()"#,
        db.org().uuid(),
        account.uuid()
    )
    .fetch_one(db.connection())
    .await?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// Waits for one's turn: whoever changes access in this organization passes here, one at a time. What was read before
/// is read again after.
pub(super) async fn take_turn<P: Permission>(db: &mut OrgWrite<'_, P>) -> Result<()> {
    let org = db.org().uuid();
    sqlx::query_scalar!("select id from orgs where id = $1 for no key update", org)
        .fetch_one(db.connection())
        .await?;
    Ok(())
}

/// Ends everything that was found of somebody. `false` when some of it was ended by another meanwhile.
pub(super) async fn end<P: Permission>(db: &mut OrgWrite<'_, P>, person: &Person) -> Result<bool> {
    let ids: Vec<uuid::Uuid> = person.holdings().map(|held| held.id.uuid()).collect();
    let (org, me) = (db.org().uuid(), db.account().uuid());
    let ended = sqlx::query!(
        "update grants set revoked_at = cordon_now(), revoked_by = $3
         where org_id = $1 and id = any($2) and revoked_at is null",
        org,
        &ids,
        me
    )
    .execute(db.connection())
    .await?;
    Ok(usize::try_from(ended.rows_affected()).is_ok_and(|ended| ended == ids.len()))
}

/// Gives somebody a grant in the place of another.
pub(super) async fn replace<P: Permission>(
    db: &mut OrgWrite<'_, P>,
    account: AccountId,
    terms: &Terms,
    before: &Holding,
) -> Result<()> {
    let (org, me) = (db.org().uuid(), db.account().uuid());
    sqlx::query!(
        "insert into grants (id, org_id, account_id, role, path, reason, granted_by, ends_at, replaces)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        GrantId::new().uuid(),
        org,
        account.uuid(),
        terms.role.key(),
        before.path,
        terms.reason.as_ref().or(before.reason.as_ref()),
        me,
        terms.ends_at as Option<Instant>,
        before.id.uuid()
    )
    .execute(db.connection())
    .await?;
    Ok(())
}

/// Somebody whose removal can still be taken back, with what they held.
#[derive(Debug)]
pub(super) struct Removed {
    pub(super) person: Person,
    pub(super) at: Instant,
}

/// Somebody whose rows are being read.
struct Read {
    account: AccountId,
    name: String,
    email: Option<String>,
    holdings: Vec<Holding>,
}

impl Read {
    fn person(self) -> Option<Person> {
        Person::of(self.account, self.name, self.email, self.holdings)
    }
}

/// Adds a row to its person, whose rows follow each other.
fn gather(
    people: &mut Vec<Read>,
    account: AccountId,
    (name, email): (String, Option<String>),
    held: Holding,
) {
    match people.last_mut() {
        Some(last) if last.account == account => last.holdings.push(held),
        _ => people.push(Read { account, name, email, holdings: vec![held] }),
    }
}

/// Who was removed by another in the last ten minutes and is not inside again, the last first; at most ten people.
pub(super) async fn removed(db: &mut impl OrgScope, account: Option<AccountId>) -> Result<Vec<Removed>> {
    let rows = sqlx::query!(
        r#"with last as (
             select account_id, max(revoked_at) as at from grants
             where org_id = $1 and revoked_at > cordon_now() - interval '10 minutes' and ($2::uuid is null or account_id = $2)
             group by account_id
           )
           select g.account_id, a.name, a.email, last.at as "at!: Instant", g.id, g.role, g.path, g.reason,
             g.ends_at as "ends_at: Instant"
           from last join grants g on g.org_id = $1 and g.account_id = last.account_id and g.revoked_at = last.at
             join accounts a on a.id = g.account_id
           where g.revoked_by <> g.account_id and (g.ends_at is null or g.ends_at > cordon_now())
             and not exists (select from grants n where n.org_id = $1 and n.account_id = g.account_id
               and n.revoked_at is null and (n.ends_at is null or n.ends_at > cordon_now()))
           order by last.at desc, g.account_id limit 50"#,
        db.org().uuid(),
        account.map(AccountId::uuid)
    )
    .fetch_all(db.connection())
    .await?;
    let mut people: Vec<Read> = Vec::new();
    let mut moments: Vec<Instant> = Vec::new();
    for row in rows {
        let held = Holding {
            id: row.id.into(),
            role: role(&row.role)?,
            path: row.path,
            reason: row.reason,
            ends_at: row.ends_at,
        };
        gather(&mut people, row.account_id.into(), (row.name, row.email), held);
        if moments.len() < people.len() {
            moments.push(row.at);
        }
    }
    let removed = people.into_iter().zip(moments).take(10);
    Ok(removed.filter_map(|(gone, at)| Some(Removed { person: gone.person()?, at })).collect())
}

/// The organization of a scope, for events.
pub(super) fn org(db: &impl OrgScope) -> OrgId {
    db.org()
}
