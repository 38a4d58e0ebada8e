//! The test provider behind a port of this machine, with one user: real sockets, and the time of the clock. Beside it is an API
//! that takes its access tokens.
#![allow(dead_code, reason = "each program uses what it needs")]

mod back_channel;

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use oidc_proto::BoxError;
use oidc_proto::http::{Request, Response};
use oidc_proto::test_provider::{ResponseLost, TestClient, TestProvider, TestUser};
use tiny_http::{Header, Server};

/// The scope of the API.
pub const ORDERS: &str = "orders:read";

/// A running provider. It stops when this is dropped.
pub struct Provider {
    issuer: String,
    shared: Arc<Shared>,
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
}

impl Provider {
    /// Starts a provider on 127.0.0.1, on a port that the system picks.
    pub fn start(client: TestClient) -> Result<Self, BoxError> {
        let server = Arc::new(Server::http("127.0.0.1:0")?);
        let address = server.server_addr().to_ip().ok_or("not an IP address")?;
        let issuer = format!("http://{address}");
        let provider = Mutex::new(TestProvider::new(&issuer, client.own_scope(ORDERS), ada())?);
        let shared = Arc::new(Shared { provider, seconds_ahead: AtomicU64::new(0) });
        let thread = std::thread::spawn({
            let (server, shared) = (Arc::clone(&server), Arc::clone(&shared));
            move || {
                for request in server.incoming_requests() {
                    // A client that has gone away misses its answer.
                    let _ = shared.serve(request);
                }
            }
        });
        Ok(Self { issuer, shared, server, thread: Some(thread) })
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The provider itself, for what a test does to it.
    pub fn lock(&self) -> MutexGuard<'_, TestProvider> {
        self.shared.lock()
    }

    pub fn now(&self) -> SystemTime {
        self.shared.now()
    }

    /// Moves its clock ahead.
    pub fn move_ahead(&self, by: Duration) {
        self.shared.seconds_ahead.fetch_add(by.as_secs(), Ordering::Relaxed);
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn ada() -> TestUser {
    TestUser::new("ada-1815")
        .claim("name", "Ada Lovelace")
        .claim("given_name", "Ada")
        .claim("family_name", "Lovelace")
        .claim("email", "ada@example.com")
        .claim("email_verified", true)
}

struct Shared {
    provider: Mutex<TestProvider>,
    seconds_ahead: AtomicU64,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, TestProvider> {
        self.provider.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> SystemTime {
        let now = SystemTime::now();
        now.checked_add(Duration::from_secs(self.seconds_ahead.load(Ordering::Relaxed))).unwrap_or(now)
    }

    fn serve(&self, mut request: tiny_http::Request) -> Result<(), BoxError> {
        let received = read(&mut request)?;
        let response = self.respond(received);
        while let Some(notice) = self.lock().poll_back_channel() {
            // In a thread of its own: the client may ask this provider for its keys first. There is no second try.
            std::thread::spawn(move || back_channel::post(&notice));
        }
        let Ok(response) = response else {
            // The connection ends without a response.
            drop(request.into_writer());
            return Ok(());
        };
        let (head, body) = response.into_parts();
        let headers =
            head.headers.iter().filter_map(|(name, value)| Header::from_bytes(name.as_str(), value.as_bytes()).ok());
        let response = tiny_http::Response::from_data(body).with_status_code(head.status.as_u16());
        Ok(request.respond(headers.fold(response, tiny_http::Response::with_header))?)
    }

    fn respond(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ResponseLost> {
        if request.uri().path() != "/orders" {
            return self.lock().handle(request, self.now());
        }
        let orders = || Response::new(br#"{"orders":3}"#.to_vec());
        Ok(self.lock().refuse_call(&request, ORDERS, self.now()).unwrap_or_else(orders))
    }
}

fn read(request: &mut tiny_http::Request) -> Result<Request<Vec<u8>>, BoxError> {
    const BODY_LIMIT: u64 = 64 * 1024;
    let mut body = Vec::new();
    request.as_reader().take(BODY_LIMIT).read_to_end(&mut body)?;
    let mut received = Request::builder().method(request.method().as_str()).uri(request.url());
    for header in request.headers() {
        received = received.header(header.field.as_str().as_str(), header.value.as_str());
    }
    Ok(received.body(body)?)
}
