//! `check` and `canon` as people call them: what they say, how they end, and that nothing hostile reaches a terminal.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A directory with files in it. There is no home anywhere.
struct Desk(TempDir);

impl Desk {
    fn new(files: &[(&str, &str)]) -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            let path = desk.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run<S: AsRef<OsStr>>(&self, args: &[S], input: &str) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mandorla"));
        command.args(args).current_dir(self.path()).env_clear();
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        // A command that fails before it reads closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Said::of(&child.wait_with_output().unwrap())
    }

    fn check(&self, args: &[&str]) -> Said {
        self.run(&[&["check"], args].concat(), "")
    }

    fn json(&self, args: &[&str]) -> Value {
        let said = self.check(&[&["--format", "json"], args].concat());
        serde_json::from_str(&said.out).unwrap()
    }

    fn canon(&self, args: &[&str]) -> Said {
        self.run(&[&["canon"], args].concat(), "")
    }
}

/// What a command said, and how it ended.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    /// Whatever the command and its input: nothing that steers a terminal.
    fn of(output: &Output) -> Self {
        let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8(bytes.clone()).unwrap());
        for text in [&out, &err] {
            let steers = |c: char| {
                c.is_control() && c != '\n'
                    || matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!text.chars().any(steers), "{text:?}");
        }
        Self { code: output.status.code().unwrap(), out, err }
    }
}

