//! Moving an app between two organizations that are both in sight.
//!
//! What may not happen here: a token of the old organization that still works for it.

use crate::{
    auth::scope::{OrgRead, OrgScope, OrgWrite},
    db::{constraint::OnConstraint as _, context::Org},
    error::Result,
    ids::AppId,
    role::MoveApps,
};

/// What goes along with an app, and what ends.
#[derive(Debug)]
pub(in crate::features::apps) struct Luggage {
    pub(in crate::features::apps) releases: i64,
    /// The names of the tokens that are for this app alone.
    pub(in crate::features::apps) tokens: Vec<String>,
    /// The networks that reach it until then.
    pub(in crate::features::apps) reached_from: Vec<String>,
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
             array(select distinct s.name from exposures e join networks s on s.org_id = $1 and s.id = e.network_id
                   where e.org_id = $1 and e.app_id = a.id order by s.name) as "reached_from!",
             a.owner_id is null or live_roles($3, a.owner_id) <> '{}' as "owner_comes!"
           from apps a where a.org_id = $1 and a.id = $2"#,
        org,
        app.uuid(),
        to.id.uuid()
    )
    .fetch_one(db.connection())
    .await?;
    Ok(Luggage {
        releases: row.releases,
        tokens: row.tokens,
        reached_from: row.reached_from,
        owner_comes: row.owner_comes,
    })
}

/// Puts the app into the default network of the other organization, with its releases; says whether it could.
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
    .await
    // Another network was let in meanwhile.
    .unless_constraint("exposures_app_fkey")?;
    Ok(moved.is_some_and(|moved| moved.rows_affected() == 1))
}
