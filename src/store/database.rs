//! One SQLite file, as every server keeps it: private, durable before anything is answered, overwritten where it is deleted.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, Sqlite, SqlitePool, Transaction};

use super::StoreFault;
use crate::identity::Card;

/// An open file with the cards that its server admits; what else is in it is for the stores around it.
pub struct Database {
    pub(super) pool: SqlitePool,
}

impl Database {
    /// Opens the file, making it if there is none, and brings its schema up to date.
    pub(super) async fn open(path: &Path, schema: &Migrator) -> Result<Self, StoreFault> {
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
        schema.run(&pool).await?;
        Ok(Self { pool })
    }

    /// Opens a file that is there, beside the server that may have it open, and changes nothing in it.
    pub(super) async fn open_to_read(path: &Path) -> Result<Self, StoreFault> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(Duration::from_secs(30));
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        Ok(Self { pool })
    }

    /// Waits for what is under way and closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A transaction that may write: takes the lock at once, for a later upgrade could fail half-way.
    pub(super) async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreFault> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Lets the holder of a card connect. A newer contact replaces the older. The card is kept with those that it succeeds.
    pub async fn admit(&self, card: &Card) -> Result<(), StoreFault> {
        sqlx::query("INSERT INTO admitted (card_id, card) VALUES (?, ?) ON CONFLICT (card_id) DO UPDATE SET card = excluded.card")
            .bind(card.core().id().as_bytes().as_slice())
            .bind(card.to_armour())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Everyone who may connect.
    pub async fn admitted(&self) -> Result<Vec<Card>, StoreFault> {
        let rows = sqlx::query("SELECT card FROM admitted").fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(Card::from_armour(row.try_get("card")?)?)).collect()
    }

    /// Empties the write-ahead log, so that deleted pages are nowhere in it. Readers may hold it back: then `false`, and the
    /// caller tries again later.
    pub async fn truncate_log(&self) -> Result<bool, StoreFault> {
        let mut connection = self.pool.acquire().await?;
        // All writes wait as long as this waits for readers, and some read for hours: no other use has so little patience.
        connection.close_on_drop();
        sqlx::query("PRAGMA busy_timeout = 200").execute(&mut *connection).await?;
        for _ in 0..5 {
            let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await?;
            if row.try_get::<i64, _>(0)? == 0 {
                return Ok(true);
            }
            // For another checkpoint SQLite does not wait at all.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(false)
    }
}

/// SQLite gives its log and index files the mode of the database, so it is made for this user alone.
fn create_private(path: &Path) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
}
