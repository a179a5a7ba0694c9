//! Rounds: opened, closed and purged by the convener, and by the clock whatever the convener does.

use super::Matcher;
use crate::charter::CharterHash;
use crate::round::{Destruction, Extension, OrderFault, Phase, Round, RoundHash, SignedOrder};
use crate::store::{Opening, Outcome};
use crate::transport::Pin;
use crate::wire::{Refusal, RoundState};

/// How far the convener's clock may be from ours. The order's times are counted from its clock.
const CLOCK_TOLERANCE: u64 = 300;

pub(super) async fn open(matcher: &Matcher, peer: Pin, order: SignedOrder) -> Result<(), Refusal> {
    let (proposal, place) = matcher.proposal(peer, order.order.charter, None).await?;
    let charter = proposal.agreed()?;
    Matcher::only_convener(charter.terms(), place, "open a round")?;
    let round = order.verify(&charter)?;
    if !round.is_complete() {
        return Err(OrderFault::Salts.into());
    }
    let off = round.order().opened.abs_diff(matcher.clock.now());
    if off > CLOCK_TOLERANCE {
        return Err(Refusal::OrderClock(off));
    }
    refuse_while_open(matcher, &round).await?;
    let found = round.order().number;
    match matcher.store.open_round(&round, charter.terms().rounds_per_day).await? {
        Opening::Open => {}
        Opening::NotNext(next) => return Err(Refusal::RoundNumber { next, found }),
        Opening::TooOften(next) => {
            return Err(Refusal::TooOften { per_day: charter.terms().rounds_per_day, next });
        }
        Opening::TooMany(standing) => return Err(Refusal::TooManyRounds(standing)),
        Opening::Replaced => return Err(Refusal::Replaced(charter.terms().name.clone())),
        Opening::Paused => return Err(paused(matcher, peer, charter.hash()).await?),
    }
    tracing::info!(round = %round.hash(), number = found, "round opened");
    Ok(())
}

/// Who has resigned, read again: it may have been after the charter was read.
async fn paused(matcher: &Matcher, peer: Pin, charter: CharterHash) -> Result<Refusal, Refusal> {
    let proposal = matcher.readable(peer, charter).await?;
    Ok(Refusal::Resigned(proposal.resigned().map(|card| card.name().to_owned()).collect()))
}

/// Lists would be split between two open rounds, for people speak of the latest. The same order again is no second round.
async fn refuse_while_open(matcher: &Matcher, round: &Round) -> Result<(), Refusal> {
    let Some(kept) = matcher.store.latest_round(round.order().charter).await? else { return Ok(()) };
    let (_, latest, phase) = matcher.settle(kept).await?;
    if phase == Phase::Open && latest.hash() != round.hash() {
        return Err(Refusal::StillOpen(latest.order().number));
    }
    Ok(())
}

pub(super) async fn show(
    matcher: &Matcher,
    peer: Pin,
    charter: CharterHash,
    number: Option<u32>,
) -> Result<RoundState, Refusal> {
    let proposal = matcher.readable(peer, charter).await?;
    let member = Matcher::place(peer, proposal.agreed()?.terms()).is_ok();
    let kept = matcher.store.round_of(charter, number).await?.ok_or(Refusal::NoRound)?;
    let (_, round, phase) = matcher.settle(kept).await?;
    // Read again: settling may have purged the salts.
    let kept = matcher.store.round(round.hash()).await?.ok_or(Refusal::NoRound)?;
    let destructions = matcher.store.destructions(round.hash()).await?;
    if !member {
        // Who has published is for the members to know, not for couriers.
        let (lists, withdrawn) = (Vec::new(), Vec::new());
        return Ok(RoundState { order: kept.signed, phase, lists, withdrawn, destructions });
    }
    let lists = matcher.store.published(round.hash(), matcher.clock.now()).await?;
    let mut withdrawn = matcher.store.withdrawn(round.hash()).await?;
    withdrawn.retain(|gone| lists.iter().all(|list| list.member != gone.member));
    Ok(RoundState { order: kept.signed, phase, lists, withdrawn, destructions })
}

/// The statement stands by its signature, whoever brings it.
pub(super) async fn record_destruction(
    matcher: &Matcher,
    peer: Pin,
    round: RoundHash,
    custodian: usize,
    destruction: Destruction,
) -> Result<(), Refusal> {
    let standing = matcher.standing(peer, round, None).await?;
    standing.round.destroyed(&standing.charter, custodian, &destruction).map_err(|_| Refusal::NotDestroyed)?;
    matcher.store.record_destruction(round, custodian, &destruction).await?;
    Ok(())
}

pub(super) async fn extend(
    matcher: &Matcher,
    peer: Pin,
    round: RoundHash,
    extension: Extension,
) -> Result<(), Refusal> {
    let standing = matcher.standing(peer, round, None).await?;
    standing.only_convener("move the close")?;
    if standing.phase != Phase::Open {
        return Err(Refusal::NotOpen(standing.phase));
    }
    let mut signed = standing.round.signed().clone();
    signed.extension = Some(extension.clone());
    signed.verify(&standing.charter)?;
    match matcher.store.extend(round, &extension).await? {
        Outcome::Done => Ok(()),
        Outcome::Overtaken => Err(OrderFault::Extension.into()),
    }
}

pub(super) async fn close(matcher: &Matcher, peer: Pin, round: RoundHash) -> Result<(), Refusal> {
    let standing = matcher.standing(peer, round, None).await?;
    standing.only_convener("close the round")?;
    match standing.phase {
        Phase::Open => matcher.advance(&standing.round, Phase::Closed).await,
        Phase::Closed | Phase::Purged => Ok(()),
    }
}

pub(super) async fn purge(matcher: &Matcher, peer: Pin, round: RoundHash) -> Result<(), Refusal> {
    let standing = matcher.standing(peer, round, None).await?;
    standing.only_convener("purge the round")?;
    match standing.phase {
        Phase::Open => return Err(Refusal::PurgeWhileOpen),
        Phase::Closed => {}
        Phase::Purged => return Ok(()),
    }
    let members = &standing.charter.terms().members;
    let lists = matcher.store.published(round, matcher.clock.now()).await?;
    let waiting: Vec<String> =
        lists.iter().filter(|list| !list.asked).map(|list| members[list.member].name().to_owned()).collect();
    if !waiting.is_empty() {
        return Err(Refusal::PurgeBeforeAsked(waiting));
    }
    matcher.advance(&standing.round, Phase::Purged).await
}
