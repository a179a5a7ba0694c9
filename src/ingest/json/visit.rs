//! What JSON values are to a reader: texts, lists and maps. Numbers and booleans are texts, and null is nothing.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Takes a value as it comes. What is not asked for is passed over.
pub(in crate::ingest) trait Value<'de>: Sized {
    /// A string, or what else is written without brackets.
    fn text(self, text: &str) {
        let _ = text;
    }

    /// An array.
    fn list<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        pass_list(list)
    }

    /// An object.
    fn map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        pass_map(map)
    }
}

/// Passes over the rest of an array.
pub(in crate::ingest) fn pass_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Passes over the rest of an object.
pub(in crate::ingest) fn pass_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Hands a [`Value`] to serde.
pub(in crate::ingest) struct Seed<V>(pub(in crate::ingest) V);

impl<'de, V: Value<'de>> DeserializeSeed<'de> for Seed<V> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, V: Value<'de>> Visitor<'de> for Seed<V> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.text(text);
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.visit_str(if value { "true" } else { "false" })
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.visit_str(&value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.visit_str(&value.to_string())
    }

    /// In this form a number beyond 64 bits, whose last digits are lost here, is not taken for an identifier.
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.visit_str(&format!("{value:e}"))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.0.list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.map(map)
    }
}

/// A key, written over the one before it.
pub(in crate::ingest) struct Key<'a>(pub(in crate::ingest) &'a mut String);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(Seed(Text(self.0)))
    }
}

/// A text, written over the one before it and cut where it is far longer than any indicator.
pub(in crate::ingest) struct Text<'a>(pub(in crate::ingest) &'a mut String);

impl Value<'_> for Text<'_> {
    fn text(self, text: &str) {
        self.0.clear();
        self.0.push_str(&text[..text.floor_char_boundary(MAX_TEXT)]);
    }
}

const MAX_TEXT: usize = 64 * 1024;
