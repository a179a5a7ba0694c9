//! `mandorla charter`: the rules of an exchange.

mod carried;
mod check;
mod export;
mod list;
mod propose;
mod resign;
mod show;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Subcommand;

use super::exchange::Exchange;
use super::{Config, block_on, print};
use crate::charter::template::template;
use crate::client::Version;
use crate::home::Home;
use crate::identity::Fingerprint;

#[derive(Subcommand)]
pub(super) enum Action {
    /// Print a draft to begin with, with every key; needs no home
    Template {
        /// In shared custody, for exchanges without custodians
        #[arg(long)]
        shared: bool,
    },
    /// Say what is wrong with a draft, and who would learn what of whom; needs no home
    Check {
        /// The draft, a TOML file; the paths of cards in it are relative to it
        file: PathBuf,
    },
    /// Check, sign and upload a charter; this home is its convener, or one of those that it names
    Propose {
        /// The draft, a TOML file; the paths of cards in it are relative to it
        file: PathBuf,
        /// The exchange whose rules it changes, or the beginning of its charter's hash
        #[arg(long, value_name = "NAME")]
        amends: Option<String>,
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
    /// Resign from a charter that this home has signed: no more rounds are opened under it
    Resign {
        /// The exchange, or the beginning of its charter's hash, or a charter file
        name: String,
        /// The resignation, for the courier, if a file was given [default: standard output, as text]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// List the exchanges that name this home
    List,
}

impl Action {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        match self {
            Self::Template { shared } => print::out(&template(shared)),
            Self::Check { file } => check::run(&file),
            Self::Propose { file, amends } => propose::run(&config.home()?, &file, amends.as_deref()),
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
            Self::Resign { name, out } => match file(&name) {
                Some(file) => carried::resign(&config.home()?, file, out.as_deref()),
                None if out.is_some() => bail!("there is no file {name}: --out is for resigning from a charter file"),
                None => block_on(resign::run(&config.home()?, &name)),
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
    print::out(&show::render(home, &exchange.version)?)
}

async fn sign(home: &Home, name: &str, vouched: &[Fingerprint]) -> Result<()> {
    let mut exchange = Exchange::find_to_sign(home, name).await?;
    let (who, version) = (home.card().core().name(), &exchange.version);
    if version.proposal.is_signed_by(home.card().id()) {
        let (name, charter) = (exchange.name(), version.proposal.charter().hash());
        return print::out(&format!("{who} has signed {name}, charter {charter}, already.\n{}\n", state(version)));
    }
    // What is signed is what is printed here, whatever the matcher has shown before.
    print::out(&show::render(home, version)?)?;
    let signed = exchange.client.sign(&version.proposal, vouched).await?;
    let charter = signed.charter().hash();
    print::out(&format!(
        "\n{who} has signed {}, charter {charter}.\n{}\n",
        exchange.name(),
        state(&Version::from(signed))
    ))
}

/// Whether a charter is in force, what took its place, or who is missing.
pub(super) fn state(version: &Version) -> String {
    let Version { proposal, said_replaced, replaced_by } = version;
    if proposal.agreed().is_err() {
        return not_in_force(version);
    }
    let resigned: Vec<&str> = proposal.resigned().map(|card| card.name()).collect();
    match (replaced_by, said_replaced) {
        (Some(newer), _) => {
            format!("Replaced by a newer version, charter {}…: rounds open under that.", newer.short())
        }
        (None, true) => {
            "Replaced by a newer version that does not name this home, the matcher says: no round opens under \
             this one any more."
                .to_owned()
        }
        (None, false) if !resigned.is_empty() => format!(
            "In force, and paused: {} resigned. No round opens before an amendment without them is in force \
             (`mandorla charter propose FILE --amends {}`).",
            resigned.join(", "),
            proposal.charter().terms().name
        ),
        (None, false) => "In force: all members have signed.".to_owned(),
    }
}

fn not_in_force(Version { proposal, said_replaced, .. }: &Version) -> String {
    if *said_replaced {
        return "Not in force: another version came first, and signatures under this one are of no use any more."
            .to_owned();
    }
    let missing: Vec<&str> = proposal.missing().map(|card| card.name()).collect();
    let terms = proposal.charter().terms();
    let missing =
        format!("Not in force: {} must still sign (`mandorla charter sign {}`).", missing.join(", "), terms.name);
    match terms.amends {
        Some(amended) => format!("{missing} Until then rounds open under charter {}….", amended.short()),
        None => missing,
    }
}
