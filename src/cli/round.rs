//! `mandorla round`: one comparison under a charter.

mod show;

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};

use super::exchange::Exchange;
use super::{Config, block_on, now, output, print};
use crate::carried::FileKind;
use crate::client::{ClientError, KeyState, RoundView};
use crate::home::Home;
use crate::round::Phase;

#[derive(Subcommand)]
pub(super) enum Action {
    /// Open a round: lists come in (convener)
    Open {
        /// The exchange, or the beginning of its charter's hash
        name: String,
    },
    /// Show the times, who has published and who has not
    Show(Which),
    /// Write a round's order into a file, for a home without a network (courier)
    Order {
        #[command(flatten)]
        which: Which,
        /// Write into this file [default: standard output, as text]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Move the close of an open round later; the last answer and the purge stay (convener)
    Extend {
        #[command(flatten)]
        which: Which,
        /// By how many hours
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        hours: u32,
    },
    /// Close a round before its time: lists are frozen, overlaps are answered (convener)
    Close(Which),
    /// Purge a round before its time: lists are gone (convener)
    Purge(Which),
}

/// A round of an exchange.
#[derive(Args)]
pub(super) struct Which {
    /// The exchange, or the beginning of its charter's hash
    pub(super) name: String,
    /// The round's number [default: the latest]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) round: Option<u32>,
}

impl Which {
    /// Finds it on the servers that this home knows.
    pub(super) async fn find<'h>(&self, home: &'h Home) -> Result<(Exchange<'h>, RoundView)> {
        let mut exchange = Exchange::find_in_force(home, &self.name).await?;
        exchange.agreed()?;
        match seek(&mut exchange, self.round).await? {
            Some(view) => Ok((exchange, view)),
            None => Err(self.absent(&mut exchange).await),
        }
    }

    /// That there is no such round, and which there is.
    async fn absent(&self, exchange: &mut Exchange<'_>) -> anyhow::Error {
        let name = exchange.name().to_owned();
        let latest = match self.round {
            Some(_) => seek(exchange, None).await.ok().flatten(),
            None => None,
        };
        match (self.round, latest) {
            (Some(number), Some(latest)) => {
                anyhow!("{name} has no round {number}: the latest is round {}", latest.round.order().number)
            }
            _ => anyhow!("{name} has no round yet: its convener opens one (`mandorla round open {name}`)"),
        }
    }
}

/// The round with this number, or the latest: under the newest version of the charter that has it, for one that was opened
/// before an amendment came into force goes on under the old.
async fn seek(exchange: &mut Exchange<'_>, number: Option<u32>) -> Result<Option<RoundView>> {
    for version in exchange.versions.chain()? {
        match exchange.client.round(&version.proposal.agreed()?, number).await {
            Ok(view) => return Ok(Some(view)),
            Err(ClientError::NotThere(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

impl Action {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        let home = config.home()?;
        block_on(async {
            let text = match self {
                Self::Order { which, out } => return order(&home, &which, out.as_deref()).await,
                Self::Open { name } => open(&home, &name).await?,
                Self::Show(which) => show(which.find(&home).await?).await,
                Self::Extend { which, hours } => extend(&home, &which, hours).await?,
                Self::Close(which) => close(&home, &which).await?,
                Self::Purge(which) => purge(&home, &which).await?,
            };
            print::out(&text)
        })
    }
}

/// With where the custodians' keys stand, which each of them is asked.
async fn show((mut exchange, view): (Exchange<'_>, RoundView)) -> String {
    let keys = exchange.client.key_states(&view).await;
    show::render(&view, &keys, now())
}

async fn open(home: &Home, name: &str) -> Result<String> {
    let mut exchange = Exchange::find_in_force(home, name).await?;
    let charter = exchange.agreed()?;
    // Only to say what is left to do: one that this home may not see is none.
    let before = seek(&mut exchange, None).await.ok().flatten();
    let view = exchange.client.open_round(&charter).await?;
    if let Some(before) = before.filter(|before| before.destroyed.len() < before.round.order().keys().len()) {
        let (name, number) = (&charter.terms().name, before.round.order().number);
        print::note(&format!(
            "note: not every custodian has stated that it destroyed its key of round {number}: `mandorla round show {name} --round {number}` asks, \
             `mandorla round close {name} --round {number}` has it done"
        ));
    }
    Ok(show((exchange, view)).await)
}

/// For couriers, which are no members: they find by name every exchange whose charter names them.
async fn order(home: &Home, which: &Which, out: Option<&Path>) -> Result<()> {
    let mut exchange = Exchange::find_in_force(home, &which.name).await?;
    exchange.agreed()?;
    let mut absent = None;
    for version in exchange.versions.chain()? {
        match exchange.client.order(&version.proposal, which.round).await {
            Ok(order) => return output::carried(FileKind::RoundOrder, out, &order.encode()),
            Err(error @ ClientError::NotThere(_)) => absent = absent.or(Some(error)),
            Err(error) => return Err(error.into()),
        }
    }
    Err(absent.expect("the newest version at least is in force and was asked").into())
}

async fn extend(home: &Home, which: &Which, hours: u32) -> Result<String> {
    let (mut exchange, view) = which.find(home).await?;
    let view = exchange.client.extend_round(&view, view.round.close() + u64::from(hours) * 3600).await?;
    Ok(show((exchange, view)).await)
}

async fn close(home: &Home, which: &Which) -> Result<String> {
    let (mut exchange, view) = which.find(home).await?;
    let was_open = view.phase == Phase::Open;
    // What is closed already may have custodians that were away.
    let keys = exchange.client.close_round(&view).await?;
    let published = print::count(view.lists.len() as u64, "list");
    let closed = match was_open {
        true => format!("is closed with {published}. Members can ask now (`mandorla overlaps`)."),
        false => format!("is {} already.", view.phase.name()),
    };
    let owing = keys.iter().any(|key| !matches!(key, KeyState::Destroyed(_)));
    let advice = match owing {
        true => format!(
            "`mandorla round close {} --round {}` asks again whoever has not stated it; by itself a custodian destroys its key {}.\n",
            view.charter.terms().name,
            view.round.order().number,
            print::time(view.round.close())
        ),
        false => String::new(),
    };
    Ok(format!("{} {closed}\n{}{advice}", show::title(&view), show::keys(&view, &keys)))
}

async fn purge(home: &Home, which: &Which) -> Result<String> {
    let (mut exchange, view) = which.find(home).await?;
    if view.phase == Phase::Purged {
        return Ok(format!("{} is purged already.\n", show::title(&view)));
    }
    exchange.client.purge_round(&view).await?;
    Ok(format!("{} is purged: its lists are gone from the matcher.\n", show::title(&view)))
}
