//! Charters: proposed by a convener, signed by their members, shown to nobody else.

use super::Matcher;
use crate::charter::{CharterHash, Proposal};
use crate::identity::Signature;
use crate::transport::Pin;
use crate::wire::Refusal;

pub(super) async fn propose(matcher: &Matcher, peer: Pin, proposal: Proposal) -> Result<(), Refusal> {
    let charter = proposal.charter();
    let terms = charter.terms();
    matcher.caller(peer)?;
    let place = Matcher::place(peer, terms)?;
    Matcher::only_convener(terms, place, "propose this charter")?;
    let signature = proposal.signatures().get(&place);
    let signature = signature.ok_or(Refusal::Request("the convener's signature is missing"))?;
    if terms.matcher != *matcher.card().core() {
        return Err(Refusal::OtherMatcher);
    }
    // Name and role too, for rules go by roles.
    let admitted = |card| matcher.admitted.values().any(|known| known == card);
    let mut needed = terms.members.iter().chain(terms.carriers.iter().map(|carrier| &carrier.card));
    if let Some(card) = needed.find(|card| !admitted(*card)) {
        return Err(Refusal::NotAdmittedYet(card.name().to_owned()));
    }
    matcher.store.propose(charter, place, signature, matcher.clock.now()).await?;
    tracing::info!(charter = %charter.hash(), "charter proposed");
    Ok(())
}

pub(super) async fn sign(
    matcher: &Matcher,
    peer: Pin,
    charter: CharterHash,
    signer: Option<usize>,
    signature: Signature,
) -> Result<(), Refusal> {
    let mut proposal = matcher.readable(peer, charter).await?;
    let place = Matcher::place_for(peer, proposal.charter().terms(), signer)?;
    proposal.add(place, signature)?;
    matcher.store.sign(charter, place, &signature).await?;
    tracing::info!(%charter, place, in_force = proposal.agreed().is_ok(), "charter signed");
    Ok(())
}

pub(super) async fn charters(matcher: &Matcher, peer: Pin) -> Result<Vec<(CharterHash, String)>, Refusal> {
    Ok(matcher.store.charters_of(matcher.caller(peer)?).await?)
}
