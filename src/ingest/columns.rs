//! What the columns of a table mean, by their names: a type beside a value, or a column a kind.
//!
//! A column of values with one of types is read by the types, without one by the form of the values; hashes beside it name
//! the same file, and are read as well. Without a column of values, those that are named after a kind are read, so that
//! a row may give several indicators; but beside others those are not that describe an indicator more often than they
//! are one (`filename`, `user-agent`, `asn`). What is not read is named in the outcome. An empty cell is nothing.
//! A cell may hold several values, between `;`, commas or line ends, if each of them is one.
//!
//! `to_ids` of 0 sets a row aside, as `deleted` and `revoked` of 1 do.

mod names;

pub(super) use self::names::type_name;
use self::names::{Role, squash};
use super::entry::Entry;
use super::{Event, Options, Place, Skip};
use crate::indicator::{Field, Kind, Reading, Rejection, trim};

/// The columns of a table whose names say where the indicators are. At least one is known.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    names: Vec<String>,
    types: Option<usize>,
    values: Option<usize>,
    fields: Vec<(usize, Field)>,
    to_ids: Option<usize>,
    withdrawn: Vec<usize>,
}

impl Columns {
    /// The meaning of these names; nothing, if none of them is known.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Option<Self> {
        let names: Vec<String> = names.map(|name| unquoted(name).to_owned()).collect();
        let roles: Vec<Role> = names.iter().map(|name| Role::of(name)).collect();
        let first = |role| roles.iter().position(|other| *other == role);
        let types = first(Role::Type);
        let values = first(Role::Value).or_else(|| types.and_then(|_| first(Role::ValueBesideType)));
        let mut columns = Self {
            types: types.filter(|_| values.is_some()),
            values,
            fields: Vec::new(),
            to_ids: first(Role::ToIds),
            withdrawn: (0..roles.len()).filter(|i| roles[*i] == Role::Withdrawn).collect(),
            names,
        };
        for (place, role) in roles.into_iter().enumerate() {
            if let Role::Field(field) = role {
                columns.fields.push((place, field));
            }
        }
        columns.drop_descriptions();
        (columns.values.is_some() || !columns.fields.is_empty()).then_some(columns)
    }

    /// Beside a column of values, hashes name the same file as the value does; other columns describe it. Without one, a file's
    /// name or an autonomous system is the subject of a table only where nothing else is.
    fn drop_descriptions(&mut self) {
        let describes = |field: &Field| matches!(field, Field::Kind(Kind::Asn | Kind::Filename | Kind::UserAgent));
        if self.values.is_some() {
            self.fields.retain(|(_, field)| is_hash(field));
        } else if self.fields.iter().any(|(_, field)| !describes(field)) {
            self.fields.retain(|(_, field)| !describes(field));
        }
    }

    /// The names that mean nothing here, as the file has them.
    pub(super) fn unread(&self) -> Vec<String> {
        let is_unread = |place: &usize| {
            [self.types, self.values, self.to_ids].iter().all(|read| *read != Some(*place))
                && !self.withdrawn.contains(place)
                && self.fields.iter().all(|(read, _)| read != place)
        };
        (0..self.names.len()).filter(is_unread).map(|place| self.names[place].clone()).collect()
    }

    /// How many columns there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is a column of values, so that the names can be nothing but a header.
    pub(super) fn has_values(&self) -> bool {
        self.values.is_some()
    }

    /// Whether a type stands beside each value.
    pub(super) fn has_types(&self) -> bool {
        self.types.is_some()
    }

    /// The places of the columns that hold indicators.
    pub(super) fn read_places(&self) -> impl Iterator<Item = usize> {
        self.values.into_iter().chain(self.fields.iter().map(|(place, _)| *place))
    }

    /// What a lone column holds.
    pub(super) fn only(&self) -> Field {
        self.fields.first().map_or(Field::Any, |(_, field)| field.clone())
    }

    /// Whether these cells are the names once more.
    pub(super) fn are_names<'a>(&self, cells: impl ExactSizeIterator<Item = &'a str>) -> bool {
        cells.len() == self.names.len()
            && cells.zip(&self.names).all(|(cell, name)| unquoted(cell).eq_ignore_ascii_case(name))
    }

    /// Reads a row: its cells in the order of the names. Missing cells are empty.
    pub(super) fn read(&self, cells: &[&str], options: &Options, place: Place, each: &mut dyn FnMut(Place, Event)) {
        let mut entry = Entry { options, place, each };
        let cell = |place: usize| trim(cells.get(place).copied().unwrap_or_default());
        if let Some(skip) = self.skip(cell, options) {
            return entry.skip(skip);
        }
        let mut is_empty = true;
        if let Some(values) = self.values.map(cell).filter(|value| !value.is_empty()) {
            is_empty = false;
            self.read_value(self.types.map(cell).unwrap_or_default(), values, &mut entry);
        }
        for (place, field) in &self.fields {
            if !is_nothing(cell(*place)) {
                is_empty = false;
                self.read_cell(&field.or(&options.bare), cell(*place), &mut entry);
            }
        }
        if is_empty && cells.iter().any(|cell| !trim(cell).is_empty()) {
            let has_place = self.values.is_none_or(|place| place < cells.len());
            entry.reject(if has_place { Rejection::Empty } else { Rejection::MissingColumn });
        }
    }

    /// Why the row is set aside, if it says so.
    fn skip<'a>(&self, cell: impl Fn(usize) -> &'a str, options: &Options) -> Option<Skip> {
        if self.withdrawn.iter().any(|place| is_true(cell(*place))) {
            Some(Skip::Withdrawn)
        } else if !options.all_attributes && self.to_ids.is_some_and(|place| is_false(cell(place))) {
            Some(Skip::NotForDetection)
        } else {
            None
        }
    }

    /// Reads a value beside its type, if it has one.
    fn read_value(&self, name: &str, value: &str, entry: &mut Entry<'_>) {
        let name = type_name(name);
        if name.is_empty() {
            return self.read_cell(&entry.options.bare, value, entry);
        }
        if self.to_ids.is_some() && name.eq_ignore_ascii_case("text") {
            return entry.skip(Skip::OtherType); // MISP's text is prose
        }
        match Field::of_type(name).as_deref() {
            Some([Some(field)]) => self.read_cell(&field.or(&entry.options.bare), value, entry),
            _ => entry.read_typed(name, value),
        }
    }

    /// Reads the value of a cell, or its values if there are several.
    fn read_cell(&self, field: &Field, cell: &str, entry: &mut Entry<'_>) {
        let whole = entry.reading(field, cell);
        if let Some(parts) = parts(field, cell, &whole, entry) {
            return parts.into_iter().for_each(|part| entry.found(part));
        }
        let stripped = without_comment(cell);
        match whole {
            Err(_) if stripped.len() < cell.len() => entry.read(field, stripped),
            Ok(reading) => entry.found(reading),
            Err(reason) => entry.reject(reason),
        }
    }
}

