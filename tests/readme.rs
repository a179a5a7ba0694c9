//! The session in the README, as written: its files, its commands, in order, as separate processes over TCP and TLS.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where the servers of the session listen.
const PORTS: [&str; 3] = ["127.0.0.1:7443", "127.0.0.1:7451", "127.0.0.1:7452"];

enum Block {
    File(String, String),
    Background(String),
    Commands(String),
}

/// Fenced blocks behind a `<!-- session… -->` line.
fn blocks(readme: &str) -> Vec<Block> {
    let mut lines = readme.lines();
    let mut blocks = Vec::new();
    while let Some(line) = lines.next() {
        let Some(mark) = line.strip_prefix("<!-- session").and_then(|rest| rest.strip_suffix("-->")) else { continue };
        assert!(lines.next().is_some_and(|fence| fence.starts_with("```")), "a block follows its mark");
        let text: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        blocks.push(match mark.trim().trim_start_matches(':').trim() {
            "" => Block::Commands(text),
            "background" => Block::Background(text),
            file => Block::File(file.strip_prefix("file ").expect("a file's name").to_owned(), text),
        });
    }
    blocks
}

fn shell(script: &str, dir: &Path) -> Command {
    let bin = Path::new(env!("CARGO_BIN_EXE_mandorla")).parent().expect("it is in a directory");
    let path = std::env::join_paths(
        std::iter::once(bin.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let mut command = Command::new("sh");
    command.args(["-e", "-c", script]).current_dir(dir).env("PATH", path.unwrap()).env_remove("MANDORLA_HOME");
    command
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_session_in_the_readme_runs_as_written() {
    let dir = tempfile::tempdir().unwrap();
    // The ports alone are others, for two of these may run on one machine.
    let free = PORTS.map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    let free = free.map(|listener| listener.local_addr().unwrap().to_string());
    let moved =
        |text: &str| PORTS.iter().zip(&free).fold(text.to_owned(), |text, (port, free)| text.replace(port, free));
    let blocks = blocks(include_str!("../README.md"));
    assert!(blocks.len() >= 10, "the marks are still there");
    let mut printed = String::new();
    let mut servers = BTreeMap::new();
    for block in blocks {
        match block {
            Block::File(name, text) => fs::write(dir.path().join(name), moved(&text)).unwrap(),
            Block::Background(script) => {
                let home = script.split_whitespace().nth(2).unwrap().to_owned();
                // Who starts a server again has stopped it.
                servers.remove(&home);
                let script = moved(&format!("exec {}", script.trim()));
                let port = free.iter().find(|port| script.contains(*port)).unwrap();
                let child = shell(&script, dir.path()).stderr(Stdio::null()).spawn().unwrap();
                servers.insert(home, Server(child));
                let started = Instant::now();
                while std::net::TcpStream::connect(port).is_err() {
                    assert!(started.elapsed() < Duration::from_secs(30), "the server listens");
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
            Block::Commands(script) => {
                let output = shell(&moved(&script), dir.path()).output().unwrap();
                let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
                assert!(output.status.success(), "{script}\n{out}\n{err}");
                printed += &out;
            }
        }
    }

    let json = &printed[printed.find("{\n").unwrap()..];
    let report: serde_json::Value = serde_json::Deserializer::from_str(json).into_iter().next().unwrap().unwrap();
    assert_eq!(report["schema"], "mandorla.overlaps/1");
    assert_eq!(report["published"], 6);
    let overlaps: Vec<[&str; 4]> = report["overlaps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|overlap| {
            let holder = &overlap["holders"][0];
            [&overlap["kind"], &overlap["value"], &holder["name"], &holder["certainty"]]
                .map(|text| text.as_str().unwrap())
        })
        .collect();
    assert_eq!(
        overlaps,
        [
            ["domain", "evil.example", "Harbour Mail", "exact"],
            ["ipv4", "203.0.113.7", "Agency A", "exact"],
            ["phone", "+15550100199", "Harbour Mail", "exact"],
            ["url", "https://login.evil.example/verify?id=7", "Harbour Mail", "exact"],
        ]
    );
    let agency: serde_json::Value = serde_json::Deserializer::from_str(&printed[printed.rfind("\n{\n").unwrap()..])
        .into_iter()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!((&agency["member"], agency["overlaps"].as_array().unwrap().len()), (&"Agency A".into(), 2));
    for overlap in agency["overlaps"].as_array().unwrap() {
        assert_eq!((overlap["holders"].as_array().unwrap().len(), &overlap["anonymous_holders"]), (0, &1.into()));
    }
    let csv = printed.lines().filter(|line| line.starts_with("ipv4,203.0.113.7,Agency A,agency,")).count();
    assert_eq!(csv, 1, "the CSV says the same");
}
