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
#[path = "instructions/inputs.rs"]
mod inputs;

use std::hint::black_box;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use inputs::{
    CODE, ISSUER, NONCE, STATE, awaiting_tokens, begin, builder, client, client_with, jwks, metadata, now, session,
    token_request, token_response, unknown_members,
};
use oidc_proto::http::{Request, Response};
use oidc_proto::{
    Access, AccessToken, Algorithm, AuthorizationResponse, BoxError, Client, ClientAuth, IdTokenError, Issuer,
    JarmError, JwkSet, JwtError, LogoutTokenError, PendingLogins, Session, Signer, Tokens, UnverifiedTokens,
};
use serde_json::{Value, json};

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
        "server login" => {
            let client = client();
            let response = Response::new(token_response(&json!({}), "ya29.a0AfH6SMBx3kQ9v7TzYc2Lm5Np8Rw1Ub4Xd6Ef0Gh"));
            count((), |()| server_login(&client, &response));
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

fn unverified(client: &Client, claims: &Value) -> UnverifiedTokens {
    awaiting_tokens(client).receive(&Response::new(token_response(claims, "at"))).unwrap()
}

fn log_in(client: &Client, url: &str, response: &Response<String>) -> (String, Tokens) {
    let request = client.authorize().scope("openid email profile").state(STATE).nonce(NONCE);
    let (authorization_url, awaiting) = request.start(now()).unwrap();
    let unverified = token_request(client, awaiting, url).receive(response).unwrap();
    (authorization_url, unverified.verify_trusting_tls(now()).unwrap())
}

/// As a server does it: what is under way is text in the browser's session.
fn server_login(client: &Client, response: &Response<String>) -> (String, String, Tokens) {
    let (url, awaiting) = client.authorize().scope("openid email profile").nonce(NONCE).start(now()).unwrap();
    let callback = ["/login/callback?code=", CODE, "&state=", awaiting.state().secret()].concat();
    let mut pending = PendingLogins::default();
    pending.insert(awaiting);
    let session = serde_json::to_string(&pending).unwrap();
    let mut pending: PendingLogins = serde_json::from_str(&session).unwrap();
    let callback = AuthorizationResponse::from_url(&callback).unwrap();
    let (_, awaiting) = pending.receive(client, callback, now()).unwrap().into_parts();
    let session = serde_json::to_string(&pending).unwrap();
    (url, session, awaiting.receive(response).unwrap().verify_trusting_tls(now()).unwrap())
}
