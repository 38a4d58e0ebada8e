//! A login with a signed response (JARM) is finished by what the provider signed for this client, and by nothing else.
#![cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use common::signing::{Signing, changed};
use common::{Good, at, form_of, query_of};
use oidc_proto::http::{Request, Response};
use oidc_proto::{
    AuthorizationResponse, AwaitingCallback, BoxError, CallbackError, Client, ClientAuth, Error, JarmError, JwkSet,
    JwtError, KeyCache, PendingLogins, ProviderMetadata, Remedy, ResponseMode,
};
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example";

fn client_of(issuer: &str, client_id: &str) -> Client {
    let mut metadata = ProviderMetadata::new(issuer);
    metadata.authorization_endpoint = Some(format!("{issuer}/authorize"));
    metadata.token_endpoint = Some(format!("{issuer}/token"));
    metadata.jwks_uri = Some(format!("{issuer}/keys"));
    metadata.id_token_signing_alg_values_supported = Some(vec!["EdDSA".into()]);
    let builder = Client::builder(metadata, client_id, ClientAuth::secret("s3cret"));
    builder.redirect_uri("https://app.example/callback").build().unwrap()
}

fn client() -> Client {
    client_of(ISSUER, "app")
}

/// A login that asks for a signed response, once through its stored form.
fn begin() -> AwaitingCallback {
    let (url, awaiting) = Good::authorize(&client()).response_mode(ResponseMode::JWT).start(at(0)).unwrap();
    assert_eq!(query_of(&url)["response_mode"], "jwt");
    serde_json::from_str(&serde_json::to_string(&awaiting).unwrap()).unwrap()
}

/// A login of the same state that asks for no signature.
fn begin_plain() -> AwaitingCallback {
    Good::authorize(&client()).response_mode(ResponseMode::QUERY).start(at(0)).unwrap().1
}

fn compact(changes: &Value) -> String {
    let claims = json!({ "iss": ISSUER, "aud": "app", "exp": 1_700_000_300, "code": "c0de", "state": "st4te" });
    Signing::new(1).jwt(&json!({ "alg": "EdDSA" }), &changed(claims, changes))
}

/// What the browser brings, not verified.
fn signed(changes: &Value) -> AuthorizationResponse {
    AuthorizationResponse::from_parameters([("response", compact(changes))]).unwrap()
}

fn plain() -> AuthorizationResponse {
    AuthorizationResponse::from_query("code=stolen&state=st4te&iss=https%3A%2F%2Fid.example").unwrap()
}

fn key_document() -> String {
    json!({ "keys": [Signing::new(1).jwk(&json!({}))] }).to_string()
}

fn keys() -> JwkSet {
    JwkSet::from_json(key_document()).unwrap()
}

fn verified(changes: &Value) -> AuthorizationResponse {
    client().jarm(signed(changes)).unwrap().verify(&keys(), at(0)).unwrap()
}

#[test]
fn what_was_signed_is_what_goes_on() {
    let response = verified(&json!({ "session_state": "a.b", "number": 5 }));
    assert_eq!(response.state().unwrap().secret(), "st4te");
    assert_eq!((response.parameter("session_state"), response.parameter("number")), (Some("a.b"), None));
    let (request, _) = begin().receive(&client(), response, at(0)).unwrap().into_parts();
    assert_eq!(form_of(&request)["code"], "c0de");
}

#[test]
fn a_plain_response_finishes_no_login_that_asked_for_a_signed_one() {
    let refused = begin().receive(&client(), plain(), at(0)).unwrap_err();
    assert!(matches!(refused, CallbackError::ResponseNotSigned), "{refused:?}");
    let refused = client().jarm(plain()).unwrap_err();
    assert!(matches!(refused, CallbackError::ResponseNotSigned), "{refused:?}");
    // Nor does an error end it.
    let mut pending = PendingLogins::default();
    pending.insert(begin());
    let declined = AuthorizationResponse::from_query("error=access_denied&state=st4te").unwrap();
    for forged in [plain(), declined] {
        let refused = pending.receive(&client(), forged, at(0)).unwrap_err();
        assert!(matches!(refused, CallbackError::ResponseNotSigned), "{refused:?}");
    }
    assert_eq!(pending.len(), 1, "the login is still pending");
    assert!(pending.receive(&client(), verified(&json!({})), at(0)).is_ok());
}

