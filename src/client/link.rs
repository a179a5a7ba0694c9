//! A connection to one custodian, and what it means when a call gives nothing.

use std::time::Duration;

use thiserror::Error;
use tokio::time::timeout;
use tonic::Status;

use super::ClientError;
use super::said::Failed;
use crate::charter::{CharterHash, Custodian};
use crate::oprf::{OprfFault, PublicKey};
use crate::round::{Destruction, OrderFault};
use crate::transport::{self, ConnectError, Connection, Pin, TlsIdentity};
use crate::wire::custodian::CustodianCalls;

/// How often a server that is away is called again, and after what wait.
pub(super) const RETRIES: u32 = 3;
pub(super) const RETRY_WAIT: Duration = Duration::from_secs(1);
/// How long a custodian may take for a call: a batch waits half a minute for its turn at most, and is computed in seconds. One that
/// answers pings and nothing else must not hold up what the others are told.
const DEADLINE: Duration = Duration::from_secs(60);

/// Why a custodian did not do its part.
#[derive(Debug, Error)]
pub enum CustodianFault {
    /// No connection, or no longer.
    #[error("{0}; nothing is lost: tell its operator, and try again when it is back")]
    Away(#[from] ConnectError),
    /// A connection, and no answer.
    #[error("it does not answer: tell its operator, and try again later; nothing is lost")]
    Silent,
    /// Its no, in its words: hostile until printed safely.
    #[error("it refused: {0}")]
    Refused(String),
    /// Its no to what it will never do, likewise.
    #[error("it refused: {0}")]
    Final(String),
    /// It could not do it this time, in its words; what was on its way is kept.
    #[error("it did not finish: {0}")]
    Unfinished(String),
    /// A key that it has not signed for.
    #[error("its answer is not to be trusted: {0}; tell the other members")]
    Order(#[from] OrderFault),
    /// An evaluation that it did not prove.
    #[error("its answer is not to be trusted: {0}; do not publish, and tell the other members")]
    Unproven(#[from] OprfFault),
    /// An answer that is not even well-formed.
    #[error("its answer is not to be trusted: {0}; tell the other members")]
    Unreadable(String),
    /// A statement of destruction that it has not signed.
    #[error(
        "its answer is not to be trusted: it did not sign for the destruction of the round's key; tell the other members"
    )]
    Undestroyed,
}

impl From<Failed> for CustodianFault {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Connection(fault) => Self::Away(fault),
            Failed::Unreadable(words) => Self::Unreadable(words),
            Failed::Unfinished(words) => Self::Unfinished(words),
            Failed::NotThere(words) | Failed::Refused(words) => Self::Refused(words),
            Failed::Final(words) => Self::Final(words),
        }
    }
}

/// A connection to one custodian.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) custodian: Custodian,
    connection: Connection,
    calls: CustodianCalls,
    wait: Duration,
}

impl Link {
    pub(super) fn new(custodian: &Custodian, connection: Connection, wait: Duration) -> Self {
        let calls = CustodianCalls::new(connection.channel());
        Self { custodian: custodian.clone(), connection, calls, wait }
    }

    /// A connection to the custodian, which may be starting.
    pub(super) async fn connect(
        custodian: &Custodian,
        identity: &TlsIdentity,
        wait: Duration,
    ) -> Result<Connection, ConnectError> {
        let mut tries = 0;
        loop {
            match transport::connect(&custodian.url, identity, Pin(*custodian.card.tls())).await {
                Err(ConnectError::Unreachable { .. }) if tries < RETRIES => tries += 1,
                connected => return connected,
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// What it answers; while it is away, after some tries.
    pub(super) async fn call<T, F: Future<Output = Result<T, Status>>>(
        &self,
        call: impl Fn(CustodianCalls) -> F,
    ) -> Result<T, CustodianFault> {
        let mut tries = 0;
        loop {
            let failed = match timeout(DEADLINE, call(self.calls.clone())).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(status)) => Failed::new(&self.connection, &status),
                Err(_) => return Err(CustodianFault::Silent),
            };
            if tries == RETRIES || !matches!(failed, Failed::Connection(_) | Failed::Unfinished(_)) {
                return Err(failed.into());
            }
            tries += 1;
            tokio::time::sleep(self.wait).await;
        }
    }

    /// The statement that a key is destroyed, `None` while it is held; `destroy` has it destroyed.
    pub(super) async fn key_state(
        &self,
        charter: CharterHash,
        key: PublicKey,
        destroy: bool,
    ) -> Result<Option<Destruction>, CustodianFault> {
        self.call(|mut calls| async move {
            match destroy {
                true => calls.destroy(charter, &key).await.map(Some),
                false => calls.key(charter, &key).await,
            }
        })
        .await
    }

    /// The fault, with whose it is.
    pub(super) fn fault(&self, fault: impl Into<CustodianFault>) -> ClientError {
        named(&self.custodian, fault)
    }
}

pub(super) fn named(custodian: &Custodian, fault: impl Into<CustodianFault>) -> ClientError {
    ClientError::Custodian { name: custodian.card.name().to_owned(), fault: Box::new(fault.into()) }
}
