//! A whole login as a wasm module. The ID token and the keys are those of a test vector.

use std::error::Error;
use std::time::{Duration, SystemTime};

use oidc_proto::http::Response;
use oidc_proto::{AuthorizationResponse, Client, ClientAuth, Issuer, Tokens};
use serde_json::{Value, json};

const VECTORS: &str = include_str!("../../vectors/id_token.json");

/// Logs in at the given moment, in seconds since the epoch: how long the subject's name is, or 0 when nobody is logged in.
#[unsafe(no_mangle)]
pub extern "C" fn log_in(now: u64) -> usize {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
    finish_login(now).map_or(0, |tokens| tokens.id_token().sub().len())
}

fn finish_login(now: SystemTime) -> Result<Tokens, Box<dyn Error>> {
    let vectors: Value = serde_json::from_str(VECTORS)?;
    let given = &vectors["defaults"];
    let es256 = vectors["cases"].as_array().and_then(|cases| cases.iter().find(|case| case["name"] == "es256"));
    let id_token = &es256.ok_or("no such vector")?["given"]["id_token"];

    let (_, awaiting) = Issuer::new("https://id.alpha.example")?.discover().into_parts();
    let metadata = awaiting.receive(&Response::new(given["metadata"].to_string()))?;
    let client = Client::builder(metadata, "alpha-app", ClientAuth::secret("s3cret"))
        .redirect_uri("https://app.example/callback")
        .build()?;
    let (_, awaiting) = client.fetch_keys()?.into_parts();
    let keys = awaiting.receive(&Response::new(given["jwks"].to_string()))?;

    // The state is drawn from the caller's randomness; the nonce is that of the token.
    let nonce = given["flow"]["nonce"].as_str().unwrap_or_default();
    let (_, awaiting) = client.authorize().nonce(nonce).start(now)?;
    let stored = serde_json::to_string(&awaiting)?;
    let awaiting: oidc_proto::AwaitingCallback = serde_json::from_str(&stored)?;
    let parameters = [("code", "c0de"), ("state", awaiting.state().secret())];
    let response = AuthorizationResponse::from_parameters(parameters)?;
    let (_, awaiting) = awaiting.receive(&client, response, now)?.into_parts();
    let body = json!({ "access_token": "at", "id_token": id_token }).to_string();
    let unverified = awaiting.receive(&Response::new(body))?;
    verify(&unverified, &keys, now)
}

#[cfg(feature = "rust-crypto")]
fn verify(
    unverified: &oidc_proto::UnverifiedTokens,
    keys: &oidc_proto::JwkSet,
    now: SystemTime,
) -> Result<Tokens, Box<dyn Error>> {
    Ok(unverified.verify(keys, now)?)
}

#[cfg(not(feature = "rust-crypto"))]
fn verify(
    unverified: &oidc_proto::UnverifiedTokens,
    _: &oidc_proto::JwkSet,
    now: SystemTime,
) -> Result<Tokens, Box<dyn Error>> {
    Ok(unverified.verify_trusting_tls(now)?)
}
