//! Text files and tables as they are found, each with what it gives: `tests/fixtures/ingest/NAME` and `NAME.events`.
//! What files do to bytes (compression, encodings, line ends) is done to fixtures here.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use mandorla::indicator::{Field, Kind, Rejection};
use mandorla::ingest::{self, Event, Format, Options, Outcome};
use proptest::prelude::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ingest")
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).expect("the fixture is there")
}

/// Events, a line each.
fn events(bytes: &[u8], options: &Options) -> (String, Outcome) {
    let mut events = String::new();
    let outcome = ingest::read(bytes, options, |place, event| {
        let line = match event {
            Event::Found(reading) => {
                let warnings: String =
                    reading.warnings.iter().map(|warning| format!(" [{}]", warning.name())).collect();
                format!("{} {}{warnings}", reading.indicator.kind(), reading.indicator.value())
            }
            Event::Rejected(reason) => format!("refused: {}", name(&reason)),
            Event::Skipped(skip) => format!("skipped: {}", skip.name()),
        };
        writeln!(events, "{} {line}", place.line).expect("memory takes it");
    })
    .expect("memory reads");
    (events, outcome)
}

/// The reason's name, with the kind where there is one; messages are pinned elsewhere.
fn name(reason: &Rejection) -> String {
    match reason {
        Rejection::Unfit { kind, .. } => format!("Unfit {kind}"),
        Rejection::NotText { what, .. } => format!("NotText {what}"),
        reason => format!("{reason:?}"),
    }
}

/// What the whole file gives: the format, events, columns that are not read, and where it is broken.
fn report(bytes: &[u8], options: &Options) -> String {
    let (events, outcome) = events(bytes, options);
    let mut report = format!("{}\n{events}", outcome.format);
    if !outcome.unread_columns.is_empty() {
        writeln!(report, "unread: {}", outcome.unread_columns.join(", ")).expect("memory takes it");
    }
    if let Some((place, reason)) = outcome.broken {
        writeln!(report, "{} broken: {}", place.line, name(&reason)).expect("memory takes it");
    }
    report
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes it")
}

#[test]
fn every_fixture_gives_what_is_written_beside_it() {
    let mut names: Vec<_> = fs::read_dir(folder())
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| ["txt", "csv", "tsv"].iter().any(|e| extension == *e)))
        .collect();
    names.sort();
    assert!(names.len() > 15);
    for path in names {
        let expected = fs::read_to_string(format!("{}.events", path.display())).unwrap_or_default();
        let bytes = fs::read(&path).expect("the fixture is there");
        assert_eq!(report(&bytes, &Options::default()), expected, "{}", path.display());
    }
}

/// Whatever is done to the bytes of a file, it gives the same.
#[test]
fn bytes_do_not_matter() {
    for name in ["comments.txt", "forms.txt", "values-and-types.csv", "misp.csv", "kinds.tsv"] {
        let plain = fixture(name);
        let text = String::from_utf8(plain.clone()).expect("fixtures are UTF-8");
        let expected = report(&plain, &Options::default());
        let utf16 = |bytes: fn(u16) -> [u8; 2], text: &str| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        for (what, bytes) in [
            ("byte order mark", format!("\u{FEFF}{text}").into_bytes()),
            ("CRLF", text.replace('\n', "\r\n").into_bytes()),
            ("CR", text.replace('\n', "\r").into_bytes()),
            ("no final line end", text.trim_end_matches('\n').as_bytes().to_vec()),
            ("UTF-16LE with a mark", utf16(u16::to_le_bytes, &format!("\u{FEFF}{text}"))),
            ("UTF-16BE with a mark", utf16(u16::to_be_bytes, &format!("\u{FEFF}{text}"))),
            ("UTF-16LE", utf16(u16::to_le_bytes, &text)),
            ("UTF-16BE", utf16(u16::to_be_bytes, &text)),
            ("gzip", gzip(&plain)),
            ("gzip twice over", gzip(&gzip(&plain))),
        ] {
            assert_eq!(report(&bytes, &Options::default()), expected, "{name}, {what}");
        }
    }
}

#[test]
fn bytes_that_are_not_utf8_cost_their_own_entry() {
    let options = Options::default();
    let lines = b"# caf\xE9\nevil-1.example # caf\xE9\nevil\xE9.example\nevil-2.example\n";
    assert_eq!(report(lines, &options), "text\n2 domain evil-1.example\n3 refused: NotUtf8\n4 domain evil-2.example\n");
    let table = b"value,note\nevil-1.example,caf\xE9\nevil\xE9.example,x\nevil-2.example,x\n";
    assert_eq!(
        report(table, &options),
        "csv\n2 domain evil-1.example\n3 refused: NotUtf8\n4 domain evil-2.example\nunread: note\n"
    );
    let half_a_pair = [b"\xFF\xFE".as_slice(), b"e\0\x34\xD8.\0e\0x\0\n\0a\0.\0e\0x\0a\0m\0p\0l\0e\0"].concat();
    assert_eq!(report(&half_a_pair, &options), "text\n1 refused: NotUtf8\n2 domain a.example\n");
}

