//! Lists of the plainly benign, to warn of what hardly belongs on a list of the hostile.
//!
//! A few small lists are built in. MISP warninglists are read unchanged, `{name, type, list,
//! matching_attributes}`, and match as MISP matches them, on canonical forms:
//!
//! | type | matches | beyond MISP |
//! |---|---|---|
//! | `string` | the value | entries are made canonical first, else compared without case; a URL that is only a host counts as its host |
//! | `substring` | a value that contains it | without case; Unicode names as punycode too |
//! | `hostname` | the host itself and all under it, `.evil.example` or not | the host of a URL or e-mail address too |
//! | `cidr` | addresses in the network | networks in it, and URLs with such a host |
//! | `regex` | `/…/i` as in PHP, found anywhere | in linear time: what needs looking round or back is reported |
//!
//! `matching_attributes` are MISP types; they become [kinds](crate::indicator::Kind), and none means all. Entries that cannot
//! be used are kept account of, by number: see [`WarnLists::unread`].
//!
//! One lookup serves all lists of a type, so that a million indicators against a million entries take seconds.

mod built_in;
mod index;
mod kinds;
mod misp;
mod pattern;

use std::io::Read;

use thiserror::Error;

use self::index::{Index, Network, Networks};
use self::kinds::Kinds;
use self::misp::{ListType, MispList};
use self::pattern::Pattern;
use crate::indicator::{Field, Indicator, Kind};

/// Lists to warn by: those built in, and MISP warninglists.
#[derive(Default)]
pub struct WarnLists {
    lists: Vec<List>,
    strings: Index<Box<str>>,
    hosts: Index<Box<str>>,
    networks: Networks,
    patterns: Vec<(u32, Pattern)>,
    unread: Vec<(u32, Option<u32>, EntryFault)>,
}

/// Why a file is no MISP warninglist that can be used. Nothing of it was added.
#[derive(Debug, Error)]
pub enum WarnListFault {
    /// The disk's word.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Not the JSON of a warninglist.
    #[error(
        "it is no MISP warninglist: see line {line}, column {column}; it needs a name, a type and a list of strings"
    )]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A type that MISP has not.
    #[error("its type is none of string, substring, hostname, cidr and regex")]
    Type,
    /// More than is held in memory.
    #[error(
        "it is too large: at most {} entries in all lists, {} MiB a file, {} MiB of substrings a list",
        MAX_ENTRIES,
        misp::MAX_BYTES >> 20,
        pattern::MAX_SUBSTRINGS >> 20
    )]
    TooLarge,
    /// Expressions that take too much memory together.
    #[error("its regular expressions are too many or too large together; split the list")]
    Patterns,
}

/// Part of a list that is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread<'a> {
    /// The list's name, as its author wrote it: not fit for a terminal as it stands.
    pub list: &'a str,
    /// The number of the entry, from 1; nothing if it is all of the list.
    pub entry: Option<u32>,
    /// Why.
    pub fault: EntryFault,
}

/// Why an entry is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EntryFault {
    /// Nothing stands there.
    #[error("it is empty")]
    Empty,
    /// Longer than any indicator.
    #[error("it is longer than any indicator")]
    TooLong,
    /// No domain and no address.
    #[error("it is no host")]
    NoHost,
    /// No network and no address.
    #[error("it is no network")]
    NoNetwork,
    /// No pattern, or one with flags that are not known.
    #[error("it is no pattern between delimiters, as in `/pattern/i`")]
    NoPattern,
    /// A pattern that is not regular, or too large.
    #[error("its pattern looks round or back, is too large, or is not valid")]
    Pattern,
    /// A list whose `matching_attributes` name no kind.
    #[error("none of the types that it is for is a kind")]
    NoKind,
}

struct List {
    name: Box<str>,
    kinds: Kinds,
}

impl WarnLists {
    /// The lists that are built in.
    pub fn built_in() -> Self {
        let mut lists = Self::default();
        for table in built_in::TABLES {
            let kinds = table.kinds.iter().copied().collect();
            let list = lists.push(table.name, kinds);
            for entry in table.entries.iter().flat_map(|entries| entries.split_ascii_whitespace()) {
                let result = lists.insert(list, table.list_type, entry);
                debug_assert!(result.is_ok(), "{entry}");
            }
        }
        lists
    }

