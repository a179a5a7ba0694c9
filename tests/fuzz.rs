//! Fuzzing without a fuzzer's toolchain: every reader and every kind, on fixtures that were broken in random places. In a plain
//! run a few thousand inputs each; the long form is `cargo test --test fuzz -- --ignored`.

use std::path::{Path, PathBuf};

use mandorla::indicator::derive::{Derivation, Derive};
use mandorla::indicator::{Field, Indicator, Kind};
use mandorla::ingest::{self, Event, Format, Options};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestRunner};

/// A change to a file: where, as a share of its length, and what.
#[derive(Clone, Debug)]
struct Change {
    at: u16,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Flip(u8),
    Cut(u8),
    Repeat(u8),
    Truncate,
    Insert(Vec<u8>),
    Token(&'static [u8]),
}

/// What readers look for, so that broken files get far into them.
const TOKENS: [&[u8]; 40] = [
    b"\"",
    b"'",
    b",",
    b";",
    b"\t",
    b"\r\n",
    b"\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"|",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"null",
    b"0",
    b"-1e999",
    b"[[[[[[[[[[",
    b"#",
    b"//",
    b"||",
    b"^",
    b"@@",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    b"\xC3\x28",
    b"\x1f\x8b\x08",
    b"[.]",
    b"hxxp://",
    b" AND ",
    b" OR ",
    b" NOT ",
    b" IN (",
    b"'\\''",
    b"ipv4-addr:value = '1.2.3.4'",
    b"\"Attribute\":[",
    b"\"objects\":",
    b"kind,value\n",
];

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let at = bytes.len() * usize::from(self.at) / usize::from(u16::MAX);
        let upto = |length: u8| (at + usize::from(length)).min(bytes.len());
        match &self.what {
            What::Flip(mask) => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= mask;
                }
            }
            What::Cut(length) => _ = bytes.drain(at..upto(*length)),
            What::Repeat(length) => {
                let part = bytes[at..upto(*length)].to_vec();
                bytes.splice(at..at, part);
            }
            What::Truncate => bytes.truncate(at),
            What::Insert(part) => _ = bytes.splice(at..at, part.iter().copied()),
            What::Token(token) => _ = bytes.splice(at..at, token.iter().copied()),
        }
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let what = prop_oneof![
        (1..=255u8).prop_map(What::Flip),
        any::<u8>().prop_map(What::Cut),
        any::<u8>().prop_map(What::Repeat),
        Just(What::Truncate),
        prop::collection::vec(any::<u8>(), 1..8).prop_map(What::Insert),
        prop::sample::select(TOKENS.to_vec()).prop_map(What::Token),
    ];
    prop::collection::vec((any::<u16>(), what).prop_map(|(at, what)| Change { at, what }), 0..6)
}

/// Every fixture of the project that is a list.
fn fixtures() -> Vec<Vec<u8>> {
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the fixtures are there") {
            let path = entry.expect("a file").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    let read = |path: &PathBuf| std::fs::read(path).expect("a fixture");
    let small: Vec<Vec<u8>> = files.iter().map(read).filter(|bytes| bytes.len() <= 16 * 1024).collect();
    assert!(small.len() > 10, "fixtures to start from");
    small
}

/// Reads as each format, and as whatever it seems to be; all that comes out must be in order and canonical.
fn read_every_way(bytes: &[u8]) -> TestCaseResult {
    for format in Format::ALL.map(Some).into_iter().chain([None]) {
        let options = Options { format, country: "DE".parse().ok(), all_attributes: true, ..Options::default() };
        let (mut found, mut last) = (Vec::new(), 0);
        let outcome = ingest::read(bytes, &options, |place, event| {
            last = place.line;
            if let Event::Found(reading) = event {
                found.push(reading.indicator);
            }
        });
        // A gzip member that is no gzip is the one thing that memory cannot read.
        if let Ok(outcome) = outcome {
            prop_assert!(last <= outcome.lines.max(1), "{:?}: line {} of {}", format, last, outcome.lines);
        }
        for indicator in found {
            check(&indicator)?;
        }
    }
    Ok(())
}

fn check(indicator: &Indicator) -> TestCaseResult {
    let (kind, value) = (indicator.kind(), indicator.value());
    prop_assert_eq!(Indicator::from_canonical(kind, value), Ok(indicator.clone()), "{} {:?}", kind, value);
    prop_assert!(!value.is_empty() && value.len() <= Indicator::MAX_LEN && !value.contains(char::is_control));
    Ok(())
}

fn fuzz_files(cases: u32) {
    let fixtures = fixtures();
    let input = (prop::sample::select(fixtures.clone()), prop::sample::select(fixtures), any::<bool>(), changes());
    let mut runner = TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) });
    let test = |(mut bytes, other, join, changes): (Vec<u8>, Vec<u8>, bool, Vec<Change>)| {
        if join {
            bytes.extend(other);
        }
        changes.iter().for_each(|change| change.apply(&mut bytes));
        read_every_way(&bytes)
    };
    runner.run(&input, test).unwrap_or_else(|error| panic!("{error}"));
}

/// Values of the vector files, broken likewise.
fn fuzz_values(cases: u32) {
    let values = vector_values();
    let input = (prop::sample::select(values), changes());
    let mut runner = TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) });
    let derive = Derive { derivations: Derivation::ALL.to_vec(), expand: Some(28) };
    let test = |(value, changes): (String, Vec<Change>)| {
        let mut bytes = value.into_bytes();
        changes.iter().for_each(|change| change.apply(&mut bytes));
        let raw = String::from_utf8_lossy(&bytes);
        let named = Kind::ALL.map(Field::Kind).into_iter();
        let others = [Field::Any, Field::Address, Field::Hash, Field::Wallet];
        let handles =
            ["twitter", "facebook", "mastodon", "forum"].map(|platform| Field::AccountOn(platform.to_owned()));
        for field in named.chain(others).chain(handles) {
            let Ok(reading) = field.read(&raw, "US".parse().ok()) else { continue };
            check(&reading.indicator)?;
            let mut derived = Vec::new();
            derive.from(&reading.indicator, &mut |indicator, _| derived.push(indicator));
            derived.iter().try_for_each(check)?;
        }
        Ok(())
    };
    runner.run(&input, test).unwrap_or_else(|error| panic!("{error}"));
}

fn vector_values() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/kinds");
    let mut values = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the vectors are there") {
        let text = std::fs::read_to_string(entry.expect("a file").path()).expect("a vector file");
        let vectors: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let cases = vectors["cases"].as_array().expect("cases").iter();
        values.extend(cases.filter_map(|case| case["raw"].as_str().map(str::to_owned)));
    }
    assert!(values.len() > 200, "vectors to start from");
    values
}

#[test]
fn broken_files() {
    fuzz_files(3_000);
}

#[test]
fn broken_values() {
    fuzz_values(20_000);
}

#[test]
#[ignore = "minutes"]
fn broken_files_at_length() {
    fuzz_files(300_000);
}

#[test]
#[ignore = "minutes"]
fn broken_values_at_length() {
    fuzz_values(2_000_000);
}
