//! The generated services over a [`Matching`]: decode, one domain call, encode.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::NamedService;
use tonic::{Extensions, Request, Response, Status, Streaming};

use super::proto::exchange_service_server::{ExchangeService, ExchangeServiceServer};
use super::proto::list_service_server::{ListService, ListServiceServer};
use super::proto::overlap_service_server::{OverlapService, OverlapServiceServer};
use super::proto::round_service_server::{RoundService, RoundServiceServer};
use super::{Incoming, MAX_MESSAGE, Matching, Outgoing, Pieces, Refusal, convert, proto};
use crate::transport::{Peer, Pin};

/// The matching server as a service for [`crate::transport::serve`].
pub fn serve<M: Matching>(matching: Arc<M>) -> Services<M> {
    let wire = || Wire(matching.clone());
    Services {
        exchange: ExchangeServiceServer::new(wire()).max_decoding_message_size(MAX_MESSAGE),
        round: RoundServiceServer::new(wire()).max_decoding_message_size(MAX_MESSAGE),
        list: ListServiceServer::new(wire()).max_decoding_message_size(MAX_MESSAGE),
        overlap: OverlapServiceServer::new(wire()).max_decoding_message_size(MAX_MESSAGE),
    }
}

/// The services of a matcher, told apart by the path of a request. (tonic's own router would bring a web framework along.)
pub struct Services<M> {
    exchange: ExchangeServiceServer<Wire<M>>,
    round: RoundServiceServer<Wire<M>>,
    list: ListServiceServer<Wire<M>>,
    overlap: OverlapServiceServer<Wire<M>>,
}

impl<M: Matching> Clone for Services<M> {
    fn clone(&self) -> Self {
        Self {
            exchange: self.exchange.clone(),
            round: self.round.clone(),
            list: self.list.clone(),
            overlap: self.overlap.clone(),
        }
    }
}

impl<M: Matching> Service<http::Request<Body>> for Services<M> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let service = request.uri().path().split('/').nth(1).unwrap_or_default();
        if service == ExchangeServiceServer::<Wire<M>>::NAME {
            self.exchange.call(request)
        } else if service == RoundServiceServer::<Wire<M>>::NAME {
            self.round.call(request)
        } else if service == ListServiceServer::<Wire<M>>::NAME {
            self.list.call(request)
        } else if service == OverlapServiceServer::<Wire<M>>::NAME {
            self.overlap.call(request)
        } else {
            Box::pin(async { Ok(Status::unimplemented("this server has no such service").into_http()) })
        }
    }
}

/// The newtype that the generated traits are implemented on.
struct Wire<M>(Arc<M>);

pub(super) fn peer(extensions: &Extensions) -> Result<Pin, Refusal> {
    extensions.get::<Peer>().map(|peer| peer.pin).ok_or(Refusal::NotAdmitted)
}

#[tonic::async_trait]
impl<M: Matching> ExchangeService for Wire<M> {
    async fn propose_charter(
        &self,
        request: Request<proto::ProposeCharterRequest>,
    ) -> Result<Response<proto::ProposeCharterResponse>, Status> {
        let peer = peer(request.extensions())?;
        let proposal = convert::proposal(request.into_inner().charter)?;
        self.0.propose(peer, proposal).await?;
        Ok(Response::new(proto::ProposeCharterResponse {}))
    }

    async fn sign_charter(
        &self,
        request: Request<proto::SignCharterRequest>,
    ) -> Result<Response<proto::SignCharterResponse>, Status> {
        let peer = peer(request.extensions())?;
        let message = request.into_inner();
        let hash = convert::charter_hash(&message.charter_hash)?;
        let signer = message.signer.map(|signer| signer as usize);
        self.0.sign(peer, hash, signer, convert::signature(&message.signature)?).await?;
        Ok(Response::new(proto::SignCharterResponse {}))
    }

    async fn resign_charter(
        &self,
        request: Request<proto::ResignCharterRequest>,
    ) -> Result<Response<proto::ResignCharterResponse>, Status> {
        let peer = peer(request.extensions())?;
        let message = request.into_inner();
        let hash = convert::charter_hash(&message.charter_hash)?;
        let signer = message.signer.map(|signer| signer as usize);
        self.0.resign(peer, hash, signer, convert::signature(&message.signature)?).await?;
        Ok(Response::new(proto::ResignCharterResponse {}))
    }

    async fn list_charters(
        &self,
        request: Request<proto::ListChartersRequest>,
    ) -> Result<Response<proto::ListChartersResponse>, Status> {
        let charters = self.0.charters(peer(request.extensions())?).await?;
        let charters = charters
            .into_iter()
            .map(|(hash, name)| proto::CharterSummary { charter_hash: hash.as_bytes().to_vec().into(), name })
            .collect();
        Ok(Response::new(proto::ListChartersResponse { charters }))
    }

    async fn get_charter(
        &self,
        request: Request<proto::GetCharterRequest>,
    ) -> Result<Response<proto::GetCharterResponse>, Status> {
        let peer = peer(request.extensions())?;
        let hash = convert::charter_hash(&request.into_inner().charter_hash)?;
        let state = self.0.charter(peer, hash).await?;
        Ok(Response::new(convert::charter_state_to_proto(&state)))
    }
}

#[tonic::async_trait]
impl<M: Matching> RoundService for Wire<M> {
    async fn open_round(
        &self,
        request: Request<proto::OpenRoundRequest>,
    ) -> Result<Response<proto::OpenRoundResponse>, Status> {
        let peer = peer(request.extensions())?;
        self.0.open_round(peer, convert::order(request.into_inner().order)?).await?;
        Ok(Response::new(proto::OpenRoundResponse {}))
    }

