//! One Bloom filter of a shard: `bloomfilter::Bloom<Tag>` of 88,640 bits with 15 positions an entry and a seed derived from
//! the round.
//!
//! The crate derives all positions of an item from two 64-bit hashes, so one filter of this size misses its nominal rate;
//! two with independent seeds at 2^-15 each multiply to 2^-30 (`tests/false_positives.rs` measured 1.08 times 2^-15 for
//! each, and that they are independent). The crate also believes whatever its bytes say of `k`, length and fill: so its own
//! format never crosses a border here, only the bits do, and they are checked.

use bloomfilter::Bloom;
use thiserror::Error;

use crate::round::RoundHash;
use crate::tag::Tag;
use crate::transcript::{self, Label};

/// Entries that a filter holds, dummies included.
pub const ENTRIES: usize = 4096;
/// Bits of a filter.
pub const BITS: usize = 88_640;
/// Bytes of a filter.
pub const BYTES: usize = BITS / 8;
/// Positions an entry, `k`: the crate rounds `BITS / ENTRIES · ln 2` = 14.9998.
pub const POSITIONS: u32 = 15;

/// 61,440 throws into 88,640 bits leave `BITS (1 − e^−λ)` ones, `λ = POSITIONS · ENTRIES / BITS` = 0.69314.
const EXPECTED_ONES: u32 = 44_320;
/// Six sigma of the number of ones; `sigma² = BITS e^−λ (1 − (1 + λ) e^−λ)` = 82.5².
const FILL_TOLERANCE: u32 = 495;

/// The crate's header before the bits: version, length, `k`, seed.
const HEADER: usize = 1 + 8 + 4 + 32;
const FILTER_SEED: Label = Label::new("mandorla/1 filter seed");

/// `H("filter seed"; RH, which)`, for the two filters of a shard: chosen by nobody, for a seed with equal halves raises
/// the rate of false matches a million times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterSeeds([[u8; 32]; 2]);

impl FilterSeeds {
    /// The seeds of a round.
    pub fn derive(round: &RoundHash) -> Self {
        Self([0, 1].map(|which| transcript::hash(FILTER_SEED, &[round.as_bytes(), &[which]])))
    }

    /// The two seeds, first filter first.
    pub fn both(&self) -> &[[u8; 32]; 2] {
        &self.0
    }
}

/// Why bits are not a filter of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FilterFault {
    /// Too few or too many bytes.
    #[error("a filter has {found} bytes instead of {BYTES}")]
    Length {
        /// Bytes that came.
        found: usize,
    },
    /// Fewer ones than 4,096 entries leave.
    #[error(
        "a filter is emptier than 4,096 entries leave it: {ones} ones, expected {EXPECTED_ONES} ± {FILL_TOLERANCE}"
    )]
    TooEmpty {
        /// Ones found.
        ones: u32,
    },
    /// More ones than 4,096 entries leave: such a filter would match everything.
    #[error("a filter is fuller than 4,096 entries leave it: {ones} ones, expected {EXPECTED_ONES} ± {FILL_TOLERANCE}")]
    TooFull {
        /// Ones found.
        ones: u32,
    },
}

/// A filter with the right seed, size, `k` and, if it came from outside, fill.
pub struct Filter(Bloom<Tag>);

impl Filter {
    /// An empty filter.
    pub fn new(seed: &[u8; 32]) -> Self {
        let bloom = Bloom::new_with_seed(BYTES, ENTRIES, seed).expect("the crate takes any seed");
        debug_assert_eq!(bloom.number_of_hash_functions(), POSITIONS);
        Self(bloom)
    }

    /// Checks length and fill, then takes the bits.
    pub fn from_bits(seed: &[u8; 32], bits: &[u8]) -> Result<Self, FilterFault> {
        if bits.len() != BYTES {
            return Err(FilterFault::Length { found: bits.len() });
        }
        let ones = ones(bits);
        if ones < EXPECTED_ONES - FILL_TOLERANCE {
            return Err(FilterFault::TooEmpty { ones });
        }
        if ones > EXPECTED_ONES + FILL_TOLERANCE {
            return Err(FilterFault::TooFull { ones });
        }
        let mut bytes = Self::new(seed).0.into_bytes();
        bytes[HEADER..].copy_from_slice(bits);
        Ok(Self(Bloom::from_bytes(bytes).expect("the header is our own and the length was checked")))
    }

    /// Adds a tag.
    pub fn insert(&mut self, tag: Tag) {
        self.0.set(&tag);
    }

    /// Whether the tag was added, or seems so: wrong once in 2^15 at 4,096 entries.
    pub fn contains(&self, tag: Tag) -> bool {
        self.0.check(&tag)
    }

    /// The bits, `BYTES` bytes.
    pub fn bits(&self) -> &[u8] {
        &self.0.as_slice()[HEADER..]
    }
}

fn ones(bits: &[u8]) -> u32 {
    let (words, rest) = bits.as_chunks::<8>();
    words.iter().map(|word| u64::from_le_bytes(*word).count_ones()).sum::<u32>()
        + rest.iter().map(|byte| byte.count_ones()).sum::<u32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Its halves differ: with equal ones the two hashes are one, and even the fill is off.
    fn seed() -> [u8; 32] {
        std::array::from_fn(|i| i as u8)
    }

    #[test]
    fn bits_survive_the_way_there_and_back() {
        let mut filter = Filter::new(&seed());
        (0..ENTRIES as u64).for_each(|n| filter.insert(Tag::from(n.wrapping_mul(0x9E37_79B9_7F4A_7C15))));
        let back = Filter::from_bits(&seed(), filter.bits()).unwrap();
        assert_eq!(back.bits(), filter.bits());
        assert!(back.contains(Tag::from(0)));
    }

    #[test]
    fn refuses_what_would_match_everything_or_crash() {
        let refused = |bits: &[u8]| Filter::from_bits(&seed(), bits).err().unwrap();
        assert_eq!(refused(&[]), FilterFault::Length { found: 0 });
        assert_eq!(refused(&[0xFF; BYTES]), FilterFault::TooFull { ones: 88_640 });
        assert_eq!(refused(&[0; BYTES]), FilterFault::TooEmpty { ones: 0 });
        assert_eq!(refused(&[0; BYTES + 1]), FilterFault::Length { found: BYTES + 1 });
    }
}
