//! A login whose client has its key in another process, which signs for it. `cargo run --example signer`.
//!
//! The program starts itself a second time. That process makes a key, says the public half, and signs what comes on its
//! standard input; the key never leaves it. It stands for an agent, a smart card, or the security chip of the machine: all that
//! such a key takes is an implementation of `Signer`. A key behind a network is another case, since nothing in oidc-proto
//! waits for a network: the second login here shows it.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    reason = "a program has sockets, processes, a clock and a terminal"
)]

#[path = "signer/holder.rs"]
mod holder;
#[path = "signer/other_process.rs"]
mod other_process;
mod provider;
mod stack;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use oidc_proto::test_provider::TestClient;
use oidc_proto::{
    Algorithm, AuthorizationResponse, BoxError, Client, ClientAuth, Error, Issuer, KeyCache, PrivateKey,
    ProviderMetadata, Signer, http,
};

use other_process::OtherProcess;
use provider::Provider;

const CLIENT_ID: &str = "example app";
const REDIRECT_URI: &str = "http://127.0.0.1:8080/callback";

fn main() -> Result<(), BoxError> {
    if std::env::args().nth(1).as_deref() == Some(other_process::HOLD_A_KEY) {
        return holder::serve();
    }
    let signer = Arc::new(OtherProcess::start()?);
    println!("Process {} holds the key. Its public half goes to the provider:\n{}", signer.id(), signer.jwk());
    let registered = TestClient::new(CLIENT_ID).public_jwk(signer.jwk()).redirect_uri(REDIRECT_URI);
    let provider = Provider::start(registered)?;
    let metadata = Issuer::danger_allow_http(provider.issuer())?.discover().send_with(send)?;

    log_in_with_a_signer(metadata.clone(), Arc::clone(&signer))?;
    log_in_with_a_key_behind_a_network(metadata, &signer)?;
    let signatures = signer.signatures();
    // The last handle: the other process ends, because its input does.
    drop(signer);
    println!("The other process has signed {signatures} times, and has ended.");
    Ok(())
}

/// The client has each request signed by itself. Its tokens are bound to a second key, which this process made (DPoP): whoever
/// steals a token cannot use it.
fn log_in_with_a_signer(metadata: ProviderMetadata, signer: Arc<OtherProcess>) -> Result<(), BoxError> {
    let client = Client::builder(metadata, CLIENT_ID, ClientAuth::private_key_jwt(signer))
        .dpop(PrivateKey::generate(Algorithm::ES256)?)
        .redirect_uri(REDIRECT_URI)
        .build()?;
    let (url, awaiting) = client.authorize().scope("openid email").start(SystemTime::now())?;
    let response = AuthorizationResponse::from_url(&stack::visit(&url)?)?;
    // The provider wants a nonce in the proof: `send_with` sends the request once more, with a new assertion.
    let unverified = awaiting.receive(&client, response, SystemTime::now())?.send_with(send)?;
    let mut keys = KeyCache::new();
    let tokens = unverified.verify_with(&mut keys, SystemTime::now(), send)?;
    stack::greet(&tokens);

    let session = tokens.into_session(SystemTime::now());
    let unverified = client.userinfo(&session, SystemTime::now())?.send_with(send)?;
    let user = unverified.verify_with(&mut keys, SystemTime::now(), send)?;
    println!("With a token that is bound to a key: {}", user.standard_claims().email.unwrap_or_default());
    Ok(())
}

/// The client never calls the signer: the program carries each assertion to the key store and back. It may be async, and try
/// again when the key store does not answer.
fn log_in_with_a_key_behind_a_network(metadata: ProviderMetadata, key_store: &OtherProcess) -> Result<(), BoxError> {
    let auth = ClientAuth::private_key_jwt_remote(Algorithm::ES256, key_store.key_id());
    let client = Client::builder(metadata, CLIENT_ID, auth).redirect_uri(REDIRECT_URI).build()?;
    let (url, awaiting) = client.authorize().scope("openid").start(SystemTime::now())?;
    let response = AuthorizationResponse::from_url(&stack::visit(&url)?)?;

    let to_sign = client.assertion_to_sign(SystemTime::now())?;
    let signature = key_store.sign(to_sign.message())?;
    let with_assertion = client.with_assertion(to_sign.signed(&signature)?)?;

    let unverified = awaiting.receive(&with_assertion, response, SystemTime::now())?.send_with(send)?;
    let tokens = unverified.verify_with(&mut KeyCache::new(), SystemTime::now(), send)?;
    stack::greet(&tokens);

    // An assertion works once: the provider refuses the next request that has it.
    let (url, awaiting) = client.authorize().scope("openid").start(SystemTime::now())?;
    let response = AuthorizationResponse::from_url(&stack::visit(&url)?)?;
    match awaiting.receive(&with_assertion, response, SystemTime::now())?.send_with(send) {
        Err(Error::Token(error)) => println!("The same assertion again: {error}"),
        _ => return Err("an assertion was taken twice".into()),
    }
    Ok(())
}

fn send(request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, ureq::Error> {
    // Errors of OAuth 2.0 come with status 400; a redirect could carry the code to another server.
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    let agent = config.timeout_global(Some(Duration::from_secs(10))).build().new_agent();
    let (parts, mut body) = agent.run(request)?.into_parts();
    Ok(http::Response::from_parts(parts, body.with_config().limit(1 << 20).read_to_vec()?))
}
