//! Text that was written by attackers, made harmless to a terminal.

use serde::Serialize;

use crate::identity::is_unshowable;

/// Text that cannot steer a terminal: control characters, marks that turn the direction of writing and characters that
/// cannot be seen become `\u{…}`.
pub fn sanitize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// JSON, indented, with a newline at its end, that cannot steer a terminal either. What [`sanitize`] would change is
/// written as `\uXXXX`, which JSON reads back as it was.
pub fn harmless_json(value: &impl Serialize) -> String {
    let json = serde_json::to_string_pretty(value).expect("a report has only texts, numbers and lists");
    let mut out = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if c != '\n' && steers(c) {
            let mut units = [0; 2];
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}

fn steers(c: char) -> bool {
    is_unshowable(c) && !c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200C}' | '\u{200D}' | '\u{2028}' | '\u{2029}' | '\u{FE00}'..='\u{FE0F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_cannot_steer_a_terminal() {
        assert_eq!(sanitize("a\u{1b}[2Jb\u{202e}c\nd"), "a\\u{1b}[2Jb\\u{202e}c\\u{a}d");
        assert_eq!(
            sanitize("a\u{ad}b\u{3164}c\u{e0041}d\u{fff9}e\u{fe0f}"),
            "a\\u{ad}b\\u{3164}c\\u{e0041}d\\u{fff9}e\\u{fe0f}"
        );
        assert_eq!(sanitize("bücher.example 東京"), "bücher.example 東京");
    }

    #[test]
    fn hostile_text_in_json_reads_back_and_steers_nothing() {
        let text = "a\u{1b}[2J\u{202e}\u{7f}\u{9b}\u{e0041}\n\u{2028}é";
        let json = harmless_json(&[text]);
        assert!(!json.chars().any(|c| steers(c) && c != '\n') && json.contains("\\udb40\\udc41"), "{json}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
    }
}
