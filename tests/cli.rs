//! The binary as people call it, as far as that needs no server: identities, cards, and what is refused.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A directory in which commands run, with homes `n`, `h` and so on below it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mandorla"));
        command.args(args).current_dir(self.path()).env_clear().stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Standard output of a command that succeeds and has nothing to complain of.
    fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{args:?}");
        text(&output.stdout)
    }

    /// Standard error of a command that fails: one to three lines, no panic, nothing that steers a terminal.
    fn refused(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let stderr = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()), "{args:?}: {stderr}");
        assert!(stderr.starts_with("error: ") && (1..=3).contains(&stderr.lines().count()), "{stderr}");
        assert!(!stderr.chars().any(|c| c.is_control() && c != '\n'), "{stderr:?}");
        stderr
    }

    /// As [`Desk::refused`], where a reason has lines of its own.
    fn refused_at_length(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()), "{args:?}");
        text(&output.stderr)
    }

    /// Makes an identity in the home `home`, and its card beside it.
    fn identity(&self, home: &str, name: &str, role: &str) {
        self.ok(&["--home", home, "id", "new", "--name", name, "--role", role, "--contact", "Desk <desk@n.example>"]);
        let card = self.ok(&["--home", home, "id", "card"]);
        fs::write(self.path().join(format!("{home}.card")), card).unwrap();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The value of a line `field   value`.
fn field<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim()
}

#[test]
fn people_swap_cards() {
    let desk = Desk::new();
    let contact = "Duty officer <duty@agency.example>";
    let made = desk.ok(&[
        "--home",
        "a",
        "id",
        "new",
        "--name",
        "Agency A",
        "--role",
        "agency",
        "--contact",
        contact,
        "--phone",
        "+1 555 0100",
    ]);
    assert!(made.contains("mandorla id card"), "{made}");
    assert_eq!(fs::metadata(desk.path().join("a")).unwrap().permissions().mode() & 0o777, 0o700);
    fs::write(desk.path().join("a.card"), desk.ok(&["--home", "a", "id", "card"])).unwrap();

    let shown = desk.ok(&["card", "show", "a.card"]);
    let said = ["name", "role", "contact"].map(|name| field(&shown, name));
    assert_eq!(said, ["Agency A", "agency", "Duty officer <duty@agency.example>, +1 555 0100"]);
    assert!(field(&shown, "signature").starts_with("good"));
    assert_eq!(field(&shown, "fingerprint"), field(&desk.ok(&["--home", "a", "id", "show"]), "fingerprint"));

    desk.identity("n", "Northwind Social", "company");
    let added = desk.ok(&["--home", "n", "card", "add", "a.card", "n.card"]);
    let lines: Vec<&str> = added.lines().collect();
    assert!(lines[0].starts_with("new ") && lines[0].contains(field(&shown, "fingerprint")), "{added}");
    assert!(lines[1].starts_with("known ") && lines[2].contains("by telephone"), "{added}");
    assert!(desk.ok(&["--home", "n", "card", "add", "a.card"]).starts_with("known "));

    let list = desk.ok(&["--home", "n", "card", "list"]);
    assert!(list.lines().count() == 2 && list.contains("+1 555 0100") && list.ends_with("this home\n"), "{list}");
}

#[test]
fn a_card_survives_email_and_standard_input() {
    let desk = Desk::new();
    desk.identity("n", "Northwind Social", "company");
    let card = fs::read_to_string(desk.path().join("n.card")).unwrap();
    let quoted: String = card.lines().map(|line| format!("> {line}\r\n")).collect();
    let mail = [b"Our card, cordially \xE9\n".as_slice(), quoted.as_bytes()].concat();

    let mut child = desk.command(&["card", "show", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&mail).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), field(&text(&output.stdout), "name")), (Some(0), "Northwind Social"));
}

#[test]
fn a_bad_card_is_refused_and_nothing_is_added() {
    let desk = Desk::new();
    desk.identity("n", "Northwind Social", "company");
    desk.identity("h", "Harbour Mail", "company");
    let card = fs::read_to_string(desk.path().join("h.card")).unwrap();
    let mut lines: Vec<String> = card.lines().map(str::to_owned).collect();
    let flipped = if lines[2].starts_with('A') { "B" } else { "A" };
    lines[2].replace_range(..1, flipped);
    for (file, content, reason) in [
        ("changed.card", lines.join("\n"), "cannot read the card in changed.card"),
        ("cut.card", card.lines().take(2).collect::<Vec<_>>().join("\n"), "copy the whole block"),
        ("note.txt", "call me".to_owned(), "BEGIN MANDORLA CARD"),
        ("key.card", fs::read_to_string(desk.path().join("h/keys/sign.key")).unwrap(), "holds a MANDORLA SIGNING KEY"),
    ] {
        fs::write(desk.path().join(file), content).unwrap();
        let error = desk.refused(&["card", "show", file]);
        assert!(error.contains(reason), "{error}");
        desk.refused(&["--home", "n", "card", "add", "h.card", file]);
    }
    assert!(desk.refused(&["card", "show", "gone.card"]).contains("No such file"));
    assert_eq!(desk.ok(&["--home", "n", "card", "list"]).lines().count(), 1);
}

