//! What other features use: an app's tokens for its page, and the end of tokens with their maker or app.
//!
//! What may not happen here: a commit. The caller's change and the end of the tokens are one transaction, so the caller
//! commits these events with its own.

use crate::{
    auth::{
        guard::Can,
        scope::{OrgScope, OrgWrite},
    },
    clock::Instant,
    db::audit::{Audit as _, Event as Entry},
    error::Result,
    features::tokens::{
        events::Event,
        store::{self, Doomed, Which},
        views::{Card, Row},
    },
    ids::{AccountId, AppId},
    role::{ManageApps, Permission},
};

/// An app's deploy tokens, for its page.
///
/// # Errors
/// When the database does not answer.
pub async fn card<P: Permission>(
    db: &mut impl OrgScope,
    who: &Can<P>,
    app: &str,
    now: Instant,
) -> Result<Card> {
    let which = Which { app: Some(app.to_owned()), ..Which::default() };
    let tokens = store::in_org(db, who.account().id, which).await?;
    let org = &who.org().slug;
    Ok(Card {
        rows: tokens.iter().take(store::PAGE).map(|token| Row::of(who.account(), now, token)).collect(),
        make: if who.may::<ManageApps>() {
            format!("/orgs/{org}/apps/{app}/tokens/new")
        } else {
            String::new()
        },
        all: format!("/orgs/{org}/tokens"),
    })
}

/// The names of the tokens of this organization that somebody made and that would go with them.
///
/// # Errors
/// When the database does not answer.
pub async fn names_of_member(
    db: &mut impl OrgScope,
    me: AccountId,
    account: AccountId,
) -> Result<Vec<String>> {
    let which = Which { maker: Some(account), ..Which::default() };
    Ok(store::in_org(db, me, which).await?.into_iter().map(|token| token.name).collect())
}

/// Revokes the tokens of this organization that somebody made who leaves it, and says what to record.
///
/// # Errors
/// When the database does not answer.
pub async fn end_of_member<P: Permission>(
    db: &mut OrgWrite<'_, P>,
    account: AccountId,
) -> Result<Vec<Entry>> {
    revoke(db, Doomed { maker: Some(account), ..Doomed::default() }, "Its maker left.").await
}

/// Revokes the deploy tokens of an app that leaves this organization, and says what to record.
///
/// # Errors
/// When the database does not answer.
pub async fn end_of_app<P: Permission>(db: &mut OrgWrite<'_, P>, app: AppId) -> Result<Vec<Entry>> {
    revoke(db, Doomed { app: Some(app), ..Doomed::default() }, "Its app left.").await
}

async fn revoke<P: Permission>(db: &mut OrgWrite<'_, P>, doomed: Doomed, why: &str) -> Result<Vec<Entry>> {
    let revoked = store::revoke(db, doomed).await?;
    let event = |token| Event::Revoked { token, reason: Some(why.to_owned()) }.event();
    Ok(revoked.into_iter().map(event).collect())
}
