//! Shared custody: `K` is 32 random bytes, sealed to each member in the round order and committed there.
//!
//! ```text
//! commitment = H("salt commitment"; nonce, K)
//! seed(x)    = BLAKE3-keyed(H("shared seed key"; RH, K), canon(x))           x: an indicator or a canary
//! ```

use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::canary::Canary;
use crate::identity::{CannotOpen, OpeningKey, SealingKey};
use crate::indicator::Indicator;
use crate::round::RoundHash;
use crate::secret::Secret;
use crate::tag::Seed;
use crate::transcript::{self, Label};

const COMMITMENT: Label = Label::new("mandorla/1 salt commitment");
const SEALED_SALT: Label = Label::new("mandorla/1 sealed salt");
const SEED_KEY: Label = Label::new("mandorla/1 shared seed key");

/// The round's secret `K`. The convener draws it; members open it from the order; the matcher never has it.
pub struct Salt(Secret<32>);

/// What is wrong with the salt that an order carries for a member.
#[derive(Debug, Error)]
pub enum SaltFault {
    /// It cannot be opened with the member's key.
    #[error("the round's salt is not sealed to this home's card: ask the convener to open the round again")]
    NotForUs(#[from] CannotOpen),
    /// It opens, but to something else than a salt of 32 bytes.
    #[error("the round's salt has a wrong length: do not publish, and tell the convener")]
    Length,
    /// It is not the salt that the order commits to, so members would compare under different salts and find nothing.
    #[error("the round's salt does not match the commitment in the round order: do not publish, and tell the convener")]
    Commitment,
}

impl Salt {
    /// Takes over a salt that was just opened.
    pub fn new(secret: Secret<32>) -> Self {
        Self(secret)
    }

    /// A fresh salt.
    pub fn random() -> Self {
        Self(Secret::random())
    }

    /// `H("salt commitment"; nonce, K)`.
    pub fn commitment(&self, nonce: &[u8; 32]) -> [u8; 32] {
        transcript::hash(COMMITMENT, &[nonce, self.0.expose()])
    }

    /// The salt for one member: HPKE to its card, `info` = label, RH.
    pub fn seal(&self, round: &RoundHash, member: &SealingKey) -> Vec<u8> {
        member.seal(SEALED_SALT, &[round.as_bytes()], &[], self.0.expose())
    }

    /// Opens the salt and holds it against the commitment.
    pub fn open(
        sealed: &[u8],
        round: &RoundHash,
        nonce: &[u8; 32],
        commitment: &[u8; 32],
        key: &OpeningKey,
    ) -> Result<Self, SaltFault> {
        let opened = key.open(SEALED_SALT, &[round.as_bytes()], &[], sealed)?;
        let salt = Self::new(Secret::new(opened.as_slice().try_into().map_err(|_| SaltFault::Length)?));
        if bool::from(salt.commitment(nonce).ct_eq(commitment)) { Ok(salt) } else { Err(SaltFault::Commitment) }
    }

    /// The key that turns indicators into seeds in this round.
    pub fn seed_key(&self, round: &RoundHash) -> SeedKey {
        SeedKey(Secret::new(transcript::hash(SEED_KEY, &[round.as_bytes(), self.0.expose()])))
    }
}

/// `H("shared seed key"; RH, K)`.
pub struct SeedKey(Secret<32>);

impl SeedKey {
    /// `seed(x)`. `scratch` is reused from call to call; it holds `canon(x)` afterwards.
    pub fn seed(&self, indicator: &Indicator, scratch: &mut Vec<u8>) -> Seed {
        scratch.clear();
        indicator.write_canon(scratch);
        self.seed_of_canon(scratch)
    }

    /// The seed of a canary: no other than an indicator's, so that nothing tells the two apart.
    pub fn canary_seed(&self, canary: &Canary) -> Seed {
        let mut canon = Zeroizing::new(Vec::with_capacity(Canary::CANON));
        canary.write_canon(&mut canon);
        self.seed_of_canon(&canon)
    }

    fn seed_of_canon(&self, canon: &[u8]) -> Seed {
        Seed::new(blake3::keyed_hash(self.0.expose(), canon).into())
    }
}
