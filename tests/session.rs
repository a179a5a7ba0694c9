//! A session with a restart of the matcher in it, and what is refused on the way. The README's own is in `readme.rs`.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

#[path = "common/shell.rs"]
mod shell;

use std::fs;

use nix::sys::signal::Signal;
use shell::{Server, all, refused};

const IDENTITIES: &str = r#"
mandorla --home n id new --name "Northwind Social" --role company --contact "Trust desk <desk@northwind.example>"
mandorla --home h id new --name "Harbour Mail"     --role company --contact "Abuse desk <abuse@harbour.example>"
mandorla --home a id new --name "Agency A"         --role agency  --contact "Duty officer <duty@agency.example>" --phone "+1 555 0100"
mandorla --home m id new --name "Clearing House"   --role matcher --contact "Operations <ops@clearing.example>"
mandorla --home n id card > n.card
mandorla --home h id card > h.card
mandorla --home a id card > a.card
mandorla --home m id card > m.card
mandorla card show n.card
mandorla --home h card add n.card a.card m.card
mandorla --home n card add h.card a.card m.card
mandorla --home a card add n.card h.card m.card
"#;
const SERVE: &str = "mandorla --home m serve --listen 127.0.0.1:0 --admit n.card --admit h.card --admit a.card";
const RESTART: &str = "mandorla --home m serve --listen 127.0.0.1:7443";
const AGREE: &str = "
mandorla --home n connect https://127.0.0.1:7443 --card m.card
mandorla --home h connect https://127.0.0.1:7443 --card m.card
mandorla --home a connect https://127.0.0.1:7443 --card m.card
mandorla charter check election-2026.toml
mandorla --home n charter propose election-2026.toml
mandorla --home h charter show election-2026
mandorla --home h charter sign election-2026
mandorla --home a charter sign election-2026
mandorla --home h charter export election-2026 --out h.md
mandorla --home a charter export election-2026 > a.md
";
const ROUND: &str = "
mandorla --home n round open election-2026
mandorla --home n round extend election-2026 --hours 2
mandorla --home n publish election-2026 northwind.txt --dry-run
mandorla --home n publish election-2026 northwind.txt
mandorla --home h publish election-2026 harbour.csv
mandorla --home a publish election-2026 agency.txt
mandorla --home n round show election-2026
mandorla --home n round close election-2026
mandorla --home n overlaps election-2026
mandorla --home h overlaps election-2026
mandorla --home n overlaps election-2026 --format json > n.json
";

const DRAFT: &str = r#"
name = "election-2026"
matcher = "m.card"
members = ["n.card", "h.card", "a.card"]
custody = "shared"
accept_guessable = true
kinds = ["ipv4", "ipv6", "domain", "url", "email", "account", "phone", "md5", "sha1", "sha256"]
max_indicators = 1_000_000
min_holders = 2
[disclosure]
default = "named"
rules = [ { holder = "role:company", reader = "role:agency", level = "none" } ]
"#;

