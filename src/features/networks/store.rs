//! The rows of networks and exposures.
//!
//! What may not happen here: a number chosen by anybody but the database, or a row reached without the organization of
//! the scope.

mod whole;

use sqlx::types::Json;

use crate::{
    auth::scope::{OrgScope, OrgWrite},
    clock::Instant,
    db::{
        audit::{Audit as _, Event as Entry},
        constraint::OnConstraint as _,
    },
    error::{Error, Result},
    features::networks::{
        events::Event,
        model::{
            DEFAULT, Exposure, Member, Network, NetworkName, NewExposure, Number, Plan, Ports, Protocol,
        },
    },
    ids::{AppId, ExposureId, NetworkId},
    role::{ManageNetworks, Permission},
};

pub(super) use whole::{project, whole};

/// How many networks or apps a page lists.
pub(super) const PAGE: u32 = 50;
/// How many ways into and out of one network its page lists.
pub(super) const WAYS: u32 = 200;
/// How many names a form offers.
const OFFERED: i64 = 500;

/// A page of networks, one more than it shows when there are more; of each so many apps and ways.
pub(super) async fn plan(db: &mut impl OrgScope, after: &str, most: u32, each: u32) -> Result<Plan> {
    let org = db.org();
    let plan = sqlx::query_scalar!(
        r#"select network_plan($1, $2, $3, $4) as "plan!: Json<Plan>""#,
        org.uuid(),
        after,
        i32::try_from(most).unwrap_or(i32::MAX),
        i32::try_from(each).unwrap_or(i32::MAX)
    )
    .fetch_one(db.connection())
    .await?;
    Ok(plan.0)
}

/// The names of the organization's networks, `default` first.
///
/// # Errors
/// When the database does not answer.
pub async fn choices(db: &mut impl OrgScope) -> Result<Vec<String>> {
    let org = db.org();
    let names = sqlx::query_scalar!(
        "select name from networks where org_id = $1 order by name <> $2, name limit $3",
        org.uuid(),
        DEFAULT,
        OFFERED
    )
    .fetch_all(db.connection())
    .await?;
    Ok(names)
}

/// The names of the organization's networks and of its apps, for the form of an exposure.
pub(super) async fn names(db: &mut impl OrgScope) -> Result<(Vec<String>, Vec<String>)> {
    let org = db.org();
    let row = sqlx::query!(
        r#"select
             array(select name from networks where org_id = $1 order by name <> $2, name limit $3) as "networks!",
             array(select name from apps where org_id = $1 order by name limit $3) as "apps!""#,
        org.uuid(),
        DEFAULT,
        OFFERED
    )
    .fetch_one(db.connection())
    .await?;
    Ok((row.networks, row.apps))
}

/// The network of that name in this organization.
pub(super) async fn find(db: &mut impl OrgScope, name: &str) -> Result<Option<Network>> {
    let org = db.org();
    let row = sqlx::query!(
        r#"select n.id, n.name, n.number, c.name as "made_by?", n.created_at as "made_at: Instant"
           from networks n left join accounts c on c.id = n.created_by
           where n.org_id = $1 and n.name = $2"#,
        org.uuid(),
        name
    )
    .fetch_optional(db.connection())
    .await?;
    Ok(row.map(|row| Network {
        id: row.id.into(),
        name: row.name,
        number: Number::of(row.number),
        made_by: row.made_by,
        made_at: row.made_at,
    }))
}

/// A page of a network's apps by name, one more than it shows when there are more.
pub(super) async fn members(db: &mut impl OrgScope, network: NetworkId, after: &str) -> Result<Vec<Member>> {
    let org = db.org();
    let rows = sqlx::query_as!(
        Member,
        "select id, name from apps where org_id = $1 and network_id = $2 and name > $3 order by name limit $4",
        org.uuid(),
        network.uuid(),
        after,
        i64::from(PAGE) + 1
    )
    .fetch_all(db.connection())
    .await?;
    Ok(rows)
}

