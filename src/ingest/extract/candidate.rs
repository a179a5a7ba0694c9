//! Runs of characters that may be a name or an address, as they are written and as they are meant.

use super::marks::units;

/// A run of letters, digits, hyphens, underscores and dots, some perhaps defanged.
pub(super) struct Run {
    /// How many bytes it takes, without dots and hyphens at the end.
    pub(super) len: usize,
    /// The same, as it is meant.
    pub(super) plain: String,
    /// Whether something in it is defanged.
    pub(super) is_marked: bool,
}

/// The run that `text` begins with. Nothing, if it is longer than any name.
pub(super) fn run(text: &str) -> Option<Run> {
    let mut plain = String::new();
    let (mut end, mut plain_end, mut marks, mut marks_at_end) = (0, 0, 0, 0);
    for (at, unit) in units(text) {
        if !is_name_char(unit.char) {
            break;
        }
        plain.push(unit.char);
        marks += usize::from(unit.is_mark);
        if !matches!(unit.char, '.' | '-' | '_') {
            (end, plain_end, marks_at_end) = (at + unit.len, plain.len(), marks);
        }
        if plain.len() > MAX_RUN {
            return None;
        }
    }
    plain.truncate(plain_end);
    Some(Run { len: end, plain, is_marked: marks_at_end > 0 })
}

/// Characters of names. What is no UTF-8 counts, so that a name with such bytes is not cut into a part that looks whole.
/// Scripts without blanks do not, so that a name in the midst of them is found.
pub(super) fn is_name_char(c: char) -> bool {
    (c.is_alphanumeric() && !is_unspaced(c)) || matches!(c, '.' | '-' | '_' | '\u{FFFD}')
}

/// Kana, Hangul and Han.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}')
}

/// How many bytes at the start of `text` are a colon, defanged or not, and a port.
pub(super) fn port_len(text: &str) -> usize {
    let colon = match super::marks::first(text) {
        Some(unit) if unit.char == ':' => unit.len,
        _ => return 0,
    };
    let digits = text[colon..].bytes().take_while(u8::is_ascii_digit).count();
    let is_whole = !text[colon + digits..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    if (1..=5).contains(&digits) && is_whole { colon + digits } else { 0 }
}

/// `text` without the punctuation and the unbalanced brackets at its end, and whether an ellipsis was among it.
pub(super) fn trimmed_end(text: &str) -> (&str, bool) {
    if let Some(cut) = ["[...]", "[…]", "(...)", "[snip]"].iter().find_map(|mark| text.strip_suffix(mark)) {
        return (cut, true);
    }
    let mut open = Brackets::of(text);
    let mut rest = text;
    while let Some(last) = rest.chars().next_back() {
        let is_outside =
            matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '\\' | '…') || open.is_stray(last);
        if !is_outside {
            break;
        }
        rest = &rest[..rest.len() - last.len_utf8()];
    }
    let tail = &text[rest.len()..];
    (rest, tail.contains("...") || tail.contains('…'))
}

/// How many brackets close more than were opened, of each sort.
struct Brackets([isize; 3]);

impl Brackets {
    fn of(text: &str) -> Self {
        let mut surplus = [0; 3];
        for byte in text.bytes() {
            if let Some(sort) = b"([{".iter().position(|b| *b == byte) {
                surplus[sort] -= 1;
            } else if let Some(sort) = b")]}".iter().position(|b| *b == byte) {
                surplus[sort] += 1;
            }
        }
        Self(surplus)
    }

    /// Whether `last`, at the end, closes what was not opened; it is taken away then.
    fn is_stray(&mut self, last: char) -> bool {
        let Some(sort) = [')', ']', '}'].iter().position(|c| *c == last) else { return false };
        let is_stray = self.0[sort] > 0;
        self.0[sort] -= isize::from(is_stray);
        is_stray
    }
}

/// More than the 253 bytes of a name, for marks and letters beyond ASCII.
const MAX_RUN: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_where_names_do() {
        for (text, written, plain, is_marked) in [
            ("evil.example/x", "evil.example", "evil.example", false),
            ("evil[.]example.", "evil[.]example", "evil.example", true),
            ("evil.example[.]", "evil.example", "evil.example", false),
            ("bombay.com[.ar)", "bombay.com[.ar", "bombay.com.ar", false),
            ("cmctt.]com", "cmctt.]com", "cmctt.com", false),
            ("bücher.example的", "bücher.example", "bücher.example", false),
            ("a--_.", "a", "a", false),
            ("", "", "", false),
        ] {
            let run = run(text).unwrap();
            assert_eq!((&text[..run.len], &*run.plain, run.is_marked), (written, plain, is_marked), "{text}");
        }
        assert!(run(&"a".repeat(MAX_RUN + 1)).is_none());
    }

    #[test]
    fn ports() {
        for (text, len) in [(":80", 3), ("[:]443/x", 6), (":80.", 3), (":80a", 0), (":123456", 0), (":", 0), ("80", 0)]
        {
            assert_eq!(port_len(text), len, "{text}");
        }
    }

    #[test]
    fn ends_are_trimmed_but_for_what_belongs() {
        for (text, trimmed, is_cut) in [
            ("http://a.example/b.", "http://a.example/b", false),
            ("http://a.example/b).", "http://a.example/b", false),
            ("http://a.example/b_(c)", "http://a.example/b_(c)", false),
            ("http://a.example/b_(c))!?", "http://a.example/b_(c)", false),
            ("http://[2001:db8::1]", "http://[2001:db8::1]", false),
            ("http://a.example/b...", "http://a.example/b", true),
            ("http://a.example/b…\"", "http://a.example/b…\"", false),
            ("http://a.example/b…)", "http://a.example/b", true),
            ("http://a.example/b[...]", "http://a.example/b", true),
            ("'\\", "", false),
        ] {
            assert_eq!(trimmed_end(text), (trimmed, is_cut), "{text}");
        }
    }
}
