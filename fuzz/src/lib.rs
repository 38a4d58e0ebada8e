//! What the targets share: a client and its login, the signing keys of a provider, a second reader that checks the results,
//! and a counter of allocations.

pub mod allocations;
pub mod oracle;
pub mod polling;
pub mod provider;

use std::time::{Duration, SystemTime};

use oidc_proto::http::Response;
use oidc_proto::{
    AuthorizationRequest, AwaitingCallback, AwaitingTokens, Client, ClientAuth, ClientBuilder, ProviderMetadata,
    RoundTrip, Tokens,
};

// As in the test vectors, so that the vectors are good seeds.
pub const ISSUER: &str = "https://id.alpha.example";
pub const CLIENT_ID: &str = "alpha-app";
pub const CLIENT_SECRET: &str = "alpha-secret-7Jq2mX9vR4tK1pZ8wB6nC3yF5hD0sG2uL7eA9iO4kV1xM8rT6bN3cQ5zWj";
pub const REDIRECT_URI: &str = "https://app.alpha.example/login/callback";
pub const POST_LOGOUT_REDIRECT_URI: &str = "https://app.alpha.example/signed-out";
pub const STATE: &str = "alpha-state-Yk3vN8wQ2rT6mB1xZ5cL9pD4";
pub const NONCE: &str = "alpha-nonce-hG7sJ2kF8dA3qW6eR1tY5uI0";
pub const CODE_VERIFIER: &str = "alpha-verifier-0123456789-abcdefghijklmnopqrstuvwxyz";
pub const CODE: &str = "alpha-code-SplxlOBeZQQYbYS6WxSbIA";
pub const ACCESS_TOKEN: &str = "alpha-access-token-2YotnFZFEjr1zCsicMWpAA";
/// How a user logs in, where that matters.
pub const ACR: &str = "alpha-acr";
/// How long ago, where that matters.
pub const MAX_AGE: Duration = Duration::from_secs(60);
/// The user.
pub const SUB: &str = "248289761001";
/// In seconds since the epoch.
pub const NOW: u64 = 1_760_000_000;

#[must_use]
pub fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

/// A client that accepts ID tokens of every algorithm.
#[must_use]
pub fn client() -> Client {
    let mut metadata = ProviderMetadata::new(ISSUER);
    metadata.authorization_endpoint = Some(format!("{ISSUER}/authorize"));
    metadata.token_endpoint = Some(format!("{ISSUER}/token"));
    metadata.jwks_uri = Some(format!("{ISSUER}/keys.json"));
    metadata.userinfo_endpoint = Some(format!("{ISSUER}/userinfo"));
    metadata.end_session_endpoint = Some(format!("{ISSUER}/logout"));
    metadata.introspection_endpoint = Some(format!("{ISSUER}/introspect"));
    metadata.pushed_authorization_request_endpoint = Some(format!("{ISSUER}/par"));
    build(metadata).expect("the metadata is sound")
}

/// The same client, registered for signed answers of UserInfo and introspection.
#[must_use]
pub fn client_of_signed_answers() -> Client {
    let builder = builder(client().metadata().clone());
    let builder = builder.userinfo_signed_response_algs(ALGORITHMS).introspection_signed_response_algs(ALGORITHMS);
    builder.build().expect("the metadata is sound")
}

/// The client, at a provider with this metadata.
pub fn build(metadata: ProviderMetadata) -> Result<Client, oidc_proto::ClientError> {
    builder(metadata).build()
}

/// A client that is not built yet.
pub fn builder(metadata: ProviderMetadata) -> ClientBuilder {
    Client::builder(metadata, CLIENT_ID, ClientAuth::client_secret_basic(CLIENT_SECRET))
        .redirect_uri(REDIRECT_URI)
        .id_token_signed_response_algs(ALGORITHMS)
}

const ALGORITHMS: [&str; 5] = ["RS256", "PS256", "ES256", "EdDSA", "HS256"];

