//! Overlaps as table, JSON and CSV. The JSON is a stable interface: [`SCHEMA`] names its form, and machines read it every morning.

mod derived;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use self::derived::{Derived, Source};
use crate::identity::is_unshowable;
use crate::matching::Certainty;

/// The form of the JSON. A field is never renamed or given another meaning under the same number; fields may be added.
pub const SCHEMA: &str = "mandorla.overlaps/1";

const CSV_FIELDS: &str = "kind,value,holder,role,fingerprint,contact_name,contact_email,contact_phone,contact_hours,\
    certainty,derived,derived_from";

/// What one member learned in one round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// The exchange's name.
    pub exchange: String,
    /// The charter's hash, hexadecimal.
    pub charter: String,
    /// The round's number.
    pub round: u32,
    /// The name of the member whose report this is.
    pub member: String,
    /// When it was made, RFC 3339.
    pub generated: String,
    /// Distinct indicators in the member's own list.
    pub published: u64,
    /// The other members.
    pub members: Vec<Member>,
    /// How many of the overlaps chance alone is expected to have made.
    pub chance_overlaps_expected: f64,
    /// Indicators of one's own that others hold too, sorted by kind and value.
    pub overlaps: Vec<Overlap>,
}

/// Another member of the exchange.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// `company`, `agency` or `broker`.
    pub role: String,
    /// Whether it had a list in this round.
    pub published: bool,
}

/// One indicator that others hold too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overlap {
    /// The indicator's kind.
    pub kind: String,
    /// Its canonical value.
    pub value: String,
    /// What it followed from, if no file of the member's holds it; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<Derived>,
    /// Who else holds it.
    pub holders: Vec<Holder>,
}

/// A member that holds an indicator, and how to reach it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// The fingerprint of its card.
    pub fingerprint: String,
    /// Its point of contact.
    pub contact: Contact,
    /// How sure the match is.
    pub certainty: Certain,
}

/// A point of contact as reports show it. What a card leaves out is an empty text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Whom to ask for.
    pub name: String,
    /// An e-mail address.
    pub email: String,
    /// A telephone number.
    pub phone: String,
    /// When somebody is there.
    pub hours: String,
}

/// [`Certainty`] as reports show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certain {
    /// The holder showed the same tag itself.
    Exact,
    /// Found in the holder's filters: wrong once in 2^30.
    Probable,
}

impl From<Certainty> for Certain {
    fn from(certainty: Certainty) -> Self {
        match certainty {
            Certainty::Exact => Self::Exact,
            Certainty::Probable => Self::Probable,
        }
    }
}

impl Certain {
    fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Probable => "probable",
        }
    }
}

impl Report {
    /// The JSON, indented, with a newline at its end.
    pub fn to_json(&self) -> String {
        harmless_json(self)
    }

    /// One line a holder: `kind,value,holder,role,fingerprint,contact_name,contact_email,contact_phone,contact_hours,certainty`,
    /// and `derived,derived_from`: how the indicator was derived, if it was, and from what (the first few, separated by blanks).
    /// Values that a spreadsheet would run as a formula get an apostrophe before them; the JSON has them as they are.
    pub fn to_csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut write = |record: &[String]| writer.write_record(record).expect("memory takes any record");
        write(&CSV_FIELDS.split(',').map(str::to_owned).collect::<Vec<_>>());
        for overlap in &self.overlaps {
            for holder in &overlap.holders {
                let contact = &holder.contact;
                let texts = [&overlap.kind, &overlap.value, &holder.name, &holder.role, &holder.fingerprint];
                let reach = [&contact.name, &contact.email, &contact.phone, &contact.hours];
                let mut record: Vec<String> = texts.into_iter().chain(reach).map(|text| inert(text)).collect();
                record.push(holder.certainty.word().to_owned());
                let derived = overlap.derived.as_ref();
                record.push(derived.map(|derived| inert(&derived.how)).unwrap_or_default());
                record.push(derived.map(|derived| inert(&derived.values())).unwrap_or_default());
                write(&record);
            }
        }
        String::from_utf8(writer.into_inner().expect("memory takes all")).expect("made of texts")
    }

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
            let holders: Vec<String> = overlap.holders.iter().map(Holder::line).collect();
            table.add_row([sanitize(&overlap.kind), overlap.shown(), holders.join("\n")]);
        }
        out.push('\n');
        out.push_str(&table.to_string());
        out.push_str("\n\nHow to reach them:\n");
        let holders = self.overlaps.iter().flat_map(|overlap| &overlap.holders);
        let contacts: BTreeSet<String> = holders.map(Holder::reach).collect();
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
        text.lines().map(|line| sanitize(line) + "\n").collect()
    }
}

