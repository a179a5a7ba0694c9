//! What a custodian must not forget, and what it must: the keys, who was charged for what, and the answers while a key lives.

mod batch;
mod standing;

use std::path::Path;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteExecutor, Transaction};

pub use self::batch::{Asked, KeptBatch, Spending};
pub use self::standing::{KeyStanding, Standings};
use super::{Database, StoreFault, array};
use crate::charter::{CharterHash, Proposal};
use crate::oprf::{PrivateKey, PublicKey};
use crate::round::{Destruction, KeyRequest, Round, RoundHash};

/// The custodian's database.
pub struct KeyStore {
    database: Database,
}

/// A key, without its secret.
#[derive(Clone, Debug)]
pub struct KeptKey {
    /// By which this store knows it.
    pub id: i64,
    /// What it was asked for with.
    pub request: KeyRequest,
    /// When it is destroyed at the latest.
    pub close: u64,
    /// Its public half.
    pub public: PublicKey,
    /// The round of the order that was shown for it.
    pub round: Option<RoundHash>,
    /// That it is gone.
    pub destruction: Option<Destruction>,
}

/// What came of asking for a key.
#[derive(Clone, Debug)]
pub enum Making {
    /// It is made, or was before.
    Made(PublicKey),
    /// It was made before, and is gone.
    Destroyed(Destruction),
    /// An order was shown for the number, with another key, which is held until this time.
    Taken(u64),
    /// There are so many keys of the charter, which is the most.
    TooMany(u32),
}

/// What came of showing an order.
#[derive(Clone, Debug)]
pub enum Binding {
    /// The key is the round's.
    Bound {
        /// The other keys of the number, which are destroyed now.
        replaced: Vec<KeptKey>,
    },
    /// The key is gone.
    Destroyed(Box<Destruction>),
    /// The key is another round's.
    OtherOrder,
}

impl KeyStore {
    /// Opens the file, making it if there is none, and brings its schema up to date.
    pub async fn open(path: &Path) -> Result<Self, StoreFault> {
        Ok(Self { database: Database::open(path, &sqlx::migrate!("src/store/custodian/migrations")).await? })
    }

    /// What it shares with other servers' stores.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Keeps a fresh key for a request, unless there is one for the same request, the key of another order that was shown for
    /// the number is held, or there are `most` keys of the charter.
    pub async fn make(
        &self,
        proposal: &Proposal,
        request: &KeyRequest,
        close: u64,
        fresh: &PrivateKey,
        most: u32,
    ) -> Result<Making, StoreFault> {
        let mut tx = self.database.write().await?;
        if let Some(known) = by_request(&mut *tx, request).await? {
            return Ok(known.destruction.map_or(Making::Made(known.public), Making::Destroyed));
        }
        let row = sqlx::query(
            "SELECT MAX(close) FILTER (WHERE number = ?2 AND round IS NOT NULL) AS taken, COUNT(*) AS held \
             FROM keys WHERE charter = ?1 AND destruction IS NULL",
        )
        .bind(request.charter.as_bytes().to_vec())
        .bind(request.number)
        .fetch_one(&mut *tx)
        .await?;
        if let Some(close) = row.try_get::<Option<i64>, _>("taken")? {
            return Ok(Making::Taken(time(close)?));
        }
        if row.try_get::<u32, _>("held")? >= most {
            return Ok(Making::TooMany(most));
        }
        insert(&mut tx, proposal, request, close, fresh).await?;
        tx.commit().await?;
        Ok(Making::Made(fresh.public()))
    }

    /// The key that was made for a request.
    pub async fn made(&self, request: &KeyRequest) -> Result<Option<KeptKey>, StoreFault> {
        by_request(&self.database.pool, request).await
    }

    /// The key of a charter with this public half.
    pub async fn key(&self, charter: CharterHash, public: &PublicKey) -> Result<Option<KeptKey>, StoreFault> {
        let row = sqlx::query("SELECT * FROM keys WHERE charter = ? AND public = ?")
            .bind(charter.as_bytes().to_vec())
            .bind(public.as_bytes().to_vec())
            .fetch_optional(&self.database.pool)
            .await?;
        row.as_ref().map(kept).transpose()
    }

