//! Records of CSV, RFC 4180, as files write them: blanks may stand round quoted cells, and quotes inside a cell that does
//! not begin with one are its own.
//!
//! The splitter is this project's own, since the rules need to know which cells were quoted, and whether text follows a
//! closing quote: that is the mark of a stray quote. A test holds it against the `csv` crate.

use std::borrow::Cow;

use crate::indicator::Rejection;

/// A cell, and whether quotes enclose it, so that it surely is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ingest) struct Cell<'a> {
    pub(in crate::ingest) text: Cow<'a, str>,
    pub(in crate::ingest) is_quoted: bool,
}

/// The cells of a record, which may hold line ends in quotes.
///
/// # Errors
/// [`Rejection::Quotes`], if a quote is not closed or text follows a closing one.
pub(in crate::ingest) fn split(record: &str, separator: char) -> Result<Vec<Cell<'_>>, Rejection> {
    let mut cells = Vec::with_capacity(8);
    let mut rest = record;
    loop {
        let start = rest.trim_start_matches(|c| is_blank(c, separator));
        let after = if let Some(quoted) = start.strip_prefix('"') {
            let (text, after) = unquote(quoted)?;
            cells.push(Cell { text, is_quoted: true });
            after.trim_start_matches(|c| is_blank(c, separator))
        } else {
            let (text, after) = rest.split_at(rest.find(separator).unwrap_or(rest.len()));
            cells.push(Cell { text: text.into(), is_quoted: false });
            after
        };
        match after.strip_prefix(separator) {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(cells),
            None => return Err(Rejection::Quotes),
        }
    }
}

/// The text up to the closing quote, `""` read as `"`, and what follows it.
pub(in crate::ingest) fn unquote(quoted: &str) -> Result<(Cow<'_, str>, &str), Rejection> {
    let mut from = 0;
    loop {
        let end = from + memchr::memchr(b'"', &quoted.as_bytes()[from..]).ok_or(Rejection::Quotes)?;
        let rest = &quoted[end + 1..];
        if rest.starts_with('"') {
            from = end + 2;
        } else {
            let text = &quoted[..end];
            return Ok((if from == 0 { text.into() } else { text.replace("\"\"", "\"").into() }, rest));
        }
    }
}

/// Where a record stands at the end of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// Quotes are balanced: the record ends here.
    Closed,
    /// A quote is open: the record goes on in the next line.
    Open,
    /// Text follows a closing quote.
    Broken,
}

/// Follows the quotes of one line; `is_open`, if one is open from the line before.
pub(super) fn quoting(line: &str, separator: char, is_open: bool) -> Quoting {
    let mut rest = line;
    let mut is_open = is_open;
    loop {
        if !is_open {
            let start = rest.trim_start_matches(|c| is_blank(c, separator));
            match start.strip_prefix('"') {
                Some(quoted) => rest = quoted,
                None => match rest.split_once(separator) {
                    Some((_, next)) => {
                        rest = next;
                        continue;
                    }
                    None => return Quoting::Closed,
                },
            }
        }
        let Ok((_, after)) = unquote(rest) else { return Quoting::Open };
        let after = after.trim_start_matches(|c| is_blank(c, separator));
        match after.strip_prefix(separator) {
            Some(next) => (rest, is_open) = (next, false),
            None if after.is_empty() => return Quoting::Closed,
            None => return Quoting::Broken,
        }
    }
}

fn is_blank(c: char, separator: char) -> bool {
    c != separator && c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(record: &str) -> Result<Vec<String>, Rejection> {
        split(record, ',').map(|cells| cells.into_iter().map(|cell| cell.text.into_owned()).collect())
    }

    #[test]
    fn cells_of_records() {
        for (record, expected) in [
            ("a,b", &["a", "b"][..]),
            ("a,,", &["a", "", ""]),
            ("\"a,b\",c", &["a,b", "c"]),
            ("\"a \"\"b\"\"\",\"\"", &["a \"b\"", ""]),
            ("\"a\" , \"b\" ", &["a", "b"]),
            ("5\" disk,b", &["5\" disk", "b"]),
            ("\"a\nb\",c", &["a\nb", "c"]),
            ("", &[""]),
        ] {
            assert_eq!(
                texts(record).as_deref(),
                Ok(&expected.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..]),
                "{record}"
            );
        }
        for record in ["\"a", "a,\"b", "\"a\"b", "\"a\" b,c"] {
            assert_eq!(texts(record), Err(Rejection::Quotes), "{record}");
        }
    }

    #[test]
    fn quotes_across_lines() {
        for (line, is_open, expected) in [
            ("a,b", false, Quoting::Closed),
            ("a,\"b", false, Quoting::Open),
            ("a,b", true, Quoting::Open),
            ("b\" ,c", true, Quoting::Closed),
            ("b\",\"c", true, Quoting::Open),
            ("b\"c", true, Quoting::Broken),
            ("\"a\"\"", false, Quoting::Open),
        ] {
            assert_eq!(quoting(line, ',', is_open), expected, "{line}");
        }
    }

    proptest! {
        /// Where no blanks stand round quoted cells and no quotes inside others, this is what everybody reads.
        #[test]
        fn agrees_with_the_csv_crate(cells in prop::collection::vec("[ab ]{0,3}|\"([a, \n]|\"\"){0,4}\"", 2..8)) {
            let record = cells.join(",");
            let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(record.as_bytes());
            let read = reader.records().next().expect("a record").expect("it is UTF-8");
            prop_assert_eq!(texts(&record), Ok(read.iter().map(str::to_owned).collect()));
        }

        #[test]
        fn lines_are_followed_as_the_whole_is_split(lines in prop::collection::vec("[a,\" ]{0,6}", 1..5)) {
            let mut quoting_ = Quoting::Closed;
            for (place, line) in lines.iter().enumerate() {
                quoting_ = quoting(line, ',', quoting_ == Quoting::Open);
                let whole = texts(&lines[..=place].join("\n"));
                prop_assert_eq!(whole.is_ok(), quoting_ == Quoting::Closed);
                if quoting_ != Quoting::Open {
                    break;
                }
            }
        }
    }
}
