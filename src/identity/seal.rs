//! X25519 and HPKE: what only the owner of a card can open.
//!
//! RFC 9180, base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305; `info = lp(label) || lp(binding) || …`.
//! Base mode does not say who sealed: the sender signs the sealed bytes with its Ed25519 key where that matters.

use std::fmt;

use curve25519_dalek::montgomery::MontgomeryPoint;
use data_encoding::HEXLOWER;
use hpke::{Deserializable, HpkeError, Kem as _, OpModeR, OpModeS, Serializable};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use super::InvalidKey;
use crate::secret::Secret;
use crate::transcript::{Label, bind};

type Kem = hpke::kem::X25519HkdfSha256;
type Kdf = hpke::kdf::HkdfSha256;
type Aead = hpke::aead::ChaCha20Poly1305;
type PrivateKey = <Kem as hpke::Kem>::PrivateKey;
type PublicKey = <Kem as hpke::Kem>::PublicKey;
type EncappedKey = <Kem as hpke::Kem>::EncappedKey;

/// By how much sealed bytes are longer than their plaintext: the encapsulated key and the AEAD tag.
pub const SEAL_OVERHEAD: usize = ENC + 16;

const ENC: usize = 32;
const STREAM_KEY: Label = Label::new("mandorla/1 stream key");

/// Sealed bytes that this key does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("cannot be opened: it was sealed to another card or for another purpose, or was changed on the way")]
pub struct CannotOpen;

impl From<HpkeError> for CannotOpen {
    fn from(_: HpkeError) -> Self {
        // Which step failed is nobody's business: the sealed bytes are an attacker's to choose.
        Self
    }
}

/// An X25519 private key.
pub struct OpeningKey {
    seed: Secret<32>,
    public: SealingKey,
}

impl OpeningKey {
    /// A fresh key.
    pub fn generate() -> Self {
        Self::from_seed(Secret::random())
    }

    /// The key of 32 bytes, clamped as RFC 7748 says.
    pub fn from_seed(seed: Secret<32>) -> Self {
        let public = Kem::sk_to_pk(&private(&seed)).to_bytes().into();
        Self { seed, public: SealingKey(public) }
    }

    /// The bytes of the key, to be kept in a home.
    pub(crate) fn seed(&self) -> &Secret<32> {
        &self.seed
    }

    /// The public half.
    pub fn public(&self) -> SealingKey {
        self.public
    }

    /// Opens what [`SealingKey::seal`] made with the same label, binding and additional data.
    pub fn open(
        &self,
        label: Label,
        binding: &[&[u8]],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        self.open_info(&bind(label, binding), aad, sealed)
    }

    fn open_info(&self, info: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let (enc, ciphertext) = sealed.split_at_checked(ENC).ok_or(CannotOpen)?;
        let enc = EncappedKey::from_bytes(enc)?;
        let plaintext = hpke::single_shot_open::<Aead, Kdf, Kem>(
            &OpModeR::Base,
            &private(&self.seed),
            &enc,
            info,
            ciphertext,
            aad,
        )?;
        Ok(Zeroizing::new(plaintext))
    }

    /// The stream key that [`SealingKey::export`] made with the same label and binding. A wrong `enc` gives another key,
    /// which opens no chunk, rather than an error.
    pub fn export(&self, label: Label, binding: &[&[u8]], enc: &[u8; 32]) -> Result<Secret<32>, CannotOpen> {
        self.export_info(&bind(label, binding), STREAM_KEY.as_bytes(), enc)
    }

    /// `X25519(this key, theirs)`, which only the two owners can work out; never zero, for [`SealingKey`] excludes the points
    /// that would make it so. It is to be hashed under a label of its own and shown to nobody.
    ///
    /// The same key opens what HPKE sealed, and neither use helps against the other: HPKE's key schedule takes the result of
    /// each exchange through HKDF under its suite's labels with both public keys, so even somebody who sends another's
    /// static key as the encapsulated one makes us derive a key that has nothing to do with the hash made here.
    pub fn shared_with(&self, theirs: &SealingKey) -> Secret<32> {
        let mut point = MontgomeryPoint(theirs.0).mul_clamped(*self.seed.expose());
        let shared = Secret::new(point.0);
        point.zeroize();
        shared
    }