#[test]
fn a_response_that_nobody_has_verified_finishes_no_login() {
    let refused = begin().receive(&client(), signed(&json!({})), at(0)).unwrap_err();
    assert!(matches!(refused, CallbackError::ResponseNotSigned), "{refused:?}");
    let mut pending = PendingLogins::default();
    pending.insert(begin_plain());
    let refused = pending.receive(&client(), signed(&json!({})), at(0)).unwrap_err();
    assert!(matches!(refused, CallbackError::UnexpectedParameter { parameter: "response" }), "{refused:?}");
    pending.insert(begin());
    let refused = pending.receive(&client(), signed(&json!({})), at(0)).unwrap_err();
    assert!(matches!(refused, CallbackError::ResponseNotSigned), "{refused:?}");
}

#[test]
fn a_signed_response_to_a_login_that_did_not_ask_for_it_is_refused() {
    let refused = begin_plain().receive(&client(), verified(&json!({})), at(0)).unwrap_err();
    assert!(matches!(refused, CallbackError::UnexpectedParameter { parameter: "response" }), "{refused:?}");
}

#[test]
fn the_last_response_mode_decides_whether_a_signature_is_asked_for() {
    let request = || Good::authorize(&client());
    let twice = request().response_mode(ResponseMode::QUERY_JWT).response_mode(ResponseMode::FORM_POST);
    assert!(twice.start(at(0)).unwrap().1.receive(&client(), plain(), at(0)).is_ok());
    for mode in [ResponseMode::FORM_POST_JWT, ResponseMode::QUERY_JWT, "web_message.jwt".into()] {
        let (_, awaiting) = request().response_mode(mode.clone()).start(at(0)).unwrap();
        let refused = awaiting.receive(&client(), plain(), at(0)).unwrap_err();
        assert!(matches!(refused, CallbackError::ResponseNotSigned), "{mode}: {refused:?}");
    }
}

#[test]
fn a_response_that_was_signed_for_another_client_finishes_no_login() {
    let other = client_of(ISSUER, "other");
    let refused = client().jarm(signed(&json!({ "aud": "other" }))).unwrap().verify(&keys(), at(0)).unwrap_err();
    assert!(matches!(refused, JarmError::Jwt(JwtError::AudienceMismatch)), "{refused:?}");
    // Nor when the other client has verified it.
    let response = other.jarm(signed(&json!({ "aud": "other" }))).unwrap().verify(&keys(), at(0)).unwrap();
    let refused = begin().receive(&client(), response, at(0)).unwrap_err();
    assert!(matches!(refused, CallbackError::WrongClient), "{refused:?}");
}

