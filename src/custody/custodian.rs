//! Custody by custodians: a seed takes an evaluation by each of them, and nobody else can compute it.
//!
//! ```text
//! input(x)  = "mandorla/1 oprf input" || lp(canon(x))                  x: an indicator or a canary
//! Y_i       = RFC 9497 VOPRF(ristretto255-SHA512) of custodian i on input(x), 64 bytes
//! seed(x)   = H("custodian seed"; RH, n u8, Y_1, …, Y_n)
//! batch     = 1 to 4,096 blinded elements, 32 bytes each, under an id of 16 random bytes
//! digest    = H("evaluation batch"; elements)
//! signature = signature("evaluation batch signature"; RH, id, digest), by the member, where a courier brings the batch
//! ```
//!
//! The custodians' outputs are hashed together: whoever lacks one of them has nothing. Each is proven by itself, so there is no
//! arithmetic of shares, and all get the same blinded elements: a blinded element is a random one, whatever was blinded.

use std::fmt;

use zeroize::Zeroizing;

use crate::identity::{BadSignature, Signature, SigningKey, VerifyingKey};
use crate::oprf::{Blinding, OprfFault};
use crate::round::RoundHash;
use crate::secret::{self, Secret};
use crate::tag::Seed;
use crate::transcript::{self, Label};

pub use crate::oprf::MAX_BATCH;

const INPUT: &[u8] = b"mandorla/1 oprf input";
const SEED: Label = Label::new("mandorla/1 custodian seed");
const BATCH: Label = Label::new("mandorla/1 evaluation batch");
const BATCH_SIGNATURE: Label = Label::new("mandorla/1 evaluation batch signature");

/// By which a batch is known when it comes again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId([u8; 16]);

impl BatchId {
    /// An id that was received or kept.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// A fresh one.
    pub fn random() -> Self {
        Self(secret::random_bytes())
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Blinds the batch of these canonical values. `secret` is fresh for the batch and kept until its answers are here: the same
/// secret gives the same elements.
pub fn blind<'c>(secret: &Secret<32>, canons: impl IntoIterator<Item = &'c [u8]>) -> Result<Blinding, OprfFault> {
    Blinding::new(secret, canons.into_iter().map(input).collect())
}

fn input(canon: &[u8]) -> Vec<u8> {
    // Never as long as 4 GiB.
    [INPUT, &(canon.len() as u32).to_le_bytes(), canon].concat()
}

/// What stands for a batch's elements: the same id with another digest is another batch.
pub fn digest(elements: &[u8]) -> [u8; 32] {
    transcript::hash(BATCH, &[elements])
}

/// The member's word that the batch is its own, for a courier to bring.
pub fn sign(round: &RoundHash, id: BatchId, elements: &[u8], member: &SigningKey) -> Signature {
    member.sign(BATCH_SIGNATURE, &[round.as_bytes(), id.as_bytes(), &digest(elements)])
}

/// Whether this member signed for the batch.
pub fn verify(
    round: &RoundHash,
    id: BatchId,
    elements: &[u8],
    member: &VerifyingKey,
    signature: &Signature,
) -> Result<(), BadSignature> {
    member.verify(BATCH_SIGNATURE, &[round.as_bytes(), id.as_bytes(), &digest(elements)], signature)
}

/// The seeds of a batch, of which each custodian has given all outputs; one list of outputs a custodian, in the charter's
/// order.
///
/// # Panics
/// If the lists are not of one length: every one was held against the batch.
pub fn seeds(round: &RoundHash, outputs: &[Vec<Secret<64>>]) -> Vec<Seed> {
    let length = outputs.first().map_or(0, Vec::len);
    assert!(outputs.iter().all(|list| list.len() == length), "each custodian answered the whole batch");
    (0..length).map(|place| seed(round, outputs.iter().map(|list| &list[place]))).collect()
}

/// The seed of one indicator, from the output of each custodian, in the charter's order.
pub fn seed<'o>(round: &RoundHash, outputs: impl ExactSizeIterator<Item = &'o Secret<64>>) -> Seed {
    let count = [u8::try_from(outputs.len()).expect("a charter has few custodians")];
    let parts: Vec<&[u8]> =
        [round.as_bytes().as_slice(), &count].into_iter().chain(outputs.map(|output| &output.expose()[..])).collect();
    Seed::new(*Zeroizing::new(transcript::hash(SEED, &parts)))
}
