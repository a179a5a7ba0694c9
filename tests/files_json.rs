//! JSON files as they are found: STIX, MISP and others, each quirk in a fixture of its own.

#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use mandorla::ingest::{self, Event, Format, Options, Outcome};
use proptest::prelude::*;

/// Every event of a file, one a line: the line, the entry, and what it is.
fn events(json: &[u8], options: &Options) -> (String, Outcome) {
    let options = Options { format: Some(Format::Json), ..options.clone() };
    let mut events = String::new();
    let outcome = ingest::read(json, &options, |place, event| {
        let entry = place.entry.unwrap_or_default();
        let _ = match event {
            Event::Found(reading) => {
                let names: Vec<_> = reading.warnings.iter().map(|warning| format!(" ({})", warning.name())).collect();
                let indicator = reading.indicator;
                writeln!(events, "{}.{entry} {} {}{}", place.line, indicator.kind(), indicator.value(), names.concat())
            }
            Event::Rejected(reason) => writeln!(events, "{}.{entry} refused: {reason}", place.line),
            Event::Skipped(skip) => writeln!(events, "{}.{entry} {}", place.line, skip.name()),
        };
    });
    (events, outcome.unwrap())
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ingest").join(name)).unwrap()
}

/// A fixture gives these events; of a refusal a part of the reason is enough.
fn assert_events(name: &str, options: &Options, expected: &str) -> Outcome {
    let (events, outcome) = events(&fixture(name), options);
    let expected = expected.trim().lines().map(str::trim);
    assert_eq!(events.lines().count(), expected.clone().count(), "{name}:\n{events}");
    for (event, expected) in events.lines().zip(expected) {
        let fits = match expected.split_once(" refused: ") {
            Some((place, reason)) => event.starts_with(&format!("{place} refused: ")) && event.contains(reason),
            None => event == expected,
        };
        assert!(fits, "{name}: {event}\nexpected: {expected}\n{events}");
    }
    outcome
}

#[test]
fn stix_2_1_bundle() {
    let outcome = assert_events(
        "stix21.json",
        &Options::default(),
        "6.1 domain evil.example
         7.2 ipv4 203.0.113.7
         13.3 url http://evil.example/a
         13.3 cidr 203.0.113.0/24
         14.4 sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709
         14.4 md5 d41d8cd98f00b204e9800998ecf8427e
         15.5 refused: several values at once
         16.6 refused: regular expression
         17.7 withdrawn
         18.8 other-type
         19.9 app-id com.example.evil
         20.10 refused: pattern language
         21.11 refused: missing
         22.12 ipv6 2001:db8::1
         23.13 url https://evil.example/b
         24.14 sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709
         25.15 filename worse.exe
         26.16 x509-sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709
         27.17 asn AS64496
         28.18 account twitter:jane_doe
         29.19 other-type
         32.20 other-type",
    );
    assert_eq!((outcome.format, outcome.lines, outcome.broken), (Format::Stix, 34, None));
    assert!(outcome.unread_columns.is_empty());
}

#[test]
fn stix_2_0_observed_data() {
    let outcome = assert_events(
        "stix20.json",
        &Options::default(),
        "2.1 domain evil.example
         2.1 ipv4 203.0.113.7
         2.1 md5 d41d8cd98f00b204e9800998ecf8427e
         2.1 other-type
         8.2 withdrawn",
    );
    assert_eq!(outcome.format, Format::Stix);
}

#[test]
fn taxii_envelope_in_one_line() {
    let outcome = assert_events("taxii.json", &Options::default(), "1.1 domain a.example\n1.2 domain b.example");
    assert_eq!((outcome.format, outcome.lines), (Format::Stix, 1));
}

#[test]
fn json_lines_of_stix_with_a_broken_line() {
    let outcome = assert_events(
        "stix-lines.json",
        &Options::default(),
        "1.1 domain a.example
         3.0 refused: no complete JSON
         5.2 domain c.example
         5.3 domain d.example
         6.4 md5 d41d8cd98f00b204e9800998ecf8427e",
    );
    assert_eq!((outcome.format, outcome.lines, outcome.broken), (Format::Stix, 6, None));
}

