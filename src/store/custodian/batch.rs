//! Batches: charged for before they are evaluated, answered again for nothing.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteExecutor, Transaction};

use super::{KeyStore, by_id};
use crate::custody::custodian::BatchId;
use crate::oprf::{Evaluated, PrivateKey, Proof};
use crate::secret::Secret;
use crate::store::{StoreFault, array};

/// A batch that somebody wants evaluated.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The key.
    pub key: i64,
    /// Whose batch it is, a member's place.
    pub member: usize,
    /// By which it is known when it comes again.
    pub id: BatchId,
    /// What its elements hash to.
    pub digest: [u8; 32],
}

/// A batch that was charged for.
pub struct KeptBatch {
    /// What its elements hash to; `None` once the key is gone.
    pub digest: Option<[u8; 32]>,
    /// Its answer, once there is one.
    pub answer: Option<Evaluated>,
}

/// What came of charging for a batch.
pub enum Spending {
    /// It is charged for, now or before, and not answered yet: evaluate it.
    Charged {
        /// With this.
        key: PrivateKey,
        /// What the member was charged for in the round.
        spent: u64,
    },
    /// It was answered before.
    Answered(Evaluated),
    /// Another batch was charged for under the same id.
    OtherBatch,
    /// So many evaluations are left, which is too few.
    OverBudget(u64),
    /// The key's time has come, and it is still held.
    Overdue,
    /// The key was destroyed then.
    Destroyed(u64),
}

impl KeyStore {
    /// The batch that was charged for under the same id.
    pub async fn batch(&self, asked: &Asked) -> Result<Option<KeptBatch>, StoreFault> {
        find(&self.database.pool, asked).await
    }

    /// What a member was charged for under a key.
    pub async fn spent(&self, key: i64, member: usize) -> Result<u64, StoreFault> {
        spent(&self.database.pool, key, member).await
    }

    /// Charges for a batch of `count` elements, unless it is known; all or nothing, and durable when this returns.
    pub async fn spend(&self, asked: &Asked, count: u64, budget: u64, now: u64) -> Result<Spending, StoreFault> {
        let mut tx = self.database.write().await?;
        let held = by_id(&mut tx, asked.key).await?;
        if let Some(destruction) = held.destruction {
            return Ok(Spending::Destroyed(destruction.destroyed));
        }
        if held.close <= now {
            return Ok(Spending::Overdue);
        }
        let spent = spent(&mut *tx, asked.key, asked.member).await?;
        match find(&mut *tx, asked).await? {
            Some(known) if known.digest != Some(asked.digest) => return Ok(Spending::OtherBatch),
            Some(KeptBatch { answer: Some(answer), .. }) => return Ok(Spending::Answered(answer)),
            Some(KeptBatch { answer: None, .. }) => {
                return Ok(Spending::Charged { key: secret(&mut tx, asked.key).await?, spent });
            }
            None => {}
        }
        let left = budget.saturating_sub(spent);
        if count > left {
            return Ok(Spending::OverBudget(left));
        }
        charge(&mut tx, asked, count).await?;
        let key = secret(&mut tx, asked.key).await?;
        tx.commit().await?;
        Ok(Spending::Charged { key, spent: spent + count })
    }

    /// Keeps the answer to a batch and gives it back, or says when the key was destroyed. The first answer stands: a proof made
    /// again would be another.
    pub async fn keep_answer(&self, asked: &Asked, answer: Evaluated) -> Result<Result<Evaluated, u64>, StoreFault> {
        let mut tx = self.database.write().await?;
        if let Some(gone) = by_id(&mut tx, asked.key).await?.destruction {
            return Ok(Err(gone.destroyed));
        }
        if let Some(KeptBatch { answer: Some(first), .. }) = find(&mut *tx, asked).await? {
            return Ok(Ok(first));
        }
        sqlx::query("UPDATE batches SET elements = ?, proof = ? WHERE key = ? AND place = ? AND batch = ?")
            .bind(answer.elements.as_slice())
            .bind(answer.proof.as_bytes().to_vec())
            .bind(asked.key)
            .bind(asked.member as i64)
            .bind(asked.id.as_bytes().to_vec())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Ok(answer))
    }
}

async fn find(executor: impl SqliteExecutor<'_>, asked: &Asked) -> Result<Option<KeptBatch>, StoreFault> {
    let row = sqlx::query("SELECT digest, elements, proof FROM batches WHERE key = ? AND place = ? AND batch = ?")
        .bind(asked.key)
        .bind(asked.member as i64)
        .bind(asked.id.as_bytes().to_vec())
        .fetch_optional(executor)
        .await?;
    row.as_ref().map(kept).transpose()
}

async fn spent(executor: impl SqliteExecutor<'_>, key: i64, member: usize) -> Result<u64, StoreFault> {
    let row = sqlx::query("SELECT spent FROM meter WHERE key = ? AND place = ?")
        .bind(key)
        .bind(member as i64)
        .fetch_optional(executor)
        .await?;
    let Some(row) = row else { return Ok(0) };
    u64::try_from(row.try_get::<i64, _>("spent")?).map_err(|_| StoreFault::Damaged("meter"))
}

async fn charge(tx: &mut Transaction<'static, Sqlite>, asked: &Asked, count: u64) -> Result<(), StoreFault> {
    sqlx::query(
        "INSERT INTO meter (key, place, spent) VALUES (?, ?, ?) ON CONFLICT (key, place) DO UPDATE SET spent = spent + excluded.spent",
    )
    .bind(asked.key)
    .bind(asked.member as i64)
    .bind(count as i64)
    .execute(&mut **tx)
    .await?;
    sqlx::query("INSERT INTO batches (key, place, batch, count, digest) VALUES (?, ?, ?, ?, ?)")
        .bind(asked.key)
        .bind(asked.member as i64)
        .bind(asked.id.as_bytes().to_vec())
        .bind(count as i64)
        .bind(asked.digest.to_vec())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn secret(tx: &mut Transaction<'static, Sqlite>, key: i64) -> Result<PrivateKey, StoreFault> {
    let row = sqlx::query("SELECT secret FROM secrets WHERE key = ?").bind(key).fetch_one(&mut **tx).await?;
    let secret = Secret::new(array(row.try_get("secret")?, "key")?);
    PrivateKey::from_bytes(&secret).map_err(|_| StoreFault::Damaged("key"))
}

fn kept(row: &SqliteRow) -> Result<KeptBatch, StoreFault> {
    let digest: Option<&[u8]> = row.try_get("digest")?;
    let (elements, proof): (Option<Vec<u8>>, Option<&[u8]>) = (row.try_get("elements")?, row.try_get("proof")?);
    let answer = |(elements, proof)| {
        let proof = Proof::try_from(array::<64>(proof, "proof")?).map_err(|_| StoreFault::Damaged("proof"))?;
        Ok::<_, StoreFault>(Evaluated { elements, proof })
    };
    Ok(KeptBatch {
        digest: digest.map(|digest| array(digest, "digest")).transpose()?,
        answer: elements.zip(proof).map(answer).transpose()?,
    })
}
