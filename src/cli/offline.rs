//! `mandorla seal` and `mandorla question`, and answers: what a home without a network makes of the files that a courier
//! brings.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::input::InputArgs;
use super::progress::Bars;
use super::{Config, now, output, print, publish};
use crate::carried::evaluated::EvaluatedFile;
use crate::carried::order::OrderFile;
use crate::carried::{Carried, FileKind};
use crate::client::offline::{self, Offline};
use crate::home::Home;
use crate::report::Report;

#[derive(clap::Args)]
pub(super) struct SealArgs {
    /// The round order that a courier brought (`mandorla round order`)
    #[arg(long, value_name = "FILE")]
    order: PathBuf,
    #[command(flatten)]
    input: InputArgs,
    /// Let a list without indicators replace one that was sealed before
    #[arg(long)]
    allow_empty: bool,
    /// Seal nothing yet: write what the custodians are to evaluate
    #[arg(long, value_name = "FILE", conflicts_with_all = ["evaluated", "out", "tags", "allow_empty"])]
    blinded: Option<PathBuf>,
    /// What the custodians said to it
    #[arg(long, value_name = "FILE")]
    evaluated: Option<PathBuf>,
    /// The sealed list, for the courier [default: standard output, as text]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Its tags, which stay in the house [default: beside --out, ending in .tags]
    #[arg(long, value_name = "FILE")]
    tags: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(super) struct QuestionArgs {
    /// The round order that the list was sealed under
    #[arg(long, value_name = "FILE")]
    order: PathBuf,
    /// The tags of the list
    #[arg(long, value_name = "FILE")]
    tags: PathBuf,
    /// The question, for the courier [default: standard output, as text]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Opens a file that was carried, and sees what it is.
pub(super) fn open(path: &Path) -> Result<Carried> {
    let describe = || format!("cannot read {}", path.display());
    let opened = match path.to_str() {
        Some("-") => Carried::open(std::io::stdin()),
        _ => Carried::open(File::open(path).with_context(describe)?),
    };
    opened.with_context(describe)
}

/// The order in a file, checked.
pub(super) fn order<'h>(home: &'h Home, path: &Path) -> Result<Offline<'h>> {
    let describe = || format!("cannot use {}", path.display());
    let content = open(path)?.expect(FileKind::RoundOrder).with_context(describe)?;
    let file = OrderFile::decode(content).with_context(describe)?;
    Offline::new(home, file, now()).with_context(describe)
}

