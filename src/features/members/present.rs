//! Turns what the store found into what a page says.
//!
//! What may not happen here: reading or writing rows, or showing a control that the route behind it would refuse.

use crate::{
    auth::{grants::Count, guard::Can},
    clock::Instant,
    features::{
        invites,
        members::{
            filter::{Filter, Lasting, Sort},
            form::{ChangeForm, ENDS},
            model::{Person, may_change},
            store::{Member, Removed},
            views::{Choice, Edit, FilterBar, Pending, RemovedLine, RoleChoice, Row},
        },
    },
    ids::AccountId,
    role::{ManageMembers, Permission, Role},
    web::{
        form::FieldErrors,
        frame::{environment, zone},
        shell::{Shell, counted, initials, tint},
        when::Zone,
    },
};

/// Why the last owner stays, beside a control that does nothing.
pub(super) const LAST_OWNER: &str =
    "the last owner without an end date cannot go. Make someone else an owner first.";

/// The address of the team.
pub(super) fn team<P>(who: &Can<P>) -> String {
    format!("/orgs/{}/team", who.org().slug)
}

/// The address of one person in it.
pub(super) fn person_url<P>(who: &Can<P>, account: AccountId) -> String {
    format!("{}/{account}", team(who))
}

/// Where a removal of this person is taken back.
pub(super) fn restoration_url<P>(who: &Can<P>, account: AccountId) -> String {
    format!("{}/restoration", person_url(who, account))
}

/// One line of the list.
pub(super) fn row<P: Permission>(who: &Can<P>, now: Instant, owners: i64, member: Member) -> Row {
    let zone = zone(who.account());
    let you = member.account == who.account().id;
    let last_owner = member.standing_owner && owners == 1;
    let url = person_url(who, member.account);
    let may = may_change(who.roles(), &member.roles);
    let founder = member.path == "created";
    Row {
        id: member.account.to_string(),
        initials: initials(&member.name),
        tint: tint(member.account.uuid()),
        name: member.name,
        email: member.email.unwrap_or_default(),
        you,
        rank: member.role.bars(),
        role: member.role.word(),
        end: member.ends_at.map(|end| zone.end(end, now)),
        goes_on: member.goes_on,
        granted_by: if founder {
            "Founder".into()
        } else {
            member.granted_by.unwrap_or_else(|| "Cordon".into())
        },
        granted_on: zone.date(member.granted_at, now),
        reason: member.reason.unwrap_or_default(),
        last_active: member.last_active.map(|at| zone.ago(at, now)),
        remove: if may && !you && !last_owner { format!("{url}/remove") } else { String::new() },
        edit: if may { url } else { String::new() },
        kept: if may && last_owner { "Last owner: stays".into() } else { String::new() },
    }
}

/// The filters as they are set.
pub(super) fn filter_bar(filter: &Filter, team: &str) -> FilterBar {
    let any = Choice { value: "any", label: "Any", checked: filter.role.is_none() };
    let role =
        |role: Role| Choice { value: role.key(), label: role.word(), checked: filter.role == Some(role) };
    let access = |access: Lasting| Choice {
        value: access.key(),
        label: access.word(),
        checked: filter.access == access,
    };
    FilterBar {
        q: filter.q.clone(),
        role: filter.role.map_or("Any", Role::word),
        roles: std::iter::once(any).chain(Role::ALL.map(role)).collect(),
        access: filter.access.word(),
        accesses: Lasting::ALL.map(access).into(),
        sort: filter.sort.key(),
        by_role: filter.sorted(Sort::Role).url(team, ""),
        by_name: filter.sorted(Sort::Name).url(team, ""),
        by_last_active: filter.sorted(Sort::LastActive).url(team, ""),
    }
}

/// A removal that the caller may take back.
pub(super) fn removed_line<P>(who: &Can<P>, now: Instant, removed: &Removed) -> RemovedLine {
    RemovedLine {
        name: removed.person.name.clone(),
        when: zone(who.account()).ago(removed.at, now),
        restore: restoration_url(who, removed.person.account),
    }
}

/// Somebody who was invited and has not joined.
pub(super) fn pending<P>(who: &Can<P>, now: Instant, invited: &invites::Row) -> Pending {
    let zone = zone(who.account());
    let role = Role::parse(&invited.role).unwrap_or(Role::Viewer);
    let expires = zone.end(invited.expires_at, now);
    Pending {
        email: invited.email.clone(),
        initials: initials(&invited.email),
        invited: format!("Invited by {}, {}", invited.inviter, zone.ago(invited.created_at, now).text),
        rank: role.bars(),
        role: role.word(),
        access: invited.ends_at.map_or("Standing".into(), |end| format!("Until {}", zone.date(end, now))),
        expires: if expires.past { "Expired".into() } else { expires.distance },
        soon: expires.soon || expires.past,
        url: if who.holds(ManageMembers::NEEDS) {
            format!("/orgs/{}/invites", who.org().slug)
        } else {
            String::new()
        },
    }
}

