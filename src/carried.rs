//! Files that people carry between a home without a network and the servers: as bytes, or as armoured text that survives
//! e-mail.
//!
//! | file | from → to | what its carrier can read in it |
//! |---|---|---|
//! | [charter] | convener → member → matcher | all of it: rules, cards without points of contact, signatures |
//! | [round order](order) | matcher → member | all of it but the salts, which are sealed to the members |
//! | [blinded list](blinded) | member → custodians | the order, whose list it is, and how many indicators are new in it |
//! | [evaluated list](evaluated) | custodians → member | the round, and how many were evaluated |
//! | [sealed list](crate::list::file) | member → matcher | the round, and the size |
//! | [question] | member → matcher | the round, and the size, which is that of the list |
//! | [answer] | matcher → member | the round, and the size, which is a power of two of 64 KiB |
//! | [withdrawal] | member → matcher | all of it: whose list of which round is taken back |
//! | [receipt](crate::list::receipt) | matcher → member | all of it: whose list of which round came when |
//!
//! Each begins with a line that says what it is and in which version; armour is around exactly these bytes. What is not known
//! is refused, and nothing is read beyond the bounds of its kind.

pub mod answer;
pub mod blinded;
pub mod charter;
mod envelope;
pub mod evaluated;
pub mod order;
pub mod question;
pub mod receipt;
pub mod withdrawal;

use std::io::{self, Cursor, Read};

use thiserror::Error;

pub use self::envelope::Envelope;
use crate::charter::{NotInForce, ProposalFault};
use crate::identity::{ArmourError, CannotOpen, armour, armoured_kind, dearmour_within};
use crate::list::file::FileFault;
use crate::list::receipt::ReceiptFault;
use crate::round::OrderFault;
use crate::stream::BadChunk;
use crate::transcript::Malformed;

/// The longest first line of a file of ours.
const MAX_MAGIC: usize = 32;
/// Armour begins before this, so that no other large file is read to its end.
const MAX_BEFORE: u64 = 4 << 20;
/// The longest text in which armour is looked for: a sealed list of 30 million indicators.
const MAX_TEXT: u64 = 256 << 20;
/// How a home's TLS key begins, which is in PEM as other programs have it.
const PEM_KEY: &str = "-----BEGIN PRIVATE KEY-----";
/// The longest of the files that are read whole: a charter at its largest, with the salts of 256 members.
const MAX_WHOLE: u64 = 512 << 10;

/// What a file of ours is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A card, in armour alone.
    Card,
    /// A charter with signatures.
    Charter,
    /// A round order with its charter.
    RoundOrder,
    /// A list on its way to the custodians.
    Blinded,
    /// What the custodians say to it.
    Evaluated,
    /// A list on its way to the matcher.
    SealedList,
    /// Tags on their way to the matcher.
    Question,
    /// What the matcher says to a question.
    Answer,
    /// A member's word that it takes its list back.
    Withdrawal,
    /// The matcher's word that it has a list.
    Receipt,
    /// Tags, seeds and indicators of a list: it stays in the house.
    Tags,
    /// A secret key of a home, in armour alone.
    Key,
}

impl FileKind {
    const ALL: [Self; 12] = [
        Self::Card,
        Self::Charter,
        Self::RoundOrder,
        Self::Blinded,
        Self::Evaluated,
        Self::SealedList,
        Self::Question,
        Self::Answer,
        Self::Withdrawal,
        Self::Receipt,
        Self::Tags,
        Self::Key,
    ];