    async fn get_round(
        &self,
        request: Request<proto::GetRoundRequest>,
    ) -> Result<Response<proto::GetRoundResponse>, Status> {
        let peer = peer(request.extensions())?;
        let message = request.into_inner();
        let number = (message.number != 0).then_some(message.number);
        let state = self.0.round(peer, convert::charter_hash(&message.charter_hash)?, number).await?;
        Ok(Response::new(convert::state_to_proto(&state)))
    }

    async fn extend_round(
        &self,
        request: Request<proto::ExtendRoundRequest>,
    ) -> Result<Response<proto::ExtendRoundResponse>, Status> {
        let peer = peer(request.extensions())?;
        let message = request.into_inner();
        let extension = message.extension.ok_or(Refusal::Request("the new close is missing"))?;
        let round = convert::round_hash(&message.round_hash)?;
        self.0.extend_round(peer, round, convert::extension(extension)?).await?;
        Ok(Response::new(proto::ExtendRoundResponse {}))
    }

    async fn close_round(
        &self,
        request: Request<proto::CloseRoundRequest>,
    ) -> Result<Response<proto::CloseRoundResponse>, Status> {
        let peer = peer(request.extensions())?;
        self.0.close_round(peer, convert::round_hash(&request.into_inner().round_hash)?).await?;
        Ok(Response::new(proto::CloseRoundResponse {}))
    }

    async fn record_destruction(
        &self,
        request: Request<proto::RecordDestructionRequest>,
    ) -> Result<Response<proto::RecordDestructionResponse>, Status> {
        let peer = peer(request.extensions())?;
        let message = request.into_inner();
        let destruction = message.destruction.ok_or(Refusal::Request("the statement is missing"))?;
        let (custodian, destruction) = convert::destruction(&destruction)?;
        self.0.record_destruction(peer, convert::round_hash(&message.round_hash)?, custodian, destruction).await?;
        Ok(Response::new(proto::RecordDestructionResponse {}))
    }

    async fn purge_round(
        &self,
        request: Request<proto::PurgeRoundRequest>,
    ) -> Result<Response<proto::PurgeRoundResponse>, Status> {
        let peer = peer(request.extensions())?;
        self.0.purge_round(peer, convert::round_hash(&request.into_inner().round_hash)?).await?;
        Ok(Response::new(proto::PurgeRoundResponse {}))
    }
}

#[tonic::async_trait]
impl<M: Matching> ListService for Wire<M> {
    async fn begin_upload(
        &self,
        request: Request<proto::BeginUploadRequest>,
    ) -> Result<Response<proto::BeginUploadResponse>, Status> {
        let peer = peer(request.extensions())?;
        let message = request.into_inner();
        let preamble = convert::preamble(&message.preamble)?;
        let begun = self.0.begin_upload(peer, preamble, message.header.into()).await?;
        let (next_shard, member) = (begun.next_shard, begun.member as u32);
        Ok(Response::new(proto::BeginUploadResponse { next_shard, member }))
    }

    async fn upload_shards(
        &self,
        request: Request<Streaming<proto::UploadShardsRequest>>,
    ) -> Result<Response<proto::UploadShardsResponse>, Status> {
        let peer = peer(request.extensions())?;
        let (first, shards) = Incoming::begin(request.into_inner(), convert::upload_part).await?;
        let member = first.member.map(|member| member as usize);
        let receipt = self.0.upload(peer, convert::round_hash(&first.round_hash)?, member, shards).await?;
        Ok(Response::new(proto::UploadShardsResponse { receipt: receipt.into() }))
    }

    async fn withdraw_list(
        &self,
        request: Request<proto::WithdrawListRequest>,
    ) -> Result<Response<proto::WithdrawListResponse>, Status> {
        let peer = peer(request.extensions())?;
        let message = request.into_inner();
        let withdrawal = convert::withdrawal(&message.withdrawal)?;
        let number = self.0.withdraw(peer, convert::round_hash(&message.round_hash)?, withdrawal).await?;
        Ok(Response::new(proto::WithdrawListResponse { number }))
    }
}

#[tonic::async_trait]
impl<M: Matching> OverlapService for Wire<M> {
    type AskStream = ReceiverStream<Result<proto::AskResponse, Status>>;
    type AskSealedStream = ReceiverStream<Result<proto::AskSealedResponse, Status>>;

    async fn ask(&self, request: Request<Streaming<proto::AskRequest>>) -> Result<Response<Self::AskStream>, Status> {
        let peer = peer(request.extensions())?;
        let (first, tags) = Incoming::begin(request.into_inner(), convert::tags_part).await?;
        let round = convert::round_hash(&first.round_hash)?;
        let (answers, receiver) = Outgoing::new();
        let matching = self.0.clone();
        // Ends by itself: the caller's silence, its refusal to read and its going away all have deadlines.
        tokio::spawn(async move {
            let refusals = answers.clone();
            if let Err(refusal) = matching.ask(peer, round, tags, answers).await {
                refusals.refuse(refusal).await;
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn ask_sealed(
        &self,
        request: Request<Streaming<proto::AskSealedRequest>>,
    ) -> Result<Response<Self::AskSealedStream>, Status> {
        let peer = peer(request.extensions())?;
        let (first, tags) = Incoming::begin(request.into_inner(), convert::sealed_tags_part).await?;
        let envelope = convert::envelope(&first.envelope)?;
        let (answer, receiver) = Pieces::new();
        let matching = self.0.clone();
        // Ends by itself, as above.
        tokio::spawn(async move {
            let refusals = answer.clone();
            if let Err(refusal) = matching.ask_sealed(peer, envelope, first.header.into(), tags, answer).await {
                refusals.refuse(refusal).await;
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}