#[test]
fn misp_event() {
    let event = |options: &Options, benign: &str| {
        let expected = format!(
            "4.1 domain evil.example
             5.2 domain a.example
             5.2 ipv4 203.0.113.7
             6.3 filename evil.exe
             6.3 sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709
             7.4 ipv4 203.0.113.8
             7.4 other-type
             8.5 regkey hkey_local_machine\\software\\evil
             8.5 other-type
             9.6 refused: more or fewer
             10.7 filename evil.exe
             10.7 md5 d41d8cd98f00b204e9800998ecf8427e
             11.8 {benign}
             12.9 {benign}
             13.10 withdrawn
             14.11 withdrawn
             15.12 other-type
             16.13 other-type
             17.14 refused: the kind is not known
             19.15 proposed
             18.16 refused: blank
             21.17 proposed
             26.18 md5 d41d8cd98f00b204e9800998ecf8427e
             27.19 imphash d41d8cd98f00b204e9800998ecf8427e
             29.20 withdrawn
             30.21 domain i.example"
        );
        assert_events("misp-event.json", options, &expected)
    };
    assert_eq!(event(&Options::default(), "not-for-detection").format, Format::Misp);
    event(&Options { all_attributes: true, ..Options::default() }, "domain benign.example");
}

#[test]
fn misp_searches_and_several_events() {
    let outcome = assert_events("misp-search.json", &Options::default(), "1.1 domain a.example");
    assert_eq!((outcome.format, outcome.unread_columns), (Format::Misp, Vec::new()));
    let outcome =
        assert_events("misp-events.json", &Options::default(), "1.1 domain a.example\n2.2 url http://b.example/");
    assert_eq!((outcome.format, outcome.broken), (Format::Misp, None));
}

#[test]
fn an_index_of_misp_says_that_it_is_none() {
    let outcome = assert_events("misp-manifest.json", &Options::default(), "");
    assert!(outcome.broken.unwrap().1.to_string().contains("index of MISP events"));
}

#[test]
fn hashlookup_gives_hashes_alone() {
    let outcome = assert_events(
        "hashlookup.ndjson",
        &Options::default(),
        "1.1 md5 d41d8cd98f00b204e9800998ecf8427e
         1.1 sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709
         1.1 sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
         2.2 sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
    );
    assert_eq!(outcome.unread_columns, ["FileName", "FileSize", "source", "hashlookup:parent-total"]);
}

#[test]
fn rows_with_trailing_commas() {
    let outcome = assert_events(
        "rows.json",
        &Options::default(),
        "2.1 domain a.example
         3.2 sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709
         4.3 refused: blank
         5.4 domain c.example
         5.5 domain d.example
         6.6 domain e.example
         6.7 md5 d41d8cd98f00b204e9800998ecf8427e
         7.8 asn AS64496",
    );
    assert_eq!((outcome.format, outcome.broken), (Format::Json, None));
    assert_eq!(outcome.unread_columns, ["reporter", "tags", "id"]);
}

/// The shapes in which open feeds give their entries, told apart by names alone.
#[test]
fn shapes_of_open_feeds() {
    for (json, expected) in [
        (
            r#"{"name": "A pulse", "indicators": [{"id": 1, "indicator": "a.example", "type": "hostname"},
               {"indicator": "203.0.113.7", "type": "IPv4"}], "references": ["https://report.example/"]}"#,
            "domain a.example, ipv4 203.0.113.7",
        ),
        (
            r#"{"7": [{"url": "http://a.example/x", "reporter": "b.example", "tags": ["elf"]}], "8": {"url": "http://b.example/x"}}"#,
            "url http://a.example/x, url http://b.example/x",
        ),
        (
            r#"{"7": [{"ioc_value": "203.0.113.7:80", "ioc_type": "ip:port", "threat_type": "botnet_cc", "malware": "win.a"}]}"#,
            "ipv4 203.0.113.7",
        ),
        (
            r#"[{"ip_address": "203.0.113.7", "port": 443, "hostname": null, "as_name": "A NETWORK"}]"#,
            "ipv4 203.0.113.7",
        ),
        (r#"{"ips": ["203.0.113.7"], "urls": ["http://a.example/x"]}"#, "ipv4 203.0.113.7, url http://a.example/x"),
        ("[[\"a.example\"], [\"b.example\"]]", "domain a.example, domain b.example"),
        ("\"a.example\"\n\"b.example\"", "domain a.example, domain b.example"),
    ] {
        let (events, outcome) = events(json.as_bytes(), &Options::default());
        let found: Vec<_> = events
            .lines()
            .filter_map(|event| event.split_once(' '))
            .map(|(_, event)| event.trim_end_matches(" (port)"))
            .collect();
        assert_eq!((found.join(", "), outcome.broken), (expected.to_owned(), None), "{json}");
    }
}

