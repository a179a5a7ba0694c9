//! From the name of an exchange to the server that has it.

use anyhow::{Context as _, Result, bail};

use super::print;
use crate::charter::{Agreed, Terms};
use crate::client::{Client, ClientError, Server, Version, Versions};
use crate::home::Home;

/// An exchange, and a connection to its matcher.
pub(super) struct Exchange<'h> {
    pub(super) client: Client<'h>,
    /// The version of its charter that is meant.
    pub(super) version: Version,
    /// All that go by the name.
    pub(super) versions: Versions,
}

/// Which of an exchange's versions is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Newest,
    InForce,
    ToSign,
}

impl Wanted {
    fn of(self, versions: &Versions, home: &Home) -> Result<Option<Version>, ClientError> {
        let found = match self {
            Self::Newest => versions.newest(),
            Self::InForce => versions.in_force(),
            Self::ToSign => versions.to_sign(home.card().id()),
        };
        Ok(found?.cloned())
    }
}

/// The servers that this home has been connected to: at least one.
pub(super) fn servers(home: &Home) -> Result<Vec<Server>> {
    let servers = Server::all(home)?;
    if servers.is_empty() {
        bail!(
            "this home knows no server: run `mandorla connect https://host:port --card FILE` with the matcher's card"
        );
    }
    Ok(servers)
}

impl<'h> Exchange<'h> {
    /// Looks for an exchange, by name or by the beginning of its charter's hash, on every server that this home knows; in
    /// its newest version, also if that waits for signatures.
    pub(super) async fn find(home: &'h Home, name: &str) -> Result<Self> {
        Self::search(home, name, Wanted::Newest).await
    }

    /// As [`Exchange::find`], in the newest version that is in force.
    pub(super) async fn find_in_force(home: &'h Home, name: &str) -> Result<Self> {
        Self::search(home, name, Wanted::InForce).await
    }

    /// As [`Exchange::find`], in the version that waits for this home's signature, if one does.
    pub(super) async fn find_to_sign(home: &'h Home, name: &str) -> Result<Self> {
        Self::search(home, name, Wanted::ToSign).await
    }

    async fn search(home: &'h Home, name: &str, wanted: Wanted) -> Result<Self> {
        let (mut found, mut silent) = (Vec::new(), Vec::new());
        let mut answered = false;
        let servers = servers(home)?;
        for server in &servers {
            match Client::connect(home, server).await {
                Ok(mut client) => {
                    answered = true;
                    let versions = client.versions(name).await?;
                    let version = wanted.of(&versions, home)?;
                    found.extend(version.map(|version| Self { client, version, versions }));
                }
                Err(error) => silent.push(error),
            }
        }
        if wanted == Wanted::InForce && found.len() > 1 {
            found.retain(|exchange| exchange.agreed().is_ok());
        }
        let Some(exchange) = found.pop() else {
            let nowhere = format!("no exchange {name}: `mandorla charter list` shows those that name this home");
            return match silent.pop() {
                Some(error) if !answered => Err(error.into()),
                Some(error) => Err(error).context(format!("no exchange {name} on the servers that answer")),
                None => bail!(nowhere),
            };
        };
        exchange.refuse_others(name, &found)?;
        for error in silent {
            print::note(&format!("note: {error}"));
        }
        Ok(exchange)
    }

    /// One server under two addresses is one exchange; anything else is for a person to tell apart.
    fn refuse_others(&self, name: &str, others: &[Self]) -> Result<()> {
        let hash = self.version.proposal.charter().hash();
        if others.iter().any(|other| other.version.proposal.charter().hash() != hash) {
            bail!(
                "{name} is the name of exchanges on several servers: give the beginning of the charter's hash instead (`mandorla charter list`)"
            );
        }
        Ok(())
    }

    /// What the charter says.
    pub(super) fn terms(&self) -> &Terms {
        self.version.proposal.charter().terms()
    }

    /// The exchange's name.
    pub(super) fn name(&self) -> &str {
        &self.terms().name
    }

    /// The charter, if it is in force.
    pub(super) fn agreed(&self) -> Result<Agreed> {
        Ok(self.version.proposal.agreed()?)
    }
}
