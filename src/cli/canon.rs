//! `mandorla canon`: what a value reads as. Needs no home and no network.

use std::io::{self, BufRead, BufReader};

use anyhow::{Context as _, Result, bail};

use super::input::{DeriveArgs, ValueArgs};
use super::print;
use crate::charter::words::thousands;
use crate::indicator::derive::{Derivation, Derive};
use crate::indicator::{self, Field, Indicator, Kind, Reading, Rejection};
use crate::ingest::{self, Event, Format, Options};

/// Indicators that would follow from one, as far as they are shown.
const SHOWN: usize = 8;
/// What is shown of a kind that only a digest of a secret stands for.
const NOT_SHOWN: &str = "(not shown: it holds a secret)";

#[derive(clap::Args)]
pub(super) struct Args {
    /// Values, alone or as a line of a list (kind,value); - reads lines from standard input
    #[arg(required = true, value_name = "VALUE")]
    values: Vec<String>,
    #[command(flatten)]
    value: ValueArgs,
    #[command(flatten)]
    derive: DeriveArgs,
    /// Show each step, what it takes to guess the value, and what would follow from it
    #[arg(long)]
    explain: bool,
}

/// How values are read and what is said of them.
struct Canon {
    options: Options,
    derive: Derive,
    explain: bool,
    read: u64,
    refused: u64,
    /// Why the last of them was refused.
    reason: Option<Rejection>,
    /// A single value needs no number.
    numbered: bool,
}

impl Args {
    pub(super) fn run(self) -> Result<()> {
        let mut canon = Canon {
            options: self.value.options(Some(Format::Text)),
            derive: self.derive.plan(),
            explain: self.explain,
            read: 0,
            refused: 0,
            reason: None,
            numbered: self.values.len() > 1 || self.values == ["-"],
        };
        for value in &self.values {
            if value == "-" { canon.lines(io::stdin().lock())? } else { canon.value(value)? }
        }
        canon.verdict()
    }
}

impl Canon {
    /// Lines of standard input; blank ones and comments are passed over.
    fn lines(&mut self, input: impl io::Read) -> Result<()> {
        let mut input = BufReader::new(input);
        loop {
            let mut line = Vec::new();
            let limit = 2 * Indicator::MAX_LEN as u64;
            let length = io::Read::take(&mut input, limit).read_until(b'\n', &mut line);
            if length.context("cannot read standard input")? == 0 {
                return Ok(());
            }
            if line.len() as u64 == limit && line.last() != Some(&b'\n') {
                input.skip_until(b'\n').context("cannot read standard input")?;
            }
            match str::from_utf8(&line) {
                Ok(line) if is_blank(line) => {}
                Ok(line) => self.value(line.trim_end_matches(['\n', '\r']))?,
                Err(_) => self.refuse(Rejection::NotUtf8),
            }
        }
    }

    /// One value, as a list with this one line would be read.
    fn value(&mut self, text: &str) -> Result<()> {
        let mut events = Vec::new();
        let outcome = ingest::read(text.as_bytes(), &self.options, |_, event| events.push(event));
        let broken = outcome.context("cannot read the value")?.broken;
        events.extend(broken.map(|(_, reason)| Event::Rejected(reason)));
        if events.is_empty() {
            events.push(Event::Rejected(Rejection::Empty));
        }
        for event in events {
            match event {
                Event::Found(reading) => self.found(text, &reading)?,
                Event::Rejected(reason) => self.refuse(reason),
                Event::Skipped(skip) => self.note(&format!("nothing to read: {skip}")),
            }
        }
        Ok(())
    }

    fn found(&mut self, text: &str, reading: &Reading) -> Result<()> {
        self.read += 1;
        let (derived, is_replaced) = derived(&self.derive, &reading.indicator);
        // As in a list: a network that is written as its addresses does not stand beside them.
        if self.explain || !is_replaced {
            print::out(&(line(&reading.indicator) + "\n"))?;
        }
        if self.explain {
            return print::out(&self.explanation(text, reading));
        }
        for warning in reading.warnings.iter() {
            self.note(&format!("warning: {warning}"));
        }
        derived.iter().try_for_each(|(indicator, _)| print::out(&(line(indicator) + "\n")))
    }

