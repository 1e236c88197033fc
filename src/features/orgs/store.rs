//! The rows of organizations.
//!
//! What may not happen here: an organization without its first owner and its default network.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    auth::scope::{SiteScope as _, SiteWrite},
    db::{SystemWrite, constraint::OnConstraint as _},
    error::Result,
    features::orgs::{Event, NewOrg},
    ids::{AccountId, GrantId, NetworkId, OrgId, ProjectId},
};

struct Row<'a> {
    id: OrgId,
    slug: &'a str,
    name: &'a str,
    environment: &'a str,
    project: Option<ProjectId>,
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
        personal: false,
        founder,
    };
    let made = insert(db.connection(), &row).await.unless_constraint("orgs_slug_key")?;
    Ok(made.map(|()| Event::Created {
        org: id,
        slug: row.slug.to_owned(),
        environment: new.environment.key(),
    }))
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
        personal: true,
        founder: account,
    };
    insert(db.connection(), &row).await?;
    Ok(Event::Created { org: id, slug: slug.to_owned(), environment: "personal" })
}

async fn insert(connection: &mut PgConnection, row: &Row<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into orgs (id, slug, name, environment, project_id, personal_account_id, created_by)
         values ($1, $2, $3, $4, $5, $6, $7)",
        row.id.uuid(),
        row.slug,
        row.name,
        row.environment,
        row.project.map(ProjectId::uuid),
        row.personal.then(|| row.founder.uuid()) as Option<Uuid>,
        row.founder.uuid()
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
