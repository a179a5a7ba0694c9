//! The generated client behind typed calls. What comes back is decoded, not yet believed: [`crate::client`] verifies it.

use tonic::Status;
use tonic::transport::Channel;

use super::{Batch, Metered};
use crate::charter::{CharterHash, Proposal};
use crate::identity::Signature;
use crate::oprf::{Evaluated, Proof, PublicKey};
use crate::round::{Destruction, KeyRequest, RoundHash, RoundKey, SignedOrder};
use crate::wire::call::unreadable;
use crate::wire::proto::custodian_service_client::CustodianServiceClient;
use crate::wire::{MAX_MESSAGE, Refusal, convert, proto};

/// Calls to one custodian. Errors are gRPC's: the server's word, or the connection's end.
#[derive(Clone)]
pub struct CustodianCalls(CustodianServiceClient<Channel>);

impl CustodianCalls {
    /// Calls over a channel.
    pub fn new(channel: Channel) -> Self {
        Self(CustodianServiceClient::new(channel).max_decoding_message_size(MAX_MESSAGE))
    }

    /// Asks for a key.
    pub async fn open_key(
        &mut self,
        proposal: &Proposal,
        request: &KeyRequest,
        signature: &Signature,
    ) -> Result<RoundKey, Status> {
        let request = proto::OpenKeyRequest {
            charter: Some(convert::proposal_to_proto(proposal)),
            number: request.number,
            nonce: request.nonce.to_vec().into(),
            opened: request.opened,
            signature: signature.as_bytes().to_vec().into(),
        };
        let response = self.0.open_key(request).await?.into_inner();
        let read = || -> Result<RoundKey, Refusal> {
            let key: [u8; 32] = convert::array(&response.key, "a custodian's key has 32 bytes")?;
            let key = PublicKey::try_from(key).map_err(|_| Refusal::Request("a custodian's key is none"))?;
            Ok(RoundKey { key, signature: convert::signature(&response.signature)? })
        };
        read().map_err(unreadable)
    }

    /// Shows the order of a round; gives the meter of the caller, or of the member at this place.
    pub async fn present(&mut self, order: &SignedOrder, member: Option<usize>) -> Result<Metered, Status> {
        let (order, member) = (Some(convert::order_to_proto(order)), member.map(|place| place as u32));
        let response = self.0.present_order(proto::PresentOrderRequest { order, member }).await?.into_inner();
        Ok(Metered { spent: response.spent, budget: response.budget })
    }

    /// Has a batch evaluated.
    pub async fn evaluate(&mut self, round: RoundHash, batch: &Batch) -> Result<Evaluated, Status> {
        let carried = batch.carried.as_ref().map(|(member, signature)| proto::CarriedBatch {
            member: *member as u32,
            signature: signature.as_bytes().to_vec().into(),
        });
        let request = proto::EvaluateRequest {
            round_hash: round.as_bytes().to_vec().into(),
            batch_id: batch.id.as_bytes().to_vec().into(),
            elements: batch.elements.clone(),
            carried,
        };
        let response = self.0.evaluate(request).await?.into_inner();
        let proof = convert::array::<64>(&response.proof, "a proof has 64 bytes").map_err(unreadable)?;
        let proof = Proof::try_from(proof).map_err(|_| unreadable(Refusal::Request("the proof is none")))?;
        Ok(Evaluated { elements: response.elements.into(), proof })
    }

    /// Has a key destroyed.
    pub async fn destroy(&mut self, charter: CharterHash, key: &PublicKey) -> Result<Destruction, Status> {
        let (charter_hash, key) = (charter.as_bytes().to_vec().into(), key.as_bytes().to_vec().into());
        let response = self.0.destroy_key(proto::DestroyKeyRequest { charter_hash, key }).await?.into_inner();
        destruction(&response.destruction)
    }

    /// The statement that a key is destroyed; `None` while it is held.
    pub async fn key(&mut self, charter: CharterHash, key: &PublicKey) -> Result<Option<Destruction>, Status> {
        let (charter_hash, key) = (charter.as_bytes().to_vec().into(), key.as_bytes().to_vec().into());
        let response = self.0.get_key(proto::GetKeyRequest { charter_hash, key }).await?.into_inner();
        if response.destruction.is_empty() { Ok(None) } else { destruction(&response.destruction).map(Some) }
    }
}

fn destruction(bytes: &[u8]) -> Result<Destruction, Status> {
    Destruction::decode(bytes).map_err(|fault| unreadable(fault.into()))
}
