//! Who is who without a certificate authority: keys, and the cards that carry their public halves.
//!
//! An identity has three key pairs. [`SigningKey`] (Ed25519) signs cards, charters, orders and lists. [`OpeningKey`] (X25519)
//! opens what others seal to the card: HPKE, RFC 9180. [`TlsKey`] (ECDSA P-256, the one curve that gRPC clients of every
//! language accept) stands behind connections. A [`Card`] carries the public halves, signed by itself; people
//! swap cards and read each other the [`Fingerprint`].

mod armour;
mod card;
mod keys;
mod seal;
mod text;
mod tls;

pub use armour::{ArmourError, CARD, MAX_ARMOUR, SUCCESSOR_CARD, armour, armoured_kind, dearmour, dearmour_within};
pub use card::{Card, CardCore, CardError, CardId, Contact, Fingerprint, NotAFingerprint, Role, UnknownRole};
pub use keys::{BadSignature, InvalidKey, Signature, SigningKey, VerifyingKey};
pub use seal::{CannotOpen, OpeningKey, SEAL_OVERHEAD, SealingKey};
pub(crate) use text::is_unshowable;
pub use text::{TextFault, check_line, folded_name};
pub use tls::{InvalidTlsKey, TLS_NAME, TlsKey};