impl SealArgs {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        match &self.blinded {
            Some(out) => self.blind(config, out),
            None => self.seal(config),
        }
    }

    /// The first half, in custody by custodians: indicators go out blinded.
    fn blind(&self, config: &Config, out: &Path) -> Result<()> {
        let home = config.home()?;
        let plan = self.input.plan()?;
        let inputs: Vec<&Path> = self.input.files().chain([self.order.as_path()]).collect();
        output::refuse_overwriting(&[Some(out)], &inputs)?;
        if out.is_file() && open(out).map_or(true, |found| found.kind != FileKind::Blinded) {
            bail!("{} is there already, and is no blinded list: give another name", out.display());
        }
        let order = order(&home, &self.order)?;
        let (view, lock) = (order.view(), home.lock()?);
        let (mut drafting, summary) = publish::drafting(&home, view, plan)?;
        summary.remark();
        let bars = Bars::default();
        let write = |out: &mut dyn std::io::Write| Ok(order.blind(&mut drafting, out, &lock, &bars)?);
        let asked = output::carried_with(FileKind::Blinded, Some(out), write)?;
        let terms = view.charter.terms();
        print::note(&format!(
            "{}, round {}: {} for the custodians, canaries included; by the order lists come in until {}\nthe courier takes {} to the custodians (`mandorla submit`); \
             with what comes back, `mandorla seal --evaluated`",
            terms.name,
            view.round.order().number,
            print::count(asked as u64, "blinded element"),
            print::time(view.round.close()),
            named(Some(out)),
        ));
        Ok(())
    }

    fn seal(&self, config: &Config) -> Result<()> {
        let home = config.home()?;
        let plan = self.input.plan()?;
        let tags = match (&self.tags, &self.out) {
            (Some(tags), _) if !output::is_stdout(tags) => tags.clone(),
            (None, Some(out)) if !output::is_stdout(out) => out.with_extension("tags"),
            _ => bail!(
                "say where the sealed list goes (--out FILE), or in which file its tags are to stay if it is printed (--tags FILE); \
                 where custodians have still to evaluate the list, begin with --blinded FILE"
            ),
        };
        let evaluated = self.evaluated.as_deref();
        let inputs: Vec<&Path> = self.input.files().chain([self.order.as_path()]).chain(evaluated).collect();
        output::refuse_overwriting(&[self.out.as_deref(), Some(&tags)], &inputs)?;
        if tags.is_file() {
            // They may be all that there is to ask about a published list with.
            bail!(
                "{} is there already, and may be needed to ask about its list: name other tags (--tags), or move it away",
                tags.display()
            );
        }
        let order = order(&home, &self.order)?;
        let view = order.view();
        let (mut drafting, summary) = publish::drafting(&home, view, plan)?;
        // An export that failed must not take a good list away.
        if summary.is_empty() && order.has_sealed()? && !self.allow_empty {
            bail!(
                "there is no indicator in it, and it would replace the list that was sealed before: if that is meant, say --allow-empty"
            );
        }
        summary.remark();
        let (draft, list) = {
            let (lock, bars) = (home.lock()?, Bars::default());
            if let Some(path) = evaluated {
                let describe = || format!("cannot use {}", path.display());
                let content = open(path)?.expect(FileKind::Evaluated).with_context(describe)?;
                let file = EvaluatedFile::open(content).with_context(describe)?;
                order.take_evaluated(&mut drafting, file, &lock, &bars).with_context(describe)?;
            }
            let draft = drafting.finish()?;
            let list = order.seal(&draft, &lock, &bars)?;
            (draft, list)
        };
        let (number, terms) = (list.header.header().number, view.charter.terms());
        // The tags come first: a list without them could never be asked about.
        let write_tags = order.tags_writer(&draft, &list)?;
        output::write_with(&tags, |out| Ok(write_tags(out)?))?;
        output::carried_with(FileKind::SealedList, self.out.as_deref(), |out| Ok(order.write_sealed(out, list)?))?;
        print::note(&format!(
            "{}, round {}: sealed list {number} of {}, {}; lists come in until {}\n{} stays in the house; the courier takes {} to {} (`mandorla submit`)",
            terms.name,
            view.round.order().number,
            terms.members[view.own].name(),
            print::count(draft.len(), "indicator"),
            print::time(view.round.close()),
            tags.display(),
            named(self.out.as_deref()),
            terms.matcher.name(),
        ));
        Ok(())
    }
}

impl QuestionArgs {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        let home = config.home()?;
        let order = order(&home, &self.order)?;
        output::refuse_overwriting(&[self.out.as_deref()], &[&self.order, &self.tags])?;
        let (path, name) = (&self.tags, self.tags.display().to_string());
        let tags = tags(path)?;
        let bars = Bars::default();
        output::carried_with(FileKind::Question, self.out.as_deref(), |out| Ok(order.ask(tags, &name, out, &bars)?))?;
        let (view, terms) = (order.view(), order.view().charter.terms());
        print::note(&format!(
            "{}, round {}: the courier takes {} to {} after the close and before {} (`mandorla submit`)",
            terms.name,
            view.round.order().number,
            named(self.out.as_deref()),
            terms.matcher.name(),
            print::time(view.round.order().last_answer),
        ));
        Ok(())
    }
}

/// The report of an answer that a courier brought.
pub(super) fn report(home: &Home, answer: &Path, tags_path: &Path) -> Result<Report> {
    let describe = || format!("cannot use {}", answer.display());
    let content = open(answer)?.expect(FileKind::Answer).with_context(describe)?;
    let tags = tags(tags_path)?;
    offline::read_answer(home, content, tags, &tags_path.display().to_string(), now()).with_context(describe)
}

/// A tags file, which is never armoured.
fn tags(path: &Path) -> Result<impl std::io::Read + Send + 'static> {
    let describe = || format!("cannot use {}", path.display());
    open(path)?.expect(FileKind::Tags).with_context(describe)?;
    Ok(std::io::BufReader::new(File::open(path).with_context(describe)?))
}

fn named(out: Option<&Path>) -> String {
    let file = out.filter(|path| !output::is_stdout(path));
    file.map_or_else(|| "what was printed".to_owned(), |path| path.display().to_string())
}
