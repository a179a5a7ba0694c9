//! Phone numbers in prose: `+`, a country code, and digits in groups.

use super::{Event, read_candidate};

/// What of `line` is a phone number by the numbering plan of its country. Of digits that go on, the longest number that
/// there is.
pub(super) fn scan(line: &str, each: &mut dyn FnMut(Event)) {
    let mut from = 0;
    while let Some(at) = memchr::memchr(b'+', &line.as_bytes()[from..]) {
        let start = from + at;
        from = start + 1;
        let is_free = line[..start].chars().next_back().is_none_or(|c| c.is_whitespace() || "(:,;\"'>|[".contains(c));
        if is_free && let Some(len) = number_len(&line[start..], each) {
            from = start + len;
        }
    }
}

/// The length of the number that `text` begins with, which `each` gets.
fn number_len(text: &str, each: &mut dyn FnMut(Event)) -> Option<usize> {
    let ends = group_ends(text);
    let is_number = |end: &usize| phonenumber::parse(None, &text[..*end]).is_ok_and(|number| number.is_valid());
    let end = ends.into_iter().rev().find(is_number)?;
    each(Event::Found(read_candidate(&text[..end]).ok()?));
    Some(end)
}

/// Where groups of digits end, as long as there are 8 to 15 digits up to there.
fn group_ends(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let (mut digits, mut between) = (0, 0);
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c.is_ascii_digit() {
            (digits, between) = (digits + 1, 0);
            let next = chars.peek().map(|(_, next)| *next);
            if digits > 15 {
                return Vec::new();
            }
            if digits >= 8 && next.is_none_or(|next| !(next.is_alphanumeric() || "@_%".contains(next))) {
                ends.push(at + 1);
            }
        } else {
            between += 1;
            if !(SEPARATORS.contains(&c) || matches!(c, '\u{2010}'..='\u{2013}')) || between > 2 {
                break;
            }
        }
    }
    ends
}

const SEPARATORS: [char; 7] = [' ', '\u{A0}', '-', '.', '/', '(', ')'];