#[test]
fn a_second_card_of_a_name_is_for_people_to_settle() {
    let desk = Desk::new();
    desk.identity("n", "Northwind Social", "company");
    desk.identity("h", "Harbour Mail", "company");
    desk.identity("x", "HARBOUR MAIL", "company");
    desk.ok(&["--home", "n", "card", "add", "h.card"]);
    let error = desk.refused(&["--home", "n", "card", "add", "x.card"]);
    assert!(error.contains("call its owner") && error.contains("--replace"), "{error}");
    assert!(desk.ok(&["--home", "n", "card", "add", "--replace", "x.card"]).starts_with("replaced "));
    assert!(desk.ok(&["--home", "n", "card", "list"]).contains("HARBOUR MAIL"));
}

#[test]
fn a_changed_contact_is_taken_from_its_owner_alone() {
    let desk = Desk::new();
    desk.identity("n", "Northwind Social", "company");
    desk.identity("h", "Harbour Mail", "company");
    desk.ok(&["--home", "h", "card", "add", "n.card"]);
    let old = fs::read_to_string(desk.path().join("n.card")).unwrap();
    let changed = desk.ok(&["--home", "n", "id", "contact", "Night <night@n.example>", "--hours", "18 to 6"]);
    assert_eq!(field(&changed, "contact"), "Night <night@n.example>, 18 to 6");
    fs::write(desk.path().join("new.card"), desk.ok(&["--home", "n", "id", "card"])).unwrap();
    assert!(desk.ok(&["--home", "h", "card", "add", "new.card"]).starts_with("new contact "));
    assert!(desk.ok(&["--home", "h", "card", "list"]).contains("Night <night@n.example>, 18 to 6"));

    fs::write(desk.path().join("old.card"), old).unwrap();
    assert!(desk.ok(&["--home", "h", "card", "add", "old.card"]).starts_with("known "), "an older one changes nothing");
    assert!(desk.ok(&["--home", "h", "card", "list"]).contains("Night <night@n.example>"));
    let error = desk.refused(&["--home", "n", "id", "contact", "Night <night@n.example>", "--phone", "\u{1b}[2J"]);
    assert!(error.contains("cannot change the contact"), "{error}");
}

/// A home `new` beside `old`, whose keys it succeeds, and its card beside it.
fn succeed(desk: &Desk, old: &str, new: &str) -> String {
    let made = desk.ok(&["--home", new, "id", "new", "--succeeds", old]);
    fs::write(desk.path().join(format!("{new}.card")), desk.ok(&["--home", new, "id", "card"])).unwrap();
    made
}

#[test]
fn keys_change_by_a_successor_card() {
    let desk = Desk::new();
    desk.identity("n", "Northwind Social", "company");
    desk.identity("h", "Harbour Mail", "company");
    desk.ok(&["--home", "n", "card", "add", "h.card"]);
    desk.ok(&["--home", "h", "card", "add", "n.card"]);
    let made = succeed(&desk, "n", "n2");
    assert_eq!((field(&made, "name"), field(&made, "role")), ("Northwind Social", "company"));
    assert!(made.contains("go on with ") && made.contains("Keep a backup"), "{made}");
    let card = fs::read_to_string(desk.path().join("n2.card")).unwrap();
    assert!(card.starts_with("-----BEGIN MANDORLA SUCCESSOR CARD-----\n"), "{card}");

    let [old, new] = ["n.card", "n2.card"].map(|file| desk.ok(&["card", "show", file]));
    assert_eq!(field(&new, "succeeds"), format!("{}: its key signed the card after it", field(&old, "fingerprint")));
    assert_ne!(field(&new, "fingerprint"), field(&old, "fingerprint"));
    assert_eq!(field(&desk.ok(&["--home", "n2", "id", "show"]), "succeeds"), field(&new, "succeeds"));
    let books = |home: &str| desk.ok(&["--home", home, "card", "list"]);
    let succeeded = format!("succeeded by {}", field(&new, "fingerprint"));
    assert!(books("n2").contains("Harbour Mail") && books("n2").contains(&succeeded), "{}", books("n2"));
    assert!(books("n").contains(&format!("this home, {succeeded}")), "{}", books("n"));

    assert!(desk.ok(&["--home", "h", "card", "add", "n2.card"]).starts_with("successor  "));
    assert!(books("h").lines().count() == 3 && books("h").contains(&succeeded), "{}", books("h"));
    assert!(desk.ok(&["--home", "h", "card", "add", "n.card", "n2.card"]).starts_with("known "));

    // Whoever missed one checks the next by the line of all.
    succeed(&desk, "n2", "n3");
    succeed(&desk, "n3", "n4");
    assert!(desk.ok(&["--home", "h", "card", "add", "n4.card"]).starts_with("successor  "));
    assert_eq!(desk.ok(&["card", "show", "n4.card"]).matches("its key signed the card after it").count(), 3);
    assert!(desk.refused(&["--home", "h", "card", "add", "n3.card"]).contains("has the successor of this card"));
}

