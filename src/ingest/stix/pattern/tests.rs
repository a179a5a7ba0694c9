use proptest::prelude::*;

use super::meaning::{CONJUNCTION, NO_KIND, SEVERAL};
use super::parse::NEGATED;
use super::*;

/// The values, `beside`, and the reasons, in words.
fn terms(pattern: &str) -> Vec<String> {
    let term = |term| match term {
        Term::Value(value) => format!("{:?} {}", value.field, value.text),
        Term::Beside => "beside".to_owned(),
        Term::Refused(reason) => reason.to_string(),
    };
    read(pattern).unwrap_or_else(|reason| vec![Term::Refused(reason)]).into_iter().map(term).collect()
}

fn refused(reason: &'static str) -> String {
    Rejection::Pattern(reason).to_string()
}

#[test]
fn patterns_that_name_values() {
    for (pattern, expected) in [
        ("[domain-name:value='a']", &["Kind(Domain) a"][..]),
        (" [ ipv4-addr:value == 'a' ] ", &["Address a"]),
        ("[ipv6-addr:value = 'a' or url:value in ('b', 'c')]", &["Address a", "Kind(Url) b", "Kind(Url) c"]),
        ("[url:value IN ()]", &[]),
        ("[mutex:name = 'a'] OR [mutex:name = 'b']", &["Kind(Mutex) a", "Kind(Mutex) b"]),
        ("([mutex:name = 'a' ] REPEATS 5 TIMES) WITHIN 300.5 SECONDS", &["Kind(Mutex) a"]),
        ("[mutex:name='a'] START t'2026-01-01T00:00:00Z' STOP t'2026-01-02T00:00:00Z'", &["Kind(Mutex) a"]),
        ("[ipv4-addr:value ISSUBSET '203.0.113.0/24']", &["Address 203.0.113.0/24"]),
        ("[autonomous-system:number = 64496]", &["Kind(Asn) 64496"]),
        (r"[mutex:name = 'it\'s \\a\b']", &[r"Kind(Mutex) it's \a\b"]),
        (r"[windows-registry-key:key = 'HKLM\\Software\Run']", &[r"Kind(Regkey) HKLM\Software\Run"]),
        (
            "[file:hashes.'SHA-256' = 'a' OR file:hashes.SHA256 = 'b'  OR file:hashes.md5 = 'c']",
            &["Kind(Sha256) a", "Kind(Sha256) b", "Kind(Md5) c"],
        ),
        ("[file:hashes.SHA-1 = 'a']", &["Kind(Sha1) a"]),
        ("[x509-certificate:hashes.'SHA-1' = 'a']", &["Kind(X509Sha1) a"]),
        ("[file:extensions.'windows-pebinary-ext'.imphash = 'a']", &["Kind(Imphash) a"]),
        (
            "[email-message:from_ref.value = 'a' OR email-message:to_refs[*].value = 'b']",
            &["Kind(Email) a", "Kind(Email) b"],
        ),
        ("[app:id = 'a' OR file:path = 'b']", &["Kind(AppId) a", "Kind(Filename) b"]),
        ("[network-traffic:dst_ref.value = 'a']", &["Any a"]),
        ("[user-account:user_id = 'a']", &["Kind(Account) a"]),
    ] {
        assert_eq!(terms(pattern), expected, "{pattern}");
    }
}

#[test]
fn conjunctions_that_name_one_thing() {
    for (pattern, expected) in [
        ("[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = 'a']", &["Address a"][..]),
        (
            "[network-traffic:dst_ref.type = 'domain-name' AND network-traffic:dst_ref.value IN ('a', 'b')]",
            &["Kind(Domain) a", "Kind(Domain) b"],
        ),
        ("[network-traffic:src_ref.value = 'a' AND network-traffic:src_port > 80]", &["Any a", "beside"]),
        ("[user-account:account_type = 'twitter' AND user-account:account_login = 'a']", &["AccountOn(\"twitter\") a"]),
        (
            "[(user-account:account_type = 'x' AND user-account:user_id = '1') AND user-account:account_login = 'a']",
            &["AccountOn(\"x\") 1", "AccountOn(\"x\") a"],
        ),
        (
            "[file:hashes.MD5 = 'a' AND (file:hashes.'SHA-1' = 'b' AND file:name LIKE '%.exe')]",
            &["Kind(Md5) a", "Kind(Sha1) b"],
        ),
        (
            "[file:name = 'a' AND (file:hashes.MD5 = 'b' OR file:hashes.MD5 = 'c') AND file:size = 3]",
            &["Kind(Md5) b", "Kind(Md5) c"],
        ),
        ("[x509-certificate:hashes.SHA1 = 'a' AND x509-certificate:issuer = 'b']", &["Kind(X509Sha1) a"]),
        ("[mutex:name = 'a' AND mutex:name = 'a']", &["Kind(Mutex) a"]),
    ] {
        assert_eq!(terms(pattern), expected, "{pattern}");
    }
}

