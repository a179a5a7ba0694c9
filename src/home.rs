//! The directory of one identity: its keys, its card, and the cards of others.
//!
//! ```text
//! home/              0700
//!   identity.card    the own card, armoured, with those that it succeeds
//!   keys/            0700: sign.key, open.key, home.key (armoured), tls.key, tls.crt (PEM), each 0600 and never overwritten
//!   book/            one armoured card a file, named by the card's id
//!   lock             held by commands that change something
//! ```
//!
//! A home is built beside its place and renamed into it, so that there is never half a home. Nothing here is encrypted
//! under a passphrase: servers start without hands, and disks have encryption of their own.

mod book;
mod error;
mod files;
mod lock;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

pub use self::book::{Added, Book};
pub use self::error::HomeError;
pub use self::lock::HomeLock;
use crate::clock::Clock;
use crate::identity::{Card, CardCore, Contact, OpeningKey, Role, SigningKey, TlsKey, armour, dearmour};
use crate::secret::{Secret, random_bytes};
use crate::transcript::{Label, hash};

const CARD: &str = "identity.card";
const KEYS: &str = "keys";

/// A key file: its path in the home, and the kind of its armour. The two of TLS are plain PEM, which other tools read.
struct KeyFile(&'static str, &'static str);
const SIGN: KeyFile = KeyFile("keys/sign.key", "MANDORLA SIGNING KEY");
const OPEN: KeyFile = KeyFile("keys/open.key", "MANDORLA OPENING KEY");
const HOME: KeyFile = KeyFile("keys/home.key", "MANDORLA HOME KEY");
const TLS: KeyFile = KeyFile("keys/tls.key", "PRIVATE KEY");
const CERTIFICATE: KeyFile = KeyFile("keys/tls.crt", "CERTIFICATE");

/// An open home: keys that belong to the card, in files that nobody else on the machine can read.
pub struct Home {
    path: PathBuf,
    signing: SigningKey,
    opening: OpeningKey,
    tls: TlsKey,
    secret: Secret<32>,
    card: Card,
}

impl Home {
    /// `$MANDORLA_HOME`, else `$XDG_DATA_HOME/mandorla`, else `~/.local/share/mandorla`.
    pub fn default_path() -> Result<PathBuf, HomeError> {
        default_path(|name| env::var_os(name))
    }

    /// Makes an identity with fresh keys in a directory that does not exist yet or is empty.
    pub fn create(path: &Path, name: &str, role: Role, contact: Contact) -> Result<Self, HomeError> {
        Self::fresh(path, name, role, contact)?.settle(&[])
    }

    /// Makes a home with fresh keys, and hands over to it: its card succeeds this one, and it begins with this home's book.
    /// This home goes on, for charters bind its keys until the next one. It hands over once.
    pub fn hand_over(&self, path: &Path, contact: Option<Contact>, lock: &HomeLock) -> Result<Self, HomeError> {
        let (book, core) = (self.book(), self.card.core());
        if let Some(successor) = book.newest(core)?.filter(|newest| newest.core() != core) {
            return Err(HomeError::Succeeded { by: successor.fingerprint(), file: book.file(&successor.id()) });
        }
        let contact = contact.unwrap_or_else(|| self.card.contact().clone());
        let mut home = Self::fresh(path, core.name(), core.role(), contact)?;
        home.card = home.card.succeeding(&self.card, &self.signing)?;
        let home = home.settle(&book.all()?)?;
        book.add(&home.card, lock)?;
        Ok(home)
    }

    /// Puts the home and the cards of its book into its place.
    fn settle(self, cards: &[Card]) -> Result<Self, HomeError> {
        let path = &self.path;
        refuse_occupied(path)?;
        let (parent, own) = path.parent().zip(path.file_name()).ok_or(HomeError::OutsideHome(path.clone()))?;
        files::create_dir_all(parent)?;
        let mut beside = OsString::from(".");
        beside.push(own);
        beside.push(format!(".new-{}", HEXLOWER.encode(&random_bytes::<8>())));
        let beside = parent.join(beside);
        let placed = self.write_all(&beside, cards).and_then(|()| place(&beside, path));
        if placed.is_err() {
            // Best effort: what stays has a name that nothing reads, and the error below is the one to report.
            let _ = fs::remove_dir_all(&beside);
        }
        placed.map(|()| self)
    }

