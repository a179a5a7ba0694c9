//! A stream with an observer: the client counts bytes under TLS and notes above it how the connection fares.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Is told of every operation that came to an end.
pub(super) trait Observer: Unpin {
    /// A read of so many bytes (0: the peer has finished), or its error.
    fn read(&mut self, outcome: Result<usize, &io::Error>);
    /// A write of so many bytes, or its error.
    fn wrote(&mut self, outcome: Result<usize, &io::Error>);
}

pub(super) struct Tap<T, O> {
    io: T,
    observer: O,
}

impl<T, O: Observer> Tap<T, O> {
    pub(super) fn new(io: T, observer: O) -> Self {
        Self { io, observer }
    }

    fn note_write(&mut self, outcome: io::Result<usize>) -> Poll<io::Result<usize>> {
        self.observer.wrote(outcome.as_ref().copied());
        Poll::Ready(outcome)
    }
}

impl<T: AsyncRead + Unpin, O: Observer> AsyncRead for Tap<T, O> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = ready!(Pin::new(&mut self.io).poll_read(cx, buffer));
        self.observer.read(outcome.as_ref().map(|()| buffer.filled().len() - before));
        Poll::Ready(outcome)
    }
}

impl<T: AsyncWrite + Unpin, O: Observer> AsyncWrite for Tap<T, O> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = ready!(Pin::new(&mut self.io).poll_write(cx, bytes));
        self.note_write(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, slices));
        self.note_write(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
