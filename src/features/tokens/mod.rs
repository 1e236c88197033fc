//! Tokens: keys for machines.
//!
//! What may not happen here: a token on a page twice, or one that does more than its maker may now. The form of a token
//! is `auth::token`'s, the check at every request `auth::bearer`'s.

mod api;
mod store;

use crate::web::routes::{Api, ApiOrg, Routes};

/// What a program may ask about the token that it holds.
#[must_use]
pub fn api() -> Routes<Api> {
    Routes::api().get("/token", api::show)
}

/// What a program may ask about a token that it was shown.
#[must_use]
pub fn api_in_org() -> Routes<ApiOrg> {
    Routes::api_in_org().post("/introspect", api::introspect, &[])
}
