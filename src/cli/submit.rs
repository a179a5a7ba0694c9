//! `mandorla submit`: a file is brought where it belongs, and what comes back is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use data_encoding::HEXLOWER;

use super::charter;
use super::exchange::servers;
use super::progress::Bars;
use super::{Config, block_on, offline, output, print};
use crate::carried::blinded::BlindedFile;
use crate::carried::question::QuestionFile;
use crate::carried::withdrawal::Withdrawal;
use crate::carried::{self, Carried, FileKind};
use crate::charter::Proposal;
use crate::client::{Client, ClientError, Custodians};
use crate::home::Home;
use crate::identity::Signature;
use crate::list::file::SealedFile;
use crate::list::receipt::Receipt;

#[derive(clap::Args)]
pub(super) struct Args {
    /// A charter that was signed or resigned from, a blinded or a sealed list, a question or a withdrawal
    file: PathBuf,
    /// What comes back for a question or a blinded list, for the home that it is from [default: standard output, as text]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Keep the matcher's receipt for a sealed list
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        let home = config.home()?;
        if self.file.as_os_str() == "-" {
            bail!("submit takes a file by its name: it may have to be read more than once");
        }
        output::refuse_overwriting(&[self.out.as_deref(), self.receipt.as_deref()], &[&self.file])?;
        let carried = offline::open(&self.file)?;
        let kind = carried.kind;
        refuse_misplaced(kind, self.out.is_some(), self.receipt.is_some())?;
        block_on(async {
            match kind {
                FileKind::Charter => submit_charter(&home, carried).await,
                FileKind::Blinded => self.submit_blinded(&home).await,
                FileKind::SealedList => self.submit_list(&home).await,
                FileKind::Question => self.submit_question(&home).await,
                FileKind::Withdrawal => submit_withdrawal(&home, carried).await,
                kind => bail!("{}", elsewhere(kind)),
            }
        })
        .with_context(|| format!("cannot submit {}", self.file.display()))
    }

    /// The file from its beginning: each server that is tried reads it anew.
    fn content(&self, kind: FileKind) -> Result<Box<dyn Read>> {
        Ok(offline::open(&self.file)?.expect(kind)?)
    }

    async fn submit_list(&self, home: &Home) -> Result<()> {
        let (receipt, bytes) = each_server(home, async |client| {
            let list = SealedFile::open(self.content(FileKind::SealedList)?)?;
            Ok(client.submit_list(list).await?)
        })
        .await?;
        print::out(&print::columns(rows(Some(home), &receipt)?))?;
        let Some(path) = &self.receipt else { return Ok(()) };
        output::write(path, &FileKind::Receipt.to_text(&carried::receipt::encode(&bytes)))
            .context("the list was delivered, and its receipt is above; submit it again to have the receipt in a file")
    }

    /// To the custodians, whom the order in the file names.
    async fn submit_blinded(&self, home: &Home) -> Result<()> {
        let list = BlindedFile::open(self.content(FileKind::Blinded)?)?;
        let custodians = list.order.proposal.charter().terms().custody.custodians().len();
        // Of answers that broke off nothing is written; what was paid for is given again.
        let mut bytes = Vec::new();
        let asked = Custodians::new(home).submit(list, &mut bytes, &Bars::default()).await?;
        output::carried(FileKind::Evaluated, self.out.as_deref(), &bytes)?;
        print::note(&format!(
            "{} by {}; what came back is for the home that blinded the list (`mandorla seal --evaluated`)",
            print::count(asked as u64, "evaluation"),
            print::count(custodians as u64, "custodian")
        ));
        Ok(())
    }

    async fn submit_question(&self, home: &Home) -> Result<()> {
        each_server(home, async |client| {
            let question = QuestionFile::open(self.content(FileKind::Question)?)?;
            // Of an answer that broke off nothing is written.
            let mut bytes = Vec::new();
            client.submit_question(question, &mut bytes).await?;
            output::carried(FileKind::Answer, self.out.as_deref(), &bytes)
        })
        .await?;
        print::note("the answer is for the home that asked: nobody else can open it (`mandorla overlaps --answer`)");
        Ok(())
    }
}

async fn submit_charter(home: &Home, carried: Carried) -> Result<()> {
    let proposal = carried::charter::decode(carried.content)?;
    let (standing, brought) =
        each_server(home, async |client| client.submit_charter(&proposal).await.map_err(Into::into)).await?;
    let name = &standing.charter().terms().name;
    if brought.is_empty() && !is_there(&proposal, &standing) {
        bail!(
            "what is new in it is not this home's to bring: {} may, or its member itself",
            carriers(&proposal, &standing)
        );
    }
    let brought = match brought.as_slice() {
        [] => "The matcher has all of it already.".to_owned(),
        brought => format!("Brought {}.", brought.join(", ")),
    };
    print::out(&format!(
        "{name}, charter {}\n{brought}\n{}\n",
        standing.charter().hash(),
        charter::state(&standing.clone().into())
    ))
}

