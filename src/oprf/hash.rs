//! The hashes of the suite: `expand_message_xmd` of RFC 9380 over SHA-512, to the group and to scalars.
//!
//! ```text
//! DST  = name || "OPRFV1-" || 0x01 || "-ristretto255-SHA512"
//! b_0  = SHA-512(128 zero bytes || message || u16 64 || 0x00 || DST || u8 len(DST))
//! 64 B = SHA-512(b_0 || 0x01 || DST || u8 len(DST))
//! ```

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use super::ELEMENT;
use crate::secret::Secret;

/// `name || contextString`, with its length behind it as `expand_message_xmd` has it.
pub(super) struct Tag<const N: usize>([u8; N]);

macro_rules! tag {
    ($name:literal) => {{
        const TEXT: &[u8] = concat!($name, "OPRFV1-\u{1}-ristretto255-SHA512").as_bytes();
        const LENGTH: usize = TEXT.len();
        let mut bytes = [LENGTH as u8; LENGTH + 1];
        let (text, _) = bytes.split_at_mut(LENGTH);
        text.copy_from_slice(TEXT);
        Tag(bytes)
    }};
}

pub(super) const HASH_TO_GROUP: Tag<41> = tag!("HashToGroup-");
pub(super) const HASH_TO_SCALAR: Tag<42> = tag!("HashToScalar-");
pub(super) const DERIVE_KEY_PAIR: Tag<42> = tag!("DeriveKeyPair");
const SEED: Tag<34> = tag!("Seed-");

impl<const N: usize> Tag<N> {
    /// The tag without its length.
    fn text(&self) -> &[u8] {
        &self.0[..N - 1]
    }
}

/// `expand_message_xmd` under one tag. The block of zeros in front of every message is hashed once.
pub(super) struct Expander<const N: usize> {
    start: Sha512,
    tag: Tag<N>,
}

impl<const N: usize> Expander<N> {
    pub(super) fn new(tag: Tag<N>) -> Self {
        Self { start: Sha512::new_with_prefix([0; 128]), tag }
    }

    fn expand(&self, message: &[&[u8]]) -> Zeroizing<[u8; 64]> {
        let mut first = self.start.clone();
        message.iter().for_each(|part| first.update(part));
        first.update([0, 64, 0]);
        first.update(self.tag.0);
        let mut block = Zeroizing::new([0; 64]);
        first.finalize_into((&mut *block).into());
        let second = Sha512::new().chain_update(*block).chain_update([1]).chain_update(self.tag.0);
        second.finalize_into((&mut *block).into());
        block
    }

    /// A point whose logarithm to any base nobody knows.
    pub(super) fn to_group(&self, message: &[&[u8]]) -> RistrettoPoint {
        RistrettoPoint::from_uniform_bytes(&self.expand(message))
    }

    /// A scalar, uniform but for 2^-259.
    pub(super) fn to_scalar(&self, message: &[&[u8]]) -> Scalar {
        Scalar::from_bytes_mod_order_wide(&self.expand(message))
    }
}

/// `SHA-512(lp(public key) || lp("Seed-" || contextString))`, on which the weights of a batch's proof depend.
pub(super) fn seed(public: &[u8; ELEMENT]) -> [u8; 64] {
    let hash = Sha512::new().chain_update(lp(ELEMENT)).chain_update(public);
    hash.chain_update(lp(SEED.text().len())).chain_update(SEED.text()).finalize().into()
}

/// `SHA-512(lp(input) || lp(element) || "Finalize")`.
pub(super) fn output(input: &[u8], element: &[u8; ELEMENT]) -> Secret<64> {
    let hash = Sha512::new().chain_update(lp(input.len())).chain_update(input);
    let hash = hash.chain_update(lp(ELEMENT)).chain_update(element).chain_update(b"Finalize");
    Secret::new(hash.finalize().into())
}

/// A length in front of a part, two bytes big-endian.
pub(super) fn lp(length: usize) -> [u8; 2] {
    u16::try_from(length).expect("lengths are checked before anything is hashed").to_be_bytes()
}