#[test]
fn a_matcher_that_stops_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(dir.join("election-2026.toml"), DRAFT).unwrap();
    fs::write(dir.join("northwind.txt"), "evil.example\n203.0.113.7 # seen\nno such thing\nonly.n.example\n").unwrap();
    fs::write(dir.join("harbour.csv"), "kind,value\r\ndomain,EVIL.example\r\nemail,a@evil.example\r\n").unwrap();
    fs::write(dir.join("agency.txt"), "203[.]0[.]113[.]7\nevil.example\n").unwrap();

    all(dir, IDENTITIES, "");
    let server = Server::start(dir, SERVE);
    let port = server.1.clone();
    let agreed = all(dir, AGREE, &port);
    assert!(agreed.contains("Agency A (agency) will learn nothing about your list."), "{agreed}");
    assert!(agreed.contains("Who learns what: a row for each list"), "{agreed}");
    assert!(
        agreed.contains("makes a charter: `mandorla charter propose election-2026.toml` signs and uploads it."),
        "{agreed}"
    );
    assert!(agreed.contains("Not in force: Agency A must still sign"), "{agreed}");
    let filed = fs::read_to_string(dir.join("h.md")).unwrap();
    assert!(filed.contains("In force: all members have signed.") && !filed.contains("has not signed"), "{filed}");
    assert_eq!(fs::read_to_string(dir.join("a.md")).unwrap(), filed, "the same for everybody");
    server.stop(Signal::SIGTERM);
    refused(dir, "mandorla --home n round open election-2026", "no server answers at");

    // Who was admitted is kept; what is so already is said so.
    let server = Server::start(dir, &RESTART.replace("7443", &port));
    refused(dir, "mandorla --home h round open election-2026", "only the convener, Northwind Social");
    let again = all(
        dir,
        "mandorla --home n charter propose election-2026.toml\nmandorla --home h charter sign election-2026",
        "",
    );
    assert!(again.contains("election-2026 is proposed already, charter "), "{again}");
    assert!(again.contains("Harbour Mail has signed election-2026, charter "), "{again}");
    assert_eq!(again.matches("In force: all members have signed.").count(), 2, "{again}");
    refused(dir, "mandorla --home n round show election-2026", "election-2026 has no round yet");
    let round = all(dir, ROUND, &port);
    for part in [
        "(in 26 h) moved by 2 h",
        "dry run: nothing of this was sent",
        "3 indicators, received",
        "2 of the 3 indicators of Northwind Social",
    ] {
        assert!(round.contains(part), "{part} is not in\n{round}");
    }
    check_json(&fs::read(dir.join("n.json")).unwrap());
    let again = all(dir, "mandorla --home n round close election-2026", "");
    assert_eq!(again, "election-2026, round 1 is closed already.\n");
    refused(
        dir,
        "mandorla --home n round show election-2026 --round 9",
        "election-2026 has no round 9: the latest is round 1",
    );

    let purge = "mandorla --home n round purge election-2026";
    refused(dir, purge, "Agency A published but did not ask yet");
    assert!(all(dir, "mandorla --home a overlaps election-2026", "").contains("0 of the 2 indicators"));
    all(dir, purge, "");
    refused(dir, "mandorla --home n overlaps election-2026", "the round is purged");

    // An export that failed takes no good list away, unless that is meant.
    fs::write(dir.join("empty.txt"), "# nothing today\n").unwrap();
    let next = "mandorla --home n round open election-2026\nmandorla --home n publish election-2026 northwind.txt";
    assert!(all(dir, next, "").contains("list 1 of Northwind Social, 3 indicators"));
    let strict = "mandorla --home n publish election-2026 northwind.txt --strict";
    refused(dir, strict, "--strict: 1 line rejected, so nothing was sent");
    refused(dir, "mandorla --home n publish election-2026 northwind.txt --kinds url", "nothing to publish: --kinds");
    fs::write(dir.join("cut.json"), r#"[{"type": "domain", "value": "evil.example"}, {"type": "do"#).unwrap();
    refused(dir, "mandorla --home n publish election-2026 northwind.txt cut.json", "cut.json: broken at line 1");
    fs::write(dir.join("urls.txt"), "https://evil.example/1\nhttps://evil.example/2\n8.8.8.8\n").unwrap();
    let rehearsed =
        all(dir, "mandorla --home n publish election-2026 urls.txt --derive host --drop-warned --dry-run", "");
    for part in ["3  to be sealed: 1 domain, 2 url", "1  of them derived: 1 host", "1  left out as plainly benign"] {
        assert!(rehearsed.contains(part), "{part} is not in\n{rehearsed}");
    }
    refused(dir, "mandorla --home n publish election-2026 empty.txt", "it would replace the list that is published");
    let meant = all(dir, "mandorla --home n publish election-2026 empty.txt --allow-empty", "");
    assert!(meant.contains("list 2 of Northwind Social, 0 indicators"), "{meant}");

    let withdrawn = all(dir, "mandorla --home n withdraw election-2026", "");
    assert!(withdrawn.contains("Clearing House has removed list 2 of Northwind Social"), "{withdrawn}");
    let seen = all(dir, "mandorla --home h round show election-2026", "");
    assert!(seen.contains("had a list, which is withdrawn"), "{seen}");
    refused(dir, "mandorla --home h withdraw election-2026", "you have published no list in this round");
    let again = all(dir, "mandorla --home n publish election-2026 northwind.txt", "");
    assert!(again.contains("list 3 of Northwind Social, 3 indicators"), "{again}");
    server.stop(Signal::SIGINT);
}

