//! Taking a list back.

use super::kept::Kept;
use super::{Client, ClientError, RoundView};
use crate::home::HomeLock;
use crate::round::Phase;

impl Client<'_> {
    /// Takes the home's list back, from the matcher and from this home; gives its number. Who has asked before keeps what it
    /// was told. Repeating it changes nothing.
    pub async fn withdraw(&mut self, view: &RoundView, _: &HomeLock) -> Result<u32, ClientError> {
        if view.phase == Phase::Purged {
            return Err(ClientError::NotAnswering(view.phase));
        }
        let number = self.said(self.calls.clone().withdraw(view.round.hash(), None).await)?;
        Kept::new(self.home, view.round.hash()).withdrawn(number, &view.round)?;
        Ok(number)
    }
}