    /// The steps, what to know of the value, and what could be derived from it.
    fn explanation(&self, text: &str, reading: &Reading) -> String {
        let kind = reading.indicator.kind();
        let (field, value) = typed(text, &self.options.bare);
        let (mut rows, _) = match kind {
            Kind::Credential => (vec![("written", NOT_SHOWN.to_owned())], Ok(reading.clone())),
            _ => indicator::steps(&field, value, self.options.country),
        };
        rows.extend(reading.warnings.iter().map(|warning| ("warning", warning.to_string())));
        let guess = kind.guess();
        rows.push(("to guess", guess.words.to_owned()));
        let all = Derive { derivations: Derivation::ALL.into(), expand: self.derive.expand };
        let (follows, _) = derived(&all, &reading.indicator);
        let more = follows.len().saturating_sub(SHOWN);
        rows.extend(
            follows.iter().take(SHOWN).map(|(found, how)| (how.name(), format!("{} would follow", line(found)))),
        );
        rows.extend((more > 0).then(|| ("and", format!("{} would follow", thousands(more as u64)))));
        print::columns(rows.into_iter().map(|(what, text)| [what.to_owned(), text]))
    }

    fn refuse(&mut self, reason: Rejection) {
        self.read += 1;
        self.refused += 1;
        if self.numbered {
            self.note(&reason.to_string());
        }
        self.reason = Some(reason);
    }

    /// To standard error; never with the value itself.
    fn note(&self, text: &str) {
        match self.numbered {
            true => print::note(&format!("value {}: {text}", self.read)),
            false => print::note(text),
        }
    }

    fn verdict(self) -> Result<()> {
        match (self.refused, self.read, self.reason) {
            (0, 0, _) => bail!("there is no value to read"),
            (0, ..) => Ok(()),
            (_, _, Some(reason)) if !self.numbered => Err(reason.into()),
            (refused, read, _) => bail!("{refused} of {} refused", print::count(read, "value")),
        }
    }
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with(['#', ';']) || line.starts_with("//")
}

/// `kind,value` as a list has it; in quotes where a reader of lists would take it apart otherwise.
fn line(indicator: &Indicator) -> String {
    let value = indicator.value();
    let quoted = value.contains([',', '"']) || value.contains(char::is_whitespace);
    match quoted {
        true => format!("{},\"{}\"", indicator.kind(), value.replace('"', "\"\"")),
        false => format!("{},{value}", indicator.kind()),
    }
}

/// What follows from an indicator, and whether that stands in its place.
fn derived(derive: &Derive, indicator: &Indicator) -> (Vec<(Indicator, Derivation)>, bool) {
    let mut found = Vec::new();
    let is_replaced = derive.from(indicator, &mut |derived, how| found.push((derived, how)));
    (found, is_replaced)
}

/// The field that the text itself names, and the value after it; for the explanation alone.
fn typed<'a>(text: &'a str, bare: &Field) -> (Field, &'a str) {
    let named = text.split_once([',', ';', '\t']).and_then(|(name, value)| {
        let fields = Field::of_type(name.trim().trim_matches('"'))?;
        let [Some(field)] = fields.as_slice() else { return None };
        Some((field.or(bare), value.trim().trim_matches('"')))
    });
    named.unwrap_or_else(|| (bare.clone(), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_back() {
        for (kind, value, written) in [
            (Kind::Domain, "evil.example", "domain,evil.example"),
            (Kind::Url, "https://evil.example/a,b", "url,\"https://evil.example/a,b\""),
            (Kind::Account, "forum.example:Jane", "account,forum.example:Jane"),
        ] {
            let indicator = Indicator::parse(kind, value).unwrap();
            assert_eq!(line(&indicator), written);
            let mut read = Vec::new();
            let options = Options { format: Some(Format::Text), ..Options::default() };
            ingest::read(written.as_bytes(), &options, |_, event| read.push(event)).unwrap();
            assert_eq!(read, [Event::Found(Reading::from(indicator))]);
        }
    }

    #[test]
    fn a_line_names_its_field() {
        assert_eq!(typed("url;https://evil.example/a,b", &Field::Any).1, "https://evil.example/a,b");
        assert_eq!(typed("\"domain\",\"evil.example\"", &Field::Any), (Field::Kind(Kind::Domain), "evil.example"));
        assert_eq!(typed("https://evil.example/a,b", &Field::Any), (Field::Any, "https://evil.example/a,b"));
    }
}
