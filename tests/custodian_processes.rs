//! A custodian as a process of its own, killed at any moment: what it charged for it answers after the restart, once; and a key
//! that it said to be gone is gone.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mandorla::charter::draft::Draft;
use mandorla::charter::{Agreed, Proposal};
use mandorla::clock::Clock;
use mandorla::custody::custodian::{self as custody, BatchId};
use mandorla::home::Home;
use mandorla::identity::Role;
use mandorla::oprf::{Blinding, PublicKey};
use mandorla::round::{Destruction, KeyRequest, Order, RoundHash, SeedSource, SignedOrder};
use mandorla::secret::{Secret, random_bytes};
use mandorla::transport::{self, ConnectError, Connection, Limits, Pin, TlsIdentity};
use mandorla::wire::custodian::{Batch, CustodianCalls};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Row};
use tokio::time::timeout;

const KILLS: usize = 10;
/// By then one of them has met a batch that was charged for and not answered.
const MOST_KILLS: usize = 200;
/// Elements of a batch: some tens of milliseconds of work.
const BATCH: usize = 200;

const DRAFT: &str = "name = 'x'\nmatcher = 'm'\nmembers = ['n', 'h']\ncustody = 'custodian'\n\
                     custodians = [{ card = 'c', url = 'https://127.0.0.1:7451' }]\nkinds = ['domain']\n\
                     max_indicators = 1_000_000\nmin_holders = 2\n[disclosure]\ndefault = 'named'\n";

/// Two members, a custodian, and a charter that both have signed.
struct Site {
    dir: tempfile::TempDir,
    members: [Home; 2],
    custodian: Home,
    proposal: Proposal,
    charter: Agreed,
}

