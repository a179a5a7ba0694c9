//! The custodian's side: a key, and what it does to a batch.

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use zeroize::Zeroizing;

use super::element::{Elements, PublicKey, encode_doubled};
use super::hash::{DERIVE_KEY_PAIR, Expander, lp};
use super::proof::{Proof, Weights};
use super::{MAX_INPUT, OprfFault};
use crate::secret::Secret;

/// A custodian's key for one round: a scalar that is not zero. Wiped on drop.
pub struct PrivateKey {
    scalar: Zeroizing<Scalar>,
    public: PublicKey,
}

/// A custodian's answer to a batch.
pub struct Evaluated {
    /// The evaluated elements in the order of the blinded ones, 32 bytes each.
    pub elements: Vec<u8>,
    /// That the key evaluated them all.
    pub proof: Proof,
}

impl PrivateKey {
    /// A fresh key.
    pub fn random() -> Self {
        Self::new(random_scalar())
    }

    /// The key of a seed: `DeriveKeyPair` of the RFC, section 3.2.1.
    pub fn derive(seed: &[u8; 32], info: &[u8]) -> Result<Self, OprfFault> {
        if info.len() > MAX_INPUT {
            return Err(OprfFault::Info { bytes: info.len() });
        }
        let (expander, length) = (Expander::new(DERIVE_KEY_PAIR), lp(info.len()));
        let scalar = |counter: u8| Zeroizing::new(expander.to_scalar(&[seed, &length, info, &[counter]]));
        let scalar = (0..=u8::MAX).map(scalar).find(|scalar| **scalar != Scalar::ZERO);
        Ok(Self::new(scalar.expect("no 256 hashes in a row are zero")))
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &Secret<32>) -> Result<Self, OprfFault> {
        let scalar = Option::from(Scalar::from_canonical_bytes(*bytes.expose())).map(Zeroizing::new);
        scalar.filter(|scalar| **scalar != Scalar::ZERO).map(Self::new).ok_or(OprfFault::PrivateKey)
    }

    fn new(scalar: Zeroizing<Scalar>) -> Self {
        let public = PublicKey::new(RistrettoPoint::mul_base(&scalar));
        Self { scalar, public }
    }

    /// The key to keep.
    pub fn to_bytes(&self) -> Secret<32> {
        Secret::new(self.scalar.to_bytes())
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// `k·C_i` for every element, and one proof over all: `BlindEvaluate`, section 3.3.2. The same batch gets the same
    /// elements each time, and a proof of its own.
    pub fn evaluate(&self, blinded: &Elements) -> Evaluated {
        self.evaluate_with(blinded, &random_scalar())
    }

    /// [`Self::evaluate`] with the random scalar of the proof, which the RFC's vectors give.
    pub(super) fn evaluate_with(&self, blinded: &Elements, nonce: &Scalar) -> Evaluated {
        let half = Zeroizing::new(self.scalar.div_by_2());
        let halves: Vec<_> = blinded.points().iter().map(|point| point * *half).collect();
        let elements = encode_doubled(&halves);
        let m = Weights::new(&self.public, blinded.bytes(), &elements).sum(blinded.points());
        Evaluated { elements, proof: Proof::prove(&self.scalar, &self.public, &m, nonce) }
    }
}

/// A scalar that is not zero, from 64 random bytes: uniform but for 2^-259.
fn random_scalar() -> Zeroizing<Scalar> {
    loop {
        let scalar = Zeroizing::new(Scalar::from_bytes_mod_order_wide(Secret::random().expose()));
        if *scalar != Scalar::ZERO {
            return scalar;
        }
    }
}
