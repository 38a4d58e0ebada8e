//! The profiles of FAPI 2.0: what is demanded, of client, provider and each login.
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

use std::time::Duration;

use common::{Good, at, form_of};
use oidc_proto::http::Response;
use oidc_proto::{
    Algorithm, AuthorizationRequest, AuthorizationResponse, AuthorizeError, Client, ClientAuth, ClientBuilder,
    ClientError, CodeChallengeMethod, IdTokenError, JwtError, PrivateKey, ProviderMetadata, Remedy, ResponseMode,
};

fn key(algorithm: Algorithm) -> PrivateKey {
    PrivateKey::generate(algorithm).unwrap()
}

/// A provider that can do all of both profiles.
fn metadata() -> ProviderMetadata {
    let mut metadata = Good::new().metadata();
    metadata.pushed_authorization_request_endpoint = Some("https://id.example/par".to_owned());
    metadata.introspection_endpoint = Some("https://id.example/introspect".to_owned());
    metadata.code_challenge_methods_supported = Some(vec![CodeChallengeMethod::S256]);
    metadata.authorization_response_iss_parameter_supported = true;
    metadata.id_token_signing_alg_values_supported = Some(vec![Algorithm::RS256, Algorithm::ES256]);
    metadata.response_modes_supported = Some(vec![ResponseMode::QUERY, ResponseMode::QUERY_JWT]);
    metadata
}

fn builder(metadata: ProviderMetadata) -> ClientBuilder {
    Client::builder(metadata, "app", ClientAuth::private_key_jwt(key(Algorithm::ES256)))
        .redirect_uri("https://app.example/cb")
        .dpop(key(Algorithm::ES256))
        .request_object_signer(key(Algorithm::EDDSA))
}

fn unmet(builder: ClientBuilder) -> Vec<String> {
    let error = builder.build().unwrap_err();
    assert_eq!(error.remedy(), Remedy::FixConfiguration);
    let ClientError::ProfileNotMet { unmet, .. } = error else { panic!("{error:?}") };
    unmet
}

#[test]
fn all_that_is_not_met_is_said_at_once() {
    let mut bare = Good::new().metadata();
    bare.id_token_signing_alg_values_supported = Some(vec![Algorithm::RS256]);
    let client = |auth| Client::builder(bare.clone(), "app", auth).leeway(Duration::from_secs(61));
    let found = unmet(client(ClientAuth::secret("s3cret")).fapi2());
    let expected = [
        "the provider has no pushed_authorization_request_endpoint",
        "the provider does not list PKCE with S256",
        "the provider sends no iss in its authorization responses",
        "the client authenticates neither by private_key_jwt nor by mutual TLS",
        "the access tokens are bound neither by DPoP nor by mutual TLS",
        "the leeway is more than 60 seconds",
        "the provider lists none of PS256, ES256 and EdDSA for ID tokens",
    ];
    assert_eq!(found, expected);
    let more = unmet(client(ClientAuth::secret("s3cret")).fapi2_message_signing());
    assert!(expected.iter().all(|one| more.iter().any(|found| found == one)), "{more:?}");
    for (builder, profile) in [
        (client(ClientAuth::none()).fapi2(), "the FAPI 2.0 Security Profile is not met: the provider has no "),
        (client(ClientAuth::none()).fapi2_message_signing(), "the FAPI 2.0 Message Signing is not met: the provider "),
    ] {
        let message = builder.build().unwrap_err().to_string();
        assert!(message.starts_with(profile), "{message}");
    }
    for one in ["the provider lists no signed response mode (JARM)", "no signer for request objects is set"] {
        assert!(more.iter().any(|found| found == one), "{more:?}");
    }
}

#[test]
fn a_client_that_meets_the_profile_pushes() {
    let client = builder(metadata()).fapi2().build().unwrap();
    assert!(matches!(client.authorize().start(at(0)), Err(AuthorizeError::PushRequired)));
    let (request, _) = client.authorize().push(at(0)).unwrap().into_parts();
    assert!(request.headers().contains_key("dpop"));
    assert!(form_of(&request).iter().any(|(name, _)| name == "client_assertion"));
}