    /// Adds a MISP warninglist (JSON). What of it cannot be used is told by [`WarnLists::unread`].
    ///
    /// # Errors
    /// If it is none, or too large. Then nothing was added.
    pub fn add(&mut self, list: impl Read) -> Result<(), WarnListFault> {
        let read = misp::read(list, MAX_ENTRIES - self.strings.len() - self.hosts.len() - self.networks.len())?;
        let kinds = Kinds::of_types(&read.matching_attributes);
        let id = u32::try_from(self.lists.len()).map_err(|_| WarnListFault::TooLarge)?;
        let mut unread = Vec::new();
        if kinds.is_empty() {
            unread.push((id, None, EntryFault::NoKind));
        }
        match read.list_type {
            ListType::Substring | ListType::Regex => {
                let pattern = Pattern::of(&read, &mut |entry, fault| unread.push((id, Some(entry), fault)))?;
                self.patterns.push((id, pattern));
            }
            _ => self.insert_all(id, &read, &mut unread),
        }
        self.push(&read.name, kinds);
        self.unread.append(&mut unread);
        Ok(())
    }

    /// What of the lists that were added is not used.
    pub fn unread(&self) -> impl Iterator<Item = Unread<'_>> {
        self.unread.iter().map(|(list, entry, fault)| Unread { list: self.name(*list), entry: *entry, fault: *fault })
    }

    /// The name of a list that has the indicator, as its author wrote it: not fit for a terminal as it stands.
    pub fn hit(&self, indicator: &Indicator) -> Option<&str> {
        let host = indicator.host();
        let host = host.as_ref().unwrap_or(indicator);
        let kind = indicator.kind();
        self.string_hit(indicator, host)
            .or_else(|| self.host_hit(kind, host))
            .or_else(|| self.network_hit(kind, host))
            .or_else(|| self.pattern_hit(indicator))
            .map(|list| self.name(list))
    }

    fn push(&mut self, name: &str, kinds: Kinds) -> u32 {
        self.lists.push(List { name: name.into(), kinds });
        u32::try_from(self.lists.len() - 1).expect("lists are counted where they are added")
    }

    fn name(&self, list: u32) -> &str {
        &self.lists[list as usize].name
    }

    fn insert_all(&mut self, list: u32, read: &MispList, unread: &mut Vec<(u32, Option<u32>, EntryFault)>) {
        for (number, entry) in (1..).zip(&read.entries) {
            if let Err(fault) = self.insert(list, read.list_type, entry) {
                unread.push((list, Some(number), fault));
            }
        }
    }

    fn insert(&mut self, list: u32, list_type: ListType, entry: &str) -> Result<(), EntryFault> {
        match (list_type, check_length(entry)?) {
            (ListType::Hostname, entry) => self.hosts.insert(host_key(entry)?, list),
            (ListType::Cidr, entry) => {
                self.networks.insert(Network::parse(entry).ok_or(EntryFault::NoNetwork)?, list);
            }
            (_, entry) => self.strings.insert(string_key(entry), list),
        }
        Ok(())
    }

    fn string_hit(&self, indicator: &Indicator, host: &Indicator) -> Option<u32> {
        let (kind, value) = (indicator.kind(), indicator.value());
        let folded = value.contains(char::is_uppercase).then(|| value.to_lowercase());
        let bare = (kind == Kind::Url && is_bare(value)).then(|| host.value());
        [Some(value), folded.as_deref(), bare]
            .into_iter()
            .flatten()
            .find_map(|key| self.first_for(kind, self.strings.lists(key)))
    }

    /// The host itself, then what it lies under.
    fn host_hit(&self, kind: Kind, host: &Indicator) -> Option<u32> {
        if self.hosts.is_empty() || !matches!(host.kind(), Kind::Domain | Kind::Ipv4 | Kind::Ipv6) {
            return None;
        }
        let parent = if host.kind() == Kind::Domain { parent } else { |_: &&str| None };
        std::iter::successors(Some(host.value()), parent).find_map(|name| self.first_for(kind, self.hosts.lists(name)))
    }

    fn network_hit(&self, kind: Kind, host: &Indicator) -> Option<u32> {
        if !matches!(host.kind(), Kind::Ipv4 | Kind::Ipv6 | Kind::Cidr) {
            return None;
        }
        let network = Network::parse(host.value())?;
        self.networks.around(&network).find_map(|lists| self.first_for(kind, lists))
    }

    fn pattern_hit(&self, indicator: &Indicator) -> Option<u32> {
        let kind = indicator.kind();
        let mut patterns = self.patterns.iter();
        let hit = |(list, pattern): &&(u32, Pattern)| self.is_for(kind, *list) && pattern.is_in(indicator.value());
        patterns.find(hit).map(|(list, _)| *list)
    }

    fn first_for(&self, kind: Kind, mut lists: impl Iterator<Item = u32>) -> Option<u32> {
        lists.find(|list| self.is_for(kind, *list))
    }

    fn is_for(&self, kind: Kind, list: u32) -> bool {
        self.lists[list as usize].kinds.contains(kind)
    }
}

