//! `mandorla publish`: a list, sealed.

mod summary;

use std::path::PathBuf;

use anyhow::{Result, bail};

use self::summary::Summary;
use super::exchange::Exchange;
use super::input::{self, Input};
use super::progress::Bars;
use super::round::Which;
use super::{Config, block_on, print};
use crate::client::{Client, Drafting, RoundView};
use crate::home::Home;
use crate::list::{Draft, receipt::Receipt};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Indicators, one a line: `value` or `kind,value`; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Say what would be sealed under the charter, and send nothing of it; needs no open round
    #[arg(long)]
    dry_run: bool,
    /// Let a list without indicators replace one that is published already
    #[arg(long)]
    allow_empty: bool,
}

impl Args {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        let home = config.home()?;
        let inputs = input::open(&self.files)?;
        block_on(async {
            match self.dry_run {
                true => rehearse(&home, &self.which.name, inputs).await,
                false => publish(&home, &self.which, inputs, self.allow_empty).await,
            }
        })
    }
}

async fn rehearse(home: &Home, name: &str, inputs: Vec<Input>) -> Result<()> {
    let exchange = Exchange::find_in_force(home, name).await?;
    let terms = exchange.proposal.charter().terms();
    let summary = Summary::survey(terms, inputs)?;
    let class = summary.class(terms)?;
    print::out(&format!(
        "{}, dry run: nothing of this was sent\n{}{}",
        terms.name,
        summary.rows(),
        summary::size(class)
    ))
}

async fn publish(home: &Home, which: &Which, inputs: Vec<Input>, allow_empty: bool) -> Result<()> {
    let (mut exchange, view) = which.find(home).await?;
    let (draft, summary) = draft(home, &view, inputs)?;
    // An export that failed must not take a good list away.
    if draft.is_empty() && view.list_of(view.own).is_some() && !allow_empty {
        bail!(
            "there is no indicator in it, and it would replace the list that is published: nothing was sent; if that is meant, say --allow-empty"
        );
    }
    summary.remark();
    let receipt = {
        let lock = home.lock()?;
        exchange.client.publish(&view, &draft, &lock, &Bars::default()).await?
    };
    print::out(&confirm(&view, &draft, &receipt))?;
    traffic(&exchange.client);
    Ok(())
}

/// Reads straight into the draft: a million indicators are held once.
fn draft(home: &Home, view: &RoundView, inputs: Vec<Input>) -> Result<(Draft, Summary)> {
    let mut drafting = Drafting::new(home, view)?;
    let counts = input::read(inputs, |indicator| drafting.add(indicator))?;
    let left_out = drafting.left_out().clone();
    let draft = drafting.finish()?;
    let summary = Summary::new(counts, left_out, draft.len());
    summary.refuse_unusable()?;
    Ok((draft, summary))
}

fn confirm(view: &RoundView, draft: &Draft, receipt: &Receipt) -> String {
    let terms = view.charter.terms();
    let replaces = if receipt.number > 1 { "; it replaces the one before" } else { "" };
    format!(
        "{}, round {}: {} has list {} of {}, {}, received {}{replaces}\n",
        terms.name,
        view.round.order().number,
        terms.matcher.name(),
        receipt.number,
        terms.members[view.own].name(),
        print::count(draft.len(), "indicator"),
        print::time(receipt.received),
    )
}

/// The closing line: what went over the network, TLS and all.
pub(super) fn traffic(client: &Client<'_>) {
    let [sent, received] = [client.sent(), client.received()].map(indicatif::HumanBytes);
    print::note(&format!("sent {sent}, received {received}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::fixture::Fixture;
    use crate::round::Phase;

    #[test]
    fn a_receipt_in_words() {
        let view = Fixture::new().view(1_795_356_180, Phase::Open, Vec::new());
        let draft = Draft::new(Vec::new(), 1000).unwrap();
        let receipt = |number| Receipt {
            round: view.round.hash(),
            member: [0; 32],
            number,
            shards_root: [0; 32],
            received: 1_795_356_180,
        };
        let first = "election-2026, round 1: Clearing House has list 1 of Northwind Social, 0 indicators, received 2026-11-22 14:03 UTC\n";
        assert_eq!(confirm(&view, &draft, &receipt(1)), first);
        assert!(confirm(&view, &draft, &receipt(2)).ends_with("UTC; it replaces the one before\n"));
    }
}
