//! A fresh proof of who is asking, before what is hardest to take back: making somebody an owner of production, or a
//! token that changes it.
//!
//! What may not happen here: what was typed getting lost on the way to the provider and back.

use serde::Serialize;

use crate::{
    auth::return_to::ReturnTo, clock::Instant, db::context::Session, role::Role, web::form::FieldErrors,
};

/// A sign-in that is older than this is no fresh proof, in seconds.
const FRESH: i64 = 15 * 60;

/// Whether this act asks for a sign-in anew.
#[must_use]
pub fn is_needed(session: &Session, now: Instant, role: Role, production: bool) -> bool {
    production && role == Role::Owner && is_old(session, now)
}

/// Whether the sign-in is no fresh proof any more.
#[must_use]
pub fn is_old(session: &Session, now: Instant) -> bool {
    now > session.created_at.plus_seconds(FRESH)
}

/// The form comes back with the way to the door; from there it leads back to the form as it was filled in.
#[must_use]
pub fn asked(page: &str, form: &impl Serialize) -> FieldErrors {
    let filled = serde_html_form::to_string(form).map(|query| format!("{page}?{query}"));
    let filled = filled.unwrap_or_else(|_| page.to_owned());
    // What is too long to be carried is left behind rather than cut.
    let back = if ReturnTo::parse(&filled).as_str() == filled { filled.as_str() } else { page };
    let query = serde_html_form::to_string([("prove", "1"), ("return_to", back)]).unwrap_or_default();
    FieldErrors::prove(format!("/sign-in?{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_to_the_form_as_it_was_filled_in() {
        let asked = |reason: &str| {
            asked("/orgs/acme/team/x", &[("role", "owner"), ("reason", reason)]).prover().to_owned()
        };
        let way = "/sign-in?prove=1&return_to=%2Forgs%2Facme%2Fteam%2Fx";
        assert_eq!(asked("a b"), format!("{way}%3Frole%3Downer%26reason%3Da%2Bb"));
        assert_eq!(asked(&"x".repeat(3000)), way);
    }
}
