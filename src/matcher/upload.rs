//! Sealed lists coming in: header first, then shards, each batch durable before the next is taken; then the receipt.

use super::{Matcher, Standing};
use crate::list::file::{ListKey, Preamble};
use crate::list::header::{self, ListFault, SignedHeader, VerifiedHeader};
use crate::list::receipt::Receipt;
use crate::round::{Phase, RoundHash};
use crate::store::{CheckedShard, KeptUpload, Outcome};
use crate::transport::Pin;
use crate::wire::{Begun, Incoming, Refusal, UploadPart};

pub(super) async fn begin(matcher: &Matcher, peer: Pin, preamble: Preamble, header: Vec<u8>) -> Result<Begun, Refusal> {
    let (standing, header) = matcher
        .standing_when(peer, preamble.round, |terms, phase| {
            only_open(phase)?;
            let key = preamble.open(matcher.home.opening_key())?;
            let header = SignedHeader::decode(&key.header(header)?)?;
            // The header says whose list it is; its signature is checked below.
            let member = terms.place_of_key(&header.header().member).ok_or(ListFault::Member)?;
            Ok((Some(member), header))
        })
        .await?;
    let header = header.verify(&standing.round, &standing.charter, standing.place)?;
    if header.header().expires <= matcher.clock.now() {
        return Err(ListFault::Expired.into());
    }
    let (round, place) = (preamble.round, standing.place);
    let encoded = header.signed().encode();
    if let Some((_, published)) = matcher.store.receipt(round, place).await? {
        if published == encoded {
            // The receipt was lost on its way: the caller sends nothing more and gets it again.
            return Ok(Begun { member: place, next_shard: header.header().class.shards() });
        }
        let published = SignedHeader::decode(&published)?.header().number;
        let found = header.header().number;
        if found <= published {
            return Err(Refusal::OldNumber { found, published });
        }
    }
    refuse_withdrawn(matcher, round, place, header.header().number).await?;
    let preamble = preamble.encode();
    let next_shard = match matcher.store.upload(round, place).await? {
        Some(upload) if upload.header == encoded && upload.preamble == preamble => upload.next_shard,
        _ => match matcher.store.begin_upload(round, place, &preamble, header.signed()).await? {
            Outcome::Done => 0,
            Outcome::Overtaken => return Err(Refusal::Overtaken),
        },
    };
    Ok(Begun { member: place, next_shard })
}

/// A courier may still have the file of a list that its member took back.
async fn refuse_withdrawn(matcher: &Matcher, round: RoundHash, place: usize, found: u32) -> Result<(), Refusal> {
    let withdrawn = matcher.store.withdrawn(round).await?;
    match withdrawn.iter().find(|withdrawn| withdrawn.member == place).map(|withdrawn| withdrawn.number) {
        Some(withdrawn) if found <= withdrawn => Err(Refusal::WithdrawnNumber { found, withdrawn }),
        _ => Ok(()),
    }
}

async fn open_round(
    matcher: &Matcher,
    peer: Pin,
    round: RoundHash,
    member: Option<usize>,
) -> Result<Standing, Refusal> {
    let standing = matcher.standing(peer, round, member).await?;
    only_open(standing.phase).map(|()| standing)
}

fn only_open(phase: Phase) -> Result<(), Refusal> {
    match phase {
        Phase::Open => Ok(()),
        Phase::Closed | Phase::Purged => Err(Refusal::NotOpen(phase)),
    }
}

pub(super) async fn shards(
    matcher: &Matcher,
    peer: Pin,
    round: RoundHash,
    member: Option<usize>,
    mut parts: Incoming<UploadPart>,
) -> Result<Vec<u8>, Refusal> {
    let standing = open_round(matcher, peer, round, member).await?;
    let Some(kept) = matcher.store.upload(round, standing.place).await? else {
        let published = matcher.store.receipt(round, standing.place).await?;
        return published.map(|(receipt, _)| receipt).ok_or(Refusal::NothingBegun);
    };
    let mut upload = Upload::resume(matcher, &standing, kept)?;
    while let Some(part) = parts.next().await? {
        upload.take(matcher, part).await?;
    }
    upload.publish(matcher, peer, &standing).await
}

