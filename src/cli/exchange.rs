//! From the name of an exchange to the server that has it.

use anyhow::{Context as _, Result, bail};

use super::print;
use crate::charter::{Agreed, Proposal};
use crate::client::{Client, Server};
use crate::home::Home;

/// An exchange, and a connection to its matcher.
pub(super) struct Exchange<'h> {
    pub(super) client: Client<'h>,
    pub(super) proposal: Proposal,
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
    /// Looks for an exchange, by name or by the beginning of its charter's hash, on every server that this home knows.
    pub(super) async fn find(home: &'h Home, name: &str) -> Result<Self> {
        Self::search(home, name, false).await
    }

    /// As [`Exchange::find`]; of several with one name it is the one that is in force.
    pub(super) async fn find_in_force(home: &'h Home, name: &str) -> Result<Self> {
        Self::search(home, name, true).await
    }

    async fn search(home: &'h Home, name: &str, in_force: bool) -> Result<Self> {
        let (mut found, mut silent) = (Vec::new(), Vec::new());
        let mut answered = false;
        let servers = servers(home)?;
        for server in &servers {
            match Client::connect(home, server).await {
                Ok(mut client) => {
                    answered = true;
                    let proposal = if in_force { client.find_in_force(name).await? } else { client.find(name).await? };
                    found.extend(proposal.map(|proposal| Self { client, proposal }));
                }
                Err(error) => silent.push(error),
            }
        }
        if in_force && found.len() > 1 {
            found.retain(|exchange| exchange.proposal.agreed().is_ok());
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
        let hash = self.proposal.charter().hash();
        if others.iter().any(|other| other.proposal.charter().hash() != hash) {
            bail!(
                "{name} is the name of exchanges on several servers: give the beginning of the charter's hash instead (`mandorla charter list`)"
            );
        }
        Ok(())
    }

    /// The exchange's name.
    pub(super) fn name(&self) -> &str {
        &self.proposal.charter().terms().name
    }

    /// The charter, if it is in force.
    pub(super) fn agreed(&self) -> Result<Agreed> {
        Ok(self.proposal.agreed()?)
    }
}
