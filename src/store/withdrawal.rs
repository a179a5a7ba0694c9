//! Lists that are taken back, or whose time is over.

use sqlx::{Row, Sqlite, Transaction};

use super::{Store, StoreFault};
use crate::round::{Phase, RoundHash, Withdrawn};

/// What came of taking a list back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawing {
    /// The list with this number is gone: now, or by an earlier withdrawal.
    Gone(u32),
    /// The list with this number, which came later than what was to be taken back; nothing was.
    Newer(u32),
    /// There was none.
    Nothing,
    /// The purge came first.
    Purged,
}

impl Store {
    /// Takes a member's list back: filters, shown tags, uploads and the counts that were made of it are overwritten, and its
    /// number stays. A list with a higher number than `most` stays. Durable when this returns; [`super::Database::truncate_log`] ends it.
    pub async fn withdraw(&self, round: RoundHash, member: usize, most: u32) -> Result<Withdrawing, StoreFault> {
        let mut tx = self.database.write().await?;
        let Some(phase) = unpurged(&mut tx, round).await? else { return Ok(Withdrawing::Purged) };
        let row = sqlx::query("SELECT MAX(number) AS number FROM lists WHERE round = ? AND place = ?")
            .bind(round.as_bytes().to_vec())
            .bind(member as i64)
            .fetch_one(&mut *tx)
            .await?;
        let Some(number) = row.try_get::<Option<u32>, _>("number")? else {
            let earlier = sqlx::query("SELECT number FROM withdrawals WHERE round = ? AND place = ?")
                .bind(round.as_bytes().to_vec())
                .bind(member as i64)
                .fetch_optional(&mut *tx)
                .await?;
            let earlier = earlier.map(|row| row.try_get("number")).transpose()?;
            return Ok(earlier.map_or(Withdrawing::Nothing, Withdrawing::Gone));
        };
        if number > most {
            return Ok(Withdrawing::Newer(number));
        }
        sqlx::query(
            "INSERT INTO withdrawals (round, place, number, after_close, asked) \
             SELECT round, place, MAX(number), ?3, MAX(began) FROM lists \
             WHERE round = ?1 AND place = ?2 GROUP BY round, place ON CONFLICT DO UPDATE SET \
             number = MAX(number, excluded.number), after_close = excluded.after_close, asked = excluded.asked",
        )
        .bind(round.as_bytes().to_vec())
        .bind(member as i64)
        .bind(phase > Phase::Open)
        .execute(&mut *tx)
        .await?;
        for sql in [
            "DELETE FROM lists WHERE round = ?1 AND place = ?2",
            "DELETE FROM counts WHERE round = ?1 AND ?2 IN (holder, reader)",
        ] {
            sqlx::query(sql).bind(round.as_bytes().to_vec()).bind(member as i64).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(Withdrawing::Gone(number))
    }

    /// Members whose lists went after the close, when others may have been told of them: taken back, or over at `now`.
    pub async fn vanished(&self, round: RoundHash, now: u64) -> Result<Vec<usize>, StoreFault> {
        let rows = sqlx::query(
            "SELECT place FROM withdrawals WHERE round = ?1 AND after_close UNION \
             SELECT l.place FROM lists l JOIN rounds r ON r.hash = l.round \
             WHERE l.round = ?1 AND l.receipt IS NOT NULL AND l.expires <= ?2 AND r.phase > ?3",
        )
        .bind(round.as_bytes().to_vec())
        .bind(now as i64)
        .bind(Phase::Open.code())
        .fetch_all(&self.database.pool)
        .await?;
        rows.iter().map(|row| Ok(row.try_get::<u32, _>("place")? as usize)).collect()
    }

    /// Deletes the lists whose time is over, as if they were taken back; whether there were any.
    pub async fn drop_expired(&self, now: u64) -> Result<bool, StoreFault> {
        let mut tx = self.database.write().await?;
        sqlx::query(
            "INSERT INTO withdrawals (round, place, number, after_close, asked) \
             SELECT l.round, l.place, l.number, r.phase > ?2, l.began FROM lists l JOIN rounds r ON r.hash = l.round \
             WHERE l.receipt IS NOT NULL AND l.expires <= ?1 ON CONFLICT DO UPDATE SET \
             number = MAX(number, excluded.number), after_close = excluded.after_close, asked = excluded.asked",
        )
        .bind(now as i64)
        .bind(Phase::Open.code())
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "DELETE FROM counts WHERE EXISTS (SELECT 1 FROM lists l WHERE l.round = counts.round AND \
             l.place IN (counts.holder, counts.reader) AND l.receipt IS NOT NULL AND l.expires <= ?)",
        )
        .bind(now as i64)
        .execute(&mut *tx)
        .await?;
        let dropped = sqlx::query("DELETE FROM lists WHERE expires <= ?").bind(now as i64).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(dropped.rows_affected() > 0)
    }

    /// What was taken back in a round, or is over, by rising place; also of members that have published again since.
    pub async fn withdrawn(&self, round: RoundHash) -> Result<Vec<Withdrawn>, StoreFault> {
        let rows = sqlx::query("SELECT place, number, asked FROM withdrawals WHERE round = ? ORDER BY place")
            .bind(round.as_bytes().to_vec())
            .fetch_all(&self.database.pool)
            .await?;
        let withdrawn = rows.iter().map(|row| {
            let member = row.try_get::<u32, _>("place")? as usize;
            Ok(Withdrawn { member, number: row.try_get("number")?, asked: row.try_get("asked")? })
        });
        withdrawn.collect()
    }
}

async fn unpurged(tx: &mut Transaction<'static, Sqlite>, round: RoundHash) -> Result<Option<Phase>, StoreFault> {
    let row = sqlx::query("SELECT phase FROM rounds WHERE hash = ? AND phase < ?")
        .bind(round.as_bytes().to_vec())
        .bind(Phase::Purged.code())
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Phase::from_code(row.try_get("phase")?).ok_or(StoreFault::Damaged("phase"))?))
}