/// What is known when a form about one person is drawn.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) person: &'a Person,
    /// Who is inside.
    pub(super) count: Count,
    pub(super) now: Instant,
}

impl Scene<'_> {
    /// Whether this is the owner whom the organization cannot do without.
    pub(super) fn is_last_owner(&self) -> bool {
        self.person.is_standing_owner() && self.count.standing_owners == 1
    }
}

/// The form for another role or end.
pub(super) fn edit<P: Permission>(
    who: &Can<P>,
    shell: Shell,
    scene: &Scene<'_>,
    typed: &ChangeForm,
    errors: &FieldErrors,
) -> Edit {
    let person = scene.person;
    let me = person.account == who.account().id;
    let slug = &who.org().slug;
    let whose = if me { "your".to_owned() } else { format!("{}’s", person.name) };
    let roles = Role::ALL.into_iter().map(|role| RoleChoice {
        value: role.key(),
        label: role.word(),
        powers: role.powers(),
        rank: role.bars(),
        checked: typed.role == role.key(),
        disabled: !who.roles().may_grant(role) || (me && !person.roles().may(role.permissions())),
    });
    let ends = ENDS.map(|(value, label)| Choice { value, label, checked: typed.ends == value });
    let environment = environment(&who.org().environment);
    Edit {
        shell,
        environment,
        team: team(who),
        url: person_url(who, person.account),
        action: format!("{}/role", person_url(who, person.account)),
        title: format!("Change {whose} access to {slug}"),
        submit: format!("Change {whose} access to {slug}"),
        now: held(person, scene.now, &zone(who.account())),
        roles: roles.collect(),
        role_error: errors.of("role").into(),
        ends: ends.into(),
        ends_error: errors.of("ends").into(),
        date: typed.date.clone(),
        date_error: errors.of("date").into(),
        reason: typed.reason.clone(),
        reason_note: if environment.is_production() { "(required in production)" } else { "" },
        reason_error: errors.of("reason").into(),
        effect: effect(slug, scene, typed, &zone(who.account())),
        kept: if scene.is_last_owner() {
            format!("{} stays: {LAST_OWNER}", person.first_name())
        } else {
            String::new()
        },
        version: person.version().as_str().into(),
        both: errors.both().to_vec(),
        prover: errors.prover().into(),
    }
}

/// `Linus Member is a member, standing.`
fn held(person: &Person, now: Instant, zone: &Zone) -> String {
    format!("{} is {}.", person.name, holds(person, now, zone))
}

/// `a member, standing`
pub(super) fn holds(person: &Person, now: Instant, zone: &Zone) -> String {
    let each = person.holdings().map(|held| match held.ends_at {
        None => format!("{}, standing", held.role.phrase()),
        Some(end) => format!("{} until {}", held.role.phrase(), zone.end(end, now).exact),
    });
    each.collect::<Vec<_>>().join(", and ")
}

/// What somebody holds now beside what was chosen for them before they did.
pub(super) fn clash(scene: &Scene<'_>, typed: &ChangeForm, zone: &Zone) -> FieldErrors {
    let role = Role::parse(&typed.role).map_or("", Role::word);
    let until =
        |end: Option<Instant>| end.map_or("Standing".to_owned(), |end| zone.end(end, scene.now).exact);
    let chosen = match typed.ends.as_str() {
        "keep" | "" => "As it was".to_owned(),
        _ => typed.end(scene.person, scene.now).map_or(typed.date.clone(), until),
    };
    let top = &scene.person.top;
    FieldErrors::clash([
        ("Role", top.role.word().into(), role.into()),
        ("Access ends", until(top.ends_at), chosen),
    ])
}

/// What the change would do, in sentences; what is not chosen yet is left out.
pub(super) fn effect(slug: &str, scene: &Scene<'_>, typed: &ChangeForm, zone: &Zone) -> String {
    let person = scene.person;
    let have = if scene.count.people == 1 { "has" } else { "have" };
    let inside =
        format!("{} {have} access to {slug} after this.", counted(scene.count.people, "person", "people"));
    let Some(role) = Role::parse(&typed.role) else { return inside };
    let until = match typed.end(person, scene.now) {
        Ok(None) => ", without an end date".to_owned(),
        Ok(Some(end)) => format!(" until {}", zone.end(end, scene.now).exact),
        Err(_) => String::new(),
    };
    let was = person.roles();
    let owners = if role == Role::Owner && !was.contains(Role::Owner) {
        " That adds an owner, who may do everything."
    } else {
        " Nobody else becomes owner."
    };
    let rest = if person.others.is_empty() { "" } else { " It replaces everything that they hold now." };
    format!("{inside} {} is {}{until}.{owners}{rest}", person.first_name(), role.phrase())
}
