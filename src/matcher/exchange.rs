//! Charters: proposed by their convener, signed by their members, shown to nobody else.

use super::Matcher;
use crate::charter::{Charter, CharterHash, Proposal};
use crate::identity::Signature;
use crate::transport::Pin;
use crate::wire::Refusal;

pub(super) async fn propose(
    matcher: &Matcher,
    peer: Pin,
    charter: Charter,
    signature: Signature,
) -> Result<(), Refusal> {
    let terms = charter.terms();
    matcher.caller(peer)?;
    let place = Matcher::place(peer, terms)?;
    Matcher::only_convener(terms, place, "propose this charter")?;
    if terms.matcher != *matcher.card().core() {
        return Err(Refusal::OtherMatcher);
    }
    // Name and role too, for rules go by roles.
    let admitted = |member| matcher.admitted.values().any(|card| card == member);
    if let Some(member) = terms.members.iter().find(|member| !admitted(*member)) {
        return Err(Refusal::MemberNotAdmitted(member.name().to_owned()));
    }
    let mut proposal = Proposal::new(charter);
    proposal.add(place, signature)?;
    matcher.store.propose(proposal.charter(), place, &signature, matcher.clock.now()).await?;
    tracing::info!(charter = %proposal.charter().hash(), "charter proposed");
    Ok(())
}

pub(super) async fn sign(
    matcher: &Matcher,
    peer: Pin,
    charter: CharterHash,
    signature: Signature,
) -> Result<(), Refusal> {
    let (mut proposal, place) = matcher.proposal(peer, charter).await?;
    proposal.add(place, signature)?;
    matcher.store.sign(charter, place, &signature).await?;
    tracing::info!(%charter, place, in_force = proposal.agreed().is_ok(), "charter signed");
    Ok(())
}

pub(super) async fn charters(matcher: &Matcher, peer: Pin) -> Result<Vec<(CharterHash, String)>, Refusal> {
    Ok(matcher.store.charters_of(matcher.caller(peer)?).await?)
}
