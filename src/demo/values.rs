//! Made-up indicators of every kind, from reserved names and ranges, and the ways in which people write them.

use std::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::HEXLOWER;

use crate::indicator::Kind;

/// A small generator of numbers: BLAKE3's output over the seed, so that a seed gives the same demo everywhere.
pub(super) struct Dice(blake3::OutputReader);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(blake3::Hasher::new_derive_key("mandorla/1 demo").update(&seed.to_le_bytes()).finalize_xof())
    }

    /// 0 to `n - 1`, evenly enough for a demo.
    pub(super) fn below(&mut self, n: usize) -> usize {
        (u64::from_le_bytes(self.bytes()) % n as u64) as usize
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    fn hex<const N: usize>(&mut self) -> String {
        HEXLOWER.encode(&self.bytes::<N>())
    }
}

/// The kinds that are played with.
pub(super) const KINDS: [Kind; 10] = [
    Kind::Account,
    Kind::Domain,
    Kind::Email,
    Kind::Ipv4,
    Kind::Ipv6,
    Kind::Md5,
    Kind::Phone,
    Kind::Sha1,
    Kind::Sha256,
    Kind::Url,
];

/// An indicator as it should come out: made in its one spelling, without the code that reads lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Plain {
    pub(super) kind: Kind,
    pub(super) value: String,
}

impl Plain {
    pub(super) fn make(kind: Kind, dice: &mut Dice) -> Self {
        let value = match kind {
            Kind::Account => account(dice),
            Kind::Domain => domain(dice),
            Kind::Email => email(dice),
            Kind::Ipv4 => Ipv4Addr::from_bits(0xC612_0000 + dice.below(1 << 17) as u32).to_string(),
            Kind::Ipv6 => ipv6(dice).to_string(),
            Kind::Md5 => dice.hex::<16>(),
            Kind::Phone => format!("+999555{:07}", dice.below(10_000_000)),
            Kind::Sha1 => dice.hex::<20>(),
            Kind::Sha256 => dice.hex::<32>(),
            Kind::Url => format!("https://{}/{}?id={}", domain(dice), dice.pick(&PATHS), dice.hex::<2>()),
            other => unreachable!("{other} is not among KINDS"),
        };
        Self { kind, value }
    }
}

/// Of letters and digits and no longer than 15, as every platform takes them.
fn account(dice: &mut Dice) -> String {
    format!("{}:{}{:06}", dice.pick(&PLATFORMS), dice.pick(&ADJECTIVES), dice.below(1_000_000))
}

/// RFC 2606: names that nobody can have.
fn domain(dice: &mut Dice) -> String {
    let (adjective, noun) = (dice.pick(&ADJECTIVES), dice.pick(&NOUNS));
    format!("{adjective}-{noun}-{}.{}", dice.below(10_000), dice.pick(&RESERVED))
}

fn email(dice: &mut Dice) -> String {
    let (name, noun) = (dice.pick(&NAMES), dice.pick(&NOUNS));
    format!("{name}.{noun}{}@{}-mail.example", dice.below(100_000), dice.pick(&ADJECTIVES))
}

/// RFC 3849: the documentation range.
fn ipv6(dice: &mut Dice) -> Ipv6Addr {
    let mut group = || dice.below(1 << 16) as u16;
    Ipv6Addr::new(0x2001, 0xdb8, group(), 0, 0, 0, group(), group())
}

/// How an organisation writes its list. What they write differs; what is compared does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hand {
    /// As it is compared.
    Plain,
    /// `hxxps://evil[.]example`
    Defanged,
    /// In capitals, wherever capitals mean the same.
    Capitals,
    /// With dots, ports, prefixes, zeros and brackets that mean nothing.
    Long,
    /// `kind,value`
    Columns,
}

impl Hand {
    pub(super) const ALL: [Self; 5] = [Self::Plain, Self::Defanged, Self::Capitals, Self::Long, Self::Columns];

    /// The hand of the member at this place.
    pub(super) fn of(place: usize) -> Self {
        Self::ALL[place % Self::ALL.len()]
    }

