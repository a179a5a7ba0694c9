//! Lists in the database: uploads under way, published shards, shown tags.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};

use super::{Store, StoreFault, array};
use crate::list::header::SignedHeader;
use crate::list::shard::{Class, ShardTags};
use crate::round::{Phase, Published, RoundHash};

/// An upload under way.
pub struct KeptUpload {
    /// The database's name for it.
    pub id: i64,
    /// The container's preamble.
    pub preamble: Vec<u8>,
    /// The signed header.
    pub header: Vec<u8>,
    /// The first shard that is not durable yet.
    pub next_shard: u32,
}

/// A published list.
pub struct KeptList {
    /// The database's name for it.
    pub id: i64,
    /// Whose it is, and what others see of it.
    pub published: Published,
    /// The signed header.
    pub header: Vec<u8>,
}

/// A shard of an upload whose bytes were checked.
pub struct CheckedShard {
    /// For the root over all shards.
    pub hash: [u8; 32],
    /// The bits of both filters.
    pub filters: Vec<u8>,
}

/// What came of a write that only an open round takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable.
    Done,
    /// The round has closed meanwhile, or a newer list has come.
    Overtaken,
}

impl Store {
    /// What members may see of the lists that are published in a round and stand at `now`, by rising place.
    pub async fn published(&self, round: RoundHash, now: u64) -> Result<Vec<Published>, StoreFault> {
        Ok(self.lists(round, now).await?.into_iter().map(|list| list.published).collect())
    }

    /// The lists that are published in a round and stand at `now`, by rising place.
    pub async fn lists(&self, round: RoundHash, now: u64) -> Result<Vec<KeptList>, StoreFault> {
        let rows = sqlx::query(
            "SELECT id, place, number, header, asked IS NOT NULL AS asked FROM lists \
             WHERE round = ? AND receipt IS NOT NULL AND expires > ? ORDER BY place",
        )
        .bind(round.as_bytes().to_vec())
        .bind(now as i64)
        .fetch_all(&self.database.pool)
        .await?;
        rows.iter().map(list).collect()
    }

    /// The upload that a member has under way.
    pub async fn upload(&self, round: RoundHash, member: usize) -> Result<Option<KeptUpload>, StoreFault> {
        let row = sqlx::query(
            "SELECT id, preamble, header, (SELECT COUNT(*) FROM shards WHERE list = id) AS next \
             FROM lists WHERE round = ? AND place = ? AND receipt IS NULL",
        )
        .bind(round.as_bytes().to_vec())
        .bind(member as i64)
        .fetch_optional(&self.database.pool)
        .await?;
        row.map(|row| upload(&row)).transpose()
    }

    /// Begins an upload, in place of an older one that the member had under way, if the round is still open and no list
    /// with this number or a higher one is published or was withdrawn.
    pub async fn begin_upload(
        &self,
        round: RoundHash,
        member: usize,
        preamble: &[u8],
        header: &SignedHeader,
    ) -> Result<Outcome, StoreFault> {
        let mut tx = self.database.write().await?;
        let open = sqlx::query(
            "SELECT 1 FROM rounds WHERE hash = ?1 AND phase = ?2 AND NOT EXISTS \
             (SELECT 1 FROM withdrawals WHERE round = ?1 AND place = ?3 AND number >= ?4) AND NOT EXISTS \
             (SELECT 1 FROM lists WHERE round = ?1 AND place = ?3 AND \
             (receipt IS NOT NULL AND number >= ?4 OR receipt IS NULL AND number > ?4))",
        )
        .bind(round.as_bytes().to_vec())
        .bind(Phase::Open.code())
        .bind(member as i64)
        .bind(header.header().number)
        .fetch_optional(&mut *tx)
        .await?;
        if open.is_none() {
            return Ok(Outcome::Overtaken);
        }
        sqlx::query("DELETE FROM lists WHERE round = ? AND place = ? AND receipt IS NULL")
            .bind(round.as_bytes().to_vec())
            .bind(member as i64)
            .execute(&mut *tx)
            .await?;
        sqlx::query("INSERT INTO lists (round, place, number, preamble, header, expires) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(round.as_bytes().to_vec())
            .bind(member as i64)
            .bind(header.header().number)
            .bind(preamble.to_vec())
            .bind(header.encode())
            .bind(header.header().expires as i64)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }

    /// Drops an upload that turned out to be no list.
    pub async fn drop_upload(&self, id: i64) -> Result<(), StoreFault> {
        sqlx::query("DELETE FROM lists WHERE id = ? AND receipt IS NULL").bind(id).execute(&self.database.pool).await?;
        Ok(())
    }

    /// Keeps consecutive shards of an upload, each with its hash. All or none.
    pub async fn add_shards(&self, id: i64, first: u32, shards: Vec<CheckedShard>) -> Result<Outcome, StoreFault> {
        let mut tx = self.database.write().await?;
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM shards WHERE list = id) AS next FROM lists WHERE id = ? AND receipt IS NULL",
        )
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
        // Gone, or another stream of the same member was faster.
        if row.map(|row| row.try_get::<u32, _>("next")).transpose()? != Some(first) {
            return Ok(Outcome::Overtaken);
        }
        for (shard, CheckedShard { hash, filters }) in (first..).zip(shards) {
            sqlx::query("INSERT INTO shards (list, shard, hash, filters) VALUES (?, ?, ?, ?)")
                .bind(id)
                .bind(shard)
                .bind(hash.to_vec())
                .bind(filters)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(Outcome::Done)
    }

