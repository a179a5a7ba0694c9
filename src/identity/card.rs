//! Cards: a member's public face, signed by itself.
//!
//! ```text
//! core    = u32 1 || lp(name) || role code || Ed25519 32 || X25519 32 || SHA-256 of the TLS SubjectPublicKeyInfo 32
//! id      = H("mandorla/1 card"; Ed25519, X25519, TLS hash)
//! contact = u64 signed at || lp(name) || lp(e-mail) || lp(phone) || lp(hours)
//! card    = u32 1 || core || signature("mandorla/1 card core"; core)
//!                 || contact || signature("mandorla/1 card contact"; id, contact)
//! ```
//!
//! A card may come with those that it succeeds: see `card/succession.rs`.

use std::fmt;

use thiserror::Error;

use super::{
    ArmourError, CARD, InvalidKey, SUCCESSOR_CARD, SealingKey, Signature, SigningKey, TextFault, VerifyingKey, armour,
    armoured_kind, check_line, dearmour,
};
use crate::transcript::{Label, Malformed, Reader, Writer, hash};

mod contact;
mod id;
mod role;
mod succession;

pub use contact::Contact;
pub use id::{CardId, Fingerprint, NotAFingerprint};
pub use role::{Role, UnknownRole};
use succession::Line;

const VERSION: u32 = 1;
const MAX_NAME: usize = 100;

const ID: Label = Label::new("mandorla/1 card");
const CORE: Label = Label::new("mandorla/1 card core");
const CONTACT: Label = Label::new("mandorla/1 card contact");

/// What is wrong with a card, or with what should become one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CardError {
    /// The text holds no card.
    #[error(transparent)]
    Armour(#[from] ArmourError),
    /// The bytes are no card.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A card of a later program.
    #[error("the card is of version {0}, and this program knows version {VERSION}: update it")]
    Version(u32),
    /// A role that this program does not know.
    #[error(transparent)]
    Role(#[from] UnknownRole),
    /// A text that does not belong on a card.
    #[error("the {field} on the card {fault}")]
    Text {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        fault: TextFault,
    },
    /// A text that must be there, or must look like what it says.
    #[error("the {field} on the card must be {expected}")]
    Field {
        /// Which.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A public key that nobody honest has.
    #[error(transparent)]
    Key(#[from] InvalidKey),
    /// Name, role or keys are not what the owner signed.
    #[error("the signature over name, role and keys does not hold: the card was changed; ask its owner for it again")]
    CoreSignature,
    /// The point of contact is not what the owner signed.
    #[error("the signature over the point of contact does not hold: it was changed; ask the owner for the card again")]
    ContactSignature,
    /// The old key did not hand over to the new card.
    #[error("the old key's signature over the new card does not hold: call the owner before you trust either card")]
    Succession,
    /// A line of cards with two names or roles.
    #[error("a card can succeed one of the same name and role alone: make a new identity for another")]
    OtherOwner,
    /// Signing with a key that is not the card's.
    #[error("this signing key is not the one on the card: sign it in the home that made it")]
    NotTheOwner,
}

/// What charters bind: name, role and public keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardCore {
    name: String,
    role: Role,
    verifying: VerifyingKey,
    sealing: SealingKey,
    tls: [u8; 32],
}

impl CardCore {
    /// A core of a name (1 to 100 bytes in one visible line), a role, and the public halves of three keys; `tls` is the
    /// SHA-256 of the TLS key's SubjectPublicKeyInfo.
    pub fn new(
        name: &str,
        role: Role,
        verifying: VerifyingKey,
        sealing: SealingKey,
        tls: [u8; 32],
    ) -> Result<Self, CardError> {
        if name.is_empty() {
            return Err(CardError::Field { field: "name", expected: "given" });
        }
        check_line(name, MAX_NAME).map_err(|fault| CardError::Text { field: "name", fault })?;
        Ok(Self { name: name.to_owned(), role, verifying, sealing, tls })
    }

    /// The name of the organisation or server. Anyone can write any name: the fingerprint is what tells cards apart.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The key that checks its signatures.
    pub fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// The key that seals to it.
    pub fn sealing(&self) -> &SealingKey {
        &self.sealing
    }

    /// The SHA-256 of its TLS key's SubjectPublicKeyInfo.
    pub fn tls(&self) -> &[u8; 32] {
        &self.tls
    }

    /// `H("mandorla/1 card"; Ed25519, X25519, TLS hash)`.
    pub fn id(&self) -> CardId {
        CardId::from(hash(ID, &[self.verifying.as_bytes(), self.sealing.as_bytes(), &self.tls]))
    }

    /// The encoding, which has one spelling: what is signed, and what charters hold.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u32(VERSION).text(&self.name).u8(self.role.code());
        writer.fixed(self.verifying.as_bytes()).fixed(self.sealing.as_bytes()).fixed(&self.tls);
        writer.finish()
    }

    /// Reads and checks what [`encode`](Self::encode) wrote; who vouches for it is for the caller to know.
    pub fn decode(bytes: &[u8]) -> Result<Self, CardError> {
        let mut reader = Reader::new("card", bytes);
        let core = Self::read(&mut reader)?;
        reader.end()?;
        Ok(core)
    }

    fn read(reader: &mut Reader) -> Result<Self, CardError> {
        check_version(reader.u32()?)?;
        let name = reader.text(MAX_NAME)?;
        let role = Role::try_from(reader.u8()?)?;
        Self::new(name, role, reader.fixed()?.try_into()?, reader.fixed()?.try_into()?, reader.fixed()?)
    }
}

fn check_version(version: u32) -> Result<(), CardError> {
    if version == VERSION { Ok(()) } else { Err(CardError::Version(version)) }
}

/// A card: both of its signatures hold, and those of the cards that it succeeds, or the value would not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    core: CardCore,
    core_signature: Signature,
    contact: Contact,
    signed_at: u64,
    contact_signature: Signature,
    line: Line,
}

