//! The JSON of a MISP warninglist.

use std::fmt;
use std::io::{BufRead, BufReader, Read};

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{MAX_ENTRIES, WarnListFault};

/// The largest file: some ten million entries.
pub(super) const MAX_BYTES: u64 = 256 << 20;
/// The longest name that is kept, in bytes.
const MAX_NAME: usize = 256;

/// How the entries of a list are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListType {
    String,
    Substring,
    Hostname,
    Cidr,
    Regex,
}

/// A list as its file has it.
pub(super) struct MispList {
    pub(super) name: String,
    pub(super) list_type: ListType,
    pub(super) matching_attributes: Vec<Box<str>>,
    pub(super) entries: Vec<Box<str>>,
}

/// Reads a list of at most so many entries.
pub(super) fn read(file: impl Read, most: usize) -> Result<MispList, WarnListFault> {
    let mut reader = BufReader::new(file.take(MAX_BYTES));
    if reader.fill_buf()?.starts_with(b"\xEF\xBB\xBF") {
        reader.consume(3);
    }
    let parsed = serde_json::from_reader::<_, Json>(&mut reader);
    if reader.get_ref().limit() == 0 {
        return Err(WarnListFault::TooLarge);
    }
    let json = parsed.map_err(fault)?;
    if json.list.0.len() > most {
        return Err(WarnListFault::TooLarge);
    }
    Ok(MispList {
        list_type: list_type(&json.list_type)?,
        name: bounded(json.name),
        matching_attributes: json.matching_attributes.map(|names| names.0).unwrap_or_default(),
        entries: json.list.0,
    })
}

#[derive(Deserialize)]
struct Json {
    name: String,
    #[serde(rename = "type")]
    list_type: String,
    list: Entries,
    matching_attributes: Option<Entries>,
}

/// The place alone: the parser's own words may hold the value.
fn fault(error: serde_json::Error) -> WarnListFault {
    if error.is_io() {
        return WarnListFault::Io(error.into());
    }
    WarnListFault::Json { line: error.line(), column: error.column() }
}

fn list_type(name: &str) -> Result<ListType, WarnListFault> {
    match name {
        "string" => Ok(ListType::String),
        "substring" => Ok(ListType::Substring),
        "hostname" => Ok(ListType::Hostname),
        "cidr" => Ok(ListType::Cidr),
        "regex" => Ok(ListType::Regex),
        _ => Err(WarnListFault::Type),
    }
}

fn bounded(mut name: String) -> String {
    name.truncate(name.floor_char_boundary(MAX_NAME));
    name
}

/// A list of strings, or an object from strings to comments, which MISP takes as well.
struct Entries(Vec<Box<str>>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntriesVisitor)
    }
}

/// One more than all lists may have is kept, so that the caller sees that there are too many.
fn push<E: serde::de::Error>(list: &mut Vec<Box<str>>, entry: Box<str>) -> Result<(), E> {
    if list.len() > MAX_ENTRIES {
        return Err(E::custom("too many entries"));
    }
    list.push(entry);
    Ok(())
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of strings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Entries, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            push(&mut list, entry)?;
        }
        Ok(Entries(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Entries, A::Error> {
        let mut list = Vec::new();
        while let Some((entry, IgnoredAny)) = entries.next_entry()? {
            push(&mut list, entry)?;
        }
        Ok(Entries(list))
    }
}