/// The ways into and out of a network.
pub(super) async fn ways(db: &mut impl OrgScope, network: NetworkId) -> Result<Vec<Exposure>> {
    let org = db.org();
    let rows = sqlx::query_as!(
        Stored,
        "select e.id, e.app_id, a.name as app, i.name as into, s.name as source, e.protocol, e.ports
         from exposures e join apps a on a.org_id = e.org_id and a.id = e.app_id
           join networks i on i.org_id = e.org_id and i.id = e.app_network_id
           join networks s on s.org_id = e.org_id and s.id = e.network_id
         where e.org_id = $1 and (e.app_network_id = $2 or e.network_id = $2)
         order by a.name, s.name, e.protocol limit $3",
        org.uuid(),
        network.uuid(),
        i64::from(WAYS)
    )
    .fetch_all(db.connection())
    .await?;
    Ok(rows.into_iter().map(Exposure::from).collect())
}

/// Adds a network. `None` when the organization has one of that name, however it is written.
pub(super) async fn insert(
    db: &mut OrgWrite<'_, ManageNetworks>,
    name: &NetworkName,
) -> Result<Option<(NetworkId, Number)>> {
    let id = NetworkId::new();
    let (org, account) = (db.org(), db.account());
    let number = sqlx::query_scalar!(
        "insert into networks (id, org_id, name, created_by) values ($1, $2, $3, $4)
         on conflict do nothing returning number",
        id.uuid(),
        org.uuid(),
        name.as_str(),
        account.uuid()
    )
    .fetch_optional(db.connection())
    .await?;
    Ok(number.map(|number| (id, Number::of(number))))
}

/// Deletes an empty network and the ways that led from it, which are given back. `None` when it still holds an app; the
/// transaction is over then.
pub(super) async fn remove(
    db: &mut OrgWrite<'_, ManageNetworks>,
    network: NetworkId,
) -> Result<Option<Vec<Exposure>>> {
    let org = db.org();
    let ways = ways(db, network).await?;
    sqlx::query!("delete from exposures where org_id = $1 and network_id = $2", org.uuid(), network.uuid())
        .execute(db.connection())
        .await?;
    let gone = sqlx::query!(
        "delete from networks where org_id = $1 and id = $2 and name <> $3",
        org.uuid(),
        network.uuid(),
        DEFAULT
    )
    .execute(db.connection())
    .await
    .unless_constraint("apps_org_id_network_id_fkey")?;
    Ok(gone.map(|_| ways))
}

/// What came of the wish to expose an app.
#[derive(Debug)]
pub(super) enum Exposed {
    /// It is open.
    Done(Exposure),
    /// The organization has no such app.
    NoApp,
    /// Nor such a network.
    NoNetwork,
    /// The app is in that network itself.
    Inside,
    /// It is open already, on these ports.
    Already(Ports),
}

