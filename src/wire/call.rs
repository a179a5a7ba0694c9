//! The generated clients behind typed calls. What comes back is decoded, not yet believed: [`crate::client`] verifies it.

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Status, Streaming};

use super::proto::exchange_service_client::ExchangeServiceClient;
use super::proto::list_service_client::ListServiceClient;
use super::proto::overlap_service_client::OverlapServiceClient;
use super::proto::round_service_client::RoundServiceClient;
use super::{Answer, Begun, CharterState, MAX_MESSAGE, Refusal, RoundState, convert, proto};
use crate::carried::Envelope;
use crate::carried::withdrawal::Withdrawal;
use crate::charter::{CharterHash, Proposal};
use crate::identity::Signature;
use crate::list::file::Preamble;
use crate::round::{Destruction, Extension, RoundHash, SignedOrder};

/// Calls to one matcher. Errors are gRPC's: the server's word, or the connection's end.
#[derive(Clone)]
pub struct MatcherCalls {
    exchange: ExchangeServiceClient<Channel>,
    round: RoundServiceClient<Channel>,
    list: ListServiceClient<Channel>,
    overlap: OverlapServiceClient<Channel>,
}

impl MatcherCalls {
    /// Calls over a channel.
    pub fn new(channel: Channel) -> Self {
        Self {
            exchange: ExchangeServiceClient::new(channel.clone()).max_decoding_message_size(MAX_MESSAGE),
            round: RoundServiceClient::new(channel.clone()).max_decoding_message_size(MAX_MESSAGE),
            list: ListServiceClient::new(channel.clone()).max_decoding_message_size(MAX_MESSAGE),
            overlap: OverlapServiceClient::new(channel).max_decoding_message_size(MAX_MESSAGE),
        }
    }

    /// Uploads a charter with its convener's signature.
    pub async fn propose(&mut self, proposal: &Proposal) -> Result<(), Status> {
        let charter = Some(convert::proposal_to_proto(proposal));
        self.exchange.propose_charter(proto::ProposeCharterRequest { charter }).await?;
        Ok(())
    }

    /// Uploads a signature under a charter: the caller's, or that of the member at this place.
    pub async fn sign(
        &mut self,
        charter: CharterHash,
        signer: Option<usize>,
        signature: &Signature,
    ) -> Result<(), Status> {
        let charter_hash = charter.as_bytes().to_vec().into();
        let signature = signature.as_bytes().to_vec().into();
        let signer = signer.map(|place| place as u32);
        self.exchange.sign_charter(proto::SignCharterRequest { charter_hash, signature, signer }).await?;
        Ok(())
    }

    /// Uploads a resignation: the caller's, or that of the member at this place.
    pub async fn resign(
        &mut self,
        charter: CharterHash,
        signer: Option<usize>,
        signature: &Signature,
    ) -> Result<(), Status> {
        let charter_hash = charter.as_bytes().to_vec().into();
        let signature = signature.as_bytes().to_vec().into();
        let signer = signer.map(|place| place as u32);
        self.exchange.resign_charter(proto::ResignCharterRequest { charter_hash, signature, signer }).await?;
        Ok(())
    }

    /// Hash and name of the charters that name the caller.
    pub async fn charters(&mut self) -> Result<Vec<(CharterHash, String)>, Status> {
        let response = self.exchange.list_charters(proto::ListChartersRequest {}).await?.into_inner();
        let summary = |summary: proto::CharterSummary| {
            Ok((convert::charter_hash(&summary.charter_hash).map_err(unreadable)?, summary.name))
        };
        response.charters.into_iter().map(summary).collect()
    }

    /// A charter and its signatures, each checked against the charter, and where it stands.
    pub async fn charter(&mut self, hash: CharterHash) -> Result<CharterState, Status> {
        let charter_hash = hash.as_bytes().to_vec().into();
        let response = self.exchange.get_charter(proto::GetCharterRequest { charter_hash }).await?.into_inner();
        convert::charter_state(response).map_err(unreadable)
    }