#[test]
fn a_stolen_key_makes_no_quiet_successor() {
    let desk = Desk::new();
    desk.identity("n", "Northwind Social", "company");
    desk.identity("h", "Harbour Mail", "company");
    desk.ok(&["--home", "h", "card", "add", "n.card"]);
    let copied = Command::new("cp").args(["-a", "n", "thief"]).current_dir(desk.path()).status().unwrap();
    assert!(copied.success());
    succeed(&desk, "n", "n2");
    succeed(&desk, "thief", "thief2");

    desk.ok(&["--home", "h", "card", "add", "n2.card"]);
    let error = desk.refused(&["--home", "h", "card", "add", "thief2.card"]);
    for part in ["--replace", "may have stolen the old key", "call the owner by telephone"] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
    assert!(desk.refused(&["--home", "n2", "card", "add", "thief2.card"]).contains("may have stolen"));
    assert!(desk.ok(&["--home", "h", "card", "add", "--replace", "thief2.card"]).starts_with("replaced "));
    assert!(desk.refused(&["--home", "h", "card", "add", "n2.card"]).contains("may have stolen"));

    let error = desk.refused(&["--home", "n9", "id", "new", "--succeeds", "n"]);
    assert!(error.contains("has a successor already") && error.contains("n/book/"), "{error}");
    assert!(!desk.path().join("n9").exists());
    let error = desk.refused(&["--home", "n9", "id", "new", "--succeeds", "nowhere"]);
    assert!(error.contains("there is no identity in"), "{error}");

    // Version, count and the old core take 129 bytes, the signature 64, and a line has 48.
    let card = fs::read_to_string(desk.path().join("n2.card")).unwrap();
    let mut lines: Vec<String> = card.lines().map(str::to_owned).collect();
    let flipped = if lines[4].starts_with('A') { "B" } else { "A" };
    lines[4].replace_range(..1, flipped);
    fs::write(desk.path().join("changed.card"), lines.join("\n")).unwrap();
    let error = desk.refused(&["card", "show", "changed.card"]);
    assert!(
        error.contains("cannot read the card in changed.card") && error.contains("the old key's signature"),
        "{error}"
    );
}

#[test]
fn keys_are_never_overwritten() {
    let desk = Desk::new();
    desk.identity("n", "Northwind Social", "company");
    let before = desk.ok(&["--home", "n", "id", "card"]);
    let again = ["--home", "n", "id", "new", "--name", "Other", "--role", "agency", "--contact", "a@n.example"];
    assert!(desk.refused(&again).contains("holds an identity already: choose another directory"));
    assert_eq!(desk.ok(&["--home", "n", "id", "card"]), before);
}

#[test]
fn without_a_home_it_says_how_to_make_one() {
    let desk = Desk::new();
    for args in [
        &["--home", "none", "id", "card"][..],
        &["--home", "none", "card", "list"],
        &["--home", "none", "serve", "--listen", "127.0.0.1:0"],
        &["--home", "none", "charter", "list"],
        &["--home", "none", "publish", "election-2026", "-"],
    ] {
        assert!(desk.refused(args).contains("make one with `mandorla id new`"));
    }
    assert!(desk.refused(&["id", "card"]).contains("set MANDORLA_HOME"), "no place is known");
    let mut elsewhere = desk.command(&["id", "card"]);
    let output = elsewhere.env("MANDORLA_HOME", desk.path().join("env")).output().unwrap();
    assert!(text(&output.stderr).contains("/env: make one"));
}

