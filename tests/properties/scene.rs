//! A whole login as data, to be changed before it is played.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oidc_proto::http::{Request, Response};
use oidc_proto::{
    AuthorizationResponse, Awaiting, AwaitingCallback, Client, ClientAuth, Error, Issuer, RoundTrip, Tokens,
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::form::Form;

pub const ISSUER: &str = "https://id.example/tenant";
pub const REDIRECT_URI: &str = "https://app.example/login/callback";
pub const STATE: &str = "5TaTe-of_this.login~0123456789";
pub const NONCE: &str = "n0Nce-of_this.login~0123456789";
pub const VERIFIER: &str = "the-verifier_of.this~login-0123456789-abcdefg";
pub const CODE: &str = "c0de/of+this=login";
pub const KID: &str = "key-1";
/// In seconds since the epoch.
pub const NOW: u64 = 1_760_000_000;

static KEY: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());
static STRANGER: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());

/// The data of provider, browser and session in one login. At first, all of it is right.
#[derive(Clone, Debug)]
pub struct Scene {
    pub metadata: Map<String, Value>,
    pub jwks: Map<String, Value>,
    pub callback_address: String,
    pub callback: Vec<(String, String)>,
    /// The code verifier that is stored when the browser comes back.
    pub stored_verifier: Value,
    pub token_response: Map<String, Value>,
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
    /// The claims as an attacker changes them after they were signed.
    pub claims_after_signing: Option<Map<String, Value>>,
    pub signature: Signature,
}

/// The signature that is sent.
#[derive(Clone, Debug)]
pub enum Signature {
    Right,
    /// Made by a key that is not in the set.
    Stranger,
    /// One byte is changed.
    Changed {
        index: usize,
        bits: u8,
    },
    /// Shortened, or with more bytes at the end.
    OfLength(usize),
    /// Other bytes.
    Bytes(Vec<u8>),
}

impl Scene {
    pub fn good() -> Self {
        let point = KEY.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        let text = |text: &str| text.to_owned();
        Self {
            metadata: object(json!({
                "issuer": ISSUER,
                "authorization_endpoint": format!("{ISSUER}/authorize"),
                "token_endpoint": format!("{ISSUER}/token"),
                "jwks_uri": format!("{ISSUER}/keys"),
                "id_token_signing_alg_values_supported": ["ES256"],
            })),
            jwks: object(json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": KID, "x": x, "y": y }] })),
            callback_address: text(REDIRECT_URI),
            callback: [("code", CODE), ("state", STATE), ("iss", ISSUER)].map(|(k, v)| (text(k), text(v))).to_vec(),
            stored_verifier: json!(VERIFIER),
            token_response: object(json!({
                "access_token": "4cce55", "token_type": "Bearer", "expires_in": 300, "scope": "openid",
            })),
            header: object(json!({ "alg": "ES256", "kid": KID })),
            claims: object(json!({
                "iss": ISSUER, "sub": "ada", "aud": ["app"], "azp": "app", "exp": NOW + 300, "iat": NOW - 10,
                "nbf": NOW - 10, "auth_time": NOW - 60, "nonce": NONCE,
            })),
            claims_after_signing: None,
            signature: Signature::Right,
        }
    }

    /// Plays the login; `form` decides how everything is written.
    pub fn play(&self, form: &mut Form<'_>) -> Result<Tokens, Error> {
        let metadata = form.json(&Value::Object(self.metadata.clone()));
        let metadata = call(Issuer::new(ISSUER)?.discover(), |_| answer(200, &metadata))?;
        let client =
            Client::builder(metadata, "app", ClientAuth::secret("s3cret")).redirect_uri(REDIRECT_URI).build()?;
        let jwks = form.json(&Value::Object(self.jwks.clone()));
        let keys = call(client.fetch_keys()?, |_| answer(200, &jwks))?;
        let request = client.authorize().state(STATE).nonce(NONCE).code_verifier(VERIFIER);
        let (_, awaiting) = request.max_age(Duration::from_secs(3600)).start(now())?;

        let mut stored = serde_json::to_value(&awaiting).unwrap();
        stored["code_verifier"] = self.stored_verifier.clone();
        let awaiting: AwaitingCallback = serde_json::from_value(stored).unwrap();
        let url = format!("{}?{}", self.callback_address, form.query(&self.callback));
        let response = AuthorizationResponse::from_url(&url)?;
        let token_request = awaiting.receive(&client, response, now())?;
        let id_token = self.id_token(form);
        let unverified = call(token_request, |request| self.exchange(request, &id_token, form))?;
        Ok(unverified.verify(&keys, now())?)
    }

    /// The provider's token endpoint: RFC 6749 section 4.1.3, RFC 7636 section 4.6.
    fn exchange(&self, request: &Request<Vec<u8>>, id_token: &str, form: &mut Form<'_>) -> Response<String> {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(request.body()).into_owned().collect();
        let is = |name: &str, right: &str| pairs.iter().any(|(n, v)| n == name && v == right);
        let verifier = pairs.iter().find(|(name, _)| name == "code_verifier").map_or("", |(_, value)| value);
        let proven = Sha256::digest(verifier) == Sha256::digest(VERIFIER);
        if !(is("code", CODE) && is("redirect_uri", REDIRECT_URI) && proven) {
            return answer(400, r#"{"error":"invalid_grant"}"#);
        }
        let mut members = self.token_response.clone();
        members.insert("id_token".to_owned(), json!(id_token));
        answer(200, &form.json(&Value::Object(members)))
    }

    fn id_token(&self, form: &mut Form<'_>) -> String {
        let header = URL_SAFE_NO_PAD.encode(form.json(&Value::Object(self.header.clone())));
        let input = [&header, &*URL_SAFE_NO_PAD.encode(form.json(&Value::Object(self.claims.clone())))].join(".");
        let key = if matches!(self.signature, Signature::Stranger) { &STRANGER } else { &KEY };
        let mut signature = key.sign(&SystemRandom::new(), input.as_bytes()).unwrap().as_ref().to_vec();
        match &self.signature {
            Signature::Right | Signature::Stranger => {}
            Signature::Changed { index, bits } => signature[*index] ^= bits,
            Signature::OfLength(length) => signature.resize(*length, 0),
            Signature::Bytes(bytes) => signature.clone_from(bytes),
        }
        let input = match &self.claims_after_signing {
            None => input,
            Some(claims) => [header, URL_SAFE_NO_PAD.encode(Value::Object(claims.clone()).to_string())].join("."),
        };
        [input, URL_SAFE_NO_PAD.encode(signature)].join(".")
    }
}

pub fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

/// One call to the provider, whose transport never fails.
fn call<A: Awaiting>(
    round_trip: RoundTrip<A>,
    answer: impl FnOnce(&Request<Vec<u8>>) -> Response<String>,
) -> Result<A::Output, Error>
where
    Error: From<A::Error>,
{
    let (request, awaiting) = round_trip.into_parts();
    Ok(awaiting.receive(&answer(&request))?)
}

fn answer(status: u16, body: &str) -> Response<String> {
    Response::builder().status(status).body(body.to_owned()).unwrap()
}
