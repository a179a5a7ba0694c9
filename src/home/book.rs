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
    /// The book has it now beside the older card of its name, which it succeeds.
    Successor,
    /// The book has it now with a newer point of contact.
    NewContact,
    /// The book has it, with this contact or a newer one.
    Known,
}

/// The card book of a home. The home's own card is always in it.
///
/// A name, whatever the case of its letters, is in the book once, or with cards of which each succeeds the one before; it means
/// the newest. So people may use names on the command line. Another card of a name, and known keys under another name or
/// role, are refused until a person decides. Cards that were succeeded stay: charters bind them until the next one.
pub struct Book<'a> {
    dir: PathBuf,
    own: &'a Card,
}

impl<'a> Book<'a> {
    pub(super) fn new(home: &Path, own: &'a Card) -> Self {
        Self { dir: home.join(DIR), own }
    }

    /// Adds a card, a successor of a known one, or a newer contact to a known one.
    pub fn add(&self, card: &Card, _: &HomeLock) -> Result<Added, HomeError> {
        if let Some(known) = self.find(&card.id())? {
            return match known {
                known if known.core() != card.core() => Err(HomeError::OtherCore { known: known.fingerprint() }),
                // The own contact changes where the key is, not by a card that comes from outside.
                known if known.id() == self.own.id() || known.signed_at() >= card.signed_at() => Ok(Added::Known),
                known => self.write(&known.with_contact_of(card)).map(|()| Added::NewContact),
            };
        }
        let added = match self.by_name(card.core().name())? {
            None => Added::New,
            Some(known) if card.succeeds(known.core()) => Added::Successor,
            Some(known) => return Err(contradiction(&known, card)),
        };
        self.write(card).map(|()| added)
    }

