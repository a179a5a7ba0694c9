//! `email`: e-mail addresses.
//!
//! **Canonical form.** `local@domain`: the local part lower-cased (no provider of size tells case apart), its plus tags and
//! dots kept, 64 bytes at most; the domain as a [`domain`] of two labels or more. A leading `mailto:` is
//! dropped. Refused: quoted local parts, comments, address literals (`a@[192.0.2.1]`), display names.
//!
//! **Source.** RFC 5321 section 4.1.2 (`Dot-string`, though dots may stand anywhere, since real mailboxes have them so) and
//! RFC 6531 for letters beyond ASCII.
//!
//! **To guess.** Some 10^10 mailboxes; leaked lists hold most of them.

use super::{Indicator, Kind, Rejection, domain};

/// An address where the kind is named.
pub(super) fn read(value: &str) -> Result<Indicator, Rejection> {
    canonical(value).map_err(|fault| Rejection::Unfit { kind: Kind::Email, fault })
}

fn canonical(value: &str) -> Result<Indicator, &'static str> {
    let (local, host) = split(value).ok_or("an e-mail address has one @, with text on both sides")?;
    if local.contains(['"', '\\', '(', ')', '<', '>', '[', ']', ',', ';', ':']) {
        return Err(
            "the part before the @ is quoted or holds a character that it may not hold; write the bare address",
        );
    }
    let local = local.to_lowercase();
    if local.len() > 64 {
        return Err("the part before the @ is longer than 64 bytes");
    }
    let host = domain::canonical(host)?;
    if domain::labels(&host) < 2 {
        return Err("what follows the @ is no domain of two labels or more");
    }
    Ok(Indicator::new(Kind::Email, format!("{local}@{host}")))
}

fn split(value: &str) -> Option<(&str, &str)> {
    let is_mailto = value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let (local, host) = value[if is_mailto { 7 } else { 0 }..].split_once('@')?;
    (!local.is_empty() && !host.is_empty() && !host.contains('@')).then_some((local, host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        for (raw, value) in [
            ("Jane.Doe+News@Evil.Example", "jane.doe+news@evil.example"),
            ("mailto:a@evil.example.", "a@evil.example"),
            ("MAILTO:a@evil.example", "a@evil.example"),
            ("a..b.@evil.example", "a..b.@evil.example"),
            ("a@bücher.example", "a@xn--bcher-kva.example"),
            ("JÜRGEN@evil.example", "jürgen@evil.example"),
            ("o'hara_{x}@evil.example", "o'hara_{x}@evil.example"),
        ] {
            assert_eq!(read(raw), Ok(Indicator::new(Kind::Email, value)), "{raw}");
        }
    }

    #[test]
    fn refuses_with_the_reason() {
        let long = format!("{}@evil.example", "a".repeat(65));
        for (raw, reason) in [
            ("evil.example", "one @"),
            ("@evil.example", "one @"),
            ("a@", "one @"),
            ("a@b@evil.example", "one @"),
            ("\"a\"@evil.example", "quoted"),
            ("<a@evil.example>", "quoted"),
            ("twitter:a@evil.example", "quoted"),
            ("a@[192.0.2.1]", "character"),
            ("a@192.0.2.1", "number"),
            ("a@*.evil.example", "asterisk"),
            ("a@localhost", "two labels"),
            (&long, "64"),
        ] {
            let message = read(raw).unwrap_err().to_string();
            assert!(message.contains(reason), "{raw}: {message}");
        }
    }
}
