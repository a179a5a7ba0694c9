//! The demo as its user runs it, small; and going on by hand afterwards, as its last lines say.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use mandorla::client::{Client, Server, Silent};
use mandorla::clock::Clock;
use mandorla::demo::{Args, run};
use mandorla::home::Home;
use mandorla::matcher::{self, Matcher};
use mandorla::report::Report;
use mandorla::transport::Limits;
use tokio::net::TcpListener;

const CAST: [&str; 5] = ["northwind-social", "harbour-mail", "lantern-video", "coastal-agency", "commons-broker"];

async fn demo(out: &Path, seed: u64, shared: bool) -> (bool, String) {
    let mut told = Vec::new();
    let right = run(Args { members: 5, size: 200, seed, shared, out: out.to_owned() }, &mut told).await.unwrap();
    (right, String::from_utf8(told).unwrap())
}

/// The sentences of what was told, however they were wrapped.
fn sentences(told: &str) -> String {
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn report(out: &Path, slug: &str) -> Report {
    serde_json::from_slice(&fs::read(out.join(format!("reports/{slug}.json"))).unwrap()).unwrap()
}

/// Who learned what, without times and fingerprints; and the lists.
fn outcome(out: &Path) -> BTreeMap<String, (String, Vec<String>)> {
    let of = |slug: &str| {
        let overlaps = report(out, slug).overlaps.into_iter();
        let lines = overlaps.map(|overlap| {
            let holders: Vec<String> = overlap.holders.into_iter().map(|holder| holder.name).collect();
            format!("{} {} {}", overlap.kind, overlap.value, holders.join(","))
        });
        (fs::read_to_string(out.join(format!("lists/{slug}.txt"))).unwrap(), lines.collect())
    };
    CAST.iter().map(|slug| ((*slug).to_owned(), of(slug))).collect()
}

#[tokio::test]
async fn every_report_is_as_planted_and_a_seed_repeats() {
    let dir = tempfile::tempdir().unwrap();
    let (one, again, other) = (dir.path().join("one"), dir.path().join("again"), dir.path().join("other"));
    let (right, told) = demo(&one, 1, false).await;
    assert!(right, "{told}");
    assert!(told.contains("All 5 are exactly right"), "{told}");
    assert!(told.lines().all(|line| !line.contains("\u{fffd}")));
    for slug in CAST {
        for file in
            ["reports/*.json", "reports/*.csv", "reports/*.txt", "lists/*.txt", "cards/*.card", "charters/*.txt"]
        {
            assert!(one.join(file.replace('*', slug)).is_file(), "{file} of {slug}");
        }
    }
    for file in [
        "election-demo.toml",
        "matrix.csv",
        "cards/clearing-house.card",
        "homes/clearing-house/matcher.db",
        "cards/vault-one.card",
        "homes/vault-one/custodian.db",
        "homes/vault-two/custodian.db",
    ] {
        assert!(one.join(file).is_file(), "{file}");
    }

    assert!(demo(&again, 1, true).await.0 && demo(&other, 2, true).await.0);
    assert_eq!(outcome(&one), outcome(&again), "custody changes who could test guesses, not who learns what");
    assert_ne!(outcome(&one), outcome(&other));
}

#[tokio::test]
async fn custodians_are_told_of() {
    let dir = tempfile::tempdir().unwrap();
    let (right, told) = demo(dir.path(), 1, false).await;
    assert!(right, "{told}");
    let story = told.split("To look at").next().unwrap();
    assert!(story.lines().all(|line| line.chars().count() <= 80), "{told}");

    let (published, canaries) = (CAST.map(|slug| report(dir.path(), slug).published).iter().sum::<u64>(), 5 * 4 * 16);
    let evaluations = (published + canaries).to_string();
    let (thousands, rest) = evaluations.split_at(evaluations.len() - 3);
    let said = sentences(&told);
    for sentence in [
        "each custodian makes a key for it",
        "They learn no indicator:",
        &format!("Vault One was asked by five members for {thousands},{rest} evaluations."),
        &format!("Vault Two was asked by five members for {thousands},{rest} evaluations."),
        "Vault One and Vault Two have destroyed their keys of the round and signed for it",
        "A matcher that works together with both could test guesses against every list until the keys are destroyed",
        "that a key was destroyed is the custodian's word",
        "vault-one custodian meter",
        "vault-two \\ serve-custodian --listen 127.0.0.1:",
    ] {
        assert!(said.contains(sentence), "{sentence}: {told}");
    }
    assert!(!told.contains("salt"), "{told}");
    let draft = fs::read_to_string(dir.path().join("election-demo.toml")).unwrap();
    assert!(draft.contains("custody = \"custodian\"") && !draft.contains("accept_guessable"), "{draft}");
}

#[tokio::test]
async fn shared_custody_is_told_of() {
    let dir = tempfile::tempdir().unwrap();
    let (right, told) = demo(dir.path(), 1, true).await;
    assert!(right && told.contains("All 5 are exactly right"), "{told}");
    assert!(sentences(&told).contains("Custody is shared: every member holds the round's salt."), "{told}");
    for word in ["custodian", "Vault"] {
        assert!(!told.contains(word), "{word}: {told}");
    }
    assert!(!dir.path().join("homes/vault-one").exists());
    let draft = fs::read_to_string(dir.path().join("election-demo.toml")).unwrap();
    assert!(draft.contains("custody = \"shared\"\naccept_guessable = true"), "{draft}");
}

#[tokio::test]
async fn a_newcomer_goes_on_by_hand() {
    goes_on_by_hand(false).await;
}

#[tokio::test]
async fn a_newcomer_goes_on_by_hand_in_shared_custody() {
    goes_on_by_hand(true).await;
}

async fn goes_on_by_hand(shared: bool) {
    let dir = tempfile::tempdir().unwrap();
    assert!(demo(dir.path(), 1, shared).await.0);
    let home = Home::open(&dir.path().join("homes/harbour-mail")).unwrap();
    let server = Server::all(&home).unwrap().remove(0);

    let matcher = Home::open(&dir.path().join("homes/clearing-house")).unwrap();
    let matcher = Arc::new(Matcher::open(matcher, &[], Clock::system()).await.unwrap());
    // Another port: the demo's may be somebody else's by now.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server { url: format!("https://{}", listener.local_addr().unwrap()), ..server };
    tokio::spawn(async move { matcher::serve(matcher, listener, &Limits::default(), std::future::pending()).await });

    let mut client = Client::connect(&home, &server).await.unwrap();
    let charter = client.find("election-demo").await.unwrap().unwrap().agreed().unwrap();
    let view = client.round(&charter, None).await.unwrap();
    let again = client.overlaps(&view, &Silent).await.unwrap();
    assert_eq!(again.overlaps, report(dir.path(), "harbour-mail").overlaps);
}

#[tokio::test]
async fn nothing_of_others_is_touched() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("homes")).unwrap();
    fs::write(dir.path().join("homes/mine"), "mine").unwrap();
    let args = Args { members: 2, size: 100, seed: 1, shared: false, out: dir.path().to_owned() };
    let error = run(args, &mut Vec::new()).await.unwrap_err();
    assert!(error.to_string().contains("not made by a demo"), "{error}");
    assert_eq!(fs::read_to_string(dir.path().join("homes/mine")).unwrap(), "mine");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}
