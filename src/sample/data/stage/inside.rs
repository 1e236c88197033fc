//! Organizations and apps, and when their people were last there.
//!
//! What may not happen here: an app in a network that is not there.

use anyhow::Context as _;

use super::{Stage, action, orgs};
use crate::{
    clock::Instant,
    db::audit::{Audit as _, Chain, Event},
    ids::{AppId, GrantId, OrgId, ProjectId},
    sample::data::orgs::{App, Org},
};

impl Stage<'_> {
    pub(super) async fn found(&mut self, new: &'static Org) -> anyhow::Result<Event> {
        let (id, founder) = (OrgId::new(), self.account(new.founder)?);
        let project = match new.project {
            Some(name) => Some(self.project(name).await?),
            None => None,
        };
        // The shop and its books are paid for; what is tried out is not.
        let plan = if new.project.is_some() { "team" } else { "free" };
        sqlx::query!(
            "insert into orgs (id, slug, name, environment, project_id, created_by, plan)
             values ($1, $2, $2, $3, $4, $5, $6)",
            id.uuid(),
            new.slug,
            new.environment,
            project.map(ProjectId::uuid),
            founder.uuid(),
            plan
        )
        .execute(self.db.connection())
        .await?;
        sqlx::query!(
            "insert into grants (id, org_id, account_id, role, path, granted_by) values ($1, $2, $3, 'owner', 'created', $3)",
            GrantId::new().uuid(),
            id.uuid(),
            founder.uuid()
        )
        .execute(self.db.connection())
        .await?;
        self.orgs.insert(new.slug, id);
        self.network(id, "default", new.founder).await?;
        let (slug, environment) = (new.slug.to_owned(), new.environment);
        Ok(orgs::Event::Created { org: id, slug, environment, plan }.event())
    }

    pub(super) async fn describe(&mut self, org: &Org) -> anyhow::Result<Event> {
        let id = self.org(org.slug)?;
        sqlx::query!("update orgs set description = $2 where id = $1", id.uuid(), org.description)
            .execute(self.db.connection())
            .await?;
        let description = Some((String::new(), org.description.to_owned()));
        Ok(orgs::Event::Updated { org: id, slug: org.slug.to_owned(), name: None, description }.event())
    }

    pub(super) async fn add_app(&mut self, app: &'static App) -> anyhow::Result<Event> {
        let id = AppId::new();
        let (org, owner, by) = (self.org(app.org)?, self.account(app.owner)?, self.account(app.by)?);
        let description = if app.described.is_some() { "" } else { app.purpose };
        sqlx::query!(
            "insert into apps (id, org_id, network_id, name, description, url, owner_id, created_by)
             select $1, $2, n.id, $4, $5, $6, $7, $8 from networks n where n.org_id = $2 and n.name = $3",
            id.uuid(),
            org.uuid(),
            app.network,
            app.name,
            description,
            app.url(),
            owner.uuid(),
            by.uuid()
        )
        .execute(self.db.connection())
        .await?;
        let mut event = Event::new(Chain::Org(org), action("app.created")?)
            .target("app", id.uuid())
            .named(app.name)
            .change("network", (), app.network);
        if !description.is_empty() {
            event = event.change("description", "", description);
        }
        Ok(match app.url() {
            Some(url) => event.change("url", (), url),
            None => event,
        })
    }

    pub(super) async fn describe_app(&mut self, app: &App) -> anyhow::Result<Event> {
        let org = self.org(app.org)?;
        let id = sqlx::query_scalar!(
            "update apps set description = $3, updated_at = cordon_now() where org_id = $1 and name = $2 returning id",
            org.uuid(),
            app.name,
            app.purpose
        )
        .fetch_optional(self.db.connection())
        .await?;
        let id = id.with_context(|| format!("{} was not added yet", app.name))?;
        Ok(Event::new(Chain::Org(org), action("app.updated")?).target("app", id).named(app.name).change(
            "description",
            "",
            app.purpose,
        ))
    }

    /// Notes when somebody was last in an organization.
    pub(in crate::sample::data) async fn seen(
        &mut self,
        org: &str,
        who: &str,
        at: Instant,
    ) -> anyhow::Result<()> {
        let (org, account) = (self.org(org)?, self.account(who)?);
        sqlx::query!(
            "insert into activity (org_id, account_id, last_active_at) values ($1, $2, $3) on conflict do nothing",
            org.uuid(),
            account.uuid(),
            at as Instant
        )
        .execute(self.db.connection())
        .await?;
        Ok(())
    }

    async fn project(&mut self, name: &'static str) -> anyhow::Result<ProjectId> {
        if let Some(id) = self.projects.get(name) {
            return Ok(*id);
        }
        let id = ProjectId::new();
        sqlx::query!("insert into projects (id, name) values ($1, $2)", id.uuid(), name)
            .execute(self.db.connection())
            .await?;
        self.projects.insert(name, id);
        Ok(id)
    }
}
