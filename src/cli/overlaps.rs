//! `mandorla overlaps`: what a round has shown.

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;

use super::progress::Bars;
use super::round::Which;
use super::{Config, block_on, offline, output, print, publish};
use crate::report::Report;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The exchange, or the beginning of its charter's hash
    #[arg(required_unless_present = "answer")]
    name: Option<String>,
    /// The round's number [default: the latest]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    round: Option<u32>,
    /// Read an answer that a courier brought, without a network; needs --tags
    #[arg(long, value_name = "FILE", requires = "tags", conflicts_with_all = ["name", "round"])]
    answer: Option<PathBuf>,
    /// The tags of the list that was asked about
    #[arg(long, value_name = "FILE", requires = "answer")]
    tags: Option<PathBuf>,
    /// For people, or for machines
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write the report to a file that only its owner can read
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Table,
    /// A stable interface, schema mandorla.overlaps/1
    Json,
    /// One line a holder, for spreadsheets
    Csv,
}

impl Format {
    fn render(self, report: &Report) -> String {
        match self {
            // The table has made its cells harmless; once more costs nothing.
            Self::Table => print::clean(&report.to_table(print::width())),
            Self::Json => report.to_json(),
            Self::Csv => report.to_csv(),
        }
    }
}

impl Args {
    pub(super) fn run(self, config: &Config) -> Result<()> {
        let home = config.home()?;
        match (&self.answer, &self.tags, &self.name) {
            (Some(answer), Some(tags), _) => {
                output::refuse_overwriting(&[self.out.as_deref()], &[answer, tags])?;
                self.write(&offline::report(&home, answer, tags)?)
            }
            (_, _, Some(name)) => {
                let which = Which { name: name.clone(), round: self.round };
                let (exchange, report) = block_on(async {
                    let (mut exchange, view) = which.find(&home).await?;
                    let report = exchange.client.overlaps(&view, &Bars::default()).await?;
                    Ok((exchange, report))
                })?;
                self.write(&report)?;
                publish::traffic(&exchange.client);
                Ok(())
            }
            _ => unreachable!("clap asks for one of the two"),
        }
    }

    fn write(&self, report: &Report) -> Result<()> {
        let text = self.format.render(report);
        if self.out.is_some() || self.format != Format::Table {
            // A table on standard output begins with them.
            report.alarms().for_each(|alarm| print::note(&alarm));
        }
        let Some(path) = &self.out else { return print::raw(&text) };
        output::write(path, &text)?;
        let overlaps = print::count(report.overlaps.len() as u64, "overlap");
        print::note(&format!("wrote {overlaps} to {}", path.display()));
        Ok(())
    }
}
