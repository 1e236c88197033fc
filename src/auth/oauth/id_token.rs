//! Verification of ID tokens (`OpenID` Connect Core 1.0 section 3.1.3.7).
//!
//! What may not happen here: an algorithm chosen by the token or the provider, or a claim used before the
//! signature held.

use std::time::{Duration, SystemTime};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, Nonce, SignatureVerificationError,
    core::{CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJwsSigningAlgorithm},
};

use super::{
    discovery::Discovered,
    pending::SKEW,
    signed_in::{ProviderEmail, is_subject},
};
use crate::clock::Instant;

/// The algorithms that are accepted, whatever discovery says (OA-7). No symmetric ones: their key would be
/// the client secret or, confused, a public key.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What the token must fit.
pub(super) struct Expected<'a> {
    pub(super) client_id: &'a ClientId,
    pub(super) nonce: &'a Nonce,
    pub(super) access_token: &'a AccessToken,
    pub(super) max_age: Option<u32>,
    pub(super) now: Instant,
}

/// What a good token says.
pub(super) struct Claims {
    pub(super) subject: String,
    pub(super) email: Option<ProviderEmail>,
    pub(super) name: Option<String>,
    pub(super) auth_time: Option<Instant>,
}

/// Why a token is not good.
#[derive(Debug)]
pub(super) enum Flaw {
    /// No known key fits; the provider may have new ones.
    Key(String),
    /// Anything that other keys would not mend.
    Claim(String),
}

/// The claims that the library reads more generously than we do, or not at all.
#[derive(serde::Deserialize)]
struct Strict {
    email_verified: Option<serde_json::Value>,
    nbf: Option<f64>,
}

/// Checks a token against the provider's keys and our side of the sign-in.
pub(super) fn verify(
    token: &CoreIdToken,
    provider: &Discovered,
    expected: &Expected<'_>,
) -> Result<Claims, Flaw> {
    let verifier = verifier(provider, expected);
    let claims = token.claims(&verifier, expected.nonce).map_err(flaw)?;
    check_authorized_party(claims, expected.client_id)?;
    check_access_token(token, claims, &verifier, expected.access_token)?;
    let auth_time = check_auth_time(claims, expected)?;
    let strict = strict_claims(token)?;
    if strict.nbf.is_some_and(|nbf| nbf > seconds(expected.now.plus_seconds(SKEW))) {
        return Err(Flaw::Claim("not valid yet".to_owned()));
    }
    let subject = claims.subject().as_str();
    if !is_subject(subject) {
        return Err(Flaw::Claim("sub is empty, too long or not printable".to_owned()));
    }
    Ok(Claims {
        subject: subject.to_owned(),
        email: ProviderEmail::from_claims(
            claims.email().map(|email| email.as_str()),
            strict.email_verified.as_ref(),
        ),
        name: claims.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned()),
        auth_time,
    })
}

fn verifier(provider: &Discovered, expected: &Expected<'_>) -> CoreIdTokenVerifier<'static> {
    // Built as a public client: without the secret, no symmetric signature can ever hold.
    let latest = expected.now.plus_seconds(SKEW);
    let now: SystemTime = expected.now.timestamp().into();
    let lenient = now.checked_sub(Duration::from_secs(SKEW.unsigned_abs())).unwrap_or(now);
    CoreIdTokenVerifier::new_public_client(
        expected.client_id.clone(),
        provider.issuer.clone(),
        provider.keys.clone(),
    )
    .set_allowed_algs(ALGORITHMS)
    .set_time_fn(move || lenient.into())
    .set_issue_time_verifier_fn(move |issued| {
        if issued.timestamp_micros() <= latest.micros() {
            Ok(())
        } else {
            Err("issued in the future".to_owned())
        }
    })
    // Several audiences are fine when azp says that the token was issued to us, see below.
    .set_other_audience_verifier_fn(|_| true)
}

/// Steps 4 and 5: `azp` must be there with several audiences, and must be us when it is there.
fn check_authorized_party(claims: &CoreIdTokenClaims, client_id: &ClientId) -> Result<(), Flaw> {
    match claims.authorized_party() {
        Some(party) if party == client_id => Ok(()),
        None if claims.audiences().len() == 1 => Ok(()),
        Some(_) => Err(Flaw::Claim("azp is another client".to_owned())),
        None => Err(Flaw::Claim("several audiences without azp".to_owned())),
    }
}

/// Section 3.1.3.8: `at_hash`, when present, ties the access token to this token.
fn check_access_token(
    token: &CoreIdToken,
    claims: &CoreIdTokenClaims,
    verifier: &CoreIdTokenVerifier<'_>,
    access_token: &AccessToken,
) -> Result<(), Flaw> {
    let Some(claimed) = claims.access_token_hash() else { return Ok(()) };
    let key = token.signing_key(verifier).map_err(|error| Flaw::Key(error.to_string()))?;
    let algorithm = token.signing_alg().map_err(|error| Flaw::Claim(error.to_string()))?;
    match AccessTokenHash::from_token(access_token, algorithm, key) {
        Ok(actual) if actual == *claimed => Ok(()),
        _ => Err(Flaw::Claim("at_hash is another access token's".to_owned())),
    }
}

/// Step 13: with `max_age` asked for, `auth_time` must be there and recent enough.
fn check_auth_time(claims: &CoreIdTokenClaims, expected: &Expected<'_>) -> Result<Option<Instant>, Flaw> {
    let auth_time = claims.auth_time().and_then(|time| Instant::from_micros(time.timestamp_micros()));
    if auth_time.is_some_and(|time| time > expected.now.plus_seconds(SKEW)) {
        return Err(Flaw::Claim("auth_time lies in the future".to_owned()));
    }
    let Some(max_age) = expected.max_age else { return Ok(auth_time) };
    let oldest = expected.now.plus_seconds(-i64::from(max_age) - SKEW);
    if auth_time.is_some_and(|time| time >= oldest) {
        Ok(auth_time)
    } else {
        Err(Flaw::Claim("auth_time is missing or older than asked for".to_owned()))
    }
}

/// Reads the payload once more, after its signature held.
fn strict_claims(token: &CoreIdToken) -> Result<Strict, Flaw> {
    let unreadable = || Flaw::Claim("unreadable payload".to_owned());
    let text = token.to_string();
    let payload = text.split('.').nth(1).ok_or_else(unreadable)?;
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).map_err(|_| unreadable())?;
    serde_json::from_slice(&payload).map_err(|_| unreadable())
}

fn flaw(error: ClaimsVerificationError) -> Flaw {
    use SignatureVerificationError::{AmbiguousKeyId, CryptoError, InvalidKey, NoMatchingKey, Other};
    match error {
        ClaimsVerificationError::SignatureVerification(
            cause @ (AmbiguousKeyId(_) | CryptoError(_) | InvalidKey(_) | NoMatchingKey | Other(_)),
        ) => Flaw::Key(cause.to_string()),
        ClaimsVerificationError::SignatureVerification(cause) => Flaw::Claim(cause.to_string()),
        // These two quote the token; the log gets the name of the check only.
        ClaimsVerificationError::InvalidAudience(_) => Flaw::Claim("aud is not this client".to_owned()),
        ClaimsVerificationError::InvalidIssuer(_) => Flaw::Claim("iss is another issuer".to_owned()),
        ClaimsVerificationError::Unsupported(_) => Flaw::Claim("unsupported header".to_owned()),
        other => Flaw::Claim(other.to_string()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "whole seconds of this century fit a double exactly")]
fn seconds(moment: Instant) -> f64 {
    moment.timestamp().as_second() as f64
}
