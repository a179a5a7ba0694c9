//! Mandorla: compare notes on sensitive indicators and see only what overlaps.

pub mod home;
pub mod identity;
pub mod indicator;
pub mod ingest;
pub mod secret;
pub mod stream;
pub mod transcript;
#[cfg(feature = "net")]
pub mod transport;
