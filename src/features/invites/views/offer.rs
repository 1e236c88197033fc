//! What the invited person's pages show.
//!
//! What may not happen here: a fact that whoever looks may not know yet; `Inner` is for the invited account alone.

use askama::Template;

use super::super::model::{self, Offer};
use crate::{
    clock::Instant,
    ids::AccountId,
    role::Role,
    web::{
        frame,
        shell::{Bare, Environment, Face, counted, initials, tint},
        text::masked_email,
        when::{End, When, Zone},
    },
};

/// The invited person's page.
#[derive(Template)]
#[template(path = "invites/show.html")]
pub(in super::super) struct Show {
    pub bare: Bare,
    pub slug: String,
    pub environment: Environment,
    pub role: &'static str,
    pub rank: u8,
    pub inviter: String,
    pub inviter_initials: String,
    pub inviter_tint: u8,
    pub made: When,
    pub masked: String,
    /// The address of the account that is signed in but not invited; empty otherwise.
    pub wrong: String,
    /// What only the invited account sees.
    pub inner: Option<Inner>,
}

/// What only the invited account sees.
pub(in super::super) struct Inner {
    pub reason: String,
    pub ends: Option<End>,
    pub expires: String,
    pub can: &'static [&'static str],
    pub cannot: &'static [&'static str],
    pub faces: Vec<Face>,
    pub growth: String,
    pub me: String,
    pub me_initials: String,
    pub me_tint: u8,
}

impl Show {
    /// What anybody with the link may see: the organization, the inviter, the role, the masked address.
    pub(in super::super) fn outside(offer: &Offer, zone: &Zone, now: Instant) -> Self {
        let environment = frame::environment(&offer.environment);
        let role = Role::parse(&offer.role).unwrap_or(Role::Viewer);
        let word = offer.environment.as_str();
        let band = if environment.is_production() {
            "This invitation is for production. What you change there reaches customers.".to_owned()
        } else {
            format!("This invitation is for {word}.")
        };
        Self {
            bare: Bare { environment: Some(environment), band, ..Bare::default() },
            slug: offer.slug.clone(),
            environment,
            role: role.word(),
            rank: role.bars(),
            inviter: offer.inviter_name.clone(),
            inviter_initials: initials(&offer.inviter_name),
            inviter_tint: tint(offer.inviter.uuid()),
            made: zone.ago(offer.created_at, now),
            masked: masked_email(&offer.email),
            wrong: String::new(),
            inner: None,
        }
    }
}

impl Inner {
    /// What the invited account sees beside that: who is inside, what it may do there.
    pub(in super::super) fn of(
        offer: &Offer,
        (people, total): (Vec<(AccountId, String)>, usize),
        me: (AccountId, String),
        zone: &Zone,
        now: Instant,
    ) -> Self {
        let face = |name: &str, id: uuid::Uuid, joining| Face {
            name: name.split(' ').next().unwrap_or_default().to_owned(),
            initials: initials(name),
            tint: tint(id),
            note: String::new(),
            joining,
        };
        let mut faces: Vec<Face> = people.iter().map(|(id, name)| face(name, id.uuid(), false)).collect();
        faces.push(Face { name: "You".into(), ..face(&me.1, me.0.uuid(), true) });
        let (can, cannot) = model::powers(Role::parse(&offer.role).unwrap_or(Role::Viewer));
        Self {
            reason: offer.reason.clone().unwrap_or_default(),
            ends: offer.ends_at.map(|at| zone.end(at, now)),
            expires: zone.end(offer.expires_at, now).exact,
            can,
            cannot,
            faces,
            growth: format!("With you, {} access.", counted(total + 1, "person has", "people have")),
            me: offer.email.clone(),
            me_initials: initials(&me.1),
            me_tint: tint(me.0.uuid()),
        }
    }
}

/// An invitation that cannot be answered.
#[derive(Template)]
#[template(path = "invites/over.html")]
pub(in super::super) struct Over {
    pub bare: Bare,
    pub heading: String,
    pub sentence: String,
    pub url: String,
    pub label: String,
}
