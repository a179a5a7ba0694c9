//! The side that asks: blinding a batch, and opening the answers to it.
//!
//! # Why a derived blind is a fresh one
//!
//! The RFC wants a uniform scalar for each element, made anew. The blinds here are the outputs of a PRF under the batch's
//! secret:
//!
//! ```text
//! r_i = BLAKE3-keyed(H("oprf blinds"; secret), u32 i || x_i), XOF, 64 bytes modulo the group's order; the next 64 if zero
//! ```
//!
//! The secret is 32 random bytes made for this batch and used for no other, so the `r_i` cannot be told from independent
//! uniform scalars (the reduction is off by 2^-259), neither from each other nor from those of any other batch. The place
//! `i` keeps equal inputs of a batch apart. The same secret and inputs make the same bytes again, from which a custodian
//! learns that a batch is repeated and nothing else: that is what a crash needs, after which nobody knows whether the first
//! copy was evaluated. The input is part of what is hashed so that a secret used twice by mistake still blinds different
//! inputs by different scalars.

use blake3::Hasher;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use zeroize::{Zeroize, Zeroizing};

use super::element::{Elements, PublicKey, check_count, encode_doubled};
use super::hash::{self, Expander, HASH_TO_GROUP};
use super::proof::{Proof, Weights};
use super::{ELEMENT, MAX_INPUT, OprfFault};
use crate::secret::Secret;
use crate::transcript::{self, Label};

const BLINDS: Label = Label::new("mandorla/1 oprf blinds");

/// A batch of inputs, blinded: what is sent, and what opens the answers. Inputs and blinds are wiped on drop.
pub struct Blinding {
    inputs: Zeroizing<Vec<Vec<u8>>>,
    /// `r_i⁻¹/2`.
    half_inverses: Zeroizing<Vec<Scalar>>,
    /// `C_i/2`, as public as `C_i`.
    halves: Vec<RistrettoPoint>,
    elements: Vec<u8>,
}

impl Blinding {
    /// Blinds 1 to [`MAX_BATCH`](super::MAX_BATCH) inputs of at most [`MAX_INPUT`] bytes: `Blind`, section 3.3.2.
    ///
    /// `secret` is fresh for the batch, and stored before the elements are sent: the same secret and inputs give the same
    /// elements, so that a batch can be asked again after a crash.
    pub fn new(secret: &Secret<32>, inputs: Vec<Vec<u8>>) -> Result<Self, OprfFault> {
        let inputs = Zeroizing::new(inputs);
        check(&inputs)?;
        let blinds = blinds(secret, &inputs);
        Self::with_blinds(inputs, blinds)
    }

    /// [`Self::new`] with blinds that are given, as in the RFC's vectors; none is zero.
    pub(super) fn with_blinds(
        inputs: Zeroizing<Vec<Vec<u8>>>,
        mut blinds: Zeroizing<Vec<Scalar>>,
    ) -> Result<Self, OprfFault> {
        let expander = Expander::new(HASH_TO_GROUP);
        let half = |(input, blind): (&Vec<u8>, &Scalar)| {
            let half = Zeroizing::new(blind.div_by_2());
            *Zeroizing::new(expander.to_group(&[input])) * *half
        };
        let halves: Vec<_> = inputs.iter().zip(blinds.iter()).map(half).collect();
        let elements = encode_doubled(&halves);
        // A blind that is not zero leads to the identity from there alone, whose encoding is all zeros.
        if let Some(index) = elements.chunks_exact(ELEMENT).position(|element| element == [0; ELEMENT]) {
            return Err(OprfFault::BadInput { index });
        }
        Scalar::invert_batch_alloc(&mut blinds).zeroize();
        blinds.iter_mut().for_each(|inverse| *inverse = inverse.div_by_2());
        Ok(Self { inputs, half_inverses: blinds, halves, elements })
    }

    /// The blinded elements in the order of the inputs, 32 bytes each. The same bytes go to every custodian.
    pub fn elements(&self) -> &[u8] {
        &self.elements
    }

    /// The outputs of the inputs under `key`, in their order: `Finalize`, section 3.3.2. The proof is verified before
    /// anything is made of the answer. It can be called for the answer of each custodian.
    pub fn finalize(&self, key: &PublicKey, evaluated: &[u8], proof: &Proof) -> Result<Vec<Secret<64>>, OprfFault> {
        let (expected, found) = (self.halves.len(), evaluated.len() / ELEMENT);
        if found != expected {
            return Err(OprfFault::Count { expected, found });
        }
        let evaluated = Elements::try_from(evaluated)?;
        let weights = Weights::new(key, &self.elements, evaluated.bytes());
        let m = weights.sum(&self.halves);
        proof.verify(key, m + m, weights.sum(evaluated.points()))?;

        let unblind = |(point, inverse): (&RistrettoPoint, &Scalar)| point * inverse;
        let halves: Vec<_> = evaluated.points().iter().zip(self.half_inverses.iter()).map(unblind).collect();
        let halves = Zeroizing::new(halves);
        let elements = Zeroizing::new(RistrettoPoint::double_and_compress_batch(&*halves));
        let output = |(input, element): (&Vec<u8>, &CompressedRistretto)| hash::output(input, element.as_bytes());
        Ok(self.inputs.iter().zip(elements.iter()).map(output).collect())
    }
}

fn check(inputs: &[Vec<u8>]) -> Result<(), OprfFault> {
    check_count(inputs.len())?;
    match inputs.iter().position(|input| input.len() > MAX_INPUT) {
        Some(index) => Err(OprfFault::LongInput { index, bytes: inputs[index].len() }),
        None => Ok(()),
    }
}

fn blinds(secret: &Secret<32>, inputs: &[Vec<u8>]) -> Zeroizing<Vec<Scalar>> {
    let key = Secret::new(transcript::hash(BLINDS, &[secret.expose()]));
    let mut hasher = Zeroizing::new(Hasher::new_keyed(key.expose()));
    let mut bytes = Zeroizing::new([0; 64]);
    // Filled in place: a vector that grows leaves copies behind.
    let mut blinds = Zeroizing::new(vec![Scalar::ZERO; inputs.len()]);
    for ((place, input), blind) in (0_u32..).zip(inputs).zip(blinds.iter_mut()) {
        hasher.reset().update(&place.to_le_bytes()).update(input);
        let mut stream = Zeroizing::new(hasher.finalize_xof());
        while *blind == Scalar::ZERO {
            stream.fill(&mut *bytes);
            *blind = Scalar::from_bytes_mod_order_wide(&bytes);
        }
    }
    blinds
}
