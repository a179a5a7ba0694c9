//! Names and dotted quads: alone, with a port, as a network, and as the host of a URL without a scheme.

use std::net::Ipv4Addr;

use super::candidate::{Run, is_name_char, port_len, trimmed_end};
use super::marks::first;
use super::names::Standing;
use super::word::Place;
use super::{Event, numbers, read_candidate};
use crate::indicator::{Kind, Rejection};

/// A name or dotted quad, and what may belong to it.
pub(super) struct Host<'a> {
    pub(super) run: Run,
    /// With what stands before the name as a wildcard.
    pub(super) len: usize,
    pub(super) place: &'a Place<'a>,
}

impl Host<'_> {
    /// Hands it over, if it is meant as one, and gives the length of what was looked at.
    pub(super) fn scan(&self, each: &mut dyn FnMut(Event)) -> Option<usize> {
        let rest = self.place.rest;
        let len = self.len + port_len(&rest[self.len..]);
        let quad = self.run.plain.parse::<Ipv4Addr>().ok();
        let network = quad.map_or(0, |_| network_len(&rest[self.len..]));
        if network > 0 {
            return self.hand_over(self.len + network, quad, each);
        }
        match first(&rest[len..]).map(|unit| unit.char) {
            Some('/') => self.hand_over_url(quad, each),
            Some('(' | '@') if !self.run.is_marked => None, // a call, the name of a mailbox
            Some('\\') if !self.run.is_marked && !self.place.word.text.starts_with("\\\\") => None,
            _ => self.hand_over(len, quad, each),
        }
    }

    fn hand_over(&self, len: usize, quad: Option<Ipv4Addr>, each: &mut dyn FnMut(Event)) -> Option<usize> {
        let Place { word, rest, .. } = self.place;
        match read_candidate(&rest[..len]) {
            Ok(reading) => {
                let canonical = reading.indicator.value();
                let is_meant = self.run.is_marked
                    || match (reading.indicator.kind(), quad) {
                        (Kind::Domain, _) => self.standing(canonical, false).is_domain(),
                        (Kind::Ipv4, Some(quad)) => {
                            len > self.len || numbers::is_address(quad, word.before, word.after)
                        }
                        (Kind::Cidr, Some(_)) => true,
                        _ => false,
                    };
                is_meant.then(|| each(Event::Found(reading)))?;
                Some(len)
            }
            Err(reason) => {
                self.run.is_marked.then(|| each(Event::Rejected(reason)))?; // what was defanged was meant
                Some(len)
            }
        }
    }

    /// The rest of the word, if what stands before the path is a host.
    fn hand_over_url(&self, quad: Option<Ipv4Addr>, each: &mut dyn FnMut(Event)) -> Option<usize> {
        let rest = self.place.rest;
        if !self.run.is_marked && quad.is_none() {
            let host = read_candidate(&self.run.plain).ok()?;
            if host.indicator.kind() != Kind::Domain || !self.standing(host.indicator.value(), true).is_domain() {
                return None;
            }
        }
        let (url, is_cut) = trimmed_end(rest);
        match read_candidate(url) {
            _ if is_cut => each(Event::Rejected(Rejection::CutShort)),
            Ok(reading) => each(Event::Found(reading)),
            Err(reason) if self.run.is_marked => each(Event::Rejected(reason)),
            Err(_) => {} // passed over all the same: else a long word would be looked at from each of its hosts
        }
        Some(rest.len())
    }

    fn standing<'s>(&'s self, canonical: &'s str, has_path: bool) -> Standing<'s> {
        Standing { written: &self.run.plain, canonical, has_path }
    }
}

/// `/24` after an address, if nothing follows that makes it a path.
fn network_len(text: &str) -> usize {
    let Some(digits) = text.strip_prefix('/').map(|rest| rest.bytes().take_while(u8::is_ascii_digit).count()) else {
        return 0;
    };
    let mut after = text[1 + digits..].chars();
    let is_whole = match after.next() {
        Some('.' | '-') => !after.next().is_some_and(char::is_alphanumeric), // the end of a sentence
        Some(next) => !is_name_char(next) && !matches!(next, '/' | '?'),
        None => true,
    };
    if (1..=2).contains(&digits) && is_whole { 1 + digits } else { 0 }
}
