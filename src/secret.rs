//! Bytes that are wiped when dropped, never printed, and compared in constant time.

use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// `N` secret bytes: no `Debug`, no `Clone`, no `PartialEq`, no serialisation. Wiped on drop, as far as the compiler and
/// the allocator let us: copies that they made on the way are out of reach, so this is care, not a promise.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    /// Takes over bytes that were just derived or opened.
    pub fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// Fresh bytes from the operating system.
    pub fn random() -> Self {
        let mut secret = Self([0; N]);
        fill_random(&mut secret.0);
        secret
    }

    /// The one door to the bytes. What leaves through it is the caller's to guard.
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// Whether both hold the same bytes, in time that does not depend on where they differ.
    pub fn same_as(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// Public random bytes: nonces and identifiers.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill_random(&mut bytes);
    bytes
}

fn fill_random(bytes: &mut [u8]) {
    SystemRandom::new().fill(bytes).expect("the operating system gives random bytes");
}

#[cfg(test)]
mod tests {
    use super::*;
    use static_assertions::assert_not_impl_any;

    assert_not_impl_any!(Secret<32>: std::fmt::Debug, std::fmt::Display, Clone, PartialEq, serde::Serialize);

    #[test]
    fn compares_whole_content() {
        assert!(Secret::new([7; 32]).same_as(&Secret::new([7; 32])));
        let mut other = [7; 32];
        other[31] = 8;
        assert!(!Secret::new([7; 32]).same_as(&Secret::new(other)));
    }

    #[test]
    fn random_differs() {
        assert!(!Secret::<32>::random().same_as(&Secret::random()));
    }
}
