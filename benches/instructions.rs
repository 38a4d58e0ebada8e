//! One step of a login, once, on an input of a given size, for an instruction counter: `instructions STEP SIZE`.
//!
//! `.ci/instructions.mjs` runs it under valgrind, holds the counts against the limits that are committed, and draws how they
//! grow. Signatures are left out: how they are counted depends on the processor.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a benchmark fails by panicking"
)]

#[path = "instructions/grants.rs"]
mod grants;

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oidc_proto::http::{Request, Response};
use oidc_proto::{
    Access, AccessToken, Algorithm, AuthorizationResponse, AwaitingCallback, AwaitingTokens, BoxError, Client,
    ClientAuth, ClientBuilder, IdTokenError, Issuer, JarmError, JwkSet, JwtError, LogoutTokenError, ProviderMetadata,
    Session, Signer, Tokens, UnverifiedTokens,
};
use serde_json::{Map, Value, json};

const ISSUER: &str = "https://id.example.com";
const STATE: &str = "Vw0FZxk2mT3fF1oD8cV9sYp7QbJ4uXnR6eHgLtAiKz0";
const NONCE: &str = "q7TzXc2vB5nM8kJ1hG4fD6sA9pO0iU3yT2rE5wQ8lK1";
const CODE: &str = "4%2F0AeanS0Zc6kYf1Vt8r2Jq5Lw9XbN3mH7oPdG";

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (Some(step), Some(size)) = (arguments.next(), arguments.next()) else {
        // Whoever runs all benches.
        return;
    };
    run(&step, size.parse().unwrap());
}

/// What the counter counts.
#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
}

/// Does the work twice and has the second time counted: what happens once in a process is not the step's.
fn count<I: Clone, T>(input: I, mut work: impl FnMut(I) -> T) {
    black_box(work(input.clone()));
    let mut input = Some(input);
    let mut result = None;
    measured(&mut || result = input.take().map(|input| black_box(work(input))));
    drop(result);
}

fn run(step: &str, size: usize) {
    match step {
        // Size: unknown members.
        "discovery" => {
            let response = Response::new(metadata(size));
            let issuer = Issuer::new(ISSUER).unwrap();
            count((), |()| issuer.discover().into_parts().1.receive(&response).unwrap());
        }
        // Size: keys, of a kind that the backend has nothing to prepare for.
        "keys" => count(jwks(size, "EC", "P-255"), |jwks| JwkSet::from_json(jwks).unwrap()),
        // Size: keys, none of which is the token's.
        "choosing a key" => {
            let keys = JwkSet::from_json(jwks(size, "EC", "P-255")).unwrap();
            let unverified = unverified(&client(), &json!({}));
            count((), |()| {
                assert!(matches!(unverified.verify(&keys, now()), Err(IdTokenError::Jwt(JwtError::UnknownKey))));
            });
        }
        "authorization URL" => {
            let client = client();
            count((), |()| client.authorize().scope("openid email profile").start(now()).unwrap());
        }
        // Size: parameters beside code and state.
        "token request" => {
            let client = client();
            let more: String = (0..size).map(|index| format!("&a{index}=b{index}")).collect::<Vec<_>>().concat();
            let url = format!("/login/callback?code={CODE}&state={STATE}{more}");
            count(begin(&client), |awaiting| token_request(&client, awaiting, &url));
        }
        // Size: bytes of the access token.
        "token response" => {
            let client = client();
            let response = Response::new(token_response(&json!({}), &"a".repeat(size)));
            let mut two = vec![awaiting_tokens(&client), awaiting_tokens(&client)];
            count((), |()| two.pop().unwrap().receive(&response).unwrap());
        }
        // Size: audiences beside the client.
        "ID token" => {
            let audiences: Vec<String> =
                (0..size).map(|index| format!("audience-{index}")).chain(["my-app".into()]).collect();
            let unverified = unverified(&client(), &json!({ "aud": audiences }));
            count((), |()| unverified.verify_trusting_tls(now()).unwrap());
        }
        // What a signed token request takes beside the signature.
        "client assertion" => {
            let client = client_with(ClientAuth::private_key_jwt(Silent));
            let url = format!("/login/callback?code={CODE}&state={STATE}");
            count(begin(&client), |awaiting| token_request(&client, awaiting, &url));
        }
        // What a proof takes beside the signature.
        "DPoP proof" => {
            let client = builder(ClientAuth::none()).dpop(Silent).build().unwrap();
            let token = AccessToken::bound("ya29.a0AfH6SMBx3kQ9v7TzYc2Lm5Np8Rw1Ub4Xd6Ef0Gh");
            count((), |()| {
                let mut request = Request::get("https://api.example.com/v1/accounts?page=2").body(()).unwrap();
                client.authorize_request(&mut request, &token, Some("a-nonce-of-the-api"), now()).unwrap();
                request
            });
        }
        "whole login" => {
            let client = client();
            let url = format!("/login/callback?code={CODE}&state={STATE}");
            let response = Response::new(token_response(&json!({}), "ya29.a0AfH6SMBx3kQ9v7TzYc2Lm5Np8Rw1Ub4Xd6Ef0Gh"));
            count((), |()| log_in(&client, &url, &response));
        }
        // Size: logins before the one that is counted.
        "login after logins" => {
            let client = client();
            let url = format!("/login/callback?code={CODE}&state={STATE}");
            let response = Response::new(token_response(&json!({}), "ya29.a0AfH6SMBx3kQ9v7TzYc2Lm5Np8Rw1Ub4Xd6Ef0Gh"));
            for _ in 0..size {
                black_box(log_in(&client, &url, &response));
            }
            count((), |()| log_in(&client, &url, &response));
        }
        other => run_after_login(other, size),
    }
}

