//! The way to a server: one card, and a reason when it fails.
//!
//! In TLS 1.3 a client whose certificate is refused has connected all the same; it learns of it from an alert that its
//! first call runs into, and tonic drops the reason. So a connection counts here only once the server has said something
//! in HTTP/2, and the first error of a connection is kept.

use std::error::Error as _;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::AlertDescription;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Error, Uri};
use tower::service_fn;

use super::pin::Pin;
use super::tap::{Observer, Tap};
use super::tls::{TlsIdentity, server_name};
use super::{CONNECTION_WINDOW, FRAME, STREAM_WINDOW};

/// Why there is no connection, or no longer one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The address is not `https://host:port`.
    #[error("`{0}` is not the address of a server: write it as https://host:port")]
    BadUrl(String),
    /// Nothing that speaks TLS answers there.
    #[error("no server answers at {address} ({why}): check the address, that the server runs, and firewalls between")]
    Unreachable {
        /// `host:port`.
        address: String,
        /// What the network says.
        why: String,
    },
    /// The server holds another key than the pinned card. Nothing was sent to it, not even this home's card.
    #[error(
        "the server at {0} shows another card than the pinned one; nothing was sent: check the address, and ask \
             the server's operator whether its card has changed"
    )]
    WrongCard(String),
    /// The server does not admit this home's card.
    #[error("the server at {0} does not admit this home's card: its operator must admit it (`--admit`)")]
    Refused(String),
    /// The server hung up before it said anything.
    #[error(
        "the server at {0} closed the connection at once: it may be shutting down, or this home has too many \
             connections open; try again in a while"
    )]
    Closed(String),
    /// The connection broke after it had been made.
    #[error("the connection to {address} broke ({why}): try again")]
    Lost {
        /// `host:port`.
        address: String,
        /// What the network says.
        why: String,
    },
}

/// A connection to one server. tonic makes it anew when it breaks, under the same pin. Clones share it.
#[derive(Clone, Debug)]
pub struct Connection {
    channel: Channel,
    wire: Arc<Wire>,
}

impl Connection {
    /// The channel for a generated client.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Bytes sent so far, TLS and all, over every connection made.
    pub fn sent(&self) -> u64 {
        self.wire.sent.load(Ordering::Relaxed)
    }

    /// Bytes received so far, likewise.
    pub fn received(&self) -> u64 {
        self.wire.received.load(Ordering::Relaxed)
    }

    /// The reason under a failed call, if it was the connection that failed. `None` if the server itself gave the status.
    ///
    /// A home that is removed while it is connected sees [`ConnectError::Lost`] first, and [`ConnectError::Refused`] when
    /// a later call connects anew.
    pub fn explain(&self, status: &tonic::Status) -> Option<ConnectError> {
        status.source()?;
        self.wire.failure()
    }
}

/// Connects to the server at `url` (`https://host:port`), which must hold the card with the pin `server`.
///
/// Returns once the server has admitted `identity`, so that a refusal is an error here and not of the first call.
pub async fn connect(url: &str, identity: &TlsIdentity, server: Pin) -> Result<Connection, ConnectError> {
    let (endpoint, address) = parse(url).ok_or_else(|| ConnectError::BadUrl(url.to_owned()))?;
    let wire = Arc::new(Wire::new(address));
    let tls = TlsConnector::from(Arc::new(identity.client_config(server)));
    let dialled = wire.clone();
    let connector = service_fn(move |_: Uri| {
        let (wire, tls) = (dialled.clone(), tls.clone());
        async move { wire.dial(tls).await.map(TokioIo::new).inspect_err(|error| wire.tell(News::Failed(error.clone()))) }
    });
    let channel = tuned(endpoint).connect_with_connector(connector).await;
    wire.settled(channel).await
}

