//! A service that calls an API as itself: nobody logs in (RFC 6749 section 4.4). `cargo run --example service`.
//!
//! `service/kept_token.rs` is the part to copy. It keeps one access token for all calls, and renews it before it ends. The
//! provider and the API are inside this process; its access tokens last four seconds, so that there is something to see.
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

#[path = "service/kept_token.rs"]
mod kept_token;
#[cfg(test)]
#[path = "service/kept_token_tests.rs"]
mod kept_token_tests;
mod provider;

use std::time::{Duration, SystemTime};

use oidc_proto::http::{Request, Response, StatusCode};
use oidc_proto::test_provider::TestClient;
use oidc_proto::{AccessToken, BoxError, Client, ClientAuth, Issuer};

use kept_token::KeptToken;
use provider::Provider;

const CLIENT_ID: &str = "example service";
const CLIENT_SECRET: &str = "a secret, with / and + and =";

fn main() -> Result<(), BoxError> {
    let registered = TestClient::new(CLIENT_ID).secret(CLIENT_SECRET).access_token_lifetime(Duration::from_secs(4));
    let provider = Provider::start(registered)?;
    println!("The provider and the API are in this process. Access tokens last four seconds.");

    let metadata = Issuer::danger_allow_http(provider.issuer())?.discover().send_with(send)?;
    // Nobody comes back from a browser, so there is no redirect URI; nothing here is signed, so there are no keys to fetch.
    let client = Client::builder(metadata, CLIENT_ID, ClientAuth::secret(CLIENT_SECRET)).build()?;
    let token = KeptToken::new(client.clone(), "orders:read");
    let service = Service { client, token, api: format!("{}/orders", provider.issuer()) };

    println!("\nTen calls, half a second apart:");
    for _ in 0..10 {
        service.show_orders()?;
        std::thread::sleep(Duration::from_millis(500));
    }
    println!("\nSomebody revokes the token, and the service does not know:");
    let token = service.token.get(SystemTime::now(), send_shown)?;
    service.client.revoke(&token, SystemTime::now())?.send_with(send)?;
    service.show_orders()?;
    service.show_orders()
}

struct Service {
    client: Client,
    token: KeptToken,
    api: String,
}

impl Service {
    fn show_orders(&self) -> Result<(), BoxError> {
        let response = self.call()?;
        println!("   the API: {} {}", response.status(), String::from_utf8_lossy(response.body()));
        if response.status().is_success() { Ok(()) } else { Err("the API refused the call".into()) }
    }

    /// One call. Where the API does not take the token, which may have been revoked, it is made once more with a new one.
    fn call(&self) -> Result<Response<Vec<u8>>, BoxError> {
        let token = self.token.get(SystemTime::now(), send_shown)?;
        let response = self.call_with(&token)?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        println!("   the API: {}", response.status());
        self.token.forget(&token);
        // A new token that is refused too is not the token's fault: nothing more is tried.
        self.call_with(&self.token.get(SystemTime::now(), send_shown)?)
    }

    fn call_with(&self, token: &AccessToken) -> Result<Response<Vec<u8>>, BoxError> {
        let mut request = Request::get(&self.api).body(Vec::new())?;
        self.client.authorize_request(&mut request, token, None, SystemTime::now())?;
        send(request)
    }
}

/// The requests for a token are worth a line.
fn send_shown(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, BoxError> {
    println!("   a new access token");
    send(request)
}

fn send(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, BoxError> {
    // Errors of OAuth 2.0 come with status 400; a redirect could carry the secret to another server.
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    let agent = config.timeout_global(Some(Duration::from_secs(10))).build().new_agent();
    let (parts, mut body) = agent.run(request)?.into_parts();
    Ok(Response::from_parts(parts, body.with_config().limit(1 << 20).read_to_vec()?))
}
