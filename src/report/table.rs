//! Reports as tables, for a terminal.

use std::collections::BTreeSet;

use super::{Contact, Count, Holder, Overlap, Reason, Report, Withheld, sanitize};
use crate::charter::words::usually_off;

impl Report {
    /// A table at most so many columns wide where its values allow, with a summary above it. Hostile text is made
    /// harmless: indicators are written by attackers.
    pub fn to_table(&self, width: u16) -> String {
        let mut out = self.summary();
        if self.overlaps.is_empty() {
            return out;
        }
        let mut table = comfy_table::Table::new();
        // No lines between rows: they would be half of what a long list prints.
        table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY.row_separator(comfy_table::LineStyle::none()));
        table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic).set_width(width);
        table.set_header(["kind", "value", "also held by"]);
        for overlap in &self.overlaps {
            table.add_row([sanitize(&overlap.kind), overlap.shown(), overlap.held_by()]);
        }
        out.push('\n');
        out.push_str(&table.to_string());
        out.push('\n');
        let holders = self.overlaps.iter().flat_map(|overlap| &overlap.holders);
        let contacts: BTreeSet<String> = holders.map(Holder::reach).collect();
        if !contacts.is_empty() {
            out.push_str("\nHow to reach them:\n");
        }
        out.extend(contacts.iter().map(|contact| format!("  {contact}\n")));
        out
    }

    fn summary(&self) -> String {
        let list = |published: bool| {
            let names: Vec<&str> =
                self.members.iter().filter(|m| m.published == published).map(|m| m.name.as_str()).collect();
            if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
        };
        let text = format!(
            "{}, round {}: {} of the {} indicators of {} are held by others that it may learn of{}.\n\
             Lists of others: {}. Without a list: {}.\n\
             Matches that chance alone is expected to make: {}.\n",
            self.exchange,
            self.round,
            self.overlaps.len(),
            self.published,
            self.member,
            derived(self.overlaps.iter().filter(|overlap| overlap.derived.is_some()).count()),
            list(true),
            list(false),
            expected(self.chance_overlaps_expected),
        );
        let lines = self.alarms().chain(text.lines().map(str::to_owned)).chain(self.canaries_line());
        lines
            .chain(self.withheld.iter().map(Withheld::line))
            .chain(self.counted())
            .map(|line| sanitize(&line) + "\n")
            .collect()
    }

    /// The counts, and what their noise does to them.
    fn counted(&self) -> Vec<String> {
        let Some(epsilon) = self.counts_epsilon.filter(|_| !self.counts.is_empty()) else { return Vec::new() };
        let mut lines = vec![format!(
            "How many of them others hold, with noise (epsilon {epsilon}: 19 of 20 such numbers are off by at most {}, either \
             way and below zero too):",
            usually_off(epsilon)
        )];
        lines.extend(self.counts.iter().map(Count::line));
        lines
    }
}

impl Overlap {
    /// The value, and what it followed from; harmless to a terminal.
    fn shown(&self) -> String {
        let remark = self.derived.as_ref().map(|derived| format!("\n{}", derived.remark()));
        sanitize(&self.value) + &remark.unwrap_or_default()
    }

    /// A line for each named holder, and one for all others.
    fn held_by(&self) -> String {
        let others = match self.anonymous_holders {
            0 => None,
            1 => Some("1 member, anonymous".to_owned()),
            more => Some(format!("{more} members, anonymous")),
        };
        self.holders.iter().map(Holder::line).chain(others).collect::<Vec<_>>().join("\n")
    }
}

impl Count {
    fn line(&self) -> String {
        format!("  {} ({}): {}", self.name, self.role, self.count)
    }
}

