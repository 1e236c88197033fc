//! Roles and permissions: the one table that pages, guards, previews and tests read.
//!
//! What may not happen here: a second opinion elsewhere. A page that hides a button asks [`Roles::may`], as the guard does.

use bitflags::bitflags;

bitflags! {
    /// What may be done in an organization. One bit each, so that a role is a set and "contained in" is one operation.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
    pub struct Permissions: u32 {
        /// See the organization, its team and its billing contact.
        const VIEW_ORG = 1;
        /// See apps, networks, token names and the audit log.
        const VIEW_INSIDE = 1 << 1;
        /// Create, edit and delete apps.
        const MANAGE_APPS = 1 << 2;
        /// Invite, change roles, set end dates, remove.
        const MANAGE_MEMBERS = 1 << 3;
        /// Create and delete networks, and say which app may be reached from which.
        const MANAGE_NETWORKS = 1 << 4;
        /// See network addresses in the audit log.
        const SEE_ADDRESSES = 1 << 5;
        /// Name, description and policy of the organization.
        const MANAGE_SETTINGS = 1 << 6;
        /// See bills.
        const VIEW_BILLING = 1 << 7;
        /// Plan, payment method, payer.
        const MANAGE_BILLING = 1 << 8;
        /// Environment, owners, deletion.
        const OWN_ORG = 1 << 9;
        /// Move apps to another organization; needed in both.
        const MOVE_APPS = 1 << 12;
        /// Record releases of apps: all that a deploy token may do, for its one app.
        const DEPLOY = 1 << 10;
        /// Make and revoke tokens of the whole organization.
        const MANAGE_TOKENS = 1 << 11;
    }
}

impl Permissions {
    /// Their names, as the route table and the API write them.
    #[must_use]
    pub fn keys(self) -> Vec<String> {
        self.iter_names().map(|(name, _)| name.to_ascii_lowercase().replace('_', "-")).collect()
    }
}

/// A role that a grant gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees bills and pays them; beside the others.
    Billing,
    /// Sees everything inside, changes nothing.
    Viewer,
    /// Runs apps.
    Member,
    /// Also runs the team.
    Admin,
    /// Everything.
    Owner,
}

impl Role {
    /// Every role, from the most to the least.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Admin, Self::Member, Self::Viewer, Self::Billing];

    /// What the role may do (PRODUCT section 2).
    #[must_use]
    pub const fn permissions(self) -> Permissions {
        use Permissions as P;
        let viewer = P::VIEW_ORG.union(P::VIEW_INSIDE);
        let member = viewer.union(P::MANAGE_APPS).union(P::DEPLOY);
        let admin = member
            .union(P::MANAGE_MEMBERS)
            .union(P::MANAGE_NETWORKS)
            .union(P::MOVE_APPS)
            .union(P::MANAGE_TOKENS)
            .union(P::SEE_ADDRESSES)
            .union(P::MANAGE_SETTINGS)
            .union(P::VIEW_BILLING);
        match self {
            Self::Owner => P::all(),
            Self::Admin => admin,
            Self::Member => member,
            Self::Viewer => viewer,
            Self::Billing => P::VIEW_ORG.union(P::VIEW_BILLING).union(P::MANAGE_BILLING),
        }
    }

    /// As the database and forms spell it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Viewer => "viewer",
            Self::Billing => "billing",
        }
    }

    /// As a page writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Admin => "Admin",
            Self::Member => "Member",
            Self::Viewer => "Viewer",
            Self::Billing => "Billing",
        }
    }

    /// With its article, inside a sentence: "an admin".
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Owner => "an owner",
            Self::Admin => "an admin",
            Self::Member => "a member",
            Self::Viewer => "a viewer",
            Self::Billing => "a billing contact",
        }
    }

    /// What the role can do, in one line for forms, invitations and mails.
    #[must_use]
    pub const fn powers(self) -> &'static str {
        match self {
            Self::Owner => "Everything, including billing and deleting the organization.",
            Self::Admin => "Also invites people, changes roles and edits settings.",
            Self::Member => "Adds, edits and removes apps. Sees the audit log.",
            Self::Viewer => "Sees apps, the team and the audit log. Changes nothing.",
            Self::Billing => "Sees bills and the team, and pays. Sees no apps.",
        }
    }

    /// How many of the four bars beside the word are filled.
    #[must_use]
    pub const fn bars(self) -> u8 {
        match self {
            Self::Owner => 4,
            Self::Admin => 3,
            Self::Member => 2,
            Self::Viewer => 1,
            Self::Billing => 0,
        }
    }

    /// The role of that name in a form or a row.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == key)
    }
}

/// The live roles of one account in one organization: their union decides.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct Roles(Vec<Role>);

impl Roles {
    /// The union of what the roles may do.
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        self.0.iter().fold(Permissions::empty(), |all, role| all | role.permissions())
    }

    /// Whether all of these permissions are held.
    #[must_use]
    pub fn may(&self, wanted: Permissions) -> bool {
        self.permissions().contains(wanted)
    }

    /// Whether this role may be given, changed or taken: its set must be contained in the caller's own, and the caller
    /// must manage members. Granting owner takes [`Permissions::OWN_ORG`], which only an owner's set contains.
    #[must_use]
    pub fn may_grant(&self, role: Role) -> bool {
        self.may(Permissions::MANAGE_MEMBERS) && self.may(role.permissions())
    }

    /// The role that a page names: the highest.
    #[must_use]
    pub fn highest(&self) -> Option<Role> {
        self.0.iter().copied().max()
    }

    /// Whether this role is among them.
    #[must_use]
    pub fn contains(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// Whether no grant is live.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}

/// What a token may do at most. What it may do is this and its maker's roles, whichever is less, at every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Look at one app and record its releases.
    Deploy,
    /// Look at everything a viewer sees.
    Read,
    /// What a member may.
    Member,
    /// What an admin may.
    Admin,
    /// All that the maker may.
    Full,
}

