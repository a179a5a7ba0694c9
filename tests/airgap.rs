//! An agency without a network: a courier carries its files, and it learns what a member with a network learns.
//!
//! Every command of the agency's home runs in a network namespace of its own, which has no interface, where the machine lets the
//! test make one (`unshare`). Beside that, where system calls can be watched (x86-64), none of its commands opens a socket.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

#[path = "common/shell.rs"]
mod shell;
#[cfg(target_arch = "x86_64")]
#[path = "common/traced.rs"]
mod traced;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use nix::sys::signal::Signal;
use serde_json::Value;
use shell::{Server, run};

const IDENTITIES: &str = r#"
mandorla --home n id new --name "Northwind Social" --role company --contact "Trust desk <desk@northwind.example>"
mandorla --home h id new --name "Harbour Mail"     --role company --contact "Abuse desk <abuse@harbour.example>"
AIRGAP mandorla --home a id new --name "Agency A"  --role agency  --contact "Duty officer <duty@agency.example>"
mandorla --home m id new --name "Clearing House"   --role matcher --contact "Operations <ops@clearing.example>"
mandorla --home courier id new --name "Courier"    --role courier --contact "Rider <rider@agency.example>"
mandorla --home n id card > n.card
mandorla --home h id card > h.card
AIRGAP mandorla --home a id card > a.card
mandorla --home m id card > m.card
mandorla --home courier id card > courier.card
mandorla --home n card add h.card a.card m.card courier.card
mandorla --home h card add n.card a.card m.card courier.card
AIRGAP mandorla --home a card add n.card h.card m.card courier.card
mandorla --home courier card add n.card h.card a.card m.card
"#;
const SERVE: &str =
    "mandorla --home m serve --listen 127.0.0.1:0 --admit n.card --admit h.card --admit a.card --admit courier.card";
const AGREE: &str = "
mandorla --home n connect https://127.0.0.1:PORT --card m.card
mandorla --home h connect https://127.0.0.1:PORT --card m.card
mandorla --home courier connect https://127.0.0.1:PORT --card m.card
mandorla --home n charter propose election-2026.toml
mandorla --home h charter sign election-2026
";
const DRAFT: &str = r#"
name = "election-2026"
matcher = "m.card"
members = ["n.card", "h.card", "a.card"]
carriers = [ { member = "a.card", card = "courier.card" } ]
custody = "shared"
accept_guessable = true
kinds = ["domain", "ipv4"]
max_indicators = 10_000
min_holders = 2
disclosure.default = "named"
"#;

/// What custody by a custodian takes besides.
const VAULT: &str = r#"
mandorla --home c id new --name "Vault" --role custodian --contact "Operations <ops@vault.example>"
mandorla --home c id card > c.card
mandorla --home n card add c.card
mandorla --home h card add c.card
AIRGAP mandorla --home a card add c.card
mandorla --home courier card add c.card
"#;
const SERVE_VAULT: &str = "mandorla --home c serve-custodian --listen 127.0.0.1:0 --admit n.card --admit h.card --admit a.card --admit courier.card";
/// Publishing, one way and the other.
const BLINDED: [&str; 2] = [
    "
AIRGAP mandorla --home a seal --order r.order agency.txt --blinded a.blinded
mandorla --home courier submit a.blinded --out a.evaluated
AIRGAP mandorla --home a seal --order r.order agency.txt --evaluated a.evaluated --out a.sealed
mandorla --home courier submit a.sealed --receipt a.receipt
",
    "
AIRGAP mandorla --home a seal --order r.order agency.txt --blinded - > a.blinded
mandorla --home courier submit a.blinded > a.evaluated
AIRGAP mandorla --home a seal --order r.order agency.txt --evaluated a.evaluated --tags a.tags > a.sealed
mandorla --home courier submit a.sealed --receipt a.receipt
",
];

