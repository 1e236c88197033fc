//! The rows of organizations.
//!
//! What may not happen here: an organization without its first owner and its default network.

use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::{
    auth::scope::{OrgScope, OrgWrite, SiteScope, SiteWrite},
    clock::Instant,
    db::{SystemWrite, constraint::OnConstraint as _},
    error::{OrNotFound as _, Result},
    features::{
        networks,
        orgs::{
            Event, NewOrg, NewPair,
            model::{Facts, Listed, Offer, Plan, Settings, Stuck},
        },
    },
    ids::{AccountId, GrantId, NetworkId, OrgId, ProjectId},
    role::{ManageSettings, Role},
};

/// How many organizations a page shows.
pub(super) const PAGE: usize = 50;

struct Row<'a> {
    id: OrgId,
    slug: &'a str,
    name: &'a str,
    environment: &'a str,
    project: Option<ProjectId>,
    plan: Plan,
    personal: bool,
    founder: AccountId,
}

/// Makes an organization with the caller as its owner. `None` when the slug is taken, also by an organization that the
/// caller cannot see; the transaction is over then.
///
/// # Errors
/// When the database does not answer.
pub async fn found(
    db: &mut SiteWrite<'_>,
    new: &NewOrg,
    project: Option<ProjectId>,
) -> Result<Option<Event>> {
    let id = db.found_org().await?;
    let founder = db.account();
    let row = Row {
        id,
        slug: new.slug.as_str(),
        name: &new.name,
        environment: new.environment.key(),
        project,
        plan: new.plan,
        personal: false,
        founder,
    };
    let made = insert(db.connection(), &row).await.unless_constraint("orgs_slug_key")?;
    Ok(made.map(|()| Event::Created {
        org: id,
        slug: row.slug.to_owned(),
        environment: new.environment.key(),
        plan: new.plan.key(),
    }))
}

/// Makes both organizations of a project. `Err` with the slug that is taken; the transaction is over then.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn found_pair(
    db: &mut SiteWrite<'_>,
    pair: &NewPair,
) -> Result<std::result::Result<[Event; 2], String>> {
    let project = ProjectId::new();
    sqlx::query!("insert into projects (id, name) values ($1, $2)", project.uuid(), pair.project)
        .execute(db.connection())
        .await?;
    let [staging, production] = pair.orgs();
    let Some(first) = found(db, &staging, Some(project)).await? else {
        return Ok(Err(staging.slug.as_str().to_owned()));
    };
    let Some(second) = found(db, &production, Some(project)).await? else {
        return Ok(Err(production.slug.as_str().to_owned()));
    };
    Ok(Ok([first, second]))
}

/// Makes the personal organization that every account starts with.
///
/// # Errors
/// When the database does not answer.
pub async fn found_personal(db: &mut SystemWrite, slug: &str, account: AccountId) -> Result<Event> {
    let id = OrgId::new();
    let row = Row {
        id,
        slug,
        name: "Personal",
        environment: "personal",
        project: None,
        plan: Plan::Free,
        personal: true,
        founder: account,
    };
    insert(db.connection(), &row).await?;
    Ok(Event::Created { org: id, slug: slug.to_owned(), environment: "personal", plan: Plan::Free.key() })
}

async fn insert(connection: &mut PgConnection, row: &Row<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into orgs (id, slug, name, environment, project_id, personal_account_id, created_by, plan)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        row.id.uuid(),
        row.slug,
        row.name,
        row.environment,
        row.project.map(ProjectId::uuid),
        row.personal.then(|| row.founder.uuid()) as Option<Uuid>,
        row.founder.uuid(),
        row.plan.key()
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into grants (id, org_id, account_id, role, path, granted_by) values ($1, $2, $3, 'owner', 'created', $3)",
        GrantId::new().uuid(),
        row.id.uuid(),
        row.founder.uuid()
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into networks (id, org_id, name, created_by) values ($1, $2, 'default', $3)",
        NetworkId::new().uuid(),
        row.id.uuid(),
        row.founder.uuid()
    )
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// The caller's organizations, at most so many: projects by name, then those on their own, then the personal one.
pub(super) async fn list(
    db: &mut impl SiteScope,
    pattern: &str,
    after: (&str, &str),
    most: usize,
) -> Result<Vec<Listed>> {
    let account = db.account();
    let rows = sqlx::query!(
        r#"with mine as (
             select o.id, o.slug, o.name, o.environment, p.name as project,
               (case when p.id is not null then '1 ' || p.name || ' ' || p.id
                     when o.environment <> 'personal' then '2' else '3' end) collate "C" as part
             from orgs o left join projects p on p.id = o.project_id
           ), page as (
             select * from mine
             where (part, slug collate "C") > ($1, $2)
               and (slug like $3 or lower(name) like $3 or project like $3)
             order by part, slug collate "C" limit $4
           )
           select slug as "slug!", name as "name!", environment as "environment!", project as "project?",
             part as "part!",
             (select array_agg(distinct g.role) from grants g where g.org_id = page.id and g.account_id = $5
                and g.revoked_at is null and g.starts_at <= cordon_now()
                and (g.ends_at is null or g.ends_at > cordon_now())) as roles,
             (select count(distinct g.account_id) from grants g where g.org_id = page.id and g.revoked_at is null
                and g.starts_at <= cordon_now() and (g.ends_at is null or g.ends_at > cordon_now())) as "people!"
           from page order by part, slug collate "C""#,
        after.0,
        after.1,
        pattern,
        i64::try_from(most).unwrap_or(i64::MAX),
        account.uuid()
    )
    .fetch_all(db.connection())
    .await?;
    let listed = rows.into_iter().map(|row| Listed {
        slug: row.slug,
        name: row.name,
        environment: row.environment,
        project: row.project.unwrap_or_default(),
        roles: row.roles.unwrap_or_default().iter().filter_map(|role| Role::parse(role)).collect(),
        people: usize::try_from(row.people).unwrap_or_default(),
        group: row.part,
    });
    Ok(listed.collect())
}

