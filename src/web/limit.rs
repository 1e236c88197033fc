//! How often one network address, or one token, may do something.
//!
//! What may not happen here: a wait that grows with more tries, or a table of callers that grows without end.

use std::{hash::Hash, net::IpAddr, num::NonZeroU32, sync::Arc};

use governor::{
    Quota, RateLimiter, middleware::NoOpMiddleware, nanos::Nanos, state::keyed::DashMapStateStore,
};

use crate::{
    clock::Clock,
    db::token::TokenHash,
    error::{Error, Result},
};

/// With more callers than this, those that could start afresh are forgotten.
const MANY: usize = 10_000;

/// What counts as one address: an IPv4 address, the first 64 bits of an IPv6 address, or all that are unknown.
type Address = Option<IpAddr>;

/// So many per minute and address; clones count together.
#[derive(Clone, Debug)]
pub struct PerAddress(Counter<Address>);

/// So many per minute and token; clones count together.
#[derive(Clone, Debug)]
pub struct PerToken(Counter<TokenHash>);

impl PerAddress {
    /// A limit that has seen nobody yet.
    #[must_use]
    pub fn per_minute(most: NonZeroU32, clock: &Clock) -> Self {
        Self(Counter::per_minute(most, clock))
    }

    /// Counts one try.
    ///
    /// # Errors
    /// [`Error::TooMany`] with the seconds to wait.
    pub fn count(&self, address: Option<&str>) -> Result<()> {
        self.0.count(&key(address))
    }
}

impl PerToken {
    /// A limit that has seen no token yet.
    #[must_use]
    pub fn per_minute(most: NonZeroU32, clock: &Clock) -> Self {
        Self(Counter::per_minute(most, clock))
    }

    /// Counts one request.
    ///
    /// # Errors
    /// [`Error::TooMany`] with the seconds to wait.
    pub fn count(&self, token: &TokenHash) -> Result<()> {
        self.0.count(token)
    }
}

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, Wall, NoOpMiddleware<Nanos>>;

#[derive(Clone)]
struct Counter<K: Clone + Hash + Eq> {
    limiter: Arc<Limiter<K>>,
    clock: Wall,
}

impl<K: Clone + Hash + Eq> Counter<K> {
    fn per_minute(most: NonZeroU32, clock: &Clock) -> Self {
        let clock = Wall(clock.clone());
        let limiter = RateLimiter::new(Quota::per_minute(most), DashMapStateStore::default(), clock.clone());
        Self { limiter: Arc::new(limiter), clock }
    }

    fn count(&self, key: &K) -> Result<()> {
        if self.limiter.len() > MANY {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).map_err(|refusal| {
            let wait = refusal.wait_time_from(governor::clock::Clock::now(&self.clock));
            Error::TooMany(wait.as_secs().saturating_add(1))
        })
    }
}

impl<K: Clone + Hash + Eq> std::fmt::Debug for Counter<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Counter").field("callers", &self.limiter.len()).finish_non_exhaustive()
    }
}

fn key(address: Option<&str>) -> Address {
    let address: IpAddr = address?.parse().ok()?;
    Some(match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => std::net::Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    })
}

/// The application's clock as governor reads it.
#[derive(Clone, Debug)]
struct Wall(Clock);

impl governor::clock::Clock for Wall {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(u64::try_from(self.0.now().micros()).unwrap_or(0).saturating_mul(1_000))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;
    use crate::clock::Instant;

    fn limit(most: u32) -> (PerAddress, Arc<AtomicI64>) {
        let seconds = Arc::new(AtomicI64::new(1_000_000));
        let read = Arc::clone(&seconds);
        let clock =
            Clock::of(move || Instant::from_micros(read.load(Ordering::Relaxed) * 1_000_000).unwrap());
        (PerAddress::per_minute(NonZeroU32::new(most).unwrap(), &clock), seconds)
    }

    #[test]
    fn so_many_pass_and_the_next_waits_as_long_as_it_is_told() {
        let (limit, seconds) = limit(30);
        for _ in 0..30 {
            limit.count(Some("192.0.2.1")).unwrap();
        }
        let Err(Error::TooMany(wait)) = limit.count(Some("192.0.2.1")) else { panic!("31 passed") };
        assert!((1..=3).contains(&wait), "{wait}");
        limit.count(Some("192.0.2.2")).unwrap();
        seconds.fetch_add(i64::try_from(wait).unwrap(), Ordering::Relaxed);
        limit.count(Some("192.0.2.1")).unwrap();
    }

    #[test]
    fn a_caller_is_an_ipv4_address_or_a_64_bit_prefix() {
        for (one, other, same) in [
            (Some("2001:db8:1:2::1"), Some("2001:db8:1:2:ffff::9"), true),
            (Some("2001:db8:1:2::1"), Some("2001:db8:1:3::1"), false),
            (Some("::ffff:192.0.2.1"), Some("192.0.2.1"), true),
            (None, Some("somewhere"), true),
            (None, Some("192.0.2.1"), false),
        ] {
            let (limit, _) = limit(1);
            limit.count(one).unwrap();
            assert_eq!(limit.count(other).is_err(), same, "{one:?} {other:?}");
        }
    }
}
