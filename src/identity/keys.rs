//! Ed25519: who said it.

use std::fmt;

use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::traits::IsIdentity;
use data_encoding::HEXLOWER;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use thiserror::Error;

use crate::secret::Secret;
use crate::transcript::{Label, bind};

/// Bytes that are not a public key that anyone honest has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidKey {
    /// Not a point, or not in the one spelling of its point.
    #[error("the {0} key is not the canonical encoding of a point; ask its owner for the card again")]
    NotCanonical(&'static str),
    /// Outside the group of prime order, where a key can stand for several or "sign" everything.
    #[error("the {0} key is of small or mixed order, which no honest program makes; do not accept this card")]
    WrongGroup(&'static str),
}

/// A signature that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the signature does not hold: the content was changed, or somebody else signed it")]
pub struct BadSignature;

/// An Ed25519 private key. Only its seed is kept, so that all of it is wiped on drop; ring expands it for each signature.
pub struct SigningKey {
    seed: Secret<32>,
    public: VerifyingKey,
}

impl SigningKey {
    /// A fresh key.
    pub fn generate() -> Self {
        Self::from_seed(Secret::random())
    }

    /// The key of RFC 8032's 32-byte seed.
    pub fn from_seed(seed: Secret<32>) -> Self {
        let public = expand(&seed).public_key().as_ref().try_into().expect("an Ed25519 public key has 32 bytes");
        Self { seed, public: VerifyingKey(public) }
    }

    /// The seed, to be kept in a home.
    pub(crate) fn seed(&self) -> &Secret<32> {
        &self.seed
    }

    /// The public half.
    pub fn public(&self) -> VerifyingKey {
        self.public
    }

    /// Signs `lp(label) || lp(part) || …`.
    pub fn sign(&self, label: Label, parts: &[&[u8]]) -> Signature {
        let signature = expand(&self.seed).sign(&bind(label, parts));
        Signature(signature.as_ref().try_into().expect("an Ed25519 signature has 64 bytes"))
    }
}

fn expand(seed: &Secret<32>) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(seed.expose()).expect("every seed of 32 bytes is a key")
}

/// An Ed25519 public key: a canonical point of the prime-order group. ring accepts signatures under points of small order,
/// and the identity point "signs" every message, so such keys are refused here, where bytes become a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifyingKey([u8; 32]);

impl VerifyingKey {
    /// The encoding.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether this key signed `lp(label) || lp(part) || …`.
    pub fn verify(&self, label: Label, parts: &[&[u8]], signature: &Signature) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(&bind(label, parts), &signature.0).map_err(|_| BadSignature)
    }
}

impl TryFrom<[u8; 32]> for VerifyingKey {
    type Error = InvalidKey;

    fn try_from(bytes: [u8; 32]) -> Result<Self, InvalidKey> {
        const NAME: &str = "Ed25519";
        let point = CompressedEdwardsY(bytes).decompress().ok_or(InvalidKey::NotCanonical(NAME))?;
        if point.compress().0 != bytes {
            return Err(InvalidKey::NotCanonical(NAME));
        }
        if point.is_identity() || !point.is_torsion_free() {
            return Err(InvalidKey::WrongGroup(NAME));
        }
        Ok(Self(bytes))
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", HEXLOWER.encode(&self.0))
    }
}

/// An Ed25519 signature. Any 64 bytes are one; whether it holds is for [`VerifyingKey::verify`] to say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// The encoding.
    pub fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl From<[u8; 64]> for Signature {
    fn from(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", HEXLOWER.encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
    use static_assertions::assert_not_impl_any;

    assert_not_impl_any!(SigningKey: fmt::Debug, Clone, PartialEq, serde::Serialize);

    const LABEL: Label = Label::new("mandorla/1 test");
    const OTHER: Label = Label::new("mandorla/1 other test");

    #[test]
    fn signs_one_thing_only() {
        let key = SigningKey::generate();
        let signature = key.sign(LABEL, &[b"a", b"bc"]);
        key.public().verify(LABEL, &[b"a", b"bc"], &signature).unwrap();

        let mut flipped = *signature.as_bytes();
        flipped[63] ^= 0x80;
        let stranger = SigningKey::generate().public();
        for (name, outcome) in [
            ("other label", key.public().verify(OTHER, &[b"a", b"bc"], &signature)),
            ("parts run together", key.public().verify(LABEL, &[b"ab", b"c"], &signature)),
            ("fewer parts", key.public().verify(LABEL, &[b"a"], &signature)),
            ("changed signature", key.public().verify(LABEL, &[b"a", b"bc"], &flipped.into())),
            ("another key", stranger.verify(LABEL, &[b"a", b"bc"], &signature)),
        ] {
            assert_eq!(outcome, Err(BadSignature), "{name}");
        }
    }

    #[test]
    fn a_seed_is_one_key() {
        let key = SigningKey::from_seed(Secret::new([7; 32]));
        assert_eq!(key.public(), SigningKey::from_seed(Secret::new([7; 32])).public());
        assert_eq!(VerifyingKey::try_from(*key.public().as_bytes()), Ok(key.public()));
    }

    /// The reason for the check: under the identity point, R = [s]B holds for every message, and ring agrees.
    #[test]
    fn ring_accepts_the_identity_as_a_key_and_we_do_not() {
        let identity = EIGHT_TORSION[0].compress().0;
        let mut forged = [0; 64];
        forged[..32].copy_from_slice(&ED25519_BASEPOINT_POINT.compress().0);
        forged[32] = 1;
        for message in [&b"one message"[..], b"any other"] {
            assert!(UnparsedPublicKey::new(&ED25519, identity).verify(message, &forged).is_ok());
        }
        assert_eq!(VerifyingKey::try_from(identity), Err(InvalidKey::WrongGroup("Ed25519")));
    }

    #[test]
    fn refuses_keys_that_no_honest_program_makes() {
        for (i, point) in EIGHT_TORSION.iter().enumerate() {
            assert!(VerifyingKey::try_from(point.compress().0).is_err(), "torsion point {i}");
            let mixed = VerifyingKey::try_from((ED25519_BASEPOINT_POINT + point).compress().0);
            assert_eq!(mixed.is_ok(), i == 0, "base point and torsion point {i}");
        }
        // y = p + 1, which is 1 a second time; y = 1 with the sign of a zero x; y = 2, which is on no curve point.
        let mut above = [0xFF; 32];
        (above[0], above[31]) = (0xEE, 0x7F);
        let mut negative_zero = [0; 32];
        (negative_zero[0], negative_zero[31]) = (1, 0x80);
        let mut off_curve = [0; 32];
        off_curve[0] = 2;
        for bytes in [above, negative_zero, off_curve] {
            assert_eq!(VerifyingKey::try_from(bytes), Err(InvalidKey::NotCanonical("Ed25519")));
        }
    }
}
