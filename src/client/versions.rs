//! From a name to an exchange: the versions of its charter, and which of them is meant.

use super::known::Known;
use super::{Client, ClientError};
use crate::charter::{CharterHash, Proposal};
use crate::identity::CardId;
use crate::wire::CharterState;

/// A charter, and what became of it.
#[derive(Clone, Debug)]
pub struct Version {
    /// The charter, its signatures and its resignations.
    pub proposal: Proposal,
    /// The matcher's word that a newer version is in force. This home may not be named there, and cannot see it then.
    pub said_replaced: bool,
    /// The version that took its place: in force, and with this one's hash in it.
    pub replaced_by: Option<CharterHash>,
}

/// As it is when it was just signed.
impl From<Proposal> for Version {
    fn from(proposal: Proposal) -> Self {
        Self { proposal, said_replaced: false, replaced_by: None }
    }
}

impl Version {
    fn hash(&self) -> CharterHash {
        self.proposal.charter().hash()
    }

    fn is_in_force(&self) -> bool {
        self.proposal.agreed().is_ok()
    }

    /// Not in force, and still of use: nothing else took the place of what it amends.
    fn is_waiting(&self) -> bool {
        !self.is_in_force() && !self.said_replaced
    }

    /// Whether another version took its place, or that of the charter that it would have amended.
    pub fn is_over(&self) -> bool {
        self.said_replaced || self.replaced_by.is_some()
    }

    fn amends(&self, other: &Self) -> bool {
        self.proposal.charter().terms().amends == Some(other.hash())
    }
}

/// The charters that go by a name, or have a hash that begins so, and name this home.
#[derive(Clone, Debug, Default)]
pub struct Versions(Vec<Version>);

impl Versions {
    /// Which replaces which follows from their bytes and signatures alone.
    fn new(states: Vec<CharterState>) -> Self {
        let version = |CharterState { proposal, replaced, .. }| Version { said_replaced: replaced, ..proposal.into() };
        let mut all: Vec<Version> = states.into_iter().map(version).collect();
        let amendments = all.iter().filter(|version| version.is_in_force());
        let amendments: Vec<_> =
            amendments.filter_map(|new| Some((new.proposal.charter().terms().amends?, new.hash()))).collect();
        for version in &mut all {
            let by = amendments.iter().find(|(amended, _)| *amended == version.hash());
            version.replaced_by = by.filter(|_| version.is_in_force()).map(|(_, by)| *by);
        }
        Self(all)
    }

    /// All of them.
    pub fn all(&self) -> &[Version] {
        &self.0
    }

    /// The newest in force; if none is, the only one that waits for signatures. Anyone whom the matcher admits can propose a
    /// charter that names this home, under a name that is in use; without its signature it is never in force.
    pub fn in_force(&self) -> Result<Option<&Version>, ClientError> {
        let newest = match self.newest_in_force().as_slice() {
            [] => sole(&self.waiting())?,
            newest => sole(newest)?,
        };
        // One that is named by its hash, for what it came to.
        Ok(newest.or(self.only()))
    }

    /// The newest, also one that waits for signatures.
    pub fn newest(&self) -> Result<Option<&Version>, ClientError> {
        let Some(newest) = self.in_force()?.filter(|version| version.is_in_force()) else { return self.in_force() };
        let waiting = self.waiting();
        if waiting.iter().any(|version| !version.amends(newest)) {
            return Err(ambiguous(waiting.into_iter().chain([newest])));
        }
        Ok(sole(&waiting)?.or(Some(newest)))
    }

    /// The one that waits for this card's signature; if none does, the newest. In the place of a charter in force only what
    /// amends it is meant: another one is to be named by its hash.
    pub fn to_sign(&self, card: CardId) -> Result<Option<&Version>, ClientError> {
        let in_force = self.newest_in_force();
        let mut waiting = self.waiting();
        waiting.retain(|version| in_force.is_empty() || in_force.iter().any(|newest| version.amends(newest)));
        waiting.retain(|version| !version.proposal.is_signed_by(card));
        match waiting.as_slice() {
            [] => self.newest(),
            waiting => sole(waiting),
        }
    }

    /// The newest version in force and those that it has replaced, newest first: what rounds were opened under.
    pub fn chain(&self) -> Result<Vec<&Version>, ClientError> {
        let newest = self.in_force()?.filter(|version| version.is_in_force());
        let older = |newer: &&Version| self.0.iter().find(|version| version.replaced_by == Some(newer.hash()));
        Ok(std::iter::successors(newest, older).collect())
    }

