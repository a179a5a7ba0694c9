//! Protobuf ↔ domain. Generated types are named here and nowhere else: a server implements [`Matching`] in the design's
//! words and is put on the wire by [`serve`]; a client calls through [`MatcherCalls`].

mod call;
mod convert;
pub mod custodian;
mod incoming;
mod refusal;
mod serve;

pub use self::call::{AskCall, MatcherCalls, SealedAnswer, SealedSender, TagsSender, UploadCall};
pub use self::incoming::{Incoming, Outgoing, Pieces};
pub use self::refusal::Refusal;
pub use self::serve::{Services, serve};

use crate::carried::Envelope;
use crate::carried::withdrawal::Withdrawal;
use crate::charter::{CharterHash, Proposal};
use crate::identity::Signature;
use crate::list::file::{Preamble, SHARD_CHUNK};
use crate::list::shard::ShardTags;
use crate::matching::Match;
use crate::matching::disclose::Summary;
use crate::round::{Destruction, Extension, Phase, Published, RoundHash, SignedOrder, Withdrawn};
use crate::transport::Pin;

#[allow(missing_docs, unreachable_pub, clippy::all)]
mod proto {
    tonic::include_proto!("mandorla.v1");
}

/// Bytes of an encoded message at most, either way; beyond it tonic answers `OUT_OF_RANGE`.
pub const MAX_MESSAGE: usize = 256 * 1024;
/// Encrypted shards in one message: 8 take 177,408 bytes.
pub const SHARDS_A_MESSAGE: usize = 8;
/// Matches and holders in one message: some 24 bytes each at most.
const HITS_A_MESSAGE: usize = 8192;

const _: () = assert!(SHARDS_A_MESSAGE * SHARD_CHUNK + 1024 < MAX_MESSAGE);
const _: () = assert!(HITS_A_MESSAGE * 24 + 1024 < MAX_MESSAGE);

/// What the matching server does, one method an RPC. The peer is the pin of the TLS connection.
pub trait Matching: Send + Sync + 'static {
    /// Takes a charter with the signature of the peer: one of its conveners, or of those of the charter that it amends.
    fn propose(&self, peer: Pin, proposal: Proposal) -> impl Future<Output = Result<(), Refusal>> + Send;
    /// Takes a signature: the peer's, or that of the member at this place, for whom it carries.
    fn sign(
        &self,
        peer: Pin,
        charter: CharterHash,
        signer: Option<usize>,
        signature: Signature,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;
    /// Takes the resignation of a member that has signed: the peer, or the one at this place, for whom it carries.
    fn resign(
        &self,
        peer: Pin,
        charter: CharterHash,
        signer: Option<usize>,
        signature: Signature,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;
    /// Hash and name of the charters that name the peer.
    fn charters(&self, peer: Pin) -> impl Future<Output = Result<Vec<(CharterHash, String)>, Refusal>> + Send;
    /// One charter that names the peer.
    fn charter(&self, peer: Pin, hash: CharterHash) -> impl Future<Output = Result<CharterState, Refusal>> + Send;
    /// Opens a round.
    fn open_round(&self, peer: Pin, order: SignedOrder) -> impl Future<Output = Result<(), Refusal>> + Send;
    /// The round with this number, or the latest.
    fn round(
        &self,
        peer: Pin,
        charter: CharterHash,
        number: Option<u32>,
    ) -> impl Future<Output = Result<RoundState, Refusal>> + Send;
    /// Moves the close of an open round later.
    fn extend_round(
        &self,
        peer: Pin,
        round: RoundHash,
        extension: Extension,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;
    /// Closes a round before its time.
    fn close_round(&self, peer: Pin, round: RoundHash) -> impl Future<Output = Result<(), Refusal>> + Send;
    /// Takes the statement of the custodian at this place in the charter, that it has destroyed its key for a round.
    fn record_destruction(
        &self,
        peer: Pin,
        round: RoundHash,
        custodian: usize,
        destruction: Destruction,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;
    /// Purges a round before its time.
    fn purge_round(&self, peer: Pin, round: RoundHash) -> impl Future<Output = Result<(), Refusal>> + Send;
    /// Begins a list, of the peer or of a member for whom it carries; returns whose it is and what is missing.
    fn begin_upload(
        &self,
        peer: Pin,
        preamble: Preamble,
        header: Vec<u8>,
    ) -> impl Future<Output = Result<Begun, Refusal>> + Send;
    /// Takes the shards of the peer's list, or of the member's at this place; returns the receipt.
    fn upload(
        &self,
        peer: Pin,
        round: RoundHash,
        member: Option<usize>,
        shards: Incoming<UploadPart>,
    ) -> impl Future<Output = Result<Vec<u8>, Refusal>> + Send;
    /// Takes the peer's list back, or what a withdrawal that it carries is for; returns its number.
    fn withdraw(
        &self,
        peer: Pin,
        round: RoundHash,
        withdrawal: Option<Withdrawal>,
    ) -> impl Future<Output = Result<u32, Refusal>> + Send;
    /// Answers for the peer's own tags.
    fn ask(
        &self,
        peer: Pin,
        round: RoundHash,
        tags: Incoming<TagsPart>,
        answers: Outgoing,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;
    /// Answers a question that the peer carries.
    fn ask_sealed(
        &self,
        peer: Pin,
        envelope: Envelope,
        header: Vec<u8>,
        tags: Incoming<TagsPart>,
        answer: Pieces,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;
}

/// Where an upload stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Whose list it is.
    pub member: usize,
    /// The first shard that is missing.
    pub next_shard: u32,
}

/// Where a charter stands.
pub struct CharterState {
    /// The charter, its signatures and its resignations.
    pub proposal: Proposal,
    /// Whether a newer version of it is in force.
    pub replaced: bool,
    /// The number of the next round under it.
    pub next_round: u32,
}

/// Where a round stands.
pub struct RoundState {
    /// The order.
    pub order: SignedOrder,
    /// The phase now.
    pub phase: Phase,
    /// Who has published, by rising place.
    pub lists: Vec<Published>,
    /// Who had a list and has none now, by rising place.
    pub withdrawn: Vec<Withdrawn>,
    /// Statements of custodians that have destroyed their keys, by their rising places in the charter; not checked yet.
    pub destructions: Vec<(usize, Destruction)>,
}

/// Encrypted shards that follow each other.
pub struct UploadPart {
    /// The place of the first.
    pub first: u32,
    /// The chunks.
    pub shards: Vec<Vec<u8>>,
}

/// The tags of the next shard, as bytes, or encrypted; [`ShardTags`] checks them.
pub struct TagsPart(pub bytes::Bytes);

const _: () = assert!(ShardTags::BYTES < MAX_MESSAGE);

/// What comes back from asking.
pub enum Answer {
    /// Matches of the asker's shard; `last` says that no more follow for it.
    Matches {
        /// The asker's shard.
        shard: u32,
        /// By rising tag.
        matches: Vec<Match>,
        /// Whether these are the last of this shard.
        last: bool,
    },
    /// After the last shard.
    Summary(Summary),
}
