//! A login with hyper and hyper-util, async. `cargo run --example hyper`.
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

use std::time::SystemTime;

use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use oidc_proto::{AuthorizationResponse, BoxError, Issuer, http};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let provider = stack::provider()?;

    // It follows no redirect. For https: a connector such as that of hyper-rustls.
    let http = HttpClient::builder(TokioExecutor::new()).build_http::<Full<hyper::body::Bytes>>();
    let send = |request: http::Request<Vec<u8>>| async {
        let (parts, body) = http.request(request.map(Full::from)).await?.into_parts();
        let body = Limited::new(body, 1 << 20).collect().await?.to_bytes();
        Ok::<_, BoxError>(http::Response::from_parts(parts, body))
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
