//! A command-line tool whose user logs in on another device (RFC 8628). `cargo run --example device`.
//!
//! The tool shows a code. The user types it on a phone, or wherever a browser is, and decides there; meanwhile the tool asks
//! the provider. Without arguments, the provider and its user are inside this process. With `--issuer` and `--client-id` the
//! tool logs in at your provider, and you are the user.
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

#[path = "device/arguments.rs"]
mod arguments;
mod provider;
#[path = "login/show.rs"]
mod show;
#[path = "device/user.rs"]
mod user;

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use oidc_proto::test_provider::TestClient;
use oidc_proto::{
    Access, BoxError, Client, ClientAuth, DeviceAuthorization, Issuer, KeyCache, Poll, Session, Tokens, http,
};

use arguments::{Arguments, Settings};
use provider::Provider;

fn main() -> ExitCode {
    let result = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Arguments::Help) => {
            print!("{}", arguments::HELP);
            Ok(())
        }
        Ok(Arguments::Embedded) => log_in_at_the_embedded_provider(),
        Ok(Arguments::At(settings)) => log_in_at(settings),
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

fn log_in_at_the_embedded_provider() -> Result<(), BoxError> {
    // Everybody has a copy of a command-line tool, so it has no secret: it is a public client.
    let provider = Provider::start(TestClient::new("example tool").device_interval(Duration::from_secs(1)))?;
    show::paragraph("The provider is in this process, and so is its user, with a browser on another device.");

    let mut user = user::User::default();
    let (client, mut keys) = (connect(provider.issuer(), "example tool", ClientAuth::none())?, KeyCache::new());
    let tokens = log_in(&client, &mut keys, "openid email profile offline_access", |device| user.look_at(device))?;
    let stored = keep(tokens)?;
    next_command(&client, &mut keys, &stored)
}

fn log_in_at(settings: Settings) -> Result<(), BoxError> {
    // What TLS is made with. It can be chosen once, and nobody else in this process does.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let auth = settings.client_secret.map_or_else(ClientAuth::none, ClientAuth::secret);
    let client = connect(&settings.issuer, &settings.client_id, auth)?;
    log_in(&client, &mut KeyCache::new(), &settings.scope, |_| Ok(()))?;
    Ok(())
}

fn connect(issuer: &str, client_id: &str, auth: ClientAuth) -> Result<Client, BoxError> {
    let on_this_machine = issuer.starts_with("http://127.0.0.1:") || issuer.starts_with("http://localhost:");
    let issuer = if on_this_machine { Issuer::danger_allow_http(issuer)? } else { Issuer::new(issuer)? };
    // The provider sends nobody back here, so there is no redirect URI.
    Ok(Client::builder(issuer.discover().send_with(send)?, client_id, auth).build()?)
}

/// The login. `not_yet` is called whenever the user has not decided.
fn log_in(
    client: &Client,
    keys: &mut KeyCache,
    scope: &str,
    mut not_yet: impl FnMut(&DeviceAuthorization) -> Result<(), BoxError>,
) -> Result<Tokens, BoxError> {
    let mut device = client.device_authorization().scope(scope).start(SystemTime::now())?.send_with(send)?;
    println!("\nOpen {} and type this code: {}", device.verification_uri(), device.user_code());
    if let Some(complete) = device.verification_uri_complete() {
        println!("Or open {complete} and compare the code.");
    }
    println!();
    loop {
        match device.poll(client, SystemTime::now())? {
            Poll::Wait(time) => std::thread::sleep(time),
            Poll::Expired => return Err("the code is too old; run this again for a new one".into()),
            Poll::Ask(round_trip) => match round_trip.send_with(send) {
                Ok(unverified) => {
                    let tokens = unverified.verify_with(keys, SystemTime::now(), send)?;
                    println!("Logged in: {} at {}", tokens.id_token().sub(), tokens.id_token().iss());
                    return Ok(tokens);
                }
                // The user has not decided, or the network failed: `device` knows how long to wait now.
                Err(error) if device.failed(&error, SystemTime::now()) => not_yet(&device)?,
                Err(error) => return Err(error.into()),
            },
        }
    }
}

/// What the tool keeps. A real one has the system's key store for it, or a file that nobody else can read: whoever can read it
/// has the user's tokens.
fn keep(tokens: Tokens) -> Result<String, BoxError> {
    let stored = serde_json::to_string(&tokens.into_session(SystemTime::now()))?;
    println!("Kept for the next command: a session, {} bytes of JSON.", stored.len());
    Ok(stored)
}

/// The next command, an hour later: nobody has to log in. The time is an argument, so nobody has to wait here either.
fn next_command(client: &Client, keys: &mut KeyCache, stored: &str) -> Result<(), BoxError> {
    let an_hour_later = SystemTime::now().checked_add(Duration::from_secs(3600)).ok_or("the clock is at its end")?;
    let mut session: Session = serde_json::from_str(stored)?;
    let Access::Refresh(refresh) = session.access(client, an_hour_later)? else {
        return Err("the access token has ended, and there is a refresh token".into());
    };
    // The session is stored here, before the request leaves: a refresh token works once.
    let refreshed = refresh.send_with(send);
    match refreshed.and_then(|unverified| unverified.verify_with(keys, SystemTime::now(), send)) {
        Ok(refreshed) => session.refreshed(refreshed, SystemTime::now())?,
        Err(error) => {
            // It is stored here too: it knows when to try again, or that the user must log in.
            session.refresh_failed(&error, SystemTime::now());
            return Err(error.into());
        }
    }
    // And it is stored here, with its new tokens.
    let unverified = client.userinfo(&session, SystemTime::now())?.send_with(send)?;
    let user = unverified.verify_with(keys, SystemTime::now(), send)?;
    let name = user.standard_claims().name.unwrap_or_default();
    println!("An hour later, with a new access token and no new login: {} is {name}", user.sub());
    Ok(())
}

fn send(request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, BoxError> {
    // Errors of OAuth 2.0 come with status 400; a redirect could carry the device code to another server.
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    let agent = config.timeout_global(Some(Duration::from_secs(20))).build().new_agent();
    let (parts, mut body) = agent.run(request)?.into_parts();
    Ok(http::Response::from_parts(parts, body.with_config().limit(1 << 20).read_to_vec()?))
}