#[test]
fn strings_and_bytes_that_are_not_utf8() {
    let outcome = assert_events(
        "strings.json",
        &Options::default(),
        "1.1 domain a.example
         1.2 url http://b.example/x
         2.3 refused: blank
         2.4 refused: no kind
         3.5 refused: lost in decoding
         3.6 refused: lost in decoding
         3.7 domain c.example",
    );
    assert_eq!((outcome.format, outcome.lines), (Format::Json, 3));
}

#[test]
fn a_file_that_is_cut_or_broken_is_read_up_to_there() {
    for (name, line, reason) in [("cut.json", 3, "ends in the middle"), ("broken.json", 3, "not JSON from here")] {
        let outcome = assert_events(name, &Options::default(), "2.1 domain a.example");
        let (place, rejection) = outcome.broken.unwrap();
        assert_eq!((outcome.format, place.line), (Format::Misp, line), "{name}");
        assert!(rejection.to_string().contains(reason), "{name}: {rejection}");
    }
}

#[test]
fn what_holds_nothing_says_what_was_not_read() {
    for (json, unread, broken) in [
        ("", &[][..], false),
        (" \n", &[], false),
        ("{}", &[], false),
        ("[]", &[], false),
        (r#"{"note": "a.example", "more": [1], "inner": {"x": 1}}"#, &["more", "inner", "note"], false),
        (r#"{"objects": [], "type": "bundle", "id": "bundle--1"}"#, &[], false),
        ("{\"a\": \n", &[], true),
        ("\u{1}", &[], true),
    ] {
        let (events, outcome) = events(json.as_bytes(), &Options::default());
        assert_eq!((&*events, outcome.broken.is_some()), ("", broken), "{json}");
        assert_eq!(outcome.unread_columns, unread, "{json}");
    }
}

#[test]
fn large_entries_are_refused_and_do_not_stay_in_memory() {
    let long = "a".repeat(9000);
    let many = format!("\"x\": \"{long}\", ").repeat(500);
    let bundle = format!(
        r#"{{"objects": [
{{{many} "type": "indicator", "id": "indicator--1", "pattern": "[mutex:name = 'a']"}},
{{"type": "domain-name", "id": "domain-name--1", "value": "{long}"}},
{{"type": "domain-name", "id": "domain-name--2", "value": "a.example"}}]}}"#
    );
    let (events, outcome) = events(bundle.as_bytes(), &Options::default());
    let lines: Vec<_> = events.lines().collect();
    assert!(lines[0].contains("2.1 refused: the entry is larger"), "{}", lines[0]);
    assert!(lines[1].contains("3.2 refused: the value is longer"), "{}", lines[1]);
    assert_eq!((lines[2], outcome.broken), ("4.3 domain a.example", None));
}

#[test]
fn depth_is_bounded() {
    for json in ["[".repeat(100_000), "{\"a\":".repeat(100_000), format!("{{\"Tag\":{}", "[".repeat(100_000))] {
        assert!(events(json.as_bytes(), &Options::default()).1.broken.is_some());
    }
}

