//! The stream that a server reads requests from: it knows its peer, and it ends when the peer's admission does.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;
use tonic::transport::server::Connected;

use super::pin::{Lease, Pin};

/// Who is at the other end. Handlers find it in the extensions of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The pin of the card that the peer proved to hold.
    pub pin: Pin,
    /// Where it connects from; `None` in memory.
    pub address: Option<SocketAddr>,
}

/// What a server can run over. Implemented for whatever fits.
trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// An authenticated connection, as tonic takes it.
pub struct ServerStream {
    io: Box<dyn Io>,
    peer: Peer,
    /// Bytes that were read ahead and come first.
    replay: &'static [u8],
    term: Term,
    _permit: Option<OwnedSemaphorePermit>,
}

/// How long a stream lives.
enum Term {
    Unbounded,
    Until(std::pin::Pin<Box<dyn Future<Output = ()> + Send>>),
    Over,
}

impl ServerStream {
    /// A stream for tests: `io` is one end of a `tokio::io::duplex`, and its peer is whoever the test says.
    pub fn in_memory(io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, peer: Peer) -> Self {
        Self { io: Box::new(io), peer, replay: &[], term: Term::Unbounded, _permit: None }
    }

    /// A stream whose first bytes, `replay`, were read already. It breaks when its lease ends or at the age `cut`,
    /// whatever its handlers do, and gives back its permit when it is dropped.
    pub(super) fn leased(
        io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        peer: Peer,
        replay: &'static [u8],
        mut lease: Lease,
        cut: Duration,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let cut = tokio::time::sleep(cut);
        // Unconstrained: a task that has used up its budget must not read past the end of the lease.
        let term = tokio::task::unconstrained(async move {
            tokio::select! {
                () = lease.ended() => {}
                () = cut => {}
            }
        });
        Self { io: Box::new(io), peer, replay, term: Term::Until(Box::pin(term)), _permit: Some(permit) }
    }

    /// Fails once the term is over. Asked before every operation, writes included: with a peer that takes no bytes,
    /// HTTP/2 may not get as far as a read.
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if let Term::Until(end) = &mut self.term
            && end.as_mut().poll(cx).is_ready()
        {
            self.term = Term::Over;
        }
        match self.term {
            Term::Over => Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the connection's term is over")),
            Term::Unbounded | Term::Until(_) => Ok(()),
        }
    }

    fn io(&mut self) -> std::pin::Pin<&mut dyn Io> {
        std::pin::Pin::new(&mut *self.io)
    }
}

impl Connected for ServerStream {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer
    }
}

impl AsyncRead for ServerStream {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(cx)?;
        if self.replay.is_empty() {
            return self.io().poll_read(cx, buffer);
        }
        let (now, later) = self.replay.split_at(self.replay.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.replay = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ServerStream {
    fn poll_write(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        self.io().poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        self.io().poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        self.io().poll_flush(cx)
    }

    fn poll_shutdown(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        self.io().poll_shutdown(cx)
    }
}
