//! What the matcher must not forget: embedded SQLite, one file.
//!
//! Nothing is answered for before it is durable: WAL with `synchronous = FULL`, so a commit is on the disk. What is purged
//! is overwritten (`secure_delete`) and the WAL truncated; backups of the file must not be kept beyond a round's purge.
//! A failing disk is fatal ([`StoreFault::is_fatal`]): after an fsync error nobody knows what is on it.

mod count;
mod list;
mod round;
mod withdrawal;

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, Sqlite, SqlitePool, Transaction};
use thiserror::Error;

pub use self::count::{KeptCount, Pair};
pub use self::list::{CheckedShard, KeptList, KeptUpload, Outcome};
pub use self::round::{KeptRound, Opening};
pub use self::withdrawal::Withdrawal;
use crate::charter::{Charter, CharterFault, CharterHash, Proposal, SignatureFault};
use crate::identity::{Card, CardError, CardId, Signature};
use crate::round::OrderFault;
use crate::transcript::Malformed;

/// Summaries of charters that one member is shown at most.
const MAX_SUMMARIES: i64 = 1000;

/// Charters of one proposer that wait for signatures at most.
const MAX_WAITING: i64 = 16;

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
    pool: SqlitePool,
}

impl Store {
    /// Opens the file, making it if there is none, and brings its schema up to date.
    pub async fn open(path: &Path) -> Result<Self, StoreFault> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .auto_vacuum(SqliteAutoVacuum::None)
            .pragma("secure_delete", "ON")
            .pragma("trusted_schema", "OFF")
            .busy_timeout(Duration::from_secs(30));
        create_private(path).map_err(sqlx::Error::Io)?;
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        sqlx::migrate!("src/store/migrations").run(&pool).await?;
        Ok(Self { pool })
    }

    /// Waits for what is under way and closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A transaction that may write: takes the lock at once, for a later upgrade could fail half-way.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreFault> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Lets the holder of a card connect. A newer contact replaces the older.
    pub async fn admit(&self, card: &Card) -> Result<(), StoreFault> {
        sqlx::query("INSERT INTO admitted (card_id, card) VALUES (?, ?) ON CONFLICT (card_id) DO UPDATE SET card = excluded.card")
            .bind(card.core().id().as_bytes().as_slice())
            .bind(card.encode())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Everyone who may connect.
    pub async fn admitted(&self) -> Result<Vec<Card>, StoreFault> {
        let rows = sqlx::query("SELECT card FROM admitted").fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(Card::decode(row.try_get("card")?)?)).collect()
    }

    /// Keeps a charter with its proposer's signature. One that is there already only gains the signature. Of too many that the
    /// proposer has proposed and that are not in force, the oldest give way: any card that is admitted can propose.
    pub async fn propose(
        &self,
        charter: &Charter,
        signer: usize,
        signature: &Signature,
        now: u64,
    ) -> Result<(), StoreFault> {
        let mut tx = self.write().await?;
        let (hash, proposer) = (charter.hash(), charter.terms().members[signer].id());
        let fresh = sqlx::query(
            "INSERT INTO charters (hash, convener, name, bytes, received) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(hash.as_bytes().as_slice())
        .bind(proposer.as_bytes().as_slice())
        .bind(charter.terms().name.as_str())
        .bind(charter.encode())
        .bind(now as i64)
        .execute(&mut *tx)
        .await?;
        if fresh.rows_affected() == 1 {
            for (place, member) in charter.terms().members.iter().enumerate() {
                sqlx::query("INSERT INTO charter_members (charter, place, card_id) VALUES (?, ?, ?)")
                    .bind(hash.as_bytes().as_slice())
                    .bind(place as i64)
                    .bind(member.id().as_bytes().to_vec())
                    .execute(&mut *tx)
                    .await?;
            }
            for carrier in &charter.terms().carriers {
                sqlx::query("INSERT INTO charter_carriers (charter, place, card_id) VALUES (?, ?, ?)")
                    .bind(hash.as_bytes().as_slice())
                    .bind(carrier.member as i64)
                    .bind(carrier.card.id().as_bytes().to_vec())
                    .execute(&mut *tx)
                    .await?;
            }
        }
        insert_signature(&mut tx, hash, signer, signature).await?;
        drop_waiting(&mut tx, proposer).await?;
        Ok(tx.commit().await?)
    }

    /// Keeps a member's signature under a charter.
    pub async fn sign(&self, charter: CharterHash, signer: usize, signature: &Signature) -> Result<(), StoreFault> {
        let mut tx = self.write().await?;
        insert_signature(&mut tx, charter, signer, signature).await?;
        Ok(tx.commit().await?)
    }

    /// Hash and name of the charters that name a card, oldest first.
    pub async fn charters_of(&self, card: CardId) -> Result<Vec<(CharterHash, String)>, StoreFault> {
        let rows = sqlx::query(
            "SELECT hash, name FROM charters WHERE \
             hash IN (SELECT charter FROM charter_members WHERE card_id = ?1) OR \
             hash IN (SELECT charter FROM charter_carriers WHERE card_id = ?1) ORDER BY received, rowid LIMIT ?2",
        )
        .bind(card.as_bytes().to_vec())
        .bind(MAX_SUMMARIES)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| Ok((CharterHash::new(array(row.try_get("hash")?, "charter hash")?), row.try_get("name")?)))
            .collect()
    }

    /// A charter with its signatures.
    pub async fn charter(&self, hash: CharterHash) -> Result<Option<Proposal>, StoreFault> {
        let row = sqlx::query("SELECT bytes FROM charters WHERE hash = ?")
            .bind(hash.as_bytes().as_slice())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let mut proposal = Proposal::new(Charter::decode(row.try_get("bytes")?)?);
        let rows = sqlx::query("SELECT place, signature FROM charter_signatures WHERE charter = ?")
            .bind(hash.as_bytes().as_slice())
            .fetch_all(&self.pool)
            .await?;
        for row in rows {
            let signature = Signature::from(array(row.try_get("signature")?, "signature")?);
            proposal.add(row.try_get::<u32, _>("place")? as usize, signature)?;
        }
        Ok(Some(proposal))
    }

    /// Truncates the write-ahead log, so that purged pages are nowhere in it. Readers may hold it back: then `false`, and
    /// the caller tries again later.
    pub async fn truncate_log(&self) -> Result<bool, StoreFault> {
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.pool).await?;
        Ok(row.try_get::<i64, _>(0)? == 0)
    }
}

