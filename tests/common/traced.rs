//! A process watched by its system calls (Linux on x86-64): whether it opens a socket.

#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::ptrace::{self, Options};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// The number of `socket` among the system calls of x86-64.
const SOCKET: u64 = 41;

/// What a process and those that it starts did.
pub(crate) struct Seen {
    pub(crate) exit: i32,
    /// System calls, each counted as it begins and as it ends.
    pub(crate) calls: usize,
    pub(crate) sockets: usize,
}

/// Runs a program from its first system call to its last; its standard output goes into a file. Nothing where the machine
/// lets nobody watch.
#[expect(clippy::zombie_processes, reason = "the loop waits for it, as for all that it starts")]
pub(crate) fn run(dir: &Path, program: &[&str], out: Option<&str>) -> Option<Seen> {
    let out = out.map_or_else(Stdio::null, |name| File::create(dir.join(name)).unwrap().into());
    // The shell waits for a line, so that nothing of the program is missed before it is watched.
    let mut child = Command::new("/bin/sh")
        .args(["-c", "read go; exec \"$@\" < /dev/null", "sh"])
        .args(program)
        .current_dir(dir)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(out)
        .spawn()
        .unwrap();
    let pid = Pid::from_raw(child.id().try_into().unwrap());
    let options = Options::PTRACE_O_EXITKILL
        | Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK;
    if let Err(error) = ptrace::seize(pid, options) {
        println!("system calls cannot be watched here: {error}");
        child.kill().unwrap();
        child.wait().unwrap();
        return None;
    }
    ptrace::interrupt(pid).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut seen = Seen { exit: -1, calls: 0, sockets: 0 };
    let mut waiting = true;
    loop {
        // Of this thread's children alone: other tests have theirs.
        match waitpid(None, Some(WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD)).unwrap() {
            WaitStatus::PtraceSyscall(stopped) => {
                let call = ptrace::getregs(stopped).unwrap().orig_rax;
                seen.calls += 1;
                seen.sockets += usize::from(call == SOCKET);
                ptrace::syscall(stopped, None).unwrap();
            }
            WaitStatus::PtraceEvent(stopped, ..) => {
                ptrace::syscall(stopped, None).unwrap();
                if std::mem::take(&mut waiting) {
                    stdin.write_all(b"go\n").unwrap();
                }
            }
            WaitStatus::Stopped(stopped, signal) => ptrace::syscall(stopped, signal).unwrap(),
            WaitStatus::Exited(ended, code) if ended == pid => {
                seen.exit = code;
                return Some(seen);
            }
            WaitStatus::Signaled(ended, ..) if ended == pid => return Some(seen),
            _ => {}
        }
    }
}
