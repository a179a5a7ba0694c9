use proptest::prelude::*;

use super::*;
use crate::identity::{ArmourError, CARD, Contact, OpeningKey, Role, SUCCESSOR_CARD, armour, dearmour};
use crate::secret::Secret;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(Secret::new([seed; 32]))
}

fn card_of(seed: u8, name: &str, role: Role) -> Card {
    let sealing = OpeningKey::from_seed(Secret::new([seed; 32])).public();
    let core = CardCore::new(name, role, key(seed).public(), sealing, [seed; 32]).unwrap();
    let contact: Contact = "Trust desk <desk@northwind.example>".parse().unwrap();
    Card::sign(core, contact, 1_750_000_000, &key(seed)).unwrap()
}

fn card(seed: u8) -> Card {
    card_of(seed, "Northwind", Role::Company)
}

/// The last of the cards with these seeds, each the successor of the one before.
fn line(seeds: impl IntoIterator<Item = u8>) -> Card {
    let mut seeds = seeds.into_iter();
    let first = seeds.next().unwrap();
    let hand_over = |(old, from): (Card, u8), to: u8| (card(to).succeeding(&old, &key(from)).unwrap(), to);
    seeds.fold((card(first), first), hand_over).0
}

fn bytes(card: &Card) -> Vec<u8> {
    dearmour(SUCCESSOR_CARD, &card.to_armour()).unwrap()
}

#[test]
fn the_old_keys_vouch_for_the_new() {
    let [first, second, third] = [line([1]), line([1, 2]), line([1, 2, 3])];
    assert_eq!(Card::from_armour(&third.to_armour()).as_ref(), Ok(&third));
    assert_eq!(third.core(), card(3).core(), "the new card is what counts");
    let old: Vec<_> = third.predecessors().collect();
    assert_eq!(old, [second.core(), first.core()], "newest first");
    assert!(third.succeeds(first.core()) && third.succeeds(second.core()) && second.succeeds(first.core()));
    assert!(!third.succeeds(third.core()) && !first.succeeds(second.core()) && !first.succeeds(first.core()));
    assert!(first.to_armour().contains(CARD) && first.predecessors().next().is_none());
}

#[test]
fn a_new_contact_keeps_the_line() {
    let second = line([1, 2]);
    let moved = Card::sign(card(2).core, "night@northwind.example".parse().unwrap(), 1_760_000_000, &key(2)).unwrap();
    let renewed = second.with_contact_of(&moved);
    assert_eq!((renewed.contact(), renewed.signed_at()), (moved.contact(), moved.signed_at()));
    assert!(renewed.succeeds(card(1).core()));
    assert_eq!(Card::from_armour(&renewed.to_armour()), Ok(renewed));
}

#[test]
fn only_the_old_key_hands_over_and_only_to_the_same_name_and_role() {
    assert_eq!(card(2).succeeding(&card(1), &key(2)), Err(CardError::NotTheOwner));
    let other_name = card_of(2, "northwind", Role::Company);
    assert_eq!(other_name.succeeding(&card(1), &key(1)), Err(CardError::OtherOwner));
    let other_role = card_of(2, "Northwind", Role::Agency);
    assert_eq!(other_role.succeeding(&card(1), &key(1)), Err(CardError::OtherOwner));
    for (newest, last) in [(line([1]), 1), (line([1, 2]), 2)] {
        let circle = card(1).succeeding(&newest, &key(last)).unwrap_err();
        assert!(circle.to_string().contains("succeeds itself"), "{circle}");
    }
}

