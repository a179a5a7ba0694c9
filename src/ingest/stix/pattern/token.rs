//! A pattern's words, literals and signs.

use std::borrow::Cow;

use crate::indicator::Rejection;

/// The smallest piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'p> {
    /// A keyword, a type or a property.
    Word(&'p str),
    /// A string in quotes, without its escapes.
    Text(Cow<'p, str>),
    Number(&'p str),
    /// A timestamp, or bytes in hexadecimal or Base64.
    Other,
    /// An operator or bracket.
    Sign(&'p str),
    End,
}

/// The first token, and what follows it.
pub(super) fn next(text: &str) -> Result<(Token<'_>, &str), Rejection> {
    let text = text.trim_start();
    let Some(first) = text.bytes().next() else { return Ok((Token::End, text)) };
    match first {
        b'\'' => quoted(&text[1..]).map(|(text, rest)| (Token::Text(text), rest)),
        b'h' | b'b' | b't' if text[1..].starts_with('\'') => quoted(&text[2..]).map(|(_, rest)| (Token::Other, rest)),
        b'0'..=b'9' | b'-' | b'+' => {
            split(text, text[1..].find(|c: char| !c.is_ascii_digit() && c != '.'), Token::Number)
        }
        _ if is_word(char::from(first)) => split(text, text[1..].find(|c| !is_word(c)), Token::Word),
        _ => {
            let sign = SIGNS.iter().find(|sign| text.starts_with(**sign)).ok_or(SYNTAX)?;
            let (sign, rest) = text.split_at(sign.len());
            Ok((Token::Sign(sign), rest))
        }
    }
}

/// Splits after the first character and those up to `end`, which is counted after it.
fn split<'p>(
    text: &'p str,
    end: Option<usize>,
    token: fn(&'p str) -> Token<'p>,
) -> Result<(Token<'p>, &'p str), Rejection> {
    let (word, rest) = text.split_at(end.map_or(text.len(), |end| end + 1));
    Ok((token(word), rest))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// A string after its opening quote, and what follows its closing one. `\'` and `\\` are escapes; before anything else a
/// backslash is itself, as lists with paths of Windows have it.
fn quoted(text: &str) -> Result<(Cow<'_, str>, &str), Rejection> {
    let mut value = Cow::Borrowed("");
    let mut rest = text;
    loop {
        let at = memchr::memchr2(b'\'', b'\\', rest.as_bytes()).ok_or(SYNTAX)?;
        let (plain, after) = rest.split_at(at);
        value += plain;
        match after.as_bytes() {
            [b'\'', ..] => return Ok((value, &after[1..])),
            [_, b'\'' | b'\\', ..] => {
                value += &after[1..2];
                rest = &after[2..];
            }
            _ => {
                value += "\\";
                rest = &after[1..];
            }
        }
    }
}

/// Longer ones before those that they begin with.
const SIGNS: [&str; 16] = ["==", "!=", "<>", "<=", ">=", "=", "<", ">", "[", "]", "(", ")", ":", ".", ",", "*"];

/// A pattern that is none.
pub(super) const SYNTAX: Rejection =
    Rejection::Pattern("does not follow the pattern language (STIX 2.1, section 9); mend it");