#[test]
fn a_home_that_others_can_read_is_refused() {
    let desk = Desk::new();
    desk.identity("n", "Northwind Social", "company");
    fs::set_permissions(desk.path().join("n/keys/sign.key"), fs::Permissions::from_mode(0o640)).unwrap();
    assert!(desk.refused(&["--home", "n", "id", "card"]).contains("chmod go="));
}

#[test]
fn a_name_cannot_steer_a_terminal() {
    let desk = Desk::new();
    for name in ["\u{1b}[31mNorthwind", "North\u{202e}wind", "North\nwind", " Northwind", ""] {
        let args = ["--home", "n", "id", "new", "--name", name, "--role", "company", "--contact", "a@n.example"];
        assert!(desk.refused(&args).contains("the name on the card"), "{name:?}");
        assert!(!desk.path().join("n").exists());
    }
    let file = "\u{1b}[2J.card";
    assert!(desk.refused(&["card", "show", file]).contains("\\u{1b}[2J.card"));
    fs::write(desk.path().join(file), "no card").unwrap();
    assert!(desk.refused(&["card", "show", file]).contains("\\u{1b}[2J.card"));
}

#[test]
fn a_file_name_forges_no_lines() {
    let desk = Desk::new();
    desk.identity("n", "Northwind Social", "company");
    let name = "x\nm.card: card\nsignature    good.card";
    fs::copy(desk.path().join("n.card"), desk.path().join(name)).unwrap();
    let plain = desk.ok(&["--home", "n", "inspect", "n.card"]);
    let shown = desk.ok(&["--home", "n", "inspect", name]);
    assert_eq!(shown.lines().count(), plain.lines().count(), "{shown}");
    assert!(shown.starts_with("x\\u{a}m.card: card\\u{a}signature    good.card: card\n"), "{shown}");
    fs::write(desk.path().join(name), "no card").unwrap();
    let error = desk.refused_at_length(&["--home", "n", "inspect", name]);
    assert!(error.lines().all(|line| line.starts_with("error: ") || line.starts_with("  ")), "{error}");
}

#[test]
fn each_role_has_its_place() {
    let desk = Desk::new();
    desk.identity("n", "Northwind Social", "company");
    desk.identity("m", "Clearing House", "matcher");
    let error = desk.refused(&["--home", "n", "serve", "--listen", "127.0.0.1:0"]);
    assert!(error.contains("Northwind Social is a company") && error.contains("--role matcher"), "{error}");
    let error = desk.refused(&["--home", "m", "serve", "--listen", "127.0.0.1:0", "--admit", "m.card"]);
    assert!(error.contains("only members and couriers are admitted"), "{error}");
    let error = desk.refused(&["--home", "n", "connect", "https://127.0.0.1:1", "--card", "n.card"]);
    assert!(error.contains("give the matcher's"), "{error}");
}

#[test]
fn what_needs_a_server_says_how_to_get_one() {
    let desk = Desk::new();
    desk.identity("n", "Northwind Social", "company");
    desk.identity("m", "Clearing House", "matcher");
    fs::write(desk.path().join("list.txt"), "evil.example\n").unwrap();
    for args in [
        &["--home", "n", "charter", "show", "election-2026"][..],
        &["--home", "n", "charter", "list"],
        &["--home", "n", "round", "show", "election-2026"],
        &["--home", "n", "publish", "election-2026", "list.txt"],
        &["--home", "n", "overlaps", "election-2026", "--format", "json"],
    ] {
        assert!(desk.refused(args).contains("run `mandorla connect https://"), "{args:?}");
    }
    for (args, reason) in [
        (&["gone.txt"][..], "cannot open gone.txt"),
        (&["list.txt", "--warn-list", "gone.json"], "cannot use the warninglist gone.json"),
    ] {
        let error = desk.refused(&[&["--home", "n", "publish", "election-2026"], args].concat());
        assert!(error.contains(reason), "what is misspelt is said before a server is asked: {error}");
    }
}

#[test]
fn a_server_that_does_not_answer_is_not_remembered() {
    let desk = Desk::new();
    desk.identity("n", "Northwind Social", "company");
    desk.identity("m", "Clearing House", "matcher");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("https://{closed}");
    let error = desk.refused(&["--home", "n", "connect", &url, "--card", "m.card"]);
    assert!(error.contains("no server answers at"), "{error}");
    assert!(desk.refused(&["--home", "n", "charter", "list"]).contains("knows no server"));
    assert!(!desk.ok(&["--home", "n", "card", "list"]).contains("Clearing House"));
}