/// The courier's files as bytes.
const BYTES: [&str; 3] = [
    "
mandorla --home n charter export election-2026 --for-signing --out e.charter
AIRGAP mandorla --home a charter show e.charter
AIRGAP mandorla --home a charter sign e.charter --out e.signed
mandorla --home courier submit e.signed
mandorla --home n round open election-2026
mandorla --home courier round order election-2026 --out r.order
",
    "
AIRGAP mandorla --home a seal --order r.order agency.txt --out a.sealed
mandorla --home courier submit a.sealed --receipt a.receipt
",
    "
AIRGAP mandorla --home a question --order r.order --tags a.tags --out a.question
mandorla --home courier submit a.question --out a.answer
",
];
/// As text, over standard output.
const TEXT: [&str; 3] = [
    "
mandorla --home n charter export election-2026 --for-signing > e.charter
AIRGAP mandorla --home a charter show e.charter
AIRGAP mandorla --home a charter sign e.charter > e.signed
mandorla --home courier submit e.signed
mandorla --home n round open election-2026
mandorla --home courier round order election-2026 > r.order
",
    "
AIRGAP mandorla --home a seal --order r.order agency.txt --tags a.tags > a.sealed
mandorla --home courier submit a.sealed --receipt a.receipt
",
    "
AIRGAP mandorla --home a question --order r.order --tags a.tags > a.question
mandorla --home courier submit a.question > a.answer
",
];
const REPORT: &str = "AIRGAP mandorla --home a overlaps --answer a.answer --tags a.tags --format json";

/// What runs a command without a network here; nothing if the machine allows none of it.
static AIRGAP: LazyLock<&str> = LazyLock::new(|| {
    let works = |words: &str| {
        let mut words = words.split_whitespace();
        let mut probe = Command::new(words.next().unwrap());
        probe.args(words).arg("true").stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    let found = ["unshare --net ", "unshare --map-root-user --net "].into_iter().find(|words| works(words));
    if found.is_none() {
        println!("no network namespace can be made here: the agency's commands run without one");
    }
    found.unwrap_or_default()
});

/// A directory with all homes, and a matcher that serves.
struct Site {
    dir: tempfile::TempDir,
    server: Server,
    vault: Option<Server>,
}

impl Site {
    /// Everybody but the agency has signed.
    fn new() -> Self {
        Self::under(false)
    }

    fn under(custodian: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("election-2026.toml", DRAFT),
            ("northwind.txt", "evil.example\n203.0.113.7\nonly.n.example\n"),
            ("harbour.txt", "evil.example\nonly.h.example\n"),
            ("agency.txt", "203[.]0[.]113[.]7\nevil.example\nonly.a.example\n"),
        ] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        lines(dir.path(), IDENTITIES);
        let vault = custodian.then(|| {
            lines(dir.path(), VAULT);
            let vault = Server::start(dir.path(), SERVE_VAULT);
            let named = format!(
                "custody = \"custodian\"\ncustodians = [ {{ card = \"c.card\", url = \"https://127.0.0.1:{}\" }} ]",
                vault.1
            );
            let draft = DRAFT.replace("custody = \"shared\"\naccept_guessable = true", &named);
            fs::write(dir.path().join("election-2026.toml"), draft).unwrap();
            vault
        });
        let server = Server::start(dir.path(), SERVE);
        lines(dir.path(), &AGREE.replace("PORT", &server.1));
        Self { dir, server, vault }
    }

    /// Runs lines that must succeed; their standard output.
    fn all(&self, text: &str) -> String {
        lines(self.dir.path(), text)
    }

    fn refused(&self, line: &str, reason: &str) {
        shell::refused(self.dir.path(), &line.replace("AIRGAP ", &AIRGAP), reason);
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.dir.path().join(name)).unwrap()
    }

    fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.all(line)).unwrap()
    }

    /// The agency's home, as if it had a network from here on.
    fn agency_online(&self) {
        copy(&self.dir.path().join("a"), &self.dir.path().join("online"));
        let rounds = self.dir.path().join("online/rounds");
        let round = fs::read_dir(&rounds).unwrap().next().unwrap().unwrap().path();
        fs::copy(self.dir.path().join("a.tags"), round.join("1.tags")).unwrap();
        self.all(&format!("mandorla --home online connect https://127.0.0.1:{} --card m.card", self.server.1));
    }

    /// Nothing that a test did gave the agency's home a server, or a connection.
    fn stop(self) {
        assert!(!self.dir.path().join("a/servers").exists(), "the home knows no server");
        if !AIRGAP.is_empty() {
            // A home that knows the server does not reach it from there.
            self.refused("AIRGAP mandorla --home n charter list", "no server answers at");
        }
        self.server.stop(Signal::SIGTERM);
        if let Some(vault) = self.vault {
            vault.stop(Signal::SIGTERM);
        }
    }
}

