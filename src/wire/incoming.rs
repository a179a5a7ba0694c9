//! Streams of messages, decoded one by one and bounded in time.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;
use tonic::{Status, Streaming};

use super::{Answer, HITS_A_MESSAGE, Refusal, convert, proto};
use crate::matching::Match;
use crate::matching::disclose::Summary;

/// How long a stream may say nothing. HTTP/2's keep-alive only shows that the peer's machine lives.
const IDLE: Duration = Duration::from_secs(60);
/// How long an answer may wait for a peer that does not read.
const STALLED: Duration = Duration::from_secs(60);

/// Messages of a caller, as domain values.
pub struct Incoming<T> {
    messages: Box<dyn Messages<T>>,
}

/// The generated stream behind an [`Incoming`], with its decoding.
#[tonic::async_trait]
trait Messages<T>: Send {
    async fn next(&mut self) -> Result<Option<T>, Refusal>;
}

struct Decoded<M, D> {
    first: Option<M>,
    stream: Streaming<M>,
    decode: D,
}

#[tonic::async_trait]
impl<M: Send + 'static, T, D: Fn(M) -> Result<T, Refusal> + Send + Sync> Messages<T> for Decoded<M, D> {
    async fn next(&mut self) -> Result<Option<T>, Refusal> {
        let message = match self.first.take() {
            Some(first) => Some(first),
            None => receive(&mut self.stream).await?,
        };
        message.map(&self.decode).transpose()
    }
}

async fn receive<M>(stream: &mut Streaming<M>) -> Result<Option<M>, Refusal> {
    Ok(timeout(IDLE, stream.message()).await.map_err(|_| Refusal::Idle)??)
}

impl<T: 'static> Incoming<T> {
    /// Reads the first message, which says what the stream is about, and leaves it to be decoded with the rest.
    pub(super) async fn begin<M: Clone + Send + 'static>(
        mut stream: Streaming<M>,
        decode: impl Fn(M) -> Result<T, Refusal> + Send + Sync + 'static,
    ) -> Result<(M, Self), Refusal> {
        let first = receive(&mut stream).await?.ok_or(Refusal::Request("the stream is empty"))?;
        let messages = Box::new(Decoded { first: Some(first.clone()), stream, decode });
        Ok((first, Self { messages }))
    }

    /// The next message, `None` at the end. A peer that says nothing for a minute is given up.
    pub async fn next(&mut self) -> Result<Option<T>, Refusal> {
        self.messages.next().await
    }
}

/// Answers to an asker, with back-pressure: at most two messages wait.
#[derive(Clone)]
pub struct Outgoing {
    sender: mpsc::Sender<Result<proto::AskResponse, Status>>,
}

impl Outgoing {
    pub(super) fn new() -> (Self, mpsc::Receiver<Result<proto::AskResponse, Status>>) {
        let (sender, receiver) = mpsc::channel(2);
        (Self { sender }, receiver)
    }

    /// Sends the matches of one shard, in as many messages as they take.
    pub async fn matches(&self, shard: u32, matches: Vec<Match>) -> Result<(), Refusal> {
        let mut groups = group(matches).into_iter().peekable();
        while let Some(matches) = groups.next() {
            let last = groups.peek().is_none();
            self.send(Ok(convert::answer_to_proto(Answer::Matches { shard, matches, last }))).await?;
        }
        Ok(())
    }

    /// Sends the summary, which is the end.
    pub async fn summary(&self, summary: Summary) -> Result<(), Refusal> {
        self.send(Ok(convert::answer_to_proto(Answer::Summary(summary)))).await
    }

    /// Ends the answer with a no.
    pub(super) async fn refuse(&self, refusal: Refusal) {
        // A caller that went away needs no reason.
        let _ = self.send(Err(refusal.into())).await;
    }

    async fn send(&self, message: Result<proto::AskResponse, Status>) -> Result<(), Refusal> {
        timeout(STALLED, self.sender.send(message)).await.map_err(|_| Refusal::Idle)?.map_err(|_| Refusal::Gone)
    }
}

/// The pieces of a file that is made while it is sent, with back-pressure.
#[derive(Clone)]
pub struct Pieces {
    sender: mpsc::Sender<Result<proto::AskSealedResponse, Status>>,
}

impl Pieces {
    pub(super) fn new() -> (Self, mpsc::Receiver<Result<proto::AskSealedResponse, Status>>) {
        let (sender, receiver) = mpsc::channel(2);
        (Self { sender }, receiver)
    }

    /// Sends the next.
    pub async fn send(&self, piece: Vec<u8>) -> Result<(), Refusal> {
        self.pass(Ok(proto::AskSealedResponse { piece: piece.into() })).await
    }

    /// Ends the file with a no.
    pub(super) async fn refuse(&self, refusal: Refusal) {
        // A caller that went away needs no reason.
        let _ = self.pass(Err(refusal.into())).await;
    }

    async fn pass(&self, message: Result<proto::AskSealedResponse, Status>) -> Result<(), Refusal> {
        timeout(STALLED, self.sender.send(message)).await.map_err(|_| Refusal::Idle)?.map_err(|_| Refusal::Gone)
    }
}

/// At least one group, so that a shard without matches is answered too; each small enough for a message.
fn group(matches: Vec<Match>) -> Vec<Vec<Match>> {
    let mut groups = vec![Vec::new()];
    let mut weight = 0;
    for found in matches {
        let heavier = weight + 1 + found.holders.len();
        match groups.last_mut() {
            Some(group) if heavier <= HITS_A_MESSAGE => {
                weight = heavier;
                group.push(found);
            }
            _ => {
                weight = 1 + found.holders.len();
                groups.push(vec![found]);
            }
        }
    }
    groups
}
