//! What goes over the wire under TLS's place, recorded, held back or changed.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// Something in every pipe that hears all, and can hold bytes back or change them.
#[derive(Default)]
pub struct Tap {
    /// What went over each pipe, each direction by itself: to the matcher, and from it.
    records: Mutex<Vec<[Vec<u8>; 2]>>,
    /// How many more bytes pass to the matcher; then they wait for ever.
    hold: Mutex<Option<usize>>,
    /// What is put in the place of what, of the same length.
    swap: Mutex<Option<(Vec<u8>, Vec<u8>)>>,
}

const TO_MATCHER: usize = 0;
const FROM_MATCHER: usize = 1;

impl Tap {
    fn record(&self) -> usize {
        let mut records = self.records.lock().unwrap();
        records.push(Default::default());
        records.len() - 1
    }

    /// All that went over the wire.
    pub fn heard(&self) -> Vec<u8> {
        self.records.lock().unwrap().iter().flatten().flatten().copied().collect()
    }

    /// Lets so many bytes pass to the matcher, over all pipes, and then none.
    pub fn hold(&self, bytes: Option<usize>) {
        *self.hold.lock().unwrap() = bytes;
    }

    /// Changes bytes on their way, in both directions.
    pub fn swap(&self, change: Option<(&[u8], &[u8])>) {
        *self.swap.lock().unwrap() = change.map(|(from, to)| {
            assert_eq!(from.len(), to.len());
            (from.to_vec(), to.to_vec())
        });
    }

    fn passed(&self, record: usize, direction: usize, bytes: &[u8]) {
        self.records.lock().unwrap()[record][direction].extend_from_slice(bytes);
    }

    fn change(&self, bytes: &mut [u8]) {
        if let Some((from, to)) = &*self.swap.lock().unwrap() {
            let found: Vec<usize> = memchr::memmem::find_iter(bytes, from).collect();
            found.into_iter().for_each(|at| bytes[at..at + to.len()].copy_from_slice(to));
        }
    }
}

/// The matcher's end of a pipe.
pub struct Tapped {
    io: DuplexStream,
    tap: Arc<Tap>,
    record: usize,
}

impl Tapped {
    pub fn new(io: DuplexStream, tap: Arc<Tap>) -> Self {
        let record = tap.record();
        Self { io, tap, record }
    }
}

impl AsyncRead for Tapped {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let hold = *self.tap.hold.lock().unwrap();
        if hold == Some(0) {
            return Poll::Pending;
        }
        let mut bytes = vec![0; buffer.remaining().min(hold.unwrap_or(usize::MAX))];
        let mut inner = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut inner))?;
        let filled = inner.filled_mut();
        self.tap.change(filled);
        self.tap.passed(self.record, TO_MATCHER, filled);
        self.tap.hold(hold.map(|left| left - filled.len()));
        buffer.put_slice(filled);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tapped {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut bytes = bytes.to_vec();
        self.tap.change(&mut bytes);
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, &bytes))?;
        self.tap.passed(self.record, FROM_MATCHER, &bytes[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
