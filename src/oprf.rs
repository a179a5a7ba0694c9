//! An oblivious pseudorandom function: a custodian applies its key to an input that it never sees, and proves that it did.
//!
//! RFC 9497, VOPRF mode (0x01), ristretto255-SHA512, a batch at a time. For inputs `x_i`, a key `k` and its public half
//! `K = k·B`:
//!
//! ```text
//! P_i = HashToGroup(x_i)    C_i = r_i·P_i                      blinded, by whoever asks
//! D_i = k·C_i               (c, s) = DLEQ(k; B, K, M, Z)       evaluated and proven once for all, by the custodian
//! N_i = r_i⁻¹·D_i           Y_i = SHA-512(lp(x_i) || lp(N_i) || "Finalize")
//! M = Σ d_i·C_i             Z = Σ d_i·D_i = k·M                the whole batch in one pair
//! d_i = HashToScalar(lp(SHA-512(lp(K) || lp(seed DST))) || u16 i || lp(C_i) || lp(D_i) || "Composite")
//! ```
//!
//! `lp` is the RFC's own: a u16 big-endian length. Elements and scalars are 32 bytes each, a proof is `c || s`, an output
//! 64 bytes. The proof means that everybody gets the values of one key, so that a custodian cannot mark a member by a key
//! of its own.
//!
//! # How a batch is faster than its elements
//!
//! None of this changes a byte on the wire; `benches/oprf.rs` measures it.
//!
//! - An encoding costs an inverse square root, except that of a *doubled* point: a batch of those shares one inversion. So
//!   the points are multiplied by half the scalar (`r/2`, `k/2`, `r⁻¹/2` modulo the group's order) and doubled on the way.
//! - Elements that came as bytes are hashed into the proof as these bytes; nothing is encoded twice.
//! - The sums of the proof run over public values, so they are one multiscalar multiplication each, in variable time.
//!   Multiplications by a key or a blind are constant-time.
//! - The inverses of all blinds cost one inversion.
//!
//! # Where the next step lies
//!
//! Of 68 µs an element (both sides, AVX-512 IFMA, one core), three constant-time multiplications (`r`, `k`, `r⁻¹`) take 42,
//! four square roots (two in the hash to the group, one wherever an element is read) 17, the three sums 4. dalek runs
//! the four multiplications inside one point operation side by side. A batch has something better: eight *elements* side by
//! side, one in each lane of an AVX-512 register, through the same constant-time sequence of operations, so that nothing is
//! ever shuffled and every lane is busy. A product of eight pairs of field elements (five limbs of 51 bits) is 50 multiply-add
//! instructions and about as many for carries: tried out, 3.1 ns an element for a square and 3.8 for a product, where dalek's
//! own chain of squares takes 16. With 252 doublings, 64 additions and as many look-ups that makes about 9 µs a multiplication
//! instead of 14 and 1 µs a square root instead of 4.3: about 40 µs an element in all.
//!
//! It takes a field (add, subtract, multiply, square, carry, select, the fixed power for square roots), doubling and adding
//! in extended coordinates, the table of eight multiples with its constant-time look-up, Elligator, decoding, and the batched
//! encoding: about 700 lines, beside dalek and not upon it, because dalek gives no access to coordinates. The sums of the
//! proof need points too, so they come along, or pay a decoding by dalek. And it takes `unsafe`, once, to enter functions
//! compiled for AVX-512, which this crate forbids itself: it belongs into a crate of its own, or into dalek.

mod blinding;
mod element;
mod hash;
mod key;
mod proof;
#[cfg(test)]
mod tests;

use thiserror::Error;

pub use blinding::Blinding;
pub use element::{Elements, PublicKey};
pub use key::{Evaluated, PrivateKey};
pub use proof::Proof;

/// Elements in a batch at most.
pub const MAX_BATCH: usize = 4096;

/// Bytes of an input at most: the RFC has 16 bits for its length.
pub const MAX_INPUT: usize = 65_535;

/// Bytes of an element.
const ELEMENT: usize = 32;

/// What is wrong with a key, a batch or an answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OprfFault {
    /// No elements or inputs.
    #[error("the batch is empty: it needs at least one element")]
    Empty,
    /// More than [`MAX_BATCH`] elements or inputs.
    #[error("the batch is too long: {count} elements, and {MAX_BATCH} are allowed; split it")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// Bytes that do not divide into elements.
    #[error("{bytes} bytes are no batch: an element has 32 bytes")]
    Length {
        /// How many bytes there are.
        bytes: usize,
    },
    /// An encoding that no element has.
    #[error("element {index} (from 0) is not the canonical encoding of a group element")]
    NotCanonical {
        /// Its place in the batch, from 0.
        index: usize,
    },
    /// The identity, which is the same under every key and blind.
    #[error("element {index} (from 0) is the identity, which no honest side sends")]
    Identity {
        /// Its place in the batch, from 0.
        index: usize,
    },
    /// An input that the RFC has no length for.
    #[error("input {index} (from 0) has {bytes} bytes, and {MAX_INPUT} are allowed")]
    LongInput {
        /// Its place in the batch, from 0.
        index: usize,
        /// How many bytes it has.
        bytes: usize,
    },
    /// An input that hashes to the identity; the RFC refuses it, and nobody knows one.
    #[error("input {index} (from 0) cannot be blinded: it hashes to the identity")]
    BadInput {
        /// Its place in the batch, from 0.
        index: usize,
    },
    /// An answer for another number of elements than were asked for.
    #[error("the answer has {found} elements, and {expected} were asked for")]
    Count {
        /// How many were asked for.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// Bytes that are no private key.
    #[error("not a private key: it is zero, or not a canonical scalar")]
    PrivateKey,
    /// Bytes that are no public key.
    #[error("not a public key: it is the identity, or not the canonical encoding of a group element")]
    PublicKey,
    /// A key cannot be derived with this `info`.
    #[error("no key can be derived: the info has {bytes} bytes, and {MAX_INPUT} are allowed")]
    Info {
        /// How many bytes it has.
        bytes: usize,
    },
    /// Bytes that are no proof.
    #[error("not a proof: it is not two canonical scalars")]
    MalformedProof,
    /// A proof for something else.
    #[error(
        "the proof does not hold: the custodian used another key than the one expected, or the batch was changed on the way; nothing of the answer may be used"
    )]
    Proof,
}
