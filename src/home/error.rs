//! What can be wrong with a home.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::identity::{CardError, Fingerprint, InvalidTlsKey};

/// An error for whoever runs the command, with what to do about it.
#[derive(Debug, Error)]
pub enum HomeError {
    /// The system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Nothing says where the home is.
    #[error("no place for a home: set MANDORLA_HOME (or HOME) to a directory")]
    NoDefault,
    /// There is no home.
    #[error("there is no identity in {}: make one with `mandorla id new`, or name another with --home or MANDORLA_HOME", .0.display())]
    NoHome(PathBuf),
    /// There is one already, and keys are never overwritten.
    #[error("{} holds an identity already: choose another directory", .0.display())]
    HomeExists(PathBuf),
    /// Something else is there.
    #[error("{} is not empty: choose a new or an empty directory", .0.display())]
    NotEmpty(PathBuf),
    /// A directory that cannot be renamed onto.
    #[error("{} is a mount point: choose a directory inside it", .0.display())]
    MountPoint(PathBuf),
    /// Others on this machine can read it.
    #[error("others can use {} (mode {mode:03o}): run `chmod go=` on it, and think of who may have read it", path.display())]
    Exposed {
        /// The file or directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A key file that is missing or is not what was written.
    #[error("the key file {} is missing or damaged: restore it from a backup", .0.display())]
    DamagedKey(PathBuf),
    /// TLS key and certificate do not fit.
    #[error("cannot use {}", path.display())]
    Tls {
        /// The key file.
        path: PathBuf,
        /// Why not.
        source: InvalidTlsKey,
    },
    /// The own card is of other keys.
    #[error("{} is not the card of the keys in this home: restore both from one backup", .0.display())]
    NotOurCard(PathBuf),
    /// A card file that cannot be read.
    #[error("cannot read the card in {}", path.display())]
    Card {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: CardError,
    },
    /// A card that cannot be made.
    #[error(transparent)]
    NewCard(#[from] CardError),
    /// Another card has this name.
    #[error(
        "the book has another card named {name} ({known}): call its owner, and replace it if the new one is theirs"
    )]
    NameTaken {
        /// The name.
        name: String,
        /// The card that is in the book.
        known: Fingerprint,
    },
    /// Another card succeeds the same one: the old key may be in a thief's hands.
    #[error(
        "the book has another successor ({known}) of the same card of {name}: somebody may have stolen the old key; call the owner by \
         telephone, and replace it if the new one is theirs"
    )]
    Forked {
        /// The name.
        name: String,
        /// The successor that is in the book.
        known: Fingerprint,
    },
    /// A successor, but not of the card that is known.
    #[error(
        "this card succeeds others than the one of {name} in the book ({known}): ask its owner for the successor cards \
         between the two, or call them, and replace it if the new one is theirs"
    )]
    Gap {
        /// The name.
        name: String,
        /// The card that is in the book.
        known: Fingerprint,
    },
    /// A card that a known one succeeds.
    #[error("the book has the successor of this card ({by}): use that one")]
    Outdated {
        /// The newest.
        by: Fingerprint,
    },
    /// Changing the keys of a home that handed over already.
    #[error(
        "this identity has a successor already ({by}), and with a second one nobody would know whose is right: use the home with its \
         keys; if it is lost, and nobody has its card, remove {}", file.display()
    )]
    Succeeded {
        /// The successor.
        by: Fingerprint,
        /// Its card in the book.
        file: PathBuf,
    },
    /// The same keys under another name or role.
    #[error(
        "the book has these keys ({known}) under another name or role: call their owner, and replace the card if it is right"
    )]
    OtherCore {
        /// The card that is in the book.
        known: Fingerprint,
    },
    /// A card file under the id of another card.
    #[error("{} holds the card of another id: remove the file, and add the card again", .0.display())]
    Misfiled(PathBuf),
    /// Replacing what is the home's own.
    #[error("this card would replace the home's own: a card with your name or keys comes from you alone")]
    Own,
    /// A path that is absolute, climbs out, or leads to keys.
    #[error("{} is not a path below the home that may be written", .0.display())]
    OutsideHome(PathBuf),
    /// Another command has the lock.
    #[error("another command is changing {}: wait until it is done", .0.display())]
    Busy(PathBuf),
    /// Another server runs on the home.
    #[error("a server runs on {} already: stop it first, or choose another home", .0.display())]
    Serving(PathBuf),
}

impl HomeError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}