/// A login that has begun.
pub fn begin(client: &Client) -> Result<(String, AwaitingCallback), oidc_proto::AuthorizeError> {
    client.authorize().state(STATE).nonce(NONCE).code_verifier(CODE_VERIFIER).start(now())
}

/// A login that awaits its tokens.
pub fn token_request(client: &Client) -> RoundTrip<AwaitingTokens> {
    code_request(client, client.authorize().nonce(NONCE))
}

/// A login that awaits its tokens, and whose user must have logged in within the last minute, in the way [`ACR`].
pub fn strict_token_request(client: &Client) -> RoundTrip<AwaitingTokens> {
    code_request(client, client.authorize().nonce(NONCE).max_age(MAX_AGE).require_acr_values([ACR]))
}

/// The tokens of a login that has succeeded, of the user [`SUB`].
#[must_use]
pub fn log_in(client: &Client) -> Tokens {
    let claims = format!(
        r#"{{"iss":"{ISSUER}","sub":"{SUB}","aud":"{CLIENT_ID}","exp":{},"iat":{NOW},"nonce":"{NONCE}"}}"#,
        NOW + 300
    );
    let id_token = provider::sign(provider::By::Ed25519, br#"{"alg":"EdDSA","kid":"ed-1"}"#, claims.as_bytes());
    let body = format!(r#"{{"access_token":"{ACCESS_TOKEN}","token_type":"Bearer","id_token":"{id_token}"}}"#);
    let (_, awaiting) = token_request(client).into_parts();
    let unverified = awaiting.receive(&ok(body.as_bytes())).expect("the token response is sound");
    unverified.verify_trusting_tls(now()).expect("the ID token is right")
}

/// An authorization without OpenID Connect that awaits its tokens.
pub fn oauth_token_request(client: &Client) -> RoundTrip<AwaitingTokens> {
    code_request(client, client.authorize_oauth().scope("api"))
}

fn code_request(client: &Client, request: AuthorizationRequest) -> RoundTrip<AwaitingTokens> {
    let started = request.state(STATE).code_verifier(CODE_VERIFIER).start(now());
    let (_, awaiting) = started.expect("the request is sound");
    let response = oidc_proto::AuthorizationResponse::from_parameters([("code", CODE), ("state", STATE)]);
    awaiting.receive(client, response.expect("the callback is sound"), now()).expect("the callback answers")
}

/// The statuses that a response can have.
pub const STATUSES: [u16; 8] = [200, 201, 204, 302, 400, 401, 403, 503];

/// A response whose headers are these lines; `None` where a line is not a header.
#[must_use]
pub fn response<'a>(status: u16, headers: &[u8], body: &'a [u8]) -> Option<Response<&'a [u8]>> {
    let mut response = Response::builder().status(status);
    for line in headers.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(100) {
        let colon = line.iter().position(|byte| *byte == b':')?;
        response = response.header(&line[..colon], line[colon + 1..].trim_ascii());
    }
    response.body(body).ok()
}

/// A response of status 200.
#[must_use]
pub fn ok(body: &[u8]) -> Response<&[u8]> {
    Response::new(body)
}

/// One byte to choose by, and the rest.
#[must_use]
pub fn choice(input: &[u8]) -> (u8, &[u8]) {
    input.split_first().map_or((0, input), |(first, rest)| (*first, rest))
}

/// The parts of an input, between lines of `---`; those that are missing are empty.
#[must_use]
pub fn parts<const N: usize>(input: &[u8]) -> [&[u8]; N] {
    const BETWEEN: &[u8] = b"\n---\n";
    let mut rest = input;
    std::array::from_fn(|_| match rest.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        Some(end) => {
            let part = &rest[..end];
            rest = &rest[end + BETWEEN.len()..];
            part
        }
        None => std::mem::take(&mut rest),
    })
}

/// Replaces the first occurrence only. With every one, a body could be much longer than the input.
#[must_use]
pub fn replace(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    match text.windows(what.len()).position(|window| window == what) {
        Some(at) => [&text[..at], with, &text[at + what.len()..]].concat(),
        None => text.to_vec(),
    }
}
