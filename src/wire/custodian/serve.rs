//! The generated service over an [`Evaluating`]: decode, one domain call, encode.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{Batch, Denial, Evaluating};
use crate::custody::custodian::BatchId;
use crate::oprf::PublicKey;
use crate::round::KeyRequest;
use crate::wire::proto::custodian_service_server::{CustodianService, CustodianServiceServer};
use crate::wire::serve::peer;
use crate::wire::{MAX_MESSAGE, Refusal, convert, proto};

/// The custodian as a service for [`crate::transport::serve`].
pub type Service<E> = CustodianServiceServer<Wire<E>>;

/// Puts a custodian on the wire.
pub fn serve<E: Evaluating>(custodian: Arc<E>) -> Service<E> {
    CustodianServiceServer::new(Wire(custodian)).max_decoding_message_size(MAX_MESSAGE)
}

/// The newtype that the generated trait is implemented on.
pub struct Wire<E>(Arc<E>);

fn public_key(bytes: &[u8]) -> Result<PublicKey, Denial> {
    let bytes: [u8; 32] = convert::array(bytes, "a custodian's key has 32 bytes")?;
    PublicKey::try_from(bytes).map_err(|_| Refusal::Request("a custodian's key is none").into())
}

#[tonic::async_trait]
impl<E: Evaluating> CustodianService for Wire<E> {
    async fn open_key(
        &self,
        request: Request<proto::OpenKeyRequest>,
    ) -> Result<Response<proto::OpenKeyResponse>, Status> {
        let peer = peer(request.extensions())?;
        let message = request.into_inner();
        let proposal = convert::proposal(message.charter)?;
        let signature = convert::signature(&message.signature)?;
        let request = KeyRequest {
            charter: proposal.charter().hash(),
            number: message.number,
            nonce: convert::array(&message.nonce, "a nonce has 32 bytes")?,
            opened: message.opened,
        };
        let key = self.0.open_key(peer, proposal, request, signature).await?;
        Ok(Response::new(proto::OpenKeyResponse {
            key: key.key.as_bytes().to_vec().into(),
            signature: key.signature.as_bytes().to_vec().into(),
        }))
    }

    async fn present_order(
        &self,
        request: Request<proto::PresentOrderRequest>,
    ) -> Result<Response<proto::PresentOrderResponse>, Status> {
        let peer = peer(request.extensions())?;
        let message = request.into_inner();
        let member = message.member.map(|member| member as usize);
        let meter = self.0.present(peer, convert::order(message.order)?, member).await?;
        Ok(Response::new(proto::PresentOrderResponse { spent: meter.spent, budget: meter.budget }))
    }

    async fn evaluate(
        &self,
        request: Request<proto::EvaluateRequest>,
    ) -> Result<Response<proto::EvaluateResponse>, Status> {
        let peer = peer(request.extensions())?;
        let message = request.into_inner();
        let carried = |carried: proto::CarriedBatch| {
            Ok::<_, Refusal>((carried.member as usize, convert::signature(&carried.signature)?))
        };
        let batch = Batch {
            id: BatchId::new(convert::array(&message.batch_id, "the id of a batch has 16 bytes")?),
            elements: message.elements,
            carried: message.carried.map(carried).transpose()?,
        };
        let evaluated = self.0.evaluate(peer, convert::round_hash(&message.round_hash)?, batch).await?;
        Ok(Response::new(proto::EvaluateResponse {
            elements: evaluated.elements.into(),
            proof: evaluated.proof.as_bytes().to_vec().into(),
        }))
    }

    async fn destroy_key(
        &self,
        request: Request<proto::DestroyKeyRequest>,
    ) -> Result<Response<proto::DestroyKeyResponse>, Status> {
        let peer = peer(request.extensions())?;
        let message = request.into_inner();
        let charter = convert::charter_hash(&message.charter_hash)?;
        let destruction = self.0.destroy(peer, charter, public_key(&message.key)?).await?;
        Ok(Response::new(proto::DestroyKeyResponse { destruction: destruction.encode().into() }))
    }

    async fn get_key(&self, request: Request<proto::GetKeyRequest>) -> Result<Response<proto::GetKeyResponse>, Status> {
        let peer = peer(request.extensions())?;
        let message = request.into_inner();
        let charter = convert::charter_hash(&message.charter_hash)?;
        let destruction = self.0.key(peer, charter, public_key(&message.key)?).await?;
        let destruction = destruction.map(|destruction| destruction.encode()).unwrap_or_default().into();
        Ok(Response::new(proto::GetKeyResponse { destruction }))
    }
}
