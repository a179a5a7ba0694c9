//! TLS 1.3 with both sides pinned by card, and the doors that keep a server standing under attack.
//!
//! There is no certificate authority: a [`Pin`] is the hash of a card's TLS key. A server admits the cards in its live
//! [`Pins`], a client talks to one card alone. tonic is given only streams that have come through the whole of
//! [`accept`]: under the caps, handshake done, card admitted, HTTP/2 begun.

pub mod accept;
pub mod connect;
pub mod pin;
pub mod stream;
mod tap;
mod tls;

use std::time::Duration;

pub use accept::{incoming, serve, server_builder};
pub use connect::{ConnectError, Connection, connect, connect_in_memory};
pub use pin::{Pin, Pins};
pub use stream::{Peer, ServerStream};
pub use tls::{TlsIdentity, TlsIdentityError};

/// What a server bears. Each default holds a matcher of a few hundred members on a small machine.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections in all, those in their handshake included: 512. Beyond it new ones wait in the kernel's queue.
    pub connections: usize,
    /// Connections of one card: 16. A further one is closed as soon as its card is known.
    pub connections_per_peer: usize,
    /// Handshakes at once: 64. They are what strangers can make a server compute.
    pub handshakes: usize,
    /// From accept to the first byte: 2 s. Until then a stranger holds a connection and nothing else.
    pub first_byte_timeout: Duration,
    /// From there to the end of the handshake, the wait for a place included: 10 s.
    pub handshake_timeout: Duration,
    /// From there to the last byte of the HTTP/2 preface: 5 s. One byte and silence is no connection.
    pub preface_timeout: Duration,
    /// Rest after a failed accept: 100 ms. Without it an exhausted descriptor table burns a core.
    pub accept_pause: Duration,
    /// Silence after which the peer is pinged: 20 s.
    pub keep_alive_interval: Duration,
    /// Wait for the answer to a ping: 10 s. Then the connection is closed.
    pub keep_alive_timeout: Duration,
    /// Streams at once on one connection: 32. tonic has no limit of its own.
    pub streams: u32,
    /// Age at which a connection is asked to finish, so that its peer connects anew: 1 h.
    pub connection_age: Duration,
    /// Time that open streams get after that, and after the start of a shutdown, before they are cut: 30 s.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            connections_per_peer: 16,
            handshakes: 64,
            first_byte_timeout: Duration::from_secs(2),
            handshake_timeout: Duration::from_secs(10),
            preface_timeout: Duration::from_secs(5),
            accept_pause: Duration::from_millis(100),
            keep_alive_interval: Duration::from_secs(20),
            keep_alive_timeout: Duration::from_secs(10),
            streams: 32,
            connection_age: Duration::from_secs(3600),
            grace: Duration::from_secs(30),
        }
    }
}

// Larger than HTTP/2's defaults, for throughput; what a peer can make us hold is the connection window.
const FRAME: u32 = 128 * 1024;
const STREAM_WINDOW: u32 = 512 * 1024;
const CONNECTION_WINDOW: u32 = 2 * 1024 * 1024;
