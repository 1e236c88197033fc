//! How a test makes a sample service misbehave, and what that service counted.
//!
//! What may not happen here: a fault that a request can switch on. Only Rust code holds these handles.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The faults that are switched on; clones share one board. A fresh board is an honest service.
#[derive(Debug)]
pub struct Faults<F>(Arc<Mutex<Vec<F>>>);

impl<F: Clone> Faults<F> {
    /// Switches one fault on, beside those that already are.
    pub fn inject(&self, fault: F) -> &Self {
        lock(&self.0).push(fault);
        self
    }

    /// Switches every fault off.
    pub fn clear(&self) {
        lock(&self.0).clear();
    }

    /// What the first fault that `pick` knows says.
    pub(crate) fn find<T>(&self, pick: impl FnMut(&F) -> Option<T>) -> Option<T> {
        lock(&self.0).iter().find_map(pick)
    }

    /// Whether a fault that `pick` knows is on.
    pub(crate) fn on(&self, pick: impl FnMut(&F) -> bool) -> bool {
        lock(&self.0).iter().any(pick)
    }

    /// The faults at this moment, in the order they were switched on.
    pub(crate) fn all(&self) -> Vec<F> {
        lock(&self.0).clone()
    }
}

impl<F> Default for Faults<F> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<F> Clone for Faults<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Which endpoints were called, in order; clones share one record.
#[derive(Debug)]
pub struct Calls<E>(Arc<Mutex<Vec<E>>>);

impl<E: PartialEq> Calls<E> {
    /// How often an endpoint was called since the start or the last [`Calls::reset`].
    #[must_use]
    pub fn count(&self, endpoint: &E) -> usize {
        lock(&self.0).iter().filter(|called| *called == endpoint).count()
    }

    /// Counts from zero again.
    pub fn reset(&self) {
        lock(&self.0).clear();
    }

    pub(crate) fn note(&self, endpoint: E) {
        lock(&self.0).push(endpoint);
    }
}

impl<E> Default for Calls<E> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<E> Clone for Calls<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// The value behind a lock. A thread that panicked while holding it left a sample's data, not an invariant.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