    fn only(&self) -> Option<&Version> {
        if let [only] = self.0.as_slice() { Some(only) } else { None }
    }

    /// Who left and came back sees both ends of the chain: the one that is said to be replaced gives way to the other,
    /// which this home has signed as well.
    fn newest_in_force(&self) -> Vec<&Version> {
        let mut newest: Vec<&Version> =
            self.0.iter().filter(|version| version.is_in_force() && version.replaced_by.is_none()).collect();
        if newest.iter().any(|version| !version.said_replaced) {
            newest.retain(|version| !version.said_replaced);
        }
        newest
    }

    fn waiting(&self) -> Vec<&Version> {
        self.0.iter().filter(|version| version.is_waiting()).collect()
    }
}

impl Client<'_> {
    /// The charters with this name, or with a hash that begins so (8 digits or more).
    pub async fn versions(&mut self, name: &str) -> Result<Versions, ClientError> {
        let found = self.states(name).await?;
        // Of a version that is named by its hash, what became of it shows in the others of its name.
        if let [state] = found.as_slice()
            && state.proposal.charter().terms().name != name
        {
            let (hash, called) = (state.proposal.charter().hash(), state.proposal.charter().terms().name.clone());
            let all = Versions::new(self.states(&called).await?);
            return Ok(Versions(all.0.into_iter().filter(|version| version.hash() == hash).collect()));
        }
        let versions = Versions::new(found);
        self.refuse_kept_back(&versions, name)?;
        Ok(versions)
    }

    async fn states(&mut self, name: &str) -> Result<Vec<CharterState>, ClientError> {
        let exchanges = self.exchanges().await?;
        let mut states = Vec::new();
        for (hash, _) in exchanges.into_iter().filter(|(hash, known)| is_called(*hash, known, name)) {
            let state = self.charter(hash).await?;
            // The list of names is the matcher's word; another exchange under this name would lead a list astray.
            if !is_called(hash, &state.proposal.charter().terms().name, name) {
                return Err(ClientError::Misbehaved("it gave another exchange than the one that was asked for"));
            }
            states.push(state);
        }
        Ok(states)
    }

    /// The charter with this name, or with a hash that begins so: the newest version, also one that waits for signatures.
    pub async fn find(&mut self, name: &str) -> Result<Option<Proposal>, ClientError> {
        Ok(self.versions(name).await?.newest()?.map(|version| version.proposal.clone()))
    }

    /// As [`Client::find`]; the newest version that is in force, if one is.
    pub async fn find_in_force(&mut self, name: &str) -> Result<Option<Proposal>, ClientError> {
        Ok(self.versions(name).await?.in_force()?.map(|version| version.proposal.clone()))
    }

    /// By its name an exchange is found under the newest rules. A version that this home has seen in force is shown so ever
    /// after, or the matcher goes on under rules that are over.
    fn refuse_kept_back(&self, versions: &Versions, name: &str) -> Result<(), ClientError> {
        let by_name = |version: &&Version| version.is_in_force() && version.proposal.charter().terms().name == name;
        for version in versions.all().iter().filter(by_name) {
            let newer = Known::new(self.home).replacements(version.hash())?;
            let shown = |newer: &Proposal| version.replaced_by == Some(newer.charter().hash());
            if !newer.is_empty() && !newer.iter().any(shown) {
                return Err(ClientError::Misbehaved(
                    "it keeps back a newer version of the charter, which this home has seen in force",
                ));
            }
        }
        Ok(())
    }
}

/// Whether a charter is meant by a name or by the beginning of its hash.
pub(crate) fn is_called(hash: CharterHash, known: &str, name: &str) -> bool {
    let by_hash = name.len() >= 8 && name.bytes().all(|digit| digit.is_ascii_hexdigit());
    known == name || by_hash && hash.to_string().starts_with(&name.to_lowercase())
}

fn sole<'a>(versions: &[&'a Version]) -> Result<Option<&'a Version>, ClientError> {
    match versions {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        several => Err(ambiguous(several.iter().copied())),
    }
}

fn ambiguous<'a>(versions: impl Iterator<Item = &'a Version>) -> ClientError {
    ClientError::Ambiguous(versions.map(|version| version.hash().short()).collect())
}
