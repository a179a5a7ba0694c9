//! What a courier does, or a member that carries its own files: fetches orders, brings files, takes answers away.

use std::io::{Read, Write};

use std::sync::Arc;

use tokio::task::JoinSet;

use super::custodians::Custodians;
use super::evaluate::{Asking, in_flight};
use super::publish::send_shards;
use super::{Client, ClientError, Progress};
use crate::carried::blinded::BlindedFile;
use crate::carried::evaluated::{self, EvaluatedBatch};
use crate::carried::order::OrderFile;
use crate::carried::question::QuestionFile;
use crate::carried::withdrawal::Withdrawal;
use crate::charter::Proposal;
use crate::list::file::SealedFile;
use crate::list::receipt::{Receipt, ReceiptFault};
use crate::round::Phase;
use crate::wire::custodian::Batch;

/// Bytes of an answer at most: 2^14 frames, 50 million overlaps with one holder each.
const MAX_ANSWER: usize = ((4 + (1 << 16) + 16) << 14) + 4096;

/// Where the shards of a sealed list are read from, once more when an upload goes on.
pub type Sealed = SealedFile<Box<dyn Read>>;

impl Client<'_> {
    /// The order of the round with this number, or of the latest, with its charter.
    pub async fn order(&mut self, proposal: &Proposal, number: Option<u32>) -> Result<OrderFile, ClientError> {
        let charter = proposal.agreed()?;
        let state = self.said(self.calls.clone().round(charter.hash(), number).await)?;
        let round = state.order.clone().verify(&charter)?;
        if number.is_some_and(|number| number != round.order().number) {
            return Err(ClientError::Misbehaved("it gave another round than the one that was asked for"));
        }
        if !round.is_complete() {
            return Err(ClientError::NotOpen(Phase::Purged));
        }
        Ok(OrderFile { proposal: proposal.clone(), order: state.order })
    }

    /// Brings the signatures under a charter, and resignations from it, that the matcher does not have yet and that this
    /// home may bring; gives the charter as it stands then, and what was new, in words.
    pub async fn submit_charter(&mut self, carried: &Proposal) -> Result<(Proposal, Vec<String>), ClientError> {
        let hash = carried.charter().hash();
        let standing = self.charter(hash).await?.proposal;
        let mut brought = Vec::new();
        for (place, signature) in carried.signatures() {
            if !standing.signatures().contains_key(place) && self.may_bring(carried, *place) {
                self.said(self.calls.clone().sign(hash, Some(*place), signature).await)?;
                brought.push(format!("the signature of {}", carried.charter().terms().members[*place].name()));
            }
        }
        for (place, resignation) in carried.resignations() {
            if !standing.resignations().contains_key(place) && self.may_bring(carried, *place) {
                self.said(self.calls.clone().resign(hash, Some(*place), resignation).await)?;
                brought.push(format!("the resignation of {}", carried.charter().terms().members[*place].name()));
            }
        }
        Ok((self.charter(hash).await?.proposal, brought))
    }

    fn may_bring(&self, carried: &Proposal, place: usize) -> bool {
        let (own, terms) = (self.home.card().core(), carried.charter().terms());
        terms.members[place] == *own || terms.carries(own.tls(), place)
    }

    /// Brings a sealed list; gives the matcher's receipt. One that broke off goes on where it broke when it is brought again.
    pub async fn submit_list(&mut self, mut file: Sealed) -> Result<(Receipt, Vec<u8>), ClientError> {
        let round = file.preamble.round;
        let mut calls = self.calls.clone();
        let begun = self.said(calls.begin_upload(&file.preamble, file.header.clone()).await)?;
        let mut call = calls.upload(round, Some(begun.member));
        let fault = |fault| ClientError::File { file: "the sealed list".to_owned(), fault };
        send_shards(&mut call, &mut file, begun.next_shard, || ()).await.map_err(fault)?;
        let bytes = self.said(call.finish().await)?;
        let receipt = Receipt::verify(&bytes, self.matcher.core().verifying())?;
        if receipt.round != round {
            return Err(ReceiptFault::OtherList.into());
        }
        Ok((receipt, bytes))
    }

    /// Brings a question; the answer's file is written while it comes.
    pub async fn submit_question(
        &mut self,
        mut file: QuestionFile<Box<dyn Read>>,
        out: &mut dyn Write,
    ) -> Result<(), ClientError> {
        let first = file.next_shard()?.unwrap_or_default();
        let (envelope, header) = (file.envelope.clone(), file.header.clone());
        let (sender, mut answer) = self.said(self.calls.clone().ask_sealed(&envelope, header, first).await)?;
        let sending = async {
            while let Some(shard) = file.next_shard()? {
                // When the answer ends early, it says why.
                if !sender.send(shard).await {
                    break;
                }
            }
            drop(sender);
            Ok::<(), ClientError>(())
        };
        let receiving = async {
            let mut room = MAX_ANSWER;
            while let Some(piece) = self.said(answer.next().await)? {
                room = room.checked_sub(piece.len()).ok_or(ClientError::Misbehaved("its answer has no end"))?;
                out.write_all(&piece)?;
            }
            Ok::<(), ClientError>(())
        };
        let (sent, received) = tokio::join!(sending, receiving);
        received?;
        sent
    }

    /// Brings a withdrawal; gives the number of the list that is gone.
    pub async fn submit_withdrawal(&mut self, withdrawal: &Withdrawal) -> Result<u32, ClientError> {
        self.said(self.calls.clone().withdraw(withdrawal.round, Some(withdrawal)).await)
    }
}

impl Custodians<'_> {
    /// Brings a blinded list to the custodians that its order names; what they say to it is written as it comes, in the
    /// list's order. Gives how many evaluations each was asked for. A list that is brought again is not charged again.
    pub async fn submit(
        &mut self,
        mut file: BlindedFile<Box<dyn Read>>,
        out: &mut dyn Write,
        progress: &dyn Progress,
    ) -> Result<usize, ClientError> {
        let (charter, round) = file.order.clone().verify()?;
        let links = self.links(charter.terms()).await?;
        self.present(&links, round.signed(), Some(file.member)).await?;
        evaluated::write_head(&mut *out, &round.hash(), links.len(), file.batches)?;
        progress.begin("evaluating", file.batches as u64, "batches");
        let asking = Arc::new(Asking { round: round.hash(), links });
        let mut asked = 0;
        loop {
            let (mut under_way, mut ids) = (JoinSet::new(), Vec::new());
            while ids.len() < in_flight()
                && let Some(batch) = file.next_batch()?
            {
                let (asking, place) = (asking.clone(), ids.len());
                ids.push(batch.id);
                asked += batch.elements.len() / 32;
                let carried = Some((file.member, batch.signature));
                let batch = Batch { id: batch.id, elements: batch.elements.into(), carried };
                under_way.spawn(async move { (place, asking.answers(batch).await) });
            }
            if ids.is_empty() {
                break;
            }
            let mut answered: Vec<_> = ids.iter().map(|_| None).collect();
            while let Some(joined) = under_way.join_next().await {
                let (place, answers) = joined.map_err(|_| ClientError::Stopped)?;
                answered[place] = Some(answers?);
                progress.step(1);
            }
            for (id, answers) in ids.into_iter().zip(answered) {
                let answers = answers.ok_or(ClientError::Stopped)?;
                evaluated::write_batch(&mut *out, &EvaluatedBatch { id, answers })?;
            }
        }
        progress.end();
        Ok(asked)
    }
}
