//! The cards that people have added by hand: nobody else gets into a charter.

use std::fs;
use std::path::{Path, PathBuf};

use super::{HomeError, HomeLock, files};
use crate::identity::{Card, CardCore, CardId, folded_name};

pub(super) const DIR: &str = "book";
const SUFFIX: &str = "card";

/// What adding a card did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// The book did not have it.
    New,
    /// The book has it now with a newer point of contact.
    NewContact,
    /// The book has it, with this contact or a newer one.
    Known,
}

/// The card book of a home. The home's own card is always in it.
///
/// A name is in the book once, whatever the case of its letters, so that people may use names on the command line; a second
/// card of a name, and known keys under another name or role, are refused until a person decides.
pub struct Book<'a> {
    dir: PathBuf,
    own: &'a Card,
}

impl<'a> Book<'a> {
    pub(super) fn new(home: &Path, own: &'a Card) -> Self {
        Self { dir: home.join(DIR), own }
    }

    /// Adds a card, or a newer contact to a known one.
    pub fn add(&self, card: &Card, _: &HomeLock) -> Result<Added, HomeError> {
        if let Some(known) = self.find(&card.id())? {
            return match known {
                known if known.core() != card.core() => Err(HomeError::OtherCore { known: known.fingerprint() }),
                // The own contact changes where the key is, not by a card that comes from outside.
                known if known.id() == self.own.id() || known.signed_at() >= card.signed_at() => Ok(Added::Known),
                _ => self.write(card).map(|()| Added::NewContact),
            };
        }
        if let Some(known) = self.by_name(card.core().name())? {
            return Err(HomeError::NameTaken { name: known.core().name().to_owned(), known: known.fingerprint() });
        }
        self.write(card).map(|()| Added::New)
    }

    /// Puts a card in the place of those with its keys or its name. For a person who has called the owner.
    pub fn replace(&self, card: &Card, _: &HomeLock) -> Result<(), HomeError> {
        if card.id() == self.own.id() || same_name(card, self.own.core().name()) {
            return Err(HomeError::Own);
        }
        let displaced = self.by_name(card.core().name())?.filter(|known| known.id() != card.id());
        // First the old one: after a crash between the two a card is missing, which is safer than a name that means two.
        displaced.map_or(Ok(()), |known| files::remove(&self.file(&known.id())))?;
        self.write(card)
    }

    /// The card of an id.
    pub fn find(&self, id: &CardId) -> Result<Option<Card>, HomeError> {
        if *id == self.own.id() {
            return Ok(Some(self.own.clone()));
        }
        let file = self.file(id);
        if file.exists() { self.read(&file).map(Some) } else { Ok(None) }
    }

    /// Whether the book has exactly this name, role and keys: people have vouched for them.
    pub fn knows(&self, core: &CardCore) -> Result<bool, HomeError> {
        Ok(self.find(&core.id())?.is_some_and(|known| known.core() == core))
    }

    /// The card of a name, in capitals or not.
    pub fn by_name(&self, name: &str) -> Result<Option<Card>, HomeError> {
        Ok(self.all()?.into_iter().find(|card| same_name(card, name)))
    }

    /// All cards, by name.
    pub fn all(&self) -> Result<Vec<Card>, HomeError> {
        let mut cards = vec![self.own.clone()];
        for entry in fs::read_dir(&self.dir).map_err(HomeError::io("look into", &self.dir))? {
            let file = entry.map_err(HomeError::io("look into", &self.dir))?.path();
            if file.extension().is_some_and(|suffix| suffix == SUFFIX) {
                cards.push(self.read(&file)?);
            }
        }
        cards.sort_by_cached_key(|card| (card.core().name().to_lowercase(), card.id()));
        Ok(cards)
    }

    fn file(&self, id: &CardId) -> PathBuf {
        self.dir.join(format!("{id}.{SUFFIX}"))
    }

    /// A card whose file has the name of its id: a file under another's name would answer for it.
    fn read(&self, file: &Path) -> Result<Card, HomeError> {
        let card = read_card(file)?;
        if self.file(&card.id()) == file { Ok(card) } else { Err(HomeError::Misfiled(file.to_owned())) }
    }

    fn write(&self, card: &Card) -> Result<(), HomeError> {
        files::write(&self.file(&card.id()), card.to_armour().as_bytes())
    }
}

fn same_name(card: &Card, name: &str) -> bool {
    folded_name(card.core().name()) == folded_name(name)
}

