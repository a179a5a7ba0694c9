//! What a home keeps of evaluations, `rounds/<RH>/seeds/`: so that a list that is published again pays for new indicators
//! only, and a break loses nothing that was paid for.
//!
//! ```text
//! <batch id>.blinded = "mandorla/1 blinded batch\n" || chunk: secret 32 || u32 count || lp(canon)…, until it is answered
//! <batch id>.sent    = nothing: custodians may have heard of the batch
//! <batch id>.seeds   = "mandorla/1 batch seeds\n" || chunk: (name 16 || seed 32)…
//! seeds.key          = 32 random bytes, without which none of them can be read
//! name(x)            = BLAKE3-keyed(H("home seed names"; home key, RH, seeds.key), canon(x))[..16]
//! chunk              = ChaCha20-Poly1305 under H("home blinded batch" or "home batch seeds"; home key, RH, seeds.key, batch id)
//! ```
//!
//! A batch has one file of each kind, written once, so that no key is used twice. All of it goes with the purge.

use std::collections::{HashMap, HashSet};

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::ClientError;
use super::kept::Kept;
use crate::canary;
use crate::custody::custodian::{self, BatchId, MAX_BATCH};
use crate::home::{Home, HomeError};
use crate::indicator::Indicator;
use crate::list::file::FileFault;
use crate::oprf::{Blinding, OprfFault};
use crate::round::{Round, RoundHash};
use crate::secret::{self, Secret};
use crate::stream;
use crate::tag::Seed;
use crate::transcript::{Label, Malformed, Reader, Writer};

const BLINDED: Kind =
    Kind { suffix: "blinded", magic: b"mandorla/1 blinded batch\n", key: Label::new("mandorla/1 home blinded batch") };
const SEEDS: Kind =
    Kind { suffix: "seeds", magic: b"mandorla/1 batch seeds\n", key: Label::new("mandorla/1 home batch seeds") };
const NAMES: Label = Label::new("mandorla/1 home seed names");
const FORMAT: &str = "file of evaluations";

/// One of the two kinds of files.
struct Kind {
    suffix: &'static str,
    magic: &'static [u8],
    key: Label,
}

/// What a canonical value is known by.
type Name = [u8; 16];

/// The seeds of a round that the home has, and the batches that wait for an answer.
pub(super) struct Seeds<'h> {
    home: &'h Home,
    round: Round,
    /// Random, so that no copy of a file can be read when it is gone; none before the first batch.
    round_key: Option<Zeroizing<Vec<u8>>>,
    names: Secret<32>,
    known: HashMap<Name, Seed>,
}

/// A batch that is on its way, or is to be sent.
pub(super) struct KeptBatch {
    pub(super) id: BatchId,
    was_sent: bool,
    secret: Secret<32>,
    canons: Vec<Vec<u8>>,
}

impl KeptBatch {
    /// Whether custodians may have heard of it.
    pub(super) fn was_sent(&self) -> bool {
        self.was_sent
    }

    /// How many values it holds.
    pub(super) fn len(&self) -> usize {
        self.canons.len()
    }

    /// What goes to the custodians: the same whenever it is asked for.
    pub(super) fn blind(&self) -> Result<Blinding, OprfFault> {
        custodian::blind(&self.secret, self.canons.iter().map(Vec::as_slice))
    }
}

impl<'h> Seeds<'h> {
    /// Reads what the home has of a round.
    pub(super) fn open(home: &'h Home, round: &Round) -> Result<Self, ClientError> {
        let names = Secret::new([0; 32]);
        let mut seeds = Self { home, round: round.clone(), round_key: None, names, known: HashMap::new() };
        seeds.reload()?;
        Ok(seeds)
    }

    /// Reads it anew: another command may have had a part of it evaluated.
    pub(super) fn reload(&mut self) -> Result<(), ClientError> {
        self.round_key = self.home.read(self.round_key_path())?;
        self.names = self.secret(NAMES, &[]);
        for id in self.ids(&SEEDS)? {
            let Some(plain) = self.read(&SEEDS, id)? else { continue };
            let mut reader = Reader::new(FORMAT, &plain);
            while !reader.is_empty() {
                let read = (|| Ok((reader.fixed()?, Seed::new(reader.fixed()?))))();
                let (name, seed) = read.map_err(|fault: Malformed| self.fault(&SEEDS, id, fault))?;
                self.known.insert(name, seed);
            }
        }
        Ok(())
    }

