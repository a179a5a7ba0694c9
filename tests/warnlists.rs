//! Warninglists: those built in, and MISP's, unchanged.

use mandorla::benign::{EntryFault, WarnListFault, WarnLists};
use mandorla::indicator::{Indicator, Kind};
use proptest::prelude::*;

fn with(fixtures: &[&[u8]]) -> WarnLists {
    let mut lists = WarnLists::default();
    for fixture in fixtures {
        lists.add(*fixture).expect("a warninglist");
    }
    lists
}

fn unread(lists: &WarnLists) -> Vec<(Option<u32>, EntryFault)> {
    lists.unread().map(|unread| (unread.entry, unread.fault)).collect()
}

fn check(lists: &WarnLists, cases: &[(Kind, &str, bool)]) {
    for (kind, value, is_hit) in cases {
        let indicator = Indicator::parse(*kind, value).expect("an indicator");
        assert_eq!(lists.hit(&indicator).is_some(), *is_hit, "{kind} {value}");
    }
}

#[test]
fn what_is_built_in() {
    let lists = WarnLists::built_in();
    for (kind, value, name) in [
        (Kind::Ipv4, "192.168.1.1", Some("special-purpose")),
        (Kind::Ipv4, "100.64.0.1", Some("special-purpose")),
        (Kind::Ipv4, "169.254.169.254", Some("special-purpose")),
        (Kind::Ipv4, "203.0.113.7", Some("special-purpose")),
        (Kind::Ipv4, "224.0.0.251", Some("multicast")),
        (Kind::Ipv4, "255.255.255.255", Some("special-purpose")),
        (Kind::Ipv4, "100.128.0.1", None),
        (Kind::Ipv4, "172.32.0.1", None),
        (Kind::Ipv4, "8.8.8.8", Some("resolvers")),
        (Kind::Ipv4, "8.8.8.9", None),
        (Kind::Ipv6, "fe80::1", Some("special-purpose")),
        (Kind::Ipv6, "2001:db8::1", Some("special-purpose")),
        (Kind::Ipv6, "2606:4700:4700::1111", Some("resolvers")),
        (Kind::Ipv6, "2606:4700:4700::1110", None),
        (Kind::Ipv6, "2002:102:304::1", None),
        (Kind::Url, "http://192.168.1.1/admin", Some("special-purpose")),
        (Kind::Url, "http://[::1]:8080/", Some("special-purpose")),
        (Kind::Url, "http://printer.local/x", Some("local")),
        (Kind::Domain, "printer.local", Some("local")),
        (Kind::Domain, "gmail.com", Some("free-mail")),
        (Kind::Email, "jane@gmail.com", None),
        (Kind::Domain, "evil.gmail.com", None),
        (Kind::Domain, "bit.ly", Some("shorteners")),
        (Kind::Url, "https://bit.ly/3abcDEF", None),
        (Kind::Url, "https://bit.ly/", Some("shorteners")),
        (Kind::Domain, "google.com", Some("largest")),
        (Kind::Domain, "sites.google.com", None),
        (Kind::Url, "https://github.com/evil/evil", None),
        (Kind::Domain, "evil.example", None),
        (Kind::Md5, "d41d8cd98f00b204e9800998ecf8427e", Some("empty")),
        (Kind::Sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709", Some("empty")),
        (Kind::Sha256, "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", Some("empty")),
        (Kind::Md5, "44d88612fea8a8f36de82e1278abb02f", Some("EICAR")),
        (Kind::Md5, "d41d8cd98f00b204e9800998ecf8427f", None),
    ] {
        let hit = lists.hit(&Indicator::parse(kind, value).unwrap());
        assert!(hit.is_some() == name.is_some() && hit.unwrap_or("").contains(name.unwrap_or("")), "{value}: {hit:?}");
    }
}

#[test]
fn strings_are_compared_in_canonical_form() {
    let lists = with(&[include_bytes!("fixtures/warnlists/string.json")]);
    check(
        &lists,
        &[
            (Kind::Domain, "big.evil.example", true),
            (Kind::Domain, "a.big.evil.example", false),
            (Kind::Url, "https://big.evil.example/", true),
            (Kind::Url, "https://big.evil.example/x", false),
            (Kind::Email, "a@big.evil.example", false),
            (Kind::Domain, "leading-dot.evil.example", true),
            (Kind::Domain, "xn--bcher-kva.evil.example", true),
            (Kind::Url, "https://site.evil.example/Login", true),
            (Kind::Url, "https://site.evil.example/login", false),
            (Kind::Md5, "d41d8cd98f00b204e9800998ecf8427f", true),
            (Kind::Ipv4, "203.0.113.7", true),
            (Kind::Ipv4, "203.0.113.8", false),
        ],
    );
    assert_eq!(unread(&lists), [(Some(8), EntryFault::Empty)]);
    assert_eq!(lists.hit(&Indicator::detect("big.evil.example").unwrap()), Some("A string list"));
}

#[test]
fn hostnames_match_what_lies_under_them() {
    let lists = with(&[include_bytes!("fixtures/warnlists/hostname.json")]);
    check(
        &lists,
        &[
            (Kind::Domain, "bank.evil.example", true),
            (Kind::Domain, "a.b.bank.evil.example", true),
            (Kind::Domain, "notbank.evil.example", false),
            (Kind::Domain, "evil.example", false),
            (Kind::Url, "http://user@www.bank.evil.example:8080/x", true),
            (Kind::Url, "http://evil.example/bank.evil.example", false),
            (Kind::Url, "http://198.51.100.9/x", true),
            (Kind::Domain, "x.dotted.evil.example", true),
            (Kind::Domain, "starred.evil.example", true),
            (Kind::Domain, "under_score.evil.example", true),
            (Kind::Email, "a@bank.evil.example", false), // no type of the list's is an e-mail address
            (Kind::Ipv4, "198.51.100.9", false),
        ],
    );
    assert_eq!(unread(&lists), [(Some(5), EntryFault::NoHost)]);
    let lists = with(&[include_bytes!("fixtures/warnlists/hostname-all.json")]);
    check(&lists, &[(Kind::Email, "a@mail.evil.example", true), (Kind::Domain, "mail.evil.example", true)]);
}

#[test]
fn networks_hold_addresses_and_hosts() {
    let lists = with(&[include_bytes!("fixtures/warnlists/cidr.json")]);
    check(
        &lists,
        &[
            (Kind::Ipv4, "11.22.33.44", true),
            (Kind::Ipv4, "11.23.33.44", false),
            (Kind::Ipv4, "44.55.66.77", true),
            (Kind::Ipv4, "44.55.66.78", false),
            (Kind::Ipv4, "44.55.0.200", true),
            (Kind::Ipv6, "2a00:1234::1", true),
            (Kind::Ipv6, "2a00:1235::1", false),
            (Kind::Url, "http://11.22.33.44/x", true),
            (Kind::Domain, "evil.example", false),
        ],
    );
    assert_eq!(unread(&lists), [(Some(5), EntryFault::NoNetwork), (Some(6), EntryFault::NoNetwork)]);
}

#[test]
fn patterns_are_found_anywhere() {
    let lists =
        with(&[include_bytes!("fixtures/warnlists/substring.json"), include_bytes!("fixtures/warnlists/regex.json")]);
    check(
        &lists,
        &[
            (Kind::Domain, "the-tracker-of.evil.example", true),
            (Kind::Url, "http://evil.example/admin/x", true),
            (Kind::Domain, "a.xn--bcher-kva.example", true),
            (Kind::Domain, "evil.example", false),
            (Kind::Email, "a@tracker-of.example", false),
            (Kind::Email, "Abuse@evil.example", true),
            (Kind::Email, "no-abuse@evil.example", false),
            (Kind::Email, "support@evil.example", true),
            (Kind::Phone, "+1 202 555 0123", true),
            (Kind::Phone, "+1 202 555 9123", false),
        ],
    );
    assert_eq!(unread(&lists), [(Some(2), EntryFault::Pattern), (Some(4), EntryFault::NoPattern)]);
    assert!(lists.unread().all(|unread| unread.list == "A regex list"));
}

#[test]
fn several_lists_for_their_own_kinds() {
    let mut lists = with(&[include_bytes!("fixtures/warnlists/hostname.json")]);
    lists
        .add(
            &br#"{"name":"mail only","type":"hostname","list":["bank.evil.example"],"matching_attributes":["email"]}"#
                [..],
        )
        .unwrap();
    let hit = |text: &str| lists.hit(&Indicator::detect(text).unwrap());
    assert_eq!(hit("a@bank.evil.example"), Some("mail only"));
    assert_eq!(hit("bank.evil.example"), Some("A hostname list"));
}

#[test]
fn a_list_for_no_kind_says_so() {
    let lists = with(&[include_bytes!("fixtures/warnlists/unknown-types.json")]);
    assert_eq!(unread(&lists), [(None, EntryFault::NoKind)]);
}

#[test]
fn broken_lists_add_nothing() {
    let mut lists = WarnLists::default();
    for (file, is_fault) in [
        (
            &include_bytes!("fixtures/warnlists/broken-cut.json")[..],
            (|fault| matches!(fault, WarnListFault::Json { line: 2, .. })) as fn(&_) -> bool,
        ),
        (&include_bytes!("fixtures/warnlists/broken-type.json")[..], |fault| matches!(fault, WarnListFault::Type)),
        (&include_bytes!("fixtures/warnlists/broken-entry.json")[..], |fault| {
            matches!(fault, WarnListFault::Json { line: 1, .. })
        }),
        (&include_bytes!("fixtures/warnlists/broken-no-name.json")[..], |fault| {
            matches!(fault, WarnListFault::Json { .. })
        }),
        (b"", |fault| matches!(fault, WarnListFault::Json { .. })),
        (b"[]", |fault| matches!(fault, WarnListFault::Json { .. })),
        (b"\xFF\xFE{\0", |fault| matches!(fault, WarnListFault::Json { .. })),
    ] {
        let fault = lists.add(file).unwrap_err();
        assert!(is_fault(&fault), "{fault}");
    }
    assert_eq!(lists.hit(&Indicator::detect("evil.example").unwrap()), None);
    assert_eq!(lists.unread().count(), 0);
}

proptest! {
    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), entries in prop::collection::vec(".{0,20}|[/#~(\\[a-z.*+?\\\\]{1,12}", 0..8), value in "[a-z./@:0-9]{1,20}") {
        let mut lists = WarnLists::built_in();
        let _ = lists.add(&*bytes);
        for name in ["string", "substring", "hostname", "cidr", "regex", "other"] {
            let file = format!("{{\"name\":\"a\",\"type\":\"{name}\",\"list\":{}}}", serde_json::to_string(&entries).unwrap());
            prop_assert_eq!(lists.add(file.as_bytes()).is_ok(), name != "other");
        }
        prop_assert!(lists.unread().all(|unread| unread.entry.is_none_or(|entry| (1..=8).contains(&entry))));
        if let Ok(indicator) = Indicator::detect(&value) {
            let _ = lists.hit(&indicator);
        }
    }
}
