//! MISP: events, feeds and what a search answers, in JSON.
//!
//! - An attribute's `type` names its kind; composites as `domain|ip` are split. A type that is unknown is a rejection, one
//!   that is no indicator (`comment`, `link`, `port`) is set aside.
//! - Attributes with `to_ids` false are not meant for detection, and set aside unless all are asked for. Feeds always have
//!   `to_ids`; where it is absent, as in lists that other tools write, the attribute counts as meant.
//! - Attributes with `deleted`, and all of an object with it, are set aside. So are proposals (`ShadowAttribute`).
//! - Tags, galaxies, organisations, reports and related events are not looked into: their `value` is no indicator's.
//!
//! **Source.** The MISP core format, draft-dulaunoy-misp-core-format.

mod attribute;
mod types;

use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use self::attribute::{Attribute, Flag};
pub(super) use self::types::Types;
use super::json::{Key, Output, Seed, Value, pass_map};
use super::{Event, Format, Skip};

/// An event, or an array of them.
pub(super) struct Events<'o, 'a> {
    pub(super) output: &'o mut Output<'a>,
}

impl<'de> Value<'de> for Events<'_, '_> {
    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Seed(Events { output: self.output }))?.is_some() {}
        Ok(())
    }

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { output } = self;
        output.met(Format::Misp);
        let mut key = String::new();
        while map.next_key_seed(Key(&mut key))?.is_some() {
            match &*key {
                "Attribute" => map.next_value_seed(Seed(Attributes::of(output)))?,
                "Object" => map.next_value_seed(Seed(Objects { output }))?,
                "ShadowAttribute" => map.next_value_seed(Seed(Proposals { output }))?,
                _ => map.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        Ok(())
    }
}

/// An attribute, or an array of them.
pub(super) struct Attributes<'o, 'a> {
    output: &'o mut Output<'a>,
    /// Where they wait for the end of their object; otherwise each is read as it comes.
    held: Option<&'o mut Vec<Attribute>>,
    is_withdrawn: bool,
}

impl<'o, 'a> Attributes<'o, 'a> {
    /// Those of an event.
    pub(super) fn of(output: &'o mut Output<'a>) -> Self {
        Self { output, held: None, is_withdrawn: false }
    }
}

impl<'de> Value<'de> for Attributes<'_, '_> {
    fn list<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        self.output.met(Format::Misp);
        loop {
            let (held, is_withdrawn) = (self.held.as_deref_mut(), self.is_withdrawn);
            if list.next_element_seed(Seed(Attributes { output: self.output, held, is_withdrawn }))?.is_none() {
                return Ok(());
            }
        }
    }

    fn map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.output.met(Format::Misp);
        let mut attribute = Attribute::at(self.output.line());
        attribute.read(map, self.output)?;
        attribute.is_deleted |= self.is_withdrawn;
        match self.held {
            Some(held) if held.len() < MAX_HELD => held.push(attribute),
            Some(_) | None => attribute.emit(self.output),
        }
        Ok(())
    }
}

/// So many attributes wait for an object's end to tell whether it is deleted. Objects have tens; where one has more, the
/// rest is taken by its own `deleted`, which MISP sets as well.
const MAX_HELD: usize = 1000;

/// An object, or an array of them. `deleted` may come after the attributes, which then wait for it.
pub(super) struct Objects<'o, 'a> {
    pub(super) output: &'o mut Output<'a>,
}

impl<'de> Value<'de> for Objects<'_, '_> {
    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.output.met(Format::Misp);
        while list.next_element_seed(Seed(Objects { output: self.output }))?.is_some() {}
        Ok(())
    }

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { output } = self;
        output.met(Format::Misp);
        let (mut held, mut deleted, mut key) = (Vec::new(), None, String::new());
        while map.next_key_seed(Key(&mut key))?.is_some() {
            match &*key {
                "Attribute" => {
                    let held = deleted.is_none().then_some(&mut held);
                    let is_withdrawn = deleted == Some(true);
                    map.next_value_seed(Seed(Attributes { output, held, is_withdrawn }))?;
                }
                "ShadowAttribute" => map.next_value_seed(Seed(Proposals { output }))?,
                "deleted" => map.next_value_seed(Seed(Flag(&mut deleted)))?,
                _ => map.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        for mut attribute in held {
            attribute.is_deleted |= deleted == Some(true);
            attribute.emit(output);
        }
        Ok(())
    }
}

/// What others propose to the author of the event.
pub(super) struct Proposals<'o, 'a> {
    pub(super) output: &'o mut Output<'a>,
}

impl<'de> Value<'de> for Proposals<'_, '_> {
    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Seed(Proposals { output: self.output }))?.is_some() {}
        Ok(())
    }

    fn map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let place = self.output.entry(self.output.line());
        self.output.emit(place, Event::Skipped(Skip::Proposed));
        pass_map(map)
    }
}