    fn export_info(&self, info: &[u8], context: &[u8], enc: &[u8; 32]) -> Result<Secret<32>, CannotOpen> {
        let enc = EncappedKey::from_bytes(enc)?;
        let receiver = hpke::setup_receiver::<Aead, Kdf, Kem>(&OpModeR::Base, &private(&self.seed), &enc, info)?;
        let mut key = Zeroizing::new([0; 32]);
        receiver.export(context, &mut *key)?;
        Ok(Secret::new(*key))
    }
}

fn private(seed: &Secret<32>) -> PrivateKey {
    PrivateKey::from_bytes(seed.expose()).expect("every 32 bytes are a key")
}

/// An X25519 public key: the canonical u of a curve point in the prime-order group, as every honest key is. So a sealed
/// secret never ends up under a shared secret that is known to all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealingKey([u8; 32]);

impl SealingKey {
    /// The encoding.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals to the owner of this key: `enc || ciphertext`. `label` and `binding` say what for and in which context.
    pub fn seal(&self, label: Label, binding: &[&[u8]], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let info = bind(label, binding);
        let (enc, ciphertext) =
            hpke::single_shot_seal::<Aead, Kdf, Kem>(&OpModeS::Base, &self.kem(), &info, plaintext, aad)
                .expect("a key outside the small-order points always seals");
        [&enc.to_bytes()[..], &ciphertext].concat()
    }

    /// A fresh key for one [stream](crate::stream), and the `enc` from which the owner of this key derives it.
    pub fn export(&self, label: Label, binding: &[&[u8]]) -> ([u8; 32], Secret<32>) {
        let info = bind(label, binding);
        let (enc, sender) = hpke::setup_sender::<Aead, Kdf, Kem>(&OpModeS::Base, &self.kem(), &info)
            .expect("a key outside the small-order points always encapsulates");
        let mut key = Zeroizing::new([0; 32]);
        sender.export(STREAM_KEY.as_bytes(), &mut *key).expect("32 bytes are within the reach of HKDF");
        (enc.to_bytes().into(), Secret::new(*key))
    }

    fn kem(&self) -> PublicKey {
        PublicKey::from_bytes(&self.0).expect("every 32 bytes are an X25519 key")
    }
}

impl TryFrom<[u8; 32]> for SealingKey {
    type Error = InvalidKey;

    fn try_from(bytes: [u8; 32]) -> Result<Self, InvalidKey> {
        const NAME: &str = "X25519";
        // Points of the twist have no Edwards form; X25519 works on them, but no key pair leads there.
        let point = MontgomeryPoint(bytes).to_edwards(0).ok_or(InvalidKey::NotCanonical(NAME))?;
        if point.to_montgomery().0 != bytes {
            return Err(InvalidKey::NotCanonical(NAME));
        }
        if point.is_small_order() || !point.is_torsion_free() {
            return Err(InvalidKey::WrongGroup(NAME));
        }
        Ok(Self(bytes))
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", HEXLOWER.encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
    use static_assertions::assert_not_impl_any;

    assert_not_impl_any!(OpeningKey: fmt::Debug, Clone, PartialEq, serde::Serialize);

    const LABEL: Label = Label::new("mandorla/1 test");
    const OTHER: Label = Label::new("mandorla/1 other test");

    #[test]
    fn opens_what_was_sealed_to_it_and_nothing_else() {
        let key = OpeningKey::generate();
        let sealed = key.public().seal(LABEL, &[b"round"], b"aad", b"salt");
        assert_eq!(sealed.len(), 4 + SEAL_OVERHEAD);
        assert_eq!(**key.open(LABEL, &[b"round"], b"aad", &sealed).unwrap(), *b"salt");

        let refused = [
            ("another key", OpeningKey::generate().open(LABEL, &[b"round"], b"aad", &sealed)),
            ("other label", key.open(OTHER, &[b"round"], b"aad", &sealed)),
            ("other binding", key.open(LABEL, &[b"rounds"], b"aad", &sealed)),
            ("other additional data", key.open(LABEL, &[b"round"], b"", &sealed)),
            ("an all-zero shared secret", key.open(LABEL, &[b"round"], b"aad", &[0; 64])),
        ];
        for (name, outcome) in refused {
            assert_eq!(outcome.err(), Some(CannotOpen), "{name}");
        }
        for i in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[i] ^= 1;
            assert!(key.open(LABEL, &[b"round"], b"aad", &flipped).is_err(), "byte {i}");
            assert!(key.open(LABEL, &[b"round"], b"aad", &sealed[..i]).is_err(), "cut at {i}");
        }
    }