fn assert_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn a_list_is_counted_and_each_rejected_line_has_its_reason() {
    let desk = Desk::new(&[(
        "list.txt",
        "evil.example\nEVIL[.]example\n203.0.113.7\nno such thing\n\nhttps://evil.example/a\n",
    )]);
    let said = desk.check(&["list.txt"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert_all(
        &said.out,
        &[
            "list.txt: line 4: ",
            "Files\n  list.txt  text  6 lines  4 indicators  1 rejected\n",
            "Indicators\n  1  domain\n  1  ipv4\n  1  url\n  3  in all\n  1  repeated, and counted once\n",
            "Can be guessed\n  domain  ",
            "13 minutes",
        ],
    );
    let strict = desk.check(&["list.txt", "--strict"]);
    assert_eq!((strict.code, strict.err.as_str()), (1, "error: --strict: 1 line rejected\n"));
    assert_eq!(strict.out, said.out);
}

#[test]
fn the_json_is_stable_and_holds_no_indicator() {
    let desk = Desk::new(&[("list.txt", "evil.example\nEVIL.example\n203.0.113.7\nno such thing\n")]);
    let json = desk.json(&["list.txt", "--kinds", "domain"]);
    let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = [
        "schema",
        "usable",
        "files",
        "kinds",
        "distinct",
        "duplicates",
        "rejected",
        "skipped",
        "warnings",
        "left_out",
        "derived",
        "benign",
        "guessable",
    ];
    expected.sort_unstable();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    assert_eq!((&json["schema"], &json["usable"]), (&"mandorla.check/1".into(), &true.into()));
    assert_eq!((&json["kinds"]["domain"], &json["left_out"]["ipv4"]), (&1.into(), &1.into()));
    assert_eq!((&json["distinct"], &json["duplicates"]), (&1.into(), &1.into()));
    let rejected = &json["rejected"][0];
    assert_eq!(
        (&rejected["file"], &rejected["line"], &rejected["entry"]),
        (&"list.txt".into(), &4.into(), &Value::Null)
    );
    assert!(rejected["reason"].as_str().unwrap().len() > 10);
    let file = &json["files"][0];
    assert_eq!((&file["name"], &file["format"], &file["lines"]), (&"list.txt".into(), &"text".into(), &4.into()));
    assert!(file.get("broken").is_none());
    assert_eq!(json["guessable"][0]["kind"], "domain");
    assert!(!json.to_string().contains("evil") && !json.to_string().contains("203.0"));
}

#[test]
fn many_rejected_lines_are_told_in_part_or_in_full() {
    let desk = Desk::new(&[("bad.txt", &("no such thing\n".repeat(30) + "evil.example\n"))]);
    let said = desk.check(&["bad.txt"]);
    assert_eq!(said.out.matches("bad.txt: line ").count(), 20);
    assert_all(
        &said.out,
        &["bad.txt: and 10 more lines rejected (`mandorla check --all` shows them)\n", "running text; --extract"],
    );
    let all = desk.check(&["bad.txt", "--all"]);
    assert_eq!(all.out.matches("bad.txt: line ").count(), 30);
    assert!(!all.out.contains("more line"));
    assert_eq!(desk.json(&["bad.txt"])["rejected"].as_array().unwrap().len(), 30, "machines get all");
}

#[test]
fn a_list_of_nothing_is_a_failure() {
    let desk = Desk::new(&[("empty.txt", "# nothing\n"), ("bad.txt", "no such thing\n"), ("good.txt", "a.example\n")]);
    for args in [&["empty.txt"][..], &["bad.txt"], &["good.txt", "--kinds", "ipv4"]] {
        let said = desk.check(args);
        assert_eq!((said.code, said.err.as_str()), (1, "error: nothing usable: there is no indicator to publish\n"));
        assert!(said.out.starts_with("Files\n") || said.out.contains("\nFiles\n"), "{}", said.out);
    }
    assert_eq!(desk.check(&["empty.txt", "bad.txt", "good.txt"]).code, 0);
    let missing = desk.check(&["good.txt", "gone.txt"]);
    assert_eq!((missing.code, missing.out.as_str()), (1, ""));
    assert!(missing.err.starts_with("error: cannot open gone.txt\n"), "{}", missing.err);
}

#[test]
fn directories_and_standard_input_are_read() {
    let desk = Desk::new(&[
        ("lists/b/two.txt", "b.example\n"),
        ("lists/a.txt", "a.example\nb.example\n"),
        ("lists/.hidden", "hidden.example\n"),
    ]);
    let json = desk.json(&["lists"]);
    let names: Vec<&str> =
        json["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["lists/a.txt", "lists/b/two.txt"]);
    assert_eq!((&json["distinct"], &json["duplicates"]), (&2.into(), &1.into()));
    let said = desk.run(&["check", "-", "lists/a.txt"], "c.example\n");
    assert_all(&said.out, &["standard input", "  3  in all\n"]);
}

#[test]
fn a_value_reads_as_one_line() {
    let desk = Desk::new(&[]);
    for (args, out) in [
        (&["hxxps://EVIL[.]example/Path"][..], "url,https://evil.example/Path\n"),
        (&["url,\"https://evil.example/a,b\""], "url,\"https://evil.example/a,b\"\n"),
        (&["EVIL.example.", "203.0.113.7"], "domain,evil.example\nipv4,203.0.113.7\n"),
        (&["domain,evil.example"], "domain,evil.example\n"),
    ] {
        let said = desk.canon(args);
        assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, out, ""), "{args:?}");
        let again = desk.run(&["canon", "-"], &said.out);
        assert_eq!((again.code, again.out.as_str()), (0, out), "what it prints reads back");
    }
}

#[test]
fn a_value_that_is_refused_is_a_failure_and_is_not_repeated() {
    let desk = Desk::new(&[]);
    let said = desk.canon(&["nothing-at-all"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(said.err.starts_with("error: ") && !said.err.contains("nothing-at-all"), "{}", said.err);
    let said = desk.canon(&["evil.example", "nothing-at-all", "203.0.113.7"]);
    assert_eq!((said.code, said.out.as_str()), (1, "domain,evil.example\nipv4,203.0.113.7\n"));
    assert_all(&said.err, &["value 2: ", "error: 1 of 3 values refused\n"]);
    for args in [&[""][..], &["# a comment"]] {
        assert_eq!(desk.canon(args).code, 1, "{args:?}");
    }
    assert!(desk.run(&["canon", "-"], "\n# nothing\n").err.contains("there is no value to read"));
    assert_eq!(
        desk.run(&["canon", "-"], &format!("{}\nevil.example\n", "a".repeat(1 << 20))).out,
        "domain,evil.example\n"
    );
}

#[test]
fn a_network_written_as_its_addresses_does_not_stand_beside_them() {
    let said = Desk::new(&[]).canon(&["192.0.2.0/31", "--expand-cidr", "24"]);
    assert_eq!((said.code, said.out.as_str()), (0, "ipv4,192.0.2.0\nipv4,192.0.2.1\n"));
}

#[test]
fn options_that_free_text_has_no_use_for_are_refused() {
    let desk = Desk::new(&[("mail.txt", "see evil.example")]);
    let said = desk.check(&["mail.txt", "--extract", "--as", "phone"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("free text"), "{}", said.err);
}

#[test]
fn an_explanation_has_every_step() {
    let said = Desk::new(&[]).canon(&["hxxps://EVIL[.]example/Path", "--explain"]);
    assert_eq!(said.code, 0);
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(lines[0], "url,https://evil.example/Path");
    for (line, (step, text)) in lines[1..].iter().zip([
        ("written", "hxxps://EVIL[.]example/Path"),
        ("refanged", "https://EVIL.example/Path"),
        ("kind", "url, by its form"),
        ("canonical", "https://evil.example/Path"),
    ]) {
        let (found, rest) = line.trim().split_once(' ').unwrap();
        assert_eq!((found, rest.trim()), (step, text), "{}", said.out);
    }
    assert_all(&said.out, &["to guess"]);
}

#[test]
fn a_list_that_breaks_off_is_named() {
    let cut = r#"[{"type": "domain", "value": "evil.example"}, {"type": "dom"#;
    let desk = Desk::new(&[("lists/a.txt", "good.example\n"), ("lists/cut.json", cut), ("lists/z.bin", "\0\u{1}\0\0")]);
    let said = desk.check(&["lists"]);
    assert_eq!(said.code, 1);
    assert_all(&said.out, &["lists/cut.json: broken at ", "lists/z.bin: broken at ", "BROKEN", "  domain\n"]);
    assert_eq!(said.err, "error: 2 files cannot be read to the end: repair what is named above, or leave it out\n");
    let json = desk.json(&["lists"]);
    assert!(json["files"][0].get("broken").is_none() && json["files"][1]["broken"]["reason"].is_string());
}

#[test]
fn the_plainly_benign_is_named_and_can_be_left_out() {
    let warnings = r#"{"name": "Own hosts", "version": 1, "description": "", "type": "hostname",
        "matching_attributes": ["domain", "url"], "list": ["good.example", "*"]}"#;
    let desk = Desk::new(&[("list.txt", "good.example\nevil.example\n"), ("own.json", warnings)]);
    let said = desk.check(&["list.txt", "--warn-list", "own.json"]);
    assert_all(&said.out, &["Plainly benign\n  1  Own hosts: good.example\n", "--drop-warned", "  2  in all\n"]);
    assert_all(&said.err, &["warninglist Own hosts, entry 2 is not used: "]);
    let dropped = desk.check(&["list.txt", "--warn-list", "own.json", "--drop-warned"]);
    assert_all(&dropped.out, &["  1  in all\n", "They are left out."]);
    assert_eq!(desk.json(&["list.txt", "--warn-list", "own.json"])["benign"]["Own hosts"], 1);
}

#[test]
fn what_follows_is_added_and_counted() {
    let lines = "https://a.evil.example/1\nhttps://a.evil.example/2\nb.other.example\nother.example\n198.51.100.0/30\n";
    let desk = Desk::new(&[("list.txt", lines)]);
    let json = desk.json(&["list.txt", "--derive", "host,registrable", "--expand-cidr", "24"]);
    assert_eq!(json["derived"], serde_json::json!({"host": 1, "registrable": 1, "network": 4}));
    assert_eq!(json["kinds"], serde_json::json!({"domain": 4, "ipv4": 4, "url": 2}), "what is read is not derived");
    let domains = desk.json(&["list.txt", "--derive", "host", "--kinds", "domain"]);
    assert_eq!(domains["kinds"], serde_json::json!({"domain": 3}), "also from kinds that are not taken");
    assert_eq!(domains["left_out"], serde_json::json!({"cidr": 1, "url": 2}));
    let said = desk.canon(&["https://a.evil.example/1", "--derive", "host"]);
    assert_eq!(said.out, "url,https://a.evil.example/1\ndomain,a.evil.example\n");
}

#[test]
fn a_secret_is_never_printed() {
    let desk = Desk::new(&[("list.txt", "credential,jane@evil.example:hunter2secret\n")]);
    for args in [
        &["canon", "jane@evil.example:hunter2secret", "--as", "credential", "--explain"][..],
        &["canon", "credential,jane@evil.example:hunter2secret", "--explain"],
        &["check", "list.txt", "--all"],
        &["check", "list.txt", "--format", "json"],
    ] {
        let said = desk.run(args, "");
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(!said.out.contains("hunter2") && !said.err.contains("hunter2"), "{}{}", said.out, said.err);
    }
}

/// What hostile lists are full of. [`Said::of`] holds each output against it.
const HOSTILE: [&str; 6] = ["\u{1b}[2J", "\u{1b}]0;x\u{7}", "\u{202e}", "\u{9b}31m", "\r\u{8}", "\u{2066}\u{200b}"];

#[test]
fn nothing_hostile_reaches_a_terminal() {
    for hostile in HOSTILE {
        let header = format!("type,value,com{hostile}ment\ndomain,evil.example,x{hostile}\n");
        let list = format!(
            "evil{hostile}.example\n{hostile}\ntext,a{hostile}b\nurl,https://evil.example/{hostile}\nevil.example {hostile}\n\
             account,x:{hostile}\n{hostile},evil.example\ngood.example\n"
        );
        let warnings = format!(
            r#"{{"name": {}, "version": 1, "description": "", "type": "hostname", "matching_attributes": ["domain"], "list": ["good.example"]}}"#,
            serde_json::to_string(&format!("Bad {hostile} list")).unwrap()
        );
        let stem = hostile.replace('/', "");
        let (names, desk) = (["list", "table", "warn"].map(|name| format!("{name}{stem}")), Desk::new(&[]));
        for (name, text) in names.iter().zip([&list, &header, &warnings]) {
            fs::write(desk.path().join(name), text).unwrap();
        }
        let [list_name, table_name, warn_name] = names.each_ref().map(String::as_str);
        for format in ["text", "json"] {
            let args = ["check", list_name, table_name, "--warn-list", warn_name, "--all", "--format", format];
            assert!(!desk.run(&args, "").out.is_empty());
            desk.run(&["check", "-", "--format", format], &list);
        }
        desk.run(&["check", table_name, "--warn-list", list_name], "");
        desk.run(&["check", &format!("gone{stem}"), "--format", "json"], "");
        desk.run(&["--home", &format!("home{stem}"), "publish", "x", list_name], "");
        desk.run(&["check", list_name, &format!("--{stem}")], "");
        for option in ["--as", "--country", "--kinds", "--derive", "--from", "--expand-cidr"] {
            assert_eq!(desk.run(&["check", list_name, option, hostile], "").code, 2);
        }
        for line in list.lines().chain([hostile]) {
            for extra in [&[][..], &["--explain"], &["--as", "text"], &["--as", "text", "--explain"]] {
                desk.run(&[&["canon", line], extra].concat(), "");
            }
        }
        desk.run(&["canon", "-", "--explain"], &list);
    }
}

#[test]
fn a_name_that_is_not_utf8_is_no_obstacle() {
    let desk = Desk::new(&[]);
    let name = OsStr::from_bytes(b"list\xff\x1b.txt");
    fs::write(desk.path().join(name), "evil.example\n").unwrap();
    assert_eq!(desk.run(&[OsStr::new("check"), name], "").code, 0);
    assert_eq!(desk.check(&[".", "--format", "json"]).code, 0);
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let desk = Desk::new(&[("list.txt", &"no such thing\n".repeat(5000))]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_mandorla"));
    command.args(["check", "list.txt", "--all"]).current_dir(desk.path()).env_clear().stdout(writer);
    assert_eq!(command.output().unwrap().status.code(), Some(0));
}
