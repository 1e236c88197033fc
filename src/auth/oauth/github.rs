//! Sign-in through GitHub, which speaks OAuth 2.0 with its own person data.
//!
//! What may not happen here: a login name used as identity; people rename theirs, and others take the old one.

use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope,
    TokenResponse as _, TokenUrl, basic::BasicClient,
};
use serde_json::Value;
use url::Url;

use super::{
    BeginOptions, Prompt,
    config::below,
    error::{Mismatch, OAuthError},
    http::{Fetch, FetchError},
    pending::{CallbackQuery, PendingLogin},
    provider::{Provider, Secrets},
    signed_in::{ProviderEmail, SignedIn, clean_name},
};

const JSON: &str = "application/vnd.github+json";

#[derive(serde::Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(serde::Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

/// The URL at GitHub that a sign-in starts with. Of the prompts, GitHub knows only the choice of account.
pub(super) fn begin(provider: &Provider, web: &Url, secrets: &Secrets, options: &BeginOptions) -> Url {
    let verifier = PkceCodeVerifier::new(secrets.verifier.clone());
    let client = BasicClient::new(provider.client_id.clone())
        .set_auth_uri(AuthUrl::from_url(below(web, "login/oauth/authorize")))
        .set_redirect_uri(provider.redirect.clone());
    let mut request = client
        .authorize_url(|| CsrfToken::new(secrets.state.clone()))
        .add_scope(Scope::new("read:user".to_owned()))
        .add_scope(Scope::new("user:email".to_owned()))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    if options.prompt == Some(Prompt::SelectAccount) {
        request = request.add_extra_param("prompt", "select_account");
    }
    let (url, _) = request.url();
    url
}

/// Turns the answer into a person: the numeric id, the primary address, the name or else the login.
pub(super) async fn finish(
    provider: &Provider,
    (web, api): (&Url, &Url),
    pending: PendingLogin,
    callback: CallbackQuery,
    http: &Fetch,
) -> Result<SignedIn, OAuthError> {
    check_issuer(callback.iss.as_deref(), web)?;
    let code = callback.into_code(&provider.label)?;
    let tokens = BasicClient::new(provider.client_id.clone())
        .set_client_secret(provider.client_secret.clone())
        .set_auth_type(AuthType::RequestBody)
        .set_token_uri(TokenUrl::from_url(below(web, "login/oauth/access_token")))
        .set_redirect_uri(provider.redirect.clone())
        .exchange_code(AuthorizationCode::new(code))
        .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier))
        .request_async(http)
        .await
        .map_err(|error| provider.token_failure(error))?;
    let token = tokens.access_token().secret();
    let user: User = http
        .json(&below(api, "user"), Some(token), JSON)
        .await
        .map_err(|error| provider.fetch_failure("user", error))?;
    if user.id == 0 {
        return Err(provider.bad_token("user: its id is zero"));
    }
    Ok(SignedIn {
        provider: provider.id.clone(),
        subject: user.id.to_string(),
        email: email(provider, api, token, http).await?,
        name: user.name.as_deref().and_then(clean_name).or_else(|| clean_name(&user.login)),
        auth_time: None,
    })
}

/// GitHub promises no `iss`. If one comes it must be on GitHub's own origin (RFC 9207 section 2.4).
fn check_issuer(iss: Option<&str>, web: &Url) -> Result<(), OAuthError> {
    let Some(iss) = iss else { return Ok(()) };
    let ours = Url::parse(iss).is_ok_and(|iss| iss.origin() == web.origin());
    if ours { Ok(()) } else { Err(OAuthError::Mismatch(Mismatch::Issuer)) }
}

/// The primary address, verified only if GitHub says so; without a primary one the first, unverified (OA-11).
async fn email(
    provider: &Provider,
    api: &Url,
    token: &str,
    http: &Fetch,
) -> Result<Option<ProviderEmail>, OAuthError> {
    let all: Vec<Address> = match http.json(&below(api, "user/emails"), Some(token), JSON).await {
        Ok(all) => all,
        // The person may have struck out this scope.
        Err(FetchError::Status(401 | 403 | 404)) => return Ok(None),
        Err(error) => return Err(provider.fetch_failure("user/emails", error)),
    };
    let chosen = all.iter().find(|address| address.primary).or(all.first());
    Ok(chosen.and_then(|chosen| {
        let verified = Value::Bool(chosen.primary && chosen.verified);
        ProviderEmail::from_claims(Some(&chosen.email), Some(&verified))
    }))
}
