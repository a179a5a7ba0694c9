//! The TLS configurations: 1.3 alone, certificates on both sides, pins in place of authorities.
//!
//! Sessions are never resumed: a resumed session skips the verifier, so a client would outlive its removal.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, PeerMisbehaved, ServerConfig,
    SignatureScheme, version,
};

use super::pin::{Pin, Pins};
use crate::home::Home;

/// The TLS half of an identity: its self-signed certificate and the key to it.
pub struct TlsIdentity {
    certificate: Arc<SingleCertAndKey>,
    pin: Pin,
}

impl TlsIdentity {
    /// From a DER certificate and its PKCS#8 DER key, ECDSA P-256. Fails if either cannot be read or they do not belong
    /// together.
    pub fn new(certificate_der: Vec<u8>, key_der: &[u8]) -> Result<Self, TlsIdentityError> {
        let certificate = CertificateDer::from(certificate_der);
        let pin = Pin::of(&certificate)?;
        let key = ring::sign::any_ecdsa_type(&PrivateKeyDer::Pkcs8(key_der.into()))?;
        let certified = CertifiedKey::new(vec![certificate], key);
        certified.keys_match()?;
        Ok(Self { certificate: Arc::new(certified.into()), pin })
    }

    /// That of a home.
    pub fn of(home: &Home) -> Result<Self, TlsIdentityError> {
        Self::new(home.tls().certificate_der().to_vec(), home.tls().private_key_der())
    }

    /// The pin that others know this identity by.
    pub fn pin(&self) -> Pin {
        self.pin
    }

    /// A server that admits `pins`.
    pub(super) fn server_config(&self, pins: Pins) -> ServerConfig {
        let verifier = AdmittedClient { pins, signatures: Signatures::new() };
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&version::TLS13])
            .expect("ring has TLS 1.3")
            .with_client_cert_verifier(Arc::new(verifier))
            .with_cert_resolver(self.certificate.clone());
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config
    }

    /// A client that talks to `server` alone.
    pub(super) fn client_config(&self, server: Pin) -> ClientConfig {
        let verifier = PinnedServer { pin: server, signatures: Signatures::new() };
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&version::TLS13])
            .expect("ring has TLS 1.3")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(self.certificate.clone());
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.resumption = Resumption::disabled();
        config
    }
}

/// A certificate and key that cannot serve as an identity.
#[derive(Debug, thiserror::Error)]
#[error("the TLS certificate and key of this home are unusable ({0}): restore both files from a backup, together")]
pub struct TlsIdentityError(#[from] Error);

/// The name that every client sends. Names say nothing here, so it is the same for all and tells an observer nothing.
pub(super) fn server_name() -> ServerName<'static> {
    ServerName::try_from("mandorla").expect("a DNS name")
}

const ALPN: &[u8] = b"h2";

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Checks the signatures that prove possession of a key. That stays rustls's own work; here is only the choice of schemes.
#[derive(Debug)]
struct Signatures(WebPkiSupportedAlgorithms);

impl Signatures {
    const SCHEME: SignatureScheme = SignatureScheme::ECDSA_NISTP256_SHA256;

    fn new() -> Self {
        Self(ring::default_provider().signature_verification_algorithms)
    }

    fn verify(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if signature.scheme != Self::SCHEME {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        }
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn refuse_tls12() -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not spoken here".into()))
    }
}

/// rustls sends this as the alert `access_denied`, by which a client knows that it is its card that is refused.
const NOT_PINNED: Error = Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure);

#[derive(Debug)]
struct AdmittedClient {
    pins: Pins,
    signatures: Signatures,
}

impl ClientCertVerifier for AdmittedClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.pins.contains(&Pin::of(end_entity)?) { Ok(ClientCertVerified::assertion()) } else { Err(NOT_PINNED) }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Signatures::refuse_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signatures.verify(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![Signatures::SCHEME]
    }
}

#[derive(Debug)]
struct PinnedServer {
    pin: Pin,
    signatures: Signatures,
}

impl ServerCertVerifier for PinnedServer {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if Pin::of(end_entity)? == self.pin { Ok(ServerCertVerified::assertion()) } else { Err(NOT_PINNED) }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Signatures::refuse_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signatures.verify(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![Signatures::SCHEME]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::HandshakeKind;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    /// The certificate of one key in the hands of the owner of another: what a thief of certificates has.
    fn identities() -> (TlsIdentity, TlsIdentity) {
        let (owner, thief) =
            ["mandorla", "mandorla"].map(|name| rcgen::generate_simple_self_signed([name.to_owned()]).unwrap()).into();
        let honest = TlsIdentity::new(owner.cert.der().to_vec(), &owner.signing_key.serialize_der()).unwrap();
        let key = PrivateKeyDer::Pkcs8(thief.signing_key.serialize_der().into());
        let stolen = CertifiedKey::new(vec![owner.cert.der().clone()], ring::sign::any_ecdsa_type(&key).unwrap());
        let stolen = TlsIdentity { certificate: Arc::new(stolen.into()), pin: honest.pin };
        (honest, stolen)
    }

    /// Whether the client and the server are content, and how the client's handshake went.
    async fn shake(client: Arc<ClientConfig>, server: Arc<ServerConfig>) -> (bool, bool, Option<HandshakeKind>) {
        let (here, there) = duplex(64 * 1024);
        let client = async {
            let mut tls = TlsConnector::from(client).connect(server_name(), here).await.ok()?;
            tls.read_to_end(&mut Vec::new()).await.ok()?;
            tls.get_ref().1.handshake_kind()
        };
        let server = async {
            let mut tls = TlsAcceptor::from(server).accept(there).await.ok()?;
            tls.shutdown().await.ok()
        };
        let (client, server) = tokio::join!(client, server);
        (client.is_some(), server.is_some(), client)
    }

    #[tokio::test]
    async fn a_certificate_without_its_key_is_worth_nothing() {
        let ((home, stolen_home), (server, stolen_server)) = (identities(), identities());
        let pins = Pins::from_iter([home.pin()]);
        let client = |of: &TlsIdentity| Arc::new(of.client_config(server.pin()));
        let serve = |of: &TlsIdentity| Arc::new(of.server_config(pins.clone()));
        assert_eq!(shake(client(&home), serve(&server)).await, (true, true, Some(HandshakeKind::Full)));
        assert_eq!(shake(client(&stolen_home), serve(&server)).await, (false, false, None));
        assert_eq!(shake(client(&home), serve(&stolen_server)).await, (false, false, None));
    }

    #[tokio::test]
    async fn no_session_is_resumed() {
        let ((home, _), (server, _)) = (identities(), identities());
        let mut eager = home.client_config(server.pin());
        eager.resumption = Resumption::default();
        let (eager, config) = (Arc::new(eager), Arc::new(server.server_config(Pins::from_iter([home.pin()]))));
        for _ in 0..2 {
            let shaken = shake(eager.clone(), config.clone()).await;
            assert_eq!(shaken, (true, true, Some(HandshakeKind::Full)));
        }
    }

    #[tokio::test]
    async fn a_client_without_a_certificate_is_refused() {
        let ((home, _), (server, _)) = (identities(), identities());
        let verifier = PinnedServer { pin: server.pin(), signatures: Signatures::new() };
        let bare = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&version::TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        let config = Arc::new(server.server_config(Pins::from_iter([home.pin()])));
        assert_eq!(shake(Arc::new(bare), config).await, (false, false, None));
    }
}
