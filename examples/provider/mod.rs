//! A small OpenID provider inside the process: real sockets, real keys, and the checks that a provider must make. It has one
//! user, who is always signed in, so nobody has to type a password.

mod authorize;
mod keys;
mod token;

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tiny_http::{Header, Request, Response, Server};

pub use keys::SigningAlgorithm;
use keys::SigningKey;

type Answer = Response<std::io::Cursor<Vec<u8>>>;
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The one client that the provider knows.
pub struct Registration {
    pub client_id: String,
    /// `None`: a public client.
    pub client_secret: Option<String>,
    pub redirect_uri: String,
}

/// A running provider. It stops when this is dropped.
pub struct Provider {
    shared: Arc<Shared>,
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    issuer: String,
    client: Registration,
    key: SigningKey,
    /// The codes that are out, each for one use.
    codes: Mutex<BTreeMap<String, Code>>,
}

/// What a code stands for (RFC 6749 section 4.1.2: bound to client and redirect URI; RFC 7636 section 4.4: and the challenge).
struct Code {
    redirect_uri: String,
    code_challenge: String,
    scope: String,
    nonce: Option<String>,
    ends: Instant,
}

impl Provider {
    /// Starts a provider on 127.0.0.1, on a port that the system picks.
    pub fn start(algorithm: SigningAlgorithm, client: Registration) -> Result<Self, BoxError> {
        let server = Arc::new(Server::http("127.0.0.1:0")?);
        let address = server.server_addr().to_ip().ok_or("not an IP address")?;
        let shared = Arc::new(Shared {
            issuer: format!("http://{address}"),
            client,
            key: SigningKey::generate(algorithm)?,
            codes: Mutex::new(BTreeMap::new()),
        });
        let thread = std::thread::spawn({
            let (server, shared) = (Arc::clone(&server), Arc::clone(&shared));
            move || {
                for mut request in server.incoming_requests() {
                    let answer = shared.answer(&mut request);
                    // A client that has gone away misses its answer.
                    let _ = request.respond(answer);
                }
            }
        });
        Ok(Self { shared, server, thread: Some(thread) })
    }

    pub fn issuer(&self) -> &str {
        &self.shared.issuer
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

impl Shared {
    fn answer(&self, request: &mut Request) -> Answer {
        let target = request.url().to_owned();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        match (request.method().as_str(), path) {
            ("GET", "/.well-known/openid-configuration") => json_answer(200, &self.metadata()),
            ("GET", "/jwks") => json_answer(200, &json!({ "keys": [self.key.to_jwk()] })),
            ("GET", "/authorize") => self.authorize(query),
            ("POST", "/token") => {
                let mut body = String::new();
                match request.as_reader().take(BODY_LIMIT).read_to_string(&mut body) {
                    Ok(_) => self.token(authorization(request).as_deref(), &body),
                    Err(_) => json_answer(400, &json!({ "error": "invalid_request" })),
                }
            }
            _ => page(404, "There is nothing here."),
        }
    }

    /// OpenID Connect Discovery 1.0 section 3.
    fn metadata(&self) -> Value {
        let issuer = &self.issuer;
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "form_post"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.key.algorithm()],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "scopes_supported": ["openid", "email", "profile"],
            "claims_supported": ["sub", "iss", "auth_time", "name", "given_name", "family_name", "picture", "email",
                "email_verified"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    fn codes(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Code>> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a code is good for (RFC 6749 section 4.1.2: at most ten minutes).
const CODE_LIFETIME: Duration = Duration::from_secs(60);

const BODY_LIMIT: u64 = 64 * 1024;

fn authorization(request: &Request) -> Option<String> {
    let mut headers = request.headers().iter();
    headers.find(|header| header.field.equiv("Authorization")).map(|header| header.value.as_str().to_owned())
}

/// The parameters of a query or form; nothing where one has a duplicate (RFC 6749 sections 3.1 and 3.2).
fn parameters(text: &str) -> Option<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()).into_owned() {
        if parameters.insert(name, value).is_some() {
            return None;
        }
    }
    Some(parameters)
}

fn json_answer(status: u16, body: &Value) -> Answer {
    // RFC 6749 section 5.1: tokens are kept in no cache.
    with_headers(body.to_string(), status, &[("Content-Type", "application/json"), ("Cache-Control", "no-store")])
}

fn page(status: u16, text: &str) -> Answer {
    with_headers(text.to_owned(), status, &[("Content-Type", "text/plain; charset=utf-8")])
}

fn with_headers(body: String, status: u16, headers: &[(&str, &str)]) -> Answer {
    let headers = headers.iter().filter_map(|(name, value)| Header::from_bytes(*name, *value).ok());
    headers.fold(Response::from_string(body).with_status_code(status), Response::with_header)
}
