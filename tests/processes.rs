//! Separate processes over TCP: a matcher that is killed loses nothing that it has given a receipt for.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const LIST: u32 = 60_000;

struct Site {
    dir: tempfile::TempDir,
}

impl Site {
    /// Two companies and a matcher, with each other's cards.
    fn new() -> Self {
        let site = Self { dir: tempfile::tempdir().unwrap() };
        for (home, name, role) in
            [("n", "Northwind Social", "company"), ("h", "Harbour Mail", "company"), ("m", "Clearing House", "matcher")]
        {
            site.ok(&[
                "--home",
                home,
                "id",
                "new",
                "--name",
                name,
                "--role",
                role,
                "--contact",
                "Desk <d@example.org>",
            ]);
            fs::write(site.path(&format!("{home}.card")), site.ok(&["--home", home, "id", "card"])).unwrap();
        }
        site.ok(&["--home", "n", "card", "add", "h.card", "m.card"]);
        site.ok(&["--home", "h", "card", "add", "n.card", "m.card"]);
        site
    }

    /// An open round, with everybody connected through the relay.
    fn open_round(&self, relay: &Relay) {
        for home in ["n", "h"] {
            self.ok(&["--home", home, "connect", &relay.url, "--card", "m.card"]);
        }
        let charter = "name = 'x'\nmatcher = 'm.card'\nmembers = ['n.card', 'h.card']\ncustody = 'shared'\naccept_guessable = true\n\
                       kinds = ['domain']\nmax_indicators = 100_000\nmin_holders = 2\n[disclosure]\ndefault = 'named'\n";
        fs::write(self.path("x.toml"), charter).unwrap();
        self.ok(&["--home", "n", "charter", "propose", "x.toml"]);
        self.ok(&["--home", "h", "charter", "sign", "x"]);
        self.ok(&["--home", "n", "round", "open", "x"]);
        let list = |from: u32| (from..from + LIST).map(|n| format!("host-{n}.example\n")).collect::<String>();
        fs::write(self.path("n.txt"), list(0)).unwrap();
        fs::write(self.path("h.txt"), list(LIST - 7)).unwrap();
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mandorla"));
        command.args(args).current_dir(self.dir.path()).env_remove("MANDORLA_HOME");
        command
    }

    fn ok(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts the matcher on any port and sends the relay there.
    fn serve(&self, relay: &Relay) -> Matcher {
        let mut command = self.command(&[
            "--home",
            "m",
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--admit",
            "n.card",
            "--admit",
            "h.card",
        ]);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().expect("the matcher says where it listens").unwrap();
            if let Some((_, rest)) = line.split_once("listening on https://") {
                break rest.split_whitespace().next().unwrap().to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        *relay.to.lock().unwrap() = address;
        Matcher(child)
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

struct Matcher(Child);

impl Matcher {
    fn kill_9(mut self) {
        kill(Pid::from_raw(self.0.id() as i32), Signal::SIGKILL).unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Matcher {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Carries bytes to wherever the matcher is now; stops carrying towards it after a number of bytes.
struct Relay {
    url: String,
    to: Arc<Mutex<String>>,
    left: Arc<AtomicU64>,
}

impl Relay {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let (to, left) = (Arc::new(Mutex::new(String::new())), Arc::new(AtomicU64::new(u64::MAX)));
        let (target, budget) = (to.clone(), left.clone());
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let address = target.lock().unwrap().clone();
                let Ok(far) = TcpStream::connect(address) else { continue };
                let (near_again, far_again, budget) =
                    (near.try_clone().unwrap(), far.try_clone().unwrap(), budget.clone());
                std::thread::spawn(move || carry(near, far_again, &budget));
                std::thread::spawn(move || carry(far, near_again, &AtomicU64::new(u64::MAX)));
            }
        });
        Self { url, to, left }
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, left: &AtomicU64) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let allowed = left.load(Ordering::SeqCst).min(read as u64);
        left.fetch_sub(allowed, Ordering::SeqCst);
        if to.write_all(&buffer[..allowed as usize]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}

fn overlaps(site: &Site, home: &str) -> usize {
    let json = site.ok(&["--home", home, "overlaps", "x", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    report["overlaps"].as_array().unwrap().len()
}

fn database_bytes(home: &Path) -> u64 {
    ["matcher.db", "matcher.db-wal"]
        .iter()
        .filter_map(|file| fs::metadata(home.join(file)).ok())
        .map(|file| file.len())
        .sum()
}

#[test]
fn a_matcher_killed_during_an_upload_takes_the_list_again() {
    let (site, relay) = (Site::new(), Relay::new());
    let matcher = site.serve(&relay);
    site.open_round(&relay);
    site.ok(&["--home", "h", "publish", "x", "h.txt"]);

    // About half of the list's 440 KB get through, then the line is dead; the matcher is killed with them on its disk.
    let before = database_bytes(&site.path("m"));
    relay.left.store(280_000, Ordering::SeqCst);
    let mut publishing =
        site.command(&["--home", "n", "publish", "x", "n.txt"]).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while database_bytes(&site.path("m")) < before + 150_000 {
        assert!(started.elapsed() < Duration::from_secs(60), "the first shards reach the disk");
        std::thread::sleep(Duration::from_millis(10));
    }
    matcher.kill_9();
    relay.to.lock().unwrap().clear();
    let status = publishing.wait().unwrap();
    assert!(!status.success(), "a list without a receipt is not published");

    relay.left.store(u64::MAX, Ordering::SeqCst);
    let _matcher = site.serve(&relay);
    let shown = site.ok(&["--home", "n", "round", "show", "x"]);
    assert!(shown.contains("Harbour Mail"), "{shown}");
    site.ok(&["--home", "n", "publish", "x", "n.txt"]);
    site.ok(&["--home", "n", "round", "close", "x"]);
    assert_eq!((overlaps(&site, "n"), overlaps(&site, "h")), (7, 7));
}

#[test]
fn a_matcher_killed_after_a_receipt_still_has_the_list() {
    let (site, relay) = (Site::new(), Relay::new());
    let matcher = site.serve(&relay);
    site.open_round(&relay);
    site.ok(&["--home", "n", "publish", "x", "n.txt"]);
    matcher.kill_9();
    let matcher = site.serve(&relay);
    site.ok(&["--home", "h", "publish", "x", "h.txt"]);
    matcher.kill_9();
    let _matcher = site.serve(&relay);
    site.ok(&["--home", "n", "round", "close", "x"]);
    assert_eq!((overlaps(&site, "n"), overlaps(&site, "h")), (7, 7));
    site.ok(&["--home", "n", "round", "purge", "x"]);
}
