//! Compare notes on sensitive indicators and see only what overlaps.
//!
//! # Threat model
//!
//! Members publish sealed lists to a matcher, which answers each with the overlaps of its own list that the charter allows.
//!
//! - The matcher is *semi-trusted*: it runs the protocol and does not work together with a member. Alone it sees tags, size
//!   classes, and who overlaps with whom on how many; no indicator, and no link between rounds.
//! - Members may be curious or hostile. A member sees overlaps of its own list alone, at the level that the charter gives it;
//!   a guess that it publishes is answered like a real indicator.
//! - In *shared* custody every member holds the round's salt. **A matcher that works together with a member can test guesses
//!   against every list**: all of IPv4 in minutes. Each member signs that it accepts this.
//! - In custody by *custodians* each of these servers holds a key for every round and evaluates it obliviously ([`oprf`]). One
//!   alone learns how many evaluations each member asks for. A matcher that works together with members tests the guesses that
//!   are metered for these, and no new ones after the close; one that works together with every custodian tests what it likes
//!   until the keys are destroyed, which is the custodians' word. A thief of a custodian's disk has its keys of open rounds.
//! - The network is hostile: TLS 1.3, both sides pinned by cards that people exchange; no certificate authority. What is
//!   signed, hashed or encrypted has one spelling, ours ([`transcript`], [`manual`]); protobuf only carries it.
//! - Everything from outside is parsed into a type that cannot be wrong, and the types carry the proofs: [`charter::Agreed`],
//!   [`round::Round`], [`list::header::VerifiedHeader`], [`matching::Question`].
//! - A thief of the matcher's disk learns what the matcher learns; the purge takes it away. Wiped memory, anonymity and
//!   complete answers are not promised.
//!
//! # Example
//!
//! Under one salt two spellings of an indicator meet in one tag; under another salt they are strangers to it.
//!
//! ```
//! use mandorla::{custody::shared::{Salt, SeedKey}, indicator::Indicator, round::RoundHash, tag::Tag};
//!
//! let round = RoundHash::new([7; 32]);
//! let tag = |key: &SeedKey, text: &str| -> Result<Tag, mandorla::indicator::Rejection> {
//!     Ok(key.seed(&Indicator::detect(text)?, &mut Vec::new()).tag())
//! };
//! let (key, another) = (Salt::random().seed_key(&round), Salt::random().seed_key(&round));
//! assert_eq!(tag(&key, "EVIL.example.")?, tag(&key, "evil[.]example")?);
//! assert_ne!(tag(&key, "evil.example")?, tag(&another, "evil.example")?);
//! # Ok::<(), mandorla::indicator::Rejection>(())
//! ```
//!
//! # The house
//!
//! | modules | what they are |
//! |---|---|
//! | [`secret`], [`transcript`], [`stream`], [`oprf`], [`clock`] | what everything stands on |
//! | [`indicator`], [`benign`], [`ingest`] | what is compared |
//! | [`identity`], [`home`], [`charter`], [`round`] | who, and under which rules |
//! | [`tag`], [`canary`], [`custody`], [`list`], [`matching`], [`carried`], [`report`] | from indicator to overlap |
//! | [`manual`] | how it is all written down |
//! | [`store`], [`transport`], [`wire`], [`matcher`], [`custodian`], [`client`] | networks and databases: the feature `net` |
//!
//! Each uses those above it (only the charter looks down, for the size class of a list and the canaries in it); nothing
//! uses the command line. All down to [`manual`] builds with `--no-default-features`, without tokio, tonic or a database;
//! of these, [`home`] alone touches files.

pub use charter::Charter;
#[cfg(feature = "net")]
pub use client::Client;
#[cfg(feature = "net")]
pub use custodian::Custodian;
pub use home::Home;
pub use identity::{Card, Fingerprint};
pub use indicator::{Indicator, Kind};
#[cfg(feature = "net")]
pub use matcher::Matcher;
pub use report::Report;

// -- what everything stands on --
pub mod secret;
pub mod transcript;
pub mod stream;
pub mod oprf;
pub mod clock;
// -- what is compared --
pub mod indicator;
pub mod benign;
pub mod ingest;
// -- who, and under which rules --
pub mod identity;
pub mod home;
pub mod charter;
pub mod round;
// -- from indicator to overlap --
pub mod tag;
pub mod canary;
pub mod custody;
pub mod list;
pub mod matching;
pub mod carried;
pub mod report;
// -- how it is all written down --
pub mod manual;
// -- below here: networks, databases, the command line --
#[cfg(feature = "net")]
pub mod store;
#[cfg(feature = "net")]
pub mod transport;
#[cfg(feature = "net")]
pub mod wire;
#[cfg(feature = "net")]
mod server;
#[cfg(feature = "net")]
pub mod matcher;
#[cfg(feature = "net")]
pub mod custodian;
#[cfg(feature = "net")]
pub mod client;
#[cfg(feature = "net")]
#[doc(hidden)]
pub mod demo;
#[cfg(feature = "net")]
#[doc(hidden)]
pub mod cli;
