//! Lists that their members take back, until the purge.

use super::Matcher;
use crate::round::{Phase, RoundHash};
use crate::store::Withdrawal;
use crate::transport::Pin;
use crate::wire::Refusal;

pub(super) async fn withdraw(matcher: &Matcher, peer: Pin, round: RoundHash) -> Result<u32, Refusal> {
    let standing = matcher.standing(peer, round).await?;
    let number = match matcher.store.withdraw(round, standing.place).await? {
        Withdrawal::Gone(number) => number,
        Withdrawal::Nothing => return Err(Refusal::NothingToWithdraw),
        Withdrawal::Purged => return Err(Refusal::NotAnswering(Phase::Purged)),
    };
    matcher.forget().await?;
    tracing::info!(%round, member = standing.place, number, "list withdrawn");
    Ok(number)
}
