//! `email`: e-mail addresses.
//!
//! **Canonical form.** `local@domain`: the local part lower-cased (no provider of size tells case apart), its plus tags and
//! dots kept, 64 bytes at most; the domain as a [`domain`] of two labels or more. A leading `mailto:` is
//! dropped with what its link asks for, and of `Jane <a@b.example>` all but what stands between the angle brackets. Refused:
//! quoted local parts, comments, address literals (`a@[192.0.2.1]`).
//!
//! **Source.** RFC 5321 section 4.1.2 (`Dot-string`, though dots may stand anywhere, since real mailboxes have them so),
//! RFC 5322 section 3.4 for names in front, RFC 6531 for letters beyond ASCII, RFC 6068 for `mailto:`.
//!
//! **To guess.** Some 10^10 mailboxes; leaked lists hold most of them.

use super::{Indicator, Kind, Reading, Rejection, domain, prepare};

/// An address where the kind is named.
pub(super) fn read(value: &str) -> Result<Reading, Rejection> {
    let address = in_angles(value).unwrap_or(value);
    prepare::refuse_blanks(address)?;
    match canonical(address) {
        Ok(canonical) => Ok(Indicator::new(Kind::Email, canonical).into()),
        Err(fault) => Err(Rejection::Unfit { kind: Kind::Email, fault }),
    }
}

/// The address behind a name: `a@b.example` of `Jane <a@b.example>`.
pub(super) fn in_angles(value: &str) -> Option<&str> {
    let (name, address) = value.strip_suffix('>')?.rsplit_once('<')?;
    (!name.contains(['<', '>']) && address.contains('@')).then(|| prepare::trim(address))
}

fn canonical(value: &str) -> Result<String, &'static str> {
    let (local, host) = split(without_link(value)).ok_or("an e-mail address has one @, with text on both sides")?;
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
    Ok(format!("{local}@{host}"))
}

/// The address of a `mailto:` link, without subject and text.
fn without_link(value: &str) -> &str {
    match value.split_at_checked(7) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("mailto:") => {
            prepare::trim(rest.split_once('?').map_or(rest, |(address, _)| address))
        }
        _ => value,
    }
}

fn split(address: &str) -> Option<(&str, &str)> {
    let (local, host) = address.split_once('@')?;
    (!local.is_empty() && !host.is_empty() && !host.contains('@')).then_some((local, host))
}
