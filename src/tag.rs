//! `item(x) = BLAKE3-keyed(seed(x), "mandorla/1 item")`, XOF, 64 bytes; `tag = item[0..8]`, `note root = item[32..64]`.
//! [`crate::manual`] has the whole way from an indicator to a tag.

use std::fmt;
use std::hash::{Hash, Hasher};

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::round::RoundHash;
use crate::secret::Secret;
use crate::transcript::{self, Label};

const ITEM: &[u8] = b"mandorla/1 item";
const CONFIRMATION: Label = Label::new("mandorla/1 confirmation");

/// 32 secret bytes of one indicator in one round; whoever has them can compute all that is derived from it.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Takes over a seed that custody derived or a file of the home held.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the file that keeps them encrypted until the purge.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The tag: the first 8 bytes of the item.
    pub fn tag(&self) -> Tag {
        let mut tag = [0; 8];
        self.item(0, &mut tag);
        Tag(tag)
    }

    /// The secret that note cells are keyed by: the last 32 bytes of the item.
    pub fn note_root(&self) -> Secret<32> {
        let mut root = [0; 32];
        self.item(32, &mut root);
        Secret::new(root)
    }

    /// `H("confirmation"; RH, owner, seed)[..16]`: a token that only someone with the indicator can form. `owner` is the
    /// holder's Ed25519 public key.
    pub fn confirmation(&self, round: &RoundHash, owner: &[u8; 32]) -> Secret<16> {
        let full = transcript::hash(CONFIRMATION, &[round.as_bytes(), owner, &self.0]);
        let mut token = [0; 16];
        token.copy_from_slice(&full[..16]);
        Secret::new(token)
    }

    fn item(&self, offset: u64, out: &mut [u8]) {
        let mut reader = blake3::Hasher::new_keyed(&self.0).update(ITEM).finalize_xof();
        reader.set_position(offset);
        reader.fill(out);
    }
}

/// 8 bytes of one indicator in one round, shown to the matcher alone. Ordered as a big-endian number.
///
/// Without the round's salt a tag says nothing, but with it any guess can be tested: so it is never printed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag([u8; 8]);

impl Tag {
    /// Bytes of a tag in a file or a message.
    pub const LEN: usize = 8;

    /// A tag that was received or kept.
    pub const fn new(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }

    /// The number by which tags are sorted and sharded.
    pub const fn number(self) -> u64 {
        u64::from_be_bytes(self.0)
    }
}

impl From<u64> for Tag {
    fn from(number: u64) -> Self {
        Self(number.to_be_bytes())
    }
}

/// The 8 bytes and nothing else: arrays would write a length of the machine's own width first, and filters made on
/// another machine would differ.
impl Hash for Tag {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tag(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use static_assertions::assert_not_impl_any;

    assert_not_impl_any!(Seed: fmt::Debug, Clone, PartialEq, serde::Serialize);

    #[test]
    fn tags_are_never_printed() {
        assert_eq!(format!("{:?}", Tag::new([7; 8])), "Tag(..)");
    }

    #[test]
    fn sorts_as_a_big_endian_number() {
        assert!(Tag::from(1) < Tag::from(256));
        assert_eq!(Tag::from(0x0102).as_bytes(), &[0, 0, 0, 0, 0, 0, 1, 2]);
    }
}
