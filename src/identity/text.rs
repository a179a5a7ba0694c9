//! Text by others that will be shown on terminals, in reports and in sentences that people sign.

use thiserror::Error;

/// Why a text is not fit to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextFault {
    /// More bytes than the field holds.
    #[error("is longer than {0} bytes")]
    TooLong(usize),
    /// Begins or ends with a blank, so that two texts could look the same.
    #[error("begins or ends with a blank")]
    OuterBlank,
    /// Controls the terminal, turns the reading direction around, or cannot be seen.
    #[error("holds the character U+{:04X}, which is invisible or changes how text is shown", *.0 as u32)]
    Unshowable(char),
}

/// Accepts one line of visible text of at most `max` bytes: what a terminal shows is what was signed. Letters of every
/// script may pass; look-alike letters do too, so names are for people and fingerprints for checking.
pub fn check_line(text: &str, max: usize) -> Result<(), TextFault> {
    if text.len() > max {
        return Err(TextFault::TooLong(max));
    }
    if let Some(c) = text.chars().find(|c| is_unshowable(*c)) {
        return Err(TextFault::Unshowable(c));
    }
    if text.trim() != text {
        return Err(TextFault::OuterBlank);
    }
    Ok(())
}

/// A name as people tell names apart: without capitals, and with one blank where there are several.
pub fn folded_name(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether a character steers a terminal, turns the reading direction around or cannot be seen.
pub(crate) fn is_unshowable(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c,
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' // bidirectional
            | '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}' | '\u{200B}'
            | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' // invisible
            | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}' // annotations, tags
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_scripts_pass() {
        for text in ["", "Northwind", "Ny Våg AS", "株式会社 例", "شرکت می\u{200C}خواهم", "a - b & c (d)"]
        {
            assert_eq!(check_line(text, 64), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_fools_the_eye_does_not() {
        for c in "\0\n\r\t\u{1b}\u{7f}\u{85}\u{9b}\u{a0}\u{ad}\u{61c}\u{200b}\u{200e}\u{202a}\u{202e}\u{2028}\u{2029}\u{2066}\u{2069}\u{3000}\u{feff}\u{e0041}"
            .chars()
        {
            assert_eq!(check_line(&format!("a{c}b"), 64), Err(TextFault::Unshowable(c)), "{c:?}");
        }
        assert_eq!(check_line(" a", 64), Err(TextFault::OuterBlank));
        assert_eq!(check_line("a ", 64), Err(TextFault::OuterBlank));
        assert_eq!(check_line("åå", 3), Err(TextFault::TooLong(3)));
    }
}
