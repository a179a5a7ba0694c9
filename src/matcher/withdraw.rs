//! Lists that their members take back, until the purge.

use super::Matcher;
use crate::carried::FileKind;
use crate::carried::withdrawal::Withdrawal;
use crate::round::{Phase, RoundHash};
use crate::store::Withdrawing;
use crate::transport::Pin;
use crate::wire::Refusal;

/// Takes back the peer's own list, or what a withdrawal that it carries is for.
pub(super) async fn withdraw(
    matcher: &Matcher,
    peer: Pin,
    round: RoundHash,
    withdrawal: Option<Withdrawal>,
) -> Result<u32, Refusal> {
    let most = withdrawal.as_ref().map_or(u32::MAX, |withdrawal| withdrawal.number);
    let (standing, ()) = matcher
        .standing_when(peer, round, |terms, _| {
            let Some(withdrawal) = withdrawal else { return Ok((None, ())) };
            if withdrawal.round != round {
                return Err(Refusal::Request("the withdrawal is for another round"));
            }
            let member = terms.place_of_key(&withdrawal.member).ok_or(Refusal::FromNobody(FileKind::Withdrawal))?;
            withdrawal.verify(terms.members[member].verifying())?;
            Ok((Some(member), ()))
        })
        .await?;
    let number = match matcher.store.withdraw(round, standing.place, most).await? {
        Withdrawing::Gone(number) => number,
        Withdrawing::Newer(published) => return Err(Refusal::OldWithdrawal { found: most, published }),
        Withdrawing::Nothing => return Err(Refusal::NothingToWithdraw),
        Withdrawing::Purged => return Err(Refusal::NotAnswering(Phase::Purged)),
    };
    matcher.forget().await?;
    tracing::info!(%round, member = standing.place, number, "list withdrawn");
    Ok(number)
}
