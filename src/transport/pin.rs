//! Pins: which TLS keys a server admits, and the connections that hang on them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ring::digest::{SHA256, digest};
use rustls::pki_types::CertificateDer;
use rustls::server::ParsedCertificate;
use tokio::sync::watch;

/// SHA-256 of the SubjectPublicKeyInfo of a TLS certificate, as a card states it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pin(pub [u8; 32]);

impl Pin {
    /// The pin of a certificate's key. Fails if the bytes are not a certificate.
    pub fn of(certificate: &CertificateDer<'_>) -> Result<Self, rustls::Error> {
        let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
        let hash = digest(&SHA256, &key);
        Ok(Self(hash.as_ref().try_into().expect("SHA-256 gives 32 bytes")))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pin({})", data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// The admitted pins, live: clones share one set, and a change holds for the next handshake.
///
/// Every open connection of a pin watches its entry. To remove the entry drops the sending half, which ends them all: a
/// connection that was admitted once does not outlive its admission.
#[derive(Clone, Debug, Default)]
pub struct Pins(Arc<Mutex<HashMap<Pin, watch::Sender<()>>>>);

impl Pins {
    /// Admits a pin. `false` if it was admitted already; its connections go on.
    pub fn insert(&self, pin: Pin) -> bool {
        match self.entries().entry(pin) {
            Entry::Occupied(_) => false,
            Entry::Vacant(entry) => {
                entry.insert(watch::Sender::new(()));
                true
            }
        }
    }

    /// Ends a pin's admission and all its open connections: nothing that arrives after this call is served. `false` if it
    /// was not admitted.
    pub fn remove(&self, pin: &Pin) -> bool {
        self.entries().remove(pin).is_some()
    }

    /// Whether a pin is admitted now.
    pub fn contains(&self, pin: &Pin) -> bool {
        self.entries().contains_key(pin)
    }

    /// Removes every pin, and so ends every connection: the last step of a shutdown.
    pub fn clear(&self) {
        self.entries().clear();
    }

    /// A lease for one more connection of `pin`, if it is admitted and has fewer than `cap` open. It counts until dropped.
    pub(super) fn lease(&self, pin: &Pin, cap: usize) -> Result<Lease, Turned> {
        let entries = self.entries();
        let sender = entries.get(pin).ok_or(Turned::Removed)?;
        if sender.receiver_count() < cap { Ok(Lease(sender.subscribe())) } else { Err(Turned::Cap) }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Pin, watch::Sender<()>>> {
        // No holder leaves the map half-changed, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FromIterator<Pin> for Pins {
    fn from_iter<I: IntoIterator<Item = Pin>>(pins: I) -> Self {
        let entries = pins.into_iter().map(|pin| (pin, watch::Sender::new(())));
        Self(Arc::new(Mutex::new(entries.collect())))
    }
}

/// One open connection of an admitted pin.
pub(super) struct Lease(watch::Receiver<()>);

impl Lease {
    /// Waits until the pin is removed.
    pub(super) async fn ended(&mut self) {
        while self.0.changed().await.is_ok() {}
    }
}

/// Why an authenticated connection gets no lease.
#[derive(Debug)]
pub(super) enum Turned {
    /// The pin was removed during the handshake.
    Removed,
    /// The pin has as many connections as it may.
    Cap,
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Pin = Pin([1; 32]);

    #[tokio::test]
    async fn removal_ends_leases_even_if_the_pin_comes_back() {
        let pins = Pins::from_iter([A]);
        let mut lease = pins.lease(&A, 1).unwrap();
        assert!(pins.remove(&A) && !pins.contains(&A));
        assert!(pins.insert(A));
        lease.ended().await;
    }

    #[test]
    fn leases_are_counted_until_dropped() {
        let pins = Pins::from_iter([A]);
        let lease = pins.lease(&A, 1).unwrap();
        assert!(matches!(pins.lease(&A, 1), Err(Turned::Cap)));
        drop(lease);
        assert!(pins.lease(&A, 1).is_ok());
        assert!(matches!(pins.lease(&Pin([2; 32]), 1), Err(Turned::Removed)));
    }

    #[test]
    fn a_second_insert_keeps_the_connections() {
        let pins = Pins::from_iter([A]);
        let lease = pins.lease(&A, 1).unwrap();
        assert!(!pins.insert(A));
        assert!(lease.0.has_changed().is_ok());
    }
}
