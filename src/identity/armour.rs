//! Bytes as text that survives e-mail: `-----BEGIN MANDORLA CARD-----`, base64 in 64 columns, `-----END …-----`.

use std::fmt::Write as _;

use data_encoding::BASE64;
use thiserror::Error;

/// The kind of an armoured card.
pub const CARD: &str = "MANDORLA CARD";

/// The kind of an armoured card with the cards that it succeeds.
pub const SUCCESSOR_CARD: &str = "MANDORLA SUCCESSOR CARD";

/// The longest text, in bytes, in which an armoured block is looked for.
pub const MAX_ARMOUR: usize = 4 << 20;

const COLUMNS: usize = 64;
const OURS: &str = "MANDORLA ";

/// A text without the block that it should hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ArmourError {
    /// Longer than anything that is sent this way.
    #[error("longer than {0} bytes: this is not the file you mean")]
    TooLong(usize),
    /// No block of any kind of ours.
    #[error("no line `-----BEGIN {wanted}-----` in it: copy the whole block, with its first and last line")]
    NoBlock {
        /// The kind asked for.
        wanted: &'static str,
    },
    /// A block of another kind.
    #[error("holds a {found}, not a {wanted}")]
    WrongKind {
        /// The kind asked for.
        wanted: &'static str,
        /// The kind in the text: capital letters, digits and blanks only.
        found: String,
    },
    /// More than one block: which is meant is not for us to guess.
    #[error("holds more than one block: give one at a time")]
    TwoBlocks,
    /// The last line is missing.
    #[error("the line `-----END {wanted}-----` is missing: copy the whole block")]
    Unfinished {
        /// The kind asked for.
        wanted: &'static str,
    },
    /// What is between the lines is no base64.
    #[error("the block of {wanted} is damaged: ask for it as an attached file")]
    Damaged {
        /// The kind asked for.
        wanted: &'static str,
    },
}

/// The armoured text of `bytes`. `kind` is [`CARD`] or another constant of capital letters; with a kind of RFC 7468 the
/// text is that PEM.
pub fn armour(kind: &'static str, bytes: &[u8]) -> String {
    let body = BASE64.encode(bytes);
    let mut text = format!("-----BEGIN {kind}-----\n");
    for line in body.as_bytes().chunks(COLUMNS) {
        text.push_str(str::from_utf8(line).expect("base64 is ASCII"));
        text.push('\n');
    }
    writeln!(text, "-----END {kind}-----").expect("a String takes every write");
    text
}

/// The bytes of the one block of `kind` in a text. Text around it, quoting, other line ends and blanks are passed over:
/// mail programs add them.
pub fn dearmour(kind: &'static str, text: &str) -> Result<Vec<u8>, ArmourError> {
    dearmour_within(kind, text, MAX_ARMOUR)
}

/// As [`dearmour`], for texts up to another length than [`MAX_ARMOUR`].
pub fn dearmour_within(kind: &'static str, text: &str, max: usize) -> Result<Vec<u8>, ArmourError> {
    if text.len() > max {
        return Err(ArmourError::TooLong(max));
    }
    let mut lines = text.lines().map(unquote);
    let Some(found) = lines.find_map(|line| begins(kind, line)) else {
        return Err(ArmourError::NoBlock { wanted: kind });
    };
    if found != kind {
        return Err(ArmourError::WrongKind { wanted: kind, found: found.to_owned() });
    }
    let end = format!("-----END {kind}-----");
    let mut body = Vec::with_capacity(text.len());
    loop {
        match lines.next() {
            None => return Err(ArmourError::Unfinished { wanted: kind }),
            Some(line) if line == end => break,
            Some(line) if begins(kind, line).is_some() => return Err(ArmourError::Unfinished { wanted: kind }),
            Some(line) => body.extend(line.chars().filter(|c| !is_blank(*c)).map(|c| u8::try_from(c).unwrap_or(b'!'))),
        }
    }
    if lines.any(|line| begins(kind, line).is_some()) {
        return Err(ArmourError::TwoBlocks);
    }
    BASE64.decode(&body).map_err(|_| ArmourError::Damaged { wanted: kind })
}

/// The kind of the first block of ours in a text.
pub fn armoured_kind(text: &str) -> Option<&str> {
    text.lines().map(unquote).find_map(|line| begins(OURS, line))
}

/// The kind that a first line announces. Blocks of others, as a signed e-mail has, are text like any other.
fn begins<'a>(wanted: &str, line: &'a str) -> Option<&'a str> {
    let kind = line.strip_prefix("-----BEGIN ")?.strip_suffix("-----")?;
    let plain = kind.len() <= 40 && kind.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ');
    (plain && (kind == wanted || kind.starts_with(OURS))).then_some(kind)
}

