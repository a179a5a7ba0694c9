//! `mandorla charter resign`: a member wants no more rounds under a charter.

use anyhow::Result;

use crate::charter::Proposal;
use crate::cli::exchange::Exchange;
use crate::cli::print;
use crate::home::Home;

pub(super) async fn run(home: &Home, name: &str) -> Result<()> {
    let mut exchange = Exchange::find_in_force(home, name).await?;
    let resigned = exchange.client.resign(&exchange.version.proposal).await?;
    print::out(&confirm(home.card().core().name(), &resigned))
}

/// What it means, and what it does not.
fn confirm(who: &str, resigned: &Proposal) -> String {
    let charter = resigned.charter();
    let name = &charter.terms().name;
    format!(
        "{who} has resigned from {name}, charter {}.\n\
         No round is opened under it any more, before an amendment without {who} is in force.\n\
         A round that is under way goes on: `mandorla withdraw {name}` takes this home's list back from it.\n",
        charter.hash()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::fixture::Fixture;

    #[test]
    fn what_goes_on_is_said() {
        let proposal = Fixture::new().proposal(&[0, 1, 2]);
        let text = confirm("Harbour Mail", &proposal);
        let said = format!("Harbour Mail has resigned from election-2026, charter {}.\n", proposal.charter().hash());
        assert!(text.starts_with(&said), "{text}");
        assert!(text.contains("before an amendment without Harbour Mail is in force"), "{text}");
        assert!(text.contains("A round that is under way goes on: `mandorla withdraw election-2026`"), "{text}");
    }
}
