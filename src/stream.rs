//! Long contents encrypted chunk by chunk: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015, the construction that age
//! uses) over ChaCha20-Poly1305.
//!
//! `chunk(i) = AEAD(key, nonce = i as 11 bytes big-endian || last, aad, plaintext)`, 16 bytes longer than its plaintext.
//! The counter in the nonce refuses chunks that are moved, dropped or repeated; the flag of the last one refuses a stream
//! that is cut short. **A key is for one stream only**: it comes fresh from [`SealingKey::export`] or is derived with
//! something that never repeats, because two streams under one key would share their nonces.
//!
//! [`SealingKey::export`]: crate::identity::SealingKey::export

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use thiserror::Error;

use crate::secret::Secret;

/// By how much a sealed chunk is longer than its plaintext.
pub const CHUNK_OVERHEAD: usize = 16;

/// A chunk that is not the one expected here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("chunk {index} cannot be opened: it was changed, moved or cut off, or is for another key; get the file again")]
pub struct BadChunk {
    /// Its place in the stream, from 0.
    pub index: u64,
}

/// Encrypts a chunk in place. Whoever seals counts `index` up from 0 and sets `last` once, at the end: an empty content
/// is one empty last chunk.
pub fn seal_chunk(key: &Secret<32>, index: u64, last: bool, aad: &[u8], mut plaintext: Vec<u8>) -> Vec<u8> {
    aead(key)
        .seal_in_place_append_tag(nonce(index, last), Aad::from(aad), &mut plaintext)
        .expect("no chunk reaches the 256 GiB that the cipher allows");
    plaintext
}

/// Decrypts, in place, what [`seal_chunk`] made with the same arguments.
pub fn open_chunk(
    key: &Secret<32>,
    index: u64,
    last: bool,
    aad: &[u8],
    mut sealed: Vec<u8>,
) -> Result<Vec<u8>, BadChunk> {
    let length =
        aead(key).open_in_place(nonce(index, last), Aad::from(aad), &mut sealed).map_err(|_| BadChunk { index })?.len();
    sealed.truncate(length);
    Ok(sealed)
}

fn aead(key: &Secret<32>) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key.expose()).expect("the key has the length of the cipher"))
}

fn nonce(index: u64, last: bool) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce[3..11].copy_from_slice(&index.to_be_bytes());
    nonce[11] = last.into();
    Nonce::assume_unique_for_key(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_in_its_place_only() {
        let key = Secret::random();
        let sealed = seal_chunk(&key, 3, false, b"aad", b"chunk".to_vec());
        assert_eq!(sealed.len(), 5 + CHUNK_OVERHEAD);
        assert_eq!(open_chunk(&key, 3, false, b"aad", sealed.clone()).unwrap(), b"chunk");

        let refused = [
            ("another place", open_chunk(&key, 4, false, b"aad", sealed.clone())),
            ("passed off as the end", open_chunk(&key, 3, true, b"aad", sealed.clone())),
            ("other additional data", open_chunk(&key, 3, false, b"", sealed.clone())),
            ("another key", open_chunk(&Secret::random(), 3, false, b"aad", sealed.clone())),
            ("cut", open_chunk(&key, 3, false, b"aad", sealed[..20].to_vec())),
            ("shorter than a tag", open_chunk(&key, 3, false, b"aad", vec![0; 15])),
            ("nothing", open_chunk(&key, 3, false, b"aad", vec![])),
        ];
        for (name, outcome) in refused {
            assert!(outcome.is_err(), "{name}");
        }
        for i in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[i] ^= 1;
            assert!(open_chunk(&key, 3, false, b"aad", flipped).is_err(), "byte {i}");
        }
    }

    #[test]
    fn the_end_may_be_empty() {
        let key = Secret::random();
        let sealed = seal_chunk(&key, 0, true, b"", vec![]);
        assert_eq!(open_chunk(&key, 0, true, b"", sealed).unwrap(), b"");
    }

    /// The nonce is part of the format: STREAM with a big-endian counter and the flag at its end.
    #[test]
    fn the_nonce_has_one_spelling() {
        assert_eq!(nonce(0x0102, true).as_ref(), &[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1]);
        assert_eq!(nonce(u64::MAX, false).as_ref(), &[0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0]);
    }
}
