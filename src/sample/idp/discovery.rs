//! What the provider says about itself: the discovery document and its public key.
//!
//! What may not happen here: promising what `authorize` and `token` do not keep.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use openidconnect::{
    AdditionalProviderMetadata, AuthUrl, JsonWebKeySetUrl, ProviderMetadata, ResponseTypes, Scope, TokenUrl,
    UserInfoUrl,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
        CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    },
};
use serde_json::{Map, Value};

use super::{Fault, Idp};
use crate::sample::SampleError;

/// Fields the core document does not have.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are those of the standards")]
struct Additions {
    authorization_response_iss_parameter_supported: bool,
    code_challenge_methods_supported: Vec<String>,
    prompt_values_supported: Vec<CoreAuthPrompt>,
    request_uri_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Additions {}

type Metadata = ProviderMetadata<
    Additions,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// `GET /.well-known/openid-configuration`
pub(super) async fn show(State(idp): State<Idp>) -> Result<Response, SampleError> {
    let mut document = serde_json::to_value(metadata(&idp)?).map_err(SampleError::new)?;
    if let Some(fields) = document.as_object_mut() {
        patch(fields, &idp);
    }
    Ok(Json(document).into_response())
}

/// `GET /jwks`
pub(super) async fn keys(State(idp): State<Idp>) -> Response {
    Json(CoreJsonWebKeySet::new(vec![idp.key().public()])).into_response()
}

fn metadata(idp: &Idp) -> Result<Metadata, SampleError> {
    let additions = Additions {
        authorization_response_iss_parameter_supported: true,
        code_challenge_methods_supported: vec!["S256".into()],
        prompt_values_supported: vec![
            CoreAuthPrompt::None,
            CoreAuthPrompt::Login,
            CoreAuthPrompt::Consent,
            CoreAuthPrompt::SelectAccount,
        ],
        request_uri_parameter_supported: false,
    };
    let claims = ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "name", "email", "email_verified"];
    Ok(Metadata::new(
        idp.0.issuer.clone(),
        AuthUrl::new(idp.url("/authorize")).map_err(SampleError::new)?,
        JsonWebKeySetUrl::new(idp.url("/jwks")).map_err(SampleError::new)?,
        vec![ResponseTypes::new(vec![CoreResponseType::Code])],
        vec![CoreSubjectIdentifierType::Public],
        vec![CoreJwsSigningAlgorithm::EdDsa],
        additions,
    )
    .set_token_endpoint(Some(TokenUrl::new(idp.url("/token")).map_err(SampleError::new)?))
    .set_userinfo_endpoint(Some(UserInfoUrl::new(idp.url("/userinfo")).map_err(SampleError::new)?))
    .set_scopes_supported(Some(["openid", "profile", "email"].map(|name| Scope::new(name.into())).into()))
    .set_response_modes_supported(Some(vec![CoreResponseMode::Query]))
    .set_grant_types_supported(Some(vec![CoreGrantType::AuthorizationCode]))
    .set_token_endpoint_auth_methods_supported(Some(vec![
        CoreClientAuthMethod::ClientSecretBasic,
        CoreClientAuthMethod::ClientSecretPost,
    ]))
    .set_claims_supported(Some(claims.map(|name| CoreClaimName::new(name.into())).into())))
}

fn patch(fields: &mut Map<String, Value>, idp: &Idp) {
    for fault in idp.faults().all() {
        match fault {
            Fault::Metadata(name, value) => replace(fields, name, value),
            Fault::PaddedDiscovery(bytes) => replace(fields, "padding", Some("x".repeat(bytes).into())),
            _ => {}
        }
    }
}

/// Sets a field, or takes it away.
pub(super) fn replace(fields: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => fields.insert(name.into(), value),
        None => fields.remove(name),
    };
}
