//! Counts in the database: what was answered, and what each pair has spent of its budget.

use sqlx::{Row, Sqlite, Transaction};

use super::{Store, StoreFault};
use crate::charter::{Agreed, CharterHash};
use crate::matching::disclose;
use crate::round::RoundHash;

/// Whose list a count is of, and who learns it: their places in the charter.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Whose list.
    pub holder: usize,
    /// Who learns.
    pub reader: usize,
}

/// What a reader may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptCount {
    /// This number, whenever it asks.
    Answer(i64),
    /// Nothing was answered in this round yet.
    Open,
    /// Nothing: another round would spend more than the charter's budget.
    Spent,
    /// Nothing: one of the two lists is not there any more.
    Gone,
}

impl Store {
    /// What is known of a count before it is made.
    pub async fn count(&self, charter: &Agreed, round: RoundHash, pair: Pair) -> Result<KeptCount, StoreFault> {
        let mut tx = self.database.pool.begin().await?;
        standing(&mut tx, charter, round, pair).await
    }

    /// Keeps a count and spends the round's noise from the pair's budget, both or neither; durable when this returns. One
    /// that was answered before stays. The lists, by the database's names for them, must still be there.
    pub async fn keep_count(
        &self,
        charter: &Agreed,
        round: RoundHash,
        pair: Pair,
        lists: [i64; 2],
        count: i64,
    ) -> Result<KeptCount, StoreFault> {
        let mut tx = self.database.write().await?;
        let standing = standing(&mut tx, charter, round, pair).await?;
        if standing != KeptCount::Open {
            return Ok(standing);
        }
        for list in lists {
            if super::list::gone(&mut tx, list).await? {
                return Ok(KeptCount::Gone);
            }
        }
        sqlx::query("INSERT INTO counts (round, holder, reader, count) VALUES (?, ?, ?, ?)")
            .bind(round.as_bytes().to_vec())
            .bind(pair.holder as i64)
            .bind(pair.reader as i64)
            .bind(count)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO spent (charter, holder, reader, thousandths) VALUES (?, ?, ?, ?) \
             ON CONFLICT DO UPDATE SET thousandths = thousandths + excluded.thousandths",
        )
        .bind(charter.hash().as_bytes().to_vec())
        .bind(pair.holder as i64)
        .bind(pair.reader as i64)
        .bind(charter.terms().epsilon.0)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(KeptCount::Answer(count))
    }
}

async fn standing(
    tx: &mut Transaction<'static, Sqlite>,
    charter: &Agreed,
    round: RoundHash,
    pair: Pair,
) -> Result<KeptCount, StoreFault> {
    let row = sqlx::query("SELECT count FROM counts WHERE round = ? AND holder = ? AND reader = ?")
        .bind(round.as_bytes().to_vec())
        .bind(pair.holder as i64)
        .bind(pair.reader as i64)
        .fetch_optional(&mut **tx)
        .await?;
    if let Some(row) = row {
        return Ok(KeptCount::Answer(row.try_get("count")?));
    }
    let spent = spent(tx, charter.hash(), pair).await?;
    Ok(if disclose::affordable(charter.terms(), spent) { KeptCount::Open } else { KeptCount::Spent })
}

async fn spent(tx: &mut Transaction<'static, Sqlite>, charter: CharterHash, pair: Pair) -> Result<u64, StoreFault> {
    let row = sqlx::query("SELECT thousandths FROM spent WHERE charter = ? AND holder = ? AND reader = ?")
        .bind(charter.as_bytes().to_vec())
        .bind(pair.holder as i64)
        .bind(pair.reader as i64)
        .fetch_optional(&mut **tx)
        .await?;
    let spent = row.map(|row| row.try_get::<i64, _>("thousandths")).transpose()?.unwrap_or(0);
    u64::try_from(spent).map_err(|_| StoreFault::Damaged("noise budget"))
}
