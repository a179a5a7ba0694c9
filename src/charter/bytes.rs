//! The transcript of a charter: one spelling for everything that members sign. The formula is in [`crate::manual`].

use std::collections::BTreeSet;

use super::{Carrier, CharterFault, CharterHash, Custody, Disclosure, MAX_CARRIERS, MAX_CORE, MAX_MEMBERS, MAX_NAME};
use super::{MAX_RULES, Terms, Thousandths};
use crate::identity::CardCore;
use crate::indicator::Kind;
use crate::transcript::{Malformed, Reader, Writer};

const VERSION: u32 = 1;

impl Terms {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.u32(VERSION).text(&self.name).u64(self.created);
        match &self.amends {
            None => writer.u8(0),
            Some(amended) => writer.u8(1).fixed(amended.as_bytes()),
        };
        self.write_parties(&mut writer);
        self.custody.write(&mut writer);
        writer.u8(self.accept_guessable.into()).u32(self.profile);
        writer.count(self.kinds.len());
        for kind in &self.kinds {
            writer.text(kind.name());
        }
        writer.u64(self.max_indicators).u8(self.same_size.into()).u32(self.min_holders);
        writer.u32(self.round_hours).u32(self.answer_hours).u32(self.rounds_per_day).u32(self.list_expiry_hours);
        writer.u32(self.epsilon.0).u32(self.epsilon_budget.0).u8(self.talk.into());
        self.disclosure.write(&mut writer);
        writer.finish()
    }

    fn write_parties(&self, writer: &mut Writer) {
        writer.bytes(&self.matcher.encode()).count(self.members.len());
        for member in &self.members {
            writer.bytes(&member.encode());
        }
        for places in [&self.conveners, &self.publish_only] {
            writer.count(places.len());
            for place in places {
                writer.count(*place);
            }
        }
        writer.count(self.carriers.len());
        for carrier in &self.carriers {
            writer.count(carrier.member).bytes(&carrier.card.encode());
        }
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, CharterFault> {
        let mut reader = Reader::new("charter", bytes);
        if reader.u32()? != VERSION {
            return Err(reader.fault("its version is not known to this program: update it").into());
        }
        // Read in this order: a struct's fields are evaluated as they are written.
        let name = reader.text(MAX_NAME)?.to_owned();
        let created = reader.u64()?;
        let amends = read_bool(&mut reader)?.then(|| reader.fixed()).transpose()?.map(CharterHash::new);
        let matcher = read_card(&mut reader)?;
        let count = reader.count(MAX_MEMBERS)?;
        let members = (0..count).map(|_| read_card(&mut reader)).collect::<Result<Vec<_>, CharterFault>>()?;
        let terms = Self {
            name,
            created,
            amends,
            matcher,
            conveners: read_places(&mut reader)?,
            publish_only: read_places(&mut reader)?,
            carriers: read_carriers(&mut reader)?,
            custody: Custody::read(&mut reader)?,
            accept_guessable: read_bool(&mut reader)?,
            profile: reader.u32()?,
            kinds: read_kinds(&mut reader)?,
            max_indicators: reader.u64()?,
            same_size: read_bool(&mut reader)?,
            min_holders: reader.u32()?,
            round_hours: reader.u32()?,
            answer_hours: reader.u32()?,
            rounds_per_day: reader.u32()?,
            list_expiry_hours: reader.u32()?,
            epsilon: Thousandths(reader.u32()?),
            epsilon_budget: Thousandths(reader.u32()?),
            talk: read_bool(&mut reader)?,
            disclosure: Disclosure::read(&mut reader, &members, MAX_RULES)?,
            members,
        };
        reader.end()?;
        Ok(terms)
    }
}

fn read_card(reader: &mut Reader<'_>) -> Result<CardCore, CharterFault> {
    Ok(CardCore::decode(reader.bytes(MAX_CORE)?)?)
}

fn read_carriers(reader: &mut Reader<'_>) -> Result<Vec<Carrier>, CharterFault> {
    let count = reader.count(MAX_CARRIERS)?;
    (0..count).map(|_| Ok(Carrier { member: reader.count(MAX_MEMBERS)?, card: read_card(reader)? })).collect()
}

/// Rising, each once; whether a member is there is for the terms' check.
fn read_places(reader: &mut Reader<'_>) -> Result<BTreeSet<usize>, Malformed> {
    let mut places = BTreeSet::new();
    for _ in 0..reader.count(MAX_MEMBERS)? {
        let place = reader.count(MAX_MEMBERS)?;
        if places.last().is_some_and(|last| *last >= place) {
            return Err(reader.fault("its places are not in order"));
        }
        places.insert(place);
    }
    Ok(places)
}

fn read_bool(reader: &mut Reader<'_>) -> Result<bool, Malformed> {
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(reader.fault("a yes or no is neither")),
    }
}

/// In the order of their names, each once.
fn read_kinds(reader: &mut Reader<'_>) -> Result<BTreeSet<Kind>, Malformed> {
    let mut kinds = BTreeSet::new();
    for _ in 0..reader.count(Kind::ALL.len())? {
        let name = reader.text(MAX_NAME)?;
        // Drafts may write `e-mail` or `URL`; what is signed has one spelling.
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        let kind = kind.ok_or_else(|| reader.fault("a kind is not known to this version"))?;
        if kinds.last().is_some_and(|last| *last >= kind) {
            return Err(reader.fault("its kinds are not in order"));
        }
        kinds.insert(kind);
    }
    Ok(kinds)
}
