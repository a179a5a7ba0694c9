//! The RFC's vectors, which give the random scalars too; all else goes through the public interface, in `tests/oprf.rs`.

use data_encoding::HEXLOWER;
use serde_json::Value;
use static_assertions::assert_not_impl_any;
use zeroize::Zeroizing;

use super::*;
use crate::secret::Secret;
use curve25519_dalek::scalar::Scalar;

assert_not_impl_any!(PrivateKey: std::fmt::Debug, Clone, PartialEq, serde::Serialize);
assert_not_impl_any!(Blinding: std::fmt::Debug, Clone, PartialEq, serde::Serialize);

fn hex(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

fn all(values: &Value) -> Vec<Vec<u8>> {
    values.as_array().unwrap().iter().map(hex).collect()
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    hex(value).try_into().unwrap()
}

fn scalar(bytes: &[u8]) -> Scalar {
    Scalar::from_canonical_bytes(bytes.try_into().unwrap()).unwrap()
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../tests/vectors/rfc9497.json")).unwrap()
}

fn key(vectors: &Value) -> PrivateKey {
    PrivateKey::derive(&array(&vectors["seed"]), &hex(&vectors["key_info"])).unwrap()
}

#[test]
fn derives_the_key_of_the_rfc() {
    let vectors = vectors();
    let key = key(&vectors);
    assert_eq!(key.to_bytes().expose(), &array(&vectors["private_key"]));
    assert_eq!(key.public().as_bytes(), &array(&vectors["public_key"]));
    let read = PrivateKey::from_bytes(&Secret::new(array(&vectors["private_key"]))).unwrap();
    assert_eq!(read.public(), key.public());
}

#[test]
fn reproduces_the_vectors_of_the_rfc() {
    let vectors = vectors();
    let key = key(&vectors);
    for vector in vectors["vectors"].as_array().unwrap() {
        let blinds = all(&vector["blinds"]).iter().map(|blind| scalar(blind)).collect();
        let blinding = Blinding::with_blinds(Zeroizing::new(all(&vector["inputs"])), Zeroizing::new(blinds)).unwrap();
        assert_eq!(blinding.elements(), all(&vector["blinded"]).concat());

        let blinded = Elements::try_from(blinding.elements()).unwrap();
        let answer = key.evaluate_with(&blinded, &scalar(&hex(&vector["proof_random_scalar"])));
        assert_eq!(answer.elements, all(&vector["evaluated"]).concat());
        assert_eq!(answer.proof.as_bytes(), &array(&vector["proof"]));

        let outputs = blinding.finalize(&key.public(), &answer.elements, &answer.proof).unwrap();
        let outputs: Vec<_> = outputs.iter().map(|output| output.expose().to_vec()).collect();
        assert_eq!(outputs, all(&vector["outputs"]));
    }
    assert_eq!(vectors["vectors"].as_array().unwrap().len(), 3);
}

/// No input is known that hashes to the identity; a blind of zero leads there too.
#[test]
fn an_element_that_would_be_the_identity_is_not_sent() {
    let inputs = Zeroizing::new(vec![b"a".to_vec(), b"b".to_vec()]);
    let blinding = Blinding::with_blinds(inputs, Zeroizing::new(vec![Scalar::ONE, Scalar::ZERO]));
    assert_eq!(blinding.err(), Some(OprfFault::BadInput { index: 1 }));
}