    /// Puts a card in the place of those with its keys or its name, but for those that it succeeds. For a person who has
    /// called the owner.
    pub fn replace(&self, card: &Card, _: &HomeLock) -> Result<(), HomeError> {
        if card.id() == self.own.id() || same_name(card, self.own.core().name()) {
            return Err(HomeError::Own);
        }
        let displaced = |known: &Card| {
            same_name(known, card.core().name()) && known.id() != card.id() && !card.succeeds(known.core())
        };
        // First the old ones: after a crash between the two a card is missing, which is safer than a name that means two.
        for known in self.all()?.iter().filter(|known| displaced(known)) {
            files::remove(&self.file(&known.id()))?;
        }
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

    /// The newest card of a name, in capitals or not.
    pub fn by_name(&self, name: &str) -> Result<Option<Card>, HomeError> {
        let cards = self.all()?;
        let named = cards.iter().find(|card| same_name(card, name));
        Ok(named.and_then(|card| newest(&cards, card.core())).cloned())
    }

    /// The newest card of whoever has this name, role and keys: the card itself, or the one that succeeds it in the end.
    pub fn newest(&self, core: &CardCore) -> Result<Option<Card>, HomeError> {
        Ok(newest(&self.all()?, core).cloned())
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

    pub(super) fn file(&self, id: &CardId) -> PathBuf {
        self.dir.join(format!("{id}.{SUFFIX}"))
    }

    /// A card whose file has the name of its id: a file under another's name would answer for it.
    fn read(&self, file: &Path) -> Result<Card, HomeError> {
        let card = read_card(file)?;
        if self.file(&card.id()) == file { Ok(card) } else { Err(HomeError::Misfiled(file.to_owned())) }
    }

    pub(super) fn write(&self, card: &Card) -> Result<(), HomeError> {
        files::write(&self.file(&card.id()), card.to_armour().as_bytes())
    }
}

/// Why `card` may not stand beside `known`, the newest of its name.
fn contradiction(known: &Card, card: &Card) -> HomeError {
    let (name, fingerprint) = (known.core().name().to_owned(), known.fingerprint());
    if known.succeeds(card.core()) {
        HomeError::Outdated { by: fingerprint }
    } else if card.predecessors().any(|old| known.succeeds(old)) {
        HomeError::Forked { name, known: fingerprint }
    } else if card.predecessors().next().is_some() {
        HomeError::Gap { name, known: fingerprint }
    } else {
        HomeError::NameTaken { name, known: fingerprint }
    }
}

/// The end of the line of successors that begins with a core. Each step takes another card, so that cards which people put
/// into the book by hand cannot lead around in a circle for ever.
fn newest<'c>(cards: &'c [Card], core: &CardCore) -> Option<&'c Card> {
    let mut newest = cards.iter().find(|card| card.core() == core);
    for _ in cards {
        let core = newest.map_or(core, Card::core);
        newest = cards.iter().find(|card| card.succeeds(core)).or(newest);
    }
    newest
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
        let key = key(seed);
        let sealing = OpeningKey::from_seed(Secret::new([seed; 32])).public();
        let core = CardCore::new(name, role, key.public(), sealing, [seed; 32]).unwrap();
        let contact = Contact::new("", "desk@n.example", "", &signed_at.to_string()).unwrap();
        Card::sign(core, contact, signed_at, &key).unwrap()
    }

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(Secret::new([seed; 32]))
    }

    /// The last of the cards with these seeds, each the successor of the one before.
    fn line(seeds: &[u8]) -> Card {
        let first = card(seeds[0], "Contoso", Role::Agency, 1);
        let pairs = seeds.windows(2);
        pairs
            .fold(first, |old, pair| card(pair[1], "Contoso", Role::Agency, 1).succeeding(&old, &key(pair[0])).unwrap())
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
    fn a_successor_stands_beside_the_older_card_and_has_its_name() {
        let (_dir, home) = home();
        let (book, lock) = (home.book(), home.lock().unwrap());
        let [a, b, c, d] = [line(&[1]), line(&[1, 2]), line(&[1, 2, 3]), line(&[1, 2, 3, 4])];
        for (card, added) in [(&a, Added::New), (&b, Added::Successor), (&b, Added::Known), (&a, Added::Known)] {
            assert_eq!(book.add(card, &lock).unwrap(), added, "{card}");
        }
        // The card between was never added: the line vouches for it.
        assert_eq!(book.add(&d, &lock).unwrap(), Added::Successor);
        for core in [&a, &b, &c, &d].map(Card::core) {
            assert_eq!(book.newest(core).unwrap().as_ref(), Some(&d));
        }
        assert_eq!(book.by_name("contoso").unwrap().as_ref(), Some(&d));
        assert!(book.knows(a.core()).unwrap() && book.knows(b.core()).unwrap() && book.knows(d.core()).unwrap());
        assert!(!book.knows(c.core()).unwrap(), "nobody has added it");
        assert!(matches!(book.add(&c, &lock), Err(HomeError::Outdated { by }) if by == d.fingerprint()));
        assert_eq!(book.find(&a.id()).unwrap(), Some(a));

        // A newer contact, also one that comes without the line, keeps the line.
        let moved = card(4, "Contoso", Role::Agency, 9);
        assert_eq!(book.add(&moved, &lock).unwrap(), Added::NewContact);
        assert_eq!(book.newest(b.core()).unwrap().map(|card| card.signed_at()), Some(9));
        assert_eq!(book.newest(card(9, "Contoso", Role::Agency, 1).core()).unwrap(), None);
    }

    #[test]
    fn a_successor_of_a_stranger_is_a_plain_new_card() {
        let (_dir, home) = home();
        let (book, lock) = (home.book(), home.lock().unwrap());
        let b = line(&[1, 2]);
        assert_eq!(book.add(&b, &lock).unwrap(), Added::New);
        assert!(matches!(book.add(&line(&[1]), &lock), Err(HomeError::Outdated { .. })));
        assert!(
            matches!(book.add(&line(&[8, 9]), &lock), Err(HomeError::Gap { known, .. }) if known == b.fingerprint())
        );
        assert!(matches!(book.add(&line(&[9]), &lock), Err(HomeError::NameTaken { .. })));
        assert_eq!(book.all().unwrap().len(), 2);
    }

    #[test]
    fn two_successors_of_one_card_are_for_people_to_settle() {
        let (_dir, home) = home();
        let (book, lock) = (home.book(), home.lock().unwrap());
        let [a, b, c] = [line(&[1]), line(&[1, 2]), line(&[1, 2, 3])];
        for card in [&a, &b, &c] {
            book.add(card, &lock).unwrap();
        }
        for fork in [line(&[1, 7]), line(&[1, 7, 8]), line(&[1, 2, 7])] {
            let refused = book.add(&fork, &lock);
            assert!(matches!(refused, Err(HomeError::Forked { known, .. }) if known == c.fingerprint()), "{refused:?}");
            assert_eq!(book.by_name("Contoso").unwrap().as_ref(), Some(&c), "nothing has changed");
        }
        let right = line(&[1, 7]);
        book.replace(&right, &lock).unwrap();
        assert_eq!(book.newest(a.core()).unwrap().as_ref(), Some(&right));
        let left = [&a, &b, &c, &right].map(|card| book.knows(card.core()).unwrap());
        assert_eq!(left, [true, false, false, true], "the older card is of the same owner, and charters may bind it");
    }

    /// An owner may sign a circle; nothing that the book does with it goes on for ever.
    #[test]
    fn a_circle_ends() {
        let (_dir, home) = home();
        let (book, lock) = (home.book(), home.lock().unwrap());
        let [a, b] = [line(&[1]), line(&[1, 2])];
        book.add(&a, &lock).unwrap();
        book.add(&b, &lock).unwrap();
        assert_eq!(book.add(&line(&[2, 1]), &lock).unwrap(), Added::Known);
        assert_eq!(book.newest(a.core()).unwrap(), Some(b));

        book.write(&line(&[2, 1])).unwrap();
        assert!(book.newest(a.core()).unwrap().is_some() && book.by_name("Contoso").unwrap().is_some());
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
