//! Why a client could not do something.

use std::io;

use thiserror::Error;

use super::link::CustodianFault;
use crate::carried::CarriedFault;
use crate::charter::{NotInForce, SignatureFault};
use crate::custody::shared::SaltFault;
use crate::home::HomeError;
use crate::identity::CardError;
use crate::list::DraftFault;
use crate::list::file::FileFault;
use crate::list::receipt::ReceiptFault;
use crate::oprf::OprfFault;
use crate::round::{OrderFault, Phase};
use crate::transport::{ConnectError, TlsIdentityError};

/// Why something could not be done. Each says what to do.
#[derive(Debug, Error)]
pub enum ClientError {
    /// No connection, or no longer.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The matcher's no, in its words: hostile until printed safely.
    #[error("the matcher refused: {0}")]
    Refused(String),
    /// The matcher could not do it this time, in its words; what was on its way is kept.
    #[error("the matcher did not finish: {0}")]
    Unfinished(String),
    /// The matcher does not have it, in its words.
    #[error("the matcher refused: {0}")]
    NotThere(String),
    /// The home's own files.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The home's own TLS key.
    #[error(transparent)]
    Tls(#[from] TlsIdentityError),
    /// A card in the home that is none.
    #[error(transparent)]
    Card(#[from] CardError),
    /// A file of a list.
    #[error("{file}: {fault}")]
    File {
        /// Which.
        file: String,
        /// What is wrong.
        fault: FileFault,
    },
    /// Writing or reading such a file.
    #[error("a file of this home: {0}")]
    Io(#[from] io::Error),
    /// This home is not named by the charter.
    #[error("the charter does not name this home's card: ask its convener for one that does")]
    NotAMember,
    /// A courier asks for what is a member's.
    #[error("this home carries files in the exchange and is no member of it: it can `round order` and `submit`")]
    OnlyCarries,
    /// A charter of before the keys changed.
    #[error(
        "the charter names the card that this home succeeds: go on with the old home until a charter that names the new card is in force"
    )]
    OnlySucceeds,
    /// An order under rules that are over.
    #[error("the order is under an old charter of {0}: a newer version is in force, so ask for an order under that")]
    OldCharter(String),
    /// What a courier brought.
    #[error(transparent)]
    Carried(#[from] CarriedFault),
    /// Tags that this home cannot read, or no longer.
    #[error(
        "{0}: these tags cannot be read here: they were changed or sealed in another home, their list was withdrawn, or the round is purged"
    )]
    TagsKey(String),
    /// Tags of one round with the order of another.
    #[error(
        "the tags are of a list that was sealed for another round than the order's: give the tags that were sealed with it"
    )]
    TagsOfAnotherRound,
    /// The order is not where it should be.
    #[error(
        "this home does not have the order that the list was sealed under: read the answer in the home that sealed it"
    )]
    NoOrder,
    /// An answer about something else.
    #[error("the answer is about another round than the tags: give the tags of the list that was asked about")]
    AnswerOfAnotherRound,
    /// An answer about an older or newer list.
    #[error("the answer is about list {answer}, and these are the tags of list {tags}: give the tags of list {answer}")]
    AnswerOfAnotherList {
        /// The answer's.
        answer: u32,
        /// The tags'.
        tags: u32,
    },
    /// The charter is for another server.
    #[error("the charter names another matcher than the one that this home is connected to: `connect` to that one")]
    OtherMatcher,
    /// More than one exchange of that name.
    #[error("more than one exchange has that name; name it by the beginning of its hash: {}", .0.join(", "))]
    Ambiguous(Vec<String>),
    /// Cards that nobody has vouched for: the matcher may have invented them.
    #[error(
        "the charter names cards that are not in this home's book: {}. Get each card from its owner and `card add` it, \
         or have the fingerprint read to you and give it with --fingerprint",
        .0.join("; ")
    )]
    NotInBook(Vec<String>),
    /// A charter that somebody has not signed yet.
    #[error(transparent)]
    NotInForce(#[from] NotInForce),
    /// Rules that are over.
    #[error("{0} has a newer version: open the round under that")]
    Replaced(String),
    /// An exchange that goes on only without some of its members.
    #[error(
        "{0} resigned: no round is opened under this charter any more; propose an amendment without them \
         (`charter propose FILE --amends NAME`)"
    )]
    Resigned(String),
    /// A charter that the home remembers.
    #[error(
        "the file {0} of this home is damaged: remove it, and this home forgets that charter until it sees it again"
    )]
    DamagedCharter(String),
    /// A signature that does not fit.
    #[error(transparent)]
    Signature(#[from] SignatureFault),
    /// An order that the convener did not sign.
    #[error("do not publish in this round: {0}")]
    Order(#[from] OrderFault),
    /// A salt that is not the round's.
    #[error(transparent)]
    Salt(#[from] SaltFault),
    /// A custodian that did not do its part.
    #[error("custodian {name}: {fault}")]
    Custodian {
        /// Which.
        name: String,
        /// Why not.
        fault: Box<CustodianFault>,
    },
    /// More than the custodians will evaluate.
    #[error(
        "what is new in the list takes {asked} evaluations by the custodians, and {left} of the {budget} that a member has in this round are left: \
         publish a list with less that is new, or wait for the next round"
    )]
    OverBudget {
        /// What the list takes.
        asked: u64,
        /// What is left.
        left: u64,
        /// What there was.
        budget: u64,
    },
    /// Indicators that cannot be blinded.
    #[error("an indicator of the list cannot be evaluated: {0}")]
    Blinding(OprfFault),
    /// Sealing before the custodians have answered.
    #[error(
        "the custodians have still to evaluate {0} of the list's indicators and canaries: have that done first (`seal --blinded`); what came back for another list or home is of no use for this one"
    )]
    NotEvaluated(usize),
    /// Nothing that custodians could do.
    #[error(
        "custodians have nothing to evaluate of this list, for custody is shared or all of it is evaluated: seal it without --blinded and \
         --evaluated (`seal --order FILE LIST`)"
    )]
    NothingToEvaluate,
    /// An evaluated list without the answers of all custodians.
    #[error(
        "the evaluated list has answers of {found} of the {expected} custodians: have the blinded list submitted again"
    )]
    EvaluatedByTooFew {
        /// How many answered.
        found: usize,
        /// How many the order names.
        expected: usize,
    },
    /// An evaluated list for something else.
    #[error(
        "the evaluated list is for another round than the order: give the one that came back for the blinded list of this round"
    )]
    EvaluatedForAnotherRound,
    /// The program was about to end.
    #[error("it was given up before it was done: try again, what was paid for is kept")]
    Stopped,
    /// Too late to publish.
    #[error("the round is {}: lists come in only while it is open; wait for the next", .0.name())]
    NotOpen(Phase),
    /// Too early or too late to ask.
    #[error("{}", match .0 {
        Phase::Open => "the round is open: overlaps are answered after its close",
        Phase::Closed | Phase::Purged => "the round is purged: its lists and answers are gone",
    })]
    NotAnswering(Phase),
    /// A second open round.
    #[error("round {0} is still open: close it first (`round close`), or wait for its close")]
    StillOpen(u32),
    /// A close that has come.
    #[error("the round is {}: its close can be moved only while it is open", .0.name())]
    TooLateToMove(Phase),
    /// Nothing to take back.
    #[error("this home has sealed no list in this round, so there is nothing to withdraw")]
    NothingSealed,
    /// Nothing to ask about.
    #[error("this home has published no list in this round, so there is nothing to compare")]
    NoList,
    /// The file that the question needs is elsewhere or gone.
    #[error(
        "the tags of list {0} are not in this home: ask from the home that published it; a list that was sealed into a file is asked about with its tags (`question --order FILE --tags FILE`)"
    )]
    NoTags(u32),
    /// Indicators that make no list.
    #[error(transparent)]
    Draft(#[from] DraftFault),
    /// A receipt that is worth nothing.
    #[error("the list may not be published: {0}")]
    Receipt(#[from] ReceiptFault),
    /// An answer that no honest matcher gives.
    #[error("the matcher's answer is not to be trusted: {0}; tell the other members")]
    Misbehaved(&'static str),
    /// An answer that is not even well-formed, or with a signature that does not fit.
    #[error("the matcher's answer is not to be trusted: {0}; tell the other members")]
    Unreadable(String),
}

impl ClientError {
    /// A custodian's no that is not to be taken for its last word.
    pub(super) fn not_final(self) -> Self {
        match self {
            Self::Custodian { name, fault } => {
                let fault = match *fault {
                    CustodianFault::Final(words) => CustodianFault::Refused(words),
                    other => other,
                };
                Self::Custodian { name, fault: Box::new(fault) }
            }
            other => other,
        }
    }

    /// Whether a custodian will say the same whenever it is asked.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Custodian { fault, .. } if matches!(**fault, CustodianFault::Final(_)))
    }
}
