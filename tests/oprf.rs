//! The oblivious PRF from outside: what it computes, beside another implementation of the RFC, and what it refuses.

#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

use mandorla::oprf::{Blinding, Elements, Evaluated, MAX_BATCH, MAX_INPUT, OprfFault, PrivateKey, Proof, PublicKey};
use mandorla::secret::Secret;
use proptest::prelude::*;
use rand_core::OsRng;
use voprf::{BlindedElement, EvaluationElement, Ristretto255, VoprfClient, VoprfServer};

/// q, the order of the group: the first scalar that is not canonical.
const ORDER: [u8; 32] = [
    0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn inputs(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|n| format!("input {n}").into_bytes()).collect()
}

fn blinded(count: usize) -> Blinding {
    Blinding::new(&Secret::random(), inputs(count)).unwrap()
}

fn evaluated(key: &PrivateKey, blinding: &Blinding) -> Evaluated {
    key.evaluate(&Elements::try_from(blinding.elements()).unwrap())
}

fn outputs(blinding: &Blinding, key: &PublicKey, answer: &Evaluated) -> Vec<Vec<u8>> {
    let outputs = blinding.finalize(key, &answer.elements, &answer.proof).unwrap();
    outputs.iter().map(|output| output.expose().to_vec()).collect()
}

fn refused(blinding: &Blinding, key: &PublicKey, evaluated: &[u8], proof: &Proof) -> OprfFault {
    blinding.finalize(key, evaluated, proof).err().unwrap()
}

/// The `voprf` crate under the same key.
fn their(key: &PrivateKey) -> VoprfServer<Ristretto255> {
    VoprfServer::new_with_key(key.to_bytes().expose()).unwrap()
}

fn their_outputs(key: &PrivateKey, inputs: &[Vec<u8>]) -> Vec<Vec<u8>> {
    inputs.iter().map(|input| their(key).evaluate(input).unwrap().to_vec()).collect()
}

// -- what it computes --

#[test]
fn our_client_understands_their_server() {
    let key = PrivateKey::random();
    let server = their(&key);
    assert_eq!(server.get_public_key().compress().to_bytes(), *key.public().as_bytes());
    for count in [1, 2, 17] {
        let blinding = blinded(count);
        let chunks = blinding.elements().chunks_exact(32);
        let elements: Vec<_> = chunks.map(|bytes| BlindedElement::deserialize(bytes).unwrap()).collect();
        let answer = server.batch_blind_evaluate(&mut OsRng, &elements).unwrap();
        let answer = Evaluated {
            elements: answer.messages.iter().flat_map(EvaluationElement::serialize).collect(),
            proof: Proof::try_from(<[u8; 64]>::from(answer.proof.serialize())).unwrap(),
        };
        assert_eq!(outputs(&blinding, &key.public(), &answer), their_outputs(&key, &inputs(count)));
    }
}

#[test]
fn their_client_understands_our_server() {
    let key = PrivateKey::random();
    for count in [1, 2, 17] {
        let inputs = inputs(count);
        let (mut clients, mut bytes) = (Vec::new(), Vec::new());
        for input in &inputs {
            let blinded = VoprfClient::<Ristretto255>::blind(input, &mut OsRng).unwrap();
            bytes.extend(blinded.message.serialize());
            clients.push(blinded.state);
        }
        let answer = key.evaluate(&Elements::try_from(&bytes[..]).unwrap());
        let chunks = answer.elements.chunks_exact(32);
        let elements: Vec<_> = chunks.map(|bytes| EvaluationElement::deserialize(bytes).unwrap()).collect();
        let proof = voprf::Proof::deserialize(answer.proof.as_bytes()).unwrap();
        let public = their(&key).get_public_key();
        let found = VoprfClient::batch_finalize(&inputs, &clients, &elements, &proof, public).unwrap();
        let found: Vec<_> = found.map(|output| output.unwrap().to_vec()).collect();

        let blinding = Blinding::new(&Secret::random(), inputs).unwrap();
        assert_eq!(outputs(&blinding, &key.public(), &evaluated(&key, &blinding)), found);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_batch_goes_round(
        seed: [u8; 32],
        info in proptest::collection::vec(any::<u8>(), 0..40),
        inputs in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 1..24),
        secret: [u8; 32],
    ) {
        let key = PrivateKey::derive(&seed, &info).unwrap();
        let blinding = Blinding::new(&Secret::new(secret), inputs.clone()).unwrap();
        let found = outputs(&blinding, &key.public(), &evaluated(&key, &blinding));
        prop_assert_eq!(found, their_outputs(&key, &inputs));
    }
}

