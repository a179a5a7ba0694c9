//! One attribute.

use serde::de::{IgnoredAny, MapAccess};

use super::Proposals;
use crate::indicator::Rejection;
use crate::ingest::json::{Key, Output, Seed, Text, Value};
use crate::ingest::{Event, Skip, typed};

/// What is read of an attribute.
pub(super) struct Attribute {
    line: u64,
    name: String,
    value: String,
    to_ids: Option<bool>,
    pub(super) is_deleted: bool,
}

impl Attribute {
    /// An attribute that begins on this line.
    pub(super) fn at(line: u64) -> Self {
        Self { line, name: String::new(), value: String::new(), to_ids: None, is_deleted: false }
    }

    /// Reads its keys; what is not needed is passed over.
    pub(super) fn read<'de, A: MapAccess<'de>>(&mut self, mut map: A, output: &mut Output<'_>) -> Result<(), A::Error> {
        let (mut key, mut deleted) = (String::new(), None);
        while map.next_key_seed(Key(&mut key))?.is_some() {
            match &*key {
                "type" => map.next_value_seed(Seed(Text(&mut self.name)))?,
                "value" => map.next_value_seed(Seed(Text(&mut self.value)))?,
                "to_ids" => map.next_value_seed(Seed(Flag(&mut self.to_ids)))?,
                "deleted" => map.next_value_seed(Seed(Flag(&mut deleted)))?,
                "ShadowAttribute" => map.next_value_seed(Seed(Proposals { output }))?,
                _ => map.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        self.is_deleted = deleted == Some(true);
        Ok(())
    }

    /// Hands over what it comes to.
    pub(super) fn emit(&self, output: &mut Output<'_>) {
        let place = output.entry(self.line);
        if self.is_deleted {
            return output.emit(place, Event::Skipped(Skip::Withdrawn));
        }
        let Some(fields) = output.types.of(&self.name) else {
            return output.emit(place, Event::Rejected(Rejection::UnknownKind));
        };
        if typed::is_other(&fields) {
            output.emit(place, Event::Skipped(Skip::OtherType));
        } else if self.to_ids == Some(false) && !output.options.all_attributes {
            output.emit(place, Event::Skipped(Skip::NotForDetection));
        } else {
            typed::read_as(&fields, &self.value, output.options, place, output.each());
        }
    }
}

/// A boolean, or what stands for one: `0`, `"1"`. Anything else says nothing.
pub(super) struct Flag<'a>(pub(super) &'a mut Option<bool>);

impl Value<'_> for Flag<'_> {
    fn text(self, text: &str) {
        *self.0 = match text {
            "1" | "true" | "True" => Some(true),
            "0" | "false" | "False" => Some(false),
            _ => None,
        };
    }
}
