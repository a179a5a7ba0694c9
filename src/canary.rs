//! Canaries: indicators that exactly two members' lists carry by construction, to catch a matcher that drops answers.
//!
//! ```text
//! pair secret = H("canary pair"; RH, X25519(own static key, other's static key), lower card id, higher card id)
//! value i     = hexadecimal of H("canary"; pair secret, i u8)[..16], for i = 0 … 15
//! canon(c)    = lp("canary") || lp(value)
//! ```
//!
//! A canary's seed and tag are made as an indicator's are, so the matcher cannot tell it from an indicator that two members
//! hold. `canary` is reserved: it is no [`Kind`](crate::indicator::Kind), so that no file and no charter can name it, and no
//! indicator has the canon of a canary. Nobody but the pair can work theirs out, not even with the round's salt.

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use crate::identity::{CardCore, OpeningKey};
use crate::round::RoundHash;
use crate::secret::Secret;
use crate::transcript::{self, Label};

const PAIR: Label = Label::new("mandorla/1 canary pair");
const CANARY: Label = Label::new("mandorla/1 canary");
/// The reserved kind.
const KIND: &str = "canary";

/// Canaries of each pair of members.
pub const PER_PAIR: usize = 16;

/// Canaries in a list, where so many members compare notes: also in the list of one that learns nothing, for what a list
/// carries must not depend on who learns what of it.
pub fn in_a_list(members: usize) -> u64 {
    (PER_PAIR * members.saturating_sub(1)) as u64
}

/// What two members alone know in a round.
pub struct Pair(Secret<32>);

impl Pair {
    /// The secret of `own`, whose key is given, and `other`. Both derive the same.
    pub fn derive(round: &RoundHash, key: &OpeningKey, own: &CardCore, other: &CardCore) -> Self {
        let shared = key.shared_with(other.sealing());
        let mut ids = [own.id(), other.id()];
        ids.sort_unstable();
        let parts: [&[u8]; 4] = [round.as_bytes(), shared.expose(), ids[0].as_bytes(), ids[1].as_bytes()];
        Self(Secret::new(transcript::hash(PAIR, &parts)))
    }

    /// Their canaries.
    pub fn canaries(&self) -> [Canary; PER_PAIR] {
        std::array::from_fn(|i| {
            let hash = Zeroizing::new(transcript::hash(CANARY, &[self.0.expose(), &[i as u8]]));
            Canary(Secret::new(*hash.first_chunk().expect("32 bytes have 16")))
        })
    }
}

/// All canaries of the list of the member at the place `own`, each with the place of the member that has it too.
pub fn of_list(round: &RoundHash, key: &OpeningKey, members: &[CardCore], own: usize) -> Vec<(usize, Canary)> {
    let others = members.iter().enumerate().filter(|(place, _)| *place != own);
    let canaries = others.flat_map(|(with, other)| {
        Pair::derive(round, key, &members[own], other).canaries().into_iter().map(move |canary| (with, canary))
    });
    canaries.collect()
}

/// Whether a canonical value is a canary's.
pub fn is_canon(canon: &[u8]) -> bool {
    canon.len() == Canary::CANON && canon.starts_with(b"\x06\0\0\0canary")
}

/// One canary. As secret as an indicator: who has it can tell its tag from those of indicators.
pub struct Canary(Secret<16>);

impl Canary {
    /// Bytes of `canon(c)`.
    pub const CANON: usize = 4 + KIND.len() + 4 + 32;

    /// Appends `canon(c)`.
    pub fn write_canon(&self, out: &mut Vec<u8>) {
        let value = Zeroizing::new(HEXLOWER.encode(self.0.expose()));
        for part in [KIND, &value] {
            // Never as long as 4 GiB.
            out.extend_from_slice(&(part.len() as u32).to_le_bytes());
            out.extend_from_slice(part.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use static_assertions::assert_not_impl_any;

    use super::*;
    use crate::identity::{Role, SigningKey};
    use crate::indicator::Kind;

    assert_not_impl_any!(Pair: std::fmt::Debug, Clone, PartialEq, serde::Serialize);
    assert_not_impl_any!(Canary: std::fmt::Debug, Clone, PartialEq, serde::Serialize);

    fn member(n: u8) -> (OpeningKey, CardCore) {
        let (key, signing) = (OpeningKey::from_seed(Secret::new([n; 32])), SigningKey::from_seed(Secret::new([n; 32])));
        let core =
            CardCore::new(&format!("Member {n}"), Role::Company, signing.public(), key.public(), [n; 32]).unwrap();
        (key, core)
    }

    fn canons(round: u8, own: u8, other: u8) -> BTreeSet<Vec<u8>> {
        let ((key, own), (_, other)) = (member(own), member(other));
        let canon = |canary: Canary| {
            let mut canon = Vec::new();
            canary.write_canon(&mut canon);
            canon
        };
        Pair::derive(&RoundHash::new([round; 32]), &key, &own, &other).canaries().into_iter().map(canon).collect()
    }

    #[test]
    fn both_of_a_pair_have_the_same_and_nobody_else_does() {
        let ours = canons(1, 1, 2);
        assert_eq!(ours.len(), PER_PAIR, "all differ");
        assert_eq!(ours, canons(1, 2, 1));
        for (round, own, other) in [(2, 1, 2), (1, 1, 3), (1, 3, 2)] {
            assert!(ours.is_disjoint(&canons(round, own, other)), "round {round}, {own} and {other}");
        }
    }

    /// A kind of this name would make indicators that are taken for canaries.
    #[test]
    fn no_indicator_is_a_canary() {
        assert!(KIND.parse::<Kind>().is_err());
        for canon in canons(1, 1, 2) {
            assert!(canon.starts_with(b"\x06\0\0\0canary\x20\0\0\0") && canon.len() == Canary::CANON);
        }
    }

    #[test]
    fn a_list_has_some_for_each_other_member() {
        assert_eq!([0, 1, 2, 256].map(in_a_list), [0, 0, 16, 4080]);
    }
}