/// The steps of a session, and what the provider signs beside ID tokens.
fn run_after_login(step: &str, size: usize) {
    match step {
        // Size: bytes of the access token.
        "session access" => {
            let (client, mut session) = session(size);
            count((), |()| assert!(matches!(session.access(&client, now()), Ok(Access::Use(_)))));
        }
        // Size: bytes of the access token.
        "refresh" => {
            let (client, session) = session(size);
            let response = Response::new(json!({ "access_token": "a".repeat(size), "expires_in": 3599 }).to_string());
            count(session, |session| refresh(&client, session, &response));
        }
        // Size: bytes of the access token.
        "refresh with ID token" => {
            let (client, session) = session(size);
            let response = Response::new(token_response(&json!({}), &"a".repeat(size)));
            count(session, |session| refresh(&client, session, &response));
        }
        // Size: bytes of the access token.
        "storing a session" => {
            let (_, session) = session(size);
            count((), |()| {
                let stored = serde_json::to_string(&session).unwrap();
                let again: Session = serde_json::from_str(&stored).unwrap();
                (stored, again)
            });
        }
        // Size: claims that nobody knows.
        "userinfo" => {
            let (client, session) = session(20);
            let mut claims =
                json!({ "sub": "110169484474386276334", "name": "Ada Lovelace", "email": "ada@example.com" });
            claims.as_object_mut().unwrap().extend(unknown_members(size));
            let response = Response::new(claims.to_string());
            count((), |()| {
                let unverified = client.userinfo(&session, now()).unwrap().into_parts().1.receive(&response).unwrap();
                unverified.verify_trusting_tls(now()).unwrap()
            });
        }
        // Up to the signature. Size: audiences beside the client.
        "logout token" => {
            let client = client();
            let keys = JwkSet::from_json(jwks(1, "EC", "P-256")).unwrap();
            let body = logout_token(size);
            count((), |()| {
                let unverified = client.logout_token(&body).unwrap();
                assert!(matches!(unverified.verify(&keys, now()), Err(LogoutTokenError::Jwt(JwtError::UnknownKey))));
            });
        }
        // Up to the signature. Size: claims that nobody knows.
        "signed response" => {
            let client = client();
            let keys = JwkSet::from_json(jwks(1, "EC", "P-256")).unwrap();
            let query = signed_response(size);
            count((), |()| {
                let unverified = client.jarm(AuthorizationResponse::from_query(&query).unwrap()).unwrap();
                assert!(matches!(unverified.verify(&keys, now()), Err(JarmError::Jwt(JwtError::UnknownKey))));
            });
        }
        other => grants::run(other, size),
    }
}

/// A session with a refresh token.
fn session(access_token: usize) -> (Client, Session) {
    let client = client();
    let mut response: Value = serde_json::from_str(&token_response(&json!({}), &"a".repeat(access_token))).unwrap();
    let refresh_token = json!("1//0gYQ7xZk2mT3fF1oD8cV9sYp7QbJ4uXnR6eHgLtAiKz0");
    response.as_object_mut().unwrap().insert("refresh_token".to_owned(), refresh_token);
    let unverified = awaiting_tokens(&client).receive(&Response::new(response.to_string())).unwrap();
    let session = unverified.verify_trusting_tls(now()).unwrap().into_session(now());
    (client, session)
}

/// A refresh from the moment when it is due to the moment when its tokens are taken.
fn refresh(client: &Client, mut session: Session, response: &Response<String>) -> Session {
    session.expire_access_token();
    let Ok(Access::Refresh(round_trip)) = session.access(client, now()) else { panic!("a refresh is due") };
    let unverified = round_trip.into_parts().1.receive(response).unwrap();
    session.refreshed(unverified.verify_trusting_tls(now()).unwrap(), now()).unwrap();
    session
}

