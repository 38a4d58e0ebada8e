//! One whole OpenID Connect login, step by step.
//!
//! `cargo run --example login` starts a small provider inside the process and logs in at it, over real sockets. With
//! `--issuer` and `--client-id` it logs in at your provider, with your browser.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a program has sockets, a clock and a terminal"
)]

#[path = "login/arguments.rs"]
mod arguments;
#[path = "login/browser.rs"]
mod browser;
mod provider;
#[path = "login/show.rs"]
mod show;

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use oidc_proto::{AuthorizationResponse, BoxError, Client, ClientAuth, Issuer, http};

use arguments::Arguments;
use provider::{Provider, Registration, SigningAlgorithm};

fn main() -> ExitCode {
    let result = match Arguments::parse(std::env::args().skip(1)) {
        Ok(None) => {
            print!("{}", arguments::HELP);
            Ok(())
        }
        Ok(Some(Arguments::Embedded(algorithm))) => log_in_at_the_embedded_provider(algorithm),
        Ok(Some(Arguments::At(settings))) => log_in_at(settings),
        Err(message) => {
            eprintln!("wrong arguments: {message}");
            return ExitCode::FAILURE;
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            show::error(&*error);
            ExitCode::FAILURE
        }
    }
}

/// The main job without a browser: the provider signs its user in by itself.
fn log_in_at_the_embedded_provider(algorithm: SigningAlgorithm) -> Result<(), BoxError> {
    let redirect_uri = "http://127.0.0.1:8080/callback".to_owned();
    let secret = "a secret, with / and + and =";
    let registration = Registration::new("example app", secret, redirect_uri.clone());
    let provider = Provider::start(algorithm, registration)?;
    println!("The provider is in this process. It signs its user in by itself: no page asks for a password.");
    let agent = agent();
    log_in(provider.issuer(), "example app", ClientAuth::secret(secret), "openid email profile", &redirect_uri, |url| {
        // In place of a browser: the provider's redirect is where the browser would go.
        let answer = send(&agent, http::Request::get(url).body(Vec::new())?)?;
        let location = answer.headers().get("location").ok_or("the provider did not redirect")?;
        Ok(location.to_str()?.to_owned())
    })
}

/// The same with a browser, at any provider. The redirect URI is on this machine (RFC 8252 section 7.3).
fn log_in_at(settings: arguments::Settings) -> Result<(), BoxError> {
    let listener = browser::Listener::bind(settings.port)?;
    let auth = settings.client_secret.map_or_else(ClientAuth::none, ClientAuth::secret);
    log_in(&settings.issuer, &settings.client_id, auth, &settings.scope, &listener.redirect_uri(), |url| {
        println!("\nOpen this in your browser; the login goes on when it comes back:\n\n{url}");
        listener.wait()
    })
}

/// The login itself: what an application does, with what it shows in between.
fn log_in(
    issuer: &str,
    client_id: &str,
    auth: ClientAuth,
    scope: &str,
    redirect_uri: &str,
    visit: impl FnOnce(&str) -> Result<String, BoxError>,
) -> Result<(), BoxError> {
    let agent = agent();
    let send = |request: http::Request<Vec<u8>>| {
        show::request(&request);
        let response = send(&agent, request)?;
        show::response(&response);
        Ok::<_, BoxError>(response)
    };

    show::step("Discovery: what the provider can do");
    let on_this_machine = issuer.starts_with("http://127.0.0.1:") || issuer.starts_with("http://localhost:");
    let issuer = if on_this_machine { Issuer::danger_allow_http(issuer)? } else { Issuer::new(issuer)? };
    let metadata = issuer.discover().send_with(send)?;

    let client = Client::builder(metadata, client_id, auth).redirect_uri(redirect_uri).build()?;

    show::step("The provider's keys");
    let keys = client.fetch_keys()?.send_with(send)?;

    show::step("The authorization URL, for the browser");
    let (url, awaiting) = client.authorize().scope(scope).start(SystemTime::now())?;
    show::url(&url);
    let current_url = visit(&url)?;

    show::step("The browser comes back");
    show::url(&current_url);
    let response = AuthorizationResponse::from_url(&current_url)?;
    let token_request = awaiting.receive(&client, response, SystemTime::now())?;

    show::step("The code for the tokens");
    let unverified = token_request.send_with(send)?;

    show::step("The ID token, verified");
    let tokens = unverified.verify(&keys, SystemTime::now())?;
    show::tokens(&tokens)
}

fn agent() -> ureq::Agent {
    // Errors of OAuth 2.0 come with status 400; a redirect could carry the code to another server.
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    config.timeout_global(Some(Duration::from_secs(20))).build().new_agent()
}

fn send(agent: &ureq::Agent, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, BoxError> {
    let (parts, mut body) = agent.run(request)?.into_parts();
    Ok(http::Response::from_parts(parts, body.with_config().limit(1 << 20).read_to_vec()?))
}