/// Every JSON file of the real lists: read to its end, and nothing without a reason.
#[test]
fn real_files() {
    let Some(folder) = std::env::var_os("MANDORLA_REAL_DATA").map(PathBuf::from) else {
        return println!("skipped: MANDORLA_REAL_DATA names no folder");
    };
    let all = Options { all_attributes: true, ..Options::default() };
    for (name, kind, distinct) in [
        ("predator/amnesty-cytrox.stix2", "domain", 336),
        ("predator/mvt-predator.stix2", "domain", 568), // and a mistyped one of a single label
        ("predator/mvt-predator.stix2", "filename", 15),
        ("nobelium/unit42.json", "sha256", 8),
        ("nobelium/unit42.json", "domain", 7),
        ("nobelium/unit42.json", "ipv4", 2),
        ("stix/apt1.json", "cidr", 4),
        ("stix/apt1.json", "domain", 3),
        ("stix/apt1.json", "md5", 3),
        ("stix/indicator-for-c2-ip-address.json", "ipv4", 1),
        ("misp/stantinko.misp-event.json", "sha1", 126),
        ("misp/misp-dukes-operation-ghost-event.json", "url", 49),
    ] {
        let (events, outcome) = events(&fs::read(folder.join(name)).unwrap(), &all);
        let of_kind = events
            .lines()
            .filter_map(|event| event.split(' ').nth(1).filter(|word| *word == kind).and(event.split(' ').nth(2)));
        let found: std::collections::BTreeSet<_> = of_kind.collect();
        assert_eq!((found.len(), outcome.broken), (distinct, None), "{name} {kind}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        events(&bytes, &Options::default());
    }

    #[test]
    fn no_damage_to_a_fixture_panics(
        name in prop::sample::select(vec!["stix21.json", "stix20.json", "stix-lines.json", "misp-event.json", "rows.json"]),
        from in 0.0..1.0, length in 0usize..8, noise in prop::collection::vec(prop::sample::select(b"{}[],:\"\\\n0a\xFF".to_vec()), 0..6)
    ) {
        let mut json = fixture(name);
        let from = (json.len() as f64 * from) as usize;
        json.splice(from..(from + length).min(json.len()), noise);
        events(&json, &Options::default());
    }
}

#[test]
fn a_last_line_that_is_cut_is_no_rejection() {
    let (told, outcome) =
        events(b"{\"type\":\"domain\",\"value\":\"a.example\"}\n{\"type\":\"domain\",\"val", &Options::default());
    assert_eq!(told, "1.1 domain a.example\n");
    assert_eq!(outcome.broken.map(|(_, reason)| reason), Some(mandorla::indicator::Rejection::CutJson));
}

#[test]
fn nesting_beyond_the_parser_is_called_that() {
    let deep = format!("[{{\"domain\":\"a.example\"}},{}{}]", "[".repeat(200), "]".repeat(200));
    let (_, outcome) = events(deep.as_bytes(), &Options::default());
    assert!(outcome.broken.is_some_and(|(_, reason)| reason.to_string().contains("nested")));
}

#[test]
fn names_that_are_passed_over_are_told_and_values_are_not() {
    let json = br#"{"domain":"a.example","Tag":["evil.example"],"extensions":{"x":"y"}}"#;
    assert_eq!(events(json, &Options::default()).1.unread_columns, ["Tag", "extensions"]);
    let (_, outcome) = events(br#"[{"domain":"a.example","c2.evil.example":"x"}]"#, &Options::default());
    assert_eq!(outcome.unread_columns, ["(a name that is an indicator)"]);
}

#[test]
fn the_order_of_keys_changes_nothing() {
    let id = "email-message--72b7698f-10c2-565a-a2a6-b4996a2f2265";
    let (from, to) = (r#""additional_header_fields":{"Reply-To":["victim@a.example"]}"#, r#""is_multipart":false"#);
    let head = format!(r#""type":"email-message","spec_version":"2.1","id":"{id}""#);
    for json in
        [format!("{{{head},{from},{to}}}"), format!("{{{from},{head},{to}}}"), format!("{{{to},{from},{head}}}")]
    {
        let (told, outcome) = events(json.as_bytes(), &Options::default());
        assert!(!told.contains("victim"), "{json}: {told}");
        assert_eq!(outcome.broken, None);
    }
}