    fn fresh(path: &Path, name: &str, role: Role, contact: Contact) -> Result<Self, HomeError> {
        let path = std::path::absolute(path).map_err(HomeError::io("find", path))?;
        let (signing, opening, tls) = (SigningKey::generate(), OpeningKey::generate(), TlsKey::generate());
        let core = CardCore::new(name, role, signing.public(), opening.public(), tls.spki_hash())?;
        let card = Card::sign(core, contact, Clock::system().now(), &signing)?;
        Ok(Self { path, signing, opening, tls, secret: Secret::random(), card })
    }

    fn write_all(&self, root: &Path, cards: &[Card]) -> Result<(), HomeError> {
        let keys: [(KeyFile, &[u8]); 5] = [
            (SIGN, self.signing.seed().expose()),
            (OPEN, self.opening.seed().expose()),
            (HOME, self.secret.expose()),
            (TLS, self.tls.private_key_der()),
            (CERTIFICATE, self.tls.certificate_der()),
        ];
        for dir in [root, &root.join(KEYS), &root.join(book::DIR)] {
            files::create_dir(dir)?;
        }
        for (KeyFile(file, kind), bytes) in keys {
            files::create(&root.join(file), Zeroizing::new(armour(kind, bytes)).as_bytes())?;
        }
        files::create(&root.join(CARD), self.card.to_armour().as_bytes())?;
        cards.iter().try_for_each(|card| Book::new(root, &self.card).write(card))?;
        [&root.join(KEYS), root].into_iter().try_for_each(files::sync_dir)
    }

    /// Opens a home, unless others can read it or its card is of other keys.
    pub fn open(path: &Path) -> Result<Self, HomeError> {
        let path = std::path::absolute(path).map_err(HomeError::io("find", path))?;
        if !path.join(CARD).is_file() {
            return Err(HomeError::NoHome(path));
        }
        files::refuse_exposed(&path)?;
        files::refuse_exposed(&path.join(KEYS))?;
        let signing = SigningKey::from_seed(read_secret(&path, &SIGN)?);
        let opening = OpeningKey::from_seed(read_secret(&path, &OPEN)?);
        let tls = TlsKey::from_der(read_key(&path, &TLS)?, read_key(&path, &CERTIFICATE)?.to_vec())
            .map_err(|source| HomeError::Tls { path: path.join(TLS.0), source })?;
        let card = book::read_card(&path.join(CARD))?;
        let core = card.core();
        if (*core.verifying(), *core.sealing(), *core.tls()) != (signing.public(), opening.public(), tls.spki_hash()) {
            return Err(HomeError::NotOurCard(path.join(CARD)));
        }
        let secret = read_secret(&path, &HOME)?;
        Ok(Self { path, signing, opening, tls, secret, card })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The own card.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The key that signs.
    pub fn signing_key(&self) -> &SigningKey {
        &self.signing
    }

    /// The key that opens what is sealed to the card.
    pub fn opening_key(&self) -> &OpeningKey {
        &self.opening
    }

    /// The key behind connections.
    pub fn tls(&self) -> &TlsKey {
        &self.tls
    }

    /// `H(label; home key, parts…)`: keys for files that only this home reads, and for dummies that only it can tell.
    pub fn secret(&self, label: Label, parts: &[&[u8]]) -> Secret<32> {
        let parts: Vec<&[u8]> = [self.secret.expose().as_slice()].into_iter().chain(parts.iter().copied()).collect();
        Secret::new(hash(label, &parts))
    }

    /// The cards that people have added, and the own one.
    pub fn book(&self) -> Book<'_> {
        Book::new(&self.path, &self.card)
    }

    /// Signs a new point of contact. Others see it when they add the card again.
    pub fn set_contact(&mut self, contact: Contact, _: &HomeLock) -> Result<(), HomeError> {
        // Later than the last one even where the clock was set back, or others would keep the old.
        let signed_at = Clock::system().now().max(self.card.signed_at() + 1);
        let renewed = Card::sign(self.card.core().clone(), contact, signed_at, &self.signing)?;
        let card = self.card.with_contact_of(&renewed);
        files::write(&self.path.join(CARD), card.to_armour().as_bytes())?;
        self.card = card;
        Ok(())
    }

    /// Waits, for ten seconds at most, until no other command changes this home.
    pub fn lock(&self) -> Result<HomeLock, HomeError> {
        HomeLock::acquire(&self.path)
    }

    /// Proof that no other server runs on this home. Other commands may change it meanwhile.
    pub fn lock_serving(&self) -> Result<HomeLock, HomeError> {
        HomeLock::acquire_serving(&self.path)
    }

    /// Writes a file (0600) below the home, in directories (0700) made as needed: wholly or not at all, and on disk when
    /// this returns. Keys and the own card cannot be written this way.
    pub fn write_private(&self, path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), HomeError> {
        let path = self.inside(path.as_ref())?;
        files::create_dir_all(path.parent().unwrap_or(&self.path))?;
        files::write(&path, bytes)
    }