    /// Opens a round.
    pub async fn open_round(&mut self, order: &SignedOrder) -> Result<(), Status> {
        let order = Some(convert::order_to_proto(order));
        self.round.open_round(proto::OpenRoundRequest { order }).await?;
        Ok(())
    }

    /// The round with this number, or the latest.
    pub async fn round(&mut self, charter: CharterHash, number: Option<u32>) -> Result<RoundState, Status> {
        let charter_hash = charter.as_bytes().to_vec().into();
        let request = proto::GetRoundRequest { charter_hash, number: number.unwrap_or(0) };
        convert::state(self.round.get_round(request).await?.into_inner()).map_err(unreadable)
    }

    /// Moves the close of a round later.
    pub async fn extend_round(&mut self, round: RoundHash, extension: &Extension) -> Result<(), Status> {
        let round_hash = round.as_bytes().to_vec().into();
        let extension = Some(convert::extension_to_proto(extension));
        self.round.extend_round(proto::ExtendRoundRequest { round_hash, extension }).await?;
        Ok(())
    }

    /// Closes a round.
    pub async fn close_round(&mut self, round: RoundHash) -> Result<(), Status> {
        self.round.close_round(proto::CloseRoundRequest { round_hash: round.as_bytes().to_vec().into() }).await?;
        Ok(())
    }

    /// Puts the statement of the custodian at this place into a round's record.
    pub async fn record_destruction(
        &mut self,
        round: RoundHash,
        custodian: usize,
        destruction: &Destruction,
    ) -> Result<(), Status> {
        let round_hash = round.as_bytes().to_vec().into();
        let destruction = Some(convert::destruction_to_proto(custodian, destruction));
        self.round.record_destruction(proto::RecordDestructionRequest { round_hash, destruction }).await?;
        Ok(())
    }

    /// Purges a round.
    pub async fn purge_round(&mut self, round: RoundHash) -> Result<(), Status> {
        self.round.purge_round(proto::PurgeRoundRequest { round_hash: round.as_bytes().to_vec().into() }).await?;
        Ok(())
    }

    /// Begins a list; returns whose it is, and the first shard that the matcher does not have.
    pub async fn begin_upload(&mut self, preamble: &Preamble, header: Vec<u8>) -> Result<Begun, Status> {
        let request = proto::BeginUploadRequest { preamble: preamble.encode().into(), header: header.into() };
        let response = self.list.begin_upload(request).await?.into_inner();
        Ok(Begun { member: response.member as usize, next_shard: response.next_shard })
    }

    /// Sends shards of the caller's list, or of that of the member at this place. [`UploadCall::finish`] gives the receipt.
    pub fn upload(&mut self, round: RoundHash, member: Option<usize>) -> UploadCall {
        let (sender, receiver) = mpsc::channel(4);
        let mut list = self.list.clone();
        let answer = tokio::spawn(async move { list.upload_shards(ReceiverStream::new(receiver)).await });
        UploadCall { round: Some(round), member, sender, answer }
    }

    /// Takes the caller's list back, or what a withdrawal is for; returns its number.
    pub async fn withdraw(&mut self, round: RoundHash, withdrawal: Option<&Withdrawal>) -> Result<u32, Status> {
        let withdrawal = withdrawal.map(Withdrawal::encode).unwrap_or_default().into();
        let request = proto::WithdrawListRequest { round_hash: round.as_bytes().to_vec().into(), withdrawal };
        Ok(self.list.withdraw_list(request).await?.into_inner().number)
    }

    /// Asks for overlaps: send tags through the one half, read answers from the other.
    pub async fn ask(&mut self, round: RoundHash, first: Vec<u8>) -> Result<(TagsSender, AskCall), Status> {
        let (sender, receiver) = mpsc::channel(4);
        let first = proto::AskRequest { round_hash: round.as_bytes().to_vec().into(), tags: first.into() };
        // The channel has room for it; the server waits for the first message before it answers at all.
        let _ = sender.try_send(first);
        let answers = self.overlap.ask(ReceiverStream::new(receiver)).await?.into_inner();
        Ok((TagsSender(sender), AskCall { answers }))
    }

