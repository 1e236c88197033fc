//! The isolation of an organization or a project, as files for whoever enforces it.
//!
//! What may not happen here: an organization whose networks the caller may not see, or one left out in silence among
//! those that they know of.

mod kubernetes;
mod nftables;

use axum::extract::Path;

use crate::{
    auth::{
        bearer::Bearer,
        guard::{Can, Db, SignedIn},
        scope::{OrgScope, SiteScope as _},
    },
    db::context::Org,
    error::{Error, OrNotFound as _, Result},
    features::networks::{
        model::{Member, Number, Ports, Protocol},
        store,
    },
    ids::{ExposureId, NetworkId, OrgId, ProjectId},
    role::{Permission as _, ViewInside},
    web::download::Download,
};

/// What a file is about.
#[derive(Debug)]
pub(super) struct Isolation {
    /// "acme-production", "the project acme".
    pub(super) about: String,
    /// A name for tables: of letters, digits and dashes.
    pub(super) key: String,
    pub(super) orgs: Vec<Walled>,
    /// Organizations that the caller belongs to and whose networks their role does not show.
    pub(super) missing: Vec<String>,
    /// Whether there may be others, of which the caller knows nothing.
    pub(super) partial: bool,
}

/// One organization's networks.
#[derive(Debug)]
pub(super) struct Walled {
    pub(super) id: OrgId,
    pub(super) slug: String,
    pub(super) environment: String,
    pub(super) zones: Vec<Zone>,
}

/// One network, who is in it, and what leads into it.
#[derive(Debug)]
pub(super) struct Zone {
    pub(super) id: NetworkId,
    pub(super) name: String,
    pub(super) number: Number,
    pub(super) apps: Vec<Member>,
    pub(super) holes: Vec<Hole>,
}

/// A way into one app.
#[derive(Debug)]
pub(super) struct Hole {
    pub(super) id: ExposureId,
    pub(super) app: Member,
    pub(super) source: (NetworkId, String, Number),
    pub(super) protocol: Protocol,
    pub(super) ports: Ports,
}

impl Isolation {
    /// What the head of every file says.
    fn head(&self) -> Vec<String> {
        let about: String = self.about.chars().filter(|c| !c.is_control()).collect();
        let mut lines = vec![format!("The private networks of {about}, from Cordon.")];
        lines.push("Apps of one network reach each other; between networks only what is named below.".into());
        for org in &self.orgs {
            let networks = crate::web::shell::counted(org.zones.len(), "network", "networks");
            lines.push(format!("In this file: {} ({}), {networks}.", org.slug, org.environment));
        }
        for slug in &self.missing {
            lines.push(format!("Not in this file: {slug}. Your role there does not show its networks."));
        }
        if self.partial {
            lines.push("Organizations of the project that you do not belong to are not in this file.".into());
        }
        lines
    }
}

pub(super) async fn yaml(who: Can<ViewInside>, db: Db) -> Result<Download> {
    kubernetes_file(&of_org(who.org(), db.read(&who).await?).await?)
}

pub(super) async fn nft(who: Can<ViewInside>, db: Db) -> Result<Download> {
    Ok(nftables_file(&of_org(who.org(), db.read(&who).await?).await?))
}

/// An organization's networks as Kubernetes policies
///
/// `NetworkPolicy` documents, one after another.
#[utoipa::path(get, path = "/api/v1/orgs/{org}/networks/export.yaml", operation_id = "networksForKubernetes",
    tag = "networks", params(("org" = String, Path, description = "Its slug")),
    responses((status = 200, body = String, content_type = "application/yaml")))]
pub(super) async fn api_yaml(who: Bearer<ViewInside>, db: Db) -> Result<Download> {
    kubernetes_file(&of_org(who.org(), db.read(&who).await?).await?)
}

/// An organization's networks as an nftables ruleset
///
/// One table, which replaces itself.
#[utoipa::path(get, path = "/api/v1/orgs/{org}/networks/export.nft", operation_id = "networksForNftables",
    tag = "networks", params(("org" = String, Path, description = "Its slug")),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn api_nft(who: Bearer<ViewInside>, db: Db) -> Result<Download> {
    Ok(nftables_file(&of_org(who.org(), db.read(&who).await?).await?))
}

pub(super) async fn project_yaml(who: SignedIn, db: Db, Path(id): Path<Id>) -> Result<Download> {
    kubernetes_file(&of_project(&who, &db, &id).await?)
}

pub(super) async fn project_nft(who: SignedIn, db: Db, Path(id): Path<Id>) -> Result<Download> {
    Ok(nftables_file(&of_project(&who, &db, &id).await?))
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(api_yaml, api_nft))]
struct Description;

/// These addresses, for the description of the API.
#[must_use]
pub fn description() -> utoipa::openapi::OpenApi {
    <Description as utoipa::OpenApi>::openapi()
}

/// The project in the URL.
#[derive(serde::Deserialize)]
pub(super) struct Id {
    project: String,
}

fn kubernetes_file(isolation: &Isolation) -> Result<Download> {
    Ok(Download {
        name: format!("{}-networks.yaml", isolation.key),
        kind: "application/yaml",
        body: kubernetes::policies(isolation)?,
    })
}

fn nftables_file(isolation: &Isolation) -> Download {
    Download {
        name: format!("{}-networks.nft", isolation.key),
        kind: "text/plain; charset=utf-8",
        body: nftables::ruleset(isolation),
    }
}

async fn of_org(org: &Org, mut scope: impl OrgScope) -> Result<Isolation> {
    let orgs = vec![(org.id, org.slug.clone(), org.environment.clone())];
    Ok(Isolation {
        about: org.slug.clone(),
        key: org.slug.clone(),
        orgs: store::whole(scope.connection(), orgs).await?,
        missing: Vec::new(),
        partial: false,
    })
}

/// Those organizations of a project whose networks the caller may see. Without one, there is nothing here.
async fn of_project(who: &SignedIn, db: &Db, id: &Id) -> Result<Isolation> {
    let id: ProjectId = id.project.parse().map_err(|_| Error::NotFound)?;
    let mut scope = db.read_site(who).await?;
    let (name, all) = store::project(&mut scope, id).await?.or_not_found()?;
    let (seen, hidden): (Vec<_>, Vec<_>) = all.into_iter().partition(|org| org.roles.may(ViewInside::NEEDS));
    if seen.is_empty() {
        return Err(Error::NotFound);
    }
    let orgs = seen.into_iter().map(|org| (org.id, org.slug, org.environment)).collect();
    Ok(Isolation {
        about: format!("the project {name}"),
        key: format!("project-{id}"),
        orgs: store::whole(scope.connection(), orgs).await?,
        missing: hidden.into_iter().map(|org| org.slug).collect(),
        partial: true,
    })
}
