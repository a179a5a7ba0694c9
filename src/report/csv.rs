//! Reports as CSV, for spreadsheets.

use super::{Count, Holder, Overlap, Report};

const HEADER: [&str; 14] = [
    "kind",
    "value",
    "holder",
    "role",
    "fingerprint",
    "contact_name",
    "contact_email",
    "contact_phone",
    "contact_hours",
    "certainty",
    "derived",
    "derived_from",
    "anonymous_holders",
    "count",
];

impl Report {
    /// One line a named holder of an indicator, one an indicator that others hold of which no more is told (their number is
    /// in `anonymous_holders`), and at the end one a count, which has no indicator. `derived` and `derived_from` say how an
    /// indicator was derived, if it was, and from what (the first few, separated by blanks). Values that a spreadsheet
    /// would run as a formula get an apostrophe before them; the JSON has them as they are.
    pub fn to_csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut write = |record: &[String]| writer.write_record(record).expect("memory takes any record");
        write(&HEADER.map(str::to_owned));
        for overlap in &self.overlaps {
            overlap.holders.iter().for_each(|holder| write(&named(overlap, holder)));
            if overlap.anonymous_holders > 0 {
                write(&anonymous(overlap));
            }
        }
        self.counts.iter().for_each(|count| write(&counted(count)));
        String::from_utf8(writer.into_inner().expect("memory takes all")).expect("made of texts")
    }
}

fn named(overlap: &Overlap, holder: &Holder) -> [String; 14] {
    let mut record = of(overlap);
    let contact = &holder.contact;
    let who = [&holder.name, &holder.role, &holder.fingerprint];
    let reach = [&contact.name, &contact.email, &contact.phone, &contact.hours];
    for (cell, text) in record[2..].iter_mut().zip(who.into_iter().chain(reach)) {
        *cell = inert(text);
    }
    record[9] = holder.certainty.word().to_owned();
    record
}

fn anonymous(overlap: &Overlap) -> [String; 14] {
    let mut record = of(overlap);
    record[12] = overlap.anonymous_holders.to_string();
    record
}

/// What a line says of the indicator, whoever holds it.
fn of(overlap: &Overlap) -> [String; 14] {
    let mut record = [const { String::new() }; 14];
    (record[0], record[1]) = (inert(&overlap.kind), inert(&overlap.value));
    if let Some(derived) = &overlap.derived {
        (record[10], record[11]) = (inert(&derived.how), inert(&derived.values()));
    }
    record
}

/// A number below zero begins with a sign and is no formula.
fn counted(count: &Count) -> [String; 14] {
    let mut record = [const { String::new() }; 14];
    (record[2], record[3]) = (inert(&count.name), inert(&count.role));
    record[13] = count.count.to_string();
    record
}

/// CSV injection: a cell that begins with one of these is a formula to common spreadsheets. Telephone numbers may keep
/// their plus sign, for digits and blanks compute nothing.
fn inert(text: &str) -> String {
    let telephone = |rest: &str| rest.chars().all(|c| c.is_ascii_digit() || " -.()/".contains(c));
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !text.strip_prefix('+').is_some_and(telephone);
    if formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Certain,
        tests::{derived, report},
    };
    use super::*;

    #[test]
    fn a_spreadsheet_runs_no_formula() {
        assert_eq!(inert("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(inert("+cmd|' /C calc'!A0"), "'+cmd|' /C calc'!A0");
        for plain in ["evil.example", "+1 555 0100"] {
            assert_eq!(inert(plain), plain);
        }
    }

    #[test]
    fn a_line_for_each_that_is_told_of() {
        let mut report = report();
        report.overlaps[1].derived = Some(derived());
        report.overlaps[1].holders[0].certainty = Certain::Probable;
        assert_eq!(
            report.to_csv(),
            "kind,value,holder,role,fingerprint,contact_name,contact_email,contact_phone,contact_hours,certainty,derived,derived_from,\
             anonymous_holders,count\n\
             domain,evil.example,,,,,,,,,,,2,\n\
             domain,\u{1b}[2Jworse.example,Harbour Mail,company,,,desk@harbour.example,,,probable,host,https://evil.example/x,,\n\
             domain,\u{1b}[2Jworse.example,Tern,company,,,,,,exact,host,https://evil.example/x,,\n\
             domain,\u{1b}[2Jworse.example,,,,,,,,,host,https://evil.example/x,1,\n\
             ,,Agency A,agency,,,,,,,,,,-3\n"
        );
    }
}
