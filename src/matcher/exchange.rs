//! Charters: proposed by a convener, signed by their members, amended, resigned from, shown to nobody else.

use super::Matcher;
use crate::charter::{CharterHash, Proposal, Terms};
use crate::identity::{CardCore, CardId, Signature};
use crate::store::Signing;
use crate::transport::Pin;
use crate::wire::{CharterState, Refusal};

pub(super) async fn propose(matcher: &Matcher, peer: Pin, proposal: Proposal) -> Result<(), Refusal> {
    let charter = proposal.charter();
    let terms = charter.terms();
    matcher.card_of(peer)?;
    let place = Matcher::place(peer, terms)?;
    match terms.amends {
        Some(amended) => may_amend(matcher, peer, terms, amended).await?,
        None => Matcher::only_convener(terms, place, "propose this charter")?,
    }
    let signature = proposal.signatures().get(&place);
    let signature = signature.ok_or(Refusal::Request("the convener's signature is missing"))?;
    if terms.matcher != *matcher.card().core() {
        return Err(Refusal::OtherMatcher);
    }
    let mut needed = terms.members.iter().chain(terms.carriers.iter().map(|carrier| &carrier.card));
    if let Some(card) = needed.find(|card| !matcher.admitted.has(card)) {
        return Err(Refusal::NotAdmittedYet(card.name().to_owned()));
    }
    let signing = matcher.store.propose(charter, place, signature, matcher.clock.now()).await?;
    in_time(signing, terms)?;
    tracing::info!(charter = %charter.hash(), "charter proposed");
    Ok(())
}

/// The rules of an exchange are changed by those who convene it, so that no stranger's charter can take its place. That
/// nothing else has done so already is for the store to say, with the signature.
async fn may_amend(matcher: &Matcher, peer: Pin, terms: &Terms, amended: CharterHash) -> Result<(), Refusal> {
    let old = matcher.readable(peer, amended).await.map_err(|refusal| match refusal {
        Refusal::NoExchange => Refusal::AmendsNothing,
        other => other,
    })?;
    let (old, card) = (old.agreed()?, matcher.card_of(peer)?);
    // A convener that has changed its keys hands over by the amendment itself.
    if !old.conveners().any(|convener| convener == card.core() || card.succeeds(convener)) {
        let (convener, what) = (old.terms().conveners_in_words(), "amend this charter");
        return Err(Refusal::NotTheConvener { convener, what });
    }
    if old.terms().name == terms.name { Ok(()) } else { Err(Refusal::OtherName(old.terms().name.clone())) }
}

fn in_time(signing: Signing, terms: &Terms) -> Result<(), Refusal> {
    match signing {
        Signing::Kept => Ok(()),
        Signing::Late => Err(Refusal::AmendsReplaced(terms.name.clone())),
    }
}

pub(super) async fn sign(
    matcher: &Matcher,
    peer: Pin,
    charter: CharterHash,
    signer: Option<usize>,
    signature: Signature,
) -> Result<(), Refusal> {
    let (mut proposal, place) = matcher.proposal(peer, charter, signer).await?;
    proposal.add(place, signature)?;
    in_time(matcher.store.sign(charter, place, &signature).await?, proposal.charter().terms())?;
    tracing::info!(%charter, place, in_force = proposal.agreed().is_ok(), "charter signed");
    Ok(())
}

pub(super) async fn resign(
    matcher: &Matcher,
    peer: Pin,
    charter: CharterHash,
    signer: Option<usize>,
    signature: Signature,
) -> Result<(), Refusal> {
    let (mut proposal, place) = matcher.proposal(peer, charter, signer).await?;
    proposal.resign(place, signature)?;
    matcher.store.resign(charter, place, &signature).await?;
    tracing::info!(%charter, place, "member resigned");
    Ok(())
}

pub(super) async fn charters(matcher: &Matcher, peer: Pin) -> Result<Vec<(CharterHash, String)>, Refusal> {
    let card = matcher.card_of(peer)?;
    let cards: Vec<CardId> = card.predecessors().chain([card.core()]).map(CardCore::id).collect();
    Ok(matcher.store.charters_of(&cards).await?)
}

pub(super) async fn show(matcher: &Matcher, peer: Pin, charter: CharterHash) -> Result<CharterState, Refusal> {
    let proposal = matcher.readable(peer, charter).await?;
    let standing = matcher.store.charter_standing(charter).await?;
    Ok(CharterState { proposal, replaced: standing.replaced, next_round: standing.next_round })
}
