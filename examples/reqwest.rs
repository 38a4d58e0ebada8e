//! A login with reqwest, async. `cargo run --example reqwest`.
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

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let provider = stack::provider()?;

    // A redirect could carry the code to another server.
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(Duration::from_secs(10));
    let http = http.build()?;
    let send = |request: http::Request<Vec<u8>>| async {
        let mut response = http.execute(request.try_into()?).await?;
        let mut answer = http::Response::new(Vec::new());
        (*answer.status_mut(), *answer.headers_mut()) = (response.status(), response.headers().clone());
        while let Some(chunk) = response.chunk().await? {
            answer.body_mut().extend_from_slice(&chunk);
            if answer.body().len() > 1 << 20 {
                break; // The crate refuses what is longer.
            }
        }
        Ok::<_, reqwest::Error>(answer)
    };

    let metadata = Issuer::danger_allow_http(provider.issuer())?.discover().send_with_async(send).await?;
    let client = stack::client(metadata)?;
    let keys = client.fetch_keys()?.send_with_async(send).await?;

    let (url, awaiting) = client.authorize().scope("openid email").start(SystemTime::now())?;
    let current_url = stack::visit(&url)?;

    let response = AuthorizationResponse::from_url(&current_url)?;
    let unverified = awaiting.receive(&client, response, SystemTime::now())?.send_with_async(send).await?;
    let tokens = unverified.verify(&keys, SystemTime::now())?;
    stack::greet(&tokens);
    Ok(())
}
