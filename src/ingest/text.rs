//! Plain text, one indicator a line.
//!
//! ```text
//! # a comment; so are lines after `;` and `//`
//! kind,value                      the first line may be this header (or `type,value`, or `…,indicator`)
//! evil.example                    the form tells the kind
//! url,https://evil.example/x      or the kind stands before it; `;` and tab separate as well
//! "email" ; "a@evil.example"      blanks and double quotes may stand round each
//! domain,evil.example,seen 2026   further columns are ignored
//! 203.0.113.7  # a comment        behind a value, `#`, `;` and `//` follow a blank: https://evil.example/#top is whole
//! ```
//!
//! A comma in an unquoted URL may belong to it or begin a third column: where the kind is named, such a line is refused, and
//! quotes settle it. A line without a kind is one value, commas and all.
//!
//! UTF-8, with or without a byte order mark; lines end in LF, CRLF or CR. A line that is not UTF-8, or longer than 64 KiB, is a
//! rejection and no end. A file with a UTF-16 byte order mark is one rejection, and none of it is read.

use std::borrow::Cow;
use std::io::{self, BufRead};
use std::ops::ControlFlow;

use super::{Event, Format, Options, Outcome, Place, lines};
use crate::indicator::{Indicator, Kind, Reading, Rejection, trim};

/// Reads to the end. `each` gets every indicator with its line, and every line that should have been one.
///
/// # Errors
/// Those of `reader`.
pub(super) fn read(
    reader: &mut dyn BufRead,
    _options: &Options,
    each: &mut dyn FnMut(Place, Event),
) -> io::Result<Outcome> {
    let mut outcome = Outcome { format: Format::Text, lines: 0, unread_columns: Vec::new(), broken: None };
    let mut may_be_header = true;
    lines::for_each(reader, |number, line| {
        outcome.lines = number;
        let entry = match line {
            Some([0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) if number == 1 => Err(Rejection::Utf16),
            Some(line) => decode(line, number).and_then(|line| entry(line, &mut may_be_header)),
            None => Err(Rejection::LineTooLong),
        };
        let goes_on = if entry == Err(Rejection::Utf16) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        match entry {
            Ok(Some(indicator)) => each(Place::line(number), Event::Found(Reading::from(indicator))),
            Ok(None) => {}
            Err(reason) => each(Place::line(number), Event::Rejected(reason)),
        }
        goes_on
    })?;
    Ok(outcome)
}

fn decode(line: &[u8], number: u64) -> Result<&str, Rejection> {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").filter(|_| number == 1).unwrap_or(line);
    str::from_utf8(line).map_err(|_| Rejection::NotUtf8)
}

/// What a line says: nothing, if it is blank, a comment or the header.
fn entry(line: &str, may_be_header: &mut bool) -> Result<Option<Indicator>, Rejection> {
    let line = trim(line);
    if line.is_empty() || line.starts_with(['#', ';']) || line.starts_with("//") {
        return Ok(None);
    }
    let may_be_header = std::mem::take(may_be_header);
    let (first, is_quoted, rest) = match line.strip_prefix('"') {
        Some(quoted) => unquote(quoted).map(|(first, rest)| (first, true, rest))?,
        None => {
            let (first, rest) = line.split_at(line.find(SEPARATORS).unwrap_or(line.len()));
            (Cow::Borrowed(first), false, rest)
        }
    };
    let first = trim(&first);
    let mut after = trim_start_keeping_tab(rest).chars();
    let separator = after.next().filter(|c| SEPARATORS.contains(c));
    if let Some(separator) = separator {
        if may_be_header && is_header(first, after.as_str(), separator) {
            return Ok(None);
        }
        if let Ok(kind) = first.parse() {
            return Indicator::parse(kind, &column(after.as_str(), kind, separator)?).map(Some);
        }
    }
    let value = if is_quoted { first } else { without_comment(line) };
    if separator.is_some() && is_word(first) && (is_quoted || value.len() > first.len()) {
        return Err(Rejection::UnknownKind);
    }
    Indicator::detect(value).map(Some)
}

const SEPARATORS: [char; 3] = [',', ';', '\t'];

fn trim_start_keeping_tab(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() && c != '\t')
}

fn is_header(first: &str, rest: &str, separator: char) -> bool {
    let second = trim(rest.split(separator).next().unwrap_or_default()).trim_matches('"');
    ["kind", "type"].iter().any(|name| first.eq_ignore_ascii_case(name))
        && ["value", "indicator"].iter().any(|name| second.eq_ignore_ascii_case(name))
}

/// Whether `text` may be meant as a kind: no value of any kind is a bare word.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The column of the value, without what follows it.
fn column(text: &str, kind: Kind, separator: char) -> Result<Cow<'_, str>, Rejection> {
    let text = trim(text);
    if let Some(quoted) = text.strip_prefix('"') {
        return unquote(quoted).map(|(value, _)| value);
    }
    let text = without_comment(text);
    match text.split_once(separator) {
        Some(_) if kind == Kind::Url && separator != '\t' => Err(Rejection::UnquotedSeparator),
        Some((value, _)) => Ok(Cow::Borrowed(value)),
        None => Ok(Cow::Borrowed(text)),
    }
}

/// The text up to the closing quote, `""` read as `"`, and what follows: nothing, a blank or a separator.
fn unquote(quoted: &str) -> Result<(Cow<'_, str>, &str), Rejection> {
    let mut from = 0;
    loop {
        let end = from + quoted[from..].find('"').ok_or(Rejection::Quotes)?;
        let rest = &quoted[end + 1..];
        if rest.starts_with('"') {
            from = end + 2;
        } else if rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || SEPARATORS.contains(&c)) {
            let text = &quoted[..end];
            return Ok((if from == 0 { text.into() } else { text.replace("\"\"", "\"").into() }, rest));
        } else {
            return Err(Rejection::Quotes);
        }
    }
}

