//! What people read. Everything that others wrote passes [`clean`] before it reaches a terminal: names, reasons and
//! indicators may be written by attackers.

use std::io::{self, ErrorKind, Write};

use anyhow::{Context as _, Result};

use crate::charter::words::thousands;
use crate::clock::time_in_words;
use crate::report::sanitize;

const COLUMNS: usize = 100;
const REASONS: usize = 3;

/// Standard output was closed by its reader, who has seen enough.
#[derive(Debug, thiserror::Error)]
#[error("standard output was closed")]
pub(super) struct Closed;

/// Tells a reader who went away from a failure.
pub(super) fn unless_closed(error: anyhow::Error) -> anyhow::Error {
    let io = error.downcast_ref::<io::Error>();
    if io.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe) { Closed.into() } else { error }
}

/// Text for people to standard output, made harmless.
pub(super) fn out(text: &str) -> Result<()> {
    raw(&clean(text))
}

/// Text for machines to standard output, as it is.
pub(super) fn raw(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Closed.into()),
        written => written.context("cannot write to standard output"),
    }
}

/// Many lines for people to standard output, made harmless, as they come up. What cannot be written is said at the end.
#[derive(Default)]
pub(super) struct Lines {
    pending: String,
    any: bool,
    failed: Option<anyhow::Error>,
}

impl Lines {
    const HELD: usize = 16 * 1024;

    /// One line.
    pub(super) fn add(&mut self, line: &str) {
        self.any = true;
        self.pending.push_str(&sanitize(line));
        self.pending.push('\n');
        if self.pending.len() >= Self::HELD {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let lines = std::mem::take(&mut self.pending);
        if self.failed.is_none() {
            self.failed = raw(&lines).err();
        }
    }

    /// The last of them, and a blank line after them if there were any.
    pub(super) fn finish(mut self) -> Result<()> {
        if self.any {
            self.pending.push('\n');
        }
        self.flush();
        self.failed.map_or(Ok(()), Err)
    }
}

/// Columns of the terminal; 100 where there is none.
pub(super) fn width() -> u16 {
    terminal_size::terminal_size().map_or(100, |(terminal_size::Width(columns), _)| columns)
}

/// A line to standard error, made harmless. If that is closed, nobody wants to know.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", clean(text));
}

/// The first few lines to standard error, and how many more there are.
pub(super) fn some(lines: impl IntoIterator<Item = String>, most: usize) {
    let mut lines = lines.into_iter();
    lines.by_ref().take(most).for_each(|line| note(&line));
    let more = lines.count();
    if more > 0 {
        note(&format!("and {} of this sort", count(more as u64, "more line")));
    }
}

/// An error and its reasons: the first line says what failed, the others why and what to do.
pub(super) fn error(error: &anyhow::Error) -> String {
    let mut lines: Vec<String> = Vec::new();
    for reason in error.chain().map(ToString::to_string) {
        // Some errors quote their source themselves.
        if !lines.iter().any(|line| line.contains(&reason)) {
            lines.push(reason);
        }
    }
    // The innermost reasons know most: long chains lose the middle.
    let surplus = lines.len().saturating_sub(REASONS);
    lines.drain(1..1 + surplus);
    // Indented, so that a reason of several lines cannot pass for another message.
    format!("error: {}", lines.join("\n")).replace('\n', "\n  ").trim_end().to_owned()
}

/// Lines that cannot steer a terminal.
pub(super) fn clean(text: &str) -> String {
    text.split('\n').map(sanitize).collect::<Vec<_>>().join("\n")
}

/// `2026-11-22 14:03 UTC`
pub(super) fn time(seconds: u64) -> String {
    time_in_words(seconds)
}

/// `in 3 h`, `2 min ago`, to the nearest
pub(super) fn from_now(now: u64, then: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let distance = now.abs_diff(then);
    let nearest = |unit: u64| (distance + unit / 2) / unit;
    let amount = match distance {
        0..MINUTE => return "now".to_owned(),
        _ if nearest(MINUTE) < 120 => format!("{} min", nearest(MINUTE)),
        _ if nearest(HOUR) < 48 => format!("{} h", nearest(HOUR)),
        _ => format!("{} days", nearest(DAY)),
    };
    if then > now { format!("in {amount}") } else { format!("{amount} ago") }
}

/// `1 indicator`, `2,950 indicators`
pub(super) fn count(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", thousands(number))
}

/// Sentences as a list, broken into lines that can be read.
pub(super) fn bullets(sentences: &[String]) -> String {
    sentences.iter().map(|sentence| bullet(sentence)).collect()
}

fn bullet(sentence: &str) -> String {
    let mut text = String::new();
    let mut line = "  -".to_owned();
    for word in sentence.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > COLUMNS {
            text.push_str(&line);
            text.push('\n');
            line = "   ".to_owned();
        }
        line.push(' ');
        line.push_str(word);
    }
    text + &line + "\n"
}

/// Rows in columns, indented by two.
pub(super) fn columns<R: IntoIterator<Item = String>>(rows: impl IntoIterator<Item = R>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    for row in rows {
        table.add_row(row.into_iter().map(|cell| sanitize(&cell)));
    }
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 2));
    });
    table.lines().map(|line| format!("  {}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_for_people() {
        assert_eq!(time(1_795_356_180), "2026-11-22 14:03 UTC");
        assert_eq!(time(u64::MAX), "beyond the calendar");
        for (then, text) in [
            (1_000_000, "now"),
            (1_000_059, "now"),
            (1_000_060, "in 1 min"),
            (1_007_140, "in 119 min"),
            (1_007_199, "in 2 h"),
            (1_086_399, "in 24 h"),
            (1_010_800, "in 3 h"),
            (992_800, "2 h ago"),
            (1_172_800, "in 2 days"),
        ] {
            assert_eq!(from_now(1_000_000, then), text);
        }
    }

    #[test]
    fn counts_for_people() {
        assert_eq!([count(0, "line"), count(1, "line"), count(2950, "line")], ["0 lines", "1 line", "2,950 lines"]);
    }

    #[test]
    fn an_error_says_what_and_why_on_three_lines() {
        let inner = anyhow::anyhow!("the disk is full");
        assert_eq!(error(&inner), "error: the disk is full");
        let quoting = anyhow::anyhow!("the disk is full").context("cannot write x: the disk is full").context("stop");
        assert_eq!(error(&quoting), "error: stop\n  cannot write x: the disk is full");
        let long = anyhow::anyhow!("5").context("4").context("3").context("2").context("1");
        assert_eq!(error(&long), "error: 1\n  4\n  5");
    }

    #[test]
    fn a_hostile_reason_stays_in_its_place() {
        let hostile = anyhow::anyhow!("no\nreceipt: published\u{1b}[1A\r").context("the server refused");
        assert_eq!(clean(&error(&hostile)), "error: the server refused\n  no\n  receipt: published\\u{1b}[1A");
        assert_eq!(columns([["a\nb".to_owned(), "c\u{202e}".to_owned()]]), "  a\\u{a}b  c\\u{202e}\n");
    }

    #[test]
    fn long_sentences_are_broken_and_indented() {
        let text = bullets(&["word ".repeat(30), "one more".to_owned()]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[2]), (3, "  - one more"));
        assert!(lines[0].starts_with("  - word") && lines[1].starts_with("    word"));
        assert!(lines.iter().all(|line| line.len() <= COLUMNS));
    }
}
