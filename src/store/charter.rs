//! Charters in the database: proposed, signed, replaced, resigned from.

use sqlx::{Row, Sqlite, Transaction};

use super::{Store, StoreFault, array};
use crate::charter::{Charter, CharterHash, Proposal};
use crate::identity::{CardId, Signature};

/// Summaries of charters that one member is shown at most.
const MAX_SUMMARIES: i64 = 1000;

/// Charters of one proposer that wait for signatures at most.
const MAX_WAITING: i64 = 16;

/// Names `lineage` in a statement: the charter `?1` and those that it amends, back to the first.
macro_rules! lineage {
    () => {
        "WITH RECURSIVE lineage (hash) AS (SELECT ?1 UNION \
         SELECT c.amends FROM charters c JOIN lineage USING (hash) WHERE c.amends IS NOT NULL) "
    };
}
pub(super) use lineage;

/// What came of a signature under a charter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// It is kept. If it was the last, the charter is in force in place of the one that it amends.
    Kept,
    /// It is not: another version has taken the place of the one that the charter amends.
    Late,
}

/// Where a charter stands among its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CharterStanding {
    /// Whether a newer version is in force: one that amends it, or that came before it.
    pub replaced: bool,
    /// The number of the next round.
    pub next_round: u32,
}

impl Store {
    /// Keeps a charter with its proposer's signature. One that is there already only gains the signature. Of too many that the
    /// proposer has proposed and that are not in force, the oldest give way: any card that is admitted can propose.
    pub async fn propose(
        &self,
        charter: &Charter,
        signer: usize,
        signature: &Signature,
        now: u64,
    ) -> Result<Signing, StoreFault> {
        let mut tx = self.database.write().await?;
        let (hash, proposer) = (charter.hash(), charter.terms().members[signer].id());
        let fresh = sqlx::query(
            "INSERT INTO charters (hash, convener, name, bytes, received, amends) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(hash.as_bytes().as_slice())
        .bind(proposer.as_bytes().as_slice())
        .bind(charter.terms().name.as_str())
        .bind(charter.encode())
        .bind(now as i64)
        .bind(charter.terms().amends.map(|amended| amended.as_bytes().to_vec()))
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
        if insert_signature(&mut tx, hash, signer, signature).await? == Signing::Late {
            return Ok(Signing::Late);
        }
        drop_waiting(&mut tx, proposer).await?;
        tx.commit().await?;
        Ok(Signing::Kept)
    }

    /// Keeps a member's signature under a charter.
    pub async fn sign(
        &self,
        charter: CharterHash,
        signer: usize,
        signature: &Signature,
    ) -> Result<Signing, StoreFault> {
        let mut tx = self.database.write().await?;
        let signing = insert_signature(&mut tx, charter, signer, signature).await?;
        if signing == Signing::Kept {
            tx.commit().await?;
        }
        Ok(signing)
    }

    /// Keeps a member's resignation.
    pub async fn resign(&self, charter: CharterHash, member: usize, signature: &Signature) -> Result<(), StoreFault> {
        sqlx::query(
            "INSERT INTO charter_resignations (charter, place, signature) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(charter.as_bytes().to_vec())
        .bind(member as i64)
        .bind(signature.as_bytes().to_vec())
        .execute(&self.database.pool)
        .await?;
        Ok(())
    }

    /// Hash and name of the charters that name one of these cards, as a member or a courier; oldest first for each card.
    pub async fn charters_of(&self, cards: &[CardId]) -> Result<Vec<(CharterHash, String)>, StoreFault> {
        let mut charters: Vec<(CharterHash, String)> = Vec::new();
        for card in cards {
            let rows = sqlx::query(
                "SELECT hash, name FROM charters WHERE \
                 hash IN (SELECT charter FROM charter_members WHERE card_id = ?1) OR \
                 hash IN (SELECT charter FROM charter_carriers WHERE card_id = ?1) ORDER BY received, rowid LIMIT ?2",
            )
            .bind(card.as_bytes().to_vec())
            .bind(MAX_SUMMARIES - charters.len() as i64)
            .fetch_all(&self.database.pool)
            .await?;
            for row in rows {
                let hash = CharterHash::new(array(row.try_get("hash")?, "charter hash")?);
                if charters.iter().all(|(known, _)| *known != hash) {
                    charters.push((hash, row.try_get("name")?));
                }
            }
        }
        Ok(charters)
    }

    /// A charter with its signatures and resignations.
    pub async fn charter(&self, hash: CharterHash) -> Result<Option<Proposal>, StoreFault> {
        let row = sqlx::query("SELECT bytes FROM charters WHERE hash = ?")
            .bind(hash.as_bytes().as_slice())
            .fetch_optional(&self.database.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let mut proposal = Proposal::new(Charter::decode(row.try_get("bytes")?)?);
        for (place, signature) in
            self.signatures("SELECT place, signature FROM charter_signatures WHERE charter = ?", hash).await?
        {
            proposal.add(place, signature)?;
        }
        for (place, signature) in
            self.signatures("SELECT place, signature FROM charter_resignations WHERE charter = ?", hash).await?
        {
            proposal.resign(place, signature)?;
        }
        Ok(Some(proposal))
    }

    async fn signatures(&self, sql: &'static str, charter: CharterHash) -> Result<Vec<(usize, Signature)>, StoreFault> {
        let rows = sqlx::query(sql).bind(charter.as_bytes().to_vec()).fetch_all(&self.database.pool).await?;
        let signature = |row: &sqlx::sqlite::SqliteRow| {
            let signature = Signature::from(array(row.try_get("signature")?, "signature")?);
            Ok((row.try_get::<u32, _>("place")? as usize, signature))
        };
        rows.iter().map(signature).collect()
    }

    /// Where a charter that is there stands.
    pub async fn charter_standing(&self, hash: CharterHash) -> Result<CharterStanding, StoreFault> {
        let row = sqlx::query(concat!(
            lineage!(),
            "SELECT c.replaced_by IS NOT NULL OR COALESCE(old.replaced_by <> c.hash, FALSE) AS replaced, \
             (SELECT COALESCE(MAX(number), 0) + 1 FROM rounds WHERE charter IN lineage) AS next \
             FROM charters c LEFT JOIN charters old ON old.hash = c.amends WHERE c.hash = ?1"
        ))
        .bind(hash.as_bytes().to_vec())
        .fetch_one(&self.database.pool)
        .await?;
        Ok(CharterStanding { replaced: row.try_get("replaced")?, next_round: row.try_get("next")? })
    }
}

/// Of two amendments of one charter, the first that all its members have signed takes its place; the other gets no more
/// signatures.
async fn insert_signature(
    tx: &mut Transaction<'static, Sqlite>,
    charter: CharterHash,
    signer: usize,
    signature: &Signature,
) -> Result<Signing, StoreFault> {
    let late = sqlx::query(
        "SELECT 1 FROM charters c JOIN charters old ON old.hash = c.amends WHERE c.hash = ?1 AND old.replaced_by <> ?1",
    )
    .bind(charter.as_bytes().to_vec())
    .fetch_optional(&mut **tx)
    .await?;
    if late.is_some() {
        return Ok(Signing::Late);
    }
    sqlx::query("INSERT INTO charter_signatures (charter, place, signature) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        .bind(charter.as_bytes().to_vec())
        .bind(signer as i64)
        .bind(signature.as_bytes().to_vec())
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "UPDATE charters SET replaced_by = ?1 WHERE hash = (SELECT amends FROM charters WHERE hash = ?1) AND \
         (SELECT COUNT(*) FROM charter_signatures WHERE charter = ?1) = (SELECT COUNT(*) FROM charter_members WHERE charter = ?1)",
    )
    .bind(charter.as_bytes().to_vec())
    .execute(&mut **tx)
    .await?;
    Ok(Signing::Kept)
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
            "DELETE FROM charter_resignations WHERE charter = ?",
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