#[test]
fn each_login_keeps_to_the_profile() {
    let client = builder(metadata()).fapi2().build().unwrap();
    let refused = |request: AuthorizationRequest, parameter: &str| match request.push(at(0)).unwrap_err() {
        AuthorizeError::InvalidParameter { name, .. } => assert_eq!(name, parameter),
        other => panic!("{other:?}"),
    };
    refused(client.authorize().without_pkce(), "code_challenge_method");
    refused(client.authorize().code_challenge_method(CodeChallengeMethod::PLAIN), "code_challenge_method");
    refused(client.authorize().signed_by(key(Algorithm::ES384)), "request");

    let signing = builder(metadata()).fapi2_message_signing().build().unwrap();
    refused(signing.authorize().response_mode(ResponseMode::QUERY), "response_mode");
    assert!(signing.authorize().push(at(0)).is_ok(), "the signed mode that the provider lists is asked for by itself");
}

#[test]
fn what_the_profile_does_not_allow_is_not_accepted() {
    let with = |change: fn(ClientBuilder) -> ClientBuilder| unmet(change(builder(metadata())).fapi2());
    assert_eq!(with(|b| b.id_token_signed_response_algs(["RS256"])), ["ID tokens are signed with RS256"]);
    assert_eq!(with(|b| b.dpop(key(Algorithm::ES384))), ["DPoP proofs are signed with ES384"]);
    assert_eq!(
        with(|b| b.assertion_audience("https://id.example/token")),
        ["the client assertions are for another audience than the issuer"]
    );
    let rsa = ClientAuth::private_key_jwt_remote("RS256", None);
    let client = Client::builder(metadata(), "app", rsa).dpop(key(Algorithm::ES256)).fapi2();
    assert_eq!(unmet(client), ["client assertions are signed with RS256"]);
    builder(metadata()).leeway(Duration::from_secs(60)).fapi2().build().unwrap();
}

#[test]
fn a_certificate_binds_tokens_only_where_the_provider_says_so() {
    let client = |bound| {
        let mut metadata = metadata();
        metadata.tls_client_certificate_bound_access_tokens = bound;
        Client::builder(metadata, "app", ClientAuth::tls_client_auth()).fapi2()
    };
    client(true).build().unwrap();
    assert_eq!(unmet(client(false)), ["the access tokens are bound neither by DPoP nor by mutual TLS"]);
}

/// A token that nothing binds would be a way around the whole profile.
#[test]
fn with_dpop_no_other_token_type_is_accepted() {
    let accepting = |token_type: &str| builder(metadata()).accept_token_type(token_type).fapi2();
    for token_type in ["Bearer", "bearer", "user"] {
        assert_eq!(unmet(accepting(token_type)), ["access tokens are accepted that are not bound to the DPoP key"]);
    }
    accepting("dpop").build().unwrap();
    // A certificate binds the token, whatever its type.
    let mut bound = metadata();
    bound.tls_client_certificate_bound_access_tokens = true;
    let client = Client::builder(bound, "app", ClientAuth::tls_client_auth()).dpop(key(Algorithm::ES256));
    client.accept_token_type("Bearer").fapi2().build().unwrap();
}

#[test]
fn an_id_token_by_rs256_is_refused_though_the_provider_lists_it() {
    let client = builder(metadata()).fapi2().build().unwrap();
    let (_, awaiting) = client.authorize().state("st4te").nonce("n0nce").push(at(0)).unwrap().into_parts();
    let body = r#"{"request_uri":"urn:x","expires_in":60}"#;
    let pushed = awaiting.receive(&Response::new(body)).unwrap();
    let (_, awaiting) = pushed.into_parts();
    let response = AuthorizationResponse::from_query("code=c0de&state=st4te&iss=https%3A%2F%2Fid.example");
    let (_, awaiting) = awaiting.receive(&client, response.unwrap(), at(0)).unwrap().into_parts();
    let body = Good::new().token_member("token_type", "DPoP".into()).body();
    let unverified = awaiting.receive(&Response::new(body)).unwrap();
    let error = unverified.verify_trusting_tls(at(0)).unwrap_err();
    let refused = JwtError::AlgorithmNotAllowed { algorithm: Algorithm::RS256 };
    assert!(matches!(error, IdTokenError::Jwt(error) if error == refused));
}
