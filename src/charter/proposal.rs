//! Signatures under a charter: from a proposal to the charter in force, and members that resign from it.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{CHARTER_SIGNATURE, Charter, CharterFault, CharterHash, MAX_CHARTER, MAX_MEMBERS, RESIGNATION, Terms};
use crate::identity::{BadSignature, CardCore, CardId, Signature};
use crate::transcript::{Label, Malformed, Reader, Writer};

const VERSION: u32 = 1;

/// A charter with the signatures and resignations that it has so far, each checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    charter: Charter,
    signatures: BTreeMap<usize, Signature>,
    resignations: BTreeMap<usize, Signature>,
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
    /// Resigned from what binds nobody.
    #[error(
        "{0} has not signed this charter, so there is nothing to resign from: without its signature it never comes into force"
    )]
    NothingToResign(String),
}

/// Why bytes are no charter with its signatures.
#[derive(Debug, Error)]
pub enum ProposalFault {
    /// The bytes around the charter.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The charter.
    #[error(transparent)]
    Charter(#[from] CharterFault),
    /// A signature or a resignation.
    #[error(transparent)]
    Signature(#[from] SignatureFault),
}

/// A charter that somebody has not signed yet, with the names of those who have not.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the charter is not in force: {} must still sign it (`charter sign`)", .0.join(", "))]
pub struct NotInForce(pub Vec<String>);

impl Proposal {
    /// A charter that nobody has signed yet.
    pub fn new(charter: Charter) -> Self {
        Self { charter, signatures: BTreeMap::new(), resignations: BTreeMap::new() }
    }

    /// The charter.
    pub fn charter(&self) -> &Charter {
        &self.charter
    }

    /// Checks a signature and keeps it.
    pub fn add(&mut self, member: usize, signature: Signature) -> Result<(), SignatureFault> {
        self.check(member, CHARTER_SIGNATURE, &signature)?;
        self.signatures.insert(member, signature);
        Ok(())
    }

    /// Checks the resignation of a member that has signed, and keeps it. The charter stays in force for the rounds that it has;
    /// no other is opened under it.
    pub fn resign(&mut self, member: usize, signature: Signature) -> Result<(), SignatureFault> {
        let card = self.check(member, RESIGNATION, &signature)?;
        if !self.signatures.contains_key(&member) {
            return Err(SignatureFault::NothingToResign(card.name().to_owned()));
        }
        self.resignations.insert(member, signature);
        Ok(())
    }

    fn check(&self, member: usize, label: Label, signature: &Signature) -> Result<&CardCore, SignatureFault> {
        let card = self.charter.terms.members.get(member).ok_or(SignatureFault::NotAMember)?;
        card.verifying()
            .verify(label, &[self.charter.hash.as_bytes()], signature)
            .map_err(|BadSignature| SignatureFault::Bad(card.name().to_owned()))?;
        Ok(card)
    }

    /// The signatures, by the signers' places.
    pub fn signatures(&self) -> &BTreeMap<usize, Signature> {
        &self.signatures
    }

    /// The resignations, by the places of those who resigned.
    pub fn resignations(&self) -> &BTreeMap<usize, Signature> {
        &self.resignations
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

    /// Who has resigned: while somebody has, no round is opened under this charter.
    pub fn resigned(&self) -> impl Iterator<Item = &CardCore> {
        self.resignations.keys().map(|place| &self.charter.terms.members[*place])
    }

    /// The charter in force, if every member has signed; else who must still do so. Resignations change nothing in that, for
    /// the rounds that are there go on under it.
    pub fn agreed(&self) -> Result<Agreed, NotInForce> {
        let missing: Vec<String> = self.missing().map(|card| card.name().to_owned()).collect();
        if missing.is_empty() { Ok(Agreed(self.charter.clone())) } else { Err(NotInForce(missing)) }
    }

    /// All of it in bytes, as a home keeps it. The formula is in [`crate::manual`].
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u32(VERSION).bytes(&self.charter.encode());
        for signatures in [&self.signatures, &self.resignations] {
            writer.count(signatures.len());
            for (member, signature) in signatures {
                writer.count(*member).fixed(signature.as_bytes());
            }
        }
        writer.finish()
    }

    /// Reads [`Proposal::encode`], and checks the charter and all signatures.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProposalFault> {
        let mut reader = Reader::new("signed charter", bytes);
        if reader.u32()? != VERSION {
            return Err(reader.fault("its version is not known to this program: update it").into());
        }
        let mut proposal = Self::new(Charter::decode(reader.bytes(MAX_CHARTER)?)?);
        for (member, signature) in read_signatures(&mut reader)? {
            proposal.add(member, signature)?;
        }
        for (member, signature) in read_signatures(&mut reader)? {
            proposal.resign(member, signature)?;
        }
        reader.end()?;
        Ok(proposal)
    }
}

/// By rising places, each once.
fn read_signatures(reader: &mut Reader<'_>) -> Result<BTreeMap<usize, Signature>, Malformed> {
    let mut signatures = BTreeMap::new();
    for _ in 0..reader.count(MAX_MEMBERS)? {
        let member = reader.count(MAX_MEMBERS)?;
        if signatures.last_key_value().is_some_and(|(last, _)| *last >= member) {
            return Err(reader.fault("its signatures are not in order"));
        }
        signatures.insert(member, Signature::from(reader.fixed::<64>()?));
    }
    Ok(signatures)
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
