//! Complete logins, and what follows them, at a real provider of another project: npm's oidc-provider, run by Node.
//!
//! `npm ci` in `tests/interop/oidc-provider`, then `cargo test --test interop -- --ignored`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    unreachable_pub,
    reason = "a test fails by panicking, and drives a real provider over a real clock"
)]
#![cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]

mod answers;
mod back_channel;
mod browser;
mod ciba;
mod device;
mod dpop;
mod encrypted;
mod fapi;
mod granting;
mod listener;
mod login;
mod logout;
mod machine;
mod own_keys;
mod provider;
mod registration;
mod session;
mod signed_requests;
mod signed_responses;

use std::time::{Duration, SystemTime};

use oidc_proto::{
    AuthorizationRequest, CallbackError, ClientAuth, Error, IdTokenError, JwtError, Prompt, Remedy, ResponseMode,
    TokenError,
};
use serde_json::json;

use crate::login::{Login, fetch_keys, send};
use crate::provider::{Provider, SECRET};

#[test]
#[ignore = "needs Node and npm ci"]
fn a_public_client_logs_in_with_pkce() {
    let login = Login::at_a_new_provider("public-pkce", ClientAuth::none(), "RS256");
    let tokens = login.finish(|request| request.scope("openid email profile")).unwrap();
    let claims = tokens.id_token().standard_claims();
    assert_eq!(tokens.id_token().sub(), "alice");
    assert_eq!(claims.email.as_deref(), Some("jane@example.com"));
    assert_eq!(claims.email_verified, Some(true));
    assert_eq!(claims.name.as_deref(), Some("Jane Doe"));
    assert_eq!(tokens.expires_in(), Some(Duration::from_secs(3600)));
}

#[test]
#[ignore = "needs Node and npm ci"]
fn client_secret_basic_works_with_every_character() {
    let id = "client:with special/chars+%&=";
    let auth = ClientAuth::secret("p@ss:w%rd+/= &?y0ZYkR7-zH8ABQA1y2beWzYjYtqBVJsv");
    let tokens = Login::at_a_new_provider(id, auth, "RS256").finish(|request| request).unwrap();
    assert_eq!(tokens.id_token().aud(), [id]);
}

#[test]
#[ignore = "needs Node and npm ci"]
fn client_secret_post_works() {
    let auth = ClientAuth::client_secret_post(SECRET);
    let tokens = Login::at_a_new_provider("post", auth, "RS256").finish(|request| request).unwrap();
    assert_eq!(tokens.id_token().sub(), "alice");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn the_response_can_come_as_a_form() {
    let tokens = Login::basic().finish(|request| request.response_mode(ResponseMode::FORM_POST)).unwrap();
    assert_eq!(tokens.id_token().sub(), "alice");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn every_algorithm_is_verified() {
    let provider = Provider::start();
    for algorithm in ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA", "HS256"] {
        let id = format!("alg-{algorithm}");
        let login = Login::at(&provider, &id, ClientAuth::secret(SECRET), algorithm);
        let tokens = login.finish(|request| request).unwrap();
        assert_eq!(tokens.id_token().aud(), [id]);
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_token_signed_with_another_algorithm_than_registered_is_refused() {
    let login = Login::at_a_new_provider("alg-PS256", ClientAuth::secret(SECRET), "ES256");
    let error = login.finish(|request| request).unwrap_err();
    assert!(
        matches!(error, Error::IdToken(IdTokenError::Jwt(JwtError::AlgorithmNotAllowed { algorithm })) if algorithm == *"PS256")
    );
}

#[test]
#[ignore = "needs Node and npm ci"]
fn prompt_login_and_max_age_bring_a_fresh_auth_time() {
    // `auth_time` is in whole seconds.
    let before = SystemTime::now() - Duration::from_secs(1);
    let wishes = |request: AuthorizationRequest| request.prompts([Prompt::LOGIN]).max_age(Duration::ZERO);
    let tokens = Login::basic().finish(wishes).unwrap();
    assert!(tokens.id_token().auth_time().unwrap() >= before);
}

#[test]
#[ignore = "needs Node and npm ci"]
fn single_claims_that_are_requested_come() {
    let claims = json!({ "id_token": {
        "email": { "essential": true },
        "acr": { "essential": true, "values": ["urn:mace:incommon:iap:bronze"] },
        "auth_time": null,
    }});
    let wishes =
        |request: AuthorizationRequest| request.claims(&claims).require_acr_values(["urn:mace:incommon:iap:bronze"]);
    let tokens = Login::basic().finish(wishes).unwrap();
    assert_eq!(tokens.id_token().acr(), Some("urn:mace:incommon:iap:bronze"));
    assert_eq!(tokens.id_token().standard_claims().email.as_deref(), Some("jane@example.com"));
    assert!(tokens.id_token().auth_time().is_some());
}

#[test]
#[ignore = "needs Node and npm ci"]
fn prompt_none_works_in_a_session_and_is_an_error_without_one() {
    let mut login = Login::basic();
    let error = login.verify(|request| request.prompts([Prompt::NONE])).unwrap_err();
    assert!(
        matches!(&error, Error::Callback(CallbackError::Provider { error, .. }) if *error.error() == *"login_required")
    );
    assert_eq!(error.remedy(), Remedy::LoginInteractively);
    login.verify(|request| request).unwrap();
    let silent = login.verify(|request| request.prompts([Prompt::NONE])).unwrap();
    assert_eq!(silent.id_token().sub(), "alice");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_denied_login_says_so() {
    let error = Login::basic().finish(|request| request.login_hint("deny")).unwrap_err();
    let Error::Callback(CallbackError::Provider { error: provider, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(provider.error(), "access_denied");
    assert_eq!(provider.error_description(), Some("End-User aborted interaction"));
    assert_eq!(error.remedy(), Remedy::UserDeclined);
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_replayed_code_is_refused_by_the_provider() {
    let mut login = Login::basic();
    let (awaiting, response) = login.visit(|request| request);
    let now = SystemTime::now();
    let first = awaiting.clone().receive(&login.client, response.clone(), now).unwrap();
    let again = awaiting.receive(&login.client, response, now).unwrap();
    login.verify_tokens(&first.send_with(send).unwrap()).unwrap();
    let error = again.send_with(send).unwrap_err();
    assert!(matches!(&error, Error::Token(TokenError::Provider { error, .. }) if *error.error() == *"invalid_grant"));
    assert_eq!(error.remedy(), Remedy::RestartLogin);
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_wrong_secret_is_refused_by_the_provider() {
    let login = Login::at_a_new_provider("basic", ClientAuth::secret("wrong"), "RS256");
    let error = login.finish(|request| request).unwrap_err();
    assert!(matches!(&error, Error::Token(TokenError::Provider { error, .. }) if *error.error() == *"invalid_client"));
    assert_eq!(error.remedy(), Remedy::FixConfiguration);
}

#[test]
#[ignore = "needs Node and npm ci"]
fn keys_that_rotate_between_two_logins_are_fetched_once_more() {
    let mut login = Login::basic();
    login.verify(|request| request).unwrap();
    login.provider.as_ref().unwrap().rotate_keys();
    let unverified = login.unverified(|request| request).unwrap();
    let error = login.verify_tokens(&unverified).unwrap_err();
    assert!(matches!(error, Error::IdToken(IdTokenError::Jwt(JwtError::UnknownKey))));
    assert_eq!(error.remedy(), Remedy::FetchKeys);
    login.keys = fetch_keys(&login.client);
    assert_eq!(login.verify_tokens(&unverified).unwrap().id_token().sub(), "alice");
}
