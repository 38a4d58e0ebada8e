//! A provider with what comes after a login: refresh tokens that work once, UserInfo, logout, and logout tokens. It has one user,
//! who is always signed in, and believes what the application says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::UNIX_EPOCH;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_example::web::clock::Clock;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

type Parameters = BTreeMap<String, String>;

/// It ends with the test's runtime.
#[derive(Clone)]
pub struct Fake(Arc<Inner>);

struct Inner {
    issuer: String,
    key: EcdsaKeyPair,
    clock: Clock,
    known: Mutex<Known>,
    /// A refresh takes one, and waits where there is none.
    gate: Semaphore,
    count: AtomicUsize,
    /// How long an access token lasts, in seconds.
    lifetime: AtomicU64,
    refreshable: AtomicBool,
}

#[derive(Default)]
struct Known {
    nonces: BTreeMap<String, String>,
    /// Of each session at the provider, by its `sid`: the tokens that work now.
    sessions: BTreeMap<String, Tokens>,
    /// The refresh tokens that came, each with the status of the answer.
    refreshes: Vec<(String, u16)>,
    logouts: Vec<Parameters>,
}

#[derive(Clone)]
struct Tokens {
    access: String,
    refresh: String,
}

impl Fake {
    /// Its clock is that of the application.
    pub async fn start(clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let fake = Self(Arc::new(Inner {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            clock,
            known: Mutex::default(),
            gate: Semaphore::new(1000),
            count: AtomicUsize::new(0),
            lifetime: AtomicU64::new(LIFETIME),
            refreshable: AtomicBool::new(true),
        }));
        let routes = axum::Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/userinfo", get(user_info))
            .route("/logout", get(log_out))
            .with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        fake
    }

    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Refreshes that come from now on wait for `let_go`.
    pub fn hold_refreshes(&self) {
        self.0.gate.forget_permits(usize::MAX);
    }

    pub fn let_go(&self) {
        self.0.gate.add_permits(1000);
    }

    pub fn tokens_last(&self, seconds: u64) {
        self.0.lifetime.store(seconds, Ordering::Relaxed);
    }

    pub fn issue_no_refresh_tokens(&self) {
        self.0.refreshable.store(false, Ordering::Relaxed);
    }

    /// The refresh tokens that came, each with the status of the answer; 0 while there is none.
    pub fn refreshes(&self) -> Vec<(String, u16)> {
        self.known().refreshes.clone()
    }

    /// What the browsers that came to log out brought.
    pub fn logouts(&self) -> Vec<Parameters> {
        self.known().logouts.clone()
    }

    /// The sessions at the provider, in the order in which they began.
    pub fn sids(&self) -> Vec<String> {
        self.known().sessions.keys().cloned().collect()
    }

    /// The user takes back what they allowed: no token works any more.
    pub fn revoke_everything(&self) {
        for tokens in self.known().sessions.values_mut() {
            *tokens = Tokens { access: "none".to_owned(), refresh: "none".to_owned() };
        }
    }

    /// The access tokens end before their time.
    pub fn forget_access_tokens(&self) {
        for tokens in self.known().sessions.values_mut() {
            tokens.access = "none".to_owned();
        }
    }

    /// The claims of a good logout token for this session.
    pub fn logout_claims(&self, sid: &str) -> Value {
        let now = self.now();
        json!({
            "iss": self.issuer(), "aud": "web", "iat": now, "exp": now + 120, "jti": self.unique("jti"),
            "sid": sid, "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        })
    }

    /// Signed with the provider's key.
    pub fn sign(&self, claims: &Value, typ: &str) -> String {
        let header = json!({ "alg": "ES256", "kid": "the-key", "typ": typ }).to_string();
        let input = [header, claims.to_string()].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        let signature = self.0.key.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    fn now(&self) -> u64 {
        self.0.clock.now().duration_since(UNIX_EPOCH).unwrap().as_secs()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap()
    }

    fn unique(&self, what: &str) -> String {
        format!("{what}-{:04}", self.0.count.fetch_add(1, Ordering::Relaxed))
    }

    /// New tokens for a session, and an ID token.
    fn tokens(&self, sid: &str, nonce: Option<String>) -> Value {
        let tokens = Tokens { access: self.unique("at"), refresh: self.unique("rt") };
        self.known().sessions.insert(sid.to_owned(), tokens.clone());
        let mut claims = json!({
            "iss": self.issuer(), "sub": "ada-1815", "aud": "web", "iat": self.now(), "exp": self.now() + 300, "sid": sid,
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        let lifetime = self.0.lifetime.load(Ordering::Relaxed);
        let refresh = self.0.refreshable.load(Ordering::Relaxed).then_some(tokens.refresh);
        json!({
            "access_token": tokens.access, "refresh_token": refresh, "token_type": "Bearer",
            "expires_in": lifetime, "id_token": self.sign(&claims, "JWT"),
        })
    }
}

/// How long an access token lasts where a test says nothing else, in seconds.
pub const LIFETIME: u64 = 300;

async fn metadata(State(fake): State<Fake>) -> String {
    let issuer = fake.issuer();
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "end_session_endpoint": format!("{issuer}/logout"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    })
    .to_string()
}

async fn keys(State(fake): State<Fake>) -> String {
    let point = fake.0.key.public_key().as_ref();
    let [x, y] = [&point[1..33], &point[33..65]].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    json!({ "keys": [{ "kty": "EC", "use": "sig", "alg": "ES256", "kid": "the-key", "crv": "P-256", "x": x, "y": y }] })
        .to_string()
}

async fn authorize(State(fake): State<Fake>, Query(query): Query<Parameters>) -> Redirect {
    let code = fake.unique("code");
    fake.known().nonces.insert(code.clone(), query["nonce"].clone());
    Redirect::to(&format!("{}?code={code}&state={}", query["redirect_uri"], query["state"]))
}

async fn token(State(fake): State<Fake>, Form(form): Form<Parameters>) -> Response {
    let refused = || (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" }).to_string());
    if form["grant_type"] == "authorization_code" {
        let nonce = fake.known().nonces.remove(&form["code"]);
        return match nonce {
            Some(nonce) => fake.tokens(&fake.unique("sid"), Some(nonce)).to_string().into_response(),
            None => refused().into_response(),
        };
    }
    let came = form["refresh_token"].clone();
    let place = {
        let mut known = fake.known();
        known.refreshes.push((came.clone(), 0));
        known.refreshes.len() - 1
    };
    fake.0.gate.acquire().await.unwrap().forget();
    let session = fake.known().sessions.iter().find(|(_, tokens)| tokens.refresh == came).map(|(sid, _)| sid.clone());
    fake.known().refreshes[place].1 = if session.is_some() { 200 } else { 400 };
    match session {
        Some(sid) => fake.tokens(&sid, None).to_string().into_response(),
        None => refused().into_response(),
    }
}

async fn user_info(State(fake): State<Fake>, headers: HeaderMap) -> Response {
    let came = headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned();
    let works = fake.known().sessions.values().any(|tokens| tokens.access == came);
    if works {
        json!({ "sub": "ada-1815", "nickname": "countess", "token": came }).to_string().into_response()
    } else {
        let challenge = [("www-authenticate", "Bearer error=\"invalid_token\"")];
        (StatusCode::UNAUTHORIZED, challenge).into_response()
    }
}

async fn log_out(State(fake): State<Fake>, Query(query): Query<Parameters>) -> Redirect {
    let back = format!("{}?state={}", query["post_logout_redirect_uri"], query["state"]);
    fake.known().logouts.push(query);
    Redirect::to(&back)
}
