//! Properties of canonical forms and of the plain-text reader.

use std::fmt::Write;

use mandorla::indicator::{Indicator, Kind};
use mandorla::ingest::text;
use nix::sys::time::TimeValLike;
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
    ]);
    prop::collection::vec(pieces, 0..9).prop_map(|pieces| pieces.concat())
}

fn check_fixed_point(indicator: &Indicator) -> Result<(), TestCaseError> {
    let (kind, value) = (indicator.kind(), indicator.value());
    prop_assert_eq!(Indicator::from_canonical(kind, value), Ok(indicator.clone()), "{} {:?}", kind, value);
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
            let (mut indicators, mut rejected) = (0, 0);
            let counts = text::read(&*file, |_, _| indicators += 1, |_| rejected += 1).expect("memory reads");
            prop_assert_eq!((counts.indicators, counts.rejected), (indicators, rejected));
            prop_assert!(counts.indicators + counts.rejected <= counts.lines);
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
        text::read(file.as_bytes(), |_, indicator| read.push(indicator), |refused| panic!("{refused}")).expect("memory reads");
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

/// The figure is for a release build: `cargo test --release --no-default-features --test indicators -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn a_million_lines_take_under_600_ms_of_cpu() {
    let mut file = String::new();
    for i in 0..500_000_u32 {
        let [a, b, c, d] = i.wrapping_mul(2_654_435_761).to_be_bytes();
        writeln!(file, "{a}.{b}.{c}.{d}\nhost-{i:x}.evil{c}.example").expect("memory takes it");
    }
    let cpu = || {
        let usage =
            nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).expect("the kernel counts");
        usage.user_time().num_milliseconds() + usage.system_time().num_milliseconds()
    };
    let (start, mut canon) = (cpu(), Vec::new());
    let each = |_, indicator: Indicator| {
        canon.clear();
        indicator.write_canon(&mut canon);
    };
    let counts = text::read(file.as_bytes(), each, |refused| panic!("{refused}")).expect("memory reads");
    let spent = cpu() - start;
    println!("{} lines read and made canonical in {spent} ms of CPU", counts.lines);
    assert_eq!(counts.indicators, 1_000_000);
    assert!(cfg!(debug_assertions) || spent < 600, "{spent} ms");
}
