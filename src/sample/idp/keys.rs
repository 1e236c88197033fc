//! The provider's signing key: Ed25519, made when the process starts and never written down.
//!
//! What may not happen here: a key that comes from a file or stays after the process.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey as _,
    core::{CoreEdDsaPrivateSigningKey, CoreJsonWebKey},
};

use crate::{
    ids::random_bytes,
    sample::{SampleError, random_text},
};

/// What stands before the 32 secret bytes of an Ed25519 key in PKCS #8 (RFC 8410 section 7).
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

pub(super) struct Key(CoreEdDsaPrivateSigningKey);

impl Key {
    pub(super) fn fresh() -> Result<Self, SampleError> {
        let secret = random_bytes::<32>().map_err(SampleError::new)?;
        let body = BASE64_STANDARD.encode([PKCS8_PREFIX.as_slice(), &secret].concat());
        let pem = format!("-----BEGIN {0}-----\n{body}\n-----END {0}-----\n", "PRIVATE KEY");
        let id = JsonWebKeyId::new(random_text::<9>()?);
        CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(id)).map(Self).map_err(SampleError::new)
    }

    pub(super) fn private(&self) -> &CoreEdDsaPrivateSigningKey {
        &self.0
    }

    pub(super) fn public(&self) -> CoreJsonWebKey {
        self.0.as_verification_key()
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}