    #[test]
    fn both_sides_export_one_key_for_one_purpose() {
        let key = OpeningKey::generate();
        let (enc, ours) = key.public().export(LABEL, &[b"list"]);
        assert!(ours.same_as(&key.export(LABEL, &[b"list"], &enc).unwrap()));
        assert!(!ours.same_as(&key.export(OTHER, &[b"list"], &enc).unwrap()));
        assert!(!ours.same_as(&key.export(LABEL, &[b"lists"], &enc).unwrap()));
        assert!(!ours.same_as(&key.public().export(LABEL, &[b"list"]).1));
        assert!(key.export(LABEL, &[b"list"], &[0; 32]).is_err());
    }

    #[test]
    fn agrees_on_the_secret_of_rfc_7748_6_1() {
        let array = |text: &str| <[u8; 32]>::try_from(HEXLOWER.decode(text.as_bytes()).unwrap()).unwrap();
        let bob = OpeningKey::from_seed(Secret::new(array(
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        )));
        let alice = array("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
        let shared = bob.shared_with(&SealingKey::try_from(alice).unwrap());
        assert_eq!(
            HEXLOWER.encode(shared.expose()),
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
        );
    }

    #[test]
    fn opens_the_vector_of_rfc_9180_a_2_1() {
        let hex = |text: &str| HEXLOWER.decode(text.as_bytes()).unwrap();
        let array = |text: &str| <[u8; 32]>::try_from(hex(text)).unwrap();
        let key = OpeningKey::from_seed(Secret::new(array(
            "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb",
        )));
        let public = array("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a");
        assert_eq!(SealingKey::try_from(public), Ok(key.public()));

        let info = hex("4f6465206f6e2061204772656369616e2055726e");
        let enc = array("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
        let ciphertext =
            hex("1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28");
        let opened = key.open_info(&info, b"Count-0", &[&enc[..], &ciphertext].concat()).unwrap();
        assert_eq!(**opened, *b"Beauty is truth, truth beauty");
        let exported = key.export_info(&info, b"TestContext", &enc).unwrap();
        assert_eq!(
            HEXLOWER.encode(exported.expose()),
            "5acb09211139c43b3090489a9da433e8a30ee7188ba8b0a9a1ccf0c229283e53"
        );
    }

    #[test]
    fn refuses_keys_that_no_honest_program_makes() {
        for (i, point) in EIGHT_TORSION.iter().enumerate() {
            assert!(SealingKey::try_from(point.to_montgomery().0).is_err(), "torsion point {i}");
            let mixed = SealingKey::try_from((ED25519_BASEPOINT_POINT + point).to_montgomery().0);
            assert_eq!(mixed.is_ok(), i == 0, "base point and torsion point {i}");
        }
        let mut nine = [0; 32];
        nine[0] = 9;
        SealingKey::try_from(nine).unwrap();
        let mut top_bit = nine;
        top_bit[31] = 0x80;
        // u = p + 9, which is 9 a second time; u = p - 1 and u = 2, on the twist.
        let mut above = [0xFF; 32];
        (above[0], above[31]) = (0xF6, 0x7F);
        let mut minus_one = [0xFF; 32];
        (minus_one[0], minus_one[31]) = (0xEC, 0x7F);
        let mut twist = [0; 32];
        twist[0] = 2;
        for (name, bytes) in [("top bit", top_bit), ("p + 9", above), ("p - 1", minus_one), ("twist", twist)] {
            assert_eq!(SealingKey::try_from(bytes), Err(InvalidKey::NotCanonical("X25519")), "{name}");
        }
    }
}
