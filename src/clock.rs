//! The time, injected: tests turn it, servers and clients read the system's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

#[cfg(feature = "net")]
use jiff::Timestamp;

/// A time for people: `2026-11-22 14:03 UTC`.
#[cfg(feature = "net")]
pub fn time_in_words(seconds: u64) -> String {
    let timestamp = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    timestamp.map_or_else(|| "beyond the calendar".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// Seconds since 1970, UTC. Clones tell the same time.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Set(Arc<AtomicU64>),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is turned.
    pub fn set(now: u64) -> Self {
        Self(Source::Set(Arc::new(AtomicU64::new(now))))
    }

    /// The time.
    pub fn now(&self) -> u64 {
        match &self.0 {
            Source::System => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()),
            Source::Set(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Turns a clock that was set, by so many seconds; the system's goes as it goes.
    pub fn advance(&self, seconds: u64) {
        if let Source::Set(now) = &self.0 {
            now.fetch_add(seconds, Ordering::SeqCst);
        }
    }
}