fn lines(dir: &Path, text: &str) -> String {
    shell::all(dir, &text.replace("AIRGAP ", &AIRGAP), "")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, to) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if entry.is_dir() { copy(&entry, &to) } else { fs::copy(&entry, &to).map(drop).unwrap() }
    }
}

/// A report without what differs from question to question: its time, and what was known by filters alone.
fn lasting(mut report: Value) -> Value {
    for changing in ["generated", "chance_overlaps_expected"] {
        assert!(report.as_object_mut().unwrap().remove(changing).is_some(), "{changing}");
    }
    for overlap in report["overlaps"].as_array_mut().unwrap() {
        for holder in overlap["holders"].as_array_mut().unwrap() {
            assert!(holder.as_object_mut().unwrap().remove("certainty").is_some());
        }
    }
    report
}

fn session(lines: [&str; 3]) -> Site {
    play(Site::new(), lines)
}

fn play(site: Site, [agree, publish, ask]: [&str; 3]) -> Site {
    let agreed = site.all(agree);
    for part in ["has not signed", "Brought the signature of Agency A.", "In force: all members have signed."] {
        assert!(agreed.contains(part), "{part} is not in\n{agreed}");
    }
    site.all("mandorla --home n publish election-2026 northwind.txt");
    site.all("mandorla --home h publish election-2026 harbour.txt");
    let receipt = site.all(publish);
    assert!(receipt.contains("receipt for  list 1") && receipt.contains("of member    Agency A"), "{receipt}");
    site.refused("mandorla --home courier round show election-2026", "no member of it");
    site.all("mandorla --home n round close election-2026");
    site.all("mandorla --home h overlaps election-2026");
    site.all(ask);
    site
}

fn check(site: Site) {
    let report = site.json(REPORT);
    let overlaps: Vec<String> = report["overlaps"].as_array().unwrap().iter().map(overlap).collect();
    assert_eq!(overlaps, ["evil.example Northwind Social, Harbour Mail", "203.0.113.7 Northwind Social"]);
    site.agency_online();
    let online = site.json("mandorla --home online overlaps election-2026 --format json");
    assert_eq!(lasting(report.clone()), lasting(online));
    assert_eq!(site.json(REPORT), report, "the answer can be read again");
    let companies = site.json("mandorla --home n overlaps election-2026 --format json");
    assert_eq!(companies["overlaps"].as_array().unwrap().len(), 2);
    site.stop();
}

fn overlap(overlap: &Value) -> String {
    let holders = overlap["holders"].as_array().unwrap().iter();
    let names: Vec<&str> = holders.map(|holder| holder["name"].as_str().unwrap()).collect();
    format!("{} {}", overlap["value"].as_str().unwrap(), names.join(", "))
}

