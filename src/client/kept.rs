//! What a home keeps of a round until its purge: `rounds/<RH>/`.
//!
//! ```text
//! purge-at            seconds since 1970, so that a home without a network wipes in time
//! <number>.sealed     the list on its way; gone when the receipt is here
//! <number>.root       its root over the shards, to know whether a broken upload can go on
//! <number>.tags       tags, seeds and indicators, encrypted under a key of the home
//! <number>.receipt    the matcher's signature
//! <number>.withdrawn  nothing: the list was taken back, and its number is not used again
//! <number>.carried    nothing: a list with this number was sealed into a file that a courier takes
//! order               the round order that a courier brought, with its charter
//! tags.key            32 random bytes, without which no tags file of the round can be read, wherever it lies
//! seeds/              what custodians have evaluated, see [`super::seeds`]
//! ```

use std::fs::File;
use std::io::{self, BufReader, Read, Write};

use zeroize::Zeroizing;

use super::ClientError;
use super::overlaps::Tags;
use super::seeds;
use crate::home::{Home, HomeError};
use crate::identity::SealingKey;
use crate::list::file::{self, FileFault, SealedFile, TagsFile};
use crate::list::{Draft, Dummies, SealedList};
use crate::round::{Round, RoundHash};
use crate::secret::{self, Secret};
use crate::transcript::Label;

const DIR: &str = "rounds";
const PURGE_AT: &str = "purge-at";
const ORDER: &str = "order";
const TAGS_KEY: &str = "tags.key";
const TAGS_FILE: Label = Label::new("mandorla/1 home tags file");
const DUMMIES: Label = Label::new("mandorla/1 home dummies");

/// The files of one round.
pub(super) struct Kept<'h> {
    home: &'h Home,
    round: RoundHash,
}

impl<'h> Kept<'h> {
    pub(super) fn new(home: &'h Home, round: RoundHash) -> Self {
        Self { home, round }
    }

    fn path(&self, file: &str) -> String {
        format!("{DIR}/{}/{file}", self.round)
    }

    /// The dummies of this home in this round.
    pub(super) fn dummies(&self) -> Dummies {
        Dummies::new(self.home.secret(DUMMIES, &[self.round.as_bytes()]))
    }

    /// The highest list number that this home has used; 0 if none.
    pub(super) fn last_number(&self) -> Result<u32, HomeError> {
        let names = self.home.names_in(format!("{DIR}/{}", self.round))?;
        let numbers = names.iter().filter_map(|name| name.split_once('.')?.0.parse().ok());
        Ok(numbers.max().unwrap_or(0))
    }

    /// Whether the list with this number is still on its way and has these shards.
    pub(super) fn is_pending(&self, number: u32, shards_root: &[u8; 32]) -> Result<bool, HomeError> {
        let root = self.home.read(self.path(&format!("{number}.root")))?;
        Ok(root.is_some_and(|root| root.as_slice() == shards_root))
    }

    /// Writes what publishing takes. The tags come first: a list without them could never be asked about.
    pub(super) fn write(
        &self,
        draft: &Draft,
        list: SealedList,
        round: &Round,
        matcher: &SealingKey,
    ) -> Result<(), HomeError> {
        let header = list.header.header();
        let (number, root) = (header.number, header.shards_root);
        self.wipe_at(round)?;
        self.write_tags(draft, number)?;
        self.home
            .write_private_with(self.path(&format!("{number}.sealed")), |out| file::write_sealed(out, list, matcher))?;
        self.home.write_private(self.path(&format!("{number}.root")), &root)
    }

    /// When all of this goes, whether or not the matcher can be reached then.
    pub(super) fn wipe_at(&self, round: &Round) -> Result<(), HomeError> {
        self.home.write_private(self.path(PURGE_AT), round.order().purge.to_string().as_bytes())
    }

    /// Writes the tags of a list, in place of those that are there.
    pub(super) fn write_tags(&self, draft: &Draft, number: u32) -> Result<(), HomeError> {
        let write = self.tags_writer(draft, number)?;
        self.home.write_private_with(self.path(&format!("{number}.tags")), write)
    }

