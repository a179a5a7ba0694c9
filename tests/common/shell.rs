//! Lines of a shell session, each a process of the real binary.

#![allow(dead_code, reason = "each test file uses its part of this")]
#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_mandorla");

/// Splits as a shell does, double quotes only.
pub(crate) fn words(line: &str) -> Vec<&str> {
    let parts = line.split('"').enumerate();
    parts.flat_map(|(i, part)| if i % 2 == 0 { part.split_whitespace().collect() } else { vec![part] }).collect()
}

/// What stands before `mandorla` runs it, as `unshare` does.
pub(crate) fn command(dir: &Path, line: &str) -> Command {
    let words = words(line).into_iter().map(|word| if word == "mandorla" { BINARY } else { word });
    let words: Vec<&str> = words.collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(dir).env_clear().stdin(Stdio::null());
    command
}

/// Runs a line, `> file` and all.
pub(crate) fn run(dir: &Path, line: &str) -> Output {
    let (line, file) = line.split_once(" > ").map_or((line, None), |(line, file)| (line, Some(file)));
    let output = command(dir, line).output().unwrap();
    if let Some(file) = file {
        fs::write(dir.join(file), &output.stdout).unwrap();
    }
    output
}

/// Runs lines that must succeed; their standard output.
pub(crate) fn all(dir: &Path, lines: &str, port: &str) -> String {
    let run = |line: &str| {
        let output = run(dir, &line.replace("7443", port));
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    lines.trim().lines().map(run).collect()
}

pub(crate) fn refused(dir: &Path, line: &str, reason: &str) {
    let output = run(dir, line);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && stderr.contains(reason), "{line}: {stderr}");
}

/// A server and the port that it says it listens on. It does not outlive the test.
pub(crate) struct Server(Child, pub(crate) String);

impl Server {
    pub(crate) fn start(dir: &Path, line: &str) -> Self {
        let mut child = command(dir, line).args(["--log", "error"]).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
        let port = said.strip_prefix("listening on https://127.0.0.1:").unwrap_or_else(|| panic!("{said}"));
        assert!(port.contains(" as Clearing House (") || port.contains(" as Vault ("), "{said}");
        Self(child, port.split(' ').next().unwrap().to_owned())
    }

    pub(crate) fn stop(mut self, signal: Signal) {
        kill(Pid::from_raw(self.0.id().try_into().unwrap()), signal).unwrap();
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been stopped already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