    /// The line for an indicator.
    pub(super) fn write(self, indicator: &Plain) -> String {
        match self {
            Self::Plain => indicator.value.clone(),
            Self::Defanged => defanged(indicator),
            Self::Capitals => capitals(indicator),
            Self::Long => long(indicator),
            Self::Columns => format!("{},{}", indicator.kind, indicator.value),
        }
    }
}

fn defanged(Plain { kind, value }: &Plain) -> String {
    match kind {
        Kind::Domain | Kind::Ipv4 => value.replace('.', "[.]"),
        Kind::Email => value.replace('@', "[at]").replace('.', "[.]"),
        Kind::Url => {
            let (host, path) = host_and_path(value);
            format!("hxxps://{}{path}", host.replace('.', "[.]"))
        }
        _ => value.clone(),
    }
}

fn capitals(Plain { kind, value }: &Plain) -> String {
    match kind {
        Kind::Account => value.to_uppercase().replace("TWITTER:", "X:@"),
        Kind::Url => {
            let (host, path) = host_and_path(value);
            format!("HTTPS://{}{path}", host.to_uppercase())
        }
        _ => value.to_uppercase(),
    }
}

fn long(Plain { kind, value }: &Plain) -> String {
    match kind {
        Kind::Account => value.replace(':', ":@"),
        Kind::Domain => format!("{value}."),
        Kind::Email => format!("mailto:{value}"),
        Kind::Ipv4 => format!("{value}/32"),
        Kind::Ipv6 => value.parse().map_or(value.clone(), full),
        Kind::Phone => format!("+999 ({}) {}-{}", &value[4..7], &value[7..10], &value[10..]),
        Kind::Url => {
            let (host, path) = host_and_path(value);
            format!("https://{host}:443{path}#top")
        }
        _ => format!("{value}  # from the sandbox"),
    }
}

fn full(address: Ipv6Addr) -> String {
    address.segments().map(|group| format!("{group:04x}")).join(":")
}

fn host_and_path(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("https://").unwrap_or(url);
    rest.split_at(rest.find('/').unwrap_or(rest.len()))
}

const PLATFORMS: [&str; 6] = ["facebook", "instagram", "mastodon", "telegram", "tiktok", "twitter"];
const RESERVED: [&str; 4] = ["example", "example.com", "example.net", "example.org"];
const PATHS: [&str; 6] = ["ballot", "confirm", "login", "poll", "update", "verify"];
const NAMES: [&str; 12] = ["alex", "dana", "eli", "jo", "kim", "lee", "maria", "noor", "pat", "ravi", "sam", "vera"];
const ADJECTIVES: [&str; 16] = [
    "amber", "brisk", "civic", "daily", "early", "fair", "golden", "honest", "local", "open", "plain", "quick", "real",
    "secure", "true", "vivid",
];
const NOUNS: [&str; 16] = [
    "ballot", "bulletin", "citizen", "count", "debate", "forum", "herald", "mirror", "monitor", "observer", "poll",
    "portal", "signal", "tally", "voice", "vote",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{self, Event, Options};

    #[test]
    fn every_hand_means_the_same() {
        let mut dice = Dice::new(1);
        for kind in KINDS {
            for _ in 0..200 {
                let plain = Plain::make(kind, &mut dice);
                for hand in Hand::ALL {
                    let line = hand.write(&plain);
                    let mut found = Vec::new();
                    let each = |_, event| match event {
                        Event::Found(reading) => found.push(reading.indicator),
                        other => panic!("{line}: {other:?}"),
                    };
                    ingest::read(line.as_bytes(), &Options::default(), each).unwrap();
                    let read: Vec<_> = found.iter().map(|found| (found.kind(), found.value())).collect();
                    assert_eq!(read, [(kind, plain.value.as_str())], "{line}");
                }
            }
        }
    }

    #[test]
    fn a_seed_repeats() {
        let values = |seed| {
            let mut dice = Dice::new(seed);
            KINDS.map(|kind| Plain::make(kind, &mut dice))
        };
        assert_eq!(values(1), values(1));
        assert_ne!(values(1), values(2));
    }
}