    /// Writes a tags file to wherever it should be.
    pub(super) fn tags_writer<'d>(
        &self,
        draft: &'d Draft,
        number: u32,
    ) -> Result<impl FnOnce(&mut dyn Write) -> io::Result<()> + use<'d>, HomeError> {
        let (round, nonce) = (self.round, secret::random_bytes());
        let round_key = match self.home.read(self.path(TAGS_KEY))? {
            Some(key) => key,
            None => {
                let fresh = Zeroizing::new(secret::random_bytes::<32>().to_vec());
                self.home.write_private(self.path(TAGS_KEY), &fresh)?;
                fresh
            }
        };
        let key = tags_key(self.home, round, nonce, &round_key);
        Ok(move |out: &mut dyn Write| file::write_tags(out, draft, round, number, nonce, &key))
    }

    /// Takes the next list number for a file that a courier will bring, and keeps the order that it was sealed under.
    pub(super) fn begin_carried(&self, round: &Round, order: &[u8]) -> Result<u32, HomeError> {
        self.wipe_at(round)?;
        self.home.write_private(self.path(ORDER), order)?;
        let number = self.last_number()?.saturating_add(1);
        self.home.write_private(self.path(&format!("{number}.carried")), b"")?;
        Ok(number)
    }

    /// The order that a courier brought, as it came.
    pub(super) fn order(&self) -> Result<Option<Zeroizing<Vec<u8>>>, HomeError> {
        self.home.read(self.path(ORDER))
    }

    /// The list on its way.
    pub(super) fn sealed(&self, number: u32) -> Result<SealedFile<BufReader<File>>, ClientError> {
        let name = self.path(&format!("{number}.sealed"));
        let file = self.home.open_file(&name)?.ok_or(ClientError::NoList)?;
        SealedFile::open(BufReader::new(file)).map_err(|fault| self.sealed_fault(number, fault))
    }

    /// The tags of a published list.
    pub(super) fn tags(&self, number: u32) -> Result<Tags, ClientError> {
        let name = self.path(&format!("{number}.tags"));
        let file = self.home.open_file(&name)?.ok_or(ClientError::NoTags(number))?;
        let tags = open_tags(self.home, BufReader::new(file), &name)?;
        if tags.round() == self.round && tags.number() == number { Ok(tags) } else { Err(ClientError::NoTags(number)) }
    }

    /// What is wrong with the list on its way.
    pub(super) fn sealed_fault(&self, number: u32, fault: FileFault) -> ClientError {
        ClientError::File { file: self.path(&format!("{number}.sealed")), fault }
    }

    /// Keeps the receipt, and drops what only the upload needed and all older lists.
    pub(super) fn published(&self, number: u32, receipt: &[u8]) -> Result<(), HomeError> {
        self.home.write_private(self.path(&format!("{number}.receipt")), receipt)?;
        for name in self.home.names_in(format!("{DIR}/{}", self.round))? {
            let Some((found, suffix)) = name.split_once('.') else { continue };
            let Ok(found) = found.parse::<u32>() else { continue };
            if found < number || found == number && matches!(suffix, "sealed" | "root") {
                self.home.remove(self.path(&name))?;
            }
        }
        Ok(())
    }

    /// Drops all lists, for the last one was taken back. The number stays, so that it is not used again.
    pub(super) fn withdrawn(&self, number: u32, round: &Round) -> Result<(), HomeError> {
        let last = format!("{}.withdrawn", number.max(self.last_number()?));
        self.wipe_at(round)?;
        self.home.write_private(self.path(&last), b"")?;
        let names = self.home.names_in(format!("{DIR}/{}", self.round))?;
        // Evaluations are paid for, and serve another list.
        let others = names.iter().filter(|name| ![PURGE_AT, seeds::DIR, &last].contains(&name.as_str()));
        others.into_iter().try_for_each(|name| self.home.remove(self.path(name)))
    }

    /// Drops a list that the matcher has refused; its number is not used again.
    pub(super) fn refused(&self, number: u32) -> Result<(), HomeError> {
        ["sealed", "root"].iter().try_for_each(|suffix| self.home.remove(self.path(&format!("{number}.{suffix}"))))
    }
}

/// Opens a tags file of this home, wherever it lies; `name` is for errors.
pub(super) fn open_tags(home: &Home, file: impl Read + Send + 'static, name: &str) -> Result<Tags, ClientError> {
    let fault = |fault| ClientError::File { file: name.to_owned(), fault };
    let file = TagsFile::start(Box::new(file) as Box<dyn Read + Send>).map_err(fault)?;
    let kept = Kept::new(home, file.round);
    let round_key = home.read(kept.path(TAGS_KEY))?.ok_or_else(|| ClientError::TagsKey(name.to_owned()))?;
    let key = tags_key(home, file.round, file.nonce, &round_key);
    // The key of the round is another since the list was withdrawn, or was never this home's.
    let opened = file.open(key).map_err(|found| match found {
        FileFault::CannotOpen(_) => ClientError::TagsKey(name.to_owned()),
        found => fault(found),
    });
    Ok(Tags::new(opened?, kept.dummies(), name.to_owned()))
}

fn tags_key(home: &Home, round: RoundHash, nonce: [u8; 32], round_key: &[u8]) -> Secret<32> {
    home.secret(TAGS_FILE, &[round.as_bytes(), &nonce, round_key])
}

/// Removes all that the home keeps of a round. What the file system leaves behind is encrypted under a key of the home.
pub(super) fn wipe(home: &Home, round: RoundHash) -> Result<(), HomeError> {
    home.remove_dir(format!("{DIR}/{round}"))
}

/// Wipes what rounds whose purge time has come left in the home.
pub fn sweep(home: &Home, now: u64) -> Result<(), ClientError> {
    for round in home.names_in(DIR)? {
        let at = home.read(format!("{DIR}/{round}/{PURGE_AT}"))?;
        let at = at.and_then(|at| str::from_utf8(&at).ok()?.parse::<u64>().ok());
        if at.is_some_and(|at| now >= at) {
            home.remove_dir(format!("{DIR}/{round}"))?;
        }
    }
    Ok(())
}
