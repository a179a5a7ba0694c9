//! What every value goes through before its kind reads it.

use std::borrow::Cow;

use super::{Indicator, Rejection, refang};

/// Without what stands invisibly round a value: blanks of all kinds, marks of direction and width, byte order marks.
pub(crate) fn trim(raw: &str) -> &str {
    raw.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{FEFF}'))
}

/// A trimmed value, out of what encloses it and refanged.
pub(super) fn prepare(trimmed: &str) -> Result<Cow<'_, str>, Rejection> {
    match visible(trimmed)? {
        Cow::Borrowed(value) => refang::refang(unwrapped(value)?),
        Cow::Owned(value) => refang::refang(unwrapped(&value)?).map(|refanged| Cow::Owned(refanged.into_owned())),
    }
}

/// A trimmed value as it stands, less what is invisible in it.
pub(super) fn visible(trimmed: &str) -> Result<Cow<'_, str>, Rejection> {
    match trimmed.len() {
        0 => return Err(Rejection::Empty),
        1..=Indicator::MAX_LEN => {}
        _ => return Err(Rejection::TooLong),
    }
    if trimmed.chars().any(|c| c.is_control() || is_bidi_control(c)) {
        return Err(Rejection::ControlCharacter);
    }
    undamaged(trimmed).map(without_invisible)
}

/// A value of which no decoder lost a character.
pub(super) fn undamaged(value: &str) -> Result<&str, Rejection> {
    if value.contains(char::REPLACEMENT_CHARACTER) { Err(Rejection::LostCharacter) } else { Ok(value) }
}

/// Blanks stand in no value of most kinds.
pub(super) fn refuse_blanks(value: &str) -> Result<(), Rejection> {
    if value.contains(char::is_whitespace) { Err(Rejection::Whitespace) } else { Ok(()) }
}

/// What stands inside quotes or brackets round the whole value.
fn unwrapped(value: &str) -> Result<&str, Rejection> {
    let mut inner = value;
    for _ in 0..MAX_WRAPPINGS {
        let Some(text) = PAIRS.iter().find_map(|pair| between(inner, *pair)) else { break };
        inner = trim(text);
    }
    if inner.is_empty() { Err(Rejection::Empty) } else { Ok(inner) }
}

fn between(value: &str, (open, close): (char, char)) -> Option<&str> {
    value.strip_prefix(open)?.strip_suffix(close).filter(|text| !text.contains([open, close]))
}

/// U+200C and U+200D stay: some scripts need them inside a domain, and IDNA has rules for them.
fn without_invisible(value: &str) -> Cow<'_, str> {
    const INVISIBLE: [char; 4] = ['\u{200B}', '\u{200E}', '\u{200F}', '\u{FEFF}'];
    if value.is_ascii() || !value.contains(INVISIBLE) {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(value.replace(INVISIBLE, ""))
    }
}

pub(super) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// More than `"<x>"` has.
const MAX_WRAPPINGS: usize = 3;

/// No canonical form of a kind that is read so begins with one of these and ends with its partner.
const PAIRS: [(char, char); 8] =
    [('"', '"'), ('\'', '\''), ('`', '`'), ('<', '>'), ('[', ']'), ('(', ')'), ('\u{201C}', '\u{201D}'), ('«', '»')];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unwraps_pairs_round_the_whole_value_only() {
        for (written, read) in [
            ("<http://evil.example/>", "http://evil.example/"),
            ("\"'evil.example'\"", "evil.example"),
            ("[ evil.example ]", "evil.example"),
            ("“evil.example”", "evil.example"),
            ("[.]evil[.]", "[.]evil[.]"),
            ("\"a\"@evil.example", "\"a\"@evil.example"),
        ] {
            assert_eq!(unwrapped(written), Ok(read), "{written}");
        }
        assert_eq!(unwrapped("\"\""), Err(Rejection::Empty));
    }

    #[test]
    fn what_decoding_lost_is_refused() {
        assert_eq!(prepare("evil\u{FFFD}.example"), Err(Rejection::LostCharacter));
        assert_eq!(visible("two words\u{200B}"), Ok(Cow::from("two words")));
    }
}
