//! `mandorla inspect`: what a file of ours is, whether it is whole, and what is public in it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};

use super::{Config, card, charter, offline, print, submit};
use crate::carried::blinded::BlindedFile;
use crate::carried::evaluated::EvaluatedFile;
use crate::carried::order::OrderFile;
use crate::carried::question::QuestionFile;
use crate::carried::withdrawal::Withdrawal;
use crate::carried::{self, Envelope, FileKind, answer};
use crate::client::offline::tags_in_words;
use crate::custody::custodian;
use crate::home::{Home, HomeError};
use crate::list::file::SealedFile;
use crate::list::receipt::Receipt;
use crate::list::shard::Class;
use crate::report::sanitize;
use crate::round::RoundHash;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Files of Mandorla, whatever they are; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// A file in words: rows of what is in it, and what its carrier cannot see.
struct Told {
    rows: Vec<[String; 2]>,
    closing: String,
}

impl Args {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        // Without a home only what the home's cards and keys would tell is missing.
        let home = match config.home() {
            Ok(home) => Some(home),
            Err(error) if matches!(error.downcast_ref(), Some(HomeError::NoHome(_))) => None,
            Err(error) => return Err(error),
        };
        let mut failed = 0;
        for (place, file) in self.files.iter().enumerate() {
            let gap = if place > 0 { "\n" } else { "" };
            match inspect(home.as_ref(), file) {
                Ok((kind, told)) => {
                    let rows = print::columns(told.rows);
                    print::out(&format!(
                        "{gap}{}: {}\n{rows}{}\n",
                        sanitize(&file.display().to_string()),
                        kind.name(),
                        told.closing
                    ))?;
                }
                Err(error) => {
                    failed += 1;
                    print::note(&print::error(
                        &error.context(format!("{} cannot be used", sanitize(&file.display().to_string()))),
                    ));
                }
            }
        }
        match failed {
            0 => Ok(()),
            failed => bail!("{} of {} cannot be used", failed, print::count(self.files.len() as u64, "file")),
        }
    }
}

fn inspect(home: Option<&Home>, path: &Path) -> Result<(FileKind, Told)> {
    let found = offline::open(path)?;
    let (kind, content) = (found.kind, found.content);
    let told = match kind {
        FileKind::Card => of_card(path)?,
        FileKind::Charter => of_charter(home, &carried::charter::decode(content)?)?,
        FileKind::RoundOrder => of_order(OrderFile::decode(content)?)?,
        FileKind::Blinded => of_blinded(BlindedFile::open(content)?)?,
        FileKind::Evaluated => of_evaluated(EvaluatedFile::open(content)?)?,
        FileKind::SealedList => of_list(SealedFile::open(content)?)?,
        FileKind::Question => of_question(QuestionFile::open(content)?)?,
        FileKind::Answer => of_answer(content)?,
        FileKind::Withdrawal => of_withdrawal(home, &Withdrawal::decode(content)?)?,
        FileKind::Receipt => of_receipt(home, &carried::receipt::decode(content)?)?,
        FileKind::Tags => of_tags(home, path)?,
        FileKind::Key => Told {
            rows: Vec::new(),
            closing:
                "  It never leaves its home: if it was sent to anybody, make a new identity and tell the other members."
                    .to_owned(),
        },
    };
    Ok((kind, told))
}

fn row(what: &str, text: impl ToString) -> [String; 2] {
    [what.to_owned(), text.to_string()]
}

fn of_card(path: &Path) -> Result<Told> {
    let text = card::describe(&card::read(path)?);
    let rows = text.lines().filter_map(|line| line.split_once(' ')).map(|(what, text)| row(what, text.trim()));
    Ok(Told { rows: rows.collect(), closing: "  Signed by its owner. All of it is public.".to_owned() })
}

fn of_charter(home: Option<&Home>, proposal: &crate::charter::Proposal) -> Result<Told> {
    let terms = proposal.charter().terms();
    let mut rows = vec![
        row("exchange", &terms.name),
        row("charter", proposal.charter().hash()),
        row("drafted", print::time(terms.created)),
        row("matcher", terms.matcher.name()),
    ];
    for (place, member) in terms.members.iter().enumerate() {
        let signed = match place {
            place if proposal.resignations().contains_key(&place) => "signed, and resigned",
            place if proposal.signatures().contains_key(&place) => "signed",
            _ => "has not signed",
        };
        rows.push(row("member", format!("{} ({}), {signed}", member.name(), member.role())));
    }
    for custodian in terms.custody.custodians() {
        rows.push(row("custodian", format!("{} at {}", custodian.card.name(), custodian.url)));
    }
    for carrier in &terms.carriers {
        rows.push(row("carrier", format!("{} for {}", carrier.card.name(), terms.members[carrier.member].name())));
    }
    let strangers = home.map(|home| strangers(home, terms)).transpose()?.unwrap_or_default();
    if !strangers.is_empty() {
        rows.push(row("not in your book", strangers.join(", ")));
    }
    Ok(Told {
        rows,
        closing: format!(
            "  {}\n  Every signature in it holds. All of it is public to whoever carries it.",
            charter::state(&proposal.clone().into())
        ),
    })
}

fn strangers(home: &Home, terms: &crate::charter::Terms) -> Result<Vec<String>> {
    let book = home.book();
    let mut strangers = Vec::new();
    for card in terms.cards() {
        if !book.knows(card)? {
            strangers.push(card.name().to_owned());
        }
    }
    Ok(strangers)
}

