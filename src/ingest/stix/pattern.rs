//! STIX patterns: what an indicator matches, and which of it is a value that can be compared.
//!
//! | a pattern | gives |
//! |---|---|
//! | `[domain-name:value = 'a' OR url:value IN ('b', 'c')]`, `[…] OR […]` | each value |
//! | `[… dst_ref.type = 'ipv4-addr' AND … dst_ref.value = '203.0.113.7']` | the value: the type only says how to read it |
//! | `[… dst_ref.value = '203.0.113.7' AND … dst_port = 80]` | the address, without the port, as everywhere |
//! | `[ipv4-addr:value ISSUBSET '203.0.113.0/24']` | the network |
//! | `[file:hashes.MD5 = 'a' AND file:hashes.'SHA-256' = 'b' AND file:name = 'c']` | both hashes: each is of that file alone |
//! | AND of other values, AND and FOLLOWEDBY between observations | a rejection: no single value stands for it |
//! | NOT, !=, <, LIKE, MATCHES, EXISTS, … | a rejection: it names no value |
//!
//! WITHIN, REPEATS and START … STOP say when, not what, and change nothing.
//!
//! **Source.** OASIS STIX 2.1, section 9.

mod meaning;
mod parse;
mod token;

use self::meaning::Named;
pub(super) use self::meaning::Value;
use crate::indicator::Rejection;

/// Something that a pattern comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// A value to compare.
    Value(Value),
    /// What stands beside one and is no indicator.
    Beside,
    /// What cannot be compared.
    Refused(Rejection),
}

/// What a pattern names.
pub(super) fn read(pattern: &str) -> Result<Vec<Term>, Rejection> {
    if pattern.len() > MAX_PATTERN {
        return Err(Rejection::Pattern("is longer than 256 KiB, and was not read; split it"));
    }
    let observations = parse::parse(pattern)?;
    Ok(meaning::of(&observations).into_iter().map(Named::into_term).collect())
}

const MAX_PATTERN: usize = 256 * 1024;

#[cfg(test)]
mod tests;
