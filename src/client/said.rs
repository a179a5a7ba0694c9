//! A server's word: what it means that a call failed.

use tonic::{Code, Status};

use crate::transport::{ConnectError, Connection};

/// Why a call gave nothing.
pub(super) enum Failed {
    /// The connection did not hold.
    Connection(ConnectError),
    /// An answer that cannot be, by no refusal of a server.
    Unreadable(String),
    /// The server does not have it.
    NotThere(String),
    /// The server could not do it this time.
    Unfinished(String),
    /// The server's no, as things stand.
    Refused(String),
    /// The server's no, which the same request meets again however things change.
    Final(String),
}

impl Failed {
    pub(super) fn new(connection: &Connection, status: &Status) -> Self {
        let words = || status.message().to_owned();
        match (connection.explain(status), status.code()) {
            (Some(fault), _) => Self::Connection(fault),
            (None, Code::DataLoss) => Self::Unreadable(words()),
            (None, Code::NotFound) => Self::NotThere(words()),
            (None, Code::InvalidArgument | Code::OutOfRange) => Self::Final(words()),
            (
                None,
                Code::Aborted
                | Code::Cancelled
                | Code::DeadlineExceeded
                | Code::Internal
                | Code::ResourceExhausted
                | Code::Unavailable
                | Code::Unknown,
            ) => Self::Unfinished(words()),
            (None, _) => Self::Refused(words()),
        }
    }
}
