//! Networks and the ways between them.
//!
//! What may not happen here: a number that the database did not choose.

use anyhow::Context as _;

use super::{Stage, action};
use crate::{
    db::audit::{Chain, Event},
    ids::{ExposureId, NetworkId, OrgId},
    sample::data::networks::{Exposure, Network},
};

impl Stage<'_> {
    pub(super) async fn add_network(&mut self, network: &Network) -> anyhow::Result<Event> {
        let org = self.org(network.org)?;
        let (id, number) = self.network(org, network.name, network.by).await?;
        let prefix = format!("fdaa:{:x}:{:x}::/48", number >> 16, number & 0xffff);
        Ok(Event::new(Chain::Org(org), action("network.created")?)
            .target("network", id.uuid())
            .named(network.name)
            .change("prefix", (), prefix))
    }

    pub(super) async fn expose(&mut self, exposure: &Exposure) -> anyhow::Result<Event> {
        let (org, by) = (self.org(exposure.org)?, self.account(exposure.by)?);
        let app = sqlx::query_scalar!(
            "insert into exposures (id, org_id, app_id, app_network_id, network_id, protocol, ports, created_by)
             select $1, $2, a.id, a.network_id, n.id, 'tcp', $5, $6 from apps a, networks n
             where a.org_id = $2 and a.name = $3 and n.org_id = $2 and n.name = $4 returning app_id",
            ExposureId::new().uuid(),
            org.uuid(),
            exposure.app,
            exposure.source,
            &[i32::from(exposure.port)],
            by.uuid()
        )
        .fetch_optional(self.db.connection())
        .await?;
        let app = app.with_context(|| format!("{} was not added yet", exposure.app))?;
        Ok(Event::new(Chain::Org(org), action("network.exposure_added")?)
            .target("app", app)
            .named(exposure.app)
            .change("network", (), exposure.source)
            .change("ports", (), format!("TCP port {}", exposure.port)))
    }

    pub(super) async fn network(
        &mut self,
        org: OrgId,
        name: &str,
        by: &str,
    ) -> anyhow::Result<(NetworkId, i64)> {
        let (id, by) = (NetworkId::new(), self.account(by)?);
        let number = sqlx::query_scalar!(
            "insert into networks (id, org_id, name, created_by) values ($1, $2, $3, $4) returning number",
            id.uuid(),
            org.uuid(),
            name,
            by.uuid()
        )
        .fetch_one(self.db.connection())
        .await?;
        Ok((id, number))
    }
}