/// A round whose order was shown.
struct Round {
    hash: RoundHash,
    key: PublicKey,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = |file: &str, name: &str, role: Role| {
            let home = Home::create(&dir.path().join(file), name, role, "Desk <d@x.example>".parse().unwrap()).unwrap();
            fs::write(dir.path().join(format!("{file}.card")), home.card().to_armour()).unwrap();
            home
        };
        let matcher = home("m", "Clearing House", Role::Matcher);
        let members = [home("n", "Northwind Social", Role::Company), home("h", "Harbour Mail", Role::Company)];
        let custodian = home("c", "Vault", Role::Custodian);
        let card = |path: &str| {
            let home = match path {
                "m" => &matcher,
                "n" => &members[0],
                "h" => &members[1],
                _ => &custodian,
            };
            Ok(home.card().core().clone())
        };
        let draft = Draft::parse(DRAFT).unwrap();
        let charter = draft.charter(members[0].card().id(), Clock::system().now(), card).unwrap();
        let mut proposal = Proposal::new(charter.clone());
        for (place, member) in members.iter().enumerate() {
            proposal.add(place, charter.sign(member.signing_key())).unwrap();
        }
        let charter = proposal.agreed().unwrap();
        Self { dir, members, custodian, proposal, charter }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mandorla"));
        command.args(args).current_dir(self.dir.path()).env_remove("MANDORLA_HOME");
        command
    }

    /// Starts the custodian on any port.
    fn serve(&self) -> Vault {
        let mut command = self.command(&["--home", "c", "serve-custodian", "--listen", "127.0.0.1:0"]);
        command.args(["--admit", "n.card", "--admit", "h.card"]);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let url = loop {
            let line = lines.next().expect("the custodian says where it listens").unwrap();
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.split_whitespace().next().unwrap().to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Vault { child, url }
    }

    async fn connect(&self, vault: &Vault, home: &Home) -> Result<Connection, ConnectError> {
        let tls = home.tls();
        let identity = TlsIdentity::new(tls.certificate_der().to_vec(), tls.private_key_der()).unwrap();
        transport::connect(&vault.url, &identity, Pin(*self.custodian.card().core().tls())).await
    }

    async fn calls(&self, vault: &Vault, member: usize) -> CustodianCalls {
        CustodianCalls::new(self.connect(vault, &self.members[member]).await.unwrap().channel())
    }

    async fn open_round(&self, calls: &mut CustodianCalls, number: u32) -> Round {
        let opened = Clock::system().now();
        let request = KeyRequest { charter: self.charter.hash(), number, nonce: random_bytes(), opened };
        let convener = self.members[0].signing_key();
        let key = calls.open_key(&self.proposal, &request, &request.sign(convener)).await.unwrap();
        let source = SeedSource::Keys(vec![key.clone()]);
        let order = Order::new(&self.charter, number, request.nonce, opened, source);
        let (hash, order) = (order.hash(), SignedOrder::sign(order, Vec::new(), convener));
        calls.present(&order, None).await.unwrap();
        Round { hash, key: key.key }
    }

    fn meter(&self) -> String {
        let output = self.command(&["--home", "c", "custodian", "meter", "x"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn files(&self) -> [PathBuf; 2] {
        ["custodian.db", "custodian.db-wal"].map(|file| self.dir.path().join("c").join(file))
    }

    /// Read-only, or the log would be gone when this is the only connection, and with it what a restart has to deal with.
    async fn row(&self, sql: &'static str) -> SqliteRow {
        self.row_with(sql, true).await
    }

    async fn row_with(&self, sql: &'static str, read_only: bool) -> SqliteRow {
        let options = SqliteConnectOptions::new().filename(&self.files()[0]).read_only(read_only);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let row = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        row
    }

    async fn secret(&self) -> Vec<u8> {
        self.row("SELECT secret FROM secrets ORDER BY key DESC").await.get("secret")
    }

    /// Batches that were charged for and have no answer yet.
    async fn unanswered(&self) -> i64 {
        self.row("SELECT COUNT(*) FROM batches WHERE elements IS NULL").await.get(0)
    }

    fn is_on_disk(&self, bytes: &[u8]) -> bool {
        let files = self.files().map(|file| fs::read(file).unwrap_or_default());
        files.iter().any(|file| file.windows(bytes.len()).any(|window| window == bytes))
    }
}

/// A custodian that runs.
struct Vault {
    child: Child,
    url: String,
}

impl Vault {
    fn kill_9(mut self) {
        kill(Pid::from_raw(self.child.id() as i32), Signal::SIGKILL).unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A member's batch, and its answer once there is one.
struct Sent {
    blinding: Blinding,
    batch: Batch,
    answer: Option<(Vec<u8>, [u8; 64])>,
}

impl Sent {
    fn new() -> Self {
        let inputs: Vec<Vec<u8>> = (0..BATCH).map(|n| format!("host-{n}.example").into_bytes()).collect();
        let blinding = custody::blind(&Secret::random(), inputs.iter().map(Vec::as_slice)).unwrap();
        let elements = blinding.elements().to_vec().into();
        Self { blinding, batch: Batch { id: BatchId::random(), elements, carried: None }, answer: None }
    }
}

/// All that a member has sent.
type Ledger = Arc<Mutex<Vec<Sent>>>;

/// Sends one batch, again or for the first time; whether it was answered. An answer must be the one that came before.
async fn send(calls: &mut CustodianCalls, round: &Round, ledger: &Ledger, place: usize) -> bool {
    let batch = ledger.lock().unwrap()[place].batch.clone();
    let Ok(evaluated) = calls.evaluate(round.hash, &batch).await else { return false };
    let sent = &mut ledger.lock().unwrap()[place];
    sent.blinding.finalize(&round.key, &evaluated.elements, &evaluated.proof).unwrap();
    let answer = (evaluated.elements, *evaluated.proof.as_bytes());
    let first = sent.answer.get_or_insert_with(|| answer.clone());
    assert!(*first == answer, "a batch has one answer");
    true
}

/// Repeats what is not answered, then what is, then sends more, until the custodian is gone.
async fn work(mut calls: CustodianCalls, round: Arc<Round>, ledger: Ledger) {
    let open: Vec<usize> = {
        let sent = ledger.lock().unwrap();
        (0..sent.len()).filter(|place| sent[*place].answer.is_none()).chain((0..sent.len()).rev().take(1)).collect()
    };
    for place in open {
        if !send(&mut calls, &round, &ledger, place).await {
            return;
        }
    }
    loop {
        let fresh = Sent::new();
        let place = {
            let mut sent = ledger.lock().unwrap();
            sent.push(fresh);
            sent.len() - 1
        };
        if !send(&mut calls, &round, &ledger, place).await {
            return;
        }
    }
}

fn answered(ledgers: &[Ledger]) -> usize {
    let answered = |ledger: &Ledger| ledger.lock().unwrap().iter().filter(|sent| sent.answer.is_some()).count();
    ledgers.iter().map(answered).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_custodian_killed_at_any_moment_charges_each_batch_once() {
    let site = Site::new();
    let vault = site.serve();
    let round = Arc::new(site.open_round(&mut site.calls(&vault, 0).await, 1).await);
    vault.kill_9();
    let ledgers: [Ledger; 2] = Default::default();
    let (mut kills, mut between) = (0, 0);
    while kills < KILLS || between == 0 {
        assert!(kills < MOST_KILLS, "none came between the charge and the answer");
        let vault = site.serve();
        let mut clients = Vec::new();
        for member in [0, 1, 1] {
            let calls = site.calls(&vault, member).await;
            clients.push(tokio::spawn(work(calls, round.clone(), ledgers[member].clone())));
        }
        // One more is answered, and then at any moment.
        let before = answered(&ledgers);
        let one_more = async {
            while answered(&ledgers) == before {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(120), one_more).await.expect("a batch is answered");
        let [delay] = random_bytes::<1>();
        tokio::time::sleep(Duration::from_millis(delay.into())).await;
        vault.kill_9();
        kills += 1;
        for client in clients {
            client.await.unwrap();
        }
        between += site.unanswered().await;
    }

    let vault = site.serve();
    for (member, ledger) in ledgers.iter().enumerate() {
        let (mut calls, count) = (site.calls(&vault, member).await, ledger.lock().unwrap().len());
        for place in 0..count {
            assert!(send(&mut calls, &round, ledger, place).await);
        }
    }
    assert!(answered(&ledgers) >= kills);
    assert_eq!(site.unanswered().await, 0);
    let shown = site.meter();
    for (ledger, name) in ledgers.iter().zip(["Northwind Social", "Harbour Mail"]) {
        let sent = ledger.lock().unwrap().len();
        let line = shown.lines().find(|line| line.contains(name)).unwrap();
        let spent: String = line.split(" of ").next().unwrap().chars().filter(char::is_ascii_digit).collect();
        assert_eq!(spent, (sent * BATCH).to_string(), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_custodian_killed_after_a_close_has_no_key() {
    let site = Site::new();
    let mut vault = site.serve();
    let hash = site.charter.hash();
    for number in 1..=3 {
        let round = site.open_round(&mut site.calls(&vault, 0).await, number).await;
        let secret = site.secret().await;
        assert!(site.is_on_disk(&secret), "the test finds what is there");
        let statement = site.calls(&vault, 0).await.destroy(hash, &round.key).await.unwrap();
        vault.kill_9();
        assert!(!site.is_on_disk(&secret), "round {number}");
        vault = site.serve();
        let kept = site.calls(&vault, 1).await.key(hash, &round.key).await.unwrap();
        assert_eq!(kept, Some(statement));
    }
    assert!(site.meter().contains("round 3: key destroyed "), "{}", site.meter());
}

/// The answer may be lost; what it would have said holds or does not, and the request can be made again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_custodian_killed_during_a_close_has_the_key_or_the_statement() {
    let site = Site::new();
    let mut vault = site.serve();
    let hash = site.charter.hash();
    for number in 1..=5 {
        let round = site.open_round(&mut site.calls(&vault, 0).await, number).await;
        let secret = site.secret().await;
        let mut calls = site.calls(&vault, 0).await;
        let closing = tokio::spawn(async move { calls.destroy(hash, &round.key).await.ok() });
        let [wait] = random_bytes::<1>();
        tokio::time::sleep(Duration::from_micros(u64::from(wait) * 40)).await;
        vault.kill_9();
        let answered: Option<Destruction> = closing.await.unwrap();
        vault = site.serve();
        let mut calls = site.calls(&vault, 0).await;
        let kept = calls.key(hash, &round.key).await.unwrap();
        assert!(answered.is_none() || answered == kept, "what was stated holds");
        assert_eq!(kept.is_none(), site.is_on_disk(&secret), "round {number}");
        let statement = calls.destroy(hash, &round.key).await.unwrap();
        assert!(kept.is_none_or(|kept| kept == statement));
        assert!(!site.is_on_disk(&secret));
    }
}

/// The close comes between two looks at the clock, and the custodian is killed before the next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_custodian_killed_between_the_close_and_the_destruction_destroys_before_it_serves() {
    let site = Site::new();
    let mut vault = site.serve();
    let (hash, mut number) = (site.charter.hash(), 0);
    let (round, secret) = loop {
        number += 1;
        assert!(number < 10, "the clock is looked at every ten seconds");
        let round = site.open_round(&mut site.calls(&vault, 0).await, number).await;
        let secret = site.secret().await;
        site.row_with("UPDATE keys SET close = 1 WHERE destruction IS NULL RETURNING id", false).await;
        vault.kill_9();
        if site.is_on_disk(&secret) {
            break (round, secret);
        }
        vault = site.serve();
    };
    let vault = site.serve();
    assert!(!site.is_on_disk(&secret), "nobody has called yet");
    let mut calls = site.calls(&vault, 1).await;
    assert!(calls.key(hash, &round.key).await.unwrap().is_some());
    let refused = calls.evaluate(round.hash, &Sent::new().batch).await.err().unwrap();
    assert!(refused.message().contains("the round's key was destroyed"), "{refused}");
    let (meter, rows) = (site.meter(), 2 * number as usize);
    assert_eq!(meter.matches("  0 of 1,000,016 evaluations").count(), rows, "{meter}");
}

#[tokio::test]
async fn a_custodian_has_the_doors_of_a_matcher() {
    let site = Site::new();
    let vault = site.serve();
    let [home, other] = &site.members;
    let mut held = Vec::new();
    for _ in 0..Limits::default().connections_per_peer {
        held.push(site.connect(&vault, home).await.unwrap());
    }
    assert!(matches!(site.connect(&vault, home).await, Err(ConnectError::Closed(_))), "one card has so many");
    site.connect(&vault, other).await.unwrap();
    let stranger = Home::open(&site.dir.path().join("m")).unwrap();
    let refused = site.connect(&vault, &stranger).await.unwrap_err();
    assert!(matches!(refused, ConnectError::Refused(_)), "{refused:?}");
}

#[test]
fn each_server_says_whose_home_it_was_given() {
    let site = Site::new();
    let refused = |args: &[&str]| {
        let output = site.command(args).output().unwrap();
        assert!(!output.status.success(), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    for (home, verb, message) in [
        ("c", "serve", "error: Vault is a custodian: start it with `mandorla serve-custodian`"),
        ("m", "serve-custodian", "error: Clearing House is a matcher: start it with `mandorla serve`"),
        (
            "n",
            "serve",
            "error: Northwind Social is a company and cannot serve: make a home for the server with `mandorla id new --role matcher`",
        ),
        (
            "n",
            "serve-custodian",
            "error: Northwind Social is a company and cannot serve: make a home for the server with `mandorla id new --role custodian`",
        ),
    ] {
        let error = refused(&["--home", home, verb, "--listen", "127.0.0.1:0"]);
        assert_eq!(error.trim_end(), message);
    }
    let error = refused(&["--home", "n", "custodian", "meter"]);
    assert_eq!(error.trim_end(), "error: Northwind Social is a company: only custodians have a meter");
    let error = refused(&["--home", "c", "custodian", "meter"]);
    let not_yet = "error: this custodian has not served yet: start it with `mandorla serve-custodian`";
    assert_eq!(error.trim_end(), not_yet);
    let _vault = site.serve();
    let meter = site.command(&["--home", "c", "custodian", "meter"]).output().unwrap();
    assert_eq!(String::from_utf8(meter.stdout).unwrap(), "This custodian has made no key yet.\n");
    let error = refused(&["--home", "c", "serve-custodian", "--listen", "127.0.0.1:0"]);
    assert!(error.contains("error: a server runs on ") && error.contains("already: stop it first"), "{error}");
    let error = refused(&["--home", "c", "custodian", "meter", "x"]);
    assert_eq!(error.trim_end(), "error: this custodian has made no key for an exchange x");
}
