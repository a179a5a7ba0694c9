//! Why a custodian says no, and the gRPC status of each.

use thiserror::Error;
use tonic::{Code, Status};

use crate::charter::NotInForce;
use crate::clock::time_in_words;
use crate::oprf::OprfFault;
use crate::round::OrderFault;
use crate::store::StoreFault;
use crate::wire::Refusal;

/// A custodian's no. Each says what to do, where something can be done. Nothing is charged for what is denied, but that a disk
/// which fails may do so after the charge: the same batch is then answered for nothing.
#[derive(Debug, Error)]
pub enum Denial {
    /// A message whose parts have no meaning.
    #[error(transparent)]
    Request(#[from] Refusal),
    /// The card is not admitted, or no longer.
    #[error("this custodian does not admit your card: its operator must admit it (`serve-custodian --admit`)")]
    NotAdmitted,
    /// No such key, or none of an exchange that names the caller: which of the two is not said.
    #[error(
        "this custodian has no such key of an exchange that names you; if it had the round's, it has lost it: close the round, and open another"
    )]
    NoKey,
    /// A charter with other custodians.
    #[error("the charter does not name this custodian: ask those that it names")]
    OtherCustodian,
    /// Not every member has signed.
    #[error(transparent)]
    NotInForce(#[from] NotInForce),
    /// Members or couriers that could never connect.
    #[error(
        "in the charter and not admitted here: {0}; the custodian's operator must admit each card first (`serve-custodian --admit`)"
    )]
    NotAdmittedYet(String),
    /// Somebody else does what is for the convener.
    #[error("only {convener}{} can {what}", if .convener.ends_with(')') { "" } else { "," })]
    NotTheConvener {
        /// Who could.
        convener: String,
        /// What.
        what: &'static str,
    },
    /// A request or an order that is not what its charter says.
    #[error(transparent)]
    Order(#[from] OrderFault),
    /// A request from another time.
    #[error("the round was to be opened {0} seconds from this custodian's time: check this machine's clock")]
    Clock(u64),
    /// A number that is taken: another order was shown for it.
    #[error(
        "an order for round {number} was shown with another key, which this custodian holds until {}: look at it with `round show`. If the matcher knows no such round, a convener has signed an order behind its back: tell the other members, and open the round when that key is gone",
        time_in_words(*.until)
    )]
    Taken {
        /// The round's.
        number: u32,
        /// The close of the order that was shown, as its convener has it now.
        until: u64,
    },
    /// More keys than anybody needs.
    #[error(
        "this custodian holds {0} keys for rounds of this exchange, which is the most: close a round, or wait for a close"
    )]
    TooManyKeys(u32),
    /// The order does not carry the key that this custodian made for it.
    #[error(
        "the round order carries another key than this custodian made for it: do not publish, and tell the convener"
    )]
    OtherKey,
    /// Two orders for one key.
    #[error("this custodian was shown another order for the same key: do not publish, and tell the other members")]
    OtherOrder,
    /// Evaluations before the order was shown.
    #[error("this custodian was not shown the order of this round yet: publish again")]
    NotPresented,
    /// The close has come.
    #[error("the round's key was destroyed {}: nothing is evaluated under it any more", time_in_words(*.0))]
    Destroyed(u64),
    /// The close has come, and the statement of it not yet.
    #[error(
        "the key is overwritten and no longer used, but SQLite's log still has it, and something has that open: ask again in half a minute; if it stays so, a program reads the database beside this custodian, and its operator must end it"
    )]
    Unwiped,
    /// Elements that are none.
    #[error("the batch is refused: {0}")]
    Elements(#[from] OprfFault),
    /// Another batch under a known id.
    #[error("another batch came under the same id before: what was evaluated then is given for that batch only")]
    OtherBatch,
    /// More than the meter allows.
    #[error(
        "the batch has {asked} elements, and {left} of the {budget} evaluations are left that a member may have in this round"
    )]
    OverBudget {
        /// Elements of the batch.
        asked: u64,
        /// Evaluations that are left.
        left: u64,
        /// Evaluations in all.
        budget: u64,
    },
    /// A courier for somebody else.
    #[error(
        "the charter does not name your card as a carrier for {0}: the members decide who may carry files, in an amended charter"
    )]
    NotACarrier(String),
    /// A batch that its member has not signed.
    #[error("the batch is not signed by the member that it is said to be of: blind the list again")]
    Unsigned,
    /// More work than this machine takes at once.
    #[error("this custodian is busy: try again in a moment")]
    Busy,
    /// The server's own trouble, which is none of the caller's business.
    #[error("the custodian has a problem of its own: its operator finds it in the log")]
    Store(#[from] StoreFault),
}

impl From<Denial> for Status {
    fn from(denial: Denial) -> Self {
        let code = match denial {
            Denial::Request(refusal) => return refusal.into(),
            Denial::NotAdmitted => Code::Unauthenticated,
            Denial::NoKey => Code::NotFound,
            Denial::NotTheConvener { .. } | Denial::NotACarrier(_) | Denial::Unsigned => Code::PermissionDenied,
            Denial::OtherCustodian | Denial::Order(_) | Denial::OtherKey | Denial::Elements(_) | Denial::OtherBatch => {
                Code::InvalidArgument
            }
            Denial::NotInForce(_)
            | Denial::NotAdmittedYet(_)
            | Denial::Clock(_)
            | Denial::Taken { .. }
            | Denial::TooManyKeys(_)
            | Denial::OtherOrder
            | Denial::NotPresented
            | Denial::Destroyed(_)
            // Not for a client to repeat at once: the custodian tries again when its clock says so.
            | Denial::Unwiped => Code::FailedPrecondition,
            // A batch that does not fit never will.
            Denial::OverBudget { .. } => Code::OutOfRange,
            Denial::Busy => Code::Unavailable,
            Denial::Store(_) => Code::Internal,
        };
        Self::new(code, denial.to_string())
    }
}
