//! Everything about the networks of some organizations, for the files that enforce them.
//!
//! What may not happen here: a limit. A file that leaves something out would cut it off.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    auth::scope::SiteScope,
    error::Result,
    features::networks::{
        export::{Hole, Walled, Zone},
        model::{Member, Number, Ports, Protocol},
    },
    ids::{OrgId, ProjectId},
    role::{Role, Roles},
};

/// An organization of a project, as one of its members sees it.
#[derive(Debug)]
pub(in crate::features::networks) struct ProjectOrg {
    pub(in crate::features::networks) id: OrgId,
    pub(in crate::features::networks) slug: String,
    pub(in crate::features::networks) environment: String,
    pub(in crate::features::networks) roles: Roles,
}

/// A project's name and those of its organizations that the caller belongs to; none, no project.
pub(in crate::features::networks) async fn project(
    db: &mut impl SiteScope,
    project: ProjectId,
) -> Result<Option<(String, Vec<ProjectOrg>)>> {
    let account = db.account();
    let rows = sqlx::query!(
        r#"select p.name as project, o.id, o.slug, o.environment, live_roles(o.id, $2) as "roles!"
           from projects p join orgs o on o.project_id = p.id
           where p.id = $1 order by o.slug"#,
        project.uuid(),
        account.uuid()
    )
    .fetch_all(db.connection())
    .await?;
    let Some(name) = rows.first().map(|row| row.project.clone()) else { return Ok(None) };
    let orgs = rows.into_iter().map(|row| ProjectOrg {
        id: row.id.into(),
        slug: row.slug,
        environment: row.environment,
        roles: row.roles.iter().filter_map(|role| Role::parse(role)).collect(),
    });
    Ok(Some((name, orgs.collect())))
}

/// All networks, apps and ways of these organizations (id, slug, environment), in their order.
pub(in crate::features::networks) async fn whole(
    connection: &mut PgConnection,
    orgs: Vec<(OrgId, String, String)>,
) -> Result<Vec<Walled>> {
    let ids: Vec<Uuid> = orgs.iter().map(|(id, ..)| id.uuid()).collect();
    let networks = sqlx::query!(
        "select id, org_id, name, number from networks where org_id = any ($1) order by name <> 'default', name",
        &ids
    )
    .fetch_all(&mut *connection)
    .await?;
    let apps =
        sqlx::query!("select id, network_id, name from apps where org_id = any ($1) order by name", &ids)
            .fetch_all(&mut *connection)
            .await?;
    let ways = sqlx::query!(
        r#"select e.id, e.app_id, e.app_network_id, a.name as app, s.name as source, s.number as source_number,
             s.id as source_id, e.protocol, e.ports
           from exposures e join apps a on a.org_id = e.org_id and a.id = e.app_id
             join networks s on s.org_id = e.org_id and s.id = e.network_id
           where e.org_id = any ($1) order by a.name, s.name, e.protocol"#,
        &ids
    )
    .fetch_all(&mut *connection)
    .await?;

    let mut zones: HashMap<Uuid, Zone> = HashMap::new();
    for row in &networks {
        let (id, name, number) = (row.id.into(), row.name.clone(), Number::of(row.number));
        zones.insert(row.id, Zone { id, name, number, apps: Vec::new(), holes: Vec::new() });
    }
    for row in apps {
        if let Some(zone) = zones.get_mut(&row.network_id) {
            zone.apps.push(Member { id: row.id.into(), name: row.name });
        }
    }
    for row in ways {
        if let Some(zone) = zones.get_mut(&row.app_network_id) {
            zone.holes.push(Hole {
                id: row.id.into(),
                app: Member { id: row.app_id.into(), name: row.app },
                source: (row.source_id.into(), row.source, Number::of(row.source_number)),
                protocol: Protocol::parse(&row.protocol).unwrap_or(Protocol::Tcp),
                ports: Ports::of(&row.ports),
            });
        }
    }
    let walled = orgs.into_iter().map(|(id, slug, environment)| {
        let own = networks.iter().filter(|row| row.org_id == id.uuid());
        let zones = own.filter_map(|row| zones.remove(&row.id)).collect();
        Walled { id, slug, environment, zones }
    });
    Ok(walled.collect())
}
