//! The transport on loopback and in memory: who gets in, who does not and is told so, and what ends.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used)] // clippy's own exception does not reach the helpers of tests

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mandorla::transport::{
    ConnectError, Connection, Limits, Peer, Pin, Pins, ServerStream, TlsIdentity, connect, connect_in_memory, serve,
    server_builder,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::{Code, Status};
use tower::{ServiceExt, service_fn};

const BOUND: Duration = Duration::from_secs(20);

fn identity() -> TlsIdentity {
    let made = rcgen::generate_simple_self_signed(["mandorla".to_owned()]).unwrap();
    TlsIdentity::new(made.cert.der().to_vec(), &made.signing_key.serialize_der()).unwrap()
}

/// Answers with the caller's pin; `/hang` never answers and `/fail` fails.
async fn answer(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let status = match request.uri().path() {
        "/hang" => pending().await,
        "/fail" => Status::unavailable("as asked"),
        _ => {
            let peer = request.extensions().get::<Peer>().expect("every request has a peer");
            Status::ok(format!("{:?}", peer.pin))
        }
    };
    Ok(status.into_http())
}

struct Server {
    url: String,
    pin: Pin,
    pins: Pins,
    calls: Arc<AtomicUsize>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), tonic::transport::Error>>,
}

async fn start(pins: impl IntoIterator<Item = Pin>, limits: Limits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let (identity, pins, calls) = (identity(), Pins::from_iter(pins), Arc::new(AtomicUsize::new(0)));
    let (stop, stopped) = oneshot::channel();
    let (pin, counter, served) = (identity.pin(), calls.clone(), pins.clone());
    let service = service_fn(move |request| {
        counter.fetch_add(1, Ordering::Relaxed);
        answer(request)
    });
    let task = tokio::spawn(async move {
        serve(service, listener, &identity, &served, &limits, async { drop(stopped.await) }).await
    });
    Server { url, pin, pins, calls, stop, task }
}

async fn call(connection: &Connection, path: &str) -> Result<String, Status> {
    let request = Request::post(format!("http://call{path}")).body(Body::empty()).unwrap();
    let response = timeout(BOUND, connection.channel().oneshot(request)).await.expect("calls end in time");
    let response = response.map_err(|error| Status::from_error(error.into()))?;
    let status = Status::from_header_map(response.headers()).unwrap();
    if status.code() == Code::Ok { Ok(status.message().to_owned()) } else { Err(status) }
}

