//! `mandorla card`: the cards of others.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Subcommand;

use super::{Config, print};
use crate::home::{Added, Book, HomeError, HomeLock};
use crate::identity::{Card, MAX_ARMOUR, Role};

#[derive(Subcommand)]
pub(super) enum Action {
    /// Show who is on a card, once its signature was checked; needs no home
    Show {
        /// Card files; - is standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Put cards that people gave you into the book: only who is in it can be in a charter that you sign
    Add {
        /// Card files; - is standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Let the card take the place of one with its name or keys; call its owner first
        #[arg(long)]
        replace: bool,
    },
    /// List the book, this home's card included
    List,
}

impl Action {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        match self {
            Self::Show { files } => show(&files),
            Self::Add { files, replace } => add(config, &files, replace),
            Self::List => list(config),
        }
    }
}

/// Reads the card in a file, which may be a whole e-mail.
pub(super) fn read(path: &Path) -> Result<Card> {
    let describe = || format!("cannot read the card in {}", path.display());
    let mut bytes = Vec::new();
    let limit = MAX_ARMOUR as u64 + 1;
    let read = match path.to_str() {
        Some("-") => io::stdin().lock().take(limit).read_to_end(&mut bytes),
        _ => File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
    };
    read.with_context(describe)?;
    // An e-mail may be in any encoding; the card in it is ASCII.
    Card::from_armour(&String::from_utf8_lossy(&bytes)).with_context(describe)
}

/// Reads the card of a server that this home is asked to trust.
pub(super) fn read_matcher(path: &Path) -> Result<Card> {
    let card = read(path)?;
    match card.core().role() {
        Role::Matcher => Ok(card),
        role => anyhow::bail!("{} is the card of {}, a {role}: give the matcher's", path.display(), card.core().name()),
    }
}

/// Who is on a card, a line each.
pub(super) fn describe(card: &Card) -> String {
    let core = card.core();
    let succeeds: String = card
        .predecessors()
        .map(|old| format!("succeeds     {}: its key signed the card after it\n", old.id().fingerprint()))
        .collect();
    format!(
        "name         {}\nrole         {}\ncontact      {}\nfingerprint  {}\n{succeeds}",
        core.name(),
        core.role(),
        card.contact(),
        card.fingerprint()
    )
}

fn show(files: &[PathBuf]) -> Result<()> {
    let cards = files.iter().map(|file| read(file)).collect::<Result<Vec<_>>>()?;
    let shown = |card: &Card| {
        let signed = print::time(card.signed_at());
        format!("{}signature    good: this is what its owner signed, {signed}\n", describe(card))
    };
    print::out(&cards.iter().map(shown).collect::<Vec<_>>().join("\n"))
}

fn add(config: &Config, files: &[PathBuf], replace: bool) -> Result<()> {
    let home = config.home()?;
    let cards = files.iter().map(|file| read(file)).collect::<Result<Vec<_>>>()?;
    let lock = home.lock()?;
    let mut text = String::new();
    let mut outcome = Ok(());
    for (card, file) in cards.iter().zip(files) {
        let change = if replace { replaced(&home.book(), card, &lock) } else { added(&home.book(), card, &lock) };
        match change.with_context(|| format!("cannot add {}", file.display())) {
            Ok(change) => text.push_str(&format!("{change}  {card}\n")),
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    if !text.is_empty() {
        text.push_str(
            "Read the fingerprints to their owners by telephone: a card that came by e-mail may be anyone's.\n",
        );
    }
    // What was done is said before what was not.
    print::out(&text).and(outcome)
}

fn added(book: &Book, card: &Card, lock: &HomeLock) -> Result<&'static str> {
    let added = book.add(card, lock).map_err(|error| match error {
        HomeError::NameTaken { .. }
        | HomeError::OtherCore { .. }
        | HomeError::Forked { .. }
        | HomeError::Gap { .. } => {
            anyhow::Error::new(error).context("this card contradicts the book (`card add --replace` settles it)")
        }
        other => other.into(),
    })?;
    Ok(match added {
        Added::New => "new         ",
        Added::Successor => "successor   ",
        Added::NewContact => "new contact ",
        Added::Known => "known       ",
    })
}

fn replaced(book: &Book, card: &Card, lock: &HomeLock) -> Result<&'static str> {
    book.replace(card, lock)?;
    Ok("replaced    ")
}

fn list(config: &Config) -> Result<()> {
    let home = config.home()?;
    let book = home.book();
    let row = |card: &Card| -> Result<[String; 5]> {
        let core = card.core();
        let own = (card.id() == home.card().id()).then(|| "this home".to_owned());
        let newest = book.newest(core)?.filter(|newest| newest.core() != core);
        let succeeded = newest.map(|newest| format!("succeeded by {}", newest.fingerprint()));
        let remarks: Vec<String> = own.into_iter().chain(succeeded).collect();
        let (fingerprint, contact) = (card.fingerprint().to_string(), card.contact().to_string());
        Ok([core.name().to_owned(), core.role().to_string(), fingerprint, contact, remarks.join(", ")])
    };
    let rows: Vec<[String; 5]> = book.all()?.iter().map(row).collect::<Result<_>>()?;
    print::out(&print::columns(rows))
}
