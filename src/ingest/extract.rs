//! Free text: reports, mails, web pages as text.
//!
//! What is found is read by its form alone, as canonical as from any list. Prose is no rejection: only what was defanged,
//! and so meant as an indicator, but cannot be read, is one.
//!
//! | found | where |
//! |---|---|
//! | URLs | with a scheme, defanged or not; without one, a host of the next rows with a path |
//! | e-mail addresses | with a domain as in the next row |
//! | domains | under a suffix of the public suffix list; not names of files, packages and programs |
//! | addresses, networks | dotted quads, not the numbers of versions and headings; IPv6 |
//! | hashes | runs of 32, 40, 64 and 128 hex digits |
//! | AS numbers, hardware addresses, wallets, phone numbers | `AS64496`; six pairs; right checksums; `+` and a number that a plan has |
//!
//! A defanged name needs no known suffix: nobody defangs prose. The host of a URL is not found once more as a domain. What
//! stands round an indicator goes: punctuation, quotes, brackets, Markdown and HTML. A value that is broken over two lines
//! is not joined. A URL that ends in an ellipsis was cut short by its author, and is refused.
//!
//! Bytes that are not UTF-8 belong to no indicator, and the rest of their line is read. Every line takes time in proportion to
//! its length, whatever is in it.

mod candidate;
mod host;
mod marks;
mod names;
mod numbers;
mod phones;
mod urls;
mod word;

use std::borrow::Cow;
use std::io::{self, BufRead};
use std::ops::ControlFlow;

use super::{Event, Format, Options, Outcome, Place, lines};
use crate::indicator::{Field, Reading, Rejection};
use word::Word;

/// Reads to the end.
pub(super) fn read(
    reader: &mut dyn BufRead,
    _options: &Options,
    each: &mut dyn FnMut(Place, Event),
) -> io::Result<Outcome> {
    let mut outcome = Outcome::new(Format::Extract);
    lines::for_each(reader, |number, line| {
        outcome.lines = number;
        let mut each = |event| each(Place::line(number), event);
        match line {
            Some(line) => scan(&String::from_utf8_lossy(line), &mut each),
            None => each(Event::Rejected(Rejection::LineTooLong)),
        }
        ControlFlow::Continue(())
    })?;
    Ok(outcome)
}

/// What stands in a line.
fn scan(line: &str, each: &mut dyn FnMut(Event)) {
    let line = plain_text(line);
    if is_about_the_mail_itself(&line) {
        return;
    }
    let words: Vec<&str> =
        line.split(is_delimiter).flat_map(|part| part.split("](")).filter(|w| !w.is_empty()).collect();
    for (at, text) in words.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| words[before]);
        Word { text, before, after: words.get(at + 1).copied() }.scan(each);
    }
    phones::scan(&line, each);
}

/// Reads a candidate by its form.
fn read_candidate(candidate: &str) -> Result<Reading, Rejection> {
    Field::Any.read(candidate, None)
}

/// What ends every indicator: blanks, control characters, quotes, angle brackets, bars, and the punctuation of scripts that
/// do without blanks. An apostrophe may belong to a URL.
fn is_delimiter(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '`' | '|' | '\u{2018}'..='\u{201F}' | '«' | '»' | '‹' | '›')
        || matches!(c, '\u{3001}' | '\u{3002}' | '\u{3008}'..='\u{3011}' | '\u{FF08}' | '\u{FF09}' | '\u{FF0C}')
        || matches!(c, '\u{FF1A}' | '\u{FF1B}')
}

/// Without the entities of HTML that stand in and round URLs, and without invisible characters.
fn plain_text(line: &str) -> Cow<'_, str> {
    const INVISIBLE: [char; 5] = ['\u{AD}', '\u{200B}', '\u{200E}', '\u{200F}', '\u{FEFF}'];
    let mut text = Cow::Borrowed(line);
    if !line.is_ascii() && line.contains(INVISIBLE) {
        text = Cow::Owned(line.replace(INVISIBLE, ""));
    }
    if text.contains('&') && ENTITIES.iter().any(|(entity, _)| text.contains(entity)) {
        let replaced = ENTITIES.iter().fold(text.into_owned(), |text, (entity, plain)| text.replace(entity, plain));
        text = Cow::Owned(replaced);
    }
    text
}

/// `&amp;` last, so that nothing is unescaped twice.
const ENTITIES: [(&str, &str); 8] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&#39;", "'"),
    ("&apos;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

/// The headers whose values look like e-mail addresses, but name messages and their parts.
fn is_about_the_mail_itself(line: &str) -> bool {
    let names = ["message-id:", "references:", "in-reply-to:", "content-id:"];
    names.iter().any(|name| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))
}