    /// The key of the round whose order was shown.
    pub async fn key_of_round(&self, round: RoundHash) -> Result<Option<KeptKey>, StoreFault> {
        let row = sqlx::query("SELECT * FROM keys WHERE round = ?")
            .bind(round.as_bytes().to_vec())
            .fetch_optional(&self.database.pool)
            .await?;
        row.as_ref().map(kept).transpose()
    }

    /// The keys that are held though their time has come.
    pub async fn overdue(&self, now: u64) -> Result<Vec<KeptKey>, StoreFault> {
        let rows = sqlx::query("SELECT * FROM keys WHERE destruction IS NULL AND close <= ? ORDER BY id")
            .bind(now as i64)
            .fetch_all(&self.database.pool)
            .await?;
        rows.iter().map(kept).collect()
    }

    /// A charter under which a key was made.
    pub async fn charter(&self, hash: CharterHash) -> Result<Option<Proposal>, StoreFault> {
        let row = sqlx::query("SELECT signed FROM charters WHERE hash = ?")
            .bind(hash.as_bytes().to_vec())
            .fetch_optional(&self.database.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(proposal(row.try_get("signed")?)?))
    }

    /// Makes a key the round's whose order carries it, and moves its close where the order's extension has it, if that is
    /// later. The other keys that were made for the number are destroyed with the statements that `destruction` makes.
    pub async fn bind(
        &self,
        key: &KeptKey,
        round: &Round,
        destruction: impl Fn(&KeptKey) -> Destruction,
    ) -> Result<Binding, StoreFault> {
        let mut tx = self.database.write().await?;
        let found = by_id(&mut tx, key.id).await?;
        if let Some(destruction) = found.destruction {
            return Ok(Binding::Destroyed(Box::new(destruction)));
        }
        if found.round.is_some_and(|known| known != round.hash()) {
            return Ok(Binding::OtherOrder);
        }
        let known = found.round.is_some() && found.close >= round.close();
        if known && unbound(&mut tx, &key.request).await?.is_empty() {
            // Most who show an order show what is known: it costs no write.
            return Ok(Binding::Bound { replaced: Vec::new() });
        }
        sqlx::query("UPDATE keys SET round = ?, close = MAX(close, ?) WHERE id = ?")
            .bind(round.hash().as_bytes().to_vec())
            .bind(round.close() as i64)
            .bind(key.id)
            .execute(&mut *tx)
            .await?;
        let replaced = unbound(&mut tx, &key.request).await?;
        for other in &replaced {
            destroy(&mut tx, other.id, &destruction(other)).await?;
        }
        tx.commit().await?;
        Ok(Binding::Bound { replaced })
    }

    /// Destroys a key; its meter stays. The first statement stands, and is what this gives. The answers under the key go with
    /// [`KeyStore::forget_answers`]: they can be many, and the key waits for nothing.
    pub async fn destroy(&self, key: i64, destruction: Destruction) -> Result<Destruction, StoreFault> {
        let mut tx = self.database.write().await?;
        if let Some(earlier) = by_id(&mut tx, key).await?.destruction {
            return Ok(earlier);
        }
        destroy(&mut tx, key, &destruction).await?;
        tx.commit().await?;
        Ok(destruction)
    }

    /// Wipes the answers under keys that are gone, a few at a time, so that nobody else waits long for the database. Where there
    /// are none it waits for nobody.
    pub async fn forget_answers(&self) -> Result<(), StoreFault> {
        let left = "SELECT 1 FROM batches JOIN keys ON keys.id = batches.key \
                    WHERE keys.destruction IS NOT NULL AND digest IS NOT NULL LIMIT 1";
        while sqlx::query(left).fetch_optional(&self.database.pool).await?.is_some() {
            sqlx::query(
                "UPDATE batches SET digest = NULL, elements = NULL, proof = NULL WHERE rowid IN (SELECT batches.rowid FROM batches \
                 JOIN keys ON keys.id = batches.key WHERE keys.destruction IS NOT NULL AND digest IS NOT NULL LIMIT 16)",
            )
            .execute(&self.database.pool)
            .await?;
        }
        Ok(())
    }
}

