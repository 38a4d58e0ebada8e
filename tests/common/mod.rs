//! A good login, of which a test changes one thing.
#![allow(dead_code, unreachable_pub, reason = "each test file uses what it needs")]

pub mod encrypting;
pub mod signing;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oidc_proto::http::{Request, Response};
use oidc_proto::{
    AuthorizationRequest, AuthorizationResponse, AwaitingTokens, CallbackError, Client, ClientAuth, Error,
    ProviderMetadata, RoundTrip, Tokens, UnverifiedTokens,
};
use serde_json::{Map, Value, json};

/// This many seconds after the logins of these tests begin.
pub fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(START + seconds)
}

pub const START: u64 = 1_700_000_000;

pub struct Good {
    metadata: ProviderMetadata,
    claims: Map<String, Value>,
    token_members: Map<String, Value>,
}

impl Good {
    pub fn new() -> Self {
        let mut metadata = ProviderMetadata::new("https://id.example");
        metadata.authorization_endpoint = Some("https://id.example/authorize".to_owned());
        metadata.token_endpoint = Some("https://id.example/token".to_owned());
        metadata.jwks_uri = Some("https://id.example/keys".to_owned());
        Self::with_metadata(metadata)
    }

    pub fn with_metadata(metadata: ProviderMetadata) -> Self {
        let claims = json!({
            "iss": "https://id.example", "sub": "ada", "aud": "app", "exp": START + 300, "iat": START, "nonce": "n0nce",
        });
        let token_members = json!({ "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 300 });
        Self { metadata, claims: object(claims), token_members: object(token_members) }
    }

    pub fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims.insert(name.to_owned(), value);
        self
    }

    pub fn token_member(mut self, name: &str, value: Value) -> Self {
        self.token_members.insert(name.to_owned(), value);
        self
    }

    pub fn metadata(&self) -> ProviderMetadata {
        self.metadata.clone()
    }

    pub fn client(&self) -> Client {
        Client::builder(self.metadata(), "app", ClientAuth::secret("s3cret"))
            .redirect_uri("https://app.example/callback")
            .build()
            .unwrap()
    }

    pub fn authorize(client: &Client) -> AuthorizationRequest {
        client.authorize().state("st4te").nonce("n0nce")
    }

    pub fn callback(&self, query: &str) -> Result<RoundTrip<AwaitingTokens>, CallbackError> {
        let client = self.client();
        let (_, awaiting) = Self::authorize(&client).start(at(0)).unwrap();
        awaiting.receive(&client, AuthorizationResponse::from_query(query)?, at(0))
    }

    pub fn token_response(&self, status: u16, body: &str) -> Result<UnverifiedTokens, Error> {
        let response = Response::builder().status(status).body(body.to_owned()).unwrap();
        let mut response = Some(response);
        let token_request = self.callback("code=c0de&state=st4te").unwrap();
        token_request.send_with(|_| response.take().ok_or("asked twice"))
    }

    /// The provider's answer to the token request, over and over.
    pub fn answer(&self) -> impl FnMut(Request<Vec<u8>>) -> Result<Response<String>, std::io::Error> {
        let body = self.body();
        move |_| Ok(Response::new(body.clone()))
    }

    pub fn log_in(&self) -> Result<Tokens, Error> {
        Ok(self.token_response(200, &self.body())?.verify_trusting_tls(at(0))?)
    }

    pub fn body(&self) -> String {
        let encode = |value: &str| URL_SAFE_NO_PAD.encode(value);
        let claims = Value::Object(self.claims.clone()).to_string();
        let id_token = [r#"{"alg":"RS256"}"#, &claims, "no signature"].map(encode).join(".");
        let mut members = Map::from_iter([("id_token".to_owned(), json!(id_token))]);
        members.extend(self.token_members.clone());
        Value::Object(members).to_string()
    }
}

/// The query of a URL, decoded; no name has a duplicate.
pub fn query_of(url: &str) -> BTreeMap<String, String> {
    pairs(url.split_once('?').unwrap().1.as_bytes())
}

/// The form body of a request, decoded; no name has a duplicate.
pub fn form_of(request: &Request<Vec<u8>>) -> BTreeMap<String, String> {
    pairs(request.body())
}

fn pairs(text: &[u8]) -> BTreeMap<String, String> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(text).into_owned().collect();
    let unique: BTreeMap<String, String> = pairs.iter().cloned().collect();
    assert_eq!(unique.len(), pairs.len(), "a name has a duplicate");
    unique
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}
