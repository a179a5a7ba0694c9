//! The way into a server. Each step has a cap or a deadline, and all that strangers can reach comes before tonic.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codegen::{Service, http};
use tonic::transport::Server;

use super::pin::{Pin, Pins, Turned};
use super::stream::{Peer, ServerStream};
use super::tls::TlsIdentity;
use super::{CONNECTION_WINDOW, FRAME, Limits, STREAM_WINDOW};

/// Serves `service` on `listener` until `shutdown` ends, then lets open calls finish within [`Limits::grace`] and cuts
/// what is left by clearing `pins`.
pub async fn serve<S>(
    service: S,
    listener: TcpListener,
    identity: &TlsIdentity,
    pins: &Pins,
    limits: &Limits,
    shutdown: impl Future<Output = ()>,
) -> Result<(), tonic::transport::Error>
where
    S: Service<http::Request<tonic::body::Body>, Response = http::Response<tonic::body::Body>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
{
    let (begun, begins) = oneshot::channel();
    let shutdown = async {
        shutdown.await;
        // Nobody listens if the server has ended by itself; then there is nothing to cut.
        let _ = begun.send(());
    };
    // tonic waits for ever for a call that never ends.
    let cut = async {
        if begins.await.is_ok() {
            sleep(limits.grace).await;
            pins.clear();
        }
        std::future::pending::<Infallible>().await
    };
    let incoming = incoming(listener, identity, pins, limits);
    tokio::select! {
        ended = server_builder(limits).serve_with_incoming_shutdown(service, incoming, shutdown) => ended,
        never = cut => match never {},
    }
}

/// A tonic server with the limits that HTTP/2 itself can keep.
///
/// Open streams past the maximum age are cut by [`ServerStream`]: with tonic's own grace setting the connection would be
/// cut without having been asked to finish.
pub fn server_builder(limits: &Limits) -> Server {
    Server::builder()
        .max_concurrent_streams(limits.streams)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(FRAME)
        .http2_max_header_list_size(HEADERS)
        .http2_keepalive_interval(Some(limits.keep_alive_interval))
        .http2_keepalive_timeout(Some(limits.keep_alive_timeout))
        .max_connection_age(limits.connection_age)
}

/// The authenticated connections of `listener`. Dropping the stream closes the listener; what was accepted lives on.
///
/// Yields no errors: tonic would retry at once. They are logged and waited out here.
pub fn incoming(
    listener: TcpListener,
    identity: &TlsIdentity,
    pins: &Pins,
    limits: &Limits,
) -> ReceiverStream<io::Result<ServerStream>> {
    let (ready, streams) = mpsc::channel(1);
    let door = Door {
        tls: TlsAcceptor::from(Arc::new(identity.server_config(pins.clone()))),
        pins: pins.clone(),
        limits: limits.clone(),
        handshakes: Arc::new(Semaphore::new(limits.handshakes)),
        ready,
    };
    tokio::spawn(Arc::new(door).accept(listener));
    ReceiverStream::new(streams)
}

/// What every HTTP/2 client says first.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Bytes of the headers of one request; gRPC's are a few hundred.
const HEADERS: u32 = 8 * 1024;

/// What a refused client may have on its way to us when it is told: its last handshake message and its first requests.
const DRAIN: u64 = 256 * 1024;

struct Door {
    tls: TlsAcceptor,
    pins: Pins,
    limits: Limits,
    handshakes: Arc<Semaphore>,
    ready: mpsc::Sender<io::Result<ServerStream>>,
}

impl Door {
    async fn accept(self: Arc<Self>, listener: TcpListener) {
        let connections = Arc::new(Semaphore::new(self.limits.connections));
        let next = async || {
            let connection = permit(&connections).await;
            listener.accept().await.map(|(tcp, address)| (tcp, address, connection))
        };
        loop {
            let accepted = tokio::select! {
                accepted = next() => accepted,
                () = self.ready.closed() => return,
            };
            match accepted {
                Ok((tcp, address, connection)) => {
                    tokio::spawn(self.clone().pass(tcp, address, connection));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept connections: are there too few file descriptors?");
                    sleep(self.limits.accept_pause).await;
                }
            }
        }
    }

    async fn pass(self: Arc<Self>, tcp: TcpStream, address: SocketAddr, connection: OwnedSemaphorePermit) {
        match self.authenticate(tcp, address, connection).await {
            // The receiver is gone when the server shuts down, and the stream with it.
            Ok(stream) => drop(self.ready.send(Ok(stream)).await),
            Err(error) => tracing::debug!(%address, %error, "connection turned away"),
        }
    }

