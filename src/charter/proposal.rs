//! Signatures under a charter: from a proposal to the charter in force.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{CHARTER_SIGNATURE, Charter, CharterHash, Terms};
use crate::identity::{BadSignature, CardCore, CardId, Signature};

/// A charter and the signatures that it has so far, each checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    charter: Charter,
    signatures: BTreeMap<usize, Signature>,
}

/// Why a signature does not stand under a charter.
#[derive(Debug, Error)]
pub enum SignatureFault {
    /// Signed by somebody whom the charter does not name.
    #[error("the signer is not a member of this exchange")]
    NotAMember,
    /// Over other bytes, or by another key.
    #[error("the signature of {0} does not fit this charter: it was changed after it was signed")]
    Bad(String),
}

/// A charter that somebody has not signed yet, with the names of those who have not.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the charter is not in force: {} must still sign it (`charter sign`)", .0.join(", "))]
pub struct NotInForce(pub Vec<String>);

impl Proposal {
    /// A charter that nobody has signed yet.
    pub fn new(charter: Charter) -> Self {
        Self { charter, signatures: BTreeMap::new() }
    }

    /// The charter.
    pub fn charter(&self) -> &Charter {
        &self.charter
    }

    /// Checks a signature and keeps it.
    pub fn add(&mut self, member: usize, signature: Signature) -> Result<(), SignatureFault> {
        let card = self.charter.terms.members.get(member).ok_or(SignatureFault::NotAMember)?;
        card.verifying()
            .verify(CHARTER_SIGNATURE, &[self.charter.hash.as_bytes()], &signature)
            .map_err(|BadSignature| SignatureFault::Bad(card.name().to_owned()))?;
        self.signatures.insert(member, signature);
        Ok(())
    }

    /// The signatures, by the signers' places.
    pub fn signatures(&self) -> &BTreeMap<usize, Signature> {
        &self.signatures
    }

    /// Whether the owner of this card has signed.
    pub fn is_signed_by(&self, card: CardId) -> bool {
        self.charter.terms.place_of(card).is_some_and(|place| self.signatures.contains_key(&place))
    }

    /// Who has not signed yet.
    pub fn missing(&self) -> impl Iterator<Item = &CardCore> {
        let members = self.charter.terms.members.iter().enumerate();
        members.filter(|(place, _)| !self.signatures.contains_key(place)).map(|(_, card)| card)
    }

    /// The charter in force, if every member has signed; else who must still do so.
    pub fn agreed(&self) -> Result<Agreed, NotInForce> {
        let missing: Vec<String> = self.missing().map(|card| card.name().to_owned()).collect();
        if missing.is_empty() { Ok(Agreed(self.charter.clone())) } else { Err(NotInForce(missing)) }
    }
}

/// A charter that every member has signed: what rounds are opened under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed(Charter);

impl Agreed {
    /// What it says.
    pub fn terms(&self) -> &Terms {
        &self.0.terms
    }

    /// `CH`.
    pub fn hash(&self) -> CharterHash {
        self.0.hash
    }

    /// The members that open and close rounds.
    pub fn conveners(&self) -> impl Iterator<Item = &CardCore> {
        self.0.terms.conveners.iter().map(|place| &self.0.terms.members[*place])
    }
}