/// The several values of a cell. What is one value as it stands is one: a URL may hold commas, and another URL.
fn parts(field: &Field, cell: &str, whole: &Result<Reading, Rejection>, entry: &Entry<'_>) -> Option<Vec<Reading>> {
    const BETWEEN: [char; 4] = [';', ',', '\n', '\r'];
    if whole.is_ok() || !cell.contains(BETWEEN) {
        return None;
    }
    let parts = cell.split(BETWEEN).map(trim).filter(|part| !part.is_empty());
    parts.map(|part| entry.reading(field, part).ok()).collect::<Option<Vec<_>>>().filter(|parts| !parts.is_empty())
}

/// `text` up to a blank with `#`, `;` or `//` after it, outside double quotes.
pub(super) fn without_comment(text: &str) -> &str {
    let is_comment = |at: &usize| {
        let (before, mark) = text.split_at(*at);
        before.ends_with(char::is_whitespace)
            && (!mark.starts_with('/') || mark.starts_with("//"))
            && memchr::memchr_iter(b'"', before.as_bytes()).count().is_multiple_of(2)
    };
    let start = memchr::memchr3_iter(b'#', b';', b'/', text.as_bytes()).find(is_comment);
    start.map_or(text, |at| trim(&text[..at]))
}

fn is_hash(field: &Field) -> bool {
    const HASHES: [Kind; 5] = [Kind::Imphash, Kind::Md5, Kind::Sha1, Kind::Sha256, Kind::Sha512];
    matches!(field, Field::Hash) || matches!(field, Field::Kind(kind) if HASHES.contains(kind))
}

