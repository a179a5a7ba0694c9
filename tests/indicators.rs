//! Properties of canonical forms and of the plain-text reader.

use std::fmt::Write;

use mandorla::indicator::{Field, Indicator, Kind};
use mandorla::ingest::{self, Counts, Event, Options, Place};
use proptest::prelude::*;

/// Text that looks like indicators, whole, broken and defanged, so that most of it gets far into the parsers.
fn fragments() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        ".",
        ".",
        "[.]",
        "(.)",
        "{.}",
        "[dot]",
        "[.",
        ".]",
        "\\",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "@",
        "[at]",
        ":",
        "[:]",
        "://",
        "[:]//",
        "http",
        "hxxps://",
        "HTTP://",
        "ftp://",
        "gopher://",
        "tel:",
        "mailto:",
        "twitter:",
        "yt:",
        "forum:",
        "/",
        "//",
        "?",
        "#",
        "%",
        "%2e",
        "..",
        "a",
        "Evil",
        "example",
        "com",
        "xn--",
        "xn--bcher-kva",
        "é",
        "ß",
        "İ",
        "K",
        "例",
        "。",
        "１",
        "-",
        "_",
        "*",
        "*.",
        "1",
        "0",
        "80",
        "0x1",
        "255",
        "203.0.113.7",
        "::",
        "::ffff:",
        "2001:db8::1",
        "[::1]",
        "/32",
        "/128",
        "+",
        "+49 30 ",
        "12345678",
        "(0)",
        " ",
        "\u{A0}",
        "\u{200B}",
        "\u{200C}",
        "\u{FEFF}",
        "\u{301}",
        "\t",
        "\0",
        "\"",
        "'",
        ",",
        ";",
        "&",
        "=",
        "d41d8cd98f00b204e9800998ecf8427e",
        "sha1:",
        "AS",
        "64496",
        "00:11",
        ":22:33:44:55",
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "0x52908400098527886e0f7030069857d2e4169ee7",
        "bitcoin:",
        "htps://",
        "http//",
        "tcp://",
        " ://",
        "\\/",
        "[/]",
        "[www]",
        " DOT ",
        " at ",
        "<",
        ">",
        "|",
        "/24",
        "/255.255.0.0",
        "\u{FFFD}",
    ]);
    prop::collection::vec(pieces, 0..9).prop_map(|pieces| pieces.concat())
}

fn check_fixed_point(indicator: &Indicator) -> Result<(), TestCaseError> {
    let (kind, value) = (indicator.kind(), indicator.value());
    prop_assert_eq!(Indicator::from_canonical(kind, value), Ok(indicator.clone()), "{} {:?}", kind, value);
    let again = Field::Kind(kind).read(value, None).expect("a canonical form is read");
    prop_assert!(again.warnings.is_empty(), "{} {:?}", kind, value);
    prop_assert!(!value.is_empty() && value.len() <= Indicator::MAX_LEN && !value.contains(char::is_control));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8192))]

    #[test]
    fn canonical_form_is_a_fixed_point(raw in fragments().boxed().prop_union(".{0,40}".boxed())) {
        for kind in Kind::ALL {
            if let Ok(indicator) = Indicator::parse(kind, &raw) {
                check_fixed_point(&indicator)?;
            }
        }
        if let Ok(indicator) = Indicator::detect(&raw) {
            check_fixed_point(&indicator)?;
            // The form of a value still tells its kind when the value is canonical.
            prop_assert_eq!(Indicator::detect(indicator.value()), Ok(indicator));
        }
    }

    #[test]
    fn nothing_panics_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300), text in prop::collection::vec(fragments(), 0..6)) {
        for file in [bytes, text.join("\n").into_bytes()] {
            let mut counts = Counts::default();
            let mut last = 1;
            let each = |place: Place, event| {
                assert!(last <= place.line, "places rise");
                last = place.line;
                counts.add(&event);
            };
            let outcome = ingest::read(&*file, &Options::default(), each).expect("memory reads");
            prop_assert!(last <= outcome.lines.max(1));
        }
    }

    #[test]
    fn reads_its_own_output(raw in prop::collection::vec(fragments(), 0..20)) {
        let indicators: Vec<_> = raw.iter().filter_map(|raw| Indicator::detect(raw).ok()).collect();
        let mut file = String::from("kind,value\n");
        for indicator in &indicators {
            writeln!(file, "{},\"{}\"", indicator.kind(), indicator.value().replace('"', "\"\"")).expect("memory takes it");
        }
        let mut read = Vec::new();
        let each = |place, event| match event {
            Event::Found(reading) => read.push(reading.indicator),
            other => panic!("{place}: {other:?}"),
        };
        ingest::read(file.as_bytes(), &Options::default(), each).expect("memory reads");
        prop_assert_eq!(read, indicators);
    }
}

#[test]
fn messages_never_hold_the_value() {
    for value in
        ["SENSITIVE", "sensitive..example", "sensitive:1", "a@b@sensitive", "htps://sensitive/", "1.2.3.sensitive/24"]
    {
        for kind in Kind::ALL {
            if let Err(rejection) = Indicator::parse(kind, value) {
                assert!(!format!("{rejection} {rejection:?}").to_lowercase().contains("sensitive"), "{kind} {value}");
            }
        }
    }
}