    /// Brings a question: send the other shards through the one half, read the answer's file from the other.
    pub async fn ask_sealed(
        &mut self,
        envelope: &Envelope,
        header: Vec<u8>,
        first: Vec<u8>,
    ) -> Result<(SealedSender, SealedAnswer), Status> {
        let (sender, receiver) = mpsc::channel(4);
        let envelope = envelope.encode().into();
        // The channel has room for it; the server waits for the first message before it answers at all.
        let _ = sender.try_send(proto::AskSealedRequest { envelope, header: header.into(), tags: first.into() });
        let pieces = self.overlap.ask_sealed(ReceiverStream::new(receiver)).await?.into_inner();
        Ok((SealedSender(sender), SealedAnswer { pieces }))
    }
}

/// The half of a carried question that tags go through.
pub struct SealedSender(mpsc::Sender<proto::AskSealedRequest>);

impl SealedSender {
    /// Sends the encrypted tags of the next shard; `false` if the server has stopped listening, and the answer says why.
    pub async fn send(&self, tags: Vec<u8>) -> bool {
        let (envelope, header) = (Bytes::new(), Bytes::new());
        self.0.send(proto::AskSealedRequest { envelope, header, tags: tags.into() }).await.is_ok()
    }
}

/// The half of a carried question that the answer's file comes from.
pub struct SealedAnswer {
    pieces: Streaming<proto::AskSealedResponse>,
}

impl SealedAnswer {
    /// The next piece, `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        Ok(self.pieces.message().await?.map(|response| response.piece))
    }
}

/// An upload under way.
pub struct UploadCall {
    round: Option<RoundHash>,
    member: Option<usize>,
    sender: mpsc::Sender<proto::UploadShardsRequest>,
    answer: tokio::task::JoinHandle<Result<tonic::Response<proto::UploadShardsResponse>, Status>>,
}

impl UploadCall {
    /// Sends some shards; `false` if the server has stopped listening, and [`UploadCall::finish`] says why.
    pub async fn send(&mut self, first_shard: u32, shards: Vec<Vec<u8>>) -> bool {
        let round_hash = self.round.take().map_or_else(Bytes::new, |round| round.as_bytes().to_vec().into());
        let shards = shards.into_iter().map(Bytes::from).collect();
        let member = self.member.take().map(|place| place as u32);
        self.sender.send(proto::UploadShardsRequest { round_hash, first_shard, shards, member }).await.is_ok()
    }

    /// Ends the upload and waits for the receipt.
    pub async fn finish(mut self) -> Result<Vec<u8>, Status> {
        if self.round.is_some() {
            // Nothing was missing: the server still wants to know which list this is about.
            self.send(0, Vec::new()).await;
        }
        drop(self.sender);
        let response = self.answer.await.map_err(|_| Status::internal("the upload stopped"))??;
        Ok(response.into_inner().receipt.into())
    }
}

/// The half of a question that tags go through.
pub struct TagsSender(mpsc::Sender<proto::AskRequest>);

impl TagsSender {
    /// Sends the tags of the next shard; `false` if the server has stopped listening, and the answers say why.
    pub async fn send(&self, tags: Vec<u8>) -> bool {
        self.0.send(proto::AskRequest { round_hash: Bytes::new(), tags: tags.into() }).await.is_ok()
    }
}

/// The half of a question that answers come from.
pub struct AskCall {
    answers: Streaming<proto::AskResponse>,
}

impl AskCall {
    /// The next answer, `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Answer>, Status> {
        self.answers.message().await?.map(|answer| convert::answer(answer).map_err(unreadable)).transpose()
    }
}

/// An answer that cannot be: the server's fault, unlike the refusals that it sends. No refusal has this code.
pub(super) fn unreadable(fault: Refusal) -> Status {
    Status::data_loss(fault.to_string())
}
