//! `credential`: logins with a digest of their secrets.
//!
//! **Canonical form.** `user:blake3-` and 32 hex digits, lower case. The user is an e-mail address in its [canonical
//! form](super::email), or a name as it is written: systems differ in whether they fold its case. The digest is the first
//! 16 bytes of `H(mandorla/1 credential; user, secret)`, with `H` as in the [manual](crate::manual). The secret itself
//! stands in no indicator, file or message, and what is copied of it here is wiped.
//!
//! Read are `user:secret`, and `;`, `|` or a tab for the colon: the first of these ends the user. The secret is all that
//! follows, blanks included but for those at the end of the line, and it is not refanged. A secret of the form `blake3-`
//! and 32 hex digits is taken for the digest, so that a member can hold digests and no secrets. Never recognised by its
//! form: where no place names this kind, no value is one.
//!
//! **Source.** The form is this program's; BLAKE3 in its mode `derive_key`.
//!
//! **To guess.** Lists of users are public, and so are lists of secrets; the digest is fast to compute, so that a holder of a
//! digest can try every secret of a list, some 10^9 in minutes. A digest of a weak secret is as good as the secret: keep it so.

use blake3::Hasher;
use data_encoding::HEXLOWER;
use zeroize::Zeroize;

use super::{Indicator, Kind, Reading, Rejection};

/// A login where the kind is named. `raw` is as it was written, not refanged.
pub(super) fn read(raw: &str) -> Result<Reading, Rejection> {
    let line = super::trim(raw); // readers of files cannot tell a blank at the end of a line from one of the secret
    if line.len() > Indicator::MAX_LEN {
        return Err(Rejection::TooLong);
    }
    let unfit = |fault| Rejection::Unfit { kind: Kind::Credential, fault };
    let (user, secret) = line.split_once(SEPARATORS).ok_or(if super::trim(line).is_empty() {
        Rejection::Empty
    } else {
        unfit("a credential is written `user:secret`")
    })?;
    if secret.is_empty() {
        return Err(unfit("no secret follows the user; name the kind email or account for users alone"));
    }
    if secret.starts_with("//") {
        return Err(unfit("a URL stands before the user; write `user:secret`"));
    }
    if secret.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Rejection::LostCharacter);
    }
    if secret.chars().any(char::is_control) {
        return Err(Rejection::ControlCharacter);
    }
    let user = canonical_user(super::trim(user))?;
    let digest = written_digest(secret).unwrap_or_else(|| digest(&user, secret));
    Ok(Indicator::new(Kind::Credential, format!("{user}:{PREFIX}{digest}")).into())
}

/// An e-mail address if it is one, or the name.
fn canonical_user(user: &str) -> Result<String, Rejection> {
    let unfit = |fault| Err(Rejection::Unfit { kind: Kind::Credential, fault });
    if let Ok(email) = Indicator::parse(Kind::Email, user)
        && email.kind() == Kind::Email
    {
        return Ok(email.value().to_owned());
    }
    match user {
        "" => unfit("no user stands before the secret"),
        _ if user.len() > MAX_USER => unfit("the user is longer than 320 bytes"),
        _ if user.chars().any(|c| c.is_control() || super::prepare::is_bidi_control(c)) => {
            Err(Rejection::ControlCharacter)
        }
        _ if user.contains(char::is_whitespace) => unfit("a blank stands in the user; write `user:secret`"),
        _ => Ok(user.to_owned()),
    }
}

fn written_digest(secret: &str) -> Option<String> {
    let digest = secret.strip_prefix(PREFIX)?;
    (digest.len() == 32 && digest.bytes().all(|b| b.is_ascii_hexdigit())).then(|| digest.to_ascii_lowercase())
}

/// As [`transcript::hash`](crate::transcript::hash), but nothing of the secret stays in the hasher.
fn digest(user: &str, secret: &str) -> String {
    let mut hasher = Hasher::new_derive_key(CONTEXT);
    for part in [user, secret] {
        let length = u32::try_from(part.len()).expect("a value is at most MAX_LEN bytes");
        hasher.update(&length.to_le_bytes()).update(part.as_bytes());
    }
    let hash = hasher.finalize();
    hasher.zeroize();
    HEXLOWER.encode(&hash.as_bytes()[..16])
}

const CONTEXT: &str = "mandorla/1 credential";
const PREFIX: &str = "blake3-";
const SEPARATORS: [char; 4] = [':', ';', '|', '\t'];

/// A local part of 64 bytes, `@`, and a domain.
const MAX_USER: usize = 320;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{self, Label};
    use proptest::prelude::*;

    fn canonical(raw: &str) -> String {
        read(raw).unwrap().indicator.value().to_owned()
    }

    #[test]
    fn the_digest_is_that_of_the_manual() {
        const LABEL: Label = Label::new("mandorla/1 credential");
        let digest = HEXLOWER.encode(&transcript::hash(LABEL, &[b"jane@evil.example", b"Pa:ss w0rd"])[..16]);
        for raw in [
            "jane@evil.example:Pa:ss w0rd ",
            "Jane@EVIL[.]example;Pa:ss w0rd \r\n",
            " jane@evil.example|Pa:ss w0rd ",
            "jane@evil.example\tPa:ss w0rd ",
        ] {
            assert_eq!(canonical(raw), format!("jane@evil.example:blake3-{digest}"), "{raw:?}");
        }
    }

    #[test]
    fn every_difference_in_user_and_secret_tells() {
        let logins =
            ["jane:secret", "Jane:secret", "jane:Secret", "jane: secret", "jane:sec ret", "jane:hxxp[.]", "jane:http."];
        let values: std::collections::BTreeSet<_> = logins.into_iter().map(canonical).collect();
        assert_eq!(values.len(), logins.len());
    }

    #[test]
    fn no_message_holds_a_part_of_the_login() {
        for raw in [
            "hunter",
            "hunter:",
            ":hunter",
            "hunter 2:hunter",
            "https://hunter.example:hunter:hunter",
            "hunter:hun\0ter",
        ] {
            let rejection = read(raw).unwrap_err();
            assert!(!format!("{rejection} {rejection:?}").contains("hunter"), "{raw:?}");
        }
        assert!(!format!("{:?}", read("hunter:hunter").unwrap()).contains("hunter"));
    }

    proptest! {
        #[test]
        fn canonical_forms_are_fixed_points(raw in "\\PC{0,12}[:;|\t]\\PC{0,40}|[a-z@.]{1,20}:blake3-[0-9a-fA-F]{32}") {
            if let Ok(reading) = read(&raw) {
                prop_assert_eq!(read(reading.indicator.value()), Ok(reading.clone()));
            }
        }
    }
}
