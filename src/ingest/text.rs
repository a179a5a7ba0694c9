//! Lines, one indicator each.
//!
//! ```text
//! # a comment; so are lines after `;`, `//` and `!`
//! evil.example                    the form tells the kind, or --as
//! 203.0.113.7  # a comment        behind a value, `#`, `;` and `//` follow a blank: https://evil.example/#top is whole
//! url,https://evil.example/x      or the kind stands before it; `;` and tab separate as well
//! "email" ; "a@evil.example"      blanks and double quotes may stand round each
//! domain|ip,evil.example|192.0.2.1  two indicators, as MISP's composites are
//! domain,evil.example,seen 2026   further columns are ignored
//! 2026-11-02,evil.example,seen    without a kind first: the one cell that is an indicator
//! "evil.example",                 a separator at the end goes
//! 0.0.0.0 evil.example            hosts files, and directives of dnsmasq and unbound
//! ||evil.example^                 rules of ad blockers that name a domain or a URL
//! ```
//!
//! The first line may be the header `kind,value`, or the name of a single column (`domain`, `ioc`), which says what the
//! lines after it hold.
//!
//! A separator or comment mark in an unquoted URL, file name or other text may belong to it or end it: where the kind is named,
//! such a line is refused, and quotes settle it. A line without a kind that is a URL as a whole is one, commas and all.
//!
//! Where bare values are text as it stands (`--as text`, `--as filename`), a line without a kind is the value, whole.

mod adblock;
mod hosts;
mod table;

use std::borrow::Cow;
use std::io::{self, BufRead};
use std::ops::ControlFlow;

use super::columns::{Columns, type_name, without_comment};
use super::csv::record::unquote;
use super::entry::{Entry, is_verbatim, may_hold_separators};
use super::{Event, Format, Options, Outcome, Place, lines};
use crate::indicator::{Field, Kind, Rejection, trim};

/// Reads to the end.
pub(super) fn read(
    reader: &mut dyn BufRead,
    options: &Options,
    each: &mut dyn FnMut(Place, Event),
) -> io::Result<Outcome> {
    let mut outcome = Outcome::new(Format::Text);
    let mut options = options.clone();
    let mut may_be_header = true;
    lines::for_each(reader, |number, line| {
        outcome.lines = number;
        let place = Place::line(number);
        let Some(line) = line.map(String::from_utf8_lossy) else {
            each(place, Event::Rejected(Rejection::LineTooLong));
            return ControlFlow::Continue(());
        };
        let line = trim(&line);
        if line.is_empty() || options.bare != CREDENTIAL && is_comment(line) {
            return ControlFlow::Continue(());
        }
        if !(std::mem::take(&mut may_be_header) && is_header(line, &mut options)) {
            read_line(line, &mut Entry { options: &options, place, each });
        }
        ControlFlow::Continue(())
    })?;
    Ok(outcome)
}

/// Whether a line, trimmed, is a comment.
pub(super) fn is_comment(line: &str) -> bool {
    line.starts_with(['#', ';']) || line.starts_with("//") || adblock::is_comment(line)
}

/// Whether the first line is a header. If it names a single column, that says what bare values are; with `--as`, only the
/// names of no kind or of that kind are, since others may be values.
fn is_header(line: &str, options: &mut Options) -> bool {
    let line = line.trim_matches('"');
    if !line.contains(SEPARATORS) {
        // `vk.id` and `file.name` are domains.
        let is_value = options.bare == Field::Any && Field::Any.read(line, None).is_ok();
        let Some(columns) = Columns::of(std::iter::once(line)).filter(|_| !is_value) else { return false };
        let is_header = options.bare == Field::Any || columns.has_values() || columns.only().is_like(&options.bare);
        if is_header {
            options.bare = columns.only().or(&options.bare);
        }
        return is_header;
    }
    let Some((first, rest)) = line.split_once(SEPARATORS) else { return false };
    let second = rest.split(SEPARATORS).next().unwrap_or_default();
    Columns::of([first, second].into_iter()).is_some_and(|columns| columns.has_values() && columns.has_types())
}

fn read_line(line: &str, entry: &mut Entry<'_>) {
    if is_plain(line) {
        return entry.read(&entry.options.bare, line);
    }
    let bare = &entry.options.bare;
    match typed(line) {
        Ok(Some(typed)) => read_typed(&typed, entry),
        Ok(None) | Err(_) if is_verbatim_field(bare) => entry.read(bare, &whole(line)),
        Ok(None) => {
            let line = without_comment(line);
            if !hosts::read(line, entry) && !adblock::read(line, entry) {
                table::read(line, entry);
            }
        }
        Err(reason) => entry.reject(reason),
    }
}

/// The fast path of lists with a million lines: nothing in it could be more than a value.
fn is_plain(line: &str) -> bool {
    let is_of_values = |b: u8| b.is_ascii_alphanumeric() || b".-_:/[](){}@?&%+~*=".contains(&b);
    line.bytes().all(is_of_values) && !line.starts_with('@') && !line.contains("=/") // allow rules, dnsmasq
}