/// Opens a way into an app.
pub(super) async fn expose(db: &mut OrgWrite<'_, ManageNetworks>, new: &NewExposure) -> Result<Exposed> {
    let (org, account) = (db.org(), db.account());
    let place = sqlx::query!(
        r#"select a.id as "app?", n.id as "into_id?", n.name as "into_name?", s.id as "source?", e.ports as "ports?"
           from (values (1)) as one
             left join apps a on a.org_id = $1 and a.name = $2
             left join networks n on n.org_id = $1 and n.id = a.network_id
             left join networks s on s.org_id = $1 and s.name = $3
             left join exposures e on e.org_id = $1 and e.app_id = a.id and e.network_id = s.id and e.protocol = $4"#,
        org.uuid(),
        new.app,
        new.network,
        new.protocol.key()
    )
    .fetch_one(db.connection())
    .await?;
    let (Some(app), Some(into), Some(into_name)) = (place.app, place.into_id, place.into_name) else {
        return Ok(Exposed::NoApp);
    };
    let Some(source) = place.source else { return Ok(Exposed::NoNetwork) };
    if source == into {
        return Ok(Exposed::Inside);
    }
    if let Some(ports) = place.ports {
        return Ok(Exposed::Already(Ports::of(&ports)));
    }
    let id = ExposureId::new();
    let done = sqlx::query!(
        "insert into exposures (id, org_id, app_id, app_network_id, network_id, protocol, ports, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.uuid(),
        org.uuid(),
        app,
        into,
        source,
        new.protocol.key(),
        &new.ports.stored(),
        account.uuid()
    )
    .execute(db.connection())
    .await
    .unless_constraint("exposures_way_key")
    .unless_constraint("exposures_app_fkey")
    .unless_constraint("exposures_network_fkey")?;
    if done.flatten().flatten().is_none() {
        let sentence = "Someone else changed this at the same moment. Nothing was changed.";
        return Err(Error::Conflict(sentence.into()));
    }
    Ok(Exposed::Done(Exposure {
        id,
        app: app.into(),
        app_name: new.app.clone(),
        into: into_name,
        source: new.network.clone(),
        protocol: new.protocol,
        ports: new.ports.clone(),
    }))
}

/// The exposure of that id in this organization.
pub(super) async fn exposure(db: &mut impl OrgScope, id: ExposureId) -> Result<Option<Exposure>> {
    let org = db.org();
    let row = sqlx::query_as!(
        Stored,
        "select e.id, e.app_id, a.name as app, i.name as into, s.name as source, e.protocol, e.ports
         from exposures e join apps a on a.org_id = e.org_id and a.id = e.app_id
           join networks i on i.org_id = e.org_id and i.id = e.app_network_id
           join networks s on s.org_id = e.org_id and s.id = e.network_id
         where e.org_id = $1 and e.id = $2",
        org.uuid(),
        id.uuid()
    )
    .fetch_optional(db.connection())
    .await?;
    Ok(row.map(Exposure::from))
}

/// Closes a way. Whether it was open.
pub(super) async fn unexpose(db: &mut OrgWrite<'_, ManageNetworks>, id: ExposureId) -> Result<bool> {
    let org = db.org();
    let done = sqlx::query!("delete from exposures where org_id = $1 and id = $2", org.uuid(), id.uuid())
        .execute(db.connection())
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Closes every way into an app that leaves its network, and gives what is to be recorded.
///
/// # Errors
/// When the database does not answer.
pub async fn end_of_app<P: Permission>(db: &mut OrgWrite<'_, P>, app: AppId) -> Result<Vec<Entry>> {
    let org = db.org();
    let rows = sqlx::query_as!(
        Stored,
        "with gone as (delete from exposures where org_id = $1 and app_id = $2 returning *)
         select e.id, e.app_id, a.name as app, i.name as into, s.name as source, e.protocol, e.ports
         from gone e join apps a on a.org_id = e.org_id and a.id = e.app_id
           join networks i on i.org_id = e.org_id and i.id = e.app_network_id
           join networks s on s.org_id = e.org_id and s.id = e.network_id
         order by s.name, e.protocol",
        org.uuid(),
        app.uuid()
    )
    .fetch_all(db.connection())
    .await?;
    let closed = rows.into_iter().map(|row| Event::Unexposed { org, exposure: row.into() }.event());
    Ok(closed.collect())
}

/// An exposure with the names beside it, as it is stored.
struct Stored {
    id: ExposureId,
    app_id: AppId,
    app: String,
    into: String,
    source: String,
    protocol: String,
    ports: Vec<i32>,
}

impl From<Stored> for Exposure {
    fn from(row: Stored) -> Self {
        Self {
            id: row.id,
            app: row.app_id,
            app_name: row.app,
            into: row.into,
            source: row.source,
            protocol: Protocol::parse(&row.protocol).unwrap_or(Protocol::Tcp),
            ports: Ports::of(&row.ports),
        }
    }
}
