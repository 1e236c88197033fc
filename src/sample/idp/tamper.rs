//! Turns an honest ID token into the one a test wants to see refused.
//!
//! What may not happen here: touching a token while no fault is on.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::{
    JsonWebKey as _, PrivateSigningKey as _,
    core::{CoreHmacKey, CoreJwsSigningAlgorithm},
};
use serde_json::{Map, Value, json};

use super::{Fault, discovery::replace, keys::Key};
use crate::{clock::Instant, sample::SampleError};

type Fields = Map<String, Value>;

/// The token with every fault in `faults` that concerns it.
pub(super) fn tamper(
    token: String,
    faults: &[Fault],
    key: &Key,
    now: Instant,
) -> Result<String, SampleError> {
    if !faults.iter().any(concerns_the_token) {
        return Ok(token);
    }
    let mut parts = token.split('.');
    let mut header = decode(parts.next())?;
    let mut claims = decode(parts.next())?;
    for fault in faults {
        change(&mut header, &mut claims, fault, now);
    }
    let forged = faults.contains(&Fault::UnknownKey).then(Key::fresh).transpose()?;
    let key = forged.as_ref().unwrap_or(key);
    if let Some(id) = key.public().key_id() {
        header.insert("kid".into(), json!(id));
    }
    let message = format!("{}.{}", encode(&header)?, encode(&claims)?);
    let signature = sign(&message, faults, key)?;
    Ok(format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}

fn concerns_the_token(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Unsigned
            | Fault::SharedSecret
            | Fault::BadSignature
            | Fault::UnknownKey
            | Fault::Expired
            | Fault::IssuedInFuture
            | Fault::Claim(..)
    )
}

fn change(header: &mut Fields, claims: &mut Fields, fault: &Fault, now: Instant) {
    let at = |seconds| Some(json!(now.plus_seconds(seconds).timestamp().as_second()));
    match fault {
        Fault::Unsigned => replace(header, "alg", Some(json!("none"))),
        Fault::SharedSecret => replace(header, "alg", Some(json!("HS256"))),
        Fault::Expired => {
            replace(claims, "iat", at(-420));
            replace(claims, "exp", at(-120));
        }
        Fault::IssuedInFuture => {
            replace(claims, "iat", at(600));
            replace(claims, "exp", at(900));
        }
        Fault::Claim(name, value) => replace(claims, name, value.clone()),
        _ => {}
    }
}

fn sign(message: &str, faults: &[Fault], key: &Key) -> Result<Vec<u8>, SampleError> {
    if faults.contains(&Fault::Unsigned) {
        return Ok(Vec::new());
    }
    let mut signature = if faults.contains(&Fault::SharedSecret) {
        CoreHmacKey::new(public_bytes(key)?).sign(&CoreJwsSigningAlgorithm::HmacSha256, message.as_bytes())
    } else {
        key.private().sign(&CoreJwsSigningAlgorithm::EdDsa, message.as_bytes())
    }
    .map_err(SampleError::new)?;
    if faults.contains(&Fault::BadSignature)
        && let Some(byte) = signature.first_mut()
    {
        *byte ^= 1;
    }
    Ok(signature)
}

/// The public key as anyone can read it from `/jwks`: what a confused verifier would take for an HMAC secret.
fn public_bytes(key: &Key) -> Result<Vec<u8>, SampleError> {
    let published = serde_json::to_value(key.public()).map_err(SampleError::new)?;
    let x = published.get("x").and_then(Value::as_str).unwrap_or_default();
    BASE64_URL_SAFE_NO_PAD.decode(x).map_err(SampleError::new)
}

fn decode(part: Option<&str>) -> Result<Fields, SampleError> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part.unwrap_or_default()).map_err(SampleError::new)?;
    serde_json::from_slice(&bytes).map_err(SampleError::new)
}

fn encode(fields: &Fields) -> Result<String, SampleError> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(fields).map_err(SampleError::new)?))
}
