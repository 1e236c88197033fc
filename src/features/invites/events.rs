//! What can happen to an invitation.
//!
//! What may not happen here: an address in an event's fields: it is personal data and lies beside the chain.

use crate::{
    clock::Instant,
    db::audit::{Action, Audit, Category, Chain, Event as Entry},
    ids::{InvitationId, OrgId},
};

macro_rules! action {
    ($($(#[$doc:meta])* $vis:vis $name:ident = $key:literal, $sentence:literal;)+) => {$(
        $(#[$doc])*
        $vis static $name: Action = Action { name: $key, sentence: $sentence, category: Category::Access };
    )+};
}

action! {
    /// Somebody was invited.
    pub SENT = "org.invitation_sent", "{actor} invited {email} as {role}";
    /// The same offer was made again, with a new link.
    pub(super) RESENT = "org.invitation_resent", "{actor} invited {email} again as {role}";
    /// The mail went out.
    pub(super) MAILED = "org.invitation_mailed", "{actor} mailed the invitation to {email}";
    /// The mail did not go out and will not by itself.
    pub(super) MAIL_FAILED = "org.invitation_mail_failed", "{actor} could not mail the invitation to {email}: {error}";
    /// The invited person joined.
    pub(super) ACCEPTED = "org.invitation_accepted", "{actor} joined as {role}";
    /// The invited person declined.
    pub(super) DECLINED = "org.invitation_declined", "{actor} declined to join as {role}";
    /// An admin withdrew it.
    pub(super) REVOKED = "org.invitation_revoked", "{actor} withdrew the invitation of {email}";
    /// Nobody answered in time.
    pub(super) EXPIRED = "org.invitation_expired", "The invitation of {email} expired";
    /// The inviter may no longer give that role: an admin must approve.
    pub(super) HELD = "org.invitation_held", "The invitation of {email} as {role} waits for an admin: its inviter may no longer grant that";
    /// An admin made a held invitation their own.
    pub(super) APPROVED = "org.invitation_approved", "{actor} approved the invitation of {email} as {role}";
}

/// Every kind of event of this feature.
pub static ACTIONS: [&Action; 10] =
    [&SENT, &RESENT, &MAILED, &MAIL_FAILED, &ACCEPTED, &DECLINED, &REVOKED, &EXPIRED, &HELD, &APPROVED];

/// What happened to one invitation.
#[derive(Clone, Debug)]
pub struct Event {
    /// What.
    pub action: &'static Action,
    /// Where.
    pub org: OrgId,
    /// To which.
    pub id: InvitationId,
    /// The invited address.
    pub email: String,
    /// The role offered.
    pub role: String,
    /// Until when.
    pub ends_at: Option<Instant>,
    /// Why.
    pub reason: Option<String>,
    /// Why the mail failed.
    pub error: Option<String>,
}

impl Audit for Event {
    fn event(&self) -> Entry {
        let mut entry = Entry::new(Chain::Org(self.org), self.action)
            .target("invitation", self.id.uuid())
            .reason(self.reason.as_deref())
            .email(self.email.as_str())
            .change("role", (), self.role.as_str());
        if let Some(ends_at) = self.ends_at {
            entry = entry.change("ends_at", (), ends_at.to_string());
        }
        if let Some(error) = &self.error {
            entry = entry.change("error", (), error.as_str());
        }
        entry
    }
}