/// A line whose first column is a type.
struct Typed<'a> {
    name: String,
    fields: Vec<Option<Field>>,
    /// What follows the separator.
    rest: &'a str,
    separator: char,
}

fn typed(line: &str) -> Result<Option<Typed<'_>>, Rejection> {
    let (first, rest) = match line.strip_prefix('"') {
        Some(quoted) => unquote(quoted)?,
        None => {
            let (first, rest) = line.split_at(line.find(SEPARATORS).unwrap_or(line.len()));
            (Cow::Borrowed(first), rest)
        }
    };
    let mut after = rest.trim_start_matches(|c: char| c.is_whitespace() && c != '\t').chars();
    let Some(separator) = after.next().filter(|c| SEPARATORS.contains(c)) else { return Ok(None) };
    if first.len() > LONGEST_NAME {
        return Ok(None);
    }
    let name = type_name(&first);
    let fields = Field::of_type(name);
    Ok(fields.map(|fields| Typed { name: name.to_owned(), fields, rest: after.as_str(), separator }))
}

fn read_typed(line: &Typed<'_>, entry: &mut Entry<'_>) {
    let field = match &line.fields[..] {
        [Some(field)] => Some(field.or(&entry.options.bare)),
        _ => None,
    };
    match (column(line.rest, field.as_ref(), line.separator), field) {
        (Ok(value), Some(field)) => entry.read(&field, &value),
        (Ok(value), None) => entry.read_typed(&line.name, trim(&value)),
        (Err(reason), _) => entry.reject(reason),
    }
}

/// The column of the value, without what follows it.
fn column<'a>(text: &'a str, field: Option<&Field>, separator: char) -> Result<Cow<'a, str>, Rejection> {
    let text = trim(text);
    if let Some(quoted) = text.strip_prefix('"') {
        let (value, rest) = unquote(quoted)?;
        return if ends_cell(rest) { Ok(value) } else { Err(Rejection::Quotes) };
    }
    let value = without_comment(text);
    let is_loose = matches!(field, Some(Field::Kind(kind)) if may_hold_separators(*kind));
    match value.split_once(separator) {
        Some((_, rest)) if is_loose && separator != '\t' && !trim(rest).is_empty() => Err(Rejection::UnquotedSeparator),
        _ if is_loose && field.is_some_and(is_verbatim_field) && value.len() < text.len() => {
            Err(Rejection::UnquotedSeparator)
        }
        Some((value, _)) => Ok(value.into()),
        None => Ok(value.into()),
    }
}

/// Whether a quoted cell may end before this: nothing, a blank or a separator.
fn ends_cell(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || SEPARATORS.contains(&c))
}

/// A line that is a value as it stands, or in quotes.
fn whole(line: &str) -> Cow<'_, str> {
    match line.strip_prefix('"').map(unquote) {
        Some(Ok((value, rest))) if trim(rest).is_empty() => value,
        _ => line.into(),
    }
}

fn is_verbatim_field(field: &Field) -> bool {
    matches!(field, Field::Kind(kind) if is_verbatim(*kind))
}

