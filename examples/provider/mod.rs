//! A small OpenID provider inside the process: real sockets, real keys, and the checks that a provider must make. It has
//! one user, who is always signed in, so nobody has to type a password: after a logout, the next login begins a new
//! session.

mod answers;
mod api;
mod authenticate;
mod authorize;
mod client_credentials;
mod device;
mod device_page;
pub(crate) mod keys;
mod logout;
mod memory;
mod signed_by_client;
mod token;
mod user;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use tiny_http::{Request, Server};

use answers::{Answer, Call, json_answer, page, with_nonce};
pub use keys::SigningAlgorithm;
use keys::SigningKey;
use memory::Memory;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The one client that the provider knows.
pub struct Registration {
    pub client_id: String,
    pub client_secret: Option<String>,
    /// The public key, as a JWK, of a client that authenticates with `private_key_jwt`. Without a key and a secret, the client
    /// is public.
    pub client_jwk: Option<String>,
    pub redirect_uri: String,
    /// Where the browser may come back to after a logout.
    pub post_logout_redirect_uri: Option<String>,
    /// Where the provider posts a logout token to when the user's session ends; an http URL.
    pub backchannel_logout_uri: Option<String>,
    pub access_token_lifetime: Duration,
    /// How long the user has to decide about a device.
    pub device_code_lifetime: Duration,
    /// How long a device waits before it asks again.
    pub device_interval: Duration,
}

impl Registration {
    /// A confidential client that is told nothing of a logout. Access tokens and device codes last five minutes.
    pub fn new(client_id: &str, client_secret: &str, redirect_uri: String) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: Some(client_secret.to_owned()),
            client_jwk: None,
            redirect_uri,
            post_logout_redirect_uri: None,
            backchannel_logout_uri: None,
            access_token_lifetime: Duration::from_secs(300),
            device_code_lifetime: Duration::from_secs(300),
            device_interval: Duration::from_secs(1),
        }
    }

    fn is_public(&self) -> bool {
        self.client_secret.is_none() && self.client_jwk.is_none()
    }
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
    /// What DPoP proofs must hold (RFC 9449 section 8): that they were made while this provider runs.
    dpop_nonce: String,
    memory: Mutex<Memory>,
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
            dpop_nonce: keys::random_text().ok_or("no randomness")?,
            memory: Mutex::default(),
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

const AUTH_METHODS: [&str; 4] = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];

impl Shared {
    fn answer(&self, request: &mut Request) -> Answer {
        let Some(call) = Call::read(request) else {
            return page(400, "The body is too long, or is not text.");
        };
        let answer = match (&*call.method, &*call.path) {
            ("GET", "/.well-known/openid-configuration") => json_answer(200, &self.metadata()),
            ("GET", "/jwks") => json_answer(200, &json!({ "keys": [self.key.to_jwk()] })),
            ("GET", "/authorize") => self.authorize(&call.query),
            ("POST", "/device-authorization") => self.device_authorization(&call),
            ("GET", "/device") => self.device_page(&call.query),
            ("POST", "/device") => self.decide_about_device(&call.body),
            ("POST", "/token") => self.token(&call),
            // Core 5.3.1, RP-Initiated Logout 1.0 section 2: both methods.
            ("GET" | "POST", "/userinfo") => self.userinfo(&call),
            ("GET", "/end-session") => self.end_session(&call.query),
            ("POST", "/end-session") => self.end_session(&call.body),
            ("POST", "/revoke") => self.revoke(&call),
            ("GET", "/orders") => self.orders(&call),
            _ => page(404, "There is nothing here."),
        };
        // RFC 9449 section 8.2: the nonce for the next proof.
        if call.proofs.is_empty() { answer } else { with_nonce(answer, &self.dpop_nonce) }
    }

    /// OpenID Connect Discovery 1.0 section 3.
    fn metadata(&self) -> Value {
        let issuer = &self.issuer;
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "device_authorization_endpoint": format!("{issuer}/device-authorization"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "revocation_endpoint": format!("{issuer}/revoke"),
            "end_session_endpoint": format!("{issuer}/end-session"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "form_post"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", device::GRANT_TYPE],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.key.algorithm()],
            "token_endpoint_auth_methods_supported": AUTH_METHODS,
            "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
            "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
            "revocation_endpoint_auth_signing_alg_values_supported": ["ES256"],
            "dpop_signing_alg_values_supported": ["ES256"],
            "scopes_supported": ["openid", "email", "profile", "offline_access", api::ORDERS],
            "claims_supported": ["sub", "iss", "auth_time", "sid", "name", "given_name", "family_name", "email",
                "email_verified"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "backchannel_logout_supported": true,
            "backchannel_logout_session_supported": true,
        })
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