impl Overlap {
    /// The value, and what it followed from; harmless to a terminal.
    fn shown(&self) -> String {
        let remark = self.derived.as_ref().map(|derived| format!("\n{}", derived.remark()));
        sanitize(&self.value) + &remark.unwrap_or_default()
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

/// CSV injection: a cell that begins with one of these is a formula to common spreadsheets. Telephone numbers may keep
/// their plus sign, for digits and blanks compute nothing.
fn inert(text: &str) -> String {
    let telephone = |rest: &str| rest.chars().all(|c| c.is_ascii_digit() || " -.()/".contains(c));
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !text.strip_prefix('+').is_some_and(telephone);
    if formula { format!("'{text}") } else { text.to_owned() }
}

/// Text that cannot steer a terminal: control characters, marks that turn the direction of writing and characters that
/// cannot be seen become `\u{…}`.
pub fn sanitize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// JSON, indented, with a newline at its end, that cannot steer a terminal either. What [`sanitize`] would change is
/// written as `\uXXXX`, which JSON reads back as it was.
pub fn harmless_json(value: &impl Serialize) -> String {
    let json = serde_json::to_string_pretty(value).expect("a report has only texts, numbers and lists");
    let mut out = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if c != '\n' && steers(c) {
            let mut units = [0; 2];
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}

fn steers(c: char) -> bool {
    is_unshowable(c) && !c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200C}' | '\u{200D}' | '\u{2028}' | '\u{2029}' | '\u{FE00}'..='\u{FE0F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_cannot_steer_a_terminal() {
        assert_eq!(sanitize("a\u{1b}[2Jb\u{202e}c\nd"), "a\\u{1b}[2Jb\\u{202e}c\\u{a}d");
        assert_eq!(
            sanitize("a\u{ad}b\u{3164}c\u{e0041}d\u{fff9}e\u{fe0f}"),
            "a\\u{ad}b\\u{3164}c\\u{e0041}d\\u{fff9}e\\u{fe0f}"
        );
        assert_eq!(sanitize("bücher.example 東京"), "bücher.example 東京");
    }

    #[test]
    fn hostile_text_in_json_reads_back_and_steers_nothing() {
        let text = "a\u{1b}[2J\u{202e}\u{7f}\u{9b}\u{e0041}\n\u{2028}é";
        let json = harmless_json(&[text]);
        assert!(!json.chars().any(|c| steers(c) && c != '\n') && json.contains("\\udb40\\udc41"), "{json}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
    }

    fn holder(name: &str, email: &str) -> Holder {
        let texts = ["", email, "", ""].map(str::to_owned);
        let [contact_name, email, phone, hours] = texts;
        Holder {
            name: name.to_owned(),
            role: "company".to_owned(),
            fingerprint: String::new(),
            contact: Contact { name: contact_name, email, phone, hours },
            certainty: Certain::Exact,
        }
    }

    fn report(overlaps: Vec<Overlap>) -> Report {
        Report {
            schema: SCHEMA.to_owned(),
            exchange: "e".to_owned(),
            charter: String::new(),
            round: 1,
            member: "Northwind".to_owned(),
            generated: String::new(),
            published: 2,
            members: Vec::new(),
            chance_overlaps_expected: 0.0,
            overlaps,
        }
    }

    #[test]
    fn an_overlap_on_a_derived_indicator_is_told_as_one() {
        let overlap = |derived| Overlap {
            kind: "domain".to_owned(),
            value: "evil.example".to_owned(),
            derived,
            holders: vec![holder("Tern", "")],
        };
        let source = Source { kind: "url".to_owned(), value: "https://evil.example/x".to_owned() };
        let derived = Derived { how: "host".to_owned(), from: vec![source], sources: 1 };
        let report = report(vec![overlap(None), overlap(Some(derived))]);

        let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        assert!(json["overlaps"][0].get("derived").is_none(), "absent for what was in a file");
        assert_eq!(json["overlaps"][1]["derived"]["from"][0]["value"], "https://evil.example/x");
        assert_eq!(serde_json::from_str::<Report>(&report.to_json()).unwrap(), report);
        let csv: Vec<String> = report.to_csv().lines().map(str::to_owned).collect();
        assert!(csv[0].ends_with(",certainty,derived,derived_from"), "{}", csv[0]);
        assert!(csv[1].ends_with(",exact,,") && csv[2].ends_with(",exact,host,https://evil.example/x"), "{csv:?}");
        let table = report.to_table(100);
        assert!(table.contains("(host of https://evil.example/x)"), "{table}");
        assert!(table.starts_with("e, round 1: 2 of the 2 indicators of Northwind are held by others that it may learn of; 1 of them is derived"), "{table}");
    }

    #[test]
    fn a_table_names_holders_and_says_once_how_to_reach_them() {
        let overlap = |value: &str| Overlap {
            kind: "domain".to_owned(),
            value: value.to_owned(),
            derived: None,
            holders: vec![holder("Harbour Mail", "desk@harbour.example"), holder("Tern", "")],
        };
        let report = report(vec![overlap("evil.example"), overlap("\u{1b}[2Jworse.example")]);
        let table = report.to_table(80);
        assert!(table.lines().skip(4).all(|line| line.chars().count() <= 80), "{table}");
        for (part, times) in [
            ("Harbour Mail (company), exact", 2),
            ("  Harbour Mail: desk@harbour.example\n", 1),
            ("  Tern: no point of contact known\n", 1),
            ("\u{1b}", 0),
            ("\\u{1b}[2Jworse.example", 1),
        ] {
            assert_eq!(table.matches(part).count(), times, "{part} in\n{table}");
        }
    }

    #[test]
    fn a_spreadsheet_runs_no_formula() {
        assert_eq!(inert("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(inert("+cmd|' /C calc'!A0"), "'+cmd|' /C calc'!A0");
        for plain in ["evil.example", "+1 555 0100"] {
            assert_eq!(inert(plain), plain);
        }
    }

    #[test]
    fn figures_of_chance_as_people_read_them() {
        assert_eq!((expected(0.0), expected(6.52e-9)), ("none".to_owned(), "6.5e-9".to_owned()));
    }
}