const CHANGE_CONTACT: &str = r#"
mandorla --home n id contact "Night desk <night@northwind.example>" --phone "+1 555 0199"
mandorla --home n id card > n.card
mandorla --home h card add n.card
"#;
const CHANGE_KEYS: &str = "
mandorla --home n2 id new --succeeds n
mandorla --home n2 id card > n2.card
mandorla card show n2.card
mandorla --home h card add n2.card
mandorla --home h card list
";
const OLD_ROUND: &str = "
mandorla --home n round open election-2026
mandorla --home n publish election-2026 northwind.txt
mandorla --home h publish election-2026 harbour.csv
mandorla --home n round close election-2026
mandorla --home h overlaps election-2026 --format json > h.json
";
const NEW_CHARTER: &str = "
mandorla --home h charter sign election-2026
mandorla --home a charter sign election-2026 --fingerprint FINGERPRINT
mandorla --home n2 round open election-2026
mandorla --home h publish election-2026 harbour.csv
";

/// A contact changes under a running charter; keys change at the next one, and the old go on until then.
#[test]
fn a_member_changes_its_contact_and_its_keys() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(dir.join("election-2026.toml"), DRAFT).unwrap();
    fs::write(dir.join("next.toml"), DRAFT.replace("n.card", "n2.card")).unwrap();
    fs::write(dir.join("northwind.txt"), "evil.example\n").unwrap();
    fs::write(dir.join("harbour.csv"), "kind,value\ndomain,evil.example\n").unwrap();
    all(dir, IDENTITIES, "");
    let server = Server::start(dir, SERVE);
    let port = server.1.clone();
    all(dir, AGREE, &port);

    let changed = all(dir, CHANGE_CONTACT, "");
    assert!(changed.contains("Night desk <night@northwind.example>, +1 555 0199"), "{changed}");
    assert!(changed.contains("new contact   Northwind Social (company, "), "{changed}");
    let changed = all(dir, CHANGE_KEYS, "");
    for part in ["go on with ", ": its key signed the card after it", "successor     Northwind Social", "succeeded by "]
    {
        assert!(changed.contains(part), "{part} is not in\n{changed}");
    }
    refused(dir, "mandorla --home n2 charter list", "does not admit this home's card");
    server.stop(Signal::SIGTERM);
    let server = Server::start(dir, &format!("{} --admit n2.card", RESTART.replace("7443", &port)));

    // The charter in force binds the old keys. Whom to call is on the newest card.
    all(dir, "mandorla --home n2 id contact new-desk@northwind.example\nmandorla --home n2 id card > n2.card", "");
    all(dir, "mandorla --home h card add n2.card", "");
    all(dir, OLD_ROUND, "");
    let report: serde_json::Value = serde_json::from_slice(&fs::read(dir.join("h.json")).unwrap()).unwrap();
    let holder = &report["overlaps"][0]["holders"][0];
    assert_eq!(
        (&holder["name"], &holder["contact"]["email"]),
        (&"Northwind Social".into(), &"new-desk@northwind.example".into())
    );
    let fingerprint = |home: &str| {
        let shown = all(dir, &format!("mandorla --home {home} id show"), "");
        shown.lines().find_map(|line| line.strip_prefix("fingerprint  ")).unwrap().to_owned()
    };
    let (old, new) = (fingerprint("n"), fingerprint("n2"));
    assert_eq!(holder["fingerprint"], old.as_str());
    assert!(changed.contains(&format!("succeeds     {old}")) && changed.contains(&format!("succeeded by {new}")));
    refused(dir, "mandorla --home n2 round show election-2026", "names the card that this home succeeds");

    // The successor of a convener may amend, so that the exchange goes on under the new keys.
    all(dir, "mandorla --home n2 charter propose next.toml --amends election-2026", "");
    refused(dir, "mandorla --home a charter sign election-2026", "card add");
    let next = all(dir, &NEW_CHARTER.replace("FINGERPRINT", &new), "");
    assert!(next.contains("In force: all members have signed."), "{next}");
    assert!(next.contains("list 1 of Harbour Mail"), "{next}");
    refused(dir, "mandorla --home n round open election-2026", "newer version");
    server.stop(Signal::SIGTERM);
}