#[test]
fn the_largest_batch_and_the_longest_input_go_round() {
    let key = PrivateKey::random();
    let mut inputs = inputs(MAX_BATCH);
    inputs[MAX_BATCH - 1] = vec![7; MAX_INPUT];
    let blinding = Blinding::new(&Secret::random(), inputs.clone()).unwrap();
    let found = outputs(&blinding, &key.public(), &evaluated(&key, &blinding));
    for place in [0, 1, 255, 256, MAX_BATCH - 1] {
        assert_eq!(found[place..=place], their_outputs(&key, &inputs[place..=place]));
    }
}

#[test]
fn one_blinding_opens_the_answer_of_each_custodian() {
    let (one, other, blinding) = (PrivateKey::random(), PrivateKey::random(), blinded(3));
    for key in [&one, &other, &one] {
        assert_eq!(outputs(&blinding, &key.public(), &evaluated(key, &blinding)), their_outputs(key, &inputs(3)));
    }
}

#[test]
fn the_same_secret_blinds_the_same_batch_alike() {
    let blind = |secret: u8, inputs| Blinding::new(&Secret::new([secret; 32]), inputs).unwrap();
    assert_eq!(blind(1, inputs(5)).elements(), blind(1, inputs(5)).elements());
    assert_eq!(blind(1, inputs(5)).elements()[..96], *blind(1, inputs(3)).elements());

    let (first, second) = (blind(1, inputs(5)), blind(2, inputs(5)));
    let mut all: Vec<_> = first.elements().chunks(32).chain(second.elements().chunks(32)).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 10, "another secret gives other elements");
}

#[test]
fn equal_inputs_of_a_batch_do_not_show() {
    let key = PrivateKey::random();
    let blinding = Blinding::new(&Secret::random(), vec![b"twice".to_vec(), b"twice".to_vec()]).unwrap();
    assert_ne!(blinding.elements()[..32], blinding.elements()[32..]);
    let found = outputs(&blinding, &key.public(), &evaluated(&key, &blinding));
    assert_eq!(found[0], found[1]);
}

#[test]
fn a_repeated_batch_gets_the_same_elements() {
    let (key, blinding) = (PrivateKey::random(), blinded(3));
    let (first, second) = (evaluated(&key, &blinding), evaluated(&key, &blinding));
    assert_eq!(first.elements, second.elements);
    assert_ne!(first.proof, second.proof, "no random scalar is used twice");
    assert_eq!(outputs(&blinding, &key.public(), &first), outputs(&blinding, &key.public(), &second));
}

#[test]
fn keys_come_back_from_their_bytes() {
    let key = PrivateKey::random();
    assert_eq!(PrivateKey::from_bytes(&key.to_bytes()).unwrap().public(), key.public());
    assert_eq!(PublicKey::try_from(*key.public().as_bytes()), Ok(key.public()));
    assert_ne!(PrivateKey::random().public(), key.public());
    let info = PrivateKey::derive(&[1; 32], b"round 1").unwrap();
    assert_ne!(info.public(), PrivateKey::derive(&[1; 32], b"round 2").unwrap().public());
    let hex: String = key.public().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(format!("{:?}", key.public()), format!("PublicKey({hex})"));
}

// -- batches that are refused --

/// A batch of three with these bytes in the middle.
fn with_in_the_middle(bytes: [u8; 32]) -> Option<OprfFault> {
    let mut batch = blinded(3).elements().to_vec();
    batch[32..64].copy_from_slice(&bytes);
    Elements::try_from(&batch[..]).err()
}

#[test]
fn refuses_the_identity_and_says_where() {
    assert_eq!(with_in_the_middle([0; 32]), Some(OprfFault::Identity { index: 1 }));
}

/// Encodings of RFC 9496, appendix A.2, that are not canonical, negative, or of no point.
#[test]
fn refuses_what_is_not_canonical_and_says_where() {
    let bytes = |first: u8, middle: u8, last: u8| {
        let mut bytes = [middle; 32];
        (bytes[0], bytes[31]) = (first, last);
        bytes
    };
    let cases = [
        ("p, a second zero", bytes(0xED, 0xFF, 0x7F)),
        ("p + 1", bytes(0xEE, 0xFF, 0x7F)),
        ("p - 1, which is -1", bytes(0xEC, 0xFF, 0x7F)),
        ("a negative number", bytes(0x01, 0x00, 0x00)),
        ("the top bit", bytes(0x00, 0x00, 0x80)),
        ("all ones", [0xFF; 32]),
    ];
    for (name, bytes) in cases {
        assert_eq!(with_in_the_middle(bytes), Some(OprfFault::NotCanonical { index: 1 }), "{name}");
    }
}

