use super::*;
use crate::identity::OpeningKey;
use crate::secret::Secret;

fn key() -> SigningKey {
    SigningKey::from_seed(Secret::new([1; 32]))
}

fn core() -> CardCore {
    let sealing = OpeningKey::from_seed(Secret::new([2; 32])).public();
    CardCore::new("Northwind", Role::Company, key().public(), sealing, [3; 32]).unwrap()
}

fn contact() -> Contact {
    Contact::new("Trust desk", "desk@northwind.example", "+47 22 00 00 00", "weekdays").unwrap()
}

fn card() -> Card {
    Card::sign(core(), contact(), 1_750_000_000, &key()).unwrap()
}

/// A card whose core is these bytes, signed rightly: what a hostile owner can send.
fn signed(core: &[u8]) -> Vec<u8> {
    let honest = card().encode();
    let rest = &honest[4 + self::core().encode().len() + 64..];
    [&VERSION.to_le_bytes()[..], core, key().sign(CORE, &[core]).as_bytes(), rest].concat()
}

#[test]
fn comes_back_as_it_was_signed() {
    let card = card();
    assert_eq!(Card::decode(&card.encode()).as_ref(), Ok(&card));
    assert_eq!(Card::from_armour(&card.to_armour()).as_ref(), Ok(&card));
    assert_eq!(CardCore::decode(&card.core().encode()).as_ref(), Ok(card.core()));
    assert_eq!(Card::decode(&signed(&core().encode())), Ok(card), "the helper of these tests signs rightly");
}

/// Id, transcripts and signatures are a format that other programs follow: these figures were computed apart, in Python,
/// from the formulas at the head of the module.
#[test]
fn the_format_stays() {
    assert_eq!(card().id().to_string(), "63cf3ee6cc106cb755a9df2275929a696851023d0dbd81b9d738960ef2ebcd70");
    assert_eq!(card().to_string(), "Northwind (company, cf7k-xspc-21pb-end9-vwh7-b4mt)");
    let sha256 = ring::digest::digest(&ring::digest::SHA256, &card().encode());
    let expected = "2ceb471901a708b0814327331e8d6a9a293e230e3e7b1a664395149b80ec6ef0";
    assert_eq!(data_encoding::HEXLOWER.encode(sha256.as_ref()), expected);
}

#[test]
fn every_changed_byte_is_refused() {
    let bytes = card().encode();
    assert!(bytes.len() < Card::MAX);
    for i in 0..bytes.len() {
        for bit in [0x01, 0x80] {
            let mut flipped = bytes.clone();
            flipped[i] ^= bit;
            assert!(Card::decode(&flipped).is_err(), "byte {i} of {}", bytes.len());
        }
        assert!(Card::decode(&bytes[..i]).is_err(), "cut at {i}");
    }
    assert!(Card::decode(&[&bytes[..], &[0]].concat()).is_err(), "a byte more");
    let core = core().encode();
    assert!(CardCore::decode(&[&core[..], &[0]].concat()).is_err(), "a byte more");
    assert!((0..core.len()).all(|i| CardCore::decode(&core[..i]).is_err()));
}

#[test]
fn parts_of_two_cards_do_not_mix() {
    let other_key = SigningKey::generate();
    let other_core = CardCore::new("Contoso", Role::Agency, other_key.public(), *core().sealing(), [3; 32]).unwrap();
    let other = Card::sign(other_core, contact(), 1_750_000_000, &other_key).unwrap();

    let mixed = Card { core: other.core.clone(), ..card() };
    assert_eq!(Card::decode(&mixed.encode()), Err(CardError::CoreSignature));
    let mixed = Card { contact_signature: other.contact_signature, ..card() };
    assert_eq!(Card::decode(&mixed.encode()), Err(CardError::ContactSignature));
    let later = Card { signed_at: 1_750_000_001, ..card() };
    assert_eq!(Card::decode(&later.encode()), Err(CardError::ContactSignature));
    // One signature does not pass for the other, even over the owner's own words.
    let swapped = Card { core_signature: card().contact_signature, ..card() };
    assert_eq!(Card::decode(&swapped.encode()), Err(CardError::CoreSignature));

    assert_eq!(Card::sign(core(), contact(), 0, &other_key), Err(CardError::NotTheOwner));
}

#[test]
fn the_contact_changes_without_the_id() {
    let moved = Card::sign(core(), "night@northwind.example".parse().unwrap(), 1_760_000_000, &key()).unwrap();
    assert_eq!((moved.id(), moved.core()), (card().id(), card().core()));
    assert!(moved.signed_at() > card().signed_at());
}

#[test]
fn a_hostile_owner_gets_no_bad_content_signed() {
    let core = core();
    let with = |at: usize, bytes: &[u8]| {
        let mut encoding = core.encode();
        encoding[at..at + bytes.len()].copy_from_slice(bytes);
        Card::decode(&signed(&encoding)).unwrap_err()
    };
    let (name, role, ed25519, x25519) = (8, 17, 18, 50);
    assert_eq!(with(0, &[2]), CardError::Version(2));
    assert_eq!(
        with(name, b"\x1b").to_string(),
        "the name on the card holds the character U+001B, which is invisible or changes how text is shown"
    );
    assert!(matches!(with(name, "\u{202e}".as_bytes()), CardError::Text { .. }));
    assert!(matches!(with(name, b" "), CardError::Text { fault: TextFault::OuterBlank, .. }));
    assert!(matches!(with(name, &[0xFF]), CardError::Malformed(_)));
    assert_eq!(with(role, &[6]), CardError::Role(UnknownRole));
    assert_eq!(with(role, &[255]), CardError::Role(UnknownRole));
    let one = [&[1][..], &[0; 31]].concat();
    assert_eq!(with(ed25519, &one), CardError::Key(InvalidKey::WrongGroup("Ed25519")));
    assert_eq!(with(ed25519, &[0xFF; 32]), CardError::Key(InvalidKey::NotCanonical("Ed25519")));
    assert_eq!(with(x25519, &[0; 32]), CardError::Key(InvalidKey::WrongGroup("X25519")));
    assert_eq!(with(x25519, &one), CardError::Key(InvalidKey::WrongGroup("X25519")));
    assert_eq!(with(x25519, &[0xFF; 32]), CardError::Key(InvalidKey::NotCanonical("X25519")));

    for (name, expected) in [("", "given"), (&"x".repeat(101), "longer than 100 bytes")] {
        let refused = CardCore::new(name, Role::Broker, *core.verifying(), *core.sealing(), *core.tls());
        assert!(refused.unwrap_err().to_string().contains(expected), "{expected}");
    }
    let bare = [&VERSION.to_le_bytes()[..], &core.encode()[..4], &0u32.to_le_bytes(), &core.encode()[17..]].concat();
    assert!(Card::decode(&bare).unwrap_err().to_string().contains("must be given"));
}