#[test]
fn an_issuer_that_is_written_twice_counts_once_and_two_issuers_are_refused() {
    let verify = |members: &str| {
        let payload = format!(r#"{{"aud":"app","exp":1700000300,"code":"c0de","state":"st4te",{members}}}"#);
        let response = Signing::new(1).jwt_of_text(&json!({ "alg": "EdDSA" }), &payload);
        let response = AuthorizationResponse::from_parameters([("response", response)]).unwrap();
        client().jarm(response).unwrap().verify(&keys(), at(0))
    };
    let iss = format!(r#""iss":"{ISSUER}""#);
    let response = verify(&format!("{iss},{iss}")).unwrap();
    assert!(begin().receive(&client(), response, at(0)).is_ok());

    let another = r#""iss":"https://attacker.example""#;
    for members in [
        format!("{iss},{another}"),
        format!("{another},{iss}"),
        format!("{iss},{another},{iss}"),
        // The same to some readers, and not to all.
        format!(r#"{iss},"iss":"https:\/\/id.example""#),
        format!(r#"{iss},"iss":null"#),
    ] {
        let refused = verify(&members).unwrap_err();
        assert!(
            matches!(&refused, JarmError::Jwt(JwtError::InvalidClaim { claim }) if claim == "iss"),
            "{members}: {refused:?}"
        );
    }
    let refused = verify(&format!(r#"{iss},"aud":"app""#)).unwrap_err();
    assert!(matches!(&refused, JarmError::Jwt(JwtError::InvalidClaim { claim }) if claim == "aud"), "{refused:?}");
}

#[test]
fn new_keys_are_wanted_for_a_response_that_says_its_issuer_twice() {
    let old_keys = Signing::new(2).jwk(&json!({ "alg": "EdDSA" }));
    let old_keys = json!({ "keys": [old_keys] }).to_string();
    let mut documents = vec![key_document(), old_keys];
    let send = |_: Request<Vec<u8>>| Ok::<_, BoxError>(Response::new(documents.pop().expect("two fetches")));
    let payload =
        format!(r#"{{"iss":"{ISSUER}","iss":"{ISSUER}","aud":"app","exp":1700000300,"code":"c0de","state":"st4te"}}"#);
    let response = Signing::new(1).jwt_of_text(&json!({ "alg": "EdDSA" }), &payload);
    let response = AuthorizationResponse::from_parameters([("response", response)]).unwrap();
    let unverified = client().jarm(response).unwrap();
    let response = unverified.verify_with(&mut KeyCache::new(), at(0), send).unwrap();
    assert!(begin().receive(&client(), response, at(0)).is_ok());
}

#[test]
fn the_keys_of_another_provider_verify_no_response() {
    let (_, awaiting) = client_of("https://evil.example", "app").fetch_keys().unwrap().into_parts();
    let keys = awaiting.receive(&Response::new(key_document())).unwrap();
    let refused = client().jarm(signed(&json!({}))).unwrap().verify(&keys, at(0)).unwrap_err();
    assert!(matches!(refused, JarmError::Jwt(JwtError::UnknownKey)), "{refused:?}");
    assert_eq!(refused.remedy(), Remedy::FetchKeys);
}

#[test]
fn a_response_is_good_until_it_expires() {
    let unverified = client().jarm(signed(&json!({}))).unwrap();
    assert!(unverified.verify(&keys(), at(359)).is_ok());
    let late = unverified.verify(&keys(), at(360)).unwrap_err();
    assert!(matches!(late, JarmError::Jwt(JwtError::Expired)), "{late:?}");
    assert_eq!(late.remedy(), Remedy::RestartLogin);
}

#[test]
fn keys_are_fetched_for_a_response_through_a_cache() {
    let mut cache = KeyCache::new();
    let mut fetches = 0;
    let mut send = |request: Request<Vec<u8>>| -> Result<Response<String>, BoxError> {
        assert_eq!(request.uri(), "https://id.example/keys");
        fetches += 1;
        Ok(Response::new(key_document()))
    };
    for _ in 0..2 {
        let unverified = client().jarm(signed(&json!({}))).unwrap();
        let response = unverified.verify_with(&mut cache, at(0), &mut send).unwrap();
        assert!(begin().receive(&client(), response, at(0)).is_ok());
    }
    // Somebody else's signature makes it look once whether the provider has a new key.
    let claims = json!({ "iss": ISSUER, "aud": "app", "exp": 1_700_000_300, "code": "c0de", "state": "st4te" });
    let forged = Signing::new(2).jwt(&json!({ "alg": "EdDSA" }), &claims);
    let forged = AuthorizationResponse::from_parameters([("response", forged)]).unwrap();
    let refused = client().jarm(forged).unwrap().verify_with(&mut cache, at(0), &mut send).unwrap_err();
    assert!(matches!(refused, Error::Jarm(JarmError::Jwt(JwtError::BadSignature { .. }))), "{refused:?}");
    assert_eq!(fetches, 2);
}
