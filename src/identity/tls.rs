//! The key behind connections: ECDSA P-256 with a certificate signed by itself.

use data_encoding::HEXLOWER;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use ring::digest::{SHA256, digest};
use thiserror::Error;
use zeroize::Zeroizing;

/// The one DNS name on every certificate. It names nobody (cards are pinned by key) but gRPC clients insist on
/// comparing one: they are told to expect this.
pub const TLS_NAME: &str = "mandorla.internal";

/// A stored key and certificate that are not a pair of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidTlsKey {
    /// Not PKCS#8 of an ECDSA P-256 key.
    #[error("the TLS key is not an ECDSA P-256 key in PKCS#8; restore it from a backup")]
    Key,
    /// A certificate of another key.
    #[error("the TLS certificate does not hold the TLS key beside it; restore both from one backup")]
    Certificate,
}

/// An ECDSA P-256 key and its certificate. The certificate is kept rather than made anew, because gRPC clients that know
/// it as their root compare all of it.
pub struct TlsKey {
    private_key: Zeroizing<Vec<u8>>,
    certificate: Vec<u8>,
    spki_hash: [u8; 32],
}

impl TlsKey {
    /// A fresh key and certificate.
    pub fn generate() -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("the operating system gives random bytes");
        let spki_hash = sha256(&pair.subject_public_key_info());
        let certificate = params(&spki_hash).self_signed(&pair).expect("these parameters make a certificate");
        Self { private_key: Zeroizing::new(pair.serialize_der()), certificate: certificate.der().to_vec(), spki_hash }
    }

    /// A key and certificate as they were stored, both DER.
    pub fn from_der(private_key: Zeroizing<Vec<u8>>, certificate: Vec<u8>) -> Result<Self, InvalidTlsKey> {
        let pair = KeyPair::try_from(private_key.as_slice()).map_err(|_| InvalidTlsKey::Key)?;
        if pair.algorithm() != &PKCS_ECDSA_P256_SHA256 {
            return Err(InvalidTlsKey::Key);
        }
        // A search and not a parse: the file is our own, and this only catches a mix-up before it becomes a TLS failure.
        let spki = pair.subject_public_key_info();
        if !certificate.windows(spki.len()).any(|window| window == spki) {
            return Err(InvalidTlsKey::Certificate);
        }
        Ok(Self { spki_hash: sha256(&spki), private_key, certificate })
    }

    /// The private key, PKCS#8.
    pub fn private_key_der(&self) -> &[u8] {
        &self.private_key
    }

    /// The certificate.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// SHA-256 of the certificate's SubjectPublicKeyInfo: what the card holds and peers pin.
    pub fn spki_hash(&self) -> [u8; 32] {
        self.spki_hash
    }
}

fn params(spki_hash: &[u8; 32]) -> CertificateParams {
    let mut params = CertificateParams::new([TLS_NAME.to_owned()]).expect("the name is a DNS name");
    // Of several roots with one subject, BoringSSL (Python's grpcio) sees the first only: each key has its own.
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("mandorla-{}", HEXLOWER.encode(&spki_hash[..6])));
    // Cards are withdrawn by people, not by the calendar.
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2120, 1, 1);
    params
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use static_assertions::assert_not_impl_any;

    assert_not_impl_any!(TlsKey: std::fmt::Debug, Clone, PartialEq, serde::Serialize);

    fn stored(key: &TlsKey) -> (Zeroizing<Vec<u8>>, Vec<u8>) {
        (Zeroizing::new(key.private_key_der().to_vec()), key.certificate_der().to_vec())
    }

    #[test]
    fn comes_back_as_it_was_stored() {
        let key = TlsKey::generate();
        let (private_key, certificate) = stored(&key);
        let back = TlsKey::from_der(private_key, certificate).unwrap();
        assert_eq!(back.spki_hash(), key.spki_hash());
        assert_eq!(back.certificate_der(), key.certificate_der());
    }

    #[test]
    fn every_key_has_its_own_subject() {
        let key = TlsKey::generate();
        let subject = format!("mandorla-{}", HEXLOWER.encode(&key.spki_hash()[..6]));
        assert!(subject.len() <= 24);
        let found = |text: &str| key.certificate_der().windows(text.len()).filter(|w| *w == text.as_bytes()).count();
        assert_eq!((found(&subject), found(TLS_NAME)), (2, 1), "issuer and subject; SAN");
    }

    #[test]
    fn refuses_what_is_no_pair() {
        let key = TlsKey::generate();
        let (private_key, certificate) = stored(&key);
        let (_, other) = stored(&TlsKey::generate());
        let ed25519 = Zeroizing::new(KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_der());
        for (name, outcome, error) in [
            ("other certificate", TlsKey::from_der(private_key.clone(), other), InvalidTlsKey::Certificate),
            ("empty certificate", TlsKey::from_der(private_key, vec![]), InvalidTlsKey::Certificate),
            ("garbage", TlsKey::from_der(Zeroizing::new(vec![1; 40]), certificate.clone()), InvalidTlsKey::Key),
            ("another algorithm", TlsKey::from_der(ed25519, certificate), InvalidTlsKey::Key),
        ] {
            assert_eq!(outcome.err(), Some(error), "{name}");
        }
    }
}
