//! Reading files, each in a process of its own: CPU seconds and peak memory, from the file to canonical forms.
//!
//! ```text
//! cargo bench --bench files                   a million lines, 100 MB of MISP JSON, and the other formats
//! ```
//!
//! Files are made for the occasion, in a directory that goes away. Where `python3` is there, the same files are also read by
//! the plainest script that gives comparable values (lines stripped, lower-cased and refanged; `json.load` and a walk), for
//! the ratio. Nothing is asserted but the number of indicators found.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mandorla::ingest::{self, Counts, Options};
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// The first argument under which this program reads a file and tells what that took.
const READ: &str = "--read";
const MILLION: u64 = 1_000_000;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if args.first().is_some_and(|arg| arg == READ) {
        return read(Path::new(&args[1]));
    }
    let dir = tempfile::tempdir().expect("a directory");
    println!("{:<34} {:>8} {:>10} {:>8} {:>9} {:>12}", "file", "MB", "indicators", "CPU s", "peak MB", "python CPU s");
    for sample in SAMPLES {
        sample.measure(dir.path());
    }
}

/// Reads a file as `mandorla check` does, and prints `indicators cpu-seconds peak-KiB`.
fn read(path: &Path) {
    let mut counts = Counts::default();
    let file = File::open(path).expect("the file is there");
    let outcome = ingest::read(file, &Options::default(), |_, event| counts.add(&event)).expect("the file can be read");
    assert_eq!((counts.rejected, outcome.broken), (0, None), "made to be read");
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system counts");
    println!("{} {} {}", counts.indicators, cpu(&usage), usage.max_rss());
}

fn cpu(usage: &Usage) -> f64 {
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
}

/// A file, how it is made, how many indicators are in it, and a script that reads it as plainly as can be.
struct Sample {
    name: &'static str,
    file: &'static str,
    write: fn(&mut dyn Write, u64) -> std::io::Result<()>,
    entries: u64,
    found: u64,
    script: &'static str,
}

const SAMPLES: [Sample; 6] = [
    Sample {
        name: "lines, plain",
        file: "plain.txt",
        write: |out, n| writeln!(out, "{}", if n % 2 == 0 { domain(n) } else { address(n) }),
        entries: MILLION,
        found: MILLION,
        script: LINES,
    },
    Sample {
        name: "lines, half of them defanged",
        file: "defanged.txt",
        write: |out, n| {
            let value = if n % 2 == 0 { domain(n) } else { address(n) };
            writeln!(out, "{}", if n % 4 < 2 { value } else { value.replace('.', "[.]") })
        },
        entries: MILLION,
        found: MILLION,
        script: LINES,
    },
    Sample {
        name: "lines, defanged and of six kinds",
        file: "mixed.txt",
        write: |out, n| match n % 6 {
            0 => writeln!(out, "{}", domain(n).replace('.', "[.]")),
            1 => writeln!(out, "{}   # seen", address(n).replace('.', "[.]")),
            2 => writeln!(out, "hxxps://{}/Path?id={n}", domain(n).replace('.', "[.]")),
            3 => writeln!(out, "Name.{n}@{}", domain(n)),
            4 => writeln!(out, "{:064X}", u128::from(mixed(n))),
            _ => writeln!(out, "*.{}", domain(n).to_uppercase()),
        },
        entries: MILLION,
        found: MILLION,
        script: LINES,
    },
    Sample {
        name: "CSV with a header",
        file: "list.csv",
        write: |out, n| {
            if n == 0 {
                writeln!(out, "first_seen,indicator_type,indicator_value,comment")?;
            }
            writeln!(out, "2026-11-22,domain,{},\"seen, twice\"", domain(n))
        },
        entries: MILLION,
        found: MILLION,
        script: "import csv,sys\nrows=csv.DictReader(open(sys.argv[1]))\nprint(sum(1 for r in rows if r['indicator_value'].strip().lower()))",
    },
    Sample {
        name: "MISP JSON, one event",
        file: "event.json",
        write: |out, n| {
            out.write_all(if n == 0 { b"{\"Event\":{\"info\":\"made up\",\"Attribute\":[" } else { b"," })?;
            write!(
                out,
                "{{\"id\":\"{n}\",\"type\":\"domain|ip\",\"category\":\"Network activity\",\"to_ids\":true,\"uuid\":\"5d9b516c-e5f0-4e7c-a958-{n:012x}\",\
                 \"event_id\":\"613\",\"distribution\":\"5\",\"timestamp\":\"1571855044\",\"comment\":\"\",\"deleted\":false,\
                 \"value\":\"{}|{}\"}}",
                domain(n),
                address(n)
            )?;
            if n + 1 == ATTRIBUTES { out.write_all(b"]}}\n") } else { Ok(()) }
        },
        entries: ATTRIBUTES,
        found: 2 * ATTRIBUTES,
        script: "import json,sys\nd=json.load(open(sys.argv[1]))\nprint(sum(len(a['value'].lower().split('|')) for a in d['Event']['Attribute']))",
    },
    Sample {
        name: "STIX 2.1, one bundle",
        file: "bundle.json",
        write: |out, n| {
            out.write_all(if n == 0 { b"{\"type\":\"bundle\",\"objects\":[\n" } else { b",\n" })?;
            write!(
                out,
                "{{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--34655650-3d18-47b5-bb6c-{n:012x}\",\
                 \"created\":\"2026-11-22T12:14:36Z\",\"pattern_type\":\"stix\",\"pattern\":\"[domain-name:value = '{}']\"}}",
                domain(n)
            )?;
            if n + 1 == OBJECTS { out.write_all(b"]}\n") } else { Ok(()) }
        },
        entries: OBJECTS,
        found: OBJECTS,
        script: "import json,sys,re\nd=json.load(open(sys.argv[1]))\nprint(sum(len(re.findall(r\"'([^']*)'\",o['pattern'].lower())) for o in d['objects']))",
    },
];

