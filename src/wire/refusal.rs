//! Why a server says no, and the gRPC status of each. The inside is logged, the outside is sent; neither names an indicator.

use thiserror::Error;
use tonic::{Code, Status};

use crate::carried::{CarriedFault, FileKind};
use crate::charter::{CharterFault, NotInForce, SignatureFault};
use crate::clock::time_in_words;
use crate::identity::CannotOpen;
use crate::list::header::ListFault;
use crate::list::shard::TagsFault;
use crate::round::{OrderFault, Phase};
use crate::store::StoreFault;
use crate::stream::BadChunk;
use crate::transcript::Malformed;

/// A server's no. Each says what to do, where something can be done.
#[derive(Debug, Error)]
pub enum Refusal {
    /// A message whose parts have no meaning.
    #[error("the request is not well-formed: {0}")]
    Request(&'static str),
    /// Bytes in a message that are not what they should be.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The card is not admitted, or no longer.
    #[error("this matcher does not admit your card: its operator must admit it (`serve --admit`)")]
    NotAdmitted,
    /// No such charter, or none that names the caller: which of the two is not said.
    #[error("this matcher has no such exchange that names you")]
    NoExchange,
    /// A charter that cannot be.
    #[error(transparent)]
    Charter(#[from] CharterFault),
    /// What a courier brought.
    #[error(transparent)]
    Carried(#[from] CarriedFault),
    /// A file from nobody in the charter.
    #[error("the {} is not from a member of this exchange", .0.name())]
    FromNobody(FileKind),
    /// A courier for somebody else.
    #[error(
        "the charter does not name your card as a carrier for {0}: the members decide who may carry files, in an amended charter"
    )]
    NotACarrier(String),
    /// A question about a list that is not the one that counts.
    #[error(
        "the question is about list {found}, and list {published} is the one that is published: ask with the tags of that one"
    )]
    OtherList {
        /// The question's.
        found: u32,
        /// The published one's.
        published: u32,
    },
    /// A withdrawal that came after another list.
    #[error(
        "the withdrawal is for lists up to number {found}, and list {published} is published: sign a new one to take that back"
    )]
    OldWithdrawal {
        /// The withdrawal's.
        found: u32,
        /// The published one's.
        published: u32,
    },
    /// Made for another server.
    #[error("the charter names another matcher than this one: propose it there")]
    OtherMatcher,
    /// A member or carrier that could never connect.
    #[error(
        "{0} is in the charter but not admitted here: the matcher's operator must admit its card first (`serve --admit`)"
    )]
    NotAdmittedYet(String),
    /// A signature that does not fit.
    #[error(transparent)]
    Signature(#[from] SignatureFault),
    /// Somebody else does what is for the convener.
    #[error("only {convener}{} can {what}", if .convener.ends_with(')') { "" } else { "," })]
    NotTheConvener {
        /// Who could.
        convener: String,
        /// What.
        what: &'static str,
    },
    /// Not every member has signed.
    #[error(transparent)]
    NotInForce(#[from] NotInForce),
    /// An amendment of what is not there, or of nothing that the caller may amend.
    #[error(
        "the charter amends one that this matcher does not have with you as a member: name yours (`--amends NAME`)"
    )]
    AmendsNothing,
    /// An amendment under another name.
    #[error("an amendment keeps the exchange's name, {0}: write that into the draft, or propose a new exchange")]
    OtherName(String),
    /// An amendment that came too late, or of a charter that has been amended already.
    #[error("{0} has a newer version than the one that this charter amends: propose it again, amending that")]
    AmendsReplaced(String),
    /// A round under rules that are not the newest.
    #[error("{0} has a newer version: open the round under that")]
    Replaced(String),
    /// A round under a charter that somebody has resigned from.
    #[error(
        "{} resigned: no round is opened under this charter any more; propose an amendment without them \
         (`charter propose FILE --amends NAME`)",
        .0.join(", ")
    )]
    Resigned(Vec<String>),
    /// An order that opens nothing.
    #[error(transparent)]
    Order(#[from] OrderFault),
    /// An order from another time.
    #[error("the round order was made {0} seconds from this matcher's time: check this machine's clock")]
    OrderClock(u64),
    /// A second open round.
    #[error("round {0} is still open: close it first (`round close`), or wait for its close")]
    StillOpen(u32),
    /// A number that is not next.
    #[error("the next round of this exchange is number {next}, not {found}")]
    RoundNumber {
        /// The next.
        next: u32,
        /// The order's.
        found: u32,
    },
    /// More rounds at once than anybody needs.
    #[error("{0} rounds of this exchange are not purged yet, which is the most: purge one, or wait (`round purge`)")]
    TooManyRounds(u32),
    /// More rounds than the charter allows.
    #[error("the charter allows {} within 24 hours: the next may open from {}", rounds(*.per_day), time_in_words(*.next))]
    TooOften {
        /// As the charter says.
        per_day: u32,
        /// From when the next may open, seconds since 1970.
        next: u64,
    },
    /// No such round.
    #[error("this exchange has no such round: the convener opens one (`round open`)")]
    NoRound,
    /// Too late to publish or to close.
    #[error("the round is {}: lists come in only while it is open; wait for the next", .0.name())]
    NotOpen(Phase),
    /// Too early or too late to ask.
    #[error("{}", ask_when(*.0))]
    NotAnswering(Phase),
    /// A statement that is not a custodian's of this round.
    #[error("the statement of destruction is not signed by that custodian for its key of this round")]
    NotDestroyed,
    /// Too early to purge.
    #[error("the round is open: close it first (`round close`)")]
    PurgeWhileOpen,
    /// Members that would lose their answers.
    #[error("{} published but did not ask yet: purging now would take their answers; they ask with `overlaps`", .0.join(", "))]
    PurgeBeforeAsked(Vec<String>),
    /// A list that is none.
    #[error(transparent)]
    List(#[from] ListFault),
    /// Encrypted to another card.
    #[error("the list is not encrypted to this matcher's card, or was changed: seal it again")]
    CannotOpen(#[from] CannotOpen),
    /// A chunk that was changed or moved.
    #[error(transparent)]
    BadChunk(#[from] BadChunk),
    /// An older list cannot replace a newer.
    #[error("list number {found} is not newer than number {published}, which is published: seal it again")]
    OldNumber {
        /// The list's.
        found: u32,
        /// The published one's.
        published: u32,
    },
    /// Shards before a header.
    #[error("no list was begun in this round: publish again")]
    NothingBegun,
    /// Shards that do not follow.
    #[error("shard {expected} is next, not {found}: publish again, it goes on from there")]
    ShardOrder {
        /// The next.
        expected: u32,
        /// The one that came.
        found: u32,
    },
    /// A stream that ends before the list does.
    #[error("the upload ended after {found} of {expected} shards: publish again, it goes on from there")]
    ShardsMissing {
        /// Of the list.
        expected: u32,
        /// That came.
        found: u32,
    },
    /// The round closed, or another list came, while this one was on its way.
    #[error("the round closed, or a newer list came, while this one was on its way: it is not published")]
    Overtaken,
    /// Asking takes a list of one's own.
    #[error("you have published no list in this round, so there is nothing to compare")]
    NoList,
    /// Nothing to take back.
    #[error("you have published no list in this round, so there is nothing to withdraw")]
    NothingToWithdraw,
    /// A file of a list that its member took back, or an older one.
    #[error("list number {found} is not newer than number {withdrawn}, which was withdrawn: seal it again")]
    WithdrawnNumber {
        /// The list's.
        found: u32,
        /// The withdrawn one's.
        withdrawn: u32,
    },
    /// A list that was there when the question began.
    #[error("a list was withdrawn, or the round purged, while you asked: ask again")]
    ListGone,
    /// Tags that were not published.
    #[error("{0}: the question ends here")]
    Tags(#[from] TagsFault),
    /// A stream that ends before the question does.
    #[error("the question ended after {found} of {expected} shards: ask again")]
    TagsMissing {
        /// Of the list.
        expected: u32,
        /// That came.
        found: u32,
    },
    /// A peer that sends nothing.
    #[error("nothing came for too long: try again")]
    Idle,
    /// The connection's end, or a message that is too large.
    #[error("the stream broke: try again")]
    Stream(#[from] Status),
    /// The caller went away.
    #[error("the caller went away")]
    Gone,
    /// The server's own trouble, which is none of the caller's business.
    #[error("the matcher has a problem of its own: its operator finds it in the log")]
    Store(#[from] StoreFault),
}

fn rounds(count: u32) -> String {
    if count == 1 { "1 round".to_owned() } else { format!("{count} rounds") }
}

fn ask_when(phase: Phase) -> &'static str {
    match phase {
        Phase::Open => "the round is open: overlaps are answered after its close",
        Phase::Closed => "the time for answers is over",
        Phase::Purged => "the round is purged: its lists and answers are gone",
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let code = match &refusal {
            Refusal::Request(_)
            | Refusal::Malformed(_)
            | Refusal::Charter(_)
            | Refusal::Carried(_)
            | Refusal::FromNobody(_)
            | Refusal::OtherMatcher
            | Refusal::AmendsNothing
            | Refusal::OtherName(_)
            | Refusal::Signature(_)
            | Refusal::Order(_)
            | Refusal::List(_)
            | Refusal::CannotOpen(_)
            | Refusal::BadChunk(_)
            | Refusal::NotDestroyed
            | Refusal::Tags(_) => Code::InvalidArgument,
            Refusal::NotAdmitted => Code::Unauthenticated,
            Refusal::NotTheConvener { .. } | Refusal::NotACarrier(_) => Code::PermissionDenied,
            Refusal::NoExchange | Refusal::NoRound => Code::NotFound,
            Refusal::NotAdmittedYet(_)
            | Refusal::NotInForce(_)
            | Refusal::AmendsReplaced(_)
            | Refusal::Replaced(_)
            | Refusal::Resigned(_)
            | Refusal::OrderClock(_)
            | Refusal::StillOpen(_)
            | Refusal::RoundNumber { .. }
            | Refusal::TooManyRounds(_)
            | Refusal::TooOften { .. }
            | Refusal::NotOpen(_)
            | Refusal::NotAnswering(_)
            | Refusal::PurgeWhileOpen
            | Refusal::PurgeBeforeAsked(_)
            | Refusal::OldNumber { .. }
            | Refusal::OtherList { .. }
            | Refusal::OldWithdrawal { .. }
            | Refusal::WithdrawnNumber { .. }
            | Refusal::NothingToWithdraw
            | Refusal::NothingBegun
            | Refusal::ShardOrder { .. }
            | Refusal::NoList => Code::FailedPrecondition,
            Refusal::Overtaken | Refusal::ShardsMissing { .. } | Refusal::TagsMissing { .. } | Refusal::ListGone => {
                Code::Aborted
            }
            Refusal::Idle => Code::DeadlineExceeded,
            Refusal::Stream(status) => return status.clone(),
            Refusal::Gone => Code::Cancelled,
            Refusal::Store(_) => Code::Internal,
        };
        Self::new(code, refusal.to_string())
    }
}
