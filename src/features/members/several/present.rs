//! Turns several people into one sheet.
//!
//! What may not happen here: a choice that the route behind it would refuse for everybody.

use super::form::{SeveralForm, version};
use crate::{
    auth::{grants::Count, guard::Can},
    clock::Instant,
    features::members::{
        form::ENDS,
        model::Person,
        present::{holds, team},
        views::{Choice, Chosen, RoleChoice, Several},
    },
    role::{ManageMembers, Role},
    web::{
        form::FieldErrors,
        frame::{environment, zone},
        shell::{Shell, counted, initials, tint},
    },
};

/// What is known when the form is drawn.
pub(super) struct Scene<'a> {
    pub(super) people: &'a [Person],
    pub(super) count: Count,
    pub(super) now: Instant,
}

/// The sheet.
pub(super) fn sheet(
    who: &Can<ManageMembers>,
    shell: Shell,
    scene: &Scene<'_>,
    typed: &SeveralForm,
    errors: &FieldErrors,
) -> Several {
    let slug = &who.org().slug;
    let environment = environment(&who.org().environment);
    let whom = counted(scene.people.len(), "person", "people");
    let removes = typed.removes();
    let typed_role = if typed.role.is_empty() { "keep" } else { &typed.role };
    let keep = RoleChoice {
        value: "keep",
        label: "As it is",
        powers: "Everybody keeps the role they have.",
        rank: 0,
        checked: typed_role == "keep",
        disabled: false,
    };
    let roles = Role::ALL.into_iter().filter(|role| who.roles().may_grant(*role)).map(|role| RoleChoice {
        value: role.key(),
        label: role.word(),
        powers: role.powers(),
        rank: role.bars(),
        checked: typed_role == role.key(),
        disabled: false,
    });
    let typed_end = if typed.ends.is_empty() { "keep" } else { &typed.ends };
    let act = if removes { format!("Remove {whom} from {slug}") } else { format!("Change {whom} in {slug}") };
    Several {
        shell,
        environment,
        team: team(who),
        action: format!("{}/several", team(who)),
        act: if removes { "remove" } else { "change" },
        title: format!("{act}{}", if removes { "?" } else { "" }),
        submit: act,
        people: scene.people.iter().map(|person| chosen(who, scene, person)).collect(),
        error: errors.of("people").into(),
        roles: std::iter::once(keep).chain(roles).collect(),
        role_error: errors.of("role").into(),
        ends: ENDS.map(|(value, label)| Choice { value, label, checked: typed_end == value }).into(),
        ends_error: errors.of("ends").into(),
        date: typed.date.clone(),
        date_error: errors.of("date").into(),
        reason: typed.reason.clone(),
        reason_note: if environment.is_production() && !removes { "(required in production)" } else { "" },
        reason_error: errors.of("reason").into(),
        consequences: consequences(slug, scene),
        confirmation: if removes && environment.is_production() { slug.clone() } else { String::new() },
        purpose: format!("to remove {whom}"),
        confirm_error: errors.of("confirm").into(),
        version: version(scene.people).as_str().into(),
        both: errors.both().to_vec(),
        prover: errors.prover().into(),
    }
}

fn chosen(who: &Can<ManageMembers>, scene: &Scene<'_>, person: &Person) -> Chosen {
    Chosen {
        id: person.account.to_string(),
        name: person.name.clone(),
        initials: initials(&person.name),
        tint: tint(person.account.uuid()),
        holds: holds(person, scene.now, &zone(who.account())),
    }
}

fn consequences(slug: &str, scene: &Scene<'_>) -> Vec<String> {
    let they = if scene.people.len() == 1 { "That person loses" } else { "They lose" };
    let remain = scene.count.people.saturating_sub(scene.people.len());
    vec![
        format!("{they} access to {slug} now, on every device."),
        match remain {
            1 => format!("1 person remains in {slug}."),
            remain => format!("{remain} people remain in {slug}."),
        },
        "Tokens that they made here are revoked for good.".into(),
        "Apps keep running. You can restore the access of each for 10 minutes.".into(),
    ]
}

/// What they hold now, when it is not what they held as the form was drawn.
pub(super) fn clash(who: &Can<ManageMembers>, scene: &Scene<'_>, typed: &SeveralForm) -> FieldErrors {
    let zone = zone(who.account());
    let each =
        scene.people.iter().map(|person| format!("{} is {}", person.name, holds(person, scene.now, &zone)));
    let now = each.collect::<Vec<_>>().join("\n");
    let wanted = counted(typed.who.len(), "person", "people");
    let verb = if typed.removes() { "Remove" } else { "Change" };
    FieldErrors::clash([("Access", now, format!("{verb} {wanted}"))])
}