    /// As [`Home::write_private`], for files that are better not held in memory whole; what `write` gets is buffered.
    pub fn write_private_with(
        &self,
        path: impl AsRef<Path>,
        write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
    ) -> Result<(), HomeError> {
        let path = self.inside(path.as_ref())?;
        files::create_dir_all(path.parent().unwrap_or(&self.path))?;
        files::write_with(&path, write)
    }

    /// A file below the home, opened for reading; `None` if there is none.
    pub fn open_file(&self, path: impl AsRef<Path>) -> Result<Option<fs::File>, HomeError> {
        let path = self.inside(path.as_ref())?;
        match fs::File::open(&path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(HomeError::io("open", &path)(error)),
        }
    }

    /// Names of what a directory below the home has; none if there is no such directory.
    pub fn names_in(&self, dir: impl AsRef<Path>) -> Result<Vec<String>, HomeError> {
        let path = self.inside(dir.as_ref())?;
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(HomeError::io("look into", &path)(error)),
        };
        let names: Result<Vec<String>, _> =
            entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned())).collect();
        names.map_err(HomeError::io("look into", &path))
    }

    /// Removes a directory below the home with all that is in it; that there is none is no error.
    pub fn remove_dir(&self, dir: impl AsRef<Path>) -> Result<(), HomeError> {
        let path = self.inside(dir.as_ref())?;
        match fs::remove_dir_all(&path) {
            Ok(()) => path.parent().map_or(Ok(()), files::sync_dir),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(HomeError::io("remove", &path)(error)),
        }
    }

    /// A file below the home; `None` if there is none.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Option<Zeroizing<Vec<u8>>>, HomeError> {
        files::read(&self.inside(path.as_ref())?)
    }

    /// Removes a file below the home; that there is none is no error.
    pub fn remove(&self, path: impl AsRef<Path>) -> Result<(), HomeError> {
        files::remove(&self.inside(path.as_ref())?)
    }

    fn inside(&self, path: &Path) -> Result<PathBuf, HomeError> {
        let free = !path.starts_with(KEYS) && path != Path::new(CARD);
        match files::is_plain(path) && free {
            true => Ok(self.path.join(path)),
            false => Err(HomeError::OutsideHome(path.to_owned())),
        }
    }
}

fn default_path(var: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, HomeError> {
    // The XDG specification: a relative path is as good as none.
    let absolute = |name| var(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(path) = var("MANDORLA_HOME").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    let data = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
    data.map(|path| path.join("mandorla")).ok_or(HomeError::NoDefault)
}

fn refuse_occupied(path: &Path) -> Result<(), HomeError> {
    if path.join(CARD).exists() {
        return Err(HomeError::HomeExists(path.to_owned()));
    }
    match fs::read_dir(path).map(|mut entries| entries.next().is_some()) {
        Ok(true) => Err(HomeError::NotEmpty(path.to_owned())),
        Ok(false) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(HomeError::io("look into", path)(error)),
    }
}

/// Renames a finished home into its place. An empty directory there gives way; a home that was made meanwhile does not.
fn place(beside: &Path, path: &Path) -> Result<(), HomeError> {
    use std::io::ErrorKind::{DirectoryNotEmpty, ResourceBusy};
    fs::rename(beside, path).map_err(|error| match error.kind() {
        DirectoryNotEmpty => HomeError::NotEmpty(path.to_owned()),
        ResourceBusy => HomeError::MountPoint(path.to_owned()),
        _ => HomeError::io("create", path)(error),
    })?;
    path.parent().map_or(Ok(()), files::sync_dir)
}

fn read_key(root: &Path, KeyFile(file, kind): &KeyFile) -> Result<Zeroizing<Vec<u8>>, HomeError> {
    let path = root.join(file);
    files::refuse_exposed(&path)?;
    let damaged = || HomeError::DamagedKey(path.clone());
    let bytes = files::read(&path)?.ok_or_else(damaged)?;
    let text = str::from_utf8(&bytes).map_err(|_| damaged())?;
    dearmour(kind, text).map(Zeroizing::new).map_err(|_| damaged())
}

fn read_secret(root: &Path, file: &KeyFile) -> Result<Secret<32>, HomeError> {
    let bytes = read_key(root, file)?;
    let bytes = bytes.as_slice().try_into().map_err(|_| HomeError::DamagedKey(root.join(file.0)))?;
    Ok(Secret::new(bytes))
}

#[cfg(test)]
mod tests;