async fn insert(
    tx: &mut Transaction<'static, Sqlite>,
    signed: &Proposal,
    request: &KeyRequest,
    close: u64,
    fresh: &PrivateKey,
) -> Result<(), StoreFault> {
    sqlx::query("INSERT OR IGNORE INTO charters (hash, signed) VALUES (?, ?)")
        .bind(request.charter.as_bytes().to_vec())
        .bind(signed.encode())
        .execute(&mut **tx)
        .await?;
    let row = sqlx::query(
        "INSERT INTO keys (charter, number, nonce, opened, close, public) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(request.charter.as_bytes().to_vec())
    .bind(request.number)
    .bind(request.nonce.to_vec())
    .bind(request.opened as i64)
    .bind(close as i64)
    .bind(fresh.public().as_bytes().to_vec())
    .fetch_one(&mut **tx)
    .await?;
    sqlx::query("INSERT INTO secrets (key, secret) VALUES (?, ?)")
        .bind(row.try_get::<i64, _>("id")?)
        .bind(fresh.to_bytes().expose().as_slice())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn by_request(executor: impl SqliteExecutor<'_>, request: &KeyRequest) -> Result<Option<KeptKey>, StoreFault> {
    let row = sqlx::query("SELECT * FROM keys WHERE charter = ? AND number = ? AND nonce = ? AND opened = ?")
        .bind(request.charter.as_bytes().to_vec())
        .bind(request.number)
        .bind(request.nonce.to_vec())
        .bind(request.opened as i64)
        .fetch_optional(executor)
        .await?;
    row.as_ref().map(kept).transpose()
}

async fn by_id(tx: &mut Transaction<'static, Sqlite>, id: i64) -> Result<KeptKey, StoreFault> {
    kept(&sqlx::query("SELECT * FROM keys WHERE id = ?").bind(id).fetch_one(&mut **tx).await?)
}

/// The keys of a request's number that are held and no round's.
async fn unbound(tx: &mut Transaction<'static, Sqlite>, request: &KeyRequest) -> Result<Vec<KeptKey>, StoreFault> {
    let rows = sqlx::query(
        "SELECT * FROM keys WHERE charter = ? AND number = ? AND round IS NULL AND destruction IS NULL ORDER BY id",
    )
    .bind(request.charter.as_bytes().to_vec())
    .bind(request.number)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(kept).collect()
}

async fn destroy(tx: &mut Transaction<'static, Sqlite>, key: i64, destruction: &Destruction) -> Result<(), StoreFault> {
    sqlx::query("UPDATE keys SET destruction = ? WHERE id = ?")
        .bind(destruction.encode())
        .bind(key)
        .execute(&mut **tx)
        .await?;
    // As long as before, so that it takes the same place.
    sqlx::query("UPDATE secrets SET secret = zeroblob(LENGTH(secret)) WHERE key = ?")
        .bind(key)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn time(time: i64) -> Result<u64, StoreFault> {
    u64::try_from(time).map_err(|_| StoreFault::Damaged("time"))
}

fn kept(row: &SqliteRow) -> Result<KeptKey, StoreFault> {
    let round: Option<Vec<u8>> = row.try_get("round")?;
    let destruction: Option<Vec<u8>> = row.try_get("destruction")?;
    Ok(KeptKey {
        id: row.try_get("id")?,
        request: KeyRequest {
            charter: CharterHash::new(array(row.try_get("charter")?, "charter hash")?),
            number: row.try_get("number")?,
            nonce: array(row.try_get("nonce")?, "nonce")?,
            opened: time(row.try_get("opened")?)?,
        },
        close: time(row.try_get("close")?)?,
        public: public(row.try_get("public")?)?,
        round: round.map(|round| array(&round, "round hash").map(RoundHash::new)).transpose()?,
        destruction: destruction.map(|destruction| Destruction::decode(&destruction)).transpose()?,
    })
}

fn public(bytes: &[u8]) -> Result<PublicKey, StoreFault> {
    PublicKey::try_from(array::<32>(bytes, "key")?).map_err(|_| StoreFault::Damaged("key"))
}

fn proposal(signed: &[u8]) -> Result<Proposal, StoreFault> {
    Proposal::decode(signed).map_err(|_| StoreFault::Damaged("charter"))
}
