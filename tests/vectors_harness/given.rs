//! What goes into a case.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use oidc_proto::http::Response;
use serde::Deserialize;
use serde_json::Value;

/// The input of any stage; each stage takes what it needs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    pub issuer: Option<String>,
    pub metadata: Option<Value>,
    /// A [`Client`]. The login before it may have another one, by a patch.
    #[serde(default = "no_client")]
    pub client: Value,
    pub request: Option<Flow>,
    pub flow: Option<Flow>,
    pub url: Option<String>,
    pub query: Option<String>,
    pub form: Option<String>,
    pub response: Option<Answer>,
    pub jwks: Option<Value>,
    pub id_token: Option<String>,
    pub access_token: Option<String>,
    pub code: Option<String>,
    #[serde(default = "usual_now")]
    pub now: u64,
    pub verification: Option<String>,
    #[serde(rename = "recorded_with")]
    pub _recorded_with: Option<String>,
    pub discovery: Option<Answer>,
    pub authorization_response: Option<Arrived>,
    pub token_response: Option<Answer>,
    /// The login that a session began with.
    pub login: Option<Login>,
    /// Of an introspection or revocation.
    pub token: Option<String>,
    pub token_kind: Option<String>,
    pub logout: Option<Logout>,
    pub logout_token: Option<String>,
    /// Of a resource's response.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    #[serde(default)]
    pub steps: Vec<Step>,
    pub grant: Option<Grant>,
    pub device: Option<Device>,
    pub registration: Option<Registration>,
    /// The metadata that the client of a registration is built with.
    pub used_with: Option<Value>,
    pub document: Option<Document>,
    /// The URL of a resource.
    pub resource: Option<String>,
    /// What is answered, in the order in which it is asked. What nobody asks for is left over.
    #[serde(default)]
    pub responses: Vec<Answer>,
    /// Whether the case is about the request that is sent again, and not about the error that says so.
    #[serde(skip)]
    pub expects_again: bool,
}

/// The login that a session began with. `metadata` and `client` are patches of the case's own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    pub flow: Flow,
    pub now: u64,
    pub id_token: String,
    pub access_token: String,
    pub refresh_token: Option<String>,
    pub token_type: Option<String>,
    pub expires_in: Option<Value>,
    pub scope: Option<String>,
    pub jwks: Option<Value>,
    pub metadata: Option<Value>,
    pub client: Option<Value>,
}

/// A grant without a browser.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    #[serde(rename = "type")]
    pub kind: String,
    pub scope: Option<String>,
    #[serde(default)]
    pub resource: Vec<String>,
    #[serde(default)]
    pub audience: Vec<String>,
    pub assertion: Option<String>,
    pub subject_token: Option<String>,
    pub subject_token_type: Option<String>,
    pub actor_token: Option<String>,
    pub actor_token_type: Option<String>,
    pub requested_token_type: Option<String>,
    pub authorization_details: Option<Value>,
    #[serde(default)]
    pub extra: Vec<(String, String)>,
}

/// A login on another device.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    pub scope: Option<String>,
    #[serde(default)]
    pub extra: Vec<(String, String)>,
}

/// A registration at run time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    pub metadata: oidc_proto::ClientMetadata,
    pub initial_access_token: Option<String>,
}

/// A client that is known by the address of its metadata.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub url: String,
    pub metadata: oidc_proto::ClientMetadata,
}

/// A logout request.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logout {
    pub id_token_hint: Option<String>,
    pub logout_hint: Option<String>,
    pub post_logout_redirect_uri: Option<String>,
    pub state: Option<String>,
    pub ui_locales: Option<Vec<String>>,
    #[serde(default)]
    pub extra: Vec<(String, String)>,
}

/// A moment in the life of a session, a login on another device or a registration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// In seconds since the epoch. A registration knows no time.
    #[serde(default = "usual_now")]
    pub at: u64,
    #[serde(rename = "do")]
    pub action: String,
    pub response: Option<Answer>,
    pub transport: Option<bool>,
    /// What a registration is changed to.
    pub metadata: Option<oidc_proto::ClientMetadata>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    pub client_id: Option<String>,
    pub authentication: Option<Authentication>,
    pub assertion_audience: Option<String>,
    /// A private JWK.
    pub dpop_key: Option<Value>,
    #[serde(default)]
    pub accept_token_types: Vec<String>,
    pub profile: Option<String>,
    /// A private JWK.
    pub request_object_key: Option<Value>,
    pub redirect_uri: Option<String>,
    pub id_token_signed_response_alg: Option<OneOrMore>,
    pub userinfo_signed_response_alg: Option<OneOrMore>,
    pub introspection_signed_response_alg: Option<OneOrMore>,
    pub authorization_signed_response_alg: Option<OneOrMore>,
    /// Private JWKs.
    #[serde(default)]
    pub decryption_keys: Vec<Value>,
    pub id_token_encrypted_response_alg: Option<String>,
    pub leeway: Option<u64>,
    #[serde(default)]
    pub trusted_audiences: Vec<String>,
    #[serde(default)]
    pub accepted_issuers: Vec<String>,
    /// Of this project's own vectors.
    pub issuer_template: Option<String>,
    /// Of this project's own vectors.
    #[serde(default)]
    pub accepted_token_types: Vec<String>,
    #[serde(default)]
    pub allow_http: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authentication {
    pub method: String,
    pub secret: Option<String>,
    /// Of `client_secret_jwt`.
    pub alg: Option<String>,
    /// A private JWK.
    pub key: Option<Value>,
    pub assertion: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::More(more) => more,
        }
    }
}

/// An authorization request, or the flow state that it left.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    pub scope: Option<String>,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub code_verifier: Option<String>,
    pub code_challenge_method: Option<String>,
    pub prompt: Option<Vec<String>>,
    pub display: Option<String>,
    pub max_age: Option<u64>,
    pub ui_locales: Option<Vec<String>>,
    pub claims_locales: Option<Vec<String>>,
    pub id_token_hint: Option<String>,
    pub login_hint: Option<String>,
    pub acr_values: Option<Vec<String>>,
    pub claims: Option<Value>,
    #[serde(default)]
    pub resource: Vec<String>,
    pub response_mode: Option<String>,
    pub authorization_details: Option<Value>,
    /// The value of a header `WWW-Authenticate`.
    pub step_up: Option<String>,
    #[serde(default)]
    pub redirect_args: Vec<(String, String)>,
    pub require_acr: Option<Vec<String>>,
    #[serde(default)]
    pub extra: Vec<(String, String)>,
    /// In seconds since the epoch.
    pub started: Option<u64>,
}

/// An authorization response as it was recorded.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrived {
    pub url: Option<String>,
    pub form: Option<String>,
}

/// An HTTP response.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    body_base64: Option<String>,
    body_repeat: Option<(String, usize)>,
}

impl Answer {
    pub fn into_response(self) -> Response<Vec<u8>> {
        let body = match (self.body, self.body_base64, self.body_repeat) {
            (Some(text), None, None) => text.into_bytes(),
            (None, Some(encoded), None) => STANDARD.decode(encoded).expect("body_base64"),
            (None, None, Some((text, times))) => text.repeat(times).into_bytes(),
            _ => panic!("a response has exactly one body"),
        };
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(body).unwrap()
    }
}

pub fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn no_client() -> Value {
    Value::Object(serde_json::Map::new())
}

fn usual_now() -> u64 {
    1_700_000_000
}