/// Connects to a server in this process, which holds the other end of `io`. For tests; there is no second connection.
pub async fn connect_in_memory(io: DuplexStream) -> Result<Connection, ConnectError> {
    let wire = Arc::new(Wire::new("memory".to_owned()));
    let once = Mutex::new(Some(wire.watch(wire.meter(io))));
    let connector = service_fn(move |_: Uri| {
        let io = once.lock().unwrap_or_else(PoisonError::into_inner).take();
        async move { io.map(TokioIo::new).ok_or_else(|| io::Error::other("a pipe connects once")) }
    });
    let channel = tuned(Endpoint::from_static("http://memory")).connect_with_connector(connector).await;
    wire.settled(channel).await
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// Calls that wait for their first answer at once. Under the 32 streams of a server, with room for long-lived ones: those
/// stop counting here when their headers have come.
const CALLS: usize = 16;

fn parse(url: &str) -> Option<(Endpoint, String)> {
    let endpoint = Endpoint::from_shared(url.to_owned()).ok()?;
    let uri = endpoint.uri();
    let authority = uri.authority()?;
    let plain = uri.scheme_str() == Some("https") && matches!(uri.path(), "" | "/") && uri.query().is_none();
    let complete = authority.port_u16().is_some() && !authority.as_str().contains('@');
    let address = authority.to_string();
    (plain && complete).then_some((endpoint, address))
}

fn tuned(endpoint: Endpoint) -> Endpoint {
    endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .concurrency_limit(CALLS)
        .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(FRAME)
}

/// What is known of the wire under a [`Connection`].
#[derive(Debug)]
struct Wire {
    address: String,
    sent: AtomicU64,
    received: AtomicU64,
    news: watch::Sender<News>,
}

/// How the newest connection fares.
#[derive(Debug)]
enum News {
    None,
    Heard,
    Failed(ConnectError),
}

impl Wire {
    fn new(address: String) -> Self {
        Self { address, sent: AtomicU64::new(0), received: AtomicU64::new(0), news: watch::Sender::new(News::None) }
    }

    async fn dial(
        self: &Arc<Self>,
        tls: TlsConnector,
    ) -> Result<impl AsyncRead + AsyncWrite + Unpin + use<>, ConnectError> {
        self.tell(News::None);
        let tcp = TcpStream::connect(&self.address).await.map_err(|error| self.unreachable(&error))?;
        tcp.set_nodelay(true).map_err(|error| self.unreachable(&error))?;
        let tls = tls.connect(server_name(), self.meter(tcp)).await;
        let tls = tls.map_err(|error| match tls_error(&error) {
            Some(rustls::Error::InvalidCertificate(_)) => ConnectError::WrongCard(self.address.clone()),
            _ => self.unreachable(&error),
        })?;
        Ok(self.watch(tls))
    }

    fn meter<T>(self: &Arc<Self>, io: T) -> Tap<T, Meter> {
        Tap::new(io, Meter(self.clone()))
    }

    fn watch<T>(self: &Arc<Self>, io: T) -> Tap<T, Watch> {
        Tap::new(io, Watch { wire: self.clone(), heard: false, failed: false })
    }

    fn tell(&self, news: News) {
        self.news.send_replace(news);
    }

    fn unreachable(&self, why: &dyn ToString) -> ConnectError {
        ConnectError::Unreachable { address: self.address.clone(), why: why.to_string() }
    }

    fn failure(&self) -> Option<ConnectError> {
        match &*self.news.borrow() {
            News::Failed(error) => Some(error.clone()),
            News::None | News::Heard => None,
        }
    }

    /// The connection, once the server has said something.
    async fn settled(self: Arc<Self>, made: Result<Channel, Error>) -> Result<Connection, ConnectError> {
        let channel = made.map_err(|error| self.failure().unwrap_or_else(|| self.unreachable(&error)))?;
        let mut news = self.news.subscribe();
        let silent = timeout(CONNECT_TIMEOUT, news.wait_for(|news| !matches!(news, News::None))).await.is_err();
        match self.failure() {
            Some(failure) => Err(failure),
            None if silent => Err(self.unreachable(&"it stays silent")),
            None => Ok(Connection { channel, wire: self }),
        }
    }
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// Counts what goes over the wire.
struct Meter(Arc<Wire>);

impl Observer for Meter {
    fn read(&mut self, outcome: Result<usize, &io::Error>) {
        self.0.received.fetch_add(outcome.unwrap_or(0) as u64, Ordering::Relaxed);
    }

    fn wrote(&mut self, outcome: Result<usize, &io::Error>) {
        self.0.sent.fetch_add(outcome.unwrap_or(0) as u64, Ordering::Relaxed);
    }
}

/// Tells of the first bytes from the server and of the first failure, which is the one with the reason.
struct Watch {
    wire: Arc<Wire>,
    heard: bool,
    failed: bool,
}

impl Watch {
    fn fail(&mut self, error: Option<&io::Error>) {
        if std::mem::replace(&mut self.failed, true) {
            return;
        }
        let address = self.wire.address.clone();
        let alert = match error.and_then(tls_error) {
            Some(rustls::Error::AlertReceived(alert)) => Some(*alert),
            _ => None,
        };
        self.wire.tell(News::Failed(match alert {
            Some(AlertDescription::AccessDenied) => ConnectError::Refused(address),
            None if !self.heard => ConnectError::Closed(address),
            _ => {
                let why = error.map_or_else(|| "the server closed it".to_owned(), io::Error::to_string);
                ConnectError::Lost { address, why }
            }
        }));
    }
}

impl Observer for Watch {
    fn read(&mut self, outcome: Result<usize, &io::Error>) {
        match outcome {
            Ok(0) => self.fail(None),
            Ok(_) if !self.heard => {
                self.heard = true;
                self.wire.tell(News::Heard);
            }
            Ok(_) => {}
            Err(error) => self.fail(Some(error)),
        }
    }

    fn wrote(&mut self, outcome: Result<usize, &io::Error>) {
        if let Err(error) = outcome {
            self.fail(Some(error));
        }
    }
}
