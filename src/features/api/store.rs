//! The rows that the API reads.
//!
//! What may not happen here: a row outside the scope, or a list without an end.

use crate::{
    auth::scope::{OrgScope, SiteScope},
    clock::Instant,
    error::Result,
    features::api::shapes::{App, Current, DeployState},
    ids::AppId,
    role::{Role, Roles},
};

/// An organization with what the caller is there.
pub(super) struct OrgRow {
    pub(super) id: uuid::Uuid,
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) environment: String,
    pub(super) project: Option<String>,
    pub(super) created_at: Instant,
    pub(super) roles: Roles,
}

/// The caller's organizations after this slug, one more than asked for when there are more.
pub(super) async fn orgs(db: &mut impl SiteScope, after: &str, most: u32) -> Result<Vec<OrgRow>> {
    let account = db.account().uuid();
    let rows = sqlx::query!(
        r#"select o.id, o.slug, o.name, o.environment, p.name as "project?", o.created_at as "created_at: Instant",
             live_roles(o.id, $1) as "roles!"
           from orgs o left join projects p on p.id = o.project_id
           where o.id = any ((select visible_orgs())::uuid[]) and o.deleted_at is null and o.slug > $2
           order by o.slug limit $3"#,
        account,
        after,
        i64::from(most) + 1
    )
    .fetch_all(db.connection())
    .await?;
    let row = rows.into_iter().map(|row| OrgRow {
        id: row.id,
        slug: row.slug,
        name: row.name,
        environment: row.environment,
        project: row.project,
        created_at: row.created_at,
        roles: row.roles.iter().filter_map(|key| Role::parse(key)).collect(),
    });
    Ok(row.collect())
}

/// The name of the scope's organization's project.
pub(super) async fn project(db: &mut impl OrgScope) -> Result<Option<String>> {
    let org = db.org().uuid();
    let name = sqlx::query_scalar!(
        "select p.name from orgs o join projects p on p.id = o.project_id where o.id = $1",
        org
    )
    .fetch_optional(db.connection())
    .await?;
    Ok(name)
}

/// The apps after this name, one more than asked for when there are more. With `only`, that app alone.
pub(super) async fn apps(
    db: &mut impl OrgScope,
    after: &str,
    only: Option<&str>,
    most: u32,
) -> Result<Vec<App>> {
    let org = db.org().uuid();
    let rows = sqlx::query!(
        r#"select a.id, a.name, o.slug, a.description, a.url, n.name as network, a.deploy_state,
             c.version as "version?", c.commit as "commit?", c.started_at as "started_at?: Instant",
             a.created_at as "created_at: Instant"
           from apps a join orgs o on o.id = a.org_id join networks n on n.id = a.network_id
             left join releases c on c.app_id = a.id and c.seq = a.current_seq
           where a.org_id = $1 and a.name > $2 and ($3::text is null or a.name = $3)
           order by a.name limit $4"#,
        org,
        after,
        only,
        i64::from(most) + 1
    )
    .fetch_all(db.connection())
    .await?;
    let row = rows.into_iter().map(|row| App {
        id: row.id,
        name: row.name,
        org: row.slug,
        description: row.description,
        url: row.url,
        network: row.network,
        deploy: DeployState::of(&row.deploy_state),
        current: row.version.zip(row.started_at).map(|(version, started_at)| Current {
            version,
            commit: row.commit,
            started_at,
        }),
        created_at: row.created_at,
    });
    Ok(row.collect())
}

/// The app of that name.
pub(super) async fn app(db: &mut impl OrgScope, name: &str) -> Result<Option<(AppId, App)>> {
    let found = apps(db, "", Some(name), 1).await?.into_iter().next();
    Ok(found.map(|app| (app.id.into(), app)))
}
