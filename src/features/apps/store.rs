//! The rows of apps.
//!
//! What may not happen here: a row reached without the organization of the scope.

use crate::{
    auth::scope::{OrgScope, OrgWrite},
    clock::Instant,
    db::constraint::OnConstraint as _,
    error::Result,
    features::apps::model::{App, NewApp},
    ids::AppId,
    role::ManageApps,
};

/// How many a page shows.
pub(super) const PAGE: u32 = 50;

/// A page of apps by name, one more than it shows when there are more.
pub(super) async fn list(db: &mut impl OrgScope, find: &str, after: &str) -> Result<Vec<App>> {
    let org = db.org();
    let rows = sqlx::query_as!(
        App,
        r#"select a.id, a.name, a.description, a.url, n.name as network, a.owner_id as "owner: _",
                  o.name as "owner_name?", a.created_at
           from apps a join networks n on n.id = a.network_id left join accounts o on o.id = a.owner_id
           where a.org_id = $1 and a.name > $2 and position($3 in a.name) > 0
           order by a.name limit $4"#,
        org.uuid(),
        after,
        find,
        i64::from(PAGE) + 1
    )
    .fetch_all(db.connection())
    .await?;
    Ok(rows)
}

/// The app of that name in this organization.
pub(super) async fn find(db: &mut impl OrgScope, name: &str) -> Result<Option<App>> {
    let org = db.org();
    let row = sqlx::query_as!(
        App,
        r#"select a.id, a.name, a.description, a.url, n.name as network, a.owner_id as "owner: _",
                  o.name as "owner_name?", a.created_at
           from apps a join networks n on n.id = a.network_id left join accounts o on o.id = a.owner_id
           where a.org_id = $1 and a.name = $2"#,
        org.uuid(),
        name
    )
    .fetch_optional(db.connection())
    .await?;
    Ok(row)
}

/// What came of the wish to add an app.
#[derive(Debug)]
pub(super) enum Added {
    Done(AppId),
    /// Also in an organization that the caller cannot see; the transaction is over then.
    NameTaken,
    /// The organization has no such network.
    NoNetwork,
}

/// Adds an app to a network of the organization.
pub(super) async fn insert(db: &mut OrgWrite<'_, ManageApps>, app: &NewApp) -> Result<Added> {
    let id = AppId::new();
    let (org, account) = (db.org(), db.account());
    let inserted = sqlx::query!(
        "insert into apps (id, org_id, network_id, name, description, url, owner_id, created_by)
         select $1, $2, n.id, $3, $4, $5, $6, $6 from networks n where n.org_id = $2 and n.name = $7",
        id.uuid(),
        org.uuid(),
        app.name.as_str(),
        app.description,
        app.url,
        account.uuid(),
        app.network
    )
    .execute(db.connection())
    .await
    .unless_constraint("apps_name_key")?;
    Ok(match inserted {
        None => Added::NameTaken,
        Some(done) if done.rows_affected() == 0 => Added::NoNetwork,
        Some(_) => Added::Done(id),
    })
}

/// Changes what may change: description and address.
pub(super) async fn update(
    db: &mut OrgWrite<'_, ManageApps>,
    id: AppId,
    app: &NewApp,
    now: Instant,
) -> Result<()> {
    let org = db.org();
    sqlx::query!(
        "update apps set description = $3, url = $4, updated_at = $5 where org_id = $1 and id = $2",
        org.uuid(),
        id.uuid(),
        app.description,
        app.url,
        now as Instant
    )
    .execute(db.connection())
    .await?;
    Ok(())
}

/// Deletes the app; its name is free again.
pub(super) async fn remove(db: &mut OrgWrite<'_, ManageApps>, id: AppId) -> Result<()> {
    let org = db.org();
    sqlx::query!("delete from apps where org_id = $1 and id = $2", org.uuid(), id.uuid())
        .execute(db.connection())
        .await?;
    Ok(())
}
