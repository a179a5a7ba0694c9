//! What servers must not forget: embedded SQLite, one file each. Here is the matcher's; [`custodian`] is the other.
//!
//! Nothing is answered for before it is durable: WAL with `synchronous = FULL`, so a commit is on the disk. What is purged
//! is overwritten (`secure_delete`) and the WAL truncated; backups of the file must not be kept beyond a round's purge.
//! A failing disk is fatal ([`StoreFault::is_fatal`]): after an fsync error nobody knows what is on it.

mod charter;
mod count;
pub mod custodian;
mod database;
mod list;
mod round;
mod withdrawal;

use std::path::Path;

use thiserror::Error;

pub use self::charter::{CharterStanding, Signing};
pub use self::count::{KeptCount, Pair};
pub use self::database::Database;
pub use self::list::{CheckedShard, KeptList, KeptUpload, Outcome};
pub use self::round::{KeptRound, Opening};
pub use self::withdrawal::Withdrawing;
use crate::charter::{CharterFault, SignatureFault};
use crate::identity::CardError;
use crate::round::OrderFault;
use crate::transcript::Malformed;

/// What went wrong with the database. None of it is for the eyes of a caller.
#[derive(Debug, Error)]
pub enum StoreFault {
    /// SQLite's word.
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    /// Its schema is from another version.
    #[error("the database's schema: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// It holds what this program never writes.
    #[error("the database holds a damaged {0}")]
    Damaged(&'static str),
}

impl StoreFault {
    /// Whether the disk can no longer be trusted, so that the server must stop: SQLite's IOERR, CORRUPT, FULL and NOTADB.
    pub fn is_fatal(&self) -> bool {
        const FATAL: [u32; 4] = [10, 11, 13, 26];
        match self {
            Self::Database(sqlx::Error::Database(error)) => {
                let code: Option<u32> = error.code().and_then(|code| code.parse().ok());
                code.is_some_and(|code| FATAL.contains(&(code & 0xFF)))
            }
            Self::Database(sqlx::Error::Io(_)) | Self::Damaged(_) => true,
            Self::Database(_) | Self::Migrate(_) => false,
        }
    }
}

macro_rules! damaged {
    ($($fault:ty => $what:literal),+) => {
        $(impl From<$fault> for StoreFault {
            fn from(_: $fault) -> Self {
                Self::Damaged($what)
            }
        })+
    };
}

damaged!(Malformed => "record", CardError => "card", CharterFault => "charter", SignatureFault => "signature", OrderFault => "round order");

/// The matcher's database.
pub struct Store {
    database: Database,
}

impl Store {
    /// Opens the file, making it if there is none, and brings its schema up to date.
    pub async fn open(path: &Path) -> Result<Self, StoreFault> {
        Ok(Self { database: Database::open(path, &sqlx::migrate!("src/store/migrations")).await? })
    }

    /// What it shares with other servers' stores.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Waits for what is under way and closes the file.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

fn array<const N: usize>(bytes: &[u8], what: &'static str) -> Result<[u8; N], StoreFault> {
    bytes.try_into().map_err(|_| StoreFault::Damaged(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_disk_that_lies_is_fatal_and_a_busy_pool_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("matcher.db");
        std::fs::write(&path, [b'x'; 4096]).unwrap();
        let fault = Store::open(&path).await.err().unwrap();
        assert!(fault.is_fatal(), "{fault}");
        assert!(StoreFault::Damaged("record").is_fatal());
        assert!(!StoreFault::Database(sqlx::Error::PoolTimedOut).is_fatal());
    }

    #[tokio::test]
    async fn the_database_is_for_this_user_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let _store = Store::open(&dir.path().join("matcher.db")).await.unwrap();
        for entry in std::fs::read_dir(dir.path()).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.file_name());
        }
    }
}
