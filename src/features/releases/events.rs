//! What can be reported about a release.
//!
//! What may not happen here: an event without the version; the app's name says what it was a version of.

use crate::{
    db::audit::{Action, Audit, Category, Chain, Event as Entry},
    features::releases::model::Status,
    ids::{AppId, OrgId},
};

/// It is going out.
pub static STARTED: Action = Action {
    name: "app.release_started",
    sentence: "{actor} began to deploy {version} of {target}",
    category: Category::App,
};
/// It went out.
pub static SUCCEEDED: Action = Action {
    name: "app.release_succeeded",
    sentence: "{actor} deployed {version} of {target}",
    category: Category::App,
};
/// It did not go out.
pub static FAILED: Action = Action {
    name: "app.release_failed",
    sentence: "{actor} failed to deploy {version} of {target}",
    category: Category::App,
};

/// Every kind of event of this feature.
pub static ACTIONS: [&Action; 3] = [&STARTED, &SUCCEEDED, &FAILED];

/// A release was reported, for the first time or again.
#[derive(Clone, Debug)]
pub struct Reported {
    pub(super) org: OrgId,
    pub(super) app: AppId,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) commit: Option<String>,
    /// As it was reported before, when it was.
    pub(super) before: Option<Status>,
    pub(super) status: Status,
}

impl Audit for Reported {
    fn event(&self) -> Entry {
        let action = match self.status {
            Status::Started => &STARTED,
            Status::Succeeded => &SUCCEEDED,
            Status::Failed => &FAILED,
        };
        let mut entry = Entry::new(Chain::Org(self.org), action)
            .target("app", self.app.uuid())
            .named(&self.name)
            .change("version", (), self.version.as_str())
            .change("status", self.before.map(Status::key), self.status.key());
        if let Some(commit) = &self.commit {
            entry = entry.change("commit", (), commit.as_str());
        }
        entry
    }
}