pub(super) fn read_card(path: &Path) -> Result<Card, HomeError> {
    let text = fs::read_to_string(path).map_err(HomeError::io("read", path))?;
    Card::from_armour(&text).map_err(|source| HomeError::Card { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home::Home;
    use crate::identity::{Contact, OpeningKey, Role, SigningKey};
    use crate::secret::Secret;

    fn card(seed: u8, name: &str, role: Role, signed_at: u64) -> Card {
        let key = SigningKey::from_seed(Secret::new([seed; 32]));
        let sealing = OpeningKey::from_seed(Secret::new([seed; 32])).public();
        let core = CardCore::new(name, role, key.public(), sealing, [seed; 32]).unwrap();
        let contact = Contact::new("", "desk@n.example", "", &signed_at.to_string()).unwrap();
        Card::sign(core, contact, signed_at, &key).unwrap()
    }

    fn home() -> (tempfile::TempDir, Home) {
        let dir = tempfile::tempdir().unwrap();
        let home =
            Home::create(&dir.path().join("home"), "Own", Role::Company, "own@n.example".parse().unwrap()).unwrap();
        (dir, home)
    }

    #[test]
    fn a_newer_contact_replaces_an_older() {
        let (_dir, home) = home();
        let (book, lock) = (home.book(), home.lock().unwrap());
        for (signed_at, added, kept) in
            [(5, Added::New, 5), (5, Added::Known, 5), (4, Added::Known, 5), (6, Added::NewContact, 6)]
        {
            assert_eq!(book.add(&card(1, "Contoso", Role::Agency, signed_at), &lock).unwrap(), added, "{signed_at}");
            assert_eq!(book.by_name("contoso").unwrap().unwrap().signed_at(), kept);
        }
        assert_eq!(book.add(home.card(), &lock).unwrap(), Added::Known);
        let names: Vec<_> = book.all().unwrap().iter().map(|card| card.core().name().to_owned()).collect();
        assert_eq!(names, ["Contoso", "Own"]);
        assert_eq!(book.find(&home.card().id()).unwrap().as_ref(), Some(home.card()));
        assert_eq!(book.find(&CardId::from([0; 32])).unwrap(), None);
        assert_eq!(book.by_name("Fabrikam").unwrap(), None);
    }

    #[test]
    fn doubts_are_for_people_to_settle() {
        let (_dir, home) = home();
        let (book, lock) = (home.book(), home.lock().unwrap());
        let first = card(1, "Contoso", Role::Agency, 1);
        book.add(&first, &lock).unwrap();

        let stranger = card(2, "CONTOSO", Role::Agency, 2);
        assert!(matches!(book.add(&stranger, &lock), Err(HomeError::NameTaken { .. })));
        let promoted = card(1, "Contoso", Role::Matcher, 2);
        assert!(matches!(book.add(&promoted, &lock), Err(HomeError::OtherCore { .. })));
        let own_name = card(3, "own", Role::Company, 1);
        assert!(matches!(book.add(&own_name, &lock), Err(HomeError::NameTaken { .. })));
        assert_eq!(book.find(&first.id()).unwrap(), Some(first.clone()), "nothing has changed");

        assert!(matches!(book.replace(&own_name, &lock), Err(HomeError::Own)));
        assert!(matches!(book.replace(home.card(), &lock), Err(HomeError::Own)));
        book.replace(&promoted, &lock).unwrap();
        assert_eq!(book.by_name("Contoso").unwrap(), Some(promoted));
        book.replace(&stranger, &lock).unwrap();
        assert_eq!(book.by_name("Contoso").unwrap(), Some(stranger));
        assert_eq!((book.find(&first.id()).unwrap(), book.all().unwrap().len()), (None, 2));
    }

    #[test]
    fn a_file_under_another_id_is_refused() {
        let (_dir, home) = home();
        let (book, lock) = (home.book(), home.lock().unwrap());
        let [a, b] = [card(1, "A", Role::Broker, 1), card(2, "B", Role::Broker, 1)];
        book.add(&a, &lock).unwrap();
        fs::copy(book.file(&a.id()), book.file(&b.id())).unwrap();
        assert!(matches!(book.find(&b.id()), Err(HomeError::Misfiled(_))));
        fs::write(book.file(&b.id()), "no card").unwrap();
        assert!(matches!(book.all(), Err(HomeError::Card { .. })));
    }
}
