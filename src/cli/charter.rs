//! `mandorla charter`: the rules of an exchange.

mod carried;
mod check;
mod export;
mod list;
mod propose;
mod show;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Subcommand;

use super::exchange::Exchange;
use super::{Config, block_on, print};
use crate::charter::Proposal;
use crate::home::Home;
use crate::identity::Fingerprint;

#[derive(Subcommand)]
pub(super) enum Action {
    /// Say what is wrong with a draft, and who would learn what of whom; needs no home
    Check {
        /// The draft, a TOML file; the paths of cards in it are relative to it
        file: PathBuf,
    },
    /// Check, sign and upload a charter; this home is its convener, or one of those that it names
    Propose {
        /// The draft, a TOML file; the paths of cards in it are relative to it
        file: PathBuf,
    },
    /// Show the rules in plain words, the members and who has signed
    Show {
        /// The exchange, or the beginning of its charter's hash, or a charter file
        name: String,
    },
    /// Write the charter as a document to be filed: parties, rules, plain words for every member, signatures
    Export {
        /// The exchange, or the beginning of its charter's hash
        name: String,
        /// As a charter file, to be signed in a home without a network
        #[arg(long)]
        for_signing: bool,
        /// Write into this file
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Sign a charter; it is in force when all members have
    Sign {
        /// The exchange, or the beginning of its charter's hash, or a charter file
        name: String,
        /// The signed charter, for the courier, if a file is signed [default: standard output, as text]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// A fingerprint that was read to you, in place of its card in the book; once for each
        #[arg(long = "fingerprint", value_name = "FP")]
        vouched: Vec<Fingerprint>,
    },
    /// List the exchanges that name this home
    List,
}

impl Action {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        match self {
            Self::Check { file } => check::run(&file),
            Self::Propose { file } => propose::run(&config.home()?, &file),
            Self::Show { name } => match file(&name) {
                Some(file) => carried::show(&config.home()?, file),
                None => block_on(show(&config.home()?, &name)),
            },
            Self::Export { name, for_signing, out } => {
                block_on(export::run(&config.home()?, &name, for_signing, out.as_deref()))
            }
            Self::Sign { name, out, vouched } => match file(&name) {
                Some(file) => carried::sign(&config.home()?, file, out.as_deref(), &vouched),
                None if out.is_some() => bail!("there is no file {name}: --out is for signing a charter file"),
                None => block_on(sign(&config.home()?, &name, &vouched)),
            },
            Self::List => block_on(list::run(&config.home()?)),
        }
    }
}

/// Exchanges and files are told apart by whether there is such a file.
fn file(name: &str) -> Option<&Path> {
    Some(Path::new(name)).filter(|path| *path == Path::new("-") || path.is_file())
}

async fn show(home: &Home, name: &str) -> Result<()> {
    let exchange = Exchange::find(home, name).await?;
    print::out(&show::render(home, &exchange.proposal)?)
}

async fn sign(home: &Home, name: &str, vouched: &[Fingerprint]) -> Result<()> {
    let mut exchange = Exchange::find(home, name).await?;
    if exchange.proposal.is_signed_by(home.card().id()) {
        let (who, name) = (home.card().core().name(), exchange.name());
        let charter = exchange.proposal.charter().hash();
        return print::out(&format!(
            "{who} has signed {name}, charter {charter}, already.\n{}\n",
            state(&exchange.proposal)
        ));
    }
    // What is signed is what is printed here, whatever the matcher has shown before.
    print::out(&show::render(home, &exchange.proposal)?)?;
    let signed = exchange.client.sign(&exchange.proposal, vouched).await?;
    let who = home.card().core().name();
    print::out(&format!(
        "\n{who} has signed {}, charter {}.\n{}\n",
        exchange.name(),
        signed.charter().hash(),
        state(&signed)
    ))
}

/// Whether a charter is in force, or who is missing.
pub(super) fn state(proposal: &Proposal) -> String {
    let missing: Vec<&str> = proposal.missing().map(|card| card.name()).collect();
    match missing.as_slice() {
        [] => "In force: all members have signed.".to_owned(),
        missing => format!(
            "Not in force: {} must still sign (`mandorla charter sign {}`).",
            missing.join(", "),
            proposal.charter().terms().name
        ),
    }
}
