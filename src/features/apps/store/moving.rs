//! Moving an app between two organizations that are both in sight.
//!
//! What may not happen here: a token of the old organization that still works for it.

use crate::{
    auth::scope::{OrgRead, OrgScope, OrgWrite},
    db::context::Org,
    error::Result,
    features::apps::events::Event,
    ids::AppId,
    role::{MoveApps, Permission},
};

/// What goes along with an app, and what ends.
#[derive(Debug)]
pub(in crate::features::apps) struct Luggage {
    pub(in crate::features::apps) releases: i64,
    /// The names of the tokens that are for this app alone.
    pub(in crate::features::apps) tokens: Vec<String>,
    /// Its owner is in the other organization too; also when it has none.
    pub(in crate::features::apps) owner_comes: bool,
}

/// What a move of the app would take along and end.
pub(in crate::features::apps) async fn luggage(
    db: &mut OrgRead<'_, MoveApps>,
    app: AppId,
    to: &Org,
) -> Result<Luggage> {
    let org = db.org().uuid();
    let row = sqlx::query!(
        r#"select (select count(*) from releases where app_id = a.id) as "releases!",
             array(select t.name from tokens t where t.org_id = $1 and t.app_id = a.id and t.revoked_at is null
                   and t.expires_at > cordon_now() order by t.created_at, t.id) as "tokens!",
             a.owner_id is null or live_roles($3, a.owner_id) <> '{}' as "owner_comes!"
           from apps a where a.org_id = $1 and a.id = $2"#,
        org,
        app.uuid(),
        to.id.uuid()
    )
    .fetch_one(db.connection())
    .await?;
    Ok(Luggage { releases: row.releases, tokens: row.tokens, owner_comes: row.owner_comes })
}

/// Puts the app into the default network of the other organization, with its releases; says whether it was still here.
/// An owner who is not inside there stays behind.
pub(in crate::features::apps) async fn move_to(
    db: &mut OrgWrite<'_, MoveApps>,
    app: AppId,
    to: &Org,
) -> Result<bool> {
    let org = db.org().uuid();
    let moved = sqlx::query!(
        "with moved as (
           update apps a set org_id = n.org_id, network_id = n.id, updated_at = cordon_now(),
             owner_id = case when live_roles(n.org_id, a.owner_id) <> '{}' then a.owner_id end
           from networks n where n.org_id = $3 and n.name = 'default' and a.org_id = $1 and a.id = $2
           returning a.name
         ), back as (
           delete from app_departures d using moved m where d.org_id = $3 and d.name = m.name
         )
         insert into app_departures (org_id, name, how) select $1, name, 'moved' from moved
         on conflict (org_id, name) do update set how = excluded.how, left_at = excluded.left_at",
        org,
        app.uuid(),
        to.id.uuid()
    )
    .execute(db.connection())
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Revokes the tokens that are for this app alone, and gives the event of each.
pub(in crate::features::apps) async fn revoke_tokens<P: Permission>(
    db: &mut OrgWrite<'_, P>,
    app: AppId,
) -> Result<Vec<Event>> {
    let (org, account) = (db.org(), db.account());
    let rows = sqlx::query!(
        "update tokens set revoked_at = cordon_now(), revoked_by = $3
         where org_id = $1 and app_id = $2 and revoked_at is null returning id, name",
        org.uuid(),
        app.uuid(),
        account.uuid()
    )
    .fetch_all(db.connection())
    .await?;
    let event = |id: uuid::Uuid, name| Event::TokenRevoked { org, id: id.into(), name };
    Ok(rows.into_iter().map(|row| event(row.id, row.name)).collect())
}