/// New rules, a member that leaves, and an exchange that goes on without it.
#[test]
fn the_rules_change_and_a_member_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let write = |file: &str, from: &str, to: &str| fs::write(dir.join(file), DRAFT.replace(from, to)).unwrap();
    write("election-2026.toml", "", "");
    write("three.toml", "min_holders = 2", "min_holders = 3");
    write("two.toml", "\"h.card\", ", "");
    fs::write(dir.join("list.txt"), "evil.example\n").unwrap();
    all(dir, IDENTITIES, "");
    let server = Server::start(dir, SERVE);
    let port = server.1.clone();
    all(dir, AGREE, &port);
    all(dir, "mandorla --home n round open election-2026\nmandorla --home h publish election-2026 list.txt", "");

    let amend = "mandorla --home n charter propose three.toml --amends election-2026";
    refused(dir, "mandorla --home n charter propose three.toml", "run `mandorla charter propose three.toml --amends");
    refused(dir, &amend.replace("2026", "2025"), "no exchange election-2025 that could be amended");
    refused(dir, &amend.replace("--home n", "--home h"), "only the convener, Northwind Social, can amend this charter");
    let amended = all(dir, &format!("{amend}\n{amend}"), "");
    assert!(
        amended.contains("Proposed election-2026, charter ") && amended.contains("is proposed already"),
        "{amended}"
    );
    let shown = all(dir, "mandorla --home h charter show election-2026", "").replace("\n    ", " ");
    for part in
        ["It amends charter ", "must still sign (`mandorla charter sign election-2026`). Until then rounds open under"]
    {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
    let signed = all(
        dir,
        "mandorla --home h charter sign election-2026\nmandorla --home a charter sign election-2026\n\
         mandorla --home a charter sign election-2026",
        "",
    );
    assert!(signed.contains(", already.\nIn force: all members have signed."), "{signed}");
    let list = all(dir, "mandorla --home a charter list", "");
    assert_eq!(list.matches("Replaced by a newer version, charter ").count(), 1, "{list}");
    assert_eq!(list.matches("In force: all members have signed.").count(), 1, "{list}");

    // The round that is open is still the one that is meant.
    let open = "mandorla --home n round open election-2026";
    refused(dir, open, "round 1 is still open");
    all(dir, "mandorla --home a publish election-2026 list.txt\nmandorla --home n round close election-2026", "");
    assert!(all(dir, open, "").starts_with("election-2026, round 2 is open"));
    assert!(all(dir, "mandorla --home h round show election-2026", "").starts_with("election-2026, round 2"));
    let first = all(dir, "mandorla --home h overlaps election-2026 --round 1", "");
    assert!(first.contains("1 of the 1 indicators of Harbour Mail"), "two hold it: {first}");
    refused(dir, "mandorla --home h round show election-2026 --round 3", "has no round 3: the latest is round 2");

    let resigned = all(dir, "mandorla --home h charter resign election-2026", "");
    assert!(resigned.starts_with("Harbour Mail has resigned from election-2026, charter "), "{resigned}");
    let list = all(dir, "mandorla --home n charter list", "");
    assert!(list.contains("In force, and paused: Harbour Mail resigned."), "{list}");
    let filed = all(dir, "mandorla --home a charter export election-2026", "");
    assert!(filed.contains("\n## Resignations\n") && filed.contains("In force, and paused:"), "{filed}");
    all(dir, "mandorla --home n round close election-2026", "");
    refused(dir, open, "Harbour Mail resigned: no round is opened under this charter any more");
    all(
        dir,
        "mandorla --home n charter propose two.toml --amends election-2026\nmandorla --home a charter sign election-2026",
        "",
    );
    assert!(all(dir, open, "").starts_with("election-2026, round 3 is open"));
    let list = all(dir, "mandorla --home h charter list", "");
    assert!(list.contains("Replaced by a newer version that does not name this home"), "{list}");
    server.stop(Signal::SIGTERM);
}

fn check_json(json: &[u8]) {
    let report: serde_json::Value = serde_json::from_slice(json).unwrap();
    assert_eq!((&report["schema"], &report["round"]), (&"mandorla.overlaps/1".into(), &1.into()));
    let overlap = |overlap: &serde_json::Value| {
        let holders = overlap["holders"].as_array().unwrap().iter();
        let names: Vec<&str> = holders.map(|holder| holder["name"].as_str().unwrap()).collect();
        format!("{} {}", overlap["value"].as_str().unwrap(), names.join(", "))
    };
    let overlaps: Vec<String> = report["overlaps"].as_array().unwrap().iter().map(overlap).collect();
    assert_eq!(overlaps, ["evil.example Harbour Mail, Agency A", "203.0.113.7 Agency A"]);
}
