//! What a courier does, or a member that carries its own files: fetches orders, brings files, takes answers away.

use std::io::{Read, Write};

use super::publish::send_shards;
use super::{Client, ClientError};
use crate::carried::order::OrderFile;
use crate::carried::question::QuestionFile;
use crate::carried::withdrawal::Withdrawal;
use crate::charter::Proposal;
use crate::list::file::SealedFile;
use crate::list::receipt::{Receipt, ReceiptFault};
use crate::round::Phase;

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
        if round.sealed_salt(0).is_none() {
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
