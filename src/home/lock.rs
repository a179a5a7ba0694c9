//! One command at a time changes a home.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::HomeError;

const WAIT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

/// Proof that no other command changes the home. The system lets go of it when this is dropped or the process dies.
#[derive(Debug)]
pub struct HomeLock {
    _file: File,
}

impl HomeLock {
    pub(super) fn acquire(home: &Path) -> Result<Self, HomeError> {
        Self::acquire_within(home, WAIT)
    }

    pub(super) fn acquire_serving(home: &Path) -> Result<Self, HomeError> {
        let found = Self::acquire_file(&home.join("serving"), Duration::ZERO)?;
        found.ok_or_else(|| HomeError::Serving(home.to_owned()))
    }

    pub(super) fn acquire_within(home: &Path, wait: Duration) -> Result<Self, HomeError> {
        let found = Self::acquire_file(&home.join("lock"), wait)?;
        found.ok_or_else(|| HomeError::Busy(home.to_owned()))
    }

    fn acquire_file(path: &Path, wait: Duration) -> Result<Option<Self>, HomeError> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(path).map_err(HomeError::io("open", path))?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self { _file: file })),
                Err(TryLockError::Error(error)) => return Err(HomeError::io("lock", path)(error)),
                Err(TryLockError::WouldBlock) if started.elapsed() < wait => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Ok(None),
            }
        }
    }
}
