//! Sign-in through an `OpenID` Connect provider: code flow with PKCE, state and nonce (RFC 9700 section 2.1).
//!
//! What may not happen here: a code sent to a token endpoint before the answer's issuer is checked.

use openidconnect::{
    AccessToken, AuthorizationCode, CsrfToken, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, Scope, TokenResponse as _,
    core::{CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreTokenResponse},
};
use serde_json::Value;
use std::sync::Arc;
use url::Url;

use super::{
    BeginOptions, Prompt,
    discovery::{Directory, Discovered},
    error::{Mismatch, OAuthError},
    http::Fetch,
    id_token::{self, Claims, Expected, Flaw},
    pending::{CallbackQuery, PendingLogin},
    provider::{Provider, Secrets},
    signed_in::{ProviderEmail, SignedIn, clean_name},
};
use crate::clock::Clock;

/// The answer of the userinfo endpoint (`OpenID` Connect Core 1.0 section 5.3.2).
#[derive(serde::Deserialize)]
struct UserInfo {
    sub: String,
    email: Option<String>,
    email_verified: Option<Value>,
    name: Option<String>,
}

/// The URL at the provider that a sign-in starts with.
pub(super) async fn begin(
    provider: &Provider,
    directory: &Directory,
    secrets: &Secrets,
    options: &BeginOptions,
) -> Result<Url, OAuthError> {
    let found = directory.get().await.map_err(|reason| provider.unavailable(reason))?;
    let client = client(provider, &found);
    let (state, nonce) = (CsrfToken::new(secrets.state.clone()), Nonce::new(secrets.nonce.clone()));
    let verifier = PkceCodeVerifier::new(secrets.verifier.clone());
    let mut request = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
        .add_scope(Scope::new("email".to_owned()))
        .add_scope(Scope::new("profile".to_owned()))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    if let Some(prompt) = options.prompt {
        request = request.add_prompt(match prompt {
            Prompt::Login => CoreAuthPrompt::Login,
            Prompt::SelectAccount => CoreAuthPrompt::SelectAccount,
        });
    }
    if let Some(seconds) = options.max_age {
        request = request.set_max_age(std::time::Duration::from_secs(seconds.into()));
    }
    let (url, _, _) = request.url();
    Ok(url)
}

/// Turns the answer into a person.
pub(super) async fn finish(
    provider: &Provider,
    directory: &Directory,
    pending: PendingLogin,
    callback: CallbackQuery,
    (http, clock): (&Fetch, &Clock),
) -> Result<SignedIn, OAuthError> {
    let found = directory.get().await.map_err(|reason| provider.unavailable(reason))?;
    check_issuer(callback.iss.as_deref(), &found)?;
    let code = callback.into_code(&provider.label)?;
    let nonce = Nonce::new(pending.nonce);
    let tokens = exchange(provider, &found, code, pending.verifier, http).await?;
    let id_token = tokens.id_token().ok_or_else(|| provider.bad_token("there is no ID token"))?;
    let expected = Expected {
        client_id: &provider.client_id,
        nonce: &nonce,
        access_token: tokens.access_token(),
        max_age: pending.max_age,
        now: clock.now(),
    };
    let claims = verify(provider, directory, &found, id_token, &expected).await?;
    let (email, name) = contact(provider, &found, &claims, tokens.access_token(), http).await?;
    Ok(SignedIn {
        provider: provider.id.clone(),
        subject: claims.subject,
        email,
        name: name.as_deref().and_then(clean_name),
        auth_time: claims.auth_time,
    })
}

/// RFC 9207 section 2.4: `iss` must be this provider's, and be there when the provider promises it.
fn check_issuer(iss: Option<&str>, found: &Discovered) -> Result<(), OAuthError> {
    match iss {
        Some(iss) if iss == found.issuer.as_str() => Ok(()),
        Some(_) => Err(OAuthError::Mismatch(Mismatch::Issuer)),
        None if found.promises_iss => Err(OAuthError::Mismatch(Mismatch::NoIssuer)),
        None => Ok(()),
    }
}

async fn exchange(
    provider: &Provider,
    found: &Discovered,
    code: String,
    verifier: String,
    http: &Fetch,
) -> Result<CoreTokenResponse, OAuthError> {
    client(provider, found)
        .exchange_code(AuthorizationCode::new(code))
        .set_pkce_verifier(PkceCodeVerifier::new(verifier))
        .request_async(http)
        .await
        .map_err(|error| provider.token_failure(error))
}

/// Verifies with the known keys, then once more with newer ones if no known key fits.
async fn verify(
    provider: &Provider,
    directory: &Directory,
    found: &Arc<Discovered>,
    token: &CoreIdToken,
    expected: &Expected<'_>,
) -> Result<Claims, OAuthError> {
    let reason = match id_token::verify(token, found, expected) {
        Ok(claims) => return Ok(claims),
        Err(Flaw::Claim(reason)) => return Err(provider.bad_token(reason)),
        Err(Flaw::Key(reason)) => reason,
    };
    let Some(newer) = directory.newer_than(found).await else { return Err(provider.bad_token(reason)) };
    id_token::verify(token, &newer, expected)
        .map_err(|(Flaw::Key(reason) | Flaw::Claim(reason))| provider.bad_token(reason))
}

/// E-mail and name: from the ID token, or from userinfo when the token has no e-mail (section 5.4).
async fn contact(
    provider: &Provider,
    found: &Discovered,
    claims: &Claims,
    access_token: &AccessToken,
    http: &Fetch,
) -> Result<(Option<ProviderEmail>, Option<String>), OAuthError> {
    let (None, Some(url)) = (&claims.email, &found.userinfo) else {
        return Ok((claims.email.clone(), claims.name.clone()));
    };
    let info: UserInfo = http
        .json(url, Some(access_token.secret()), "application/json")
        .await
        .map_err(|error| provider.fetch_failure("userinfo", error))?;
    if info.sub != claims.subject {
        // Section 5.3.4: the answer must not be used then.
        return Err(provider.bad_token("userinfo speaks of another sub"));
    }
    let email = ProviderEmail::from_claims(info.email.as_deref(), info.email_verified.as_ref());
    Ok((email, claims.name.clone().or(info.name)))
}

type Client = CoreClient<
    openidconnect::EndpointSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointSet,
    openidconnect::EndpointNotSet,
>;

fn client(provider: &Provider, found: &Discovered) -> Client {
    CoreClient::new(provider.client_id.clone(), found.issuer.clone(), found.keys.clone())
        .set_client_secret(provider.client_secret.clone())
        .set_auth_uri(found.authorize.clone())
        .set_token_uri(found.token.clone())
        .set_redirect_uri(provider.redirect.clone())
        .set_auth_type(found.auth_type.clone())
}
