//! Kinds that are compared as they stand: `app-id`, `filename`, `mutex`, `pdb`, `regkey`, `text`, `user-agent`.
//!
//! **Canonical form.** The value without blanks and invisible characters round it, never refanged; blanks inside stay,
//! several as several. Besides:
//!
//! | kind | canonical form |
//! |---|---|
//! | `app-id` | as it stands: two or more labels of letters, digits, `_` and `-`, with dots between; case tells apart (Android) |
//! | `filename` | as it stands, a path or a name, in its case: most systems that files are found on tell it apart, and feeds name both |
//! | `mutex` | as it stands, with `Global\` or `Local\`: names and namespaces tell case apart |
//! | `pdb` | lower case, as Windows folds the case of paths |
//! | `regkey` | lower case, as the registry folds it; hives in full (`HKLM` is `hkey_local_machine`), one `\` between parts and none at the end |
//! | `text` | as it stands |
//! | `user-agent` | as it stands, without the header's name `User-Agent:` before it |
//!
//! **Source.** Microsoft's documentation of the registry and of kernel objects; RFC 9110 section 10.1.5 for `user-agent`;
//! the form is this program's.
//!
//! **To guess.** Not by trying all. But names of files, mutexes and keys of known malware are published, user agents and the
//! identifiers in app stores are in lists, and text is as guessable as what it says.

use std::borrow::Cow;

use super::{Indicator, Kind, Reading, Rejection};

/// A value where `kind` is named: trimmed, without invisible and control characters, not refanged.
pub(super) fn read(kind: Kind, value: &str) -> Result<Reading, Rejection> {
    let canonical = match kind {
        Kind::AppId => app_id(value).map(Cow::Borrowed),
        Kind::Pdb => Ok(value.to_lowercase().into()),
        Kind::Regkey => regkey(value).map(Cow::Owned),
        Kind::UserAgent => user_agent(value).map(Cow::Borrowed),
        _ => Ok(value.into()),
    };
    match canonical {
        Ok(canonical) if canonical.is_empty() => Err(Rejection::Empty),
        Ok(canonical) => Reading::from(Indicator::new(kind, &*canonical)).bounded(),
        Err(fault) => Err(Rejection::Unfit { kind, fault }),
    }
}

fn app_id(value: &str) -> Result<&str, &'static str> {
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    match value.split('.').all(is_label) {
        false => Err("an app's identifier has labels of letters, digits, `_` and `-`, with single dots between"),
        true if !value.contains('.') => Err("an app's identifier has two labels or more, as in org.example.app"),
        true if value.len() > 255 => Err("an app's identifier is at most 255 bytes long"),
        true => Ok(value),
    }
}

fn user_agent(value: &str) -> Result<&str, &'static str> {
    let mut value = value;
    while let Some((name, rest)) = value.split_at_checked(HEADER.len())
        && name.eq_ignore_ascii_case(HEADER)
    {
        value = super::trim(rest);
    }
    if value.is_empty() { Err("nothing follows the header's name") } else { Ok(value) }
}

/// From the forms of registry editors, scripts and kernel traces.
fn regkey(value: &str) -> Result<String, &'static str> {
    let mut value = value;
    while let Some(key) = value.strip_prefix('[').and_then(|key| key.strip_suffix(']')) {
        value = super::trim(key);
    }
    let folded = value.to_lowercase();
    let mut parts: Vec<&str> = folded.split('\\').filter(|part| !super::trim(part).is_empty()).collect();
    let ahead = parts.iter().take_while(|part| matches!(super::trim(part), "computer" | "registry")).count();
    parts.drain(..ahead);
    if parts.len() < 2 {
        return Err("a registry key has parts with `\\` between, as in HKLM\\Software\\Example");
    }
    parts[0] = hive(super::trim(parts[0]));
    Ok(super::trim(&parts.join("\\")).to_owned())
}

fn hive(name: &str) -> &str {
    match name.trim_end_matches(':') {
        "hklm" | "machine" | "hkey_local_machine" => "hkey_local_machine",
        "hkcu" | "hkey_current_user" => "hkey_current_user",
        "hkcr" | "hkey_classes_root" => "hkey_classes_root",
        "hku" | "user" | "hkey_users" => "hkey_users",
        "hkcc" | "hkey_current_config" => "hkey_current_config",
        _ => name,
    }
}

const HEADER: &str = "User-Agent:";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KINDS: [Kind; 7] =
        [Kind::AppId, Kind::Filename, Kind::Mutex, Kind::Pdb, Kind::Regkey, Kind::Text, Kind::UserAgent];

    proptest! {
        #[test]
        fn canonical_forms_are_fixed_points(
            kind in prop::sample::select(&KINDS),
            value in r"\PC{1,20}|\[?(computer\\|HKLM:?\\|\\REGISTRY\\MACHINE\\|user-agent: ?){0,3}[ -~İΣß]{0,20}",
        ) {
            if let Ok(reading) = Indicator::read_as(kind, &value, None) {
                prop_assert_eq!(Indicator::read_as(kind, reading.indicator.value(), None), Ok(reading.clone()));
            }
        }
    }
}
