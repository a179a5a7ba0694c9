//! `mandorla withdraw`: a list is taken back.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::round::Which;
use super::{Config, block_on, offline, output, print};
use crate::carried::FileKind;
use crate::client::RoundView;
use crate::home::Home;
use crate::round::Phase;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The exchange, or the beginning of its charter's hash
    #[arg(required_unless_present = "order")]
    name: Option<String>,
    /// The round's number [default: the latest]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    round: Option<u32>,
    /// Sign the withdrawal of a list that was sealed under this order, for a courier: needs no network
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "round"])]
    order: Option<PathBuf>,
    /// The withdrawal, for the courier [default: standard output, as text]
    #[arg(long, value_name = "FILE", requires = "order")]
    out: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        if self.out.is_some() && self.order.is_none() {
            bail!("--out is for a withdrawal that a courier takes: give the order too (--order), or leave it out");
        }
        let home = config.home()?;
        if let Some(order) = &self.order {
            return sign(&home, order, self.out.as_deref());
        }
        let which = Which { name: self.name.unwrap_or_default(), round: self.round };
        block_on(async {
            let (mut exchange, view) = which.find(&home).await?;
            let lock = home.lock()?;
            let number = exchange.client.withdraw(&view, &lock).await?;
            print::out(&confirm(&view, number))
        })
    }
}

fn sign(home: &Home, order: &Path, out: Option<&Path>) -> Result<()> {
    output::refuse_overwriting(&[out], &[order])?;
    let order = offline::order(home, order)?;
    let lock = home.lock()?;
    let withdrawal = order.withdraw(&lock)?;
    output::carried(FileKind::Withdrawal, out, &withdrawal.encode())?;
    print::note(&format!(
        "lists up to number {} are withdrawn as soon as the courier has brought this (`mandorla submit`); their tags can no longer be read here",
        withdrawal.number
    ));
    Ok(())
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