#[test]
fn refuses_31_bytes() {
    assert_eq!(Elements::try_from(&[0; 31][..]).err(), Some(OprfFault::Length { bytes: 31 }));
}

#[test]
fn refuses_33_bytes() {
    assert_eq!(Elements::try_from(&[0; 33][..]).err(), Some(OprfFault::Length { bytes: 33 }));
}

#[test]
fn refuses_an_empty_batch() {
    assert_eq!(Elements::try_from(&[][..]).err(), Some(OprfFault::Empty));
    assert_eq!(Blinding::new(&Secret::random(), vec![]).err(), Some(OprfFault::Empty));
}

#[test]
fn refuses_a_batch_of_4097() {
    let element = blinded(1).elements().to_vec();
    assert_eq!(Elements::try_from(&element.repeat(4_096)[..]).unwrap().len(), 4_096);
    let too_many = Some(OprfFault::TooMany { count: 4_097 });
    assert_eq!(Elements::try_from(&element.repeat(4_097)[..]).err(), too_many);
    assert_eq!(Elements::try_from(&vec![0xFF; 32 * 4_097][..]).err(), too_many, "before an element is looked at");
    assert_eq!(Blinding::new(&Secret::random(), vec![vec![]; 4_097]).err(), too_many);
}

#[test]
fn refuses_an_input_beyond_16_bits_and_says_where() {
    let inputs = vec![vec![0; MAX_INPUT], vec![0; MAX_INPUT + 1]];
    let fault = OprfFault::LongInput { index: 1, bytes: 65_536 };
    assert_eq!(Blinding::new(&Secret::random(), inputs).err(), Some(fault));
}

// -- keys and proofs that are refused --

#[test]
fn refuses_the_identity_as_a_key() {
    assert_eq!(PublicKey::try_from([0; 32]), Err(OprfFault::PublicKey));
}

#[test]
fn refuses_a_key_that_is_not_canonical() {
    assert_eq!(PublicKey::try_from([0xFF; 32]), Err(OprfFault::PublicKey));
}

#[test]
fn refuses_zero_as_a_private_key() {
    assert_eq!(PrivateKey::from_bytes(&Secret::new([0; 32])).err(), Some(OprfFault::PrivateKey));
}

#[test]
fn refuses_a_private_key_that_is_not_canonical() {
    assert_eq!(PrivateKey::from_bytes(&Secret::new(ORDER)).err(), Some(OprfFault::PrivateKey));
    let mut highest = ORDER;
    highest[0] -= 1;
    PrivateKey::from_bytes(&Secret::new(highest)).unwrap();
}

#[test]
fn refuses_an_info_beyond_16_bits() {
    PrivateKey::derive(&[1; 32], &[0; MAX_INPUT]).unwrap();
    let fault = PrivateKey::derive(&[1; 32], &[0; MAX_INPUT + 1]).err();
    assert_eq!(fault, Some(OprfFault::Info { bytes: 65_536 }));
}

#[test]
fn refuses_a_proof_of_scalars_that_are_not_canonical() {
    for place in [0, 32] {
        let mut bytes = [1; 64];
        bytes[place..place + 32].copy_from_slice(&ORDER);
        assert_eq!(Proof::try_from(bytes).err(), Some(OprfFault::MalformedProof), "at {place}");
    }
}

// -- answers that are refused --

#[test]
fn refuses_a_proof_by_another_key() {
    let (key, other, blinding) = (PrivateKey::random(), PrivateKey::random(), blinded(3));
    let (answer, proof) = (evaluated(&key, &blinding), evaluated(&other, &blinding).proof);
    assert_eq!(refused(&blinding, &key.public(), &answer.elements, &proof), OprfFault::Proof);
}

#[test]
fn refuses_a_key_other_than_expected() {
    let (key, other, blinding) = (PrivateKey::random(), PrivateKey::random(), blinded(3));
    let answer = evaluated(&other, &blinding);
    assert_eq!(refused(&blinding, &key.public(), &answer.elements, &answer.proof), OprfFault::Proof);
}

#[test]
fn refuses_two_swapped_elements() {
    let (key, blinding) = (PrivateKey::random(), blinded(3));
    let mut answer = evaluated(&key, &blinding);
    let (first, rest) = answer.elements.split_at_mut(32);
    first.swap_with_slice(&mut rest[..32]);
    assert_eq!(refused(&blinding, &key.public(), &answer.elements, &answer.proof), OprfFault::Proof);
}

