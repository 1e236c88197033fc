//! Invitations, roles, ends.
//!
//! What may not happen here: a grant changed in place beyond its revocation.

use anyhow::Context as _;

use super::{Stage, action, moment};
use crate::{
    clock::Instant,
    db::audit::{Chain, Event},
    ids::{AccountId, GrantId, InvitationId},
    role::Role,
    sample::data::{
        members::Membership,
        story::{Invitation, LINK_SECONDS},
    },
};

impl Stage<'_> {
    pub(super) async fn invite(&mut self, new: &Invitation, sent: Instant) -> anyhow::Result<Event> {
        let id = InvitationId::new();
        let (org, by) = (self.org(new.org)?, self.account(new.by)?);
        sqlx::query!(
            "insert into invitations (id, org_id, email, role, access_ends_at, reason, invited_by, link_seconds, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            id.uuid(),
            org.uuid(),
            new.email,
            new.role.key(),
            new.until as Option<Instant>,
            new.reason,
            by.uuid(),
            LINK_SECONDS,
            sent.plus_seconds(LINK_SECONDS.into()) as Instant
        )
        .execute(self.db.connection())
        .await?;
        self.invitations.insert(new.number, id);
        Ok(self.about(new, "org.invitation_sent")?.reason(new.reason))
    }

    pub(super) async fn mail(&mut self, sent: &Invitation) -> anyhow::Result<Event> {
        let id = self.invitation(sent)?;
        sqlx::query!("update invitations set mail_state = 'sent' where id = $1", id.uuid())
            .execute(self.db.connection())
            .await?;
        self.about(sent, "org.invitation_mailed")
    }

    pub(super) async fn join(&mut self, offer: &Invitation, who: &'static str) -> anyhow::Result<Event> {
        let account = self.account(who)?;
        self.decide(offer, "joined", Some(account)).await?;
        let (grant, org, by) = (GrantId::new(), self.org(offer.org)?, self.account(offer.by)?);
        sqlx::query!(
            "insert into grants (id, org_id, account_id, role, path, reason, granted_by, ends_at)
             values ($1, $2, $3, $4, 'invitation', $5, $6, $7)",
            grant.uuid(),
            org.uuid(),
            account.uuid(),
            offer.role.key(),
            offer.reason,
            by.uuid(),
            offer.until as Option<Instant>
        )
        .execute(self.db.connection())
        .await?;
        self.grants.insert((offer.org, who), grant);
        Ok(self.about(offer, "org.invitation_accepted")?.reason(offer.reason))
    }

    pub(super) async fn withdraw(&mut self, offer: &Invitation) -> anyhow::Result<Event> {
        let by = self.account(offer.by)?;
        self.decide(offer, "withdrawn", Some(by)).await?;
        self.about(offer, "org.invitation_revoked")
    }

    /// Puts another grant in the place of the one that somebody has.
    pub(super) async fn change(&mut self, one: &Membership, until: Option<Instant>) -> anyhow::Result<Event> {
        let change = one.change.context("nothing changes")?;
        let (org, account, by) = (self.org(one.org)?, self.account(one.who)?, self.account(change.by)?);
        let (old, new) = (self.grant(one)?, GrantId::new());
        self.revoke(old, by).await?;
        sqlx::query!(
            "insert into grants (id, org_id, account_id, role, path, reason, granted_by, ends_at, replaces)
             values ($1, $2, $3, $4, 'invitation', $5, $6, $7, $8)",
            new.uuid(),
            org.uuid(),
            account.uuid(),
            change.role.key(),
            change.reason,
            by.uuid(),
            until as Option<Instant>,
            old.uuid()
        )
        .execute(self.db.connection())
        .await?;
        self.grants.insert((one.org, one.who), new);
        let before = one.until.map(|day| self.calendar.end(day)).transpose()?;
        let name =
            if one.role == change.role { "org.member_access_end_changed" } else { "org.member_role_changed" };
        let mut event = Event::new(Chain::Org(org), action(name)?)
            .target("account", account.uuid())
            .reason(Some(change.reason));
        if one.role != change.role {
            event = event.change("role", one.role.key(), change.role.key());
        }
        if before != until {
            event = event.change("ends_at", moment(before), moment(until));
        }
        Ok(event)
    }

    /// Ends somebody's access: they left, or were removed.
    pub(super) async fn end(&mut self, one: &Membership) -> anyhow::Result<Event> {
        let (_, by) = one.end.context("nothing ends")?;
        let (org, account) = (self.org(one.org)?, self.account(one.who)?);
        let grant = self.grant(one)?;
        let by_account = self.account(by)?;
        self.revoke(grant, by_account).await?;
        let name = if by == one.who { "org.member_left" } else { "org.member_removed" };
        let (role, until) = self.terms(one)?;
        let event = Event::new(Chain::Org(org), action(name)?).target("account", account.uuid()).change(
            "role",
            role.key(),
            (),
        );
        Ok(if until.is_some() { event.change("ends_at", moment(until), ()) } else { event })
    }

    /// Role and end that somebody had last.
    fn terms(&self, one: &Membership) -> anyhow::Result<(Role, Option<Instant>)> {
        let (role, until) = one.change.map_or((one.role, one.until), |change| (change.role, change.until));
        Ok((role, until.map(|day| self.calendar.end(day)).transpose()?))
    }

    async fn revoke(&mut self, grant: GrantId, by: AccountId) -> anyhow::Result<()> {
        sqlx::query!(
            "update grants set revoked_at = cordon_now(), revoked_by = $2 where id = $1",
            grant.uuid(),
            by.uuid()
        )
        .execute(self.db.connection())
        .await?;
        Ok(())
    }

    async fn decide(&mut self, offer: &Invitation, state: &str, by: Option<AccountId>) -> anyhow::Result<()> {
        let id = self.invitation(offer)?;
        sqlx::query!(
            "update invitations set state = $2, opened_at = case when $2 = 'joined' then cordon_now() end,
               decided_at = cordon_now(), decided_by = $3 where id = $1",
            id.uuid(),
            state,
            by.map(AccountId::uuid)
        )
        .execute(self.db.connection())
        .await?;
        Ok(())
    }

    /// An event about an invitation.
    fn about(&self, one: &Invitation, name: &'static str) -> anyhow::Result<Event> {
        let event = Event::new(Chain::Org(self.org(one.org)?), action(name)?)
            .target("invitation", self.invitation(one)?.uuid())
            .email(one.email.as_str())
            .change("role", (), one.role.key());
        Ok(if one.until.is_some() { event.change("ends_at", (), moment(one.until)) } else { event })
    }

    fn invitation(&self, one: &Invitation) -> anyhow::Result<InvitationId> {
        self.invitations.get(&one.number).copied().context("the invitation was not sent yet")
    }

    fn grant(&self, one: &Membership) -> anyhow::Result<GrantId> {
        let found = self.grants.get(&(one.org, one.who)).copied();
        found.with_context(|| format!("{} is not in {} yet", one.who, one.org))
    }
}
