//! How keys and meters stand, read beside the server that has the database open.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::Row;

use super::{KeptKey, kept, proposal};
use crate::charter::{CharterHash, Proposal};
use crate::store::{Database, StoreFault};

/// The charters under which keys were made, and their keys.
pub struct Standings {
    /// By hash.
    pub charters: BTreeMap<CharterHash, Proposal>,
    /// In the order in which they were made.
    pub keys: Vec<KeyStanding>,
}

/// How a key stands.
pub struct KeyStanding {
    /// The key.
    pub key: KeptKey,
    /// What members were charged for, by their places; those that were charged for nothing are not there.
    pub spent: BTreeMap<usize, u64>,
}

impl Standings {
    /// Reads a custodian's database, which is there.
    pub async fn read(path: &Path) -> Result<Self, StoreFault> {
        let database = Database::open_to_read(path).await?;
        let read = read(&database).await;
        database.close().await;
        read
    }
}

async fn read(database: &Database) -> Result<Standings, StoreFault> {
    // One transaction, so that meters are of the keys.
    let mut tx = database.pool.begin().await?;
    let mut charters = BTreeMap::new();
    for row in sqlx::query("SELECT signed FROM charters").fetch_all(&mut *tx).await? {
        let proposal = proposal(row.try_get("signed")?)?;
        charters.insert(proposal.charter().hash(), proposal);
    }
    let mut keys = Vec::new();
    for row in sqlx::query("SELECT * FROM keys ORDER BY id").fetch_all(&mut *tx).await? {
        let key = kept(&row)?;
        let rows = sqlx::query("SELECT place, spent FROM meter WHERE key = ?").bind(key.id).fetch_all(&mut *tx).await?;
        let number = |number: i64| u64::try_from(number).map_err(|_| StoreFault::Damaged("meter"));
        let spent = rows
            .iter()
            .map(|row| Ok::<_, StoreFault>((number(row.try_get("place")?)? as usize, number(row.try_get("spent")?)?)));
        keys.push(KeyStanding { key, spent: spent.collect::<Result<_, _>>()? });
    }
    Ok(Standings { charters, keys })
}
