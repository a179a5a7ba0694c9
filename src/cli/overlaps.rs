//! `mandorla overlaps`: what a round has shown.

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;

use super::progress::Bars;
use super::round::Which;
use super::{Config, block_on, output, print, publish};
use crate::report::Report;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
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
        let (exchange, report) = block_on(async {
            let (mut exchange, view) = self.which.find(&home).await?;
            let report = exchange.client.overlaps(&view, &Bars::default()).await?;
            Ok((exchange, report))
        })?;
        let text = self.format.render(&report);
        if self.out.is_some() || self.format != Format::Table {
            // A table on standard output begins with them.
            report.alarms().for_each(|alarm| print::note(&alarm));
        }
        match &self.out {
            Some(path) => {
                output::write(path, &text)?;
                let overlaps = print::count(report.overlaps.len() as u64, "overlap");
                print::note(&format!("wrote {overlaps} to {}", path.display()));
            }
            None => print::raw(&text)?,
        }
        publish::traffic(&exchange.client);
        Ok(())
    }
}
