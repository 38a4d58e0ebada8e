//! Signed authorization requests (JAR, RFC 9101): whose key signs, and what happens where none does. What is in a request object
//! is in the vectors.
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

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::signing::Fixed;
use common::{Good, at, form_of, query_of};
use oidc_proto::{
    Algorithm, AuthorizationRequest, AuthorizeError, Client, ClientAuth, ClientBuilder, ClientError, PrivateKey,
    Remedy, SigningError,
};
use serde_json::Value;

fn builder() -> ClientBuilder {
    let mut metadata = Good::new().metadata();
    metadata.pushed_authorization_request_endpoint = Some("https://id.example/par".to_owned());
    Client::builder(metadata, "app", ClientAuth::secret("s3cret")).redirect_uri("https://app.example/callback")
}

fn key(id: &str) -> PrivateKey {
    PrivateKey::generate(Algorithm::ES256).unwrap().with_key_id(id)
}

/// Header and claims of the request object in the URL, and then those of the one that is pushed.
fn request_objects(request: impl Fn() -> AuthorizationRequest) -> [[Value; 2]; 2] {
    let (url, _) = request().start(at(0)).unwrap();
    let (pushed, _) = request().push(at(0)).unwrap().into_parts();
    [query_of(&url), form_of(&pushed)].map(|parameters| {
        assert_eq!(parameters.keys().collect::<Vec<_>>(), ["client_id", "request"]);
        let mut parts = parameters["request"].split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
        [(); 2].map(|()| serde_json::from_slice(&parts.next().unwrap()).unwrap())
    })
}

#[test]
fn the_key_of_the_request_signs_in_the_place_of_the_clients() {
    let client = builder().request_object_signer(key("of-the-client")).build().unwrap();
    let plain = builder().build().unwrap();
    for (expected, request) in [
        ("of-the-client", &(|| client.authorize()) as &dyn Fn() -> AuthorizationRequest),
        ("of-the-request", &|| client.authorize().signed_by(key("of-the-request"))),
        ("of-the-request", &|| plain.authorize().signed_by(key("of-the-request"))),
    ] {
        for [header, claims] in request_objects(request) {
            assert_eq!(header["kid"], expected);
            assert_eq!((&claims["iss"], &claims["aud"]), (&"app".into(), &"https://id.example".into()));
        }
    }
}

#[test]
fn each_request_object_is_new_and_signs_what_the_flow_state_keeps() {
    let client = builder().request_object_signer(key("k")).build().unwrap();
    let [[_, first], [_, second]] = request_objects(|| client.authorize());
    for claim in ["jti", "state", "nonce", "code_challenge"] {
        assert_ne!(first[claim], second[claim], "{claim}");
        assert!(first[claim].as_str().unwrap().len() >= 22, "{claim}");
    }
    let (url, awaiting) = client.authorize().start(at(0)).unwrap();
    let claims = URL_SAFE_NO_PAD.decode(query_of(&url)["request"].split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["state"], awaiting.state().secret());
}

#[test]
fn a_signer_that_does_not_fit_its_key_is_refused_before_it_signs() {
    let other = PrivateKey::generate(Algorithm::ES384).unwrap().public_jwk();
    for (algorithm, jwk) in [
        (Algorithm::ES256, Some(other)),
        (Algorithm::HS256, None),
        (Algorithm::NONE, None),
        (Algorithm::ES256, Some("{}".to_owned())),
    ] {
        let new_signer = || Fixed(algorithm.clone(), Ok(vec![0; 64]), jwk.clone());
        let client = builder().build().unwrap();
        let signed = || client.authorize().signed_by(new_signer());
        let error = signed().start(at(0)).unwrap_err();
        assert!(
            matches!(error, AuthorizeError::InvalidKey(_)) && error.remedy() == Remedy::FixConfiguration,
            "{error}"
        );
        assert!(matches!(signed().push(at(0)).map(drop), Err(AuthorizeError::InvalidKey(_))));
        let error = builder().request_object_signer(new_signer()).build().unwrap_err();
        assert!(matches!(error, ClientError::InvalidKey(_)), "{error}");
    }
}

#[test]
fn a_request_that_cannot_be_signed_is_not_sent_unsigned() {
    for signature in [Err("the device is gone"), Ok(vec![0; 63])] {
        let signer = Fixed(Algorithm::ES256, signature, None);
        let client = builder().request_object_signer(signer).build().unwrap();
        for error in [
            client.authorize().start(at(0)).map(drop).unwrap_err(),
            client.authorize().push(at(0)).map(drop).unwrap_err(),
        ] {
            assert!(matches!(error, AuthorizeError::Signing(SigningError::Signer(_))), "{error:?}");
            assert_eq!(error.remedy(), Remedy::RetryLater);
        }
    }
}

#[test]
fn a_provider_that_takes_signed_requests_alone_gets_no_other() {
    let mut metadata = Good::new().metadata();
    metadata.pushed_authorization_request_endpoint = Some("https://id.example/par".to_owned());
    metadata.require_signed_request_object = true;
    let client = Good::with_metadata(metadata).client();
    let error = client.authorize().start(at(0)).map(drop).unwrap_err();
    assert!(matches!(error, AuthorizeError::SigningRequired) && error.remedy() == Remedy::FixConfiguration);
    assert!(matches!(client.authorize().push(at(0)).map(drop), Err(AuthorizeError::SigningRequired)));
    assert!(client.authorize().signed_by(key("k")).start(at(0)).is_ok());
}
