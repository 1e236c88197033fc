//! Time. One type for a moment, one source of "now" for the process.
//!
//! What may not happen here: reading a time zone from the machine. Deadlines that decide about access
//! (a grant's end, a session's limit) are compared by the database's clock, never by this one.

use std::sync::Arc;

use jiff::{Timestamp, Zoned, tz::TimeZone};
use sqlx::{
    Postgres, encode::IsNull, error::BoxDynError, postgres::PgArgumentBuffer, postgres::PgTypeInfo,
    postgres::PgValueRef,
};
use time::OffsetDateTime;

/// A moment in UTC with the precision of Postgres's `timestamptz`: one microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Instant(Timestamp);

impl Instant {
    /// The moment that many microseconds after 1970-01-01T00:00:00Z, or `None` beyond the year 9999.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        Timestamp::from_microsecond(micros).ok().map(Self)
    }

    /// Microseconds since 1970-01-01T00:00:00Z, as the audit log's canonical form writes them.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// The same moment on the calendar and clock of a zone.
    #[must_use]
    pub fn in_zone(self, zone: &TimeZone) -> Zoned {
        self.0.to_zoned(zone.clone())
    }

    /// The moment as jiff knows it, for arithmetic.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// This moment plus a number of seconds (negative: before), kept inside jiff's range.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(self.0))
    }
}

impl From<Timestamp> for Instant {
    fn from(moment: Timestamp) -> Self {
        // Postgres keeps microseconds; cutting here keeps a value equal to itself after a round trip.
        Self(Timestamp::from_microsecond(moment.as_microsecond()).unwrap_or(moment))
    }
}

impl std::fmt::Display for Instant {
    /// RFC 3339 in UTC, as `<time datetime>` wants it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl sqlx::Type<Postgres> for Instant {
    fn type_info() -> PgTypeInfo {
        <OffsetDateTime as sqlx::Type<Postgres>>::type_info()
    }
}

impl sqlx::postgres::PgHasArrayType for Instant {
    fn array_type_info() -> PgTypeInfo {
        <OffsetDateTime as sqlx::postgres::PgHasArrayType>::array_type_info()
    }
}

impl<'r> sqlx::Decode<'r, Postgres> for Instant {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let moment = <OffsetDateTime as sqlx::Decode<Postgres>>::decode(value)?;
        Ok(Self(Timestamp::from_nanosecond(moment.unix_timestamp_nanos())?))
    }
}

impl sqlx::Encode<'_, Postgres> for Instant {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(self.0.as_nanosecond())?;
        <OffsetDateTime as sqlx::Encode<Postgres>>::encode_by_ref(&moment, buffer)
    }
}

/// Where the process reads the time. Tests hand out their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Instant + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
        Self(Arc::new(|| Timestamp::now().into()))
    }

    /// A clock that answers whatever the function says.
    #[must_use]
    pub fn of(read: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Instant {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}