/// Attributes in 100 MB.
const ATTRIBUTES: u64 = 370_000;
const OBJECTS: u64 = 250_000;

const LINES: &str = "import sys\nn=0\nfor line in open(sys.argv[1],encoding='utf-8'):\n line=line.split('#')[0].strip().lower().replace('[.]','.').replace('hxxp','http',1)\n n+=1 if line else 0\nprint(n)";

impl Sample {
    fn measure(&self, dir: &Path) {
        let path = dir.join(self.file);
        let mut out = BufWriter::new(File::create(&path).expect("a file"));
        (0..self.entries).try_for_each(|n| (self.write)(&mut out, n)).expect("room for a file");
        out.into_inner().expect("room for a file");
        let size = path.metadata().expect("it is there").len() as f64 / 1e6;
        let own = std::env::current_exe().expect("this program has a path");
        let output = Command::new(own).arg(READ).arg(&path).stderr(Stdio::inherit()).output().expect("it starts");
        let line = String::from_utf8(output.stdout).expect("text");
        let numbers: Vec<f64> = line.split_whitespace().map(|number| number.parse().expect("a number")).collect();
        let [found, cpu, peak] = numbers[..] else { panic!("{}: the reader failed", self.name) };
        assert_eq!(found as u64, self.found, "{}", self.name);
        let python = self.python(&path).map_or("-".to_owned(), |cpu| format!("{cpu:.2}"));
        println!("{:<34} {size:>8.0} {found:>10} {cpu:>8.2} {:>9.0} {python:>12}", self.name, peak / 1024.0);
    }

    /// CPU seconds of the script; `None` where there is no Python.
    fn python(&self, path: &PathBuf) -> Option<f64> {
        let before = cpu(&getrusage(UsageWho::RUSAGE_CHILDREN).ok()?);
        let status = Command::new("python3").args(["-c", self.script]).arg(path).stdout(Stdio::null()).status().ok()?;
        let after = cpu(&getrusage(UsageWho::RUSAGE_CHILDREN).ok()?);
        status.success().then_some(after - before)
    }
}

fn mixed(n: u64) -> u64 {
    n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20
}

fn domain(n: u64) -> String {
    format!("host-{:x}.some-name.example", mixed(n))
}

fn address(n: u64) -> String {
    format!("{}.{}.{}.{}", 11 + (n >> 24), n >> 16 & 255, n >> 8 & 255, n & 255)
}