/// A line without quotation marks, blanks around it, and the `- ` that OpenPGP puts before dashes. None of these
/// characters is base64's.
fn unquote(line: &str) -> &str {
    let line = line.trim_start_matches(|c| is_blank(c) || c == '>').trim_end_matches(is_blank);
    line.strip_prefix("- ").unwrap_or(line)
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (Vec<u8>, String) {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = armour(CARD, &bytes);
        (bytes, text)
    }

    #[test]
    fn has_one_spelling() {
        assert_eq!(
            armour(CARD, &[0; 49]),
            "-----BEGIN MANDORLA CARD-----\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nAA==\n\
             -----END MANDORLA CARD-----\n"
        );
        assert_eq!(dearmour(CARD, &armour(CARD, b"")), Ok(vec![]));
    }

    #[test]
    fn survives_email() {
        let (bytes, text) = sample();
        let each_line = |f: &dyn Fn(&str) -> String| text.lines().map(f).collect::<Vec<_>>().join("\n");
        let wrapped = |columns: usize| {
            let body = BASE64.encode(&bytes);
            let lines: Vec<_> = body.as_bytes().chunks(columns).map(|line| str::from_utf8(line).unwrap()).collect();
            format!("-----BEGIN {CARD}-----\n{}\n-----END {CARD}-----", lines.join("\n"))
        };
        let openpgp = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n";
        for (name, mangled) in [
            ("as it was", text.clone()),
            ("CRLF", text.replace('\n', "\r\n")),
            ("quoted", each_line(&|line| format!("> {line}"))),
            ("quoted twice", each_line(&|line| format!(">> {line}"))),
            ("quoted with gaps", each_line(&|line| format!("> > {line} "))),
            ("blanks around", each_line(&|line| format!(" \t{line}  "))),
            ("non-breaking spaces", each_line(&|line| format!("\u{a0}{line}\u{a0}"))),
            ("blank lines between", text.replace('\n', "\n\n")),
            ("byte order mark", format!("\u{feff}{text}")),
            ("text around", format!("Dear all,\nour card:\n{text}-- \nTrust desk\n-----\n")),
            ("wrapped shorter", wrapped(40)),
            ("wrapped longer", wrapped(76)),
            (
                "in a signed e-mail",
                format!("{openpgp}{}\n-----BEGIN PGP SIGNATURE-----\n", each_line(&|l| format!("- {l}"))),
            ),
            ("no last line end", text.trim_end().to_owned()),
        ] {
            assert_eq!(dearmour(CARD, &mangled).as_ref(), Ok(&bytes), "{name}");
        }
    }

    #[test]
    fn refuses_what_is_unclear() {
        let (_, text) = sample();
        let wanted = CARD;
        let charter = armour("MANDORLA CHARTER", b"x");
        let cut = text.lines().take(3).collect::<Vec<_>>().join("\n");
        for (name, text, error) in [
            ("nothing", String::new(), ArmourError::NoBlock { wanted }),
            ("another program's", armour("CERTIFICATE", b"x"), ArmourError::NoBlock { wanted }),
            ("a charter", charter.clone(), ArmourError::WrongKind { wanted, found: "MANDORLA CHARTER".into() }),
            ("a kind that paints", "-----BEGIN MANDORLA \x1b[31m-----".into(), ArmourError::NoBlock { wanted }),
            ("two cards", text.repeat(2), ArmourError::TwoBlocks),
            ("a card and a charter", format!("{text}{charter}"), ArmourError::TwoBlocks),
            ("cut off", cut.clone(), ArmourError::Unfinished { wanted }),
            ("cut off before another", format!("{cut}\n{text}"), ArmourError::Unfinished { wanted }),
            ("other last line", text.replace("END MANDORLA CARD", "END CARD"), ArmourError::Unfinished { wanted }),
            ("a letter lost", text.replacen("AAEC", "AEC", 1), ArmourError::Damaged { wanted }),
            ("a letter of another script", text.replacen("AAEC", "АAEC", 1), ArmourError::Damaged { wanted }),
            ("words inside", text.replacen("AAEC", "(quote)", 1), ArmourError::Damaged { wanted }),
            ("too long", " ".repeat(MAX_ARMOUR + 1), ArmourError::TooLong(MAX_ARMOUR)),
        ] {
            assert_eq!(dearmour(CARD, &text), Err(error), "{name}");
        }
    }
}
