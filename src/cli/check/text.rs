//! What `check` says to people. Rejected lines stand above it, as they came up.

use super::{Findings, about};
use crate::charter::words::{self, thousands};
use crate::cli::input::FileReport;
use crate::cli::print;
use crate::report::sanitize;

/// Sections with a heading each; those that have nothing to say are left out.
pub(super) fn render(findings: &Findings) -> String {
    let sections = [
        ("Files", files(findings)),
        ("Indicators", indicators(findings)),
        ("Set aside", set_aside(findings)),
        ("Changed on the way", changed(findings)),
        ("Plainly benign", benign(findings)),
        ("Columns not read", columns(findings)),
        ("Can be guessed", guessable(findings)),
    ];
    let sections = sections.into_iter().filter(|(_, text)| !text.is_empty());
    sections.map(|(title, text)| format!("{title}\n{text}")).collect::<Vec<_>>().join("\n")
}

fn files(findings: &Findings) -> String {
    print::columns(findings.gathered.files.iter().map(|file| {
        let lines = print::count(file.counts.lines, "line");
        let indicators = print::count(file.counts.indicators, "indicator");
        [file.name.clone(), read_as(file), lines, indicators, not_taken(file)]
    }))
}

fn not_taken(file: &FileReport) -> String {
    let set_aside = file.counts.skipped.values().sum();
    let figures = [(file.counts.rejected, "rejected"), (set_aside, "set aside")];
    let figures = figures.into_iter().filter(|(figure, _)| *figure > 0);
    figures.map(|(figure, what)| format!("{} {what}", thousands(figure))).collect::<Vec<_>>().join(", ")
}

fn read_as(file: &FileReport) -> String {
    let format = file.format.map_or("unread", |format| format.name());
    if file.broken.is_some() { format!("{format}, BROKEN") } else { format.to_owned() }
}

fn indicators(findings: &Findings) -> String {
    let (gathered, selection) = (&findings.gathered, &findings.selection);
    let kinds = findings.kinds.iter().map(|(kind, count)| (*count, kind.to_string()));
    let derived = selection.derived.iter().map(|(how, count)| (*count, format!("of them derived: {}", how.name())));
    let rest = [
        (gathered.duplicates(), "repeated, and counted once".to_owned()),
        (selection.replaced, "networks replaced by their addresses".to_owned()),
        (selection.all_left_out(), "of kinds that were not asked for".to_owned()),
    ];
    let all = (selection.taken.len() as u64, "in all".to_owned());
    let rest = derived.chain(rest).filter(|(count, _)| *count > 0);
    rows(kinds.chain([all]).chain(rest))
}

fn set_aside(findings: &Findings) -> String {
    rows(findings.gathered.counts.skipped.iter().map(|(skip, count)| (*count, skip.to_string())))
}

fn changed(findings: &Findings) -> String {
    rows(findings.gathered.counts.warned.iter().map(|(warning, count)| {
        let places = findings.gathered.places.get(warning).map(|places| places.join("; ")).unwrap_or_default();
        (*count, format!("{warning}\n{places}"))
    }))
}

fn benign(findings: &Findings) -> String {
    let lists = rows(findings.selection.benign.iter().map(|(list, benign)| {
        let first: Vec<&str> = benign.first.iter().map(|indicator| indicator.value()).collect();
        let more = if benign.count > first.len() as u64 { ", …" } else { "" };
        (benign.count, format!("{list}: {}{more}", first.join(", ")))
    }));
    match (lists.is_empty(), findings.drop_warned) {
        (true, _) => lists,
        (false, true) => lists + "  They are left out.\n",
        (false, false) => lists + "  They would be published; --drop-warned leaves them out.\n",
    }
}

fn columns(findings: &Findings) -> String {
    let files = findings.gathered.files.iter().filter(|file| !file.unread_columns.is_empty());
    print::columns(files.map(|file| [file.name.clone(), file.unread_columns.join(", ")]))
}

fn guessable(findings: &Findings) -> String {
    if !findings.usable() {
        return String::new();
    }
    let rows = findings.guessable().map(|guessable| {
        let all = guessable.seconds().map(|seconds| format!(" (all of them in {})", about(seconds)));
        [guessable.kind.to_string(), guessable.words.to_owned() + &all.unwrap_or_default()]
    });
    print::columns(rows) + &print::bullets(&[words::GUESSING.to_owned()])
}

/// A figure and what it is of. Lines after the first of a text stand under it.
fn rows(rows: impl Iterator<Item = (u64, String)>) -> String {
    let mut out = String::new();
    let rows: Vec<(String, String)> = rows.map(|(count, text)| (thousands(count), text)).collect();
    let width = rows.iter().map(|(count, _)| count.len()).max().unwrap_or(0);
    for (count, text) in rows {
        for (number, line) in text.lines().enumerate() {
            let count = if number == 0 { count.as_str() } else { "" };
            out.push_str(&format!("  {count:>width$}  {}\n", sanitize(line)));
        }
    }
    out
}
