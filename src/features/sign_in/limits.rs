//! How often one address may start a sign-in, and how often it may fail one.
//!
//! What may not happen here: a limit on sign-ins that succeed; a whole office may share one address.

use std::num::NonZeroU32;

use crate::{clock::Clock, web::limit::PerAddress};

const STARTS: NonZeroU32 = NonZeroU32::new(30).unwrap();
const FAILURES: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// The door's limits, per minute and address.
#[derive(Clone, Debug)]
pub struct Limits {
    pub(super) starts: PerAddress,
    pub(super) failures: PerAddress,
}

impl Limits {
    /// Limits that have seen nobody yet.
    #[must_use]
    pub fn new(clock: &Clock) -> Self {
        Self {
            starts: PerAddress::per_minute(STARTS, clock),
            failures: PerAddress::per_minute(FAILURES, clock),
        }
    }
}
