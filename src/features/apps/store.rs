//! The rows of apps.
//!
//! What may not happen here: a row reached without the organization of the scope.

mod deployers;
mod list;
mod moving;
mod show;

pub(super) use deployers::{Deployer, Who, deployers};
pub(super) use list::{Around, Line, Lines, around, list, news, standings};
pub(super) use moving::{Luggage, luggage, move_to};
pub use show::gone;
pub(super) use show::{Shown, find_shown};

use crate::{
    auth::scope::{OrgScope, OrgWrite},
    clock::Instant,
    db::constraint::OnConstraint as _,
    error::Result,
    features::apps::model::{App, NewApp},
    ids::AppId,
    role::ManageApps,
};

/// The app of that name in this organization.
pub(super) async fn find(db: &mut impl OrgScope, name: &str) -> Result<Option<App>> {
    let org = db.org();
    let row = sqlx::query_as!(
        App,
        r#"select a.id, a.name, a.description, a.url, n.name as network, o.name as "owner_name?"
           from apps a join networks n on n.id = a.network_id left join accounts o on o.id = a.owner_id
           where a.org_id = $1 and a.name = $2"#,
        org.uuid(),
        name
    )
    .fetch_optional(db.connection())
    .await?;
    Ok(row)
}

/// Waits for one's turn with an app: two who change it pass here one after the other. `false` when there is none of
/// that name.
pub(super) async fn lock(db: &mut OrgWrite<'_, ManageApps>, name: &str) -> Result<bool> {
    let org = db.org();
    let found = sqlx::query_scalar!(
        "select id from apps where org_id = $1 and name = $2 for update",
        org.uuid(),
        name
    )
    .fetch_optional(db.connection())
    .await?;
    Ok(found.is_some())
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
    sqlx::query!(
        "with gone as (delete from apps where org_id = $1 and id = $2 returning org_id, name)
         insert into app_departures (org_id, name, how) select org_id, name, 'deleted' from gone
         on conflict (org_id, name) do update set how = excluded.how, left_at = excluded.left_at",
        org.uuid(),
        id.uuid()
    )
    .execute(db.connection())
    .await?;
    Ok(())
}