#[test]
fn damaged_gzip_is_broken_and_keeps_what_came_before() {
    let lines: String = (0..50_000).map(|n| format!("{}.evil.example\n", n * 7919 % 100_003)).collect();
    let packed = gzip(lines.as_bytes());
    let (events, outcome) = events(&packed[..packed.len() / 2], &Options::default());
    let (place, reason) = outcome.broken.expect("it is cut");
    assert_eq!((reason, place.line), (Rejection::Damaged, events.lines().count() as u64 + 1));
    let whole = lines.lines().zip(events.lines());
    assert!(place.line > 1000 && whole.clone().all(|(line, event)| event.ends_with(&format!(" domain {line}"))));

    let table = format!("value,type\n{}", lines.replace('\n', ",domain\n"));
    let packed = gzip(table.as_bytes());
    let (_, outcome) = self::events(&packed[..packed.len() / 2], &Options::default());
    assert_eq!((outcome.format, outcome.broken.map(|(_, reason)| reason)), (Format::Csv, Some(Rejection::Damaged)));
}

#[test]
fn what_is_no_list_gives_one_reason() {
    for (bytes, what) in [
        (&b"PK\x03\x04\x14\0\x06\0[Content_Types].xml\nxl/\n"[..], "a spreadsheet"),
        (b"%PDF-1.7\n%\xE2\n1 0 obj\n", "a PDF"),
        (b"<!doctype html>\n<title>Log in</title>\n", "a web page"),
        (b"\x00\x01evil.example\n\x00\x00\n", "binary data"),
    ] {
        let expected = format!("text\n1 broken: NotText {what}\n");
        assert_eq!(report(bytes, &Options::default()), expected);
        assert_eq!(report(&gzip(bytes), &Options::default()), expected);
    }
}

#[test]
fn options_say_what_a_file_does_not() {
    let read = |file: &str, options: &Options| report(file.as_bytes(), options);
    let handles = Options { bare: Field::AccountOn("twitter".into()), ..Options::default() };
    assert_eq!(read("@Jane\nhandle_2 # c\n", &handles), "text\n1 account twitter:jane\n2 account twitter:handle_2\n");
    let agents = Options { bare: Field::Kind(Kind::UserAgent), ..Options::default() };
    let agent = "Evil/1.0 (X11 ; Linux, like Gecko) // x";
    assert_eq!(read(agent, &agents), format!("text\n1 user-agent {agent}\n"));
    let all = Options { all_attributes: true, ..Options::default() };
    let found = report(&fixture("misp.csv"), &all);
    assert!(found.contains("5 domain evil-2.example\n"), "{found}");
    let table = Options { format: Some(Format::Csv), ..Options::default() };
    assert_eq!(read("one,two\nevil.example,domain\n", &table), "csv\n1 broken: NoHeader\n");
    let lines = Options { format: Some(Format::Text), ..Options::default() };
    assert_eq!(read("value,type\nevil.example,domain\n", &lines), "text\n2 domain evil.example\n");
}

/// Parts of lines, of files and of what breaks them.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,4}\\.example",
        "[ ,;\t|\"'#/!@^$*=:\\[\\]{}-]{1,3}",
        "\\PC{0,4}",
        "\n|\r\n|\r",
        prop::sample::select(vec![
            "type",
            "value",
            "domain",
            "url",
            "to_ids",
            "||",
            "##",
            "@@",
            "0.0.0.0 ",
            "203.0.113.7",
            "address=/",
            "local-zone: ",
            "https://",
            "2026-11-02",
            "\u{FEFF}",
            "\u{FFFD}",
            "\0",
            "[Adblock",
            "sep=;",
            "# a,b,url\n",
            "type,value\n",
            "domain|ip,",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn no_bytes_panic_any_reader(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        parts in prop::collection::vec(part(), 0..12),
        cut in 0..40usize,
    ) {
        let text = parts.concat();
        let packed = gzip(text.as_bytes());
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [&bytes, text.as_bytes(), &packed[..packed.len() - cut.min(packed.len())], &utf16, &[b"\xFF\xFE", &*bytes].concat()] {
            for format in [None, Some(Format::Text), Some(Format::Csv)] {
                let options = Options { format, ..Options::default() };
                ingest::read(bytes, &options, |_, _| ()).expect("memory reads");
            }
        }
    }

    #[test]
    fn every_line_that_says_something_gives_an_event(parts in prop::collection::vec(part(), 0..12)) {
        // With so much plain text behind it nothing of it is taken for UTF-16, which two NULs of four bytes may be.
        let text = parts.concat() + &"\nlast.example".repeat(4);
        let options = Options { format: Some(Format::Text), ..Options::default() };
        let mut told = std::collections::BTreeSet::new();
        let outcome = ingest::read(text.as_bytes(), &options, |place, _| _ = told.insert(place.line)).expect("memory reads");
        if outcome.broken.is_some() {
            return Ok(());
        }
        let invisible = |c: char| c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{FEFF}');
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut may_be_header = true;
        for (place, line) in text.split('\n').enumerate() {
            let line = line.trim_matches(invisible);
            let is_comment = ["#", ";", "//", "!", "[Adblock"].iter().any(|mark| line.starts_with(mark));
            if !line.is_empty() && !is_comment && !std::mem::take(&mut may_be_header) {
                prop_assert!(told.contains(&(place as u64 + 1)), "{:?}", line);
            }
        }
    }
}