    /// The hashes of an upload's shards, in order.
    pub async fn shard_hashes(&self, id: i64) -> Result<Vec<[u8; 32]>, StoreFault> {
        let rows = sqlx::query("SELECT hash FROM shards WHERE list = ? ORDER BY shard")
            .bind(id)
            .fetch_all(&self.database.pool)
            .await?;
        rows.iter().map(|row| array(row.try_get("hash")?, "shard hash")).collect()
    }

    /// Publishes a complete upload, in place of the list that the member had, if the round is still open. Returns when
    /// that is durable.
    pub async fn publish(
        &self,
        round: RoundHash,
        member: usize,
        id: i64,
        receipt: &[u8],
    ) -> Result<Outcome, StoreFault> {
        let mut tx = self.database.write().await?;
        let open = sqlx::query(
            "SELECT 1 FROM rounds r JOIN lists l ON l.round = r.hash WHERE r.hash = ?1 AND r.phase = ?2 AND l.id = ?3 AND NOT EXISTS \
             (SELECT 1 FROM lists p WHERE p.round = ?1 AND p.place = l.place AND p.receipt IS NOT NULL AND p.number >= l.number)",
        )
        .bind(round.as_bytes().to_vec())
        .bind(Phase::Open.code())
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
        if open.is_none() {
            return Ok(Outcome::Overtaken);
        }
        sqlx::query("DELETE FROM lists WHERE round = ? AND place = ? AND receipt IS NOT NULL")
            .bind(round.as_bytes().to_vec())
            .bind(member as i64)
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE lists SET receipt = ? WHERE id = ?")
            .bind(receipt.to_vec())
            .bind(id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }

    /// The receipt of a member's published list, with the list's signed header.
    pub async fn receipt(&self, round: RoundHash, member: usize) -> Result<Option<(Vec<u8>, Vec<u8>)>, StoreFault> {
        let row =
            sqlx::query("SELECT receipt, header FROM lists WHERE round = ? AND place = ? AND receipt IS NOT NULL")
                .bind(round.as_bytes().to_vec())
                .bind(member as i64)
                .fetch_optional(&self.database.pool)
                .await?;
        row.map(|row| Ok((row.try_get("receipt")?, row.try_get("header")?))).transpose()
    }

    /// The filters of one shard, as bytes that were checked when they came.
    pub async fn shard(&self, id: i64, shard: u32) -> Result<Option<Vec<u8>>, StoreFault> {
        let row = sqlx::query("SELECT filters FROM shards WHERE list = ? AND shard = ?")
            .bind(id)
            .bind(shard)
            .fetch_optional(&self.database.pool)
            .await?;
        row.map(|row| Ok(row.try_get("filters")?)).transpose()
    }

    /// The tags that the holder has shown for one shard.
    pub async fn tags(&self, id: i64, class: Class, shard: u32) -> Result<Option<ShardTags>, StoreFault> {
        let row = sqlx::query("SELECT tags FROM tags WHERE list = ? AND shard = ?")
            .bind(id)
            .bind(shard)
            .fetch_optional(&self.database.pool)
            .await?;
        row.map(|row| {
            let bytes: &[u8] = row.try_get("tags")?;
            ShardTags::from_bytes(class, shard, bytes).map_err(|_| StoreFault::Damaged("shard of tags"))
        })
        .transpose()
    }

    /// Keeps shown tags. The ones that are there already stay: they were proven to be the published ones.
    pub async fn add_tags(&self, id: i64, shards: &[(u32, Vec<u8>)]) -> Result<Outcome, StoreFault> {
        let mut tx = self.database.write().await?;
        if gone(&mut tx, id).await? {
            return Ok(Outcome::Overtaken);
        }
        for (shard, tags) in shards {
            sqlx::query("INSERT INTO tags (list, shard, tags) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
                .bind(id)
                .bind(shard)
                .bind(tags.as_slice())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(Outcome::Done)
    }

    /// Marks that a member was told something about its list, before it is told. One that is gone cannot be marked.
    pub async fn set_began(&self, id: i64) -> Result<Outcome, StoreFault> {
        let marked = sqlx::query("UPDATE lists SET began = 1 WHERE id = ? AND receipt IS NOT NULL")
            .bind(id)
            .execute(&self.database.pool)
            .await?;
        Ok(if marked.rows_affected() == 1 { Outcome::Done } else { Outcome::Overtaken })
    }

    /// Marks that a member has asked about its list to the end.
    pub async fn set_asked(&self, id: i64, now: u64) -> Result<(), StoreFault> {
        sqlx::query("UPDATE lists SET asked = COALESCE(asked, ?) WHERE id = ?")
            .bind(now as i64)
            .bind(id)
            .execute(&self.database.pool)
            .await?;
        Ok(())
    }
}

/// Whether a list that was published is not there any more.
pub(super) async fn gone(tx: &mut Transaction<'static, Sqlite>, id: i64) -> Result<bool, StoreFault> {
    let row = sqlx::query("SELECT 1 FROM lists WHERE id = ? AND receipt IS NOT NULL")
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_none())
}

fn list(row: &SqliteRow) -> Result<KeptList, StoreFault> {
    let member = row.try_get::<u32, _>("place")? as usize;
    let published = Published { member, number: row.try_get("number")?, asked: row.try_get("asked")? };
    Ok(KeptList { id: row.try_get("id")?, published, header: row.try_get("header")? })
}

fn upload(row: &SqliteRow) -> Result<KeptUpload, StoreFault> {
    Ok(KeptUpload {
        id: row.try_get("id")?,
        preamble: row.try_get("preamble")?,
        header: row.try_get("header")?,
        next_shard: row.try_get("next")?,
    })
}
