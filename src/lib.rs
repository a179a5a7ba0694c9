//! Mandorla: compare notes on sensitive indicators and see only what overlaps.

pub mod charter;
#[cfg(feature = "net")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "net")]
pub mod client;
#[cfg(feature = "net")]
pub mod clock;
pub mod custody;
pub mod home;
pub mod identity;
pub mod indicator;
pub mod ingest;
pub mod list;
#[cfg(feature = "net")]
pub mod matcher;
pub mod matching;
pub mod report;
pub mod round;
pub mod secret;
#[cfg(feature = "net")]
pub mod store;
pub mod stream;
pub mod tag;
pub mod transcript;
#[cfg(feature = "net")]
pub mod transport;
#[cfg(feature = "net")]
pub mod wire;