/// The offers that wait for one of the caller's verified addresses.
pub(super) async fn offers(db: &mut impl SiteScope) -> Result<Vec<Offer>> {
    let rows = sqlx::query!(
        r#"select org as "org!", environment as "environment!", role as "role!", inviter as "inviter!",
             expires_at as "expires_at!: Instant"
           from my_invitations()"#
    )
    .fetch_all(db.connection())
    .await?;
    let offers = rows.into_iter().map(|row| Offer {
        org: row.org,
        environment: row.environment,
        role: Role::parse(&row.role),
        inviter: row.inviter,
        expires_at: row.expires_at,
    });
    Ok(offers.collect())
}

/// Where an organization comes from, how the group inside changed since a moment, if one is given, and, for those who
/// may see them, its networks and the invitations that are stuck.
pub(super) async fn facts(
    db: &mut impl OrgScope,
    since: Option<Instant>,
    with_invitations: bool,
    with_networks: bool,
) -> Result<Facts> {
    let org = db.org();
    let rows = sqlx::query!(
        r#"with spans as (
             -- Somebody whose grants meet or overlap was inside without a break.
             select unnest(range_agg(tstzrange(starts_at,
               greatest(starts_at, coalesce(least(ends_at, revoked_at), 'infinity'))))) as span
             from grants where org_id = $1 and starts_at <= cordon_now()
               and coalesce(least(ends_at, revoked_at), 'infinity') > $3
             group by account_id
           ), steps as (
             select greatest(lower(span), $3) as at, 1 as step from spans
             union all select upper(span), -1 from spans where upper(span) <= cordon_now()
           ), days as (
             select floor(extract(epoch from at - $3) / 86400)::integer as day, sum(step) as step from steps group by 1
           )
           select p.name as "project?", c.name as created_by, o.created_at as "created_at: Instant", o.plan,
             (select case when $4 then network_plan($1, '', 7, 12) end) as "networks: Json<networks::Plan>",
             array(select day from days order by day) as "days!", array(select step from days order by day) as "steps!",
             i.email as "email?", i.role as "role?", v.name as "inviter?", i.state as "state?"
           from orgs o left join projects p on p.id = o.project_id
             join accounts c on c.id = o.created_by
             left join invitations i on i.org_id = o.id and $2 and i.expires_at > cordon_now()
               and (i.state = 'held' or (i.state = 'waiting' and i.mail_state = 'failed'))
             left join accounts v on v.id = i.invited_by
           where o.id = $1
           order by i.created_at desc limit 10"#,
        org.uuid(),
        with_invitations,
        since as Option<Instant>,
        with_networks
    )
    .fetch_all(db.connection())
    .await?;
    let mut rows = rows;
    let networks = rows.first_mut().and_then(|first| first.networks.take()).map(|plan| plan.0);
    let first = rows.first().or_not_found()?;
    let mut facts = Facts {
        project: first.project.clone(),
        plan: Plan::parse(&first.plan).unwrap_or_default(),
        created_by: first.created_by.clone(),
        created_at: first.created_at,
        networks,
        steps: first.days.iter().copied().zip(first.steps.iter().copied()).collect(),
        stuck: Vec::new(),
    };
    let stuck = rows.into_iter().filter_map(|row| {
        Some(Stuck {
            email: row.email?,
            role: row.role.as_deref().and_then(Role::parse),
            inviter: row.inviter.unwrap_or_default(),
            held: row.state.as_deref() == Some("held"),
        })
    });
    facts.stuck.extend(stuck);
    Ok(facts)
}

/// Name and description as they are now, held until the transaction ends.
pub(super) async fn settings(db: &mut OrgWrite<'_, ManageSettings>) -> Result<Settings> {
    let org = db.org();
    let now =
        sqlx::query_as!(Settings, "select name, description from orgs where id = $1 for update", org.uuid())
            .fetch_one(db.connection())
            .await?;
    Ok(now)
}

/// Changes name and description.
pub(super) async fn update(db: &mut OrgWrite<'_, ManageSettings>, settings: &Settings) -> Result<()> {
    let org = db.org();
    sqlx::query!(
        "update orgs set name = $2, description = $3 where id = $1",
        org.uuid(),
        settings.name,
        settings.description
    )
    .execute(db.connection())
    .await?;
    Ok(())
}
