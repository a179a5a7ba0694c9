//! Where a derived indicator came from.
//!
//! `origin = derivation u8 || sources u32 || u8 kept || (kind u8 || lp(value))…`, in the home's own files alone.

use crate::indicator::derive::Derivation;
use crate::indicator::{Indicator, Kind};
use crate::transcript::{Malformed, Reader, Writer};

/// How an indicator that no file holds came into a list, and from which of those that the files do hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    derivation: Derivation,
    /// The first few.
    kept: Vec<Indicator>,
    sources: u32,
}

impl Origin {
    /// The most sources that are kept; more are only counted.
    pub const MAX_KEPT: usize = 4;
    /// Bytes of all kept values together at most, so that the file of a list stays within its bounds.
    const MAX_BYTES: usize = Indicator::MAX_LEN;

    /// From one source.
    pub fn new(derivation: Derivation, source: Indicator) -> Self {
        Self { derivation, kept: vec![source], sources: 1 }
    }

    /// How it followed.
    pub fn derivation(&self) -> Derivation {
        self.derivation
    }

    /// The first few of the sources.
    pub fn kept(&self) -> &[Indicator] {
        &self.kept
    }

    /// How many sources there are.
    pub fn sources(&self) -> u32 {
        self.sources
    }

    /// Takes in another origin of the same indicator, from sources that are not counted yet. Of two derivations the
    /// closer one stays: what is the host of one URL is told so, whatever else it is.
    pub fn merge(&mut self, other: Self) {
        if other.derivation > self.derivation {
            return;
        }
        if other.derivation < self.derivation {
            *self = other;
            return;
        }
        self.sources = self.sources.saturating_add(other.sources);
        for source in other.kept {
            if self.has_room_for(&source) {
                self.kept.push(source);
            }
        }
    }

    fn has_room_for(&self, source: &Indicator) -> bool {
        let bytes: usize = self.kept.iter().map(|kept| kept.value().len()).sum();
        self.kept.len() < Self::MAX_KEPT
            && bytes + source.value().len() <= Self::MAX_BYTES
            && !self.kept.contains(source)
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.u8(self.derivation.code()).u32(self.sources).u8(self.kept.len() as u8);
        for source in &self.kept {
            out.u8(source.kind().code()).text(source.value());
        }
    }

    /// Reads [`Origin::write`], the derivation's code left out: the caller has read it.
    pub(super) fn read<'a>(derivation: u8, reader: &mut Reader<'a>) -> Result<WrittenOrigin<'a>, Malformed> {
        let derivation = Derivation::from_code(derivation)
            .ok_or_else(|| reader.fault("a derivation is not known to this version"))?;
        let (sources, kept) = (reader.u32()?, reader.u8()?);
        if usize::from(kept) > Self::MAX_KEPT || u32::from(kept) > sources {
            return Err(reader.fault("it lists more than the format allows"));
        }
        let kept = (0..kept).map(|_| read_indicator(reader.u8()?, reader)).collect::<Result<_, _>>()?;
        Ok(WrittenOrigin { derivation, kept, sources })
    }
}

/// An origin as a file has it, its values not yet held against their canonical form.
pub(super) struct WrittenOrigin<'a> {
    derivation: Derivation,
    kept: Vec<(Kind, &'a str)>,
    sources: u32,
}

impl WrittenOrigin<'_> {
    pub(super) fn check(self) -> Result<Origin, crate::indicator::Rejection> {
        let kept = self.kept.into_iter().map(|(kind, value)| Indicator::from_canonical(kind, value));
        Ok(Origin { derivation: self.derivation, kept: kept.collect::<Result<_, _>>()?, sources: self.sources })
    }
}

/// Reads `lp(value)`; the caller has read the kind's code.
pub(super) fn read_indicator<'a>(kind: u8, reader: &mut Reader<'a>) -> Result<(Kind, &'a str), Malformed> {
    let kind = Kind::from_code(kind).ok_or_else(|| reader.fault("a kind is not known to this version"))?;
    Ok((kind, reader.text(Indicator::MAX_LEN)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> Indicator {
        Indicator::parse(Kind::Url, &format!("https://evil.example/{path}")).unwrap()
    }

    fn written(origin: &Origin) -> Vec<u8> {
        let mut writer = Writer::default();
        origin.write(&mut writer);
        writer.finish()
    }

    fn read(bytes: &[u8]) -> Result<Origin, Malformed> {
        let mut reader = Reader::new("test", bytes);
        let code = reader.u8()?;
        let origin = Origin::read(code, &mut reader)?;
        reader.end()?;
        Ok(origin.check().unwrap())
    }

    #[test]
    fn a_few_sources_are_kept_and_all_are_counted() {
        let mut origin = Origin::new(Derivation::Host, url("0"));
        (1..9).for_each(|n| origin.merge(Origin::new(Derivation::Host, url(&n.to_string()))));
        assert_eq!((origin.sources(), origin.kept().len()), (9, Origin::MAX_KEPT));
        assert_eq!(origin.kept()[3], url("3"));

        let mut long = Origin::new(Derivation::Host, url(&"a".repeat(8000)));
        long.merge(Origin::new(Derivation::Host, url(&"b".repeat(8000))));
        assert_eq!((long.sources(), long.kept().len()), (2, 1));
    }

    #[test]
    fn the_closer_derivation_stays() {
        let host = || Origin::new(Derivation::Host, url("a"));
        let registrable = || Origin::new(Derivation::Registrable, url("b"));
        for (mut first, second) in [(host(), registrable()), (registrable(), host())] {
            first.merge(second);
            assert_eq!(first, host());
        }
    }

    #[test]
    fn reads_back_and_refuses_the_rest() {
        let mut origin = Origin::new(Derivation::Host, url("0"));
        origin.merge(Origin::new(Derivation::Host, url("1")));
        let bytes = written(&origin);
        assert_eq!(read(&bytes).unwrap(), origin);
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        for (place, value) in [(0, 99), (1, 1), (5, 5), (6, 99)] {
            let mut changed = bytes.clone();
            changed[place] = value;
            assert!(read(&changed).is_err(), "byte {place}");
        }
    }
}
