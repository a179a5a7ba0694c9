//! Names of columns, and what they mean.

use crate::indicator::{Field, Kind};

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The type of the value beside it.
    Type,
    /// Values.
    Value,
    /// Values, where there is a column of types; the name says too little alone.
    ValueBesideType,
    /// Values of one field.
    Field(Field),
    /// Whether the row is meant for detection.
    ToIds,
    /// Whether the row is withdrawn.
    Withdrawn,
    /// Nothing that is read.
    Other,
}

impl Role {
    /// The role of a column with this name, in any case, and with any of ` `, `_`, `-` and `.` between words.
    pub(super) fn of(name: &str) -> Self {
        let squashed = squash(name);
        match squashed.as_str() {
            "type" | "kind" | "indicatortype" | "indicatorkind" | "ioctype" | "iockind" | "attributetype"
            | "observabletype" | "artifacttype" | "datatype" | "typeofindicator" => Self::Type,
            "value"
            | "indicator"
            | "indicators"
            | "indicatorvalue"
            | "ioc"
            | "iocs"
            | "iocvalue"
            | "observable"
            | "observablevalue"
            | "artifact"
            | "artifactvalue"
            | "attributevalue"
            | "indicatorofcompromise" => Self::Value,
            "data" => Self::ValueBesideType,
            "toids" => Self::ToIds,
            "deleted" | "revoked" => Self::Withdrawn,
            _ => single(name).map_or(Self::Other, Self::Field),
        }
    }
}

/// The field of a name that stands for one field; none for composites, for what is no indicator, and for `text`, which as
/// the name of a column means prose.
fn single(name: &str) -> Option<Field> {
    match <[_; 1]>::try_from(Field::of_type(type_name(name))?).ok()? {
        [Some(Field::Kind(Kind::Text))] => None,
        [field] => field,
    }
}

/// A type's name without the quotes that files put round it.
pub(in crate::ingest) fn type_name(name: &str) -> &str {
    name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''))
}

/// Without what stands between words, in lower case.
pub(super) fn squash(name: &str) -> String {
    Field::key(type_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_of_names_in_use() {
        for (names, role) in [
            (
                &["type", "Indicator type", "indicator_type", "IOC-Type", "kind", "dataType", "observable type"][..],
                Role::Type,
            ),
            (&["value", "Indicator value", "IoC", "ioc_value", "\u{A0}Observable", "\"indicator\""], Role::Value),
            (&["data"], Role::ValueBesideType),
            (&["to_ids"], Role::ToIds),
            (&["MD5", "md5_hash", "FileHash-MD5"], Role::Field(Field::Kind(Kind::Md5))),
            (&["domain", "Domain_Name", "hostname"], Role::Field(Field::Kind(Kind::Domain))),
            (&["", "comment", "date", "Category", "TLP", "text", "uuid"], Role::Other),
        ] {
            for name in names {
                assert_eq!(Role::of(name), role, "{name}");
            }
        }
    }
}
