//! The custodian's service: a server implements [`Evaluating`] in the design's words and is put on the wire by [`serve`]; a
//! client calls through [`CustodianCalls`].

mod call;
mod denial;
mod serve;

use bytes::Bytes;

pub use self::call::CustodianCalls;
pub use self::denial::Denial;
pub use self::serve::{Service, serve};
use super::MAX_MESSAGE;
use crate::charter::{CharterHash, Proposal};
use crate::custody::custodian::{BatchId, MAX_BATCH};
use crate::identity::Signature;
use crate::oprf::{Evaluated, PublicKey};
use crate::round::{Destruction, KeyRequest, RoundHash, RoundKey, SignedOrder};
use crate::transport::Pin;

const _: () = assert!(MAX_BATCH * 32 + 1024 < MAX_MESSAGE);

/// What a custodian does, one method an RPC. The peer is the pin of the TLS connection.
pub trait Evaluating: Send + Sync + 'static {
    /// Makes a key for a round of this charter, which all have signed; the request is signed by a convener.
    fn open_key(
        &self,
        peer: Pin,
        proposal: Proposal,
        request: KeyRequest,
        signature: Signature,
    ) -> impl Future<Output = Result<RoundKey, Denial>> + Send;
    /// Takes the order that carries the key, and tells how the meter stands of the peer, or of the member at this place,
    /// for whom it carries.
    fn present(
        &self,
        peer: Pin,
        order: SignedOrder,
        member: Option<usize>,
    ) -> impl Future<Output = Result<Metered, Denial>> + Send;
    /// Evaluates a batch and charges for it.
    fn evaluate(
        &self,
        peer: Pin,
        round: RoundHash,
        batch: Batch,
    ) -> impl Future<Output = Result<Evaluated, Denial>> + Send;
    /// Destroys a key before its time.
    fn destroy(
        &self,
        peer: Pin,
        charter: CharterHash,
        key: PublicKey,
    ) -> impl Future<Output = Result<Destruction, Denial>> + Send;
    /// The statement that a key is destroyed; `None` while it is held.
    fn key(
        &self,
        peer: Pin,
        charter: CharterHash,
        key: PublicKey,
    ) -> impl Future<Output = Result<Option<Destruction>, Denial>> + Send;
}

/// How a member's meter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metered {
    /// Evaluations that it was charged for in the round.
    pub spent: u64,
    /// Evaluations that it may have in all.
    pub budget: u64,
}

/// Blinded elements, not looked at yet: [`crate::oprf::Elements`] checks them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// By which it is known when it comes again.
    pub id: BatchId,
    /// 32 bytes each.
    pub elements: Bytes,
    /// Whose it is, a member's place, and the member's signature for that; `None` if it is the peer's own.
    pub carried: Option<(usize, Signature)>,
}