#[test]
fn patterns_that_no_value_stands_for() {
    for (pattern, reason) in [
        ("[domain-name:value = 'a' AND ipv4-addr:value = 'b']", CONJUNCTION),
        ("[domain-name:value = 'a' AND domain-name:resolves_to_refs[0].value = 'b']", CONJUNCTION),
        ("[domain-name:value = 'a' AND ipv4-addr:value != 'b']", CONJUNCTION),
        ("[file:hashes.MD5 = 'a' AND mutex:name = 'b']", CONJUNCTION),
        ("[file:hashes.MD5 = 'a' AND file:parent_ref.hashes.MD5 = 'b' AND process:name = 'c']", CONJUNCTION),
        ("[file:name = 'a' AND file:size = 3]", CONJUNCTION),
        ("[mutex:name = 'a'] AND [mutex:name = 'b']", SEVERAL),
        ("[mutex:name = 'a'] FOLLOWEDBY [mutex:name = 'b'] WITHIN 5 SECONDS", SEVERAL),
        ("[x509-certificate:issuer = 'a' AND x509-certificate:serial_number = 'b']", NO_KIND),
        ("[network-traffic:dst_port = 80]", NO_KIND),
        ("[network-traffic:dst_port = 80 AND network-traffic:protocols[*] = 'tcp']", NO_KIND),
        ("[configuration-profile:id = 'a']", NO_KIND),
        ("[file:size ISSUBSET 'a']", NO_KIND),
        ("[mutex:name != 'a']", NEGATED),
        ("[mutex:name NOT IN ('a', 'b')]", NEGATED),
        ("[NOT (mutex:name = 'a')]", NEGATED),
        ("[NOT mutex:name = 'a']", NEGATED),
        ("[mutex:name = h'6162']", "names a value that is no text"),
    ] {
        assert_eq!(terms(pattern), [refused(reason)], "{pattern}");
    }
    for (pattern, reason) in [
        ("[file:name MATCHES '^a']", "regular expression"),
        ("[file:name NOT LIKE 'a%']", "excludes"),
        ("[file:size >= 5]", "one side"),
        ("[ipv4-addr:value ISSUPERSET '203.0.113.7']", "networks that hold"),
        ("[EXISTS mutex:name]", "is there"),
    ] {
        let terms = terms(pattern);
        assert!(terms.len() == 1 && terms[0].contains(reason), "{pattern}: {terms:?}");
    }
}

#[test]
fn alternatives_stand_each_for_itself() {
    let expected = ["Kind(Mutex) a".to_owned(), refused(CONJUNCTION), "Kind(Mutex) b".to_owned(), refused(SEVERAL)];
    let pattern = "[mutex:name = 'a' OR domain-name:value = 'c' AND url:value = 'd' OR mutex:name = 'b'] \
                   OR [mutex:name = 'e'] AND [mutex:name = 'f']";
    assert_eq!(terms(pattern), expected);
}

#[test]
fn refuses_what_is_no_pattern() {
    for pattern in [
        "",
        "a",
        "[]",
        "[mutex:name]",
        "[mutex:name = ]",
        "[mutex = 'a']",
        "[mutex:name = 'a'",
        "[mutex:name = 'a' mutex:name = 'b']",
        "[mutex:name = 'a]",
        "[mutex:name = 'a\\']",
        "[mutex:name = \"a\"]",
        "[mutex:name = 'a'] [mutex:name = 'b']",
        "[mutex:name IN ('a' 'b')]",
        "[mutex:name IN 'a']",
        "[mutex:name[a] = 'a']",
        "[mutex:name = 'a'] WITHIN 5 TIMES",
        "[mutex:name = 'a')",
        "[\u{e9}:name = 'a']",
    ] {
        assert_eq!(read(pattern), Err(token::SYNTAX), "{pattern}");
    }
}

#[test]
fn bounds_length_and_depth() {
    let nested = |depth| format!("[{}mutex:name = 'a'{}]", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(terms(&nested(64)), ["Kind(Mutex) a"]);
    for pattern in [nested(65), nested(10_000), "(".repeat(100_000), format!("[{}", "NOT ".repeat(60_000))] {
        assert!(read(&pattern).unwrap_err().to_string().contains("64 deep"));
    }
    assert!(read(&" ".repeat(300_000)).unwrap_err().to_string().contains("256 KiB"));
    let long = format!("[{}mutex:name = 'a']", "mutex:name = 'a' OR ".repeat(10_000));
    assert_eq!(read(&long).unwrap().len(), 10_001);
}

proptest! {
    #[test]
    fn no_pattern_panics(
        pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..40), noise in ".{0,3}"
    ) {
        let text = pieces.concat();
        let _ = read(&text);
        let at = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
        let _ = read(&format!("{}{noise}{}", &text[..at], &text[at..]));
    }
}

const PIECES: [&str; 28] = [
    "[",
    "]",
    "(",
    ")",
    " AND ",
    " OR ",
    " NOT ",
    " IN ",
    " LIKE ",
    " ISSUBSET ",
    "EXISTS ",
    " FOLLOWEDBY ",
    " = ",
    " != ",
    "mutex:name",
    "file:hashes.'MD5'",
    "network-traffic:dst_ref.type",
    "[*]",
    ".",
    ",",
    "'a'",
    "'\\",
    "h'00'",
    "5",
    "true",
    " WITHIN 5 SECONDS",
    "mutex:name = 'a'",
    "[mutex:name = 'a']",
];
