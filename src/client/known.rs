//! The charters that a home remembers, `charters/<CH>`: each that it has signed or seen in force, with its signatures
//! ([`Proposal::encode`]). So no matcher can keep back the rules that took the place of others.

use super::ClientError;
use crate::charter::{Agreed, CharterHash, Proposal};
use crate::home::Home;

const DIR: &str = "charters";

/// The charters that a home knows. Reading them takes no network.
pub struct Known<'h> {
    home: &'h Home,
}

impl<'h> Known<'h> {
    /// Those of this home.
    pub fn new(home: &'h Home) -> Self {
        Self { home }
    }

    /// Keeps a charter. Signatures that were seen are never forgotten, whatever a matcher shows later.
    pub(super) fn remember(&self, proposal: &Proposal) -> Result<(), ClientError> {
        let known = self.charter(proposal.charter().hash())?;
        let mut merged = known.clone().unwrap_or_else(|| Proposal::new(proposal.charter().clone()));
        for (member, signature) in proposal.signatures() {
            merged.add(*member, *signature)?;
        }
        for (member, signature) in proposal.resignations() {
            merged.resign(*member, *signature)?;
        }
        if known.as_ref() == Some(&merged) {
            return Ok(());
        }
        Ok(self.home.write_private(file(&merged.charter().hash().to_string()), &merged.encode())?)
    }

    /// A charter, as far as the home has seen its signatures.
    pub fn charter(&self, hash: CharterHash) -> Result<Option<Proposal>, ClientError> {
        self.read(&hash.to_string())
    }

    /// What was seen in force in the place of this charter: one version, unless some members have signed two.
    pub fn replacements(&self, charter: CharterHash) -> Result<Vec<Proposal>, ClientError> {
        self.in_force_after(charter)
    }

    /// What was seen in force in the place of a charter, or beside it as another amendment of the same old one.
    pub fn rivals(&self, charter: &Agreed) -> Result<Vec<Proposal>, ClientError> {
        let mut rivals = self.replacements(charter.hash())?;
        if let Some(amended) = charter.terms().amends {
            rivals.extend(self.in_force_after(amended)?);
        }
        rivals.retain(|rival| rival.charter().hash() != charter.hash());
        Ok(rivals)
    }

    /// Who has resigned from a charter, as far as the home has seen it.
    pub fn resigned(&self, charter: CharterHash) -> Result<Vec<String>, ClientError> {
        let known = self.charter(charter)?;
        Ok(known.iter().flat_map(Proposal::resigned).map(|card| card.name().to_owned()).collect())
    }

    fn in_force_after(&self, amended: CharterHash) -> Result<Vec<Proposal>, ClientError> {
        let mut found = Vec::new();
        for name in self.home.names_in(DIR)? {
            let known = self.read(&name)?.filter(|known| known.charter().terms().amends == Some(amended));
            found.extend(known.filter(|known| known.agreed().is_ok()));
        }
        Ok(found)
    }

    /// A file under another's name would answer for it. What a write that broke off left has a name of its own.
    fn read(&self, name: &str) -> Result<Option<Proposal>, ClientError> {
        if name.len() != 64 {
            return Ok(None);
        }
        let Some(bytes) = self.home.read(file(name))? else { return Ok(None) };
        let known = Proposal::decode(&bytes).ok().filter(|known| known.charter().hash().to_string() == name);
        known.map(Some).ok_or_else(|| ClientError::DamagedCharter(file(name)))
    }
}

fn file(name: &str) -> String {
    format!("{DIR}/{name}")
}
