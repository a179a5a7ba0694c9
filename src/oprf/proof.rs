//! The proof that one key evaluated a whole batch: DLEQ, RFC 9497 section 2.2.
//!
//! ```text
//! M = Σ d_i·C_i    Z = Σ d_i·D_i                     the batch in one pair; Z = k·M if and only if every D_i = k·C_i
//! c = HashToScalar(lp(K) || lp(M) || lp(Z) || lp(t·B) || lp(t·M) || "Challenge")    s = t - c·k    t fresh and random
//! holds if c is the same over s·B + c·K for t·B and s·M + c·Z for t·M
//! ```

use std::fmt;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul;
use data_encoding::HEXLOWER;

use super::element::PublicKey;
use super::hash::{Expander, HASH_TO_SCALAR, lp, seed};
use super::{ELEMENT, OprfFault};

/// A proof over a batch: `c || s`, two canonical scalars.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Proof([u8; 64]);

impl Proof {
    fn new(c: &Scalar, s: &Scalar) -> Self {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(c.as_bytes());
        bytes[32..].copy_from_slice(s.as_bytes());
        Self(bytes)
    }

    /// The encoding.
    pub fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    fn halves(&self) -> (&[u8; 32], &[u8; 32]) {
        (self.0.first_chunk().expect("of 64 bytes"), self.0.last_chunk().expect("of 64 bytes"))
    }

    /// Proves that `k` leads from `B` to the public key and from `m` to `k·m`. `nonce` is secret and never used twice: two
    /// proofs with one give the key away.
    pub(super) fn prove(key: &Scalar, public: &PublicKey, m: &RistrettoPoint, nonce: &Scalar) -> Self {
        let c = challenge(public, [*m, m * key, RistrettoPoint::mul_base(nonce), m * nonce]);
        Self::new(&c, &(nonce - c * key))
    }

    /// Whether the logarithm of `z` to the base `m` is the private key of `public`.
    pub(super) fn verify(&self, public: &PublicKey, m: RistrettoPoint, z: RistrettoPoint) -> Result<(), OprfFault> {
        let (c, s) = self.halves();
        let (c, s) = (Scalar::from_bytes_mod_order(*c), Scalar::from_bytes_mod_order(*s));
        let t2 = RistrettoPoint::vartime_double_scalar_mul_basepoint(&c, public.point(), &s);
        let t3 = RistrettoPoint::vartime_multiscalar_mul([s, c], [m, z]);
        if challenge(public, [m, z, t2, t3]) == c { Ok(()) } else { Err(OprfFault::Proof) }
    }
}

impl TryFrom<[u8; 64]> for Proof {
    type Error = OprfFault;

    fn try_from(bytes: [u8; 64]) -> Result<Self, OprfFault> {
        let proof = Self(bytes);
        let (c, s) = proof.halves();
        // One spelling a proof: c + q would verify as c does.
        let canonical = |bytes: &[u8; 32]| Scalar::from_canonical_bytes(*bytes).is_some();
        if bool::from(canonical(c) & canonical(s)) { Ok(proof) } else { Err(OprfFault::MalformedProof) }
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proof({})", HEXLOWER.encode(&self.0))
    }
}

fn challenge(public: &PublicKey, points: [RistrettoPoint; 4]) -> Scalar {
    let length = lp(ELEMENT);
    let [m, z, t2, t3] = points.map(|point| point.compress().to_bytes());
    let parts: [&[u8]; 11] =
        [&length, public.as_bytes(), &length, &m, &length, &z, &length, &t2, &length, &t3, b"Challenge"];
    Expander::new(HASH_TO_SCALAR).to_scalar(&parts)
}

/// The `d_i` of a batch: they depend on the key and on every byte of the batch, so that whoever evaluates cannot choose
/// elements whose errors cancel out in the sums.
pub(super) struct Weights(Vec<Scalar>);

impl Weights {
    /// Of as many blinded as evaluated elements, as they are on the wire.
    pub(super) fn new(public: &PublicKey, blinded: &[u8], evaluated: &[u8]) -> Self {
        let (seed, expander) = (seed(public.as_bytes()), Expander::new(HASH_TO_SCALAR));
        let (seed_length, length) = (lp(seed.len()), lp(ELEMENT));
        let pairs = blinded.chunks_exact(ELEMENT).zip(evaluated.chunks_exact(ELEMENT));
        let weight = |(index, (blinded, evaluated)): (usize, (&[u8], &[u8]))| {
            let index = lp(index);
            expander.to_scalar(&[&seed_length, &seed, &index, &length, blinded, &length, evaluated, b"Composite"])
        };
        Self(pairs.enumerate().map(weight).collect())
    }

    /// `Σ d_i·P_i`, in time that depends on the values: they are on the wire.
    pub(super) fn sum(&self, points: &[RistrettoPoint]) -> RistrettoPoint {
        RistrettoPoint::vartime_multiscalar_mul(&self.0, points)
    }
}
