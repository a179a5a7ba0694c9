//! Rounds in the database.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};

use super::charter::lineage;
use super::{Outcome, Store, StoreFault, array};
use crate::charter::CharterHash;
use crate::identity::Signature;
use crate::round::{Destruction, Extension, Order, Phase, Round, RoundHash, SignedOrder};

/// Rounds of one charter that are not purged at most: the clock looks after each of them.
const MAX_STANDING: u32 = 100;
const DAY: u64 = 24 * 3600;

/// What came of opening a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It is open.
    Open,
    /// Its number is not the next, which is this.
    NotNext(u32),
    /// So many rounds of the charter are not purged yet, and that is the most.
    TooMany(u32),
    /// As many rounds as the charter allows have opened within a day; the next may from this time on.
    TooOften(u64),
    /// A newer version of the charter is in force.
    Replaced,
    /// A member has resigned.
    Paused,
}

/// A round as it is kept.
pub struct KeptRound {
    /// The order, with its sealed salts until the purge.
    pub signed: SignedOrder,
    /// The phase that it has reached; time may have gone on.
    pub phase: Phase,
}

impl Store {
    /// Opens a round, if its charter is the newest version and nobody has resigned, its number is the next and not too many
    /// others stand or have opened within a day, counted over all versions; or if it is open already.
    pub async fn open_round(&self, round: &Round, per_day: u32) -> Result<Opening, StoreFault> {
        let (order, signed) = (round.order(), round.signed());
        let mut tx = self.database.write().await?;
        let known = sqlx::query("SELECT 1 FROM rounds WHERE hash = ?")
            .bind(round.hash().as_bytes().to_vec())
            .fetch_optional(&mut *tx)
            .await?;
        if known.is_some() {
            return Ok(Opening::Open);
        }
        if let Some(refused) = refused(&mut tx, order.charter).await? {
            return Ok(refused);
        }
        let row = sqlx::query(concat!(
            lineage!(),
            "SELECT COALESCE(MAX(number), 0) + 1 AS next, COUNT(*) FILTER (WHERE phase < ?2) AS standing \
             FROM rounds WHERE charter IN lineage"
        ))
        .bind(order.charter.as_bytes().to_vec())
        .bind(Phase::Purged.code())
        .fetch_one(&mut *tx)
        .await?;
        let next: u32 = row.try_get("next")?;
        if order.number != next {
            return Ok(Opening::NotNext(next));
        }
        if row.try_get::<u32, _>("standing")? >= MAX_STANDING {
            return Ok(Opening::TooMany(MAX_STANDING));
        }
        let may_open = next_opening(&mut tx, order.charter, per_day).await?;
        if order.opened < may_open {
            return Ok(Opening::TooOften(may_open));
        }
        sqlx::query(
            "INSERT INTO rounds (hash, charter, number, order_bytes, salts_digest, signature, phase) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(round.hash().as_bytes().to_vec())
        .bind(order.charter.as_bytes().to_vec())
        .bind(order.number)
        .bind(order.encode())
        .bind(signed.salts_digest.to_vec())
        .bind(signed.signature.as_bytes().to_vec())
        .bind(Phase::Open.code())
        .execute(&mut *tx)
        .await?;
        for (place, sealed) in signed.sealed_salts.iter().enumerate() {
            sqlx::query("INSERT INTO sealed_salts (round, place, sealed) VALUES (?, ?, ?)")
                .bind(round.hash().as_bytes().to_vec())
                .bind(place as i64)
                .bind(sealed.as_slice())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(Opening::Open)
    }

    /// The round with this hash.
    pub async fn round(&self, hash: RoundHash) -> Result<Option<KeptRound>, StoreFault> {
        let row = sqlx::query("SELECT * FROM rounds WHERE hash = ?")
            .bind(hash.as_bytes().to_vec())
            .fetch_optional(&self.database.pool)
            .await?;
        self.kept(row).await
    }

    /// The round of a charter with this number, or the latest.
    pub async fn round_of(&self, charter: CharterHash, number: Option<u32>) -> Result<Option<KeptRound>, StoreFault> {
        let row = sqlx::query(
            "SELECT * FROM rounds WHERE charter = ? AND number = COALESCE(?, number) ORDER BY number DESC LIMIT 1",
        )
        .bind(charter.as_bytes().to_vec())
        .bind(number)
        .fetch_optional(&self.database.pool)
        .await?;
        self.kept(row).await
    }

    /// The latest round of a charter and those that it amends.
    pub async fn latest_round(&self, charter: CharterHash) -> Result<Option<KeptRound>, StoreFault> {
        let row = sqlx::query(concat!(
            lineage!(),
            "SELECT * FROM rounds WHERE charter IN lineage ORDER BY number DESC LIMIT 1"
        ))
        .bind(charter.as_bytes().to_vec())
        .fetch_optional(&self.database.pool)
        .await?;
        self.kept(row).await
    }

    /// The rounds that are not purged: those that time may move on.
    pub async fn unpurged_rounds(&self) -> Result<Vec<KeptRound>, StoreFault> {
        let rows = sqlx::query("SELECT * FROM rounds WHERE phase < ?")
            .bind(Phase::Purged.code())
            .fetch_all(&self.database.pool)
            .await?;
        let mut rounds = Vec::with_capacity(rows.len());
        for row in rows {
            rounds.extend(self.kept(Some(row)).await?);
        }
        Ok(rounds)
    }

    async fn kept(&self, row: Option<SqliteRow>) -> Result<Option<KeptRound>, StoreFault> {
        let Some(row) = row else { return Ok(None) };
        let order = Order::decode(row.try_get("order_bytes")?)?;
        let salts = sqlx::query("SELECT sealed FROM sealed_salts WHERE round = ? ORDER BY place")
            .bind(order.hash().as_bytes().to_vec())
            .fetch_all(&self.database.pool)
            .await?;
        let sealed_salts = salts.iter().map(|row| row.try_get("sealed")).collect::<Result<_, _>>()?;
        let signed = SignedOrder {
            order,
            sealed_salts,
            salts_digest: array(row.try_get("salts_digest")?, "digest")?,
            signature: Signature::from(array(row.try_get("signature")?, "signature")?),
            extension: extension(&row)?,
        };
        let phase = Phase::from_code(row.try_get("phase")?).ok_or(StoreFault::Damaged("phase"))?;
        Ok(Some(KeptRound { signed, phase }))
    }

    /// Puts a custodian's statement on record; the first one stays.
    pub async fn record_destruction(
        &self,
        round: RoundHash,
        custodian: usize,
        destruction: &Destruction,
    ) -> Result<(), StoreFault> {
        sqlx::query("INSERT OR IGNORE INTO destructions (round, custodian, statement) VALUES (?, ?, ?)")
            .bind(round.as_bytes().to_vec())
            .bind(custodian as i64)
            .bind(destruction.encode())
            .execute(&self.database.pool)
            .await?;
        Ok(())
    }

    /// The statements on record, by their custodians' rising places.
    pub async fn destructions(&self, round: RoundHash) -> Result<Vec<(usize, Destruction)>, StoreFault> {
        let rows = sqlx::query("SELECT custodian, statement FROM destructions WHERE round = ? ORDER BY custodian")
            .bind(round.as_bytes().to_vec())
            .fetch_all(&self.database.pool)
            .await?;
        let statement = |row: &SqliteRow| {
            let custodian = usize::try_from(row.try_get::<i64, _>("custodian")?);
            let custodian = custodian.map_err(|_| StoreFault::Damaged("place"))?;
            Ok((custodian, Destruction::decode(row.try_get("statement")?)?))
        };
        rows.iter().map(statement).collect()
    }

    /// Keeps where the convener moved the close, if the round is still open and that is later than before.
    pub async fn extend(&self, round: RoundHash, extension: &Extension) -> Result<Outcome, StoreFault> {
        let moved = sqlx::query(
            "UPDATE rounds SET moved_close = ?1, moved_by = ?2 WHERE hash = ?3 AND phase = ?4 AND COALESCE(moved_close, 0) <= ?1",
        )
        .bind(extension.close as i64)
        .bind(extension.signature.as_bytes().to_vec())
        .bind(round.as_bytes().to_vec())
        .bind(Phase::Open.code())
        .execute(&self.database.pool)
        .await?;
        Ok(if moved.rows_affected() == 1 { Outcome::Done } else { Outcome::Overtaken })
    }

    /// Moves a round on. It never goes back, whoever asks.
    pub async fn advance(&self, round: RoundHash, phase: Phase) -> Result<(), StoreFault> {
        let mut tx = self.database.write().await?;
        sqlx::query("UPDATE rounds SET phase = ? WHERE hash = ? AND phase < ?")
            .bind(phase.code())
            .bind(round.as_bytes().to_vec())
            .bind(phase.code())
            .execute(&mut *tx)
            .await?;
        // Uploads that the close found unfinished are of no use to anyone.
        sqlx::query("DELETE FROM lists WHERE round = ? AND receipt IS NULL")
            .bind(round.as_bytes().to_vec())
            .execute(&mut *tx)
            .await?;
        if phase == Phase::Purged {
            for sql in [
                "DELETE FROM lists WHERE round = ?",
                "DELETE FROM counts WHERE round = ?",
                "DELETE FROM withdrawals WHERE round = ?",
                "DELETE FROM sealed_salts WHERE round = ?",
            ] {
                sqlx::query(sql).bind(round.as_bytes().to_vec()).execute(&mut *tx).await?;
            }
        }
        Ok(tx.commit().await?)
    }
}

/// Why no round is opened under a charter, whatever its number.
async fn refused(tx: &mut Transaction<'static, Sqlite>, charter: CharterHash) -> Result<Option<Opening>, StoreFault> {
    let row = sqlx::query(
        "SELECT replaced_by IS NOT NULL AS replaced, EXISTS (SELECT 1 FROM charter_resignations WHERE charter = hash) AS paused \
         FROM charters WHERE hash = ?",
    )
    .bind(charter.as_bytes().to_vec())
    .fetch_one(&mut **tx)
    .await?;
    Ok(match (row.try_get("replaced")?, row.try_get("paused")?) {
        (true, _) => Some(Opening::Replaced),
        (false, true) => Some(Opening::Paused),
        (false, false) => None,
    })
}

/// A day after the opening of the last round but `per_day`, by the order's own times, which are the matcher's within minutes.
async fn next_opening(
    tx: &mut Transaction<'static, Sqlite>,
    charter: CharterHash,
    per_day: u32,
) -> Result<u64, StoreFault> {
    let sql = concat!(
        lineage!(),
        "SELECT order_bytes FROM rounds WHERE charter IN lineage ORDER BY number DESC LIMIT 1 OFFSET ?2"
    );
    let row = sqlx::query(sql)
        .bind(charter.as_bytes().to_vec())
        .bind(per_day.saturating_sub(1))
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else { return Ok(0) };
    Ok(Order::decode(row.try_get("order_bytes")?)?.opened.saturating_add(DAY))
}

fn extension(row: &SqliteRow) -> Result<Option<Extension>, StoreFault> {
    let (close, signature): (Option<i64>, Option<Vec<u8>>) = (row.try_get("moved_close")?, row.try_get("moved_by")?);
    let Some((close, signature)) = close.zip(signature) else { return Ok(None) };
    let close = u64::try_from(close).map_err(|_| StoreFault::Damaged("time"))?;
    Ok(Some(Extension { close, signature: Signature::from(array(&signature, "signature")?) }))
}
