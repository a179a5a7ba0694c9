//! Substrings and regular expressions, all of a list in one pass over a value.

use aho_corasick::AhoCorasick;
use regex::bytes::{RegexBuilder, RegexSet, RegexSetBuilder};

use super::misp::{ListType, MispList};
use super::{EntryFault, WarnListFault, check_length};
use crate::indicator::{Indicator, Kind};

/// The most bytes of substrings in a list: its automaton takes some twenty times as much.
pub(super) const MAX_SUBSTRINGS: usize = 8 << 20;
/// The memory that one expression may take, and all of a list.
const MAX_EXPRESSION: usize = 1 << 20;
const MAX_EXPRESSIONS: usize = 32 << 20;
/// The longest expression in bytes, and the most in a list: each is compiled to see whether it can be.
const MAX_EXPRESSION_LEN: usize = 4096;
const MAX_EXPRESSION_COUNT: usize = 10_000;

/// What is looked for in a value.
pub(super) enum Pattern {
    Substrings(AhoCorasick),
    Expressions(RegexSet),
}

impl Pattern {
    /// The patterns of a list. `unread` gets the number of every entry that is none, from 1, and why.
    pub(super) fn of(list: &MispList, unread: &mut dyn FnMut(u32, EntryFault)) -> Result<Self, WarnListFault> {
        let prepare = if list.list_type == ListType::Regex { expression } else { substrings };
        if list.list_type == ListType::Regex && list.entries.len() > MAX_EXPRESSION_COUNT {
            return Err(WarnListFault::Patterns);
        }
        let mut patterns = Vec::new();
        for (number, entry) in (1..).zip(&list.entries) {
            match prepare(entry) {
                Ok(prepared) => patterns.extend(prepared),
                Err(fault) => unread(number, fault),
            }
        }
        if list.list_type == ListType::Regex { Self::expressions(&patterns) } else { Self::substrings(&patterns) }
    }

    fn substrings(patterns: &[String]) -> Result<Self, WarnListFault> {
        if patterns.iter().map(String::len).sum::<usize>() > MAX_SUBSTRINGS {
            return Err(WarnListFault::TooLarge);
        }
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(patterns);
        automaton.map(Self::Substrings).map_err(|_| WarnListFault::TooLarge)
    }

    fn expressions(patterns: &[String]) -> Result<Self, WarnListFault> {
        let set = RegexSetBuilder::new(patterns).size_limit(MAX_EXPRESSIONS).build();
        set.map(Self::Expressions).map_err(|_| WarnListFault::Patterns)
    }

    /// Whether one of them is in `value`.
    pub(super) fn is_in(&self, value: &str) -> bool {
        match self {
            Self::Substrings(automaton) => automaton.is_match(value),
            Self::Expressions(set) => set.is_match(value.as_bytes()),
        }
    }
}

/// The entry, and its punycode if it is a name in other letters.
fn substrings(entry: &str) -> Result<Vec<String>, EntryFault> {
    let entry = check_length(entry)?;
    let ascii = (!entry.is_ascii()).then(|| Indicator::parse(Kind::Domain, entry).ok()).flatten();
    let ascii = ascii.map(|domain| domain.value().to_owned());
    Ok(std::iter::once(entry.to_owned()).chain(ascii).collect())
}

fn expression(entry: &str) -> Result<Vec<String>, EntryFault> {
    let entry = check_length(entry)?;
    if entry.len() > MAX_EXPRESSION_LEN {
        return Err(EntryFault::TooLong);
    }
    let translated = translate(entry).ok_or(EntryFault::NoPattern)?;
    match RegexBuilder::new(&translated).size_limit(MAX_EXPRESSION).build() {
        Ok(_) => Ok(vec![translated]),
        Err(_) => Err(EntryFault::Pattern),
    }
}

/// A pattern as PHP writes it, delimiters and flags round it, as the `regex` crate does.
fn translate(entry: &str) -> Option<String> {
    let open = entry.chars().next().filter(|c| c.is_ascii_punctuation() && *c != '\\')?;
    let close = match open {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        '<' => '>',
        other => other,
    };
    let (body, flags) = entry[1..].rsplit_once(close)?;
    let mut inline = String::new();
    let mut is_unicode = false;
    let mut is_anchored = false;
    for flag in flags.chars() {
        match flag {
            'i' | 'm' | 's' | 'x' => inline.push(flag),
            'U' => inline.push('U'), // swaps greedy and lazy in both
            'u' => is_unicode = true,
            'A' => is_anchored = true,
            'g' | 'D' | 'S' | 'X' => {} // of no weight for whether it is found
            _ => return None,
        }
    }
    if !is_unicode {
        inline.push_str("-u"); // PHP's \d, \w and case are ASCII then
    }
    let flags = if inline.is_empty() { String::new() } else { format!("(?{inline})") };
    Some(format!("{flags}{}{}", if is_anchored { r"\A" } else { "" }, plain_escapes(body)))
}

/// `\<` and `\>` are the signs in PHP, but borders of words in the `regex` crate.
fn plain_escapes(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some('<' | '>')) => {}
            ('\\', Some(escaped)) => {
                chars.next();
                out.extend(['\\', escaped]);
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_php() {
        for (entry, value, is_match) in [
            (r"/^(security|abuse)\@.*\..*$/i", "abuse@evil.example", true),
            (r"/^(security|abuse)\@.*\..*$/i", "not-abuse@evil.example", false),
            (r"/((?:\+|00)1)?([0-9]{3})55501([0-9]{2})/g", "+12025550123", true),
            ("#^https://evil#", "https://evil.example/", true),
            (r"~\.EXAMPLE$~i", "evil.example", true),
            (r"/\.EXAMPLE$/", "evil.example", false),
            ("{^e.{3}$}", "evil", true),
            ("/e v i l # a comment/x", "evil.example", true),
            (r"/\<evil\>/", "<evil>", true),
            (r"/\<evil\>/", "evil", false),
            (r"/evil/A", "an evil", false),
            (r"/^\w+$/", "é", false),
            (r"/^\w+$/u", "é", true),
        ] {
            let set = Pattern::expressions(&expression(entry).unwrap()).unwrap();
            assert_eq!(set.is_in(value), is_match, "{entry} {value}");
        }
    }

    #[test]
    fn what_is_no_regular_pattern_is_refused() {
        for (entry, fault) in [
            ("evil", EntryFault::NoPattern),
            ("/evil", EntryFault::NoPattern),
            ("/evil/e", EntryFault::NoPattern),
            ("/evil/é", EntryFault::NoPattern),
            ("\\evil\\", EntryFault::NoPattern),
            ("é", EntryFault::NoPattern),
            ("/", EntryFault::NoPattern),
            (" ", EntryFault::Empty),
            ("/(?=evil)/", EntryFault::Pattern),
            (r"/(evil)\1/", EntryFault::Pattern),
            ("/a)(?:b/", EntryFault::Pattern),
            ("/(((a{100}){100}){100}){100}/", EntryFault::Pattern),
        ] {
            assert_eq!(expression(entry), Err(fault), "{entry}");
        }
        assert_eq!(expression(&format!("/{}/", "a".repeat(5000))), Err(EntryFault::TooLong));
    }
}