    /// The seed of a canonical value, if all custodians have evaluated it.
    pub(super) fn seed(&self, canon: &[u8]) -> Option<Seed> {
        self.known.get(&self.name(canon)).map(|seed| Seed::new(*seed.expose()))
    }

    /// Those of these values that have no seed, each once.
    pub(super) fn missing<'c>(&self, canons: impl Iterator<Item = &'c [u8]>) -> Vec<&'c [u8]> {
        let mut missing: Vec<&[u8]> = canons.filter(|canon| !self.known.contains_key(&self.name(canon))).collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// The batches that wait for an answer and serve a list with these missing values, and the missing values that are in none.
    ///
    /// A batch serves if all its values are missing, or if it was sent: then it may be paid for. What was blinded for another
    /// list and never sent is left alone, for it would be paid for with this one.
    pub(super) fn waiting<'m>(&self, missing: &[&'m [u8]]) -> Result<(Vec<KeptBatch>, Vec<&'m [u8]>), ClientError> {
        let (mut batches, mut names) = (Vec::new(), HashSet::new());
        for id in self.ids(&BLINDED)? {
            let Some(batch) = self.batch(id)? else { continue };
            let wanted = batch.canons.iter().filter(|canon| missing.binary_search(&canon.as_slice()).is_ok()).count();
            if wanted == batch.len() || wanted > 0 && batch.was_sent {
                names.extend(batch.canons.iter().map(|canon| self.name(canon)));
                batches.push(batch);
            }
        }
        let fresh = missing.iter().copied().filter(|canon| !names.contains(&self.name(canon))).collect();
        Ok((batches, fresh))
    }

    /// Makes batches of values, and keeps them before anybody hears of them: a batch's secret is what its answers are opened
    /// with. Canaries are in one of their own, which serves every list of the round.
    pub(super) fn begin(&mut self, values: &[&[u8]]) -> Result<Vec<KeptBatch>, ClientError> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        Kept::new(self.home, self.round.hash()).wipe_at(&self.round)?;
        if self.round_key.is_none() {
            let fresh = Zeroizing::new(secret::random_bytes::<32>().to_vec());
            self.home.write_private(self.round_key_path(), &fresh)?;
            self.round_key = Some(fresh);
            self.names = self.secret(NAMES, &[]);
        }
        let (canaries, indicators): (Vec<&[u8]>, Vec<&[u8]>) = values.iter().partition(|canon| canary::is_canon(canon));
        canaries.chunks(MAX_BATCH).chain(indicators.chunks(MAX_BATCH)).map(|canons| self.begin_one(canons)).collect()
    }

    fn begin_one(&self, canons: &[&[u8]]) -> Result<KeptBatch, ClientError> {
        let canons = canons.iter().map(|canon| canon.to_vec()).collect();
        let batch = KeptBatch { id: BatchId::random(), was_sent: false, secret: Secret::random(), canons };
        let mut plain = Writer::default();
        plain.fixed(batch.secret.expose()).count(batch.canons.len());
        for canon in &batch.canons {
            plain.bytes(canon);
        }
        self.write(&BLINDED, batch.id, plain.finish())?;
        Ok(batch)
    }

    /// Notes that custodians are about to hear of a batch.
    pub(super) fn sent(&self, batch: &KeptBatch) -> Result<(), ClientError> {
        if batch.was_sent {
            return Ok(());
        }
        Ok(self.home.write_private(self.sent_path(batch.id), b"")?)
    }

    /// Keeps the seeds of a batch that all custodians have answered, in its order.
    pub(super) fn finish(&mut self, batch: &KeptBatch, seeds: Vec<Seed>) -> Result<(), ClientError> {
        let mut plain = Writer::default();
        for (canon, seed) in batch.canons.iter().zip(seeds) {
            let name = self.name(canon);
            plain.fixed(&name).fixed(seed.expose());
            self.known.insert(name, seed);
        }
        self.write(&SEEDS, batch.id, plain.finish())?;
        self.forget(batch)
    }

    /// Drops a batch that waits for no answer any more.
    pub(super) fn forget(&self, batch: &KeptBatch) -> Result<(), ClientError> {
        self.home.remove(self.path(&BLINDED, batch.id))?;
        Ok(self.home.remove(self.sent_path(batch.id))?)
    }

    /// The batch with this id, if it waits for an answer.
    pub(super) fn batch(&self, id: BatchId) -> Result<Option<KeptBatch>, ClientError> {
        let Some(plain) = self.read(&BLINDED, id)? else { return Ok(None) };
        let was_sent = self.home.read(self.sent_path(id))?.is_some();
        let mut reader = Reader::new(FORMAT, &plain);
        let read = || {
            let (secret, count) = (Secret::new(reader.fixed()?), reader.count(MAX_BATCH)?);
            // A kind and a value.
            let canons =
                (0..count).map(|_| Ok(reader.bytes(Indicator::MAX_LEN + 64)?.to_vec())).collect::<Result<_, _>>()?;
            reader.end()?;
            Ok(KeptBatch { id, was_sent, secret, canons })
        };
        read().map(Some).map_err(|fault: Malformed| self.fault(&BLINDED, id, fault))
    }

    fn name(&self, canon: &[u8]) -> Name {
        *blake3::keyed_hash(self.names.expose(), canon).as_bytes().first_chunk().expect("32 bytes have 16")
    }

    fn dir(&self) -> String {
        format!("rounds/{}/{DIR}", self.round.hash())
    }

    fn path(&self, kind: &Kind, id: BatchId) -> String {
        format!("{}/{id}.{}", self.dir(), kind.suffix)
    }

    fn ids(&self, kind: &Kind) -> Result<Vec<BatchId>, HomeError> {
        let id = |name: &String| {
            let (id, suffix) = name.split_once('.')?;
            let id: [u8; 16] = HEXLOWER.decode(id.as_bytes()).ok()?.try_into().ok()?;
            (suffix == kind.suffix).then(|| BatchId::new(id))
        };
        let mut ids: Vec<BatchId> = self.home.names_in(self.dir())?.iter().filter_map(id).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    fn key(&self, kind: &Kind, id: BatchId) -> Secret<32> {
        self.secret(kind.key, &[id.as_bytes()])
    }

    fn secret(&self, label: Label, parts: &[&[u8]]) -> Secret<32> {
        let (round, key) = (self.round.hash(), self.round_key.as_deref().map_or(&[][..], Vec::as_slice));
        self.home.secret(label, &[&[round.as_bytes().as_slice(), key], parts].concat())
    }

    fn round_key_path(&self) -> String {
        format!("{}/seeds.key", self.dir())
    }

    fn sent_path(&self, id: BatchId) -> String {
        format!("{}/{id}.sent", self.dir())
    }

    fn write(&self, kind: &Kind, id: BatchId, plain: Vec<u8>) -> Result<(), ClientError> {
        let round: RoundHash = self.round.hash();
        let sealed = stream::seal_chunk(&self.key(kind, id), 0, true, round.as_bytes(), plain);
        Ok(self.home.write_private(self.path(kind, id), &[kind.magic, &sealed].concat())?)
    }

    fn read(&self, kind: &Kind, id: BatchId) -> Result<Option<Zeroizing<Vec<u8>>>, ClientError> {
        let Some(bytes) = self.home.read(self.path(kind, id))? else { return Ok(None) };
        let unlike = Malformed { format: FORMAT, fault: "it does not begin like one of this version" };
        let sealed = bytes.strip_prefix(kind.magic).ok_or_else(|| self.fault(kind, id, unlike))?;
        let round = self.round.hash();
        let plain = stream::open_chunk(&self.key(kind, id), 0, true, round.as_bytes(), sealed.to_vec());
        plain.map(|plain| Some(Zeroizing::new(plain))).map_err(|fault| self.fault(kind, id, fault))
    }

    fn fault(&self, kind: &Kind, id: BatchId, fault: impl Into<FileFault>) -> ClientError {
        ClientError::File { file: self.path(kind, id), fault: fault.into() }
    }
}

/// The directory in a round's, which outlives a list that is taken back.
pub(super) const DIR: &str = "seeds";
