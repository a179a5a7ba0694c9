//! The whole path as separate processes over loopback TLS: a matcher and two members, each with a list of the given size.
//!
//! ```text
//! cargo bench --bench path                           100,000 and 1,000,000 indicators a list; 100,000 with two custodians
//! cargo bench --bench path -- 20000                  another size
//! cargo bench --bench path -- --custodians=1 20000   with so many custodians
//! ```
//!
//! Prints CPU seconds (user and system) and peak resident memory of every process, and the bytes on the wire, counted by a
//! relay between members and matcher. Where `python3` is there, the same lists are also compared by HMAC-SHA256, `sort`
//! and `comm`, which hides nothing from anybody, for the ratio. Nothing is asserted but the number of overlaps.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;

const MANDORLA: &str = env!("CARGO_BIN_EXE_mandorla");
/// The first argument under which this program starts another, waits for it and tells what it used. A process of its own
/// for each, because the system keeps one peak for all children.
const MEASURE: &str = "--measure";
/// Every tenth indicator of a list is in the other, too.
const SHARED: u64 = 10;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if args.first().is_some_and(|arg| arg == MEASURE) {
        return measure(Path::new(&args[1]), &args[2..]);
    }
    let sizes: Vec<u64> = args.iter().filter_map(|arg| arg.replace(['_', ','], "").parse().ok()).collect();
    let custodians = args.iter().find_map(|arg| arg.strip_prefix("--custodians=")?.parse().ok());
    if sizes.is_empty() {
        for (size, custodians) in [(100_000, 0), (1_000_000, 0), (100_000, custodians.unwrap_or(2))] {
            run(size, custodians);
        }
    }
    for size in sizes {
        run(size, custodians.unwrap_or(0));
    }
}

/// What a process used.
#[derive(Clone, Copy, Default)]
struct Usage {
    user: f64,
    system: f64,
    peak_mb: f64,
}

impl Usage {
    fn cpu(self) -> f64 {
        self.user + self.system
    }

    fn row(self, name: &str) {
        let Self { user, system, peak_mb } = self;
        println!("  {name:<34} {:>7.2} {user:>7.2} {system:>7.2} {peak_mb:>9.0}", self.cpu());
    }
}

/// Runs a command to its end, or until standard input ends, and writes its usage to a file.
fn measure(report: &Path, command: &[String]) {
    let mut child = Command::new(&command[0]).args(&command[1..]).stdin(Stdio::null()).spawn().expect("it starts");
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process number"));
    std::thread::spawn(move || {
        // The end of our input means stop; a child that has stopped already is none the wiser.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = kill(pid, Signal::SIGTERM);
    });
    let status = child.wait().expect("it ends");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system counts");
    let seconds = |time: nix::sys::time::TimeVal| time.num_microseconds() as f64 / 1e6;
    let line = format!("{} {} {}", seconds(usage.user_time()), seconds(usage.system_time()), usage.max_rss());
    fs::write(report, line).expect("the report is written");
    std::process::exit(status.code().unwrap_or(1));
}

fn usage_of(report: &Path) -> Usage {
    let text = fs::read_to_string(report).expect("the measured process has ended");
    let numbers: Vec<f64> = text.split(' ').map(|number| number.parse().expect("a number")).collect();
    Usage { user: numbers[0], system: numbers[1], peak_mb: numbers[2] / 1024.0 }
}

struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn start(&self, report: &str, args: &[&str]) -> Child {
        let own = std::env::current_exe().expect("this program has a path");
        let mut command = Command::new(own);
        command.arg(MEASURE).arg(self.path(report)).arg(MANDORLA).args(args).current_dir(self.dir.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("it starts")
    }

    /// Runs `mandorla` to its end; what it used, and what it printed.
    fn mandorla(&self, args: &[&str]) -> (Usage, String) {
        let mut child = self.start("usage", args);
        let stdin = child.stdin.take();
        let output = child.wait_with_output().expect("it ends");
        drop(stdin);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "mandorla {args:?}: {errors}");
        (usage_of(&self.path("usage")), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn card(&self, home: &str) {
        let (_, card) = self.mandorla(&["--home", home, "id", "card"]);
        fs::write(self.path(&format!("{home}.card")), card).expect("the card is written");
    }

    /// A server on the home, and the address that it listens on.
    fn serve(&self, home: &str, command: &str) -> (Child, Option<ChildStdin>, String) {
        let args = format!("--home {home} {command} --listen 127.0.0.1:0 --admit n.card --admit h.card");
        let mut child = self.start(&format!("usage of {home}"), &args.split(' ').collect::<Vec<_>>());
        let stdin = child.stdin.take();
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let address = loop {
            let line = lines.next().expect("the server says where it listens").expect("text");
            if let Some((_, rest)) = line.split_once("listening on https://") {
                break rest.split_whitespace().next().unwrap_or_default().to_owned();
            }
        };
        // Its log goes on; a full pipe would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        (child, stdin, address)
    }
}

fn run(size: u64, custodians: usize) {
    let bench = Bench { dir: tempfile::tempdir().expect("a place for the homes") };
    write_list(&bench.path("n.txt"), 0, size);
    write_list(&bench.path("h.txt"), size - size / SHARED, size);
    for (home, name, role) in
        [("n", "Northwind Social", "company"), ("h", "Harbour Mail", "company"), ("m", "Clearing House", "matcher")]
    {
        let contact = ["--contact", "Desk <desk@example.org>"];
        bench.mandorla(&[&["--home", home, "id", "new", "--name", name, "--role", role][..], &contact].concat());
        bench.card(home);
    }
    let vaults: Vec<String> = (1..=custodians).map(|number| format!("c{number}")).collect();
    for (vault, number) in vaults.iter().zip(1..) {
        let name = format!("Vault {number}");
        let contact = ["--contact", "Desk <desk@example.org>"];
        bench.mandorla(
            &[&["--home", vault, "id", "new", "--name", &name, "--role", "custodian"][..], &contact].concat(),
        );
        bench.card(vault);
    }
    for (home, other) in [("n", "h.card"), ("h", "n.card")] {
        let cards = vaults.iter().map(|vault| format!("{vault}.card"));
        let cards: Vec<String> = [other.to_owned(), "m.card".to_owned()].into_iter().chain(cards).collect();
        let cards: Vec<&str> = cards.iter().map(String::as_str).collect();
        bench.mandorla(&[&["--home", home, "card", "add"][..], &cards].concat());
    }
    let started = Instant::now();
    let (matcher, stop, address) = bench.serve("m", "serve");
    let relay = Relay::start(address);
    let serving: Vec<_> = vaults.iter().map(|vault| bench.serve(vault, "serve-custodian")).collect();
    let vault_relays: Vec<Relay> = serving.iter().map(|(_, _, address)| Relay::start(address.clone())).collect();
    for home in ["n", "h"] {
        bench.mandorla(&["--home", home, "connect", &relay.url, "--card", "m.card"]);
    }
    let custody = match custodians {
        0 => "custody = \"shared\"\naccept_guessable = true".to_owned(),
        _ => {
            let named = vaults.iter().zip(&vault_relays);
            let named = named.map(|(vault, relay)| format!("{{ card = \"{vault}.card\", url = \"{}\" }}", relay.url));
            format!("custody = \"custodian\"\ncustodians = [ {} ]", named.collect::<Vec<_>>().join(", "))
        }
    };
    let charter = CHARTER.replace("SIZE", &size.to_string()).replace("CUSTODY", &custody);
    fs::write(bench.path("bench.toml"), charter).expect("the charter is written");
    bench.mandorla(&["--home", "n", "charter", "propose", "bench.toml"]);
    bench.mandorla(&["--home", "h", "charter", "sign", "bench"]);
    bench.mandorla(&["--home", "n", "round", "open", "bench"]);

    let custody = if custodians == 0 { "shared custody".to_owned() } else { format!("{custodians} custodians") };
    println!("\n{size} indicators against {size}, over loopback TLS, {custody}");
    println!("  {:<34} {:>7} {:>7} {:>7} {:>9}", "process", "CPU s", "user", "system", "peak MB");
    let mut total = 0.0;
    let mut report = |name: &str, usage: Usage| {
        usage.row(name);
        total += usage.cpu();
    };
    let before = relay.bytes();
    for (home, list) in [("n", "n.txt"), ("h", "h.txt")] {
        report(&format!("{home}: publish"), bench.mandorla(&["--home", home, "publish", "bench", list]).0);
    }
    let published = relay.bytes();
    let evaluated: u64 = vault_relays.iter().map(Relay::bytes).sum();
    bench.mandorla(&["--home", "n", "round", "close", "bench"]);
    for home in ["n", "h"] {
        let (usage, csv) = bench.mandorla(&["--home", home, "overlaps", "bench", "--format", "csv"]);
        assert_eq!(csv.lines().count() as u64 - 1, size / SHARED, "every shared indicator, and no other");
        report(&format!("{home}: overlaps"), usage);
    }
    let answered = relay.bytes();
    drop(stop);
    matcher.wait_with_output().expect("the matcher ends");
    report("m: serve, from start to stop", usage_of(&bench.path("usage of m")));
    for ((vault, stop, _), name) in serving.into_iter().zip(&vaults) {
        drop(stop);
        vault.wait_with_output().expect("the custodian ends");
        report(&format!("{name}: serve-custodian, likewise"), usage_of(&bench.path(&format!("usage of {name}"))));
    }
    let mb = |bytes: u64| bytes as f64 / 1e6;
    println!("  all: {total:.2} CPU s in {:.1} s of wall time (set-up included)", started.elapsed().as_secs_f64());
    println!(
        "  bytes: {:.1} MB to publish two lists, {:.1} MB to ask and answer",
        mb(published - before),
        mb(answered - published)
    );
    if custodians > 0 {
        println!("  bytes: {:.1} MB between members and custodians", mb(evaluated));
    }
    if let Some(plain) = bench.plain() {
        println!(
            "  HMAC-SHA256 in Python, sort and comm on the same lists (no privacy): {plain:.2} CPU s, ratio {:.2}",
            total / plain
        );
    }
}

const CHARTER: &str = r#"
name = "bench"
matcher = "m.card"
members = ["n.card", "h.card"]
CUSTODY
kinds = ["ipv4", "domain"]
max_indicators = SIZE
min_holders = 2
[disclosure]
default = "named"
"#;

/// Half addresses, half domains, mixed so that the order says nothing.
fn write_list(path: &Path, first: u64, count: u64) {
    let mut file = std::io::BufWriter::new(File::create(path).expect("a list"));
    for n in first..first + count {
        let mixed = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let line = match n % 2 {
            0 => writeln!(file, "host-{mixed:x}.some-name.example"),
            _ => writeln!(file, "{}.{}.{}.{}", 11 + (n >> 24), n >> 16 & 255, n >> 8 & 255, n & 255),
        };
        line.expect("room for a list");
    }
}

impl Bench {
    /// CPU seconds of the comparison without privacy; `None` where there is no Python.
    fn plain(&self) -> Option<f64> {
        let script = "import hmac,sys\nfor line in sys.stdin.buffer:\n print(hmac.new(b'key',line.strip(),'sha256').hexdigest())";
        let shell = |list: &str| format!("python3 -c \"$0\" < {list}.txt | LC_ALL=C sort > {list}.hmac");
        let before = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
        let all = format!("{} && {} && LC_ALL=C comm -12 n.hmac h.hmac > both", shell("n"), shell("h"));
        let status =
            Command::new("sh").args(["-c", &all, script]).current_dir(self.dir.path()).stderr(Stdio::null()).status();
        let after = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
        let cpu = |usage: &nix::sys::resource::Usage| {
            (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
        };
        let both = fs::read_to_string(self.path("both")).ok()?;
        (status.ok()?.success() && both.lines().count() > 0).then(|| cpu(&after) - cpu(&before))
    }
}

/// Carries bytes between members and the matcher and counts them.
struct Relay {
    url: String,
    bytes: Arc<AtomicU64>,
}

impl Relay {
    fn start(to: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("https://{}", listener.local_addr().expect("it is bound"));
        let bytes = Arc::new(AtomicU64::new(0));
        let counter = bytes.clone();
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(&to) else { continue };
                let (Ok(near_again), Ok(far_again)) = (near.try_clone(), far.try_clone()) else { continue };
                for (mut from, mut to) in [(near, far_again), (far, near_again)] {
                    let counter = counter.clone();
                    std::thread::spawn(move || copy(&mut from, &mut to, &counter));
                }
            }
        });
        Self { url, bytes }
    }

    fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst)
    }
}

fn copy(from: &mut TcpStream, to: &mut TcpStream, counter: &AtomicU64) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read) = from.read(&mut buffer) {
        counter.fetch_add(read as u64, Ordering::SeqCst);
        if read == 0 || to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // The other side learns that this one has ended; it may have closed first.
    let _ = to.shutdown(std::net::Shutdown::Write);
}