#[test]
fn refuses_one_element_by_another_key() {
    let (key, other, blinding) = (PrivateKey::random(), PrivateKey::random(), blinded(3));
    let mut answer = evaluated(&key, &blinding);
    answer.elements[32..64].copy_from_slice(&evaluated(&other, &blinding).elements[32..64]);
    assert_eq!(refused(&blinding, &key.public(), &answer.elements, &answer.proof), OprfFault::Proof);
}

#[test]
fn refuses_a_proof_replayed_from_another_batch() {
    let (key, blinding, another) = (PrivateKey::random(), blinded(3), blinded(3));
    let (answer, replayed) = (evaluated(&key, &blinding), evaluated(&key, &another));
    assert_eq!(refused(&blinding, &key.public(), &answer.elements, &replayed.proof), OprfFault::Proof);
    assert_eq!(refused(&blinding, &key.public(), &replayed.elements, &replayed.proof), OprfFault::Proof);
}

#[test]
fn refuses_another_number_of_elements() {
    let (key, blinding) = (PrivateKey::random(), blinded(3));
    let answer = evaluated(&key, &blinding);
    let longer = [&answer.elements[..], &answer.elements[..32]].concat();
    for (found, elements) in [(0, &[][..]), (2, &answer.elements[..64]), (4, &longer[..])] {
        let fault = refused(&blinding, &key.public(), elements, &answer.proof);
        assert_eq!(fault, OprfFault::Count { expected: 3, found });
    }
    assert_eq!(refused(&blinding, &key.public(), &longer[..97], &answer.proof), OprfFault::Length { bytes: 97 });
}

#[test]
fn refuses_an_answer_with_the_identity() {
    let (key, blinding) = (PrivateKey::random(), blinded(3));
    let mut answer = evaluated(&key, &blinding);
    answer.elements[64..].fill(0);
    assert_eq!(refused(&blinding, &key.public(), &answer.elements, &answer.proof), OprfFault::Identity { index: 2 });
}

#[test]
fn refuses_an_answer_that_is_not_canonical() {
    let (key, blinding) = (PrivateKey::random(), blinded(3));
    let mut answer = evaluated(&key, &blinding);
    answer.elements[..32].fill(0xFF);
    assert_eq!(
        refused(&blinding, &key.public(), &answer.elements, &answer.proof),
        OprfFault::NotCanonical { index: 0 }
    );
}

/// Each bit of the question, the answer, the proof and the key, in a batch of two.
#[test]
fn refuses_any_flipped_bit() {
    let (key, blinding) = (PrivateKey::random(), blinded(2));
    let (public, answer) = (key.public(), evaluated(&key, &blinding));
    let flip = |bytes: &[u8], bit: usize| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    };
    for bit in 0..8 * 64 {
        if let Ok(question) = Elements::try_from(&flip(blinding.elements(), bit)[..]) {
            let answer = key.evaluate(&question);
            assert_eq!(
                refused(&blinding, &public, &answer.elements, &answer.proof),
                OprfFault::Proof,
                "bit {bit} of the question"
            );
        }
        let elements = flip(&answer.elements, bit);
        assert!(blinding.finalize(&public, &elements, &answer.proof).is_err(), "bit {bit} of the answer");
        let proof: [u8; 64] = flip(answer.proof.as_bytes(), bit).try_into().unwrap();
        if let Ok(proof) = Proof::try_from(proof) {
            assert_eq!(
                refused(&blinding, &public, &answer.elements, &proof),
                OprfFault::Proof,
                "bit {bit} of the proof"
            );
        }
    }
    for bit in 0..8 * 32 {
        let bytes: [u8; 32] = flip(public.as_bytes(), bit).try_into().unwrap();
        if let Ok(another) = PublicKey::try_from(bytes) {
            let fault = refused(&blinding, &another, &answer.elements, &answer.proof);
            assert_eq!(fault, OprfFault::Proof, "bit {bit} of the key");
        }
    }
}

// -- what people read --

#[test]
fn faults_say_what_is_wrong() {
    let faults = [
        (OprfFault::Empty, "the batch is empty"),
        (OprfFault::TooMany { count: 4_097 }, "4097 elements, and 4096 are allowed"),
        (OprfFault::Length { bytes: 33 }, "33 bytes are no batch"),
        (OprfFault::Identity { index: 7 }, "element 7 (from 0) is the identity"),
        (OprfFault::NotCanonical { index: 7 }, "element 7 (from 0) is not the canonical encoding"),
        (OprfFault::Count { expected: 3, found: 2 }, "the answer has 2 elements, and 3 were asked for"),
        (OprfFault::Proof, "the proof does not hold: "),
    ];
    for (fault, words) in faults {
        assert!(fault.to_string().contains(words), "{fault}");
    }
}
