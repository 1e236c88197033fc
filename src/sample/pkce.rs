//! Proof keys for code exchange, the provider's half (RFC 7636).
//!
//! What may not happen here: accepting the `plain` method, or a verifier shorter than the standard asks.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Whether a verifier is well formed and is the one behind an S256 challenge.
pub(crate) fn proves(verifier: &str, challenge: &str) -> bool {
    let well_formed = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    well_formed && bool::from(hash.as_bytes().ct_eq(challenge.as_bytes()))
}
