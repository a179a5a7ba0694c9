//! `mandorla charter check`: what is wrong with a draft, and who would learn what of whom.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::propose::reason;
use crate::charter::draft::Draft;
use crate::charter::{Terms, template};
use crate::cli::{card, now, print};

/// Readers beside each other that fit into a terminal.
const COLUMNS: usize = 6;

pub(super) fn run(file: &Path) -> Result<()> {
    let terms = read(file).with_context(|| format!("{} makes no charter", file.display()))?;
    let faults: Vec<String> = terms.faults().map(|fault| fault.to_string()).collect();
    print::out(&matrix(&terms))?;
    if let Some(advice) = template::advice(&terms.custody) {
        print::out(&format!("\n{advice}\n"))?;
    }
    if faults.is_empty() {
        return print::out(&format!(
            "\n{} makes a charter: `mandorla charter propose {}` signs and uploads it.\n",
            file.display(),
            file.display()
        ));
    }
    print::out(&format!("\nWhat is wrong\n{}", print::bullets(&faults)))?;
    bail!("{} makes no charter: {} to put right", file.display(), print::count(faults.len() as u64, "fault"))
}

fn read(file: &Path) -> Result<Terms> {
    let draft = Draft::parse(&fs::read_to_string(file)?)?;
    let beside = file.parent().unwrap_or(Path::new(""));
    let load = |path: &str| card::read(&beside.join(path)).map(|card| card.core().clone());
    Ok(draft.terms(None, now(), |path| load(path).map_err(|error| reason(&error)))?)
}

/// A row a holder, a column a reader, a few readers at a time.
fn matrix(terms: &Terms) -> String {
    let decided = terms.disclosure.decided(&terms.members);
    let places: Vec<usize> = (0..terms.members.len()).collect();
    let cell = |holder: usize, reader: usize| match decided[holder][reader] {
        _ if holder == reader => "-",
        _ if terms.publish_only.contains(&reader) => "none",
        Some(level) => level.name(),
        None => "rules disagree",
    };
    let mut text = "Who learns what: a row for each list, a column for each reader\n".to_owned();
    for readers in places.chunks(COLUMNS) {
        let head = readers.iter().map(|reader| terms.members[*reader].name().to_owned());
        let head: Vec<String> = [String::new()].into_iter().chain(head).collect();
        let rows = places.iter().map(|holder| {
            let cells = readers.iter().map(|reader| cell(*holder, *reader).to_owned());
            [terms.members[*holder].name().to_owned()].into_iter().chain(cells).collect()
        });
        text.push('\n');
        text.push_str(&print::columns([head].into_iter().chain(rows)));
    }
    let silent: Vec<&str> = terms.publish_only.iter().map(|place| terms.members[*place].name()).collect();
    if !silent.is_empty() {
        text.push_str(&format!("\n  publish only: {}\n", silent.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charter::{Disclosure, Level, Party, Rule};
    use crate::cli::fixture::Fixture;
    use crate::identity::Role;

    fn rule(holder: Party, reader: Party, level: Level) -> Rule {
        Rule { holder, reader, level }
    }

    #[test]
    fn who_learns_what_at_a_glance() {
        let mut terms = Fixture::new().charter().terms().clone();
        assert_eq!(
            matrix(&terms),
            "Who learns what: a row for each list, a column for each reader\n\n\
             \x20                   Northwind Social  Harbour Mail  Agency A\n  \
             Northwind Social  -                 named         none\n  \
             Harbour Mail      named             -             none\n  \
             Agency A          named             named         -\n"
        );
        let rules = vec![
            rule(Party::Member(0), Party::Role(Role::Agency), Level::Count),
            rule(Party::Role(Role::Company), Party::Member(2), Level::None),
        ];
        terms.disclosure = Disclosure::new(Level::Anonymous, rules, &terms.members);
        terms.publish_only.insert(0);
        let text = matrix(&terms);
        let cells = |name: &str| {
            let row = text.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
            row.trim_start()
                .strip_prefix(name)
                .unwrap()
                .split("  ")
                .filter(|cell| !cell.is_empty())
                .map(str::trim)
                .collect::<Vec<_>>()
        };
        assert_eq!(cells("Northwind Social  -"), ["anonymous", "rules disagree"]);
        assert_eq!(cells("Harbour Mail  "), ["none", "-", "none"]);
        assert!(text.ends_with("\n  publish only: Northwind Social\n"), "{text}");
    }

    #[test]
    fn many_readers_come_a_few_at_a_time() {
        let mut terms = Fixture::new().charter().terms().clone();
        terms.members = terms.members.iter().cycle().take(14).cloned().collect();
        terms.disclosure = Disclosure::new(Level::Count, Vec::new(), &terms.members);
        let text = matrix(&terms);
        assert_eq!(text.lines().filter(|line| line.is_empty()).count(), 3, "{text}");
        assert_eq!(text.matches("count").count(), 14 * 13);
        assert!(text.lines().all(|line| line.chars().count() <= 130), "{text}");
    }
}
