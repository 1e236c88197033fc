//! What the database knows of a token: the hash that stands for it.
//!
//! What may not happen here: the token itself.

use sha2::{Digest as _, Sha256};

/// The SHA-256 of a token as its holder writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token. Its random part is 160 bits, so one round is enough.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
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
