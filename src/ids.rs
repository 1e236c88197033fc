//! Identifiers and secrets: the only place that draws random numbers.
//!
//! What may not happen here: an id that says something about its row, or one id type standing for another.

use rand::TryRngCore as _;
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id: version 7, so that rows made together lie together.
            #[must_use]
            #[expect(clippy::new_without_default, reason = "an id without a row is not a sensible default")]
            pub fn new() -> Self {
                #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
                Self(Uuid::now_v7())
            }

            /// The plain UUID, as a query's parameter.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

id! {
    /// One person.
    AccountId,
    /// One organization; also the id of its audit chain.
    OrgId,
    /// A group of organizations of one product.
    ProjectId,
    /// One role for one account in one organization over a span of time.
    GrantId,
    /// A mailed offer of a grant.
    InvitationId,
    /// One app.
    AppId,
    /// One private network.
    NetworkId,
    /// A way into an app from another network.
    ExposureId,
    /// One release of an app.
    ReleaseId,
    /// One token.
    TokenId,
    /// (provider, subject) at an OAuth or OIDC provider.
    IdentityId,
    /// The public name of a session, for listing and ending it. Not the secret in the cookie.
    SessionId,
    /// One HTTP request, in logs, error pages and audit events.
    RequestId,
}

/// `N` bytes from the operating system's generator.
///
/// # Errors
/// When the operating system gives no random bytes; nothing secret may be made then.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], rand::rand_core::OsError> {
    let mut bytes = [0; N];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes)
}