    async fn authenticate(
        &self,
        tcp: TcpStream,
        address: SocketAddr,
        connection: OwnedSemaphorePermit,
    ) -> io::Result<ServerStream> {
        // Who says nothing takes no place among the handshakes.
        let spoken = timeout(self.limits.first_byte_timeout, tcp.peek(&mut [0])).await??;
        if spoken == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut tls = timeout(self.limits.handshake_timeout, self.handshake(tcp)).await??;
        let pin = peer_pin(&tls)?;
        let lease = self.pins.lease(&pin, self.limits.connections_per_peer)?;
        timeout(self.limits.preface_timeout, read_preface(&mut tls)).await??;
        let peer = Peer { pin, address: Some(address) };
        let cut = self.limits.connection_age + self.limits.grace;
        Ok(ServerStream::leased(tls, peer, PREFACE, lease, cut, connection))
    }

    async fn handshake(&self, tcp: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let _place = permit(&self.handshakes).await;
        tcp.set_nodelay(true)?;
        match self.tls.accept(tcp).into_fallible().await {
            Ok(tls) => Ok(tls),
            Err((refusal, tcp)) => {
                let _ = deliver_alert(tcp).await;
                Err(refusal)
            }
        }
    }
}

async fn permit(semaphore: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    semaphore.clone().acquire_owned().await.expect("the semaphore is never closed")
}

/// Reads until the refused client closes. A socket closed with bytes unread is reset, and the reset overtakes the alert
/// that tells the client why.
async fn deliver_alert(mut tcp: TcpStream) -> io::Result<()> {
    tcp.shutdown().await?;
    tokio::io::copy(&mut tcp.take(DRAIN), &mut tokio::io::sink()).await?;
    Ok(())
}

fn peer_pin(tls: &TlsStream<TcpStream>) -> io::Result<Pin> {
    let certificates = tls.get_ref().1.peer_certificates().unwrap_or_default();
    let certificate = certificates.first().ok_or_else(|| io::Error::other("no client certificate"))?;
    Pin::of(certificate).map_err(io::Error::other)
}

async fn read_preface(tls: &mut TlsStream<TcpStream>) -> io::Result<()> {
    let mut preface = [0; PREFACE.len()];
    tls.read_exact(&mut preface).await?;
    if preface == *PREFACE { Ok(()) } else { Err(io::Error::other("the client does not speak HTTP/2")) }
}

impl From<Turned> for io::Error {
    fn from(turned: Turned) -> Self {
        Self::other(match turned {
            Turned::Removed => "its card was removed during the handshake",
            Turned::Cap => "its card has too many connections open",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tls::server_name;
    use std::time::Duration;
    use tokio_rustls::TlsConnector;
    use tokio_stream::StreamExt;

    fn identity() -> TlsIdentity {
        let made = rcgen::generate_simple_self_signed(["mandorla".to_owned()]).unwrap();
        TlsIdentity::new(made.cert.der().to_vec(), &made.signing_key.serialize_der()).unwrap()
    }

    /// What an admitted client that says `first` reads, and how many streams came of it.
    async fn knock(first: &[u8]) -> (usize, usize) {
        let (server, home) = (identity(), identity());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = Limits { preface_timeout: Duration::from_millis(50), ..Limits::default() };
        let pins = Pins::from_iter([home.pin()]);
        let mut streams = incoming(listener, &server, &pins, &limits);

        let tcp = TcpStream::connect(address).await.unwrap();
        let connector = TlsConnector::from(Arc::new(home.client_config(server.pin())));
        let mut tls = connector.connect(server_name(), tcp).await.unwrap();
        tls.write_all(first).await.unwrap();
        let mut byte = [0; 1];
        tokio::select! {
            read = tls.read(&mut byte) => (read.unwrap_or(0), 0),
            Some(Ok(mut stream)) = streams.next() => {
                let mut read = Vec::new();
                drop(tls);
                let _ = stream.read_to_end(&mut read).await;
                assert_eq!(read, first);
                (0, 1)
            }
        }
    }

    #[tokio::test]
    async fn a_client_that_does_not_go_on_is_dropped() {
        assert_eq!(knock(b"P").await, (0, 0));
    }

    #[tokio::test]
    async fn a_client_that_speaks_something_else_is_dropped() {
        assert_eq!(knock(b"GET / HTTP/1.1\r\nHost: mandorla\r\n\r\n").await, (0, 0));
    }

    #[tokio::test]
    async fn the_preface_is_replayed() {
        assert_eq!(knock(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nand more").await, (0, 1));
    }

    /// Requests of a refused client that arrive after the verdict must not turn into a reset that swallows it.
    #[tokio::test]
    async fn the_reason_survives_requests_on_their_way() {
        let (server, stranger) = (identity(), identity());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let _streams = incoming(listener, &server, &Pins::default(), &Limits::default());

        let connector = TlsConnector::from(Arc::new(stranger.client_config(server.pin())));
        let tcp = TcpStream::connect(address).await.unwrap();
        let mut tls = connector.connect(server_name(), tcp).await.unwrap();
        tls.get_ref().0.readable().await.unwrap();
        for _ in 0..2 {
            tls.write_all(PREFACE).await.unwrap();
            sleep(Duration::from_millis(20)).await;
        }
        let error = tls.read(&mut [0; 1]).await.unwrap_err();
        assert!(error.to_string().contains("AccessDenied"), "{error}");
    }
}