/// `text` up to a blank with `#`, `;` or `//` after it.
fn without_comment(text: &str) -> &str {
    let is_comment = |at: &usize| {
        let (before, mark) = text.split_at(*at);
        before.ends_with(char::is_whitespace) && (!mark.starts_with('/') || mark.starts_with("//"))
    };
    let start = memchr::memchr3_iter(b'#', b';', b'/', text.as_bytes()).find(is_comment);
    start.map_or(text, |at| trim(&text[..at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> Result<Option<String>, Rejection> {
        let entry = entry(line, &mut true)?;
        Ok(entry.map(|indicator| format!("{} {}", indicator.kind(), indicator.value())))
    }

    #[test]
    fn lines_with_an_indicator() {
        for (line, expected) in [
            ("evil[.]example", "domain evil.example"),
            ("  evil.example\u{A0}\t", "domain evil.example"),
            ("evil.example # seen, 2026", "domain evil.example"),
            ("evil.example\t// seen", "domain evil.example"),
            ("evil.example ; seen", "domain evil.example"),
            ("185.216.140.249\t# pinger; eecs", "ipv4 185.216.140.249"),
            ("https://evil.example/a#b // c", "url https://evil.example/a"),
            ("https://evil.example/a,b;c", "url https://evil.example/a,b;c"),
            ("Domain,EVIL.example", "domain evil.example"),
            ("domain;evil.example", "domain evil.example"),
            ("domain\tevil.example", "domain evil.example"),
            ("domain\t\tevil.example", "domain evil.example"),
            (" domain ; evil.example ", "domain evil.example"),
            ("\"domain\" , \"evil.example\" # seen", "domain evil.example"),
            ("\"domain\"\tevil.example", "domain evil.example"),
            ("\"evil.example\"", "domain evil.example"),
            ("\"https://evil.example/a,b\",seen", "url https://evil.example/a,b"),
            ("domain,evil.example,seen 2026", "domain evil.example"),
            ("domain,evil.example # kind,value", "domain evil.example"),
            ("url,\"https://evil.example/a,\"\"b\",seen", "url https://evil.example/a,%22b"),
            ("url\thttps://evil.example/a,b\tseen", "url https://evil.example/a,b"),
            ("url,https://evil.example/#top", "url https://evil.example/"),
            ("phone,+1 202 555 0123", "phone +12025550123"),
            ("account,forum.example:Jane", "account forum.example:Jane"),
            ("domain,localhost", "domain localhost"),
        ] {
            assert_eq!(one(line), Ok(Some(expected.into())), "{line}");
        }
    }

    #[test]
    fn lines_without_one() {
        for line in ["", " \u{A0}", "# a", ";a", "// a", "kind,value", "\"Type\";\"Indicator\"", "type\tvalue\tcomment"]
        {
            assert_eq!(one(line), Ok(None), "{line}");
        }
    }

    #[test]
    fn lines_refused() {
        for (line, reason) in [
            ("ip,1.2.3.4", Rejection::UnknownKind),
            ("\"filename\",\"evil.exe\"", Rejection::UnknownKind),
            ("type,evil.example", Rejection::UnknownKind),
            ("url,https://evil.example/a,b", Rejection::UnquotedSeparator),
            ("\"evil.example", Rejection::Quotes),
            ("domain,\"evil\".example", Rejection::Quotes),
            ("domain,", Rejection::Empty),
            ("domain,,evil.example", Rejection::Empty),
            ("0.0.0.0 evil.example", Rejection::Whitespace),
            ("word ; comment", Rejection::Unrecognised),
        ] {
            assert_eq!(one(line), Err(reason), "{line}");
        }
    }

    fn read_all(mut file: &[u8]) -> (Vec<(u64, String)>, Vec<(u64, Rejection)>, Outcome) {
        let (mut found, mut refused) = (Vec::new(), Vec::new());
        let outcome = read(&mut file, &Options::default(), &mut |place, event| match event {
            Event::Found(reading) => found.push((place.line, reading.indicator.value().to_owned())),
            Event::Rejected(reason) => refused.push((place.line, reason)),
            Event::Skipped(_) => {}
        });
        (found, refused, outcome.unwrap())
    }

    #[test]
    fn a_file_with_everything() {
        let mut file =
            b"\xEF\xBB\xBF# list\r\n\r\nKind,Value\r\ndomain,evil.example\rkind,value\n\xFF.example\n".to_vec();
        file.extend(vec![b'a'; lines::MAX_LINE + 1]);
        file.extend(b"\n203.0.113.7");
        let (found, refused, outcome) = read_all(&file);
        assert_eq!(found, [(4, "evil.example".to_owned()), (8, "203.0.113.7".to_owned())]);
        assert_eq!(refused, [(5, Rejection::UnknownKind), (6, Rejection::NotUtf8), (7, Rejection::LineTooLong)]);
        assert_eq!(outcome.lines, 8);
    }

    #[test]
    fn utf16_is_one_rejection() {
        for file in [&b"\xFF\xFEa\0\n\0b\0"[..], b"\xFE\xFF\0a\0\n\0b"] {
            let (found, refused, _) = read_all(file);
            assert!(found.is_empty());
            assert_eq!(refused, [(1, Rejection::Utf16)]);
        }
    }
}