/// SQLite gives its log and index files the mode of the database, so it is made for this user alone.
fn create_private(path: &Path) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
}

async fn insert_signature(
    tx: &mut Transaction<'static, Sqlite>,
    charter: CharterHash,
    signer: usize,
    signature: &Signature,
) -> Result<(), StoreFault> {
    sqlx::query("INSERT INTO charter_signatures (charter, place, signature) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        .bind(charter.as_bytes().to_vec())
        .bind(signer as i64)
        .bind(signature.as_bytes().to_vec())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Drops the oldest charters of a proposer that are not in force, down to [`MAX_WAITING`].
async fn drop_waiting(tx: &mut Transaction<'static, Sqlite>, proposer: CardId) -> Result<(), StoreFault> {
    let rows = sqlx::query(
        "SELECT c.hash FROM charters c WHERE c.convener = ? AND \
         (SELECT COUNT(*) FROM charter_signatures WHERE charter = c.hash) < (SELECT COUNT(*) FROM charter_members WHERE charter = c.hash) \
         ORDER BY c.rowid DESC LIMIT -1 OFFSET ?",
    )
    .bind(proposer.as_bytes().to_vec())
    .bind(MAX_WAITING)
    .fetch_all(&mut **tx)
    .await?;
    for row in rows {
        let hash: Vec<u8> = row.try_get("hash")?;
        for sql in [
            "DELETE FROM charter_signatures WHERE charter = ?",
            "DELETE FROM charter_members WHERE charter = ?",
            "DELETE FROM charter_carriers WHERE charter = ?",
            "DELETE FROM charters WHERE hash = ?",
        ] {
            sqlx::query(sql).bind(hash.as_slice()).execute(&mut **tx).await?;
        }
    }
    Ok(())
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
