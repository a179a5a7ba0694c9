//! Which lists have a key: one table for all lists of a type.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

/// Keys to the lists that have them. Most keys are on one list, some on a few: the lists of a key are a chain of links.
pub(super) struct Index<K> {
    heads: HashMap<K, u32>,
    links: Vec<Link>,
}

struct Link {
    list: u32,
    /// The number of the next link of the chain; its own, at the end.
    next: u32,
}

impl<K> Default for Index<K> {
    fn default() -> Self {
        Self { heads: HashMap::new(), links: Vec::new() }
    }
}

impl<K: Hash + Eq> Index<K> {
    pub(super) fn len(&self) -> usize {
        self.links.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    pub(super) fn insert(&mut self, key: K, list: u32) {
        let new = u32::try_from(self.links.len()).expect("entries are counted where lists are read");
        let head = self.heads.entry(key).or_insert(new);
        if *head != new && self.links[*head as usize].list == list {
            return; // lists come one after the other: a double entry meets its own list at the head
        }
        self.links.push(Link { list, next: *head });
        *head = new;
    }

    /// The lists that have `key`, the last one added first.
    pub(super) fn lists<'a, Q: Hash + Eq + ?Sized>(&'a self, key: &Q) -> impl Iterator<Item = u32> + use<'a, K, Q>
    where
        K: Borrow<Q>,
    {
        let link = |at: u32| (at, &self.links[at as usize]);
        let first = self.heads.get(key).map(|head| link(*head));
        std::iter::successors(first, move |(at, current)| (current.next != *at).then(|| link(current.next)))
            .map(|(_, link)| link.list)
    }
}

/// Networks, by the length of their prefix.
#[derive(Default)]
pub(super) struct Networks {
    index: Index<Network>,
    /// The lengths of prefixes that there are, per family.
    lengths: [Vec<u8>; 2],
}

impl Networks {
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    pub(super) fn insert(&mut self, network: Network, list: u32) {
        let lengths = &mut self.lengths[usize::from(network.is_v6)];
        if let Err(at) = lengths.binary_search(&network.prefix) {
            lengths.insert(at, network.prefix);
        }
        self.index.insert(network, list);
    }

    /// The lists that have a network round `network`, or itself, the largest first.
    pub(super) fn around(&self, network: &Network) -> impl Iterator<Item = impl Iterator<Item = u32>> {
        let lengths = self.lengths[usize::from(network.is_v6)].iter();
        let wider = lengths.take_while(|length| **length <= network.prefix);
        wider.map(|length| self.index.lists(&network.widened(*length)))
    }
}

/// A network, or an address as the network of it alone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Network {
    is_v6: bool,
    prefix: u8,
    /// The address, host bits zero, at the upper end.
    bits: u128,
}

impl Network {
    /// `address` or `address/length`; host bits are masked.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let (is_v6, bits, longest) = match address.parse().ok()? {
            IpAddr::V4(address) => (false, u128::from(address.to_bits()) << 96, 32),
            IpAddr::V6(address) => (true, address.to_bits(), 128),
        };
        let prefix = prefix.map_or(Some(longest), |prefix| prefix.parse().ok().filter(|length| *length <= longest))?;
        Some(Self { is_v6, prefix, bits }.widened(prefix))
    }

    fn widened(self, prefix: u8) -> Self {
        let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
        Self { prefix, bits: self.bits & mask, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_every_list_once() {
        let mut index = Index::<Box<str>>::default();
        for (key, list) in [("a", 0), ("b", 0), ("a", 0), ("a", 1), ("a", 1), ("c", 2), ("a", 2)] {
            index.insert(key.into(), list);
        }
        assert_eq!(index.lists("a").collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(index.lists("b").collect::<Vec<_>>(), [0]);
        assert_eq!(index.lists("d").count(), 0);
        assert_eq!(index.len(), 5);
    }

    #[test]
    fn networks_round_an_address() {
        let mut networks = Networks::default();
        for (list, network) in
            (0..).zip(["10.0.0.0/8", "10.1.0.7/16", "10.1.2.3", "2001:db8::/32", "::/0", "0.0.0.0/0"])
        {
            networks.insert(Network::parse(network).unwrap(), list);
        }
        for (network, lists) in [
            ("10.1.2.3", &[5, 0, 1, 2][..]),
            ("10.1.9.9", &[5, 0, 1]),
            ("10.1.2.0/24", &[5, 0, 1]),
            ("10.0.0.0/7", &[5]),
            ("11.0.0.1", &[5]),
            ("2001:db8::1", &[4, 3]),
            ("2001:db9::1", &[4]),
            ("::ffff:10.1.2.3", &[4]),
        ] {
            let found: Vec<_> = networks.around(&Network::parse(network).unwrap()).flatten().collect();
            assert_eq!(found, lists, "{network}");
        }
        for none in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/", "10.0.0.0/-1", "x"] {
            assert!(Network::parse(none).is_none(), "{none}");
        }
    }
}