    /// The words for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Charter => "charter",
            Self::RoundOrder => "round order",
            Self::Blinded => "blinded list",
            Self::Evaluated => "evaluated list",
            Self::SealedList => "sealed list",
            Self::Question => "question",
            Self::Answer => "answer",
            Self::Withdrawal => "withdrawal",
            Self::Receipt => "receipt",
            Self::Tags => "tags file",
            Self::Key => "secret key",
        }
    }

    /// As in "this is an answer".
    pub(crate) fn with_article(self) -> String {
        let article = if matches!(self, Self::Answer | Self::Evaluated) { "an" } else { "a" };
        format!("{article} {}", self.name())
    }

    /// The first line, in this version; none for what comes in armour alone.
    const fn magic(self) -> Option<&'static [u8]> {
        Some(match self {
            Self::Charter => charter::MAGIC,
            Self::RoundOrder => order::MAGIC,
            Self::Blinded => blinded::MAGIC,
            Self::Evaluated => evaluated::MAGIC,
            Self::SealedList => crate::list::file::SEALED_MAGIC,
            Self::Question => question::MAGIC,
            Self::Answer => answer::MAGIC,
            Self::Withdrawal => withdrawal::MAGIC,
            Self::Receipt => receipt::MAGIC,
            Self::Tags => crate::list::file::TAGS_MAGIC,
            Self::Card | Self::Key => return None,
        })
    }

    /// The kind of armour; none for what is never printed.
    const fn armour(self) -> Option<&'static str> {
        Some(match self {
            Self::Card => crate::identity::CARD,
            Self::Charter => "MANDORLA CHARTER",
            Self::RoundOrder => "MANDORLA ROUND ORDER",
            Self::Blinded => "MANDORLA BLINDED LIST",
            Self::Evaluated => "MANDORLA EVALUATED LIST",
            Self::SealedList => "MANDORLA SEALED LIST",
            Self::Question => "MANDORLA QUESTION",
            Self::Answer => "MANDORLA ANSWER",
            Self::Withdrawal => "MANDORLA WITHDRAWAL",
            Self::Receipt => "MANDORLA RECEIPT",
            Self::Tags | Self::Key => return None,
        })
    }

    /// Bytes of this kind as text.
    ///
    /// # Panics
    /// For kinds that are never printed.
    pub fn to_text(self, bytes: &[u8]) -> String {
        armour(self.armour().expect("tags and keys are never printed"), bytes)
    }

    fn from_armour(found: &str) -> Option<Self> {
        let key = found.starts_with("MANDORLA ") && found.ends_with(" KEY");
        let kind = Self::ALL.into_iter().find(|kind| kind.armour() == Some(found));
        let successor = found == crate::identity::SUCCESSOR_CARD;
        kind.or(key.then_some(Self::Key)).or(successor.then_some(Self::Card))
    }
}