/// A user may be called `#1`.
const CREDENTIAL: Field = Field::Kind(Kind::Credential);
const SEPARATORS: [char; 3] = [',', ';', '\t'];
/// No type has a longer name, so that a line's prose is not searched for one.
const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::Kind;

    /// What a line gives.
    fn events(line: &str, bare: Field) -> Vec<String> {
        let mut events = Vec::new();
        let options = Options { bare, ..Options::default() };
        read(&mut line.as_bytes(), &options, &mut |_, event| {
            events.push(match event {
                Event::Found(reading) => format!("{} {}", reading.indicator.kind(), reading.indicator.value()),
                Event::Rejected(Rejection::Unfit { kind, .. }) => format!("unfit {kind}"),
                Event::Rejected(reason) => format!("{reason:?}"),
                Event::Skipped(skip) => skip.name().to_owned(),
            });
        })
        .unwrap();
        events
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
            ("evil.example,", "domain evil.example"),
            ("\"evil.example\" ;", "domain evil.example"),
            ("2026-11-02,evil.example,seen", "domain evil.example"),
            ("2026-11-02T10:00:00Z;17;evil.example;0.95", "domain evil.example"),
            ("evil.example\tseen in May, and June", "domain evil.example"),
            ("evil.example,domain,seen", "domain evil.example"),
            ("https://evil.example/a,seen in May", "url https://evil.example/a"),
            ("caf\u{E9}.example", "domain xn--caf-dma.example"),
        ] {
            assert_eq!(events(line, Field::Any), [expected], "{line}");
        }
    }

    #[test]
    fn lines_without_one() {
        for line in ["", " \u{A0}", "# a", ";a", "// a", "kind,value", "\"Type\";\"Indicator\"", "type\tvalue\tcomment"]
        {
            assert!(events(line, Field::Any).is_empty(), "{line}");
        }
    }

    #[test]
    fn lines_refused() {
        for (line, reason) in [
            ("type,evil.example", Rejection::UnknownKind),
            ("url,https://evil.example/a,b", Rejection::UnquotedSeparator),
            ("\"evil.example", Rejection::Quotes),
            ("domain,\"evil\".example", Rejection::Quotes),
            ("domain,", Rejection::Empty),
            ("domain,,evil.example", Rejection::Empty),
            ("word ; comment", Rejection::Unrecognised),
            ("malware,evil.example", Rejection::UnknownKind),
            ("evil.example,192.0.2.1", Rejection::SeveralValues),
            ("evil.example,192.0.2.400", Rejection::SeveralValues),
            ("203.0.113.7 evil.example", Rejection::SeveralValues),
            ("https://evil.example/a,2026-11-02", Rejection::UnquotedSeparator),
            ("evil.example seen", Rejection::Whitespace),
            ("evil\u{FFFD}.example", Rejection::NotUtf8),
        ] {
            assert_eq!(events(line, Field::Any), [format!("{reason:?}")], "{line}");
        }
    }

    #[test]
    fn a_file_with_everything() {
        let mut file =
            b"\xEF\xBB\xBF# list\r\n\r\nKind,Value\r\ndomain,evil.example\rtype,value\n\xFF.example\n".to_vec();
        file.extend(vec![b'a'; lines::MAX_LINE + 1]);
        file.extend(b"\n203.0.113.7 # \xFF");
        let mut events = Vec::new();
        let outcome = read(&mut &*file, &Options::default(), &mut |place, event| events.push((place.line, event)));
        let found = |value| Event::Found(Field::Any.read(value, None).unwrap());
        let refused = Event::Rejected;
        assert_eq!(
            events,
            [
                (4, found("evil.example")),
                (5, refused(Rejection::UnknownKind)),
                (6, refused(Rejection::NotUtf8)),
                (7, refused(Rejection::LineTooLong)),
                (8, found("203.0.113.7")),
            ]
        );
        assert_eq!(outcome.unwrap().lines, 8);
    }

    #[test]
    fn lines_of_block_lists() {
        for (line, expected) in [
            ("0.0.0.0 evil.example other.example # c", &["domain evil.example", "domain other.example"][..]),
            ("127.0.0.1\tevil.example#c", &["domain evil.example"]),
            ("::1 evil.example", &["domain evil.example"]),
            (":: evil.example", &["domain evil.example"]),
            ("127.0.0.1 localhost localhost.localdomain", &["other-type", "other-type"]),
            ("255.255.255.255 broadcasthost", &["other-type"]),
            ("fe80::1%lo0 localhost", &["other-type"]),
            ("ff02::1 ip6-allnodes", &["other-type"]),
            ("0.0.0.0 0.0.0.0", &["other-type"]),
            ("0.0.0.0 word", &["Unrecognised"]),
            ("0.0.0.0 # c", &["ipv4 0.0.0.0"]),
            ("address=/evil.example/other.example/0.0.0.0", &["domain evil.example", "domain other.example"]),
            ("server=/evil.example/", &["domain evil.example"]),
            ("server=/good.example/192.0.2.53", &["other-type"]),
            ("local-zone: \"evil.example\" always_nxdomain", &["domain evil.example"]),
            ("local-zone: \"good.example\" transparent", &["allowed"]),
            ("local-data: \"evil.example. A 0.0.0.0\"", &["domain evil.example"]),
            ("||evil.example^", &["domain evil.example"]),
            ("||evil.example^$third-party,domain=a.example|b.example", &["domain evil.example"]),
            ("||evil.example^$badfilter", &["allowed"]),
            ("||evil.example/x^", &["url http://evil.example/x"]),
            ("|https://evil.example/x|", &["url https://evil.example/x"]),
            ("|https://evil.example/x$image,~third-party", &["url https://evil.example/x"]),
            ("||evil.example^x", &["unfit domain"]),
            ("||evil.example/*/x", &["unfit url"]),
            ("@@||good.example^$document", &["allowed"]),
            ("good.example,~a.good.example##.banner", &["other-type"]),
            ("good.example#@#.banner", &["other-type"]),
            ("! comment", &[]),
            ("[Adblock Plus 2.0]", &[]),
        ] {
            assert_eq!(events(line, Field::Any), expected, "{line}");
        }
    }

    #[test]
    fn a_single_column_has_a_header() {
        assert_eq!(events("\"URL\"\nevil.example/x", Field::Any), ["url http://evil.example/x"]);
        assert_eq!(events("ioc\nevil.example", Field::Any), ["domain evil.example"]);
        assert_eq!(events("vk.id\nevil.example", Field::Any), ["domain vk.id", "domain evil.example"]);
        assert_eq!(events("evil.example\nioc", Field::Any), ["domain evil.example", "Unrecognised"]);
        assert_eq!(events("value\n+12025550123", Field::Kind(Kind::Phone)), ["phone +12025550123"]);
        assert_eq!(events("domain\nemail", Field::Kind(Kind::Mutex)), ["mutex domain", "mutex email"]);
        assert_eq!(events("handle\n@bar", Field::AccountOn("twitter".to_owned())), ["account twitter:bar"]);
    }
}