/// Whether the matcher has every signature and resignation of a file.
fn is_there(carried: &Proposal, standing: &Proposal) -> bool {
    let has = |ours: &BTreeMap<usize, Signature>, theirs: &BTreeMap<usize, Signature>| {
        ours.keys().all(|place| theirs.contains_key(place))
    };
    has(carried.signatures(), standing.signatures()) && has(carried.resignations(), standing.resignations())
}

/// Who may bring what the matcher does not have: the couriers of those who signed it.
fn carriers(carried: &Proposal, standing: &Proposal) -> String {
    let terms = carried.charter().terms();
    let new = |place: &usize| {
        carried.signatures().contains_key(place) && !standing.signatures().contains_key(place)
            || carried.resignations().contains_key(place) && !standing.resignations().contains_key(place)
    };
    let names: BTreeSet<&str> =
        terms.carriers.iter().filter(|carrier| new(&carrier.member)).map(|carrier| carrier.card.name()).collect();
    if names.is_empty() { "no courier".to_owned() } else { names.into_iter().collect::<Vec<_>>().join(" or ") }
}

async fn submit_withdrawal(home: &Home, carried: Carried) -> Result<()> {
    let withdrawal = Withdrawal::decode(carried.content)?;
    let number =
        each_server(home, async |client| client.submit_withdrawal(&withdrawal).await.map_err(Into::into)).await?;
    print::out(&format!(
        "List {number} is withdrawn: the matcher has removed it, with all tags that were shown of it.\n"
    ))
}

/// Tries the servers that this home knows, until one has what the file is about: the file says only which round that is.
async fn each_server<T>(home: &Home, mut bring: impl AsyncFnMut(&mut Client<'_>) -> Result<T>) -> Result<T> {
    let mut failed: Option<anyhow::Error> = None;
    for server in &servers(home)? {
        let brought = match Client::connect(home, server).await {
            Ok(mut client) => bring(&mut client).await,
            Err(error) => Err(error.into()),
        };
        match brought {
            Ok(brought) => return Ok(brought),
            Err(error) if is_elsewhere(&error) => failed = failed.or(Some(error)),
            // A server that is away may be the right one: the others are tried, and its silence is what is told.
            Err(error) if matches!(error.downcast_ref(), Some(ClientError::Connect(_))) => failed = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(failed.context("this home knows no server")?)
}

fn is_elsewhere(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(ClientError::NotThere(_) | ClientError::OtherMatcher))
}

fn refuse_misplaced(kind: FileKind, out: bool, receipt: bool) -> Result<()> {
    if out && ![FileKind::Question, FileKind::Blinded].contains(&kind) {
        bail!(
            "--out is for what comes back for a question or a blinded list, and this is {}: leave it out",
            kind.with_article()
        );
    }
    if receipt && kind != FileKind::SealedList {
        bail!("the matcher gives no receipt for {}: leave --receipt out", kind.with_article());
    }
    Ok(())
}

/// Where the other files belong.
fn elsewhere(kind: FileKind) -> String {
    let name = kind.with_article();
    match kind {
        FileKind::RoundOrder => format!("{name} goes to the home without a network (`mandorla seal --order`)"),
        FileKind::Answer => format!("{name} goes to the home that asked (`mandorla overlaps --answer`)"),
        FileKind::Receipt => format!("{name} is for the home whose list it is for (`mandorla inspect`)"),
        FileKind::Card => format!("{name} goes from person to person (`mandorla card add`)"),
        FileKind::Tags => format!("{name} never leaves the house: ask with it (`mandorla question`)"),
        FileKind::Key => format!("{name} never leaves its home, and was sent nowhere: delete every copy"),
        FileKind::Evaluated => {
            format!("{name} goes to the home that blinded the list (`mandorla seal --evaluated`)")
        }
        FileKind::Blinded => format!("{name} goes to the custodians"),
        FileKind::Charter | FileKind::SealedList | FileKind::Question | FileKind::Withdrawal => {
            format!("{name} goes to the matcher")
        }
    }
}

/// A receipt in words.
pub(super) fn rows(home: Option<&Home>, receipt: &Receipt) -> Result<Vec<[String; 2]>> {
    let rows = [
        ["receipt for", &format!("list {}", receipt.number)],
        ["of round", &receipt.round.to_string()],
        ["of member", &member(home, &receipt.member)?],
        ["shards root", &HEXLOWER.encode(&receipt.shards_root)],
        ["received", &print::time(receipt.received)],
    ];
    Ok(rows.map(|row| row.map(str::to_owned)).to_vec())
}

/// Whose key it is, as far as the book knows.
pub(super) fn member(home: Option<&Home>, key: &[u8; 32]) -> Result<String> {
    let cards = home.map(|home| home.book().all()).transpose()?.unwrap_or_default();
    let known = cards.iter().find(|card| card.core().verifying().as_bytes() == key);
    Ok(known.map_or_else(|| HEXLOWER.encode(key), |card| card.core().name().to_owned()))
}
