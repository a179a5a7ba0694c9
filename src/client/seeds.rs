//! What a home keeps of evaluations, `rounds/<RH>/seeds/`: so that a list that is published again pays for new indicators
//! only, and a break loses nothing that was paid for.
//!
//! ```text
//! <batch id>.blinded = "mandorla/1 blinded batch\n" || chunk: secret 32 || u32 count || lp(canon)…, until it is answered
//! <batch id>.seeds   = "mandorla/1 batch seeds\n" || chunk: (name 16 || seed 32)…
//! name(x)            = BLAKE3-keyed(H("home seed names"; home key, RH), canon(x))[..16]
//! chunk              = ChaCha20-Poly1305 under H("home blinded batch" or "home batch seeds"; home key, RH, batch id)
//! ```
//!
//! A batch has one file of each kind, written once, so that no key is used twice. All of it goes with the purge.

use std::collections::{HashMap, HashSet};

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::ClientError;
use super::kept::Kept;
use crate::custody::custodian::{self, BatchId, MAX_BATCH};
use crate::home::{Home, HomeError};
use crate::indicator::Indicator;
use crate::list::file::FileFault;
use crate::oprf::{Blinding, OprfFault};
use crate::round::{Round, RoundHash};
use crate::secret::Secret;
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
    names: Secret<32>,
    known: HashMap<Name, Seed>,
}

/// A batch that is on its way, or is to be sent.
pub(super) struct KeptBatch {
    pub(super) id: BatchId,
    /// Whether no custodian can have heard of it yet.
    pub(super) is_fresh: bool,
    secret: Secret<32>,
    canons: Vec<Vec<u8>>,
}

impl KeptBatch {
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
        let names = home.secret(NAMES, &[round.hash().as_bytes()]);
        let mut seeds = Self { home, round: round.clone(), names, known: HashMap::new() };
        seeds.reload()?;
        Ok(seeds)
    }

    /// Reads it anew: another command may have had a part of it evaluated.
    pub(super) fn reload(&mut self) -> Result<(), ClientError> {
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

    /// Puts missing values into batches: into those that wait for an answer already, and new ones.
    pub(super) fn batches(&self, missing: &[&[u8]]) -> Result<Vec<KeptBatch>, ClientError> {
        let (mut batches, mut waiting) = (Vec::new(), HashSet::new());
        for id in self.ids(&BLINDED)? {
            let Some(batch) = self.batch(id)? else { continue };
            // A batch for another list is left alone: what it asks for is not wanted now.
            if batch.canons.iter().any(|canon| missing.binary_search(&canon.as_slice()).is_ok()) {
                waiting.extend(batch.canons.iter().map(|canon| self.name(canon)));
                batches.push(batch);
            }
        }
        let fresh: Vec<&[u8]> = missing.iter().copied().filter(|canon| !waiting.contains(&self.name(canon))).collect();
        for canons in fresh.chunks(MAX_BATCH) {
            batches.push(self.begin(canons)?);
        }
        Ok(batches)
    }

    /// Keeps a new batch before anybody hears of it: its secret is what its answers are opened with.
    fn begin(&self, canons: &[&[u8]]) -> Result<KeptBatch, ClientError> {
        Kept::new(self.home, self.round.hash()).wipe_at(&self.round)?;
        let canons = canons.iter().map(|canon| canon.to_vec()).collect();
        let batch = KeptBatch { id: BatchId::random(), is_fresh: true, secret: Secret::random(), canons };
        let mut plain = Writer::default();
        plain.fixed(batch.secret.expose()).count(batch.canons.len());
        for canon in &batch.canons {
            plain.bytes(canon);
        }
        self.write(&BLINDED, batch.id, plain.finish())?;
        Ok(batch)
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
        Ok(self.home.remove(self.path(&BLINDED, batch.id))?)
    }

    /// The batch with this id, if it waits for an answer.
    pub(super) fn batch(&self, id: BatchId) -> Result<Option<KeptBatch>, ClientError> {
        let Some(plain) = self.read(&BLINDED, id)? else { return Ok(None) };
        let mut reader = Reader::new(FORMAT, &plain);
        let read = || {
            let (secret, count) = (Secret::new(reader.fixed()?), reader.count(MAX_BATCH)?);
            // A kind and a value.
            let canons =
                (0..count).map(|_| Ok(reader.bytes(Indicator::MAX_LEN + 64)?.to_vec())).collect::<Result<_, _>>()?;
            reader.end()?;
            Ok(KeptBatch { id, is_fresh: false, secret, canons })
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
        self.home.secret(kind.key, &[self.round.hash().as_bytes(), id.as_bytes()])
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