fn of_order(file: OrderFile) -> Result<Told> {
    let (charter, round) = file.verify()?;
    let order = round.order();
    let public = match order.keys().len() {
        0 => "The salt in it is sealed to each member; the rest is public.",
        _ => "The custodians have signed for the keys in it. All of it is public.",
    };
    Ok(Told {
        rows: vec![
            row("exchange", &charter.terms().name),
            row("charter", charter.hash()),
            row("round", format!("{}, {}", order.number, round.hash())),
            row("opened", print::time(order.opened)),
            row("close", print::time(round.close())),
            row("last answer", print::time(order.last_answer)),
            row("purge", print::time(order.purge)),
        ],
        closing: format!("  All members have signed its charter, and a convener the order. {public}"),
    })
}

fn of_blinded(mut file: BlindedFile<Box<dyn Read>>) -> Result<Told> {
    let (charter, round) = file.order.clone().verify()?;
    let terms = charter.terms();
    let member = terms.members.get(file.member).context("it is of nobody in its charter")?;
    let mut elements = 0;
    while let Some(batch) = file.next_batch()? {
        custodian::verify(&round.hash(), batch.id, &batch.elements, member.verifying(), &batch.signature)
            .map_err(|_| anyhow!("its member has not signed it as it is: it was changed"))?;
        elements += batch.elements.len() / 32;
    }
    let mut rows = vec![
        row("exchange", &terms.name),
        row("for round", format!("{}, {}", round.order().number, round.hash())),
        row("of member", member.name()),
        row("blinded elements", elements),
    ];
    for custodian in terms.custody.custodians() {
        rows.push(row("for custodian", format!("{} at {}", custodian.card.name(), custodian.url)));
    }
    Ok(Told {
        rows,
        closing: "  Its member has signed each batch. A carrier sees how many elements there are; what was blinded stays in the home.".to_owned(),
    })
}

fn of_evaluated(mut file: EvaluatedFile<Box<dyn Read>>) -> Result<Told> {
    let mut elements = 0;
    while let Some(batch) = file.next_batch()? {
        elements += batch.answers.first().map_or(0, |answer| answer.elements.len() / 32);
    }
    Ok(Told {
        rows: vec![
            row("for round", file.round),
            row("custodians", file.custodians),
            row("evaluated elements", elements),
        ],
        closing:
            "  The home that blinded the list checks the proofs in it. A carrier sees how many elements there are."
                .to_owned(),
    })
}

fn of_list(mut file: SealedFile<Box<dyn Read>>) -> Result<Told> {
    let mut shards = 0;
    while file.next_shard()?.is_some() {
        shards += 1;
    }
    Ok(encrypted(file.preamble.round, shards_row(shards)?, "the matcher"))
}

fn of_question(mut file: QuestionFile<Box<dyn Read>>) -> Result<Told> {
    let mut shards = 0;
    while file.next_shard()?.is_some() {
        shards += 1;
    }
    Ok(encrypted(file.envelope.round, shards_row(shards)?, "the matcher"))
}

/// Only some numbers are a size class: a file that was cut has seldom one of them.
fn shards_row(shards: u32) -> Result<[String; 2]> {
    let class = Class::new(shards).context("no list has so many shards: it was cut, or something was added")?;
    Ok(row("shards", class.shards()))
}

fn of_answer(mut content: Box<dyn Read>) -> Result<Told> {
    let envelope = Envelope::read(FileKind::Answer, &mut content)?;
    let frames = answer::count_frames(content)?;
    Ok(encrypted(envelope.round, row("frames of 64 KiB", frames), "the member that asked"))
}

fn encrypted(round: RoundHash, size: [String; 2], reader: &str) -> Told {
    Told {
        rows: vec![row("for round", round), size],
        closing: format!(
            "  Only {reader} can open it, and say whether it was changed. The round and the size are all that a carrier sees."
        ),
    }
}

fn of_withdrawal(home: Option<&Home>, withdrawal: &Withdrawal) -> Result<Told> {
    let rows = vec![
        row("for round", withdrawal.round),
        row("of member", submit::member(home, &withdrawal.member)?),
        row("takes back", format!("lists up to number {}", withdrawal.number)),
    ];
    Ok(Told {
        rows,
        closing: "  The matcher checks the member's signature. All of it is public to whoever carries it.".to_owned(),
    })
}

fn of_receipt(home: Option<&Home>, bytes: &[u8]) -> Result<Told> {
    let receipt = Receipt::decode(bytes)?.0;
    let mut signer = None;
    for card in home.map(|home| home.book().all()).transpose()?.unwrap_or_default() {
        if Receipt::verify(bytes, card.core().verifying()).is_ok() {
            signer = Some(card.core().name().to_owned());
        }
    }
    let closing = match signer {
        Some(signer) => format!("  Signed by {signer}. All of it is public."),
        None => {
            "  NOT CHECKED: no card in this home's book has signed it (`--home`, `card add` the matcher's).".to_owned()
        }
    };
    Ok(Told { rows: submit::rows(home, &receipt)?, closing })
}

fn of_tags(home: Option<&Home>, path: &Path) -> Result<Told> {
    let closing = "  It stays in the house: it is encrypted under a key of the home that sealed its list.".to_owned();
    let Some(home) = home else { return Ok(Told { rows: Vec::new(), closing }) };
    let file = File::open(path).context("cannot read it a second time")?;
    let rows = tags_in_words(home, file, &path.display().to_string())?;
    Ok(Told { rows: rows.into_iter().map(|(what, text)| row(what, text)).collect(), closing })
}
