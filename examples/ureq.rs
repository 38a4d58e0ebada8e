//! A login with ureq, blocking. `cargo run --example ureq`.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    clippy::print_stdout,
    clippy::print_stderr,
    dead_code,
    unreachable_pub,
    reason = "a program has sockets, a clock and a terminal"
)]

mod provider;
mod stack;

use std::time::{Duration, SystemTime};

use oidc_proto::{AuthorizationResponse, BoxError, Issuer, http};

fn main() -> Result<(), BoxError> {
    let provider = stack::provider()?;

    // Errors of OAuth 2.0 come with status 400; a redirect could carry the code to another server.
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    let agent = config.timeout_global(Some(Duration::from_secs(10))).build().new_agent();
    let send = |request: http::Request<Vec<u8>>| {
        let (parts, mut body) = agent.run(request)?.into_parts();
        Ok::<_, ureq::Error>(http::Response::from_parts(parts, body.with_config().limit(1 << 20).read_to_vec()?))
    };

    let metadata = Issuer::danger_allow_http(provider.issuer())?.discover().send_with(send)?;
    let client = stack::client(metadata)?;
    let keys = client.fetch_keys()?.send_with(send)?;

    let (url, awaiting) = client.authorize().scope("openid email").start(SystemTime::now())?;
    let current_url = stack::visit(&url)?;

    let response = AuthorizationResponse::from_url(&current_url)?;
    let unverified = awaiting.receive(&client, response, SystemTime::now())?.send_with(send)?;
    let tokens = unverified.verify(&keys, SystemTime::now())?;
    stack::greet(&tokens);
    Ok(())
}
