//! Publishing: a draft to a sealed list in the home, the list to the matcher.

use std::io::Read;

use super::kept::Kept;
use super::link::{RETRIES, RETRY_WAIT};
use super::{Client, ClientError, Progress, RoundView};
use crate::home::HomeLock;
use crate::list::Draft;
use crate::list::file::{FileFault, SealedFile};
use crate::list::receipt::{Receipt, ReceiptFault};
use crate::wire::{SHARDS_A_MESSAGE, UploadCall};

impl Client<'_> {
    /// Seals a draft, keeps it in the home, uploads it and checks the receipt. The list replaces the one that this home
    /// has published in the round. An upload of the same indicators that broke off goes on where it broke.
    pub async fn publish(
        &mut self,
        view: &RoundView,
        draft: &Draft,
        _: &HomeLock,
        progress: &dyn Progress,
    ) -> Result<Receipt, ClientError> {
        let kept = Kept::new(self.home, view.round.hash());
        let published = view.list_of(view.own).map_or(0, |list| list.number);
        let withdrawn = view.withdrawn_of(view.own).map_or(0, |list| list.number);
        let last = kept.last_number()?;
        // Saturating, as the first is the matcher's word.
        let number = published.max(withdrawn).max(last).saturating_add(1);

        progress.begin("sealing", draft.class().shards().into(), "shards");
        let (now, key) = (self.clock.now(), self.home.signing_key());
        let list = draft.seal(&view.round, number, now, key, &kept.dummies(), || progress.step(1));
        progress.end();

        let root = list.header.header().shards_root;
        // Also a list that the matcher has published: its receipt was lost, and comes again.
        let number = if last >= published && kept.is_pending(last, &root)? {
            // What is sealed is the same; where derived indicators come from may not be.
            kept.write_tags(draft, last)?;
            last
        } else {
            kept.write(draft, list, &view.round, self.matcher.core().sealing())?;
            number
        };
        let shards = draft.class().shards().into();
        progress.begin("publishing", shards, "shards");
        let receipt = self.upload(view, &kept, number, root, progress).await;
        progress.end();
        receipt
    }

    async fn upload(
        &mut self,
        view: &RoundView,
        kept: &Kept<'_>,
        number: u32,
        root: [u8; 32],
        progress: &dyn Progress,
    ) -> Result<Receipt, ClientError> {
        let mut tries = 0;
        let bytes = loop {
            match self.upload_once(view, kept, number, progress).await {
                Ok(bytes) => break bytes,
                Err(ClientError::Connect(_)) if tries < RETRIES => {
                    tries += 1;
                    tokio::time::sleep(RETRY_WAIT).await;
                }
                Err(ClientError::Refused(message)) => {
                    kept.refused(number)?;
                    return Err(ClientError::Refused(message));
                }
                Err(error) => return Err(error),
            }
        };
        let receipt = Receipt::verify(&bytes, self.matcher.core().verifying())?;
        let own = self.home.card().core().verifying().as_bytes();
        let ours = receipt.round == view.round.hash()
            && receipt.member == *own
            && receipt.number == number
            && receipt.shards_root == root;
        if !ours {
            return Err(ReceiptFault::OtherList.into());
        }
        kept.published(number, &bytes)?;
        Ok(receipt)
    }

    async fn upload_once(
        &mut self,
        view: &RoundView,
        kept: &Kept<'_>,
        number: u32,
        progress: &dyn Progress,
    ) -> Result<Vec<u8>, ClientError> {
        let fault = |fault| kept.sealed_fault(number, fault);
        let mut file = kept.sealed(number)?;
        let mut calls = self.calls.clone();
        let next = self.said(calls.begin_upload(&file.preamble, file.header.clone()).await)?.next_shard;
        let mut call = calls.upload(view.round.hash(), None);
        send_shards(&mut call, &mut file, next, || progress.step(1)).await.map_err(fault)?;
        self.said(call.finish().await)
    }
}

/// Sends the shards of a sealed list from `next` on, until the matcher no longer listens: then the end of the call says why.
/// `each` is called after every shard of the file.
pub(super) async fn send_shards<R: Read>(
    call: &mut UploadCall,
    file: &mut SealedFile<R>,
    next: u32,
    mut each: impl FnMut(),
) -> Result<(), FileFault> {
    let (mut shard, mut listening) = (0, true);
    let mut batch = Vec::with_capacity(SHARDS_A_MESSAGE);
    while listening && let Some(chunk) = file.next_shard()? {
        shard += 1;
        if shard > next {
            batch.push(chunk);
        }
        each();
        if batch.len() == SHARDS_A_MESSAGE {
            listening = call.send(shard - SHARDS_A_MESSAGE as u32, std::mem::take(&mut batch)).await;
        }
    }
    if listening && !batch.is_empty() {
        call.send(shard - batch.len() as u32, batch).await;
    }
    Ok(())
}
