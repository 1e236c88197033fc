//! What a session is: the hash that stands for it, and the little that is kept in it.
//!
//! What may not happen here: anything about organizations. Which organization a page shows comes from its URL.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tower_sessions::session::Id;

use crate::ids::AccountId;

/// The SHA-256 of a session's id, which is all that the database knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionHash([u8; 32]);

impl SessionHash {
    /// The hash of the id in a cookie. The id is 128 random bits, so one round is enough.
    #[must_use]
    pub fn of(id: Id) -> Self {
        Self(Sha256::digest(id.0.to_be_bytes()).into())
    }

    /// The bytes, as a query's parameter.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Lower-case hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }
}

/// Keys of the session's data.
pub mod key {
    /// The account that is signed in.
    pub const ACCOUNT: &str = "account";
    /// The provider that vouched.
    pub const PROVIDER: &str = "provider";
    /// The network address at sign-in.
    pub const ADDRESS: &str = "address";
    /// The browser at sign-in.
    pub const AGENT: &str = "agent";
    /// A sign-in under way.
    pub const PENDING: &str = "pending";
    /// The invitation that was opened in this browser.
    pub const INVITATION: &str = "invitation";
}

/// The parts of a session's data that the store keeps in columns of their own.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SessionData {
    /// [`key::ACCOUNT`]
    pub account: Option<AccountId>,
    /// [`key::PROVIDER`]
    pub provider: Option<String>,
    /// [`key::ADDRESS`]
    pub address: Option<String>,
    /// [`key::AGENT`]
    pub agent: Option<String>,
}

impl SessionData {
    /// Reads them out of the data as stored; what is missing or odd is nothing.
    #[must_use]
    pub fn of(data: &serde_json::Value) -> Self {
        Self::deserialize(data).unwrap_or_default()
    }
}