/// What tables of many columns write where they know nothing.
fn is_nothing(cell: &str) -> bool {
    ["", "-", "--", "n/a", "na", "none", "null", "nan", "unknown", "?"]
        .iter()
        .any(|nothing| cell.eq_ignore_ascii_case(nothing))
}

fn is_true(cell: &str) -> bool {
    matches!(squash(cell).as_str(), "1" | "true" | "yes")
}

fn is_false(cell: &str) -> bool {
    matches!(squash(cell).as_str(), "0" | "false" | "no")
}

fn unquoted(text: &str) -> &str {
    trim(trim(text).trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &str) -> Option<Columns> {
        Columns::of(names.split(','))
    }

    /// What a row gives, a word each.
    fn row(names: &str, cells: &[&str], options: &Options) -> Vec<String> {
        let mut events = Vec::new();
        columns(names).unwrap().read(cells, options, Place::line(1), &mut |_, event| {
            events.push(match event {
                Event::Found(reading) => format!("{} {}", reading.indicator.kind(), reading.indicator.value()),
                Event::Rejected(reason) => format!("{reason:?}"),
                Event::Skipped(skip) => skip.name().to_owned(),
            });
        });
        events
    }

    #[test]
    fn names_that_make_a_table() {
        for (names, unread) in [
            ("type,value", ""),
            ("Indicator type,Indicator,Description", "Description"),
            ("value,type,notes", "notes"),
            ("dataType,data,tags", "tags"),
            ("ioc", ""),
            ("date,url,threat", "date,threat"),
            ("domain,type", "type"),
            ("IoC,Type,Category,SHA1,C2Domain", "Category,C2Domain"),
            ("ip,asn,country,domain", "asn,country"),
            ("filename,size", "size"),
        ] {
            assert_eq!(columns(names).map(|columns| columns.unread().join(",")).as_deref(), Some(unread), "{names}");
        }
        for names in ["", "type,date", "data,comment", "evil.example,other.example", "a,b,c"] {
            assert!(columns(names).is_none(), "{names}");
        }
    }

    #[test]
    fn rows() {
        let options = Options::default();
        let hash = "a".repeat(40);
        let sha1 = format!("sha1 {hash}");
        for (names, cells, expected) in [
            ("type,value", &["domain", "evil.example"][..], &["domain evil.example"][..]),
            ("type,value", &[" \"Domain\" ", "EVIL[.]example"], &["domain evil.example"]),
            ("type,value", &["domain_name", "evil.example # seen"], &["domain evil.example"]),
            ("type,value", &["", "evil.example"], &["domain evil.example"]),
            ("type,value", &["zebra", "evil.example"], &["UnknownKind"]),
            ("type,value", &["domain", ""], &["Empty"]),
            ("type,value", &["domain"], &["MissingColumn"]),
            ("type,value", &["", " "], &[]),
            ("type,value", &["domain", "evil\u{FFFD}.example"], &["NotUtf8"]),
            ("type,value", &["domain", "a.example; b.example"], &["domain a.example", "domain b.example"]),
            ("value", &["a.example\n192.0.2.1,"], &["domain a.example", "ipv4 192.0.2.1"]),
            (
                "url",
                &["https://a.example/x;\nhttps://b.example/"],
                &["url https://a.example/x", "url https://b.example/"],
            ),
            ("url", &["https://a.example/x;https://b.example/"], &["url https://a.example/x;https://b.example/"]),
            ("domain,sha1,date", &["evil.example", &hash, "2026"], &["domain evil.example", &sha1]),
            ("domain,sha1,date", &["evil.example", "N/A", "2026"], &["domain evil.example"]),
            ("domain,sha1,date", &["", "-", "2026"], &["Empty"]),
            ("value,type,to_ids", &["evil.example", "domain", "0"], &["not-for-detection"]),
            ("value,type,to_ids", &["evil.example", "domain", "True"], &["domain evil.example"]),
            ("value,type,deleted", &["evil.example", "domain", "1"], &["withdrawn"]),
        ] {
            assert_eq!(row(names, cells, &options), expected, "{names}: {cells:?}");
        }
        let all = Options { all_attributes: true, ..options };
        assert_eq!(row("value,to_ids", &["evil.example", "0"], &all), ["domain evil.example"]);
    }
}