/// One more file each way, and nothing of a list in them; the agency's commands open no socket.
#[test]
fn lists_are_evaluated_across_the_gap() {
    for ([agree, _, ask], publish) in [(BYTES, BLINDED[0]), (TEXT, BLINDED[1])] {
        let site = play(Site::under(true), [agree, publish, ask]);
        let told = site.all("mandorla --home courier inspect a.blinded a.evaluated r.order");
        // Three indicators, and 16 canaries for each of two others.
        for part in [
            "a.blinded: blinded list",
            "of member         Agency A",
            "blinded elements  35",
            "for custodian     Vault at https://127.0.0.1:",
            "a.evaluated: evaluated list",
            "evaluated elements  35",
            "The custodians have signed for the keys in it.",
        ] {
            assert!(told.contains(part), "{part} is not in\n{told}");
        }
        for secret in ["evil.example", "203.0.113.7", "only.a.example"] {
            for file in ["a.blinded", "a.evaluated"] {
                let found = site.read(file).windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{secret} in {file}");
            }
        }
        let shown = site.all("mandorla --home h round show election-2026");
        assert!(shown.contains("\n  Vault (custodian)  states that it destroyed its key 20"), "{shown}");
        let rehearsed = site.all("mandorla --home n publish election-2026 northwind.txt --dry-run");
        let most = "The custodians would evaluate 35, canaries included, or fewer";
        assert!(rehearsed.contains(most) && rehearsed.contains("a member has 10,032 in a round"), "{rehearsed}");
        let meter = site.all("mandorla --home c custodian meter");
        assert!(meter.contains("Agency A (agency)           35 of 10,032 evaluations"), "{meter}");
        site.refused(
            "mandorla --home courier submit a.blinded --out late",
            "custodian Vault: it refused: the round's key was destroyed",
        );
        site.refused("mandorla --home courier submit a.evaluated", "goes to the home that blinded the list");
        let again = "AIRGAP mandorla --home a seal --order r.order agency.txt";
        site.refused(
            &format!("{again} --evaluated r.order --out b.sealed"),
            "this is a round order, not an evaluated list",
        );
        check(site);
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn blinding_opens_no_socket() {
    let site = Site::under(true);
    site.all(BYTES[0]);
    for line in BLINDED[0].lines().filter(|line| !line.is_empty()) {
        let Some(line) = line.strip_prefix("AIRGAP ") else {
            site.all(line);
            continue;
        };
        let words = shell::words(line).into_iter().map(|word| if word == "mandorla" { shell::BINARY } else { word });
        let Some(seen) = traced::run(site.dir.path(), &words.collect::<Vec<_>>(), None) else { return };
        assert!(seen.exit == 0 && seen.calls > 100, "{line}: {} after {} calls", seen.exit, seen.calls);
        assert_eq!(seen.sockets, 0, "{line}");
    }
    site.stop();
}

#[test]
fn files_as_bytes() {
    let site = session(BYTES);
    for (file, magic) in [
        ("e.charter", "charter"),
        ("e.signed", "charter"),
        ("r.order", "round order"),
        ("a.sealed", "sealed list"),
        ("a.question", "question"),
        ("a.answer", "answer"),
        ("a.tags", "tags file"),
    ] {
        assert!(site.read(file).starts_with(format!("mandorla/1 {magic}").as_bytes()), "{file}");
    }
    let told = site.all(
        "mandorla --home courier inspect e.charter e.signed r.order a.sealed a.question a.answer a.receipt m.card",
    );
    for part in [
        "e.charter: charter",
        "r.order: round order",
        "a.sealed: sealed list",
        "shards     1",
        "a.question: question",
        "a.answer: answer",
        "frames of 64 KiB  1",
        "Only the member that asked can open it",
        "a.receipt: receipt",
        "Signed by Clearing House",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    for secret in ["evil.example", "203.0.113.7", "only.a.example"] {
        for file in ["a.sealed", "a.question", "a.answer", "a.tags", "r.order"] {
            let found = site.read(file).windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {file}");
        }
        assert!(!told.contains(secret));
    }
    assert!(site.all("AIRGAP mandorla --home a inspect a.tags").contains("indicators  3"));
    site.refused("mandorla --home courier inspect a.tags", "these tags cannot be read here");
    check(site);
}

#[test]
fn files_as_text() {
    let site = session(TEXT);
    for (file, kind) in [
        ("e.charter", "CHARTER"),
        ("e.signed", "CHARTER"),
        ("r.order", "ROUND ORDER"),
        ("a.sealed", "SEALED LIST"),
        ("a.question", "QUESTION"),
        ("a.answer", "ANSWER"),
        ("a.receipt", "RECEIPT"),
    ] {
        let text = String::from_utf8(site.read(file)).unwrap();
        assert!(text.starts_with(&format!("-----BEGIN MANDORLA {kind}-----\n")), "{file}: {text}");
    }
    check(site);
}

/// Publishing again, and taking back, by files: an older file never wins.
#[test]
fn a_list_is_published_again_and_taken_back() {
    let site = Site::new();
    site.all(BYTES[0]);
    site.refused("mandorla --home courier submit r.order", "goes to the home without a network");
    site.refused(
        "AIRGAP mandorla --home a withdraw --order r.order",
        "this home has sealed no list in this round, so there is nothing to withdraw",
    );
    site.all(BYTES[1]);
    let again = "
AIRGAP mandorla --home a seal --order r.order agency.txt --out second.sealed
mandorla --home courier submit second.sealed
";
    assert!(site.all(again).contains("receipt for  list 2"));
    site.refused(
        "mandorla --home courier submit a.sealed",
        "list number 1 is not newer than number 2, which is published",
    );
    let shown = site.all("mandorla --home n round show election-2026");
    assert!(shown.contains("list 2"), "{shown}");

    site.all("AIRGAP mandorla --home a withdraw --order r.order --out a.withdrawal");
    site.refused("AIRGAP mandorla --home a inspect second.tags", "these tags cannot be read here");
    let told = site.all("mandorla --home courier inspect a.withdrawal\nmandorla --home courier submit a.withdrawal");
    assert!(told.contains("lists up to number 2") && told.contains("List 2 is withdrawn"), "{told}");
    site.refused("mandorla --home courier submit second.sealed", "which was withdrawn: seal it again");
    let shown = site.all("mandorla --home n round show election-2026");
    assert!(shown.contains("had a list, which is withdrawn"), "{shown}");

    let third = "
AIRGAP mandorla --home a seal --order r.order agency.txt --out third.sealed
mandorla --home courier submit third.sealed
";
    assert!(site.all(third).contains("receipt for  list 3"));
    site.refused(
        "mandorla --home courier submit a.withdrawal",
        "the withdrawal is for lists up to number 2, and list 3 is published",
    );
    site.all("AIRGAP mandorla --home a question --order r.order --tags third.tags --out a.question");
    site.refused("mandorla --home courier submit a.question --out a.answer", "overlaps are answered after its close");
    site.refused("AIRGAP mandorla --home a question --order r.order --tags a.tags", "these tags cannot be read here");
    assert!(!site.dir.path().join("a.answer").exists());
    site.all("mandorla --home n round close election-2026");
    site.all("mandorla --home courier submit a.question --out a.answer");
    let report = site.json("AIRGAP mandorla --home a overlaps --answer a.answer --tags third.tags --format json");
    assert_eq!((&report["published"], &report["overlaps"]), (&3.into(), &Value::Array(Vec::new())));
    site.stop();
}

/// Neither by another name for the same file; and tags, which may be the only ones, never.
#[test]
fn no_output_takes_the_place_of_an_input() {
    let site = Site::new();
    site.all(BYTES[0]);
    std::os::unix::fs::symlink("agency.txt", site.dir.path().join("link")).unwrap();
    let keeps = |line: &str, file: &str| {
        let before = site.read(file);
        site.refused(line, "would be overwritten, and it is needed itself: give another name");
        assert_eq!(site.read(file), before, "{line}");
    };
    let seal = "AIRGAP mandorla --home a seal --order r.order agency.txt";
    keeps(&format!("{seal} --out agency.txt"), "agency.txt");
    keeps(&format!("{seal} --out link"), "agency.txt");
    keeps(&format!("{seal} --out a.sealed --tags ./agency.txt"), "agency.txt");
    keeps(&format!("{seal} --out r.order"), "r.order");
    assert!(!site.dir.path().join("a.sealed").exists() && !site.dir.path().join("a.tags").exists());
    site.refused(&format!("{seal} --out a.tags"), "a.tags would be overwritten");

    site.all(BYTES[1]);
    let (sealed, tags) = (site.read("a.sealed"), site.read("a.tags"));
    site.refused(&format!("{seal} --out a.sealed"), "a.tags is there already, and may be needed to ask about its list");
    site.refused(&format!("{seal} --out b.sealed --tags a.tags"), "a.tags is there already");
    assert_eq!((site.read("a.sealed"), site.read("a.tags")), (sealed, tags));
    keeps("mandorla --home courier submit a.sealed --receipt a.sealed", "a.sealed");
    for file in ["a.tags", "r.order"] {
        let question = "AIRGAP mandorla --home a question --order r.order --tags a.tags --out";
        keeps(&format!("{question} {file}"), file);
    }
    site.all("mandorla --home n round close election-2026");
    site.all(BYTES[2]);
    keeps("mandorla --home courier submit a.question --out a.question", "a.question");
    for file in ["a.answer", "a.tags"] {
        keeps(&format!("AIRGAP mandorla --home a overlaps --answer a.answer --tags a.tags --out {file}"), file);
    }
    site.all("AIRGAP mandorla --home a overlaps --answer a.answer --tags a.tags --out a.report");
    site.stop();
}

/// A secret key by mistake: nothing of it is printed, and nothing sent.
#[test]
fn keys_and_tags_are_not_carried() {
    let site = Site::new();
    site.all(BYTES[0]);
    site.all(BYTES[1]);
    for key in ["sign.key", "open.key", "home.key", "tls.key"] {
        let text = String::from_utf8(site.read(&format!("a/keys/{key}"))).unwrap();
        let body: Vec<&str> = text.lines().filter(|line| !line.starts_with("-----")).collect();
        assert!(!body.is_empty());
        for verb in ["submit", "inspect", "card show", "charter sign"] {
            let output = run(site.dir.path(), &format!("mandorla --home courier {verb} a/keys/{key}"));
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(!said.is_empty() && body.iter().all(|line| !said.contains(line)), "{verb} {key}: {said}");
            assert!(verb == "inspect" || !output.status.success(), "{verb} {key}");
        }
    }
    // The same without a network: no connection comes before the refusal.
    site.refused("AIRGAP mandorla --home courier submit a/keys/sign.key", "was sent nowhere: delete every copy");
    site.refused("AIRGAP mandorla --home courier submit a/keys/tls.key", "was sent nowhere: delete every copy");
    assert!(site.all("mandorla --home courier inspect a/keys/tls.key").contains("It never leaves its home"));
    site.refused("mandorla --home courier submit a.tags", "never leaves the house: ask with it");
    site.refused("mandorla --home courier submit agency.txt", "this is no file of Mandorla");
    site.refused("AIRGAP mandorla --home a submit a.sealed", "this home knows no server");
    site.refused("mandorla --home courier submit a.receipt", "is for the home whose list it is for");
    site.refused(
        "mandorla --home courier submit e.charter --out x",
        "--out is for what comes back for a question or a blinded list, and this is a charter: leave it out",
    );
    site.refused(
        "mandorla --home courier submit e.charter --receipt x",
        "no receipt for a charter: leave --receipt out",
    );
    for cut in [1usize, 30_000] {
        for file in ["a.sealed", "e.signed", "r.order"] {
            let bytes = site.read(file);
            fs::write(site.dir.path().join("cut"), &bytes[..bytes.len() - cut.min(bytes.len() - 40)]).unwrap();
            site.refused("mandorla --home courier inspect cut", "cut cannot be used");
        }
    }
    site.stop();
}

#[cfg(target_arch = "x86_64")]
#[test]
fn a_home_without_a_network_opens_no_socket() {
    let site = Site::new();
    let watched = |line: &str| {
        let (line, out) = line.split_once(" > ").map_or((line, None), |(line, out)| (line, Some(out)));
        let words = shell::words(line).into_iter().map(|word| if word == "mandorla" { shell::BINARY } else { word });
        traced::run(site.dir.path(), &words.collect::<Vec<_>>(), out)
    };
    // Whoever looks away sees no socket either.
    let Some(online) = watched("mandorla --home h charter list") else {
        assert!(!AIRGAP.is_empty(), "neither a network namespace nor a watch: nothing shows what the commands do");
        return;
    };
    assert!(online.exit == 0 && online.sockets > 0, "a home with a network opens some");

    let [agree, publish, ask] = TEXT;
    let report = format!("{REPORT} > a.json\n");
    let close = "mandorla --home n round close election-2026\n";
    let withdraw = "AIRGAP mandorla --home a withdraw --order r.order > a.withdrawal\n";
    let inspect = "AIRGAP mandorla --home a inspect e.charter r.order a.sealed a.tags a.question a.answer\n";
    let mut offline = 0;
    for line in
        [agree, publish, close, ask, &report, inspect, withdraw].concat().lines().filter(|line| !line.is_empty())
    {
        let Some(line) = line.strip_prefix("AIRGAP ") else {
            site.all(line);
            continue;
        };
        let seen = watched(line).unwrap();
        assert!(seen.exit == 0 && seen.calls > 100, "{line}: {} after {} calls", seen.exit, seen.calls);
        assert_eq!(seen.sockets, 0, "{line}");
        offline += 1;
    }
    assert_eq!(offline, 7);
}
