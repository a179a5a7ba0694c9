//! Which values a pattern names.

use super::Term;
use super::parse::{Comparison, NEGATED, Observation, Operator, Test};
use crate::indicator::{Field, Rejection};
use crate::ingest::stix::observable::on_platform;
use crate::ingest::stix::path::{self, Meaning};

/// A value, and what it is.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::ingest::stix) struct Value {
    pub(in crate::ingest::stix) field: Field,
    pub(in crate::ingest::stix) text: String,
}

/// What a comparison comes to.
#[derive(Clone)]
pub(super) struct Named<'t> {
    what: What<'t>,
    /// The object that it is of, by its type and the way to it; nothing for what has none.
    subject: Option<(&'t str, Vec<&'t str>)>,
}

#[derive(Clone, PartialEq, Eq)]
enum What<'t> {
    Value(Field, &'t str),
    Identity(Field, &'t str),
    /// Narrows another of the conjunction.
    Type(&'t str),
    Platform(&'t str),
    Port,
    /// A port that stands beside a value.
    Beside,
    Refused(&'static str),
}

/// What observations name; joined by AND or FOLLOWEDBY, one alone is not the indicator.
pub(super) fn of<'t>(observation: &'t Observation<'_>) -> Vec<Named<'t>> {
    match observation {
        Observation::One(comparison) => alternatives(comparison),
        Observation::Any(observations) => observations.iter().flat_map(of).collect(),
        Observation::All => vec![Named::refused(SEVERAL)],
    }
}

fn alternatives<'t>(comparison: &'t Comparison<'_>) -> Vec<Named<'t>> {
    match comparison {
        Comparison::Test(test) => tested(test),
        Comparison::Any(parts) => parts.iter().flat_map(alternatives).collect(),
        Comparison::All(parts) => conjunction(parts.iter().map(alternatives).collect()),
        Comparison::Not => vec![Named::refused(NEGATED)],
    }
}

fn tested<'t>(test: &'t Test<'_>) -> Vec<Named<'t>> {
    let steps: Vec<&str> = test.steps.iter().map(|step| &**step).collect();
    let meaning = path::meaning(test.object, &steps);
    let subject = Some((test.object, path::subject(&steps).to_vec()));
    let named = |what| Named { what, subject: subject.clone() };
    if meaning == Meaning::Port {
        return vec![named(What::Port)];
    }
    if let Operator::Unnamed(reason) = test.operator {
        return vec![named(What::Refused(reason))];
    }
    let operand = |operand: &'t Option<_>| {
        named(operand.as_deref().map_or(What::Refused(NO_TEXT), |text| what(&meaning, test.operator, text)))
    };
    test.operands.iter().map(operand).collect()
}

fn what<'t>(meaning: &Meaning, operator: Operator, text: &'t str) -> What<'t> {
    match meaning.clone() {
        Meaning::Value(Field::Address | Field::Any) if operator == Operator::Subset => {
            What::Value(Field::Address, text)
        }
        _ if operator == Operator::Subset => What::Refused(NO_KIND),
        Meaning::Value(field) => What::Value(field, text),
        Meaning::Identity(field) => What::Identity(field, text),
        Meaning::Type => What::Type(text),
        Meaning::Platform => What::Platform(text),
        Meaning::Port => What::Port,
        Meaning::None => What::Refused(NO_KIND),
    }
}

/// What all of these together name, each of which is any of several.
fn conjunction(parts: Vec<Vec<Named<'_>>>) -> Vec<Named<'_>> {
    let (narrowing, mut naming): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.iter().all(Named::narrows));
    let narrowing: Vec<Named<'_>> = narrowing.into_iter().flatten().collect();
    naming.dedup_by(|a, b| a.iter().map(|named| &named.what).eq(b.iter().map(|named| &named.what)));
    if naming.len() < 2 {
        let named = naming.pop().unwrap_or_else(|| vec![Named::refused(NO_KIND)]);
        return narrowed(named, &narrowing);
    }
    if let Some(identities) = identities(&naming) {
        return narrowed(identities, &narrowing);
    }
    let names_nothing = naming.iter().flatten().all(|named| matches!(named.what, What::Refused(_)));
    vec![if names_nothing { naming.swap_remove(0).swap_remove(0) } else { Named::refused(CONJUNCTION) }]
}

/// The identities of one object, if there are any and everything else is asked of the same object, or of what hangs on it.
fn identities<'t>(naming: &[Vec<Named<'t>>]) -> Option<Vec<Named<'t>>> {
    let identifies = |part: &&Vec<Named<'t>>| part.iter().all(|named| matches!(named.what, What::Identity(..)));
    let (object, way) = naming.iter().find(identifies)?.first()?.subject.clone()?;
    let is_of_it = |named: &Named<'t>| {
        named.subject.as_ref().is_some_and(|(its_object, its_way)| *its_object == object && its_way.starts_with(&way))
    };
    if !naming.iter().flatten().all(is_of_it) {
        return None;
    }
    let is_identity = |named: &&Named<'t>| named.subject.as_ref().is_some_and(|(_, its_way)| *its_way == way);
    let identities = naming.iter().filter(identifies).flatten().filter(is_identity);
    Some(identities.cloned().collect())
}

/// With what is said beside them: types, platforms, ports.
fn narrowed<'t>(mut named: Vec<Named<'t>>, narrowing: &[Named<'t>]) -> Vec<Named<'t>> {
    for Named { what, subject } in &mut named {
        let (What::Value(field, _) | What::Identity(field, _)) = what else { continue };
        for beside in narrowing.iter().filter(|beside| beside.subject == *subject) {
            match beside.what {
                What::Type(name) if *field == Field::Any => *field = path::field_of_type(name).unwrap_or_default(),
                What::Platform(name) => *field = on_platform(field.clone(), Some(name)),
                _ => {}
            }
        }
    }
    let has_value = named.iter().any(|named| matches!(named.what, What::Value(..)));
    if has_value && narrowing.iter().any(|beside| beside.what == What::Port) {
        named.push(Named { what: What::Beside, subject: None });
    }
    named
}

impl Named<'_> {
    fn refused(reason: &'static str) -> Self {
        Self { what: What::Refused(reason), subject: None }
    }

    fn narrows(&self) -> bool {
        matches!(self.what, What::Type(_) | What::Platform(_) | What::Port)
    }

    pub(super) fn into_term(self) -> Term {
        match self.what {
            What::Value(field, text) | What::Identity(field, text) => {
                Term::Value(Value { field, text: text.to_owned() })
            }
            What::Beside => Term::Beside,
            What::Type(_) | What::Platform(_) | What::Port => Term::Refused(Rejection::Pattern(NO_KIND)),
            What::Refused(reason) => Term::Refused(Rejection::Pattern(reason)),
        }
    }
}

pub(super) const NO_KIND: &str = "asks for something that no kind of indicator is meant for";
pub(super) const CONJUNCTION: &str = "asks for several values at once, and none of them is the indicator by itself";
pub(super) const SEVERAL: &str = "asks for several observations together, and none of them is the indicator by itself";
const NO_TEXT: &str = "names a value that is no text";