impl Withheld {
    /// In words: what is missing and why.
    fn line(&self) -> String {
        match self.reason {
            Reason::PublishOnly => "It publishes only: nothing of others is told to it.".to_owned(),
            Reason::TooFew => {
                "Nothing anonymous is told: only one list is at that level, and everybody would know whose it is."
                    .to_owned()
            }
            Reason::Withdrawn => {
                "Nothing anonymous is told: a list at that level was withdrawn after the close, or its time was \
                 over, and the difference would name its owner."
                    .to_owned()
            }
            Reason::BudgetSpent => format!(
                "No count of {} ({}): the noise budget is spent, and there is none any more under this charter.",
                self.name, self.role
            ),
        }
    }
}

impl Holder {
    /// Who and how sure; harmless to a terminal.
    fn line(&self) -> String {
        sanitize(&format!("{} ({}), {}", self.name, self.role, self.certainty.word()))
    }

    /// How to reach them; harmless to a terminal.
    fn reach(&self) -> String {
        let Contact { name, email, phone, hours } = &self.contact;
        let parts = [name, email, phone, hours];
        let parts: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        let reach = if parts.is_empty() { "no point of contact known".to_owned() } else { parts.join(", ") };
        sanitize(&format!("{}: {reach}", self.name))
    }
}

fn derived(overlaps: usize) -> String {
    match overlaps {
        0 => String::new(),
        1 => "; 1 of them is derived from one of its own".to_owned(),
        more => format!("; {more} of them are derived from its own"),
    }
}

fn expected(overlaps: f64) -> String {
    if overlaps == 0.0 { "none".to_owned() } else { format!("{overlaps:.1e}") }
}

#[cfg(test)]
mod tests {
    use super::super::tests as example;
    use super::*;

    #[test]
    fn a_table_names_holders_and_says_once_how_to_reach_them() {
        let mut report = example::report();
        report.overlaps[0].holders = report.overlaps[1].holders.clone();
        let table = report.to_table(80);
        let rows = table.lines().skip_while(|line| !line.starts_with('─'));
        assert!(rows.clone().count() > 4 && rows.clone().all(|line| line.chars().count() <= 80), "{table}");
        for (part, times) in [
            ("Harbour Mail (company), exact", 2),
            ("2 members, anonymous", 1),
            ("1 member, anonymous", 1),
            ("  Harbour Mail: desk@harbour.example\n", 1),
            ("  Tern: no point of contact known\n", 1),
            ("(epsilon 0.5: 19 of 20 such numbers are off by at most 6, ", 1),
            ("  Agency A (agency): -3\n", 1),
            ("\u{1b}", 0),
            ("\\u{1b}[2Jworse.example", 1),
        ] {
            assert_eq!(table.matches(part).count(), times, "{part} in\n{table}");
        }
    }

    #[test]
    fn an_overlap_on_a_derived_indicator_is_told_as_one() {
        let mut report = example::report();
        report.overlaps[1].derived = Some(example::derived());
        let table = report.to_table(100);
        assert!(table.contains("(host of https://evil.example/x)"), "{table}");
        let first = "e, round 1: 2 of the 2 indicators of Northwind are held by others that it may learn of; 1 of them is derived";
        assert!(table.starts_with(first), "{table}");
    }

    #[test]
    fn what_is_not_told_is_said() {
        let mut report = example::report();
        (report.overlaps, report.counts) = (Vec::new(), Vec::new());
        let withheld = |reason| Withheld { reason, name: "B\u{1b}".to_owned(), role: "broker".to_owned() };
        report.withheld =
            [Reason::PublishOnly, Reason::TooFew, Reason::Withdrawn, Reason::BudgetSpent].map(withheld).into();
        let table = report.to_table(80);
        for part in ["publishes only", "only one list", "withdrawn after the close", "No count of B\\u{1b} (broker)"] {
            assert!(table.contains(part), "{part} in\n{table}");
        }
        assert!(!table.contains("epsilon") && !table.contains("How to reach"), "{table}");
    }

    #[test]
    fn figures_of_chance_as_people_read_them() {
        assert_eq!((expected(0.0), expected(6.52e-9)), ("none".to_owned(), "6.5e-9".to_owned()));
    }
}