/// Why a file that was carried cannot be used. Each says what to do.
#[derive(Debug, Error)]
pub enum CarriedFault {
    /// The disk's word.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Armour that is none.
    #[error(transparent)]
    Armour(#[from] ArmourError),
    /// No file of ours.
    #[error("this is no file of Mandorla, and holds no armoured block of one")]
    NotOurs,
    /// A file of another version.
    #[error(
        "this file is of a kind or version that this program does not know: update it, or have the file made again"
    )]
    Unknown,
    /// A file of ours, but another.
    #[error("this is {}, not {}", .found.with_article(), .wanted.with_article())]
    Kind {
        /// What is needed.
        wanted: FileKind,
        /// What it is.
        found: FileKind,
    },
    /// More bytes than the kind may have.
    #[error("this is longer than any {} can be", .0.name())]
    TooLong(FileKind),
    /// Bytes that are not what they should be.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A list's files.
    #[error(transparent)]
    File(#[from] FileFault),
    /// A charter that cannot be, or a signature under it that does not fit.
    #[error(transparent)]
    Proposal(#[from] ProposalFault),
    /// A charter that somebody has not signed.
    #[error(transparent)]
    NotInForce(#[from] NotInForce),
    /// An order that opens no round.
    #[error(transparent)]
    Order(#[from] OrderFault),
    /// A receipt that is worth nothing.
    #[error(transparent)]
    Receipt(#[from] ReceiptFault),
    /// Sealed to another card.
    #[error("{}: it is for another home, or was changed on the way", .0.name())]
    NotForUs(FileKind),
    /// Signed by another than it should be.
    #[error("the signature of the {} does not fit: it was changed on the way, or is not from {signer}", .kind.name())]
    Unsigned {
        /// What is signed.
        kind: FileKind,
        /// Who should have.
        signer: &'static str,
    },
}

impl From<BadChunk> for CarriedFault {
    fn from(fault: BadChunk) -> Self {
        Self::File(fault.into())
    }
}

/// The HPKE key of an envelope is another's: which step failed is nobody's business.
fn not_for_us(kind: FileKind) -> impl Fn(CannotOpen) -> CarriedFault {
    move |CannotOpen| CarriedFault::NotForUs(kind)
}

/// A file of ours, read no further than to see what it is.
pub struct Carried {
    /// What it is.
    pub kind: FileKind,
    /// All of its bytes, without armour.
    pub content: Box<dyn Read>,
}

impl Carried {
    /// Finds out what a file is.
    pub fn open(mut file: impl Read + 'static) -> Result<Self, CarriedFault> {
        let mut start = Vec::with_capacity(MAX_MAGIC);
        file.by_ref().take(MAX_MAGIC as u64).read_to_end(&mut start)?;
        if start.starts_with(b"mandorla/") {
            let known = |kind: &FileKind| kind.magic().is_some_and(|magic| start.starts_with(magic));
            let kind = FileKind::ALL.into_iter().find(known).ok_or(CarriedFault::Unknown)?;
            return Ok(Self { kind, content: Box::new(Cursor::new(start).chain(file)) });
        }
        let mut text = start;
        file.by_ref().take(MAX_BEFORE).read_to_end(&mut text)?;
        let kind = Self::armoured(&String::from_utf8_lossy(&text))?;
        if file.take(MAX_TEXT + 1).read_to_end(&mut text)? as u64 > MAX_TEXT {
            return Err(CarriedFault::NotOurs);
        }
        // An e-mail may be in any encoding; armour is ASCII.
        Self::from_text(kind, &String::from_utf8_lossy(&text))
    }

    fn armoured(text: &str) -> Result<FileKind, CarriedFault> {
        match armoured_kind(text) {
            Some(found) => FileKind::from_armour(found).ok_or(CarriedFault::Unknown),
            None if text.contains(PEM_KEY) => Ok(FileKind::Key),
            None => Err(CarriedFault::NotOurs),
        }
    }

    fn from_text(kind: FileKind, text: &str) -> Result<Self, CarriedFault> {
        // Cards are read from their text, and keys nowhere but in their home.
        let Some((armour, magic)) = kind.armour().zip(kind.magic()) else {
            return Ok(Self { kind, content: Box::new(io::empty()) });
        };
        let bytes = dearmour_within(armour, text, text.len())?;
        if !bytes.starts_with(magic) {
            return Err(CarriedFault::Unknown);
        }
        Ok(Self { kind, content: Box::new(Cursor::new(bytes)) })
    }

    /// The content, if it is of this kind.
    pub fn expect(self, wanted: FileKind) -> Result<Box<dyn Read>, CarriedFault> {
        if self.kind == wanted { Ok(self.content) } else { Err(CarriedFault::Kind { wanted, found: self.kind }) }
    }
}

/// All bytes of a small file.
fn read_whole(kind: FileKind, content: impl Read) -> Result<Vec<u8>, CarriedFault> {
    let mut bytes = Vec::new();
    match content.take(MAX_WHOLE + 1).read_to_end(&mut bytes)? as u64 {
        0..=MAX_WHOLE => Ok(bytes),
        _ => Err(CarriedFault::TooLong(kind)),
    }
}

/// What follows the first line.
fn after_magic(kind: FileKind, bytes: &[u8]) -> Result<&[u8], CarriedFault> {
    kind.magic().and_then(|magic| bytes.strip_prefix(magic)).ok_or(CarriedFault::Unknown)
}
