//! One whole OpenID Connect login, step by step, and the life after it: session, refresh, UserInfo, logout.
//!
//! `cargo run --example login` starts a small provider inside the process and does all of it there, over real sockets. With
//! `--issuer` and `--client-id` it logs in at your provider, with your browser. With `--session` the user stays logged in for a
//! while.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a program has sockets, a clock and a terminal"
)]

#[path = "login/after.rs"]
mod after;
#[path = "login/arguments.rs"]
mod arguments;
#[path = "login/back_channel.rs"]
mod back_channel;
#[path = "login/browser.rs"]
mod browser;
mod provider;
#[path = "login/show.rs"]
mod show;
#[path = "login/stay.rs"]
mod stay;

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use oidc_proto::test_provider::TestClient;
use oidc_proto::{
    Algorithm, AuthorizationResponse, BoxError, Client, ClientAuth, Issuer, JwkSet, PrivateKey, Prompt, Tokens, http,
};

use arguments::Arguments;
use back_channel::BackChannel;
use provider::Provider;

fn main() -> ExitCode {
    let result = match Arguments::parse(std::env::args().skip(1)) {
        Ok(None) => {
            print!("{}", arguments::HELP);
            Ok(())
        }
        Ok(Some(Arguments::Embedded { algorithm, session })) => log_in_at_the_embedded_provider(algorithm, session),
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

/// Everything without a browser: the provider signs its user in by itself.
fn log_in_at_the_embedded_provider(algorithm: Algorithm, session: bool) -> Result<(), BoxError> {
    let (redirect_uri, way_back) = ("http://127.0.0.1:8080/callback", "http://127.0.0.1:8080/signed-out");
    let secret = "a secret, with / and + and =";
    let scope = "openid email profile offline_access";
    let back_channel = BackChannel::bind()?;
    let mut registered = TestClient::new("example app")
        .secret(secret)
        .redirect_uri(redirect_uri)
        .post_logout_redirect_uri(way_back)
        .backchannel_logout_uri(back_channel.uri());
    if session {
        // A session refreshes half a minute before the end: every few seconds, so that there is something to see.
        registered = registered.access_token_lifetime(Duration::from_secs(34));
    }
    let provider = Provider::start(registered)?;
    provider.lock().set_signing_key(PrivateKey::generate(algorithm)?)?;
    show::paragraph("The provider is in this process. It signs its user in by itself: no page asks for a password.");
    // In place of a browser: the provider's redirect is where the browser would go.
    let visit = |url: &str| -> Result<String, BoxError> {
        let answer = send(http::Request::get(url).body(Vec::new())?)?;
        let location = answer.headers().get("location").ok_or("the provider did not redirect")?;
        Ok(location.to_str()?.to_owned())
    };
    let (client, keys) = connect(provider.issuer(), "example app", ClientAuth::secret(secret), redirect_uri)?;
    let tokens = log_in(&client, &keys, scope, visit)?;
    if session {
        let session = stay::stay(&client, tokens, stay::for_seconds(10))?;
        return stay::log_out(&client, session, Some(way_back), |url| visit(url).map(Some));
    }
    after::live(client, keys, tokens, &after::Places { scope, way_back, back_channel, visit: &visit })
}

/// The login with a browser, at any provider. The redirect URI is on this machine (RFC 8252 section 7.3).
fn log_in_at(settings: arguments::Settings) -> Result<(), BoxError> {
    // What TLS is made with. It can be chosen once, and nobody else in this process does.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let listener = browser::Listener::bind(settings.port)?;
    let auth = settings.client_secret.map_or_else(ClientAuth::none, ClientAuth::secret);
    let (client, keys) = connect(&settings.issuer, &settings.client_id, auth, &listener.redirect_uri())?;
    let tokens = log_in(&client, &keys, &settings.scope, |url| {
        println!("\nOpen this in your browser; the login goes on when it comes back:\n\n{url}");
        listener.wait()
    })?;
    if !settings.session {
        return Ok(());
    }
    println!("\nPress Enter to log out.");
    let session = stay::stay(&client, tokens, stay::until_enter())?;
    // No way back is registered at the provider.
    stay::log_out(&client, session, None, |url| {
        println!("\nOpen this in your browser, to log out at the provider too:\n\n{url}");
        Ok(None)
    })
}

/// What an application does once, when it starts.
fn connect(issuer: &str, client_id: &str, auth: ClientAuth, redirect_uri: &str) -> Result<(Client, JwkSet), BoxError> {
    show::step(
        "Discovery: what the provider can do",
        "The provider's metadata has the addresses of its endpoints. It counts only if it names the issuer that was asked.",
    );
    let on_this_machine = issuer.starts_with("http://127.0.0.1:") || issuer.starts_with("http://localhost:");
    let issuer = if on_this_machine { Issuer::danger_allow_http(issuer)? } else { Issuer::new(issuer)? };
    let metadata = issuer.discover().send_with(send_shown)?;

    let client = Client::builder(metadata, client_id, auth).redirect_uri(redirect_uri).build()?;

    show::step(
        "The provider's keys",
        "They verify what the provider signs. An application fetches them once, and keeps them in a KeyCache.",
    );
    let keys = client.fetch_keys()?.send_with(send_shown)?;
    Ok((client, keys))
}

/// The login itself: what an application does for each user, with what it shows in between.
fn log_in(
    client: &Client,
    keys: &JwkSet,
    scope: &str,
    visit: impl FnOnce(&str) -> Result<String, BoxError>,
) -> Result<Tokens, BoxError> {
    show::step(
        "The authorization URL, for the browser",
        "State and nonce are random, and so is the verifier behind the code_challenge: the answers are checked against them.",
    );
    let mut request = client.authorize().scope(scope);
    if scope.split(' ').any(|value| value == "offline_access") {
        // Core 11: the user is asked whether the application may act for them while they are away.
        request = request.prompts([Prompt::CONSENT]);
    }
    let (url, awaiting) = request.start(SystemTime::now())?;
    show::url(&url);
    let current_url = visit(&url)?;

    show::step(
        "The browser comes back",
        "The state shows that this application began the login, in this browser. The issuer shows which provider answers.",
    );
    show::url(&current_url);
    let response = AuthorizationResponse::from_url(&current_url)?;
    let token_request = awaiting.receive(client, response, SystemTime::now())?;

    show::step(
        "The code for the tokens",
        "The code works once, and only with the code_verifier, which the browser never saw: a stolen code is useless.",
    );
    let unverified = token_request.send_with(send_shown)?;

    show::step(
        "The ID token, verified",
        "Signature, issuer, audience, times and nonce are right. Only now can the application read who the user is.",
    );
    let tokens = unverified.verify(keys, SystemTime::now())?;
    show::tokens(&tokens)?;
    Ok(tokens)
}

/// Sends a request, and shows it with its response.
fn send_shown(request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, BoxError> {
    show::request(&request);
    let response = send(request)?;
    show::response(&response);
    Ok(response)
}

fn send(request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, BoxError> {
    // Errors of OAuth 2.0 come with status 400; a redirect could carry the code to another server.
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    let agent = config.timeout_global(Some(Duration::from_secs(20))).build().new_agent();
    let (parts, mut body) = agent.run(request)?.into_parts();
    Ok(http::Response::from_parts(parts, body.with_config().limit(1 << 20).read_to_vec()?))
}
