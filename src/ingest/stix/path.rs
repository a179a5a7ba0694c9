//! What a property of an observable is to us, by the path to it.

use crate::indicator::{Field, Kind};

/// What naming a value for a property does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It names an indicator, if nothing else is asked for at the same time.
    Value(Field),
    /// It names one, whatever else is asked of the same object: a hash is of one file, whatever the file's name.
    Identity(Field),
    /// It tells the type of the object that a reference leads to, as in `dst_ref.type`.
    Type,
    /// It tells the platform of an account.
    Platform,
    /// It narrows an address as a port does, which no kind holds.
    Port,
    /// No kind is meant for it.
    None,
}

/// The meaning of a property, by the type of the object and the steps to it; indices of lists are left out.
pub(super) fn meaning(object: &str, steps: &[&str]) -> Meaning {
    if let [.., before, algorithm] = steps
        && (*before == "hashes" || *before == "cert")
    {
        let is_certificate = *before == "cert" || (object == "x509-certificate" && steps.len() == 2);
        return kind_of_hash(algorithm, is_certificate)
            .map_or(Meaning::None, |kind| Meaning::Identity(Field::Kind(kind)));
    }
    match (object, steps) {
        ("ipv4-addr" | "ipv6-addr", ["value"]) => Meaning::Value(Field::Address), // networks too
        ("domain-name", ["value"]) => value(Kind::Domain),
        ("url", ["value"]) => value(Kind::Url),
        ("email-addr", ["value"]) => value(Kind::Email),
        ("mac-addr", ["value"]) => value(Kind::Mac),
        ("autonomous-system", ["number"]) => value(Kind::Asn),
        ("mutex", ["name"]) => value(Kind::Mutex),
        ("windows-registry-key", ["key"]) => value(Kind::Regkey),
        ("file", ["name" | "path"]) => value(Kind::Filename),
        ("file", ["extensions", "windows-pebinary-ext", "imphash"]) => Meaning::Identity(Field::Kind(Kind::Imphash)),
        ("app", ["id"]) => value(Kind::AppId),
        ("user-account", ["account_login" | "user_id"]) => Meaning::Identity(Field::Kind(Kind::Account)),
        ("user-account", ["account_type"]) => Meaning::Platform,
        ("network-traffic", ["dst_port" | "src_port" | "protocols"]) => Meaning::Port,
        ("network-traffic", ["extensions", "http-request-ext", "request_header", "User-Agent"]) => {
            value(Kind::UserAgent)
        }
        (_, [.., reference, "value"]) if is_reference(reference) => Meaning::Value(referred(object, reference)),
        (_, [.., reference, "number"]) if is_reference(reference) => value(Kind::Asn),
        (_, [.., reference, "type"]) if is_reference(reference) => Meaning::Type,
        _ => Meaning::None,
    }
}

/// The field of a value whose object's type a reference does not tell, but a comparison beside it: `dst_ref.type`.
pub(super) fn field_of_type(name: &str) -> Option<Field> {
    match meaning(name, &["value"]) {
        Meaning::Value(field) => Some(field),
        _ => None,
    }
}

/// What the last step leads from: the object that two comparisons are of, if they share it.
pub(super) fn subject<'s, 'p>(steps: &'s [&'p str]) -> &'s [&'p str] {
    match steps {
        [before @ .., "hashes" | "cert", _] | [before @ .., "extensions", _, _] | [before @ .., _] => before,
        [] => &[],
    }
}

/// The kind of a hash by the name of its algorithm, in any of its spellings: `SHA-256`, `sha256`, `SHA_256`.
fn kind_of_hash(algorithm: &str, is_certificate: bool) -> Option<Kind> {
    let name: String = algorithm.chars().filter(char::is_ascii_alphanumeric).collect();
    match (&*name.to_ascii_lowercase(), is_certificate) {
        ("md5", false) => Some(Kind::Md5),
        ("sha1", false) => Some(Kind::Sha1),
        ("sha256", false) => Some(Kind::Sha256),
        ("sha512", false) => Some(Kind::Sha512),
        ("imphash", false) => Some(Kind::Imphash),
        ("sha1", true) => Some(Kind::X509Sha1),
        ("sha256", true) => Some(Kind::X509Sha256),
        _ => None,
    }
}

fn is_reference(step: &str) -> bool {
    step.ends_with("_ref") || step.ends_with("_refs")
}

/// What stands behind a reference: addresses of mail, or whatever the form tells.
fn referred(object: &str, reference: &str) -> Field {
    let is_mail = matches!(reference, "from_ref" | "sender_ref" | "to_refs" | "cc_refs" | "bcc_refs");
    if object == "email-message" && is_mail { Field::Kind(Kind::Email) } else { Field::Any }
}

fn value(kind: Kind) -> Meaning {
    Meaning::Value(Field::Kind(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_by_every_spelling() {
        for name in ["SHA-256", "sha256", "SHA256", "Sha_256"] {
            assert_eq!(meaning("file", &["hashes", name]), Meaning::Identity(Field::Kind(Kind::Sha256)));
            assert_eq!(
                meaning("process", &["image_ref", "hashes", name]),
                Meaning::Identity(Field::Kind(Kind::Sha256))
            );
            assert_eq!(
                meaning("x509-certificate", &["hashes", name]),
                Meaning::Identity(Field::Kind(Kind::X509Sha256))
            );
        }
        for (object, name) in [("file", "SSDEEP"), ("file", "SHA3-256"), ("file", ""), ("x509-certificate", "MD5")] {
            assert_eq!(meaning(object, &["hashes", name]), Meaning::None, "{object} {name}");
        }
    }

    #[test]
    fn paths_without_a_kind() {
        for (object, steps) in [
            ("file", &["size"][..]),
            ("process", &["name"]),
            ("domain-name", &["resolves_to_refs"]),
            ("configuration-profile", &["id"]),
            ("email-message", &["subject"]),
            ("x", &[]),
        ] {
            assert_eq!(meaning(object, steps), Meaning::None, "{object} {steps:?}");
        }
    }
}