#[tokio::test]
async fn an_admitted_home_is_served_and_known() {
    let home = identity();
    let server = start([home.pin()], Limits::default()).await;
    let connection = connect(&server.url, &home, server.pin).await.unwrap();
    assert_eq!(call(&connection, "/").await.unwrap(), format!("{:?}", home.pin()));

    let (sent, received) = (connection.sent(), connection.received());
    call(&connection, "/").await.unwrap();
    assert!(connection.sent() > sent && connection.received() > received);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_after_connecting_is_served() {
    let home = identity();
    let server = start([home.pin()], Limits::default()).await;
    let connection = connect(&server.url, &home, server.pin).await.unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..200 {
        let connection = connection.clone();
        calls.spawn(async move { call(&connection, "/").await.unwrap() });
    }
    assert_eq!(calls.join_all().await.len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_home_is_told_every_time() {
    let (home, stranger) = (identity(), identity());
    let server = start([home.pin()], Limits::default()).await;
    for _ in 0..50 {
        let error = connect(&server.url, &stranger, server.pin).await.unwrap_err();
        assert!(matches!(error, ConnectError::Refused(_)), "{error}");
    }
    assert_eq!(server.calls.load(Ordering::Relaxed), 0);
    connect(&server.url, &home, server.pin).await.unwrap();
}

#[tokio::test]
async fn a_server_with_another_card_gets_nothing() {
    let home = identity();
    let server = start([home.pin()], Limits::default()).await;
    let error = connect(&server.url, &home, identity().pin()).await.unwrap_err();
    assert!(matches!(error, ConnectError::WrongCard(_)), "{error}");
    assert_eq!(server.calls.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_home_is_cut_off_and_told() {
    let home = identity();
    let server = start([home.pin()], Limits::default()).await;
    let connection = connect(&server.url, &home, server.pin).await.unwrap();
    let hanging = tokio::spawn({
        let connection = connection.clone();
        async move { call(&connection, "/hang").await }
    });
    call(&connection, "/").await.unwrap();
    while server.calls.load(Ordering::Relaxed) < 2 {
        tokio::task::yield_now().await;
    }

    server.pins.remove(&home.pin());
    hanging.await.unwrap().unwrap_err();
    // A call may still meet the broken connection; tonic makes a new one for the next, and that is refused.
    let told = async {
        loop {
            let status = call(&connection, "/").await.unwrap_err();
            match connection.explain(&status).expect("it is the connection that failed") {
                ConnectError::Refused(_) => return,
                error => assert!(matches!(error, ConnectError::Lost { .. }), "{error}"),
            }
        }
    };
    timeout(BOUND, told).await.unwrap();
    assert_eq!(server.calls.load(Ordering::Relaxed), 2);

    server.pins.insert(home.pin());
    let back = async { while call(&connection, "/").await.is_err() {} };
    timeout(BOUND, back).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_served_after_a_removal() {
    let home = identity();
    let server = start([home.pin()], Limits::default()).await;
    for _ in 0..50 {
        server.pins.insert(home.pin());
        let connection = connect(&server.url, &home, server.pin).await.unwrap();
        call(&connection, "/").await.unwrap();
        let before = server.calls.load(Ordering::Relaxed);
        server.pins.remove(&home.pin());
        call(&connection, "/").await.unwrap_err();
        assert_eq!(server.calls.load(Ordering::Relaxed), before);
    }
}

#[tokio::test]
async fn the_servers_own_status_is_not_explained() {
    let home = identity();
    let server = start([home.pin()], Limits::default()).await;
    let connection = connect(&server.url, &home, server.pin).await.unwrap();
    let status = call(&connection, "/fail").await.unwrap_err();
    assert_eq!((status.message(), connection.explain(&status)), ("as asked", None));
}

#[tokio::test]
async fn a_silent_stranger_is_dropped() {
    let first_byte = Limits { first_byte_timeout: Duration::from_millis(50), ..Limits::default() };
    let handshake = Limits { handshake_timeout: Duration::from_millis(50), handshakes: 1, ..Limits::default() };
    for (said, limits) in [(&b""[..], first_byte), (&[22][..], handshake)] {
        let server = start([], limits).await;
        let address = server.url.strip_prefix("https://").unwrap();
        // With one handshake at a time, the second waits for the first to be dropped.
        for _ in 0..2 {
            let mut silent = TcpStream::connect(address).await.unwrap();
            silent.write_all(said).await.unwrap();
            // Closed, or reset where what it said was never read.
            assert!(!timeout(BOUND, silent.read(&mut [0; 1])).await.unwrap().is_ok_and(|read| read > 0));
        }
    }
}

#[tokio::test]
async fn silent_strangers_keep_nobody_out() {
    let home = identity();
    let hour = Duration::from_secs(3600);
    let limits = Limits { handshakes: 1, first_byte_timeout: hour, handshake_timeout: hour, ..Limits::default() };
    let server = start([home.pin()], limits).await;
    let address = server.url.strip_prefix("https://").unwrap();
    let mut strangers = Vec::new();
    for _ in 0..100 {
        strangers.push(TcpStream::connect(address).await.unwrap());
    }
    let connected = timeout(BOUND, connect(&server.url, &home, server.pin)).await;
    connected.expect("a stranger without a word takes no place among the handshakes").unwrap();
}

#[tokio::test]
async fn a_card_has_so_many_connections() {
    let (home, other) = (identity(), identity());
    let limits = Limits { connections_per_peer: 2, ..Limits::default() };
    let server = start([home.pin(), other.pin()], limits).await;
    let first = connect(&server.url, &home, server.pin).await.unwrap();
    let _second = connect(&server.url, &home, server.pin).await.unwrap();
    let error = connect(&server.url, &home, server.pin).await.unwrap_err();
    assert!(matches!(error, ConnectError::Closed(_)), "{error}");
    connect(&server.url, &other, server.pin).await.unwrap();

    drop(first);
    let freed = async { while connect(&server.url, &home, server.pin).await.is_err() {} };
    timeout(BOUND, freed).await.unwrap();
}

#[tokio::test]
async fn connections_in_all_are_capped() {
    let home = identity();
    let server = start([home.pin()], Limits { connections: 1, ..Limits::default() }).await;
    let first = connect(&server.url, &home, server.pin).await.unwrap();
    let mut second = Box::pin(connect(&server.url, &home, server.pin));
    timeout(Duration::from_millis(50), &mut second).await.expect_err("it waits for its turn");
    drop(first);
    second.await.unwrap();
}

#[tokio::test]
async fn an_old_connection_is_cut() {
    let home = identity();
    let (connection_age, grace) = (Duration::from_millis(30), Duration::from_millis(30));
    let server = start([home.pin()], Limits { connection_age, grace, ..Limits::default() }).await;
    let connection = connect(&server.url, &home, server.pin).await.unwrap();
    call(&connection, "/hang").await.unwrap_err();
    call(&connection, "/").await.unwrap();
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_ever() {
    let home = identity();
    let server = start([home.pin()], Limits { grace: Duration::from_millis(30), ..Limits::default() }).await;
    let connection = connect(&server.url, &home, server.pin).await.unwrap();
    let hanging = tokio::spawn(async move { call(&connection, "/hang").await });
    while server.calls.load(Ordering::Relaxed) < 1 {
        tokio::task::yield_now().await;
    }
    server.stop.send(()).unwrap();
    timeout(BOUND, server.task).await.unwrap().unwrap().unwrap();
    hanging.await.unwrap().unwrap_err();
    let error = connect(&server.url, &home, server.pin).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn addresses_are_checked() {
    let home = identity();
    for url in
        ["", "host:1", "http://host:1", "https://host", "https://a@host:1", "https://host:1/x", "https://host:1?x"]
    {
        let error = connect(url, &home, home.pin()).await.unwrap_err();
        assert_eq!(error, ConnectError::BadUrl(url.to_owned()));
    }
}

#[tokio::test]
async fn the_whole_server_runs_in_memory() {
    let peer = Peer { pin: Pin([7; 32]), address: None };
    let (here, there) = duplex(64 * 1024);
    let incoming = tokio_stream::iter([Ok::<_, io::Error>(ServerStream::in_memory(there, peer))]);
    tokio::spawn(server_builder(&Limits::default()).serve_with_incoming(service_fn(answer), incoming));
    let connection = connect_in_memory(here).await.unwrap();
    assert_eq!(call(&connection, "/").await.unwrap(), format!("{:?}", peer.pin));
    assert!(connection.sent() > 0 && connection.received() > 0);
}

#[tokio::test]
async fn a_pipe_without_a_server_is_closed() {
    let (here, there) = duplex(64 * 1024);
    drop(there);
    let error = connect_in_memory(here).await.unwrap_err();
    assert!(matches!(error, ConnectError::Closed(_)), "{error}");
}

#[test]
fn a_certificate_and_its_key_belong_together() {
    let (one, other) = [(); 2].map(|()| rcgen::generate_simple_self_signed(["mandorla".to_owned()]).unwrap()).into();
    assert!(TlsIdentity::new(one.cert.der().to_vec(), &other.signing_key.serialize_der()).is_err());
    assert!(TlsIdentity::new(vec![0; 9], &one.signing_key.serialize_der()).is_err());
}