/// What somebody without the old key can put together of true parts.
#[test]
fn a_forged_line_is_refused() {
    let (honest, third) = (line([1, 2]), line([1, 2, 3]));
    let refused = |line: Line, card: Card| {
        let forged = Card { line, ..card };
        assert_eq!(Card::from_armour(&forged.to_armour()), Err(CardError::Succession));
    };
    refused(honest.line.clone(), card(3));
    refused(Line(vec![third.line.0[1].clone(), third.line.0[0].clone()]), card(3));
    refused(Line(vec![third.line.0[0].clone()]), card(3));
    let by_thief = Predecessor { core: card(1).core, signature: key(9).sign(SUCCESSION, &[b"anything"]) };
    refused(Line(vec![by_thief]), card(2));
    let another_label = Label::new("mandorla/1 card core");
    let signature = key(1).sign(another_label, &[card(1).id().as_bytes(), &card(2).core.encode()]);
    refused(Line(vec![Predecessor { core: card(1).core, signature }]), card(2));

    let renamed = CardCore { name: "Contoso".to_owned(), ..card(1).core };
    let forged = Line(vec![Predecessor { core: renamed, ..honest.line.0[0].clone() }]);
    let forged = Card { line: forged, ..card(2) };
    assert_eq!(Card::from_armour(&forged.to_armour()), Err(CardError::OtherOwner));
}

#[test]
fn a_long_line_forgets_its_oldest() {
    let last = line(1..=20);
    assert_eq!(last.predecessors().count(), MAX);
    assert!(last.succeeds(card(4).core()) && !last.succeeds(card(3).core()));
    assert_eq!(Card::from_armour(&last.to_armour()).as_ref(), Ok(&last));

    let mut bytes = bytes(&last);
    bytes[4] += 1;
    let error = Card::from_armour(&armour(SUCCESSOR_CARD, &bytes)).unwrap_err();
    assert!(error.to_string().contains("lists more than the format allows"), "{error}");
}

#[test]
fn every_changed_byte_is_refused() {
    let bytes = bytes(&line([1, 2, 3]));
    let decode = |bytes: &[u8]| Card::from_armour(&armour(SUCCESSOR_CARD, bytes));
    for i in 0..bytes.len() {
        for bit in [0x01, 0x80] {
            let mut flipped = bytes.clone();
            flipped[i] ^= bit;
            assert!(decode(&flipped).is_err(), "byte {i} of {}", bytes.len());
        }
        assert!(decode(&bytes[..i]).is_err(), "cut at {i}");
    }
    assert!(decode(&[&bytes[..], &[0]].concat()).is_err(), "a byte more");
    assert_eq!(decode(&[&[2][..], &bytes[1..]].concat()), Err(CardError::Version(2)));
    let none = [&1u32.to_le_bytes()[..], &0u32.to_le_bytes(), &card(1).encode()].concat();
    assert!(decode(&none).unwrap_err().to_string().contains("names no card that it succeeds"));
}

#[test]
fn a_card_does_not_pass_for_a_successor_card_or_the_other_way() {
    let both = format!("{}{}", card(1).to_armour(), line([1, 2]).to_armour());
    assert_eq!(Card::from_armour(&both), Err(CardError::Armour(ArmourError::TwoBlocks)));
    for (kind, bytes) in [(CARD, bytes(&line([1, 2]))), (SUCCESSOR_CARD, card(2).encode())] {
        assert!(Card::from_armour(&armour(kind, &bytes)).is_err(), "{kind}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    /// Parts of two true lines, cut and joined anywhere: only the true ones pass.
    #[test]
    fn nothing_but_the_true_bytes_passes(
        from in 0..2usize, cut in any::<prop::sample::Index>(), to in 0..2usize, resume in any::<prop::sample::Index>(),
        inserted in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let lines = [bytes(&line([1, 2, 3])), bytes(&line([4, 5, 6]))];
        let (head, tail) = (&lines[from][..cut.index(lines[from].len())], &lines[to][resume.index(lines[to].len())..]);
        let joined = [head, &inserted, tail].concat();
        let passes = Card::from_armour(&armour(SUCCESSOR_CARD, &joined)).is_ok();
        prop_assert_eq!(passes, lines.contains(&joined));
    }
}
