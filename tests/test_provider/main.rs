//! The provider for tests: what it refuses, as a real one does, and what it does wrong when it is asked to.
#![cfg(all(feature = "test-provider", any(feature = "aws-lc-rs", feature = "rust-crypto")))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

mod faults;
mod grants;
mod keys;
mod logins;

use std::cell::{Cell, RefCell, RefMut};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use oidc_proto::http::{Request, Response};
use oidc_proto::test_provider::{TestClient, TestProvider, TestUser};
use serde_json::Value;

const ISSUER: &str = "https://id.example/tenant";
const REDIRECT_URI: &str = "https://app.example/callback";
const WAY_BACK: &str = "https://app.example/signed-out?t=1";
/// A code verifier and its challenge, of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The provider and its clock.
struct Provider(RefCell<TestProvider>, Cell<u64>);

impl Provider {
    fn start(client: TestClient) -> Self {
        Self::start_at(ISSUER, client)
    }

    fn start_at(issuer: &str, client: TestClient) -> Self {
        let ada = TestUser::new("ada-1815").claim("name", "Ada Lovelace").claim("email", "ada@example.com");
        Self(RefCell::new(TestProvider::new(issuer, client, ada).unwrap()), Cell::new(1_800_000_000))
    }

    fn seconds(&self) -> u64 {
        self.1.get()
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.seconds())
    }

    fn wait(&self, seconds: u64) {
        self.1.set(self.seconds() + seconds);
    }

    fn itself(&self) -> RefMut<'_, TestProvider> {
        self.0.borrow_mut()
    }

    fn issuer(&self) -> String {
        self.itself().issuer().to_owned()
    }

    fn send(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let now = self.now();
        self.itself().handle(request, now).unwrap()
    }
}

/// A client with a secret.
fn app() -> TestClient {
    TestClient::new("app").secret("s3cret").redirect_uri(REDIRECT_URI).post_logout_redirect_uri(WAY_BACK)
}

fn public() -> TestClient {
    TestClient::new("app").redirect_uri(REDIRECT_URI)
}

fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A GET with these parameters.
fn get(provider: &Provider, path: &str, pairs: &[(&str, &str)]) -> Response<Vec<u8>> {
    provider.send(Request::get(format!("{}{path}?{}", provider.issuer(), form(pairs))).body(Vec::new()).unwrap())
}

/// A POST of whoever the parameters say.
fn post_form(provider: &Provider, path: &str, pairs: &[(&str, &str)]) -> Response<Vec<u8>> {
    provider.send(Request::post(format!("{}{path}", provider.issuer())).body(form(pairs).into_bytes()).unwrap())
}

/// A POST of the client with a secret: the status, and what the JSON has.
fn post(provider: &Provider, path: &str, pairs: &[(&str, &str)]) -> (u16, BTreeMap<String, Value>) {
    let response = post_form(provider, path, &[pairs, &[("client_id", "app"), ("client_secret", "s3cret")]].concat());
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or_default())
}

fn location(response: &Response<Vec<u8>>) -> Option<&str> {
    response.headers().get("location").and_then(|location| location.to_str().ok())
}

fn authorize(provider: &Provider, scope: &str, more: &[(&str, &str)]) -> Response<Vec<u8>> {
    let parameters = [
        ("client_id", "app"),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", scope),
        ("nonce", "n0nce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    get(provider, "/authorize", &[&parameters[..], more].concat())
}

fn code_with(provider: &Provider, scope: &str, more: &[(&str, &str)]) -> String {
    let url: url::Url = location(&authorize(provider, scope, more)).unwrap().parse().unwrap();
    url.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
}

/// What a token request has beside the client's authentication.
fn grant(code: &str) -> [(&str, &str); 4] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER)]
}

fn text<'a>(members: &'a BTreeMap<String, Value>, name: &str) -> &'a str {
    members.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn refresh(provider: &Provider, token: &str, more: &[(&str, &str)]) -> (u16, BTreeMap<String, Value>) {
    let grant = [("grant_type", "refresh_token"), ("refresh_token", token)];
    post(provider, "/token", &[&grant[..], more].concat())
}

/// The status of the UserInfo endpoint, and its challenge.
fn userinfo(provider: &Provider, access_token: &str) -> (u16, String) {
    let request = Request::get(format!("{}/userinfo", provider.issuer()));
    let request = request.header("authorization", format!("Bearer {access_token}")).body(Vec::new()).unwrap();
    let response = provider.send(request);
    (response.status().as_u16(), challenge(&response))
}

fn challenge(response: &Response<Vec<u8>>) -> String {
    let challenge = response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
    challenge.unwrap_or_default()
}