impl Card {
    /// The longest encoding of a card, in bytes.
    pub const MAX: usize = 2048;

    /// Signs a card with the key that is on it. `signed_at`, in seconds since 1970, lets a newer contact replace an older.
    pub fn sign(core: CardCore, contact: Contact, signed_at: u64, key: &SigningKey) -> Result<Self, CardError> {
        if key.public() != core.verifying {
            return Err(CardError::NotTheOwner);
        }
        let core_signature = key.sign(CORE, &[&core.encode()]);
        let contact_signature = key.sign(CONTACT, &[core.id().as_bytes(), &contact.encode(signed_at)]);
        Ok(Self { core, core_signature, contact, signed_at, contact_signature, line: Line::default() })
    }

    /// This card as the successor of `old`, to which the old signing key `key` hands over.
    pub fn succeeding(self, old: &Self, key: &SigningKey) -> Result<Self, CardError> {
        let line = Line::hand_over(old, &self.core, key)?;
        Ok(Self { line, ..self })
    }

    /// The card with another contact, which a newer card of the same core brings.
    pub(crate) fn with_contact_of(&self, newer: &Self) -> Self {
        debug_assert_eq!(self.core, newer.core, "a contact is signed for one id");
        Self { core: self.core.clone(), line: self.line.clone(), ..newer.clone() }
    }

    /// Name, role and keys.
    pub fn core(&self) -> &CardCore {
        &self.core
    }

    /// The point of contact.
    pub fn contact(&self) -> &Contact {
        &self.contact
    }

    /// When the contact was signed, by the owner's clock, in seconds since 1970.
    pub fn signed_at(&self) -> u64 {
        self.signed_at
    }

    /// Short for `core().id()`.
    pub fn id(&self) -> CardId {
        self.core.id()
    }

    /// What people read to each other.
    pub fn fingerprint(&self) -> Fingerprint {
        self.id().fingerprint()
    }

    /// The cards that it succeeds, newest first: the key of each has signed the one after it.
    pub fn predecessors(&self) -> impl Iterator<Item = &CardCore> {
        self.line.cores().rev()
    }

    /// Whether it succeeds a card, with none or several between.
    pub fn succeeds(&self, core: &CardCore) -> bool {
        self.predecessors().any(|old| old == core)
    }

    /// The encoding of the card alone, without those that it succeeds; see [`crate::manual`].
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = VERSION.to_le_bytes().to_vec();
        bytes.extend(self.core.encode());
        bytes.extend(self.core_signature.as_bytes());
        bytes.extend(self.contact.encode(self.signed_at));
        bytes.extend(self.contact_signature.as_bytes());
        bytes
    }

    /// Reads a card and checks both signatures.
    pub fn decode(bytes: &[u8]) -> Result<Self, CardError> {
        let mut reader = Reader::new("card", bytes);
        let card = Self::read(&mut reader)?;
        reader.end()?;
        Ok(card)
    }

    fn read(reader: &mut Reader) -> Result<Self, CardError> {
        check_version(reader.u32()?)?;
        let core = CardCore::read(reader)?;
        let core_signature = reader.fixed()?.into();
        let signed_at = reader.u64()?;
        let contact = Contact::read(reader)?;
        let contact_signature = reader.fixed()?.into();

        core.verifying.verify(CORE, &[&core.encode()], &core_signature).map_err(|_| CardError::CoreSignature)?;
        core.verifying
            .verify(CONTACT, &[core.id().as_bytes(), &contact.encode(signed_at)], &contact_signature)
            .map_err(|_| CardError::ContactSignature)?;
        Ok(Self { core, core_signature, contact, signed_at, contact_signature, line: Line::default() })
    }

    /// The text that people send each other: a card, or a successor card.
    pub fn to_armour(&self) -> String {
        match self.line.is_empty() {
            true => armour(CARD, &self.encode()),
            false => armour(SUCCESSOR_CARD, &self.line.encode(&self.encode())),
        }
    }

    /// Reads the card or successor card in a text, such as an e-mail.
    pub fn from_armour(text: &str) -> Result<Self, CardError> {
        match armoured_kind(text) {
            Some(SUCCESSOR_CARD) => Line::decode(&dearmour(SUCCESSOR_CARD, text)?),
            _ => Self::decode(&dearmour(CARD, text)?),
        }
    }
}

/// Name, role and fingerprint, in one line.
impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.core.name, self.core.role, self.fingerprint())
    }
}

#[cfg(test)]
mod tests;
