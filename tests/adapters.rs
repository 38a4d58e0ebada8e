//! The adapters of the front page keep the three rules of an HTTP client: every status, no redirect, a limit of size and time.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    unreachable_pub,
    reason = "a test fails by panicking, and has a server"
)]

/// As on the front page.
#[allow(dead_code, clippy::allow_attributes, reason = "`discover` shows how it is used")]
mod reqwest_adapter {
    include!("adapters/reqwest.rs");

    pub fn fetch(request: http::Request<Body>) -> Result<http::Response<Body>, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = client().map_err(|error| error.to_string())?;
        runtime.block_on(send(&client, request)).map_err(|error| error.to_string())
    }
}

/// As on the front page.
mod ureq_adapter {
    include!("adapters/ureq.rs");

    pub fn fetch(request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, String> {
        send(&agent(), request).map_err(|error| error.to_string())
    }
}

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use oidc_proto::http::{Request, Response};

/// A server that misbehaves. It counts what it could send.
struct Server {
    address: SocketAddr,
    sent: Arc<AtomicUsize>,
    redirected: Arc<AtomicUsize>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sent, redirected) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counters = (Arc::clone(&sent), Arc::clone(&redirected));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (sent, redirected) = (Arc::clone(&counters.0), Arc::clone(&counters.1));
                // An error here means that the client has closed the connection.
                std::thread::spawn(move || answer(stream, &sent, &redirected).unwrap_or_default());
            }
        });
        Self { address, sent, redirected }
    }

    fn request(&self, path: &str) -> Request<Vec<u8>> {
        Request::get(format!("http://{}{path}", self.address)).body(Vec::new()).unwrap()
    }
}

fn answer(mut stream: TcpStream, sent: &AtomicUsize, redirected: &AtomicUsize) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    match line.split(' ').nth(1) {
        Some("/huge") => {
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {HUGE}\r\n\r\n")?;
            let chunk = vec![b'x'; 1 << 16];
            for _ in 0..HUGE / chunk.len() {
                stream.write_all(&chunk)?;
                sent.fetch_add(chunk.len(), Ordering::SeqCst);
            }
        }
        Some("/silent") => {
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{{")?;
            // Until the client closes the connection.
            reader.read_to_end(&mut Vec::new())?;
        }
        Some("/redirect") => {
            write!(stream, "HTTP/1.1 307 Elsewhere\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n")?;
        }
        Some("/elsewhere") => {
            redirected.fetch_add(1, Ordering::SeqCst);
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
        }
        _ => write!(stream, "HTTP/1.1 400 Bad Request\r\ncontent-length: 9\r\n\r\nin a word")?,
    }
    stream.flush()
}

/// 64 MiB.
const HUGE: usize = 1 << 26;

type Send = fn(Request<Vec<u8>>) -> Result<Response<Vec<u8>>, String>;

fn every_rule_is_kept(send: Send) {
    let server = Server::start();
    let refused = send(server.request("/refused")).unwrap();
    assert_eq!((refused.status().as_u16(), refused.body().as_slice()), (400, b"in a word".as_slice()));

    let redirect = send(server.request("/redirect")).unwrap();
    assert_eq!((redirect.status().as_u16(), server.redirected.load(Ordering::SeqCst)), (307, 0));

    match send(server.request("/huge")) {
        Ok(huge) => assert!(huge.body().len() < 1 << 22, "{} bytes were kept", huge.body().len()),
        Err(error) => assert!(error.contains("limit") || error.contains("large"), "{error}"),
    }
    let taken = server.sent.load(Ordering::SeqCst);
    assert!(taken < HUGE / 2, "{taken} bytes were read");

    assert!(send(server.request("/silent")).is_err(), "a client must not wait for ever");
}

#[test]
fn ureq_keeps_every_rule() {
    every_rule_is_kept(ureq_adapter::fetch);
}

#[test]
fn reqwest_keeps_every_rule() {
    every_rule_is_kept(reqwest_adapter::fetch);
}

#[test]
fn the_front_page_has_these_adapters() {
    let front_page = include_str!("../README.md");
    for adapter in [include_str!("adapters/ureq.rs"), include_str!("adapters/reqwest.rs")] {
        assert!(front_page.contains(adapter), "the front page has another adapter than:\n{adapter}");
    }
}
