//! `mandorla publish`: a list, sealed.

mod summary;

use anyhow::{Result, bail};

use self::summary::Summary;
use super::exchange::Exchange;
use super::input::{InputArgs, Plan, Remark, SHOWN, Selection};
use super::progress::Bars;
use super::round::Which;
use super::{Config, block_on, print};
use crate::charter::Terms;
use crate::client::{Client, Drafting, RoundView};
use crate::home::Home;
use crate::list::{Draft, receipt::Receipt};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    input: InputArgs,
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
        let plan = self.input.plan()?;
        block_on(async {
            match self.dry_run {
                true => rehearse(&home, &self.which.name, plan).await,
                false => publish(&home, &self.which, plan, self.allow_empty).await,
            }
        })
    }
}

/// Rejected lines go to standard error by number: their text is nobody's business. Of a broken file the refusal tells.
fn read(plan: Plan, terms: &Terms) -> Result<(Summary, Selection)> {
    let each = &mut |remark: Remark<'_>| match remark {
        Remark::Rejected { .. } | Remark::More { .. } | Remark::Prose { .. } => print::note(&remark.to_string()),
        Remark::Broken { .. } => {}
    };
    Summary::survey(terms, plan, Some(SHOWN), each)
}

async fn rehearse(home: &Home, name: &str, plan: Plan) -> Result<()> {
    let exchange = Exchange::find_in_force(home, name).await?;
    let terms = exchange.terms();
    let (summary, _) = read(plan, terms)?;
    let class = summary.class(terms)?;
    print::out(&format!(
        "{}, dry run: nothing of this was sent\n{}{}{}",
        terms.name,
        summary.rows(),
        summary::size(class),
        summary.evaluations(terms)
    ))
}

async fn publish(home: &Home, which: &Which, plan: Plan, allow_empty: bool) -> Result<()> {
    let (mut exchange, view) = which.find(home).await?;
    let (mut drafting, summary) = drafting(home, &view, plan)?;
    // An export that failed must not take a good list away.
    if summary.is_empty() && view.list_of(view.own).is_some() && !allow_empty {
        bail!(
            "there is no indicator in it, and it would replace the list that is published: nothing was sent; if that is meant, say --allow-empty"
        );
    }
    summary.remark();
    let (draft, receipt) = {
        let (lock, bars) = (home.lock()?, Bars::default());
        exchange.client.evaluate(&view, &mut drafting, &lock, &bars).await?;
        let draft = drafting.finish()?;
        let receipt = exchange.client.publish(&view, &draft, &lock, &bars).await?;
        (draft, receipt)
    };
    print::out(&confirm(&view, &draft, &receipt))?;
    traffic(&exchange.client);
    Ok(())
}

/// The salt is opened first: a file that is long to read is not read for a round that cannot take it.
pub(super) fn drafting<'h>(home: &'h Home, view: &RoundView, plan: Plan) -> Result<(Drafting<'h>, Summary)> {
    let mut drafting = Drafting::new(home, view)?;
    let (summary, selection) = read(plan, view.charter.terms())?;
    selection.taken.into_iter().for_each(|(indicator, origin)| drafting.add_from(indicator, origin));
    Ok((drafting, summary))
}

fn confirm(view: &RoundView, draft: &Draft, receipt: &Receipt) -> String {
    let terms = view.charter.terms();
    let replaces = if view.list_of(view.own).is_some() { "; it replaces the one before" } else { "" };
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
    let in_words = |sent, received| {
        let [sent, received] = [sent, received].map(indicatif::HumanBytes);
        format!("sent {sent}, received {received}")
    };
    let matcher = in_words(client.sent(), client.received());
    match client.custodian_traffic() {
        (0, 0) => print::note(&matcher),
        (sent, received) => print::note(&format!("{matcher}; with the custodians {}", in_words(sent, received))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::fixture::Fixture;
    use crate::round::{Phase, Published};

    #[test]
    fn a_receipt_in_words() {
        let fixture = Fixture::new();
        let view = |lists| fixture.view(1_795_356_180, Phase::Open, lists);
        let (first, again) = (view(Vec::new()), view(vec![Published { member: 0, number: 1, asked: false }]));
        let draft = Draft::new(Vec::new(), 1000).unwrap();
        let receipt = |number| Receipt {
            round: first.round.hash(),
            member: [0; 32],
            number,
            shards_root: [0; 32],
            received: 1_795_356_180,
        };
        let text = "election-2026, round 1: Clearing House has list 1 of Northwind Social, 0 indicators, received 2026-11-22 14:03 UTC\n";
        assert_eq!(confirm(&first, &draft, &receipt(1)), text);
        // After a withdrawal there is nothing that it could replace.
        assert!(confirm(&first, &draft, &receipt(2)).ends_with("UTC\n"));
        assert!(confirm(&again, &draft, &receipt(2)).ends_with("UTC; it replaces the one before\n"));
    }
}
