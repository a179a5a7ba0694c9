//! `mandorla check`: what a list would give, before it belongs to an exchange. Needs no home and no network.

mod json;
mod text;

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use clap::ValueEnum;

use super::input::{Gathered, InputArgs, Plan, Remark, SHOWN, Selection};
use super::print;
use crate::charter::words::NANOSECONDS_A_GUESS;
use crate::indicator::Kind;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// Show every rejected line, not the first 20 of a file
    #[arg(long)]
    all: bool,
    /// For people, or for machines: schema mandorla.check/1
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// What was found out.
struct Findings {
    gathered: Gathered,
    selection: Selection,
    kinds: BTreeMap<Kind, u64>,
    drop_warned: bool,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let mut plan = self.input.plan()?;
        let shown = (!self.all).then_some(SHOWN);
        let findings = match self.format {
            Format::Text => {
                let mut lines = print::Lines::default();
                let findings = Findings::of(&mut plan, shown, &mut |remark| lines.add(&remark.to_string()))?;
                lines.finish()?;
                print::out(&text::render(&findings))?;
                findings
            }
            Format::Json => {
                let mut rejected = Vec::new();
                let findings = Findings::of(&mut plan, None, &mut |remark| rejected.extend(json::rejected(&remark)))?;
                print::raw(&json::render(&findings, rejected))?;
                findings
            }
        };
        findings.verdict(plan.strict)
    }
}

impl Findings {
    fn of(plan: &mut Plan, shown: Option<u64>, each: &mut dyn FnMut(Remark<'_>)) -> Result<Self> {
        let mut gathered = plan.gather(shown, each);
        let selection = plan.select(&mut gathered, None)?;
        let kinds = selection.kinds();
        Ok(Self { gathered, selection, kinds, drop_warned: plan.drop_warned })
    }

    fn usable(&self) -> bool {
        !self.selection.taken.is_empty()
    }

    fn broken(&self) -> usize {
        self.gathered.files.iter().filter(|file| file.broken.is_some()).count()
    }

    /// The exit code is a failure if the list should not go out as it is.
    fn verdict(&self, strict: bool) -> Result<()> {
        if self.broken() > 0 {
            let files = print::count(self.broken() as u64, "file");
            bail!("{files} cannot be read to the end: repair what is named above, or leave it out");
        }
        if !self.usable() {
            bail!("nothing usable: there is no indicator to publish");
        }
        if strict && self.gathered.counts.rejected > 0 {
            bail!("--strict: {} rejected", print::count(self.gathered.counts.rejected, "line"));
        }
        Ok(())
    }
}

/// A kind in the list, and what it takes to guess a value of it.
struct Guessable {
    kind: Kind,
    count: u64,
    bits: Option<u8>,
    words: &'static str,
}

impl Findings {
    fn guessable(&self) -> impl Iterator<Item = Guessable> {
        self.kinds.iter().map(|(kind, count)| {
            let guess = kind.guess();
            Guessable { kind: *kind, count: *count, bits: guess.bits, words: guess.words }
        })
    }
}

impl Guessable {
    /// How long all guesses take on one core, where all can be tried.
    fn seconds(&self) -> Option<f64> {
        self.bits.map(|bits| f64::from(bits).exp2() * NANOSECONDS_A_GUESS * 1e-9)
    }
}

/// `about 13 minutes`
fn about(seconds: f64) -> String {
    const MINUTE: f64 = 60.0;
    const HOUR: f64 = 60.0 * MINUTE;
    const DAY: f64 = 24.0 * HOUR;
    const YEAR: f64 = 365.0 * DAY;
    let units = [(YEAR, "year"), (DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1.0, "second")];
    match units.into_iter().find(|(unit, _)| seconds >= 2.0 * unit) {
        // A float as large as this is no figure for people.
        Some((unit, _)) if seconds / unit > 1e6 => "longer than anybody has".to_owned(),
        Some((unit, name)) => format!("about {:.0} {name}s", seconds / unit),
        None => "a second or two".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_guessing_takes() {
        let all = |bits: u8| {
            let guessable = Guessable { kind: Kind::Ipv4, count: 1, bits: Some(bits), words: "" };
            about(guessable.seconds().unwrap())
        };
        for (bits, text) in [
            (16, "a second or two"),
            (32, "about 13 minutes"),
            (37, "about 7 hours"),
            (48, "about 593 days"),
            (64, "about 106460 years"),
            (128, "longer than anybody has"),
        ] {
            assert_eq!(all(bits), text, "{bits}");
        }
    }
}