impl Scope {
    /// The most that a token of this scope may do.
    #[must_use]
    pub const fn permissions(self) -> Permissions {
        match self {
            Self::Deploy => Permissions::VIEW_INSIDE.union(Permissions::DEPLOY),
            Self::Read => Role::Viewer.permissions(),
            Self::Member => Role::Member.permissions(),
            Self::Admin => Role::Admin.permissions(),
            Self::Full => Permissions::all(),
        }
    }

    /// As the database and forms spell it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Read => "read",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Full => "full",
        }
    }
}

macro_rules! permission {
    ($($(#[$doc:meta])* $name:ident = $set:expr, $key:literal, $phrase:literal, $least:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;
        impl sealed::Sealed for $name {}
        impl Permission for $name {
            const NEEDS: Permissions = $set;
            const KEY: &'static str = $key;
            const PHRASE: &'static str = $phrase;
            const LEAST: Role = $least;
        }
    )+};
}

mod sealed {
    pub trait Sealed {}
}

/// A permission as a type: what `Can<P>` proves and what a store's write demands.
pub trait Permission: sealed::Sealed + Send + Sync + 'static {
    /// The bits that must be held.
    const NEEDS: Permissions;
    /// As the route table writes it.
    const KEY: &'static str;
    /// "You cannot … this organization"; the verb phrase of the 403 page.
    const PHRASE: &'static str;
    /// The least role that holds it.
    const LEAST: Role;
    /// A page asks by itself, without a person: it draws no frame and does not count as somebody being there.
    const BY_ITSELF: bool = false;
    /// A service asks before everything that it does: no limit on how often.
    const OFTEN: bool = false;
}

/// See whether something changed in a list that stands open.
#[derive(Clone, Copy, Debug)]
pub struct WatchInside;
impl sealed::Sealed for WatchInside {}
impl Permission for WatchInside {
    const NEEDS: Permissions = Permissions::VIEW_INSIDE;
    const KEY: &'static str = "view-inside";
    const PHRASE: &'static str = "look inside";
    const LEAST: Role = Role::Viewer;
    const BY_ITSELF: bool = true;
}

/// Ask whether a token that one was shown is good in an organization.
#[derive(Clone, Copy, Debug)]
pub struct Introspect;
impl sealed::Sealed for Introspect {}
impl Permission for Introspect {
    const NEEDS: Permissions = Permissions::VIEW_INSIDE;
    const KEY: &'static str = "view-inside";
    const PHRASE: &'static str = "look inside";
    const LEAST: Role = Role::Viewer;
    const OFTEN: bool = true;
}

permission! {
    /// See the organization and its team.
    ViewOrg = Permissions::VIEW_ORG, "view-org", "see", Role::Viewer;
    /// See apps and the audit log.
    ViewInside = Permissions::VIEW_INSIDE, "view-inside", "look inside", Role::Viewer;
    /// Create, edit, delete apps.
    ManageApps = Permissions::MANAGE_APPS, "manage-apps", "change apps in", Role::Member;
    /// Move apps away from here, or to here.
    MoveApps = Permissions::MOVE_APPS, "move-apps", "move apps in or out of", Role::Admin;
    /// Invite, change roles, set end dates, remove.
    ManageMembers = Permissions::MANAGE_MEMBERS, "manage-members", "change who is in", Role::Admin;
    /// Create and delete networks, and the ways between them.
    ManageNetworks = Permissions::MANAGE_NETWORKS, "manage-networks", "change the networks of", Role::Admin;
    /// Record a release of an app.
    Deploy = Permissions::DEPLOY, "deploy", "deploy apps in", Role::Member;
    /// Make and revoke tokens of the organization.
    ManageTokens = Permissions::MANAGE_TOKENS, "manage-tokens", "make or revoke tokens of", Role::Admin;
    /// Name and description.
    ManageSettings = Permissions::MANAGE_SETTINGS, "manage-settings", "change the settings of", Role::Admin;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_contains_the_next() {
        let order = [Role::Owner, Role::Admin, Role::Member, Role::Viewer];
        for pair in order.windows(2) {
            assert!(pair[0].permissions().contains(pair[1].permissions()), "{pair:?}");
            assert_ne!(pair[0].permissions(), pair[1].permissions());
        }
    }

    #[test]
    fn nobody_grants_what_is_not_contained_in_their_own() {
        let admin = Roles::from_iter([Role::Admin]);
        assert!(admin.may_grant(Role::Admin) && admin.may_grant(Role::Viewer));
        assert!(!admin.may_grant(Role::Owner));
        assert!(!admin.may_grant(Role::Billing), "billing may pay, an admin may not");
        assert!(!Roles::from_iter([Role::Member]).may_grant(Role::Viewer));
        assert!(Roles::from_iter([Role::Owner]).may_grant(Role::Billing));
    }
}
