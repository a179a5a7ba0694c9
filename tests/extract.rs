//! Indicators in free text: what is found, what is prose.

use mandorla::indicator::{Indicator, Kind, Rejection, Warning};
use mandorla::ingest::{self, Event, Format, Options};
use proptest::prelude::*;

fn events(text: &[u8]) -> Vec<(u64, Event)> {
    let options = Options { format: Some(Format::Extract), ..Options::default() };
    let mut events = Vec::new();
    let outcome = ingest::read(text, &options, |place, event| events.push((place.line, event)));
    assert_eq!(outcome.expect("memory reads").format, Format::Extract);
    events
}

/// What is found, as `kind value`, and `!` for what is rejected.
fn found(text: &str) -> Vec<String> {
    let show = |event| match event {
        Event::Found(reading) => format!("{} {}", reading.indicator.kind(), reading.indicator.value()),
        Event::Rejected(_) => "!".to_owned(),
        Event::Skipped(_) => panic!("nothing is set aside in free text"),
    };
    events(text.as_bytes()).into_iter().map(|(_, event)| show(event)).collect()
}

const MD5: &str = "0cc175b9c0f1b6a831c399e269772661";
const SHA1: &str = "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8";
const SHA256: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

#[test]
fn sentences_with_indicators() {
    let mut wrong = Vec::new();
    for (text, expected) in [
        // URLs, plain and defanged, with what stands round them.
        ("It fetches http://evil.example/a.php.", &["url http://evil.example/a.php"][..]),
        ("It fetches hxxps://evil[.]example/Path?q=1, then stops", &["url https://evil.example/Path?q=1"]),
        ("(see hxxp[:]//evil[.]example/x)", &["url http://evil.example/x"]),
        (
            "[the page](http://evil.example/x_(1)) and [more](hxxp://bad[.]example)",
            &["url http://evil.example/x_(1)", "url http://bad.example/"],
        ),
        ("<a href=\"https://evil.example/?a=1&amp;b=2\">here</a>", &["url https://evil.example/?a=1&b=2"]),
        ("<a href='https://evil.example/x'>here</a>", &["url https://evil.example/x"]),
        ("&lt;http://evil.example/x&gt;", &["url http://evil.example/x"]),
        ("URL:http://evil.example/x", &["url http://evil.example/x"]),
        ("**http://evil.example/x**", &["url http://evil.example/x"]),
        ("_http://evil.example/x_", &["url http://evil.example/x"]),
        ("“http://evil.example/x”, he said", &["url http://evil.example/x"]),
        ("http://evil.example/a,http://evil.example/b", &["url http://evil.example/a", "url http://evil.example/b"]),
        ("http://evil.example/a,b;c", &["url http://evil.example/a,b;c"]),
        ("http://192.0.2.1:8080/gate.php", &["url http://192.0.2.1:8080/gate.php"]),
        ("http://[2001:db8::1]/x", &["url http://[2001:db8::1]/x"]),
        ("C2: tcp://192.0.2.1:4444", &["url tcp://192.0.2.1:4444/"]),
        ("myproto://evil.example.com:70/x", &["domain evil.example.com"]),
        ("evil.example.com/login.php was served", &["url http://evil.example.com/login.php"]),
        ("evil[.]example/login(.)php", &["url http://evil.example/login(.)php"]),
        ("95.81.0.26/30/gate.php", &["url http://95.81.0.26/30/gate.php"]),
        // Domains.
        ("The domain evil.example.com resolves.", &["domain evil.example.com"]),
        (
            "It was evil.example.com, bad.example.org; or worse.example.net!",
            &["domain evil.example.com", "domain bad.example.org", "domain worse.example.net"],
        ),
        ("evil[.]example and bad(dot)example", &["domain evil.example", "domain bad.example"]),
        ("EVIL.EXAMPLE.COM", &["domain evil.example.com"]),
        ("evil.example.com:8443", &["domain evil.example.com"]),
        ("evil.example.com's owner", &["domain evil.example.com"]),
        (
            "\"evil.example.com\" and 'bad.example.com' and `worse.example.com`",
            &["domain evil.example.com", "domain bad.example.com", "domain worse.example.com"],
        ),
        ("*.evil.example.com", &["domain evil.example.com"]),
        ("||evil.example.com^", &["domain evil.example.com"]),
        ("| evil.example.com | 192.0.2.1 |", &["domain evil.example.com", "ipv4 192.0.2.1"]),
        ("d=evil.example.com; s=mail", &["domain evil.example.com"]),
        ("evil.example.com->192.0.2.1", &["domain evil.example.com", "ipv4 192.0.2.1"]),
        ("www.evil.pl and evil[.]zip", &["domain www.evil.pl", "domain evil.zip"]),
        ("bücher.de или пример.рф", &["domain xn--bcher-kva.de", "domain xn--e1afmkfd.xn--p1ai"]),
        ("访问evil.example.com下载", &["domain evil.example.com"]),
        ("bombay.com[.ar and cmctt.]com", &["domain bombay.com.ar", "domain cmctt.com"]),
        ("\\\\evil.example.com\\share", &["domain evil.example.com"]),
        ("com[.]evil[.]app", &["domain com.evil.app"]),
        ("_dmarc.evil.example.com", &["domain _dmarc.evil.example.com"]),
        // E-mail addresses.
        ("From: Jane <Jane.Doe@evil.example.com>", &["email jane.doe@evil.example.com"]),
        ("jane[at]evil[.]example, jane(at)evil.example", &["email jane@evil.example", "email jane@evil.example"]),
        ("mailto:jane+x@evil.example.com.", &["email jane+x@evil.example.com"]),
        ("'jane@evil.example.com'", &["email jane@evil.example.com"]),
        // Addresses.
        ("from 192.0.2.1, 192.0.2.2 and 192.0.2.3.", &["ipv4 192.0.2.1", "ipv4 192.0.2.2", "ipv4 192.0.2.3"]),
        ("192[.]0[.]2[.]1:8080", &["ipv4 192.0.2.1"]),
        ("192.0.2[.]1 (port 80)", &["ipv4 192.0.2.1"]),
        ("in 192.0.2.0/24.", &["cidr 192.0.2.0/24"]),
        ("10.2.1.3 was contacted", &["ipv4 10.2.1.3"]),
        (
            "to 2001:DB8::1, [2001:db8::2]:443 and 2001:db8::/32",
            &["ipv6 2001:db8::1", "ipv6 2001:db8::2", "cidr 2001:db8::/32"],
        ),
        ("2001[:]db8::1", &["ipv6 2001:db8::1"]),
        ("AS64496 (EVIL-NET)", &["asn AS64496"]),
        ("the card 00:1A:2b:3c:4d:5e or 00-1A-2B-3C-4D-5E", &["mac 00:1a:2b:3c:4d:5e", "mac 00:1a:2b:3c:4d:5e"]),
        // Hashes, wallets, phones.
        (MD5, &["md5 0cc175b9c0f1b6a831c399e269772661"]),
        ("MD5:0CC175B9C0F1B6A831C399E269772661", &["md5 0cc175b9c0f1b6a831c399e269772661"]),
        ("file_0cc175b9c0f1b6a831c399e269772661.bin", &["md5 0cc175b9c0f1b6a831c399e269772661"]),
        ("to 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2.", &["btc 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"]),
        ("0x52908400098527886E0F7030069857D2E4169EE7", &["eth 0x52908400098527886e0f7030069857d2e4169ee7"]),
        ("call +1 (202) 555-0123 or +49 30 901820.", &["phone +12025550123", "phone +4930901820"]),
        ("tel:+12025550123;", &["phone +12025550123"]),
        ("+1 202 555 0123 2021", &["phone +12025550123"]),
        // Meant, but not readable.
        ("hxxp://evil[.]example:99999/", &["!"]),
        ("evil[.]example[.][.]com", &["!"]),
        ("http://evil.example/long...", &["!"]),
        ("http://evil.example/long[…]", &["!"]),
    ] {
        if found(text) != expected {
            wrong.push((text, found(text), expected));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(found(&format!("{SHA1} {SHA256}")), [format!("sha1 {SHA1}"), format!("sha256 {SHA256}")]);
}

#[test]
fn sentences_without_indicators() {
    for text in [
        "Open report.pdf, file.txt and README.md, e.g. with Node.js or System.Net; i.e. not invoice.zip.",
        "Run setup.py, install.sh and main.rs:42 of ASP.NET, System.IO.Compression and libfoo.so.",
        "This ended.It was over. So e.V. and z.B. and U.S. and p.m. and Ph.D. and a.k.a. remain.",
        "Version 1.2.3.4, v1.2.3.4, ver. 1.2.3.4, build 10.0.19041.1, firmware: 2.3.4.5 and section 4.3.2.1",
        "10.2.1.3 Configuration of the Server",
        "## 1.2.3.4 Findings",
        "Chrome/120.0.6099.109 Safari/537.36",
        "At 12:34:56 std::vec and a::b and dead::beef and :: happened",
        "CVE-2021-44228, @handle, #tag, @jane@social.example, T1566.001 and TA0001",
        "C:\\Windows\\System32\\command.com and /usr/lib/evil.example.com and ~/evil.example.com and src/evil.example.com",
        "HKLM\\Software\\Evil.example.com",
        "console.log(x), date.now() and string.format(y)",
        "the package com.evil.app and $obj.name",
        "and/or, TCP/IP, 50%/50%, 1/2, 24/7, http:// and https://<domain>/",
        "Message-ID: <20260101.1234@mail.evil.example.com>",
        "git@github.com:evil/evil.git",
        "00000000000000000000000000000000 and aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa and 12345678901234567890123456789012",
        "550e8400-e29b-41d4-a716-446655440000",
        "an AS400, AS2, C++11, +5%, UTC+2, +10000000, 1+1=2 and 555-0123",
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3",
        "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD",
        "999.1.2.3 and 1.2.3 and 1.2.3.4.5 and 010.1.2.3",
        "co.uk, web.app, localhost and example",
        "it is [...] or (.) or [.] or [at] or array[.5]",
        "user@localhost, a@b and jane@report.pdf",
        "",
        " \t ",
    ] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}

#[test]
fn warnings_and_reasons_come_along() {
    let with_warning = |text: &str, warning: Warning| match &events(text.as_bytes())[..] {
        [(1, Event::Found(reading))] => reading.warnings.contains(warning),
        other => panic!("{other:?}"),
    };
    assert!(with_warning("at 192.0.2.1:8080.", Warning::Port));
    assert!(with_warning("any *.evil.example.com", Warning::Wildcard));
    assert!(with_warning("evil.example.com/x", Warning::SchemeAdded));
    assert_eq!(events(b"\nhttp://evil.example/a..."), [(2, Event::Rejected(Rejection::CutShort))]);
}

#[test]
fn a_report() {
    let expected: Vec<_> = include_str!("fixtures/extract/report.expected").lines().map(str::to_owned).collect();
    let lines: Vec<_> = events(include_bytes!("fixtures/extract/report.md"))
        .into_iter()
        .map(|(line, event)| match event {
            Event::Found(reading) => format!("{line} {} {}", reading.indicator.kind(), reading.indicator.value()),
            Event::Rejected(reason) => format!("{line} ! {reason}"),
            Event::Skipped(_) => panic!("nothing is set aside in free text"),
        })
        .collect();
    assert_eq!(lines, expected);
}

#[test]
fn bytes_of_other_encodings_end_no_line_and_belong_to_nothing() {
    assert_eq!(events(b"b\xFCcher.de and evil.example.com\n\xFF\xFE").len(), 1);
    let long = [vec![b'a'; 70_000], b"\nevil.example.com".to_vec()].concat();
    let events = events(&long);
    assert_eq!(events[0], (1, Event::Rejected(Rejection::LineTooLong)));
    assert!(matches!(&events[1], (2, Event::Found(reading)) if reading.indicator.value() == "evil.example.com"));
}

/// Lines that a scanner with a nested loop over them would take minutes for.
#[test]
fn long_words_are_read_once() {
    for piece in [
        "a.",
        "a+",
        "a@",
        "a@b.com,",
        "http://",
        ",http://",
        "1.1.1.1/1",
        "1:",
        "[.]",
        "a.com/b,",
        ")",
        "+1 ",
        "[",
        "a[.]b:1/",
        "&amp;",
        "](",
    ] {
        let line = piece.repeat(60_000 / piece.len());
        let _ = events(line.as_bytes());
        let _ = events(format!("http://evil.example/{line}").as_bytes());
    }
}

fn fragments() -> impl Strategy<Value = String> {
    let pieces = [
        "evil",
        "example",
        ".com",
        ".",
        "[.]",
        "[.",
        ".]",
        "(dot)",
        "@",
        "[at]",
        "://",
        "http",
        "hxxps",
        "[:]//",
        "/",
        "\\",
        "\\\\",
        "1",
        "203.0.113.7",
        "2001:db8::1",
        ":",
        "::",
        "[",
        "]",
        "(",
        ")",
        "](",
        "<",
        ">",
        "'",
        "\"",
        "*",
        "*.",
        "_",
        "-",
        "+",
        "+1 202 555 0123",
        "AS64496",
        " ",
        "  ",
        "…",
        "...",
        "é",
        "例え",
        "\u{FFFD}",
        "\u{200B}",
        "&lt;",
        "%",
        "#",
        "?",
        "=",
        ",",
        ";",
        "0cc175b9c0f1b6a831c399e269772661",
        "version",
        "\t",
        "\0",
        "00:1a:2b:3c:4d:5e",
        "/24",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn nothing_panics_and_what_is_found_is_canonical(text in fragments().boxed().prop_union(".{0,60}".boxed()), bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        for text in [text.as_bytes(), &bytes] {
            for (_, event) in events(text) {
                if let Event::Found(reading) = event {
                    let indicator = reading.indicator;
                    prop_assert_eq!(Indicator::from_canonical(indicator.kind(), indicator.value()), Ok(indicator.clone()));
                    prop_assert!(!matches!(indicator.kind(), Kind::Account | Kind::Text | Kind::Credential));
                }
            }
        }
    }

    #[test]
    fn a_defanged_indicator_is_found_in_any_sentence(host in "[a-z]{3,9}\\.(com|net|de|org)", path in "(/[a-z]{1,6}){1,2}", before in "[(\"'<*]?", after in "[)\"'>*.,;:!?]{0,2}") {
        let url = format!("see {before}hxxp://{}{path}{after} there", host.replace('.', "[.]"));
        prop_assert_eq!(found(&url), [format!("url http://{host}{path}")]);
        let domain = format!("see {before}{}{after} there", host.replace('.', "[.]"));
        prop_assert_eq!(found(&domain), [format!("domain {host}")]);
    }
}