fn logout_token(audiences: usize) -> String {
    let mut audience: Vec<String> = (0..audiences).map(|index| format!("audience-{index}")).collect();
    audience.push("my-app".to_owned());
    let claims = json!({
        "iss": ISSUER, "aud": audience, "iat": 1_759_999_990_u64, "exp": 1_760_000_110_u64, "jti": "bWJq-0YqXK8",
        "sub": "110169484474386276334", "sid": "08a5019c-17e1-4977-8f42-65a12843ea02",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    let header = r#"{"alg":"ES256","kid":"the-key","typ":"logout+jwt"}"#;
    let parts = [header, &claims.to_string(), &"s".repeat(64)].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("logout_token={}", parts.join("."))
}

fn signed_response(unknown: usize) -> String {
    let mut claims = json!({ "iss": ISSUER, "aud": "my-app", "exp": 1_760_000_300_u64, "code": CODE, "state": STATE });
    claims.as_object_mut().unwrap().extend(unknown_members(unknown));
    let header = r#"{"alg":"ES256","kid":"the-key"}"#;
    let parts = [header, &claims.to_string(), &"s".repeat(64)].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("response={}", parts.join("."))
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_760_000_000)
}

fn metadata(unknown: usize) -> String {
    let mut metadata = json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/o/oauth2/v2/auth"),
        "token_endpoint": format!("{ISSUER}/token"),
        "userinfo_endpoint": format!("{ISSUER}/v1/userinfo"),
        "revocation_endpoint": format!("{ISSUER}/revoke"),
        "jwks_uri": format!("{ISSUER}/oauth2/v3/certs"),
        "response_types_supported": ["code", "token", "id_token", "code token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "email", "exp", "iat", "iss", "name", "sub"],
        "code_challenge_methods_supported": ["plain", "S256"],
    });
    metadata.as_object_mut().unwrap().extend(unknown_members(unknown));
    metadata.to_string()
}

fn unknown_members(count: usize) -> Map<String, Value> {
    (0..count).map(|index| (format!("unknown_{index}"), json!("a value"))).collect()
}

fn jwks(count: usize, kty: &str, crv: &str) -> String {
    let x = "ZrEpMcr3iw3CVJLyMNNKGKRcZFq1WZRgA-spoRbPBj4";
    let key = |index| json!({ "kty": kty, "crv": crv, "kid": format!("key-{index}"), "use": "sig", "x": x, "y": x });
    json!({ "keys": (0..count).map(key).collect::<Vec<_>>() }).to_string()
}

fn client() -> Client {
    client_with(ClientAuth::secret("my-client-secret-0123456789abcdef"))
}

fn client_with(auth: ClientAuth) -> Client {
    builder(auth).build().unwrap()
}

fn builder(auth: ClientAuth) -> ClientBuilder {
    let metadata: ProviderMetadata = serde_json::from_str(&metadata(0)).unwrap();
    Client::builder(metadata, "my-app", auth).redirect_uri("https://app.example.com/login/callback")
}

/// A signer whose signatures cost nothing, and are none.
struct Silent;

impl Signer for Silent {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn key_id(&self) -> Option<&str> {
        Some("2026-11")
    }

    fn public_jwk(&self) -> Option<String> {
        // RFC 7517 appendix A.1.
        let x = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
        let y = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";
        Some(json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y }).to_string())
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, BoxError> {
        Ok(vec![7; 64])
    }
}

fn begin(client: &Client) -> AwaitingCallback {
    client.authorize().scope("openid email profile").state(STATE).nonce(NONCE).start(now()).unwrap().1
}

fn token_request(client: &Client, awaiting: AwaitingCallback, url: &str) -> AwaitingTokens {
    let response = AuthorizationResponse::from_url(url).unwrap();
    awaiting.receive(client, response, now()).unwrap().into_parts().1
}

fn awaiting_tokens(client: &Client) -> AwaitingTokens {
    token_request(client, begin(client), &format!("/login/callback?code={CODE}&state={STATE}"))
}

fn token_response(claims: &Value, access_token: &str) -> String {
    let mut all = json!({
        "iss": ISSUER, "azp": "my-app", "aud": "my-app", "sub": "110169484474386276334",
        "email": "ada.lovelace@example.com", "email_verified": true, "nonce": NONCE, "name": "Ada Lovelace",
        "picture": "https://pictures.example.com/a/ada", "given_name": "Ada", "family_name": "Lovelace",
        "iat": 1_759_999_990_u64, "exp": 1_760_000_300_u64,
    });
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let header = r#"{"alg":"ES256","kid":"the-key","typ":"JWT"}"#;
    let parts = [header, &all.to_string(), &"s".repeat(64)].map(|part| URL_SAFE_NO_PAD.encode(part));
    json!({
        "access_token": access_token, "expires_in": 3599, "id_token": parts.join("."), "scope": "openid email profile",
        "token_type": "Bearer",
    })
    .to_string()
}

fn unverified(client: &Client, claims: &Value) -> UnverifiedTokens {
    awaiting_tokens(client).receive(&Response::new(token_response(claims, "at"))).unwrap()
}

fn log_in(client: &Client, url: &str, response: &Response<String>) -> (String, Tokens) {
    let request = client.authorize().scope("openid email profile").state(STATE).nonce(NONCE);
    let (authorization_url, awaiting) = request.start(now()).unwrap();
    let unverified = token_request(client, awaiting, url).receive(response).unwrap();
    (authorization_url, unverified.verify_trusting_tls(now()).unwrap())
}
