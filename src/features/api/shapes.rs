//! What the API answers with, as JSON and as the description tells it.
//!
//! What may not happen here: a field that no caller needs. Adding one later is easy, taking one back is not.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    clock::Instant,
    features::releases::{Author, Release as Row, StatusKey},
};

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct List<T> {
    /// The things, in the list's order.
    pub(super) items: Vec<T>,
    /// The address of the next part; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uri-reference")]
    pub(super) next: Option<String>,
}

/// What an organization is for.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Environment {
    Production,
    Staging,
    Development,
    Personal,
}

/// A role in an organization.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RoleKey {
    Owner,
    Admin,
    Member,
    Viewer,
    Billing,
}

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organization)]
pub(super) struct Org {
    pub(super) id: Uuid,
    /// Its name in addresses.
    #[schema(example = "acme-production")]
    pub(super) slug: String,
    /// Its name for people.
    pub(super) name: String,
    pub(super) environment: Environment,
    /// The project that it shares with its other half.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) project: Option<String>,
    /// The highest role of whoever made the token.
    pub(super) role: RoleKey,
    #[schema(value_type = String, format = "date-time")]
    pub(super) created_at: Instant,
}

/// How the last deploy of an app went; `none` before the first.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum DeployState {
    None,
    Started,
    Succeeded,
    Failed,
}

/// An app.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct App {
    pub(super) id: Uuid,
    /// Unique over the installation.
    #[schema(example = "checkout-api")]
    pub(super) name: String,
    /// The organization that it is in.
    #[schema(example = "acme-production")]
    pub(super) org: String,
    /// What it is for.
    pub(super) description: String,
    /// Where people find it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    /// Its private network.
    pub(super) network: String,
    pub(super) deploy: DeployState,
    /// The newest release that did not fail: what runs, or is going out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) current: Option<Current>,
    #[schema(value_type = String, format = "date-time")]
    pub(super) created_at: Instant,
}

/// What runs in an app, or is going out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Current {
    pub(super) version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) commit: Option<String>,
    #[schema(value_type = String, format = "date-time")]
    pub(super) started_at: Instant,
}

/// A release of an app.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Release {
    pub(super) id: Uuid,
    /// The name of its app.
    #[schema(example = "checkout-api")]
    pub(super) app: String,
    /// Counts within the app.
    #[schema(minimum = 1)]
    pub(super) number: i32,
    #[schema(example = "v214")]
    pub(super) version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "9c41e07")]
    pub(super) commit: Option<String>,
    pub(super) status: StatusKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    /// The first report.
    #[schema(value_type = String, format = "date-time")]
    pub(super) started_at: Instant,
    /// The report of its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    pub(super) finished_at: Option<Instant>,
    /// The person or the token that reported it, by name.
    #[schema(example = "github-actions")]
    pub(super) reported_by: String,
}

impl Release {
    pub(super) fn of(app: &str, row: Row) -> Self {
        use crate::features::releases::Status;
        Self {
            id: row.id.uuid(),
            app: app.to_owned(),
            number: row.seq,
            version: row.version,
            commit: row.commit,
            status: match row.status {
                Status::Started => StatusKey::Started,
                Status::Succeeded => StatusKey::Succeeded,
                Status::Failed => StatusKey::Failed,
            },
            url: row.url,
            started_at: row.started_at,
            finished_at: row.finished_at,
            reported_by: match row.author {
                Author::Account(_, name) | Author::Token(name) => name,
            },
        }
    }
}

impl Environment {
    pub(super) fn of(key: &str) -> Self {
        match key {
            "production" => Self::Production,
            "staging" => Self::Staging,
            "personal" => Self::Personal,
            _ => Self::Development,
        }
    }
}

impl From<crate::role::Role> for RoleKey {
    fn from(role: crate::role::Role) -> Self {
        use crate::role::Role;
        match role {
            Role::Owner => Self::Owner,
            Role::Admin => Self::Admin,
            Role::Member => Self::Member,
            Role::Viewer => Self::Viewer,
            Role::Billing => Self::Billing,
        }
    }
}

impl DeployState {
    pub(super) fn of(key: &str) -> Self {
        match key {
            "started" => Self::Started,
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            _ => Self::None,
        }
    }
}
