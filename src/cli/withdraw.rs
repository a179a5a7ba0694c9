//! `mandorla withdraw`: a list is taken back.

use anyhow::Result;

use super::round::Which;
use super::{Config, block_on, print};
use crate::client::RoundView;
use crate::round::Phase;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
}

impl Args {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        let home = config.home()?;
        block_on(async {
            let (mut exchange, view) = self.which.find(&home).await?;
            let lock = home.lock()?;
            let number = exchange.client.withdraw(&view, &lock).await?;
            print::out(&confirm(&view, number))
        })
    }
}

/// That it is gone, and what cannot be taken back.
fn confirm(view: &RoundView, number: u32) -> String {
    let terms = view.charter.terms();
    let gone = format!(
        "{}, round {}: {} has removed list {number} of {}, with all tags that were shown of it\n",
        terms.name,
        view.round.order().number,
        terms.matcher.name(),
        terms.members[view.own].name(),
    );
    gone + &told(view) + "\n"
}

fn told(view: &RoundView) -> String {
    if view.phase == Phase::Open {
        let close = print::time(view.round.close());
        return format!("Nobody was told of it. Until the close, {close}, another list can be published.");
    }
    let asked = view.lists.iter().filter(|list| list.asked && list.member != view.own);
    let names: Vec<&str> = asked.map(|list| view.charter.terms().members[list.member].name()).collect();
    let knowing = match names.as_slice() {
        [] => "Nobody else has asked to the end yet; whoever began keeps what it was told.".to_owned(),
        names => format!("Those who asked before know what they were told: {}.", names.join(", ")),
    };
    format!("{knowing} Later questions do not find it, and this home can ask nothing more in this round.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::fixture::Fixture;
    use crate::round::Published;

    #[test]
    fn what_cannot_be_taken_back_is_said() {
        let fixture = Fixture::new();
        let list = |member, asked| Published { member, number: 2, asked };
        let text = |phase, lists| confirm(&fixture.view(1_795_356_180, phase, lists), 2);
        let gone = "election-2026, round 1: Clearing House has removed list 2 of Northwind Social, with all tags that were shown of it\n";
        assert_eq!(
            text(Phase::Open, vec![list(0, false)]),
            format!(
                "{gone}Nobody was told of it. Until the close, 2026-11-23 14:03 UTC, another list can be published.\n"
            )
        );
        let closed = text(Phase::Closed, vec![list(0, true), list(1, true), list(2, false)]);
        assert!(closed.starts_with(gone) && closed.contains("know what they were told: Harbour Mail."), "{closed}");
        let closed = text(Phase::Closed, vec![list(0, true), list(2, false)]);
        assert!(closed.contains("Nobody else has asked to the end yet"), "{closed}");
    }
}