struct Upload {
    id: i64,
    key: ListKey,
    header: VerifiedHeader,
    next: u32,
}

impl Upload {
    /// The header was checked when it came, and is checked again: the database is trusted no further than its bytes.
    fn resume(matcher: &Matcher, standing: &Standing, kept: KeptUpload) -> Result<Self, Refusal> {
        let key = Preamble::decode(&kept.preamble)?.open(matcher.home.opening_key())?;
        let header = SignedHeader::decode(&kept.header)?.verify(&standing.round, &standing.charter, standing.place)?;
        Ok(Self { id: kept.id, key, header, next: kept.next_shard })
    }

    async fn take(&mut self, matcher: &Matcher, part: UploadPart) -> Result<(), Refusal> {
        if part.shards.is_empty() {
            // From a caller of which no shard is missing.
            return Ok(());
        }
        let expected = self.header.header().class.shards();
        if part.first != self.next || part.shards.len() > (expected - self.next) as usize {
            // The first that does not belong: one out of turn, or one beyond the last.
            let found = if part.first == self.next { expected } else { part.first };
            return Err(Refusal::ShardOrder { expected: self.next, found });
        }
        let first = part.first;
        let shards = match self.open(part) {
            Ok(shards) => shards,
            Err(refusal) => return self.discard(matcher, refusal).await,
        };
        self.next += shards.len() as u32;
        match matcher.store.add_shards(self.id, first, shards).await? {
            Outcome::Done => Ok(()),
            Outcome::Overtaken => Err(Refusal::Overtaken),
        }
    }

    fn open(&self, part: UploadPart) -> Result<Vec<CheckedShard>, Refusal> {
        (part.first..)
            .zip(part.shards)
            .map(|(shard, chunk)| {
                let filters = self.key.shard(self.header.header().class, shard, chunk)?;
                self.header.shard(shard, &filters)?;
                Ok(CheckedShard { hash: header::shard_hash(shard, &filters), filters })
            })
            .collect()
    }

    async fn publish(self, matcher: &Matcher, peer: Pin, standing: &Standing) -> Result<Vec<u8>, Refusal> {
        let signed_for = self.header.header();
        if self.next < signed_for.class.shards() {
            return Err(Refusal::ShardsMissing { expected: signed_for.class.shards(), found: self.next });
        }
        let hashes = matcher.store.shard_hashes(self.id).await?;
        if hashes.len() < signed_for.class.shards() as usize {
            // All were durable: the upload went, and another came in its place.
            return Err(Refusal::Overtaken);
        }
        if let Err(fault) = self.header.check_root(hashes.into_iter()) {
            return self.discard(matcher, fault.into()).await;
        }
        // Moves the round on if its time came during the upload.
        open_round(matcher, peer, signed_for.round, Some(standing.place)).await?;
        let receipt = Receipt {
            round: signed_for.round,
            member: signed_for.member,
            number: signed_for.number,
            shards_root: signed_for.shards_root,
            received: matcher.clock.now(),
        };
        let receipt = receipt.sign(matcher.home.signing_key());
        match matcher.store.publish(signed_for.round, standing.place, self.id, &receipt).await? {
            Outcome::Done => {}
            Outcome::Overtaken => return Err(Refusal::Overtaken),
        }
        tracing::info!(round = %signed_for.round, member = standing.place, number = signed_for.number, "list published");
        Ok(receipt)
    }

    /// What turned out to be no list leaves nothing behind.
    async fn discard<T>(&self, matcher: &Matcher, refusal: Refusal) -> Result<T, Refusal> {
        matcher.store.drop_upload(self.id).await?;
        Err(refusal)
    }
}
