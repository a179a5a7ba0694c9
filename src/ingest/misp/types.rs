//! The fields of the types met so far, so that a million attributes look up but a few names.

use std::collections::HashMap;
use std::rc::Rc;

use crate::indicator::Field;

/// Types by name.
#[derive(Default)]
pub(in crate::ingest) struct Types {
    known: HashMap<String, Option<Rc<[Option<Field>]>>>,
}

impl Types {
    /// The fields that an attribute of this type has; nothing, if the type is not known.
    pub(super) fn of(&mut self, name: &str) -> Option<Rc<[Option<Field>]>> {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let fields = Field::of_misp_type(name).map(Rc::from);
        if self.known.len() < MAX_TYPES && name.len() <= MAX_NAME {
            self.known.insert(name.to_owned(), fields.clone());
        }
        fields
    }
}

/// MISP has some 200 types; hostile files may have more.
const MAX_TYPES: usize = 512;
const MAX_NAME: usize = 64;