#[test]
fn usage_errors_are_2_and_help_is_0() {
    let desk = Desk::new();
    for args in [&[][..], &["publish"], &["dance"], &["id", "new", "--role", "king"]] {
        assert_eq!(desk.run(args).status.code(), Some(2), "{args:?}");
    }
    assert!(text(&desk.run(&[]).stderr).contains("Usage: mandorla"), "help without arguments");
    assert!(desk.ok(&["--help"]).contains("Compare notes on sensitive indicators"));
    assert!(desk.ok(&["--version"]).starts_with("mandorla "));
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let desk = Desk::new();
    desk.identity("n", "Northwind Social", "company");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = desk.command(&["card", "show", "n.card"]).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

const DRAFT: &str = r#"
name = "election-2026"
matcher = "m.card"
members = ["n.card", "h.card", "a.card"]
custody = "shared"
accept_guessable = true
kinds = ["domain"]
max_indicators = 1000
min_holders = 2
[disclosure]
default = "count"
rules = [ { holder = "n.card", reader = "role:agency", level = "named" } ]
"#;

/// The cards lie one directory above the draft.
fn cards(draft: &str) -> String {
    ["n", "h", "a", "m"].iter().fold(draft.to_owned(), |draft, card| {
        draft.replace(&format!("\"{card}.card\""), &format!("\"../{card}.card\""))
    })
}

/// Without a home: a draft is checked where it is written, also by who is no member.
#[test]
fn a_draft_is_checked_before_anybody_signs() {
    let desk = Desk::new();
    for (home, name, role) in [
        ("n", "Northwind Social", "company"),
        ("h", "Harbour Mail", "company"),
        ("a", "Agency A", "agency"),
        ("m", "Clearing House", "matcher"),
    ] {
        desk.identity(home, name, role);
    }
    let draft = |text: &str| {
        fs::create_dir_all(desk.path().join("drafts")).unwrap();
        fs::write(desk.path().join("drafts/x.toml"), cards(text)).unwrap();
    };
    let check = ["--home", "nowhere", "charter", "check", "drafts/x.toml"];
    draft(DRAFT);
    let out = desk.ok(&check);
    let row = |name: &str| {
        out.lines().find(|line| line.starts_with(&format!("  {name}"))).unwrap().split_whitespace().collect::<Vec<_>>()
    };
    assert_eq!(row("Northwind Social")[2..], ["-", "count", "named"], "{out}");
    assert_eq!(row("Agency A")[2..], ["count", "count", "-"], "{out}");
    assert!(
        out.ends_with(
            "drafts/x.toml makes a charter: `mandorla charter propose drafts/x.toml` signs and uploads it.\n"
        ),
        "{out}"
    );

    // All that is wrong with the rules, after what they say.
    draft(
        &DRAFT
            .replace("min_holders = 2", "min_holders = 4\nepsilon = 0")
            .replace("accept_guessable = true\n", "")
            .replace("rules = [", "rules = [ { holder = \"role:company\", reader = \"a.card\", level = \"none\" },"),
    );
    let output = desk.run(&check);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(err, "error: drafts/x.toml makes no charter: 4 faults to put right\n");
    let joined = out.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "Northwind Social - count rules disagree",
        "What is wrong - in shared custody a matcher",
        "- `min_holders` must be 2 to the number of members (3), it is 4",
        "- `epsilon` must be 0.001 to 100: smaller is noisier",
        "- for Agency A reading Northwind Social two rules disagree: { holder = \"role:company\", reader = \"Agency A\", level = \"none\" } and \
         { holder = \"Northwind Social\", reader = \"role:agency\", level = \"named\" }; add a rule that names both members",
    ] {
        assert!(joined.contains(part), "{part} is not in\n{out}");
    }

    for (text, reason) in [
        (DRAFT.replace("kinds", "kidns"), "unknown field `kidns`"),
        (DRAFT.replace("h.card", "x.card"), "the card x.card: No such file"),
        (
            DRAFT.replace("\"count\"", "\"counts\""),
            "`counts` is no disclosure level; known: none, count, anonymous, named",
        ),
    ] {
        draft(&text);
        let refused = desk.refused_at_length(&check);
        assert!(
            refused.starts_with("error: drafts/x.toml makes no charter\n") && refused.contains(reason),
            "{refused}"
        );
    }
    fs::remove_file(desk.path().join("drafts/x.toml")).unwrap();
    assert!(desk.refused(&check).contains("No such file"));
}