/// The most entries of all lists together: some 500 MB.
const MAX_ENTRIES: usize = 5_000_000;

fn check_length(entry: &str) -> Result<&str, EntryFault> {
    match entry.trim() {
        "" => Err(EntryFault::Empty),
        entry if entry.len() > Indicator::MAX_LEN => Err(EntryFault::TooLong),
        entry => Ok(entry),
    }
}

/// The name that `name` lies right under.
fn parent<'a>(name: &&'a str) -> Option<&'a str> {
    name.split_once('.').map(|(_, parent)| parent)
}

/// Whether a canonical URL is a host and nothing else.
fn is_bare(url: &str) -> bool {
    let after_scheme = url.split_once("://").map_or("", |(_, rest)| rest);
    after_scheme.strip_suffix('/').is_some_and(|host| !host.contains(['/', '?']))
}

/// What a value is compared with: canonical, if the entry is an indicator by its form.
fn string_key(entry: &str) -> Box<str> {
    match Field::Any.read(entry, None) {
        Ok(reading) => reading.indicator.value().into(),
        Err(_) => entry.to_lowercase().into(),
    }
}

fn host_key(entry: &str) -> Result<Box<str>, EntryFault> {
    // A label alone is no indicator, but what lies under it may be: `local`, `onion`.
    let label = entry.trim_start_matches('.');
    if !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Ok(label.to_ascii_lowercase().into());
    }
    let host = Indicator::parse(Kind::Domain, entry).map_err(|_| EntryFault::NoHost)?;
    match host.kind() {
        Kind::Domain | Kind::Ipv4 | Kind::Ipv6 => Ok(host.value().into()),
        _ => Err(EntryFault::NoHost),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_what_is_built_in_is_used() {
        let lists = WarnLists::built_in();
        assert_eq!(lists.unread().count(), 0);
        for table in built_in::TABLES {
            for entry in table.entries.iter().flat_map(|entries| entries.split_ascii_whitespace()) {
                let fits = match table.list_type {
                    ListType::Cidr => Network::parse(entry).is_some(),
                    ListType::Hostname => host_key(entry).as_deref() == Ok(entry),
                    _ => entry.len() == 128 || Field::Any.read(entry, None).is_ok_and(|r| r.indicator.value() == entry),
                };
                assert!(fits, "{entry}");
            }
        }
    }

    #[test]
    fn messages_never_hold_the_list() {
        let mut lists = WarnLists::default();
        for file in [
            &b"SENSITIVE"[..],
            br#"{"name":"a","type":"SENSITIVE","list":[]}"#,
            br#"{"name":"a","type":"string","list":["a",{"SENSITIVE":1}]}"#,
            br#"{"name":"a","type":"string","list":"SENSITIVE"}"#,
        ] {
            let fault = lists.add(file).unwrap_err();
            assert!(!format!("{fault} {fault:?}").contains("SENSITIVE"));
        }
    }
}
