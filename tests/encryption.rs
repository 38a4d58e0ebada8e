//! Encrypted tokens: what is inside counts, as if it had come so; and what a client must have to decrypt.
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

use common::encrypting::encrypted;
use common::signing::Signing;
use common::{Good, at};
use oidc_proto::http::Response;
use oidc_proto::{
    Algorithm, Client, ClientAuth, ClientBuilder, ClientError, IdTokenError, JwkSet, JwtError, KeyCache, KeysFor,
    PrivateKey, ProviderMetadata, Remedy, UnverifiedIdToken, UnverifiedUserInfo, UserInfo, UserInfoError,
};
use serde_json::{Value, json};

const SECRET: &str = "s3cret";

fn metadata() -> ProviderMetadata {
    let mut metadata = Good::new().metadata();
    metadata.userinfo_endpoint = Some("https://id.example/userinfo".to_owned());
    metadata.id_token_signing_alg_values_supported = Some(vec!["EdDSA".into()]);
    metadata
}

fn builder() -> ClientBuilder {
    Client::builder(metadata(), "app", ClientAuth::secret(SECRET)).redirect_uri("https://app.example/callback")
}

fn client() -> Client {
    builder().build().unwrap()
}

/// A key of a kind that decrypts with this algorithm.
fn private_key(algorithm: &'static str) -> PrivateKey {
    PrivateKey::generate(algorithm).unwrap()
}

fn signed(kid: &str) -> String {
    let claims =
        json!({ "iss": "https://id.example", "sub": "ada", "aud": "app", "exp": 1_700_000_300, "iat": 1_700_000_000 });
    Signing::new(1).jwt(&json!({ "alg": "EdDSA", "kid": kid }), &claims)
}

fn keys() -> JwkSet {
    JwkSet::from_json(json!({ "keys": [Signing::new(1).jwk(&json!({ "kid": "k" }))] }).to_string()).unwrap()
}

fn id_token(client: &Client, compact: impl Into<String>) -> UnverifiedIdToken {
    client.id_token(compact).without_nonce()
}

fn refused(unverified: &UnverifiedIdToken) -> JwtError {
    match unverified.verify(&keys(), at(0)) {
        Err(IdTokenError::Jwt(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn userinfo(client: &Client, body: &str) -> UnverifiedUserInfo {
    let (_, awaiting) = client.userinfo(&Good::new().log_in().unwrap(), at(0)).unwrap().into_parts();
    awaiting.receive(&Response::new(body.to_owned())).unwrap()
}

fn name(userinfo: Result<UserInfo, UserInfoError>) -> Option<String> {
    userinfo.unwrap().standard_claims().name
}

/// OpenID Connect Core 1.0 section 3.1.2.1: to use it as an `id_token_hint`, the client must decrypt it.
#[test]
fn what_is_kept_of_an_encrypted_id_token_is_the_signed_one_inside() {
    let signed = signed("k");
    let verified = id_token(&client(), encrypted(SECRET, &signed)).verify(&keys(), at(0)).unwrap();
    assert_eq!(verified.secret(), signed);
}

#[test]
fn a_token_that_cannot_be_decrypted_says_so_and_no_more() {
    let of_another = encrypted("another secret", &signed("k"));
    let good = encrypted(SECRET, &signed("k"));
    let other_tag = format!("{}.AAAAAAAAAAAAAAAAAAAAAA", good.rsplit_once('.').unwrap().0);
    for compact in [of_another, other_tag] {
        let error = refused(&id_token(&client(), compact));
        assert_eq!(error, JwtError::CannotDecrypt);
        assert_eq!(error.remedy(), Remedy::FixConfiguration);
        assert_eq!(error.to_string(), "the token cannot be decrypted");
    }
}

/// Whoever sits between cannot have the encryption left out, nor replaced by one with another key.
#[test]
fn once_encryption_is_registered_no_other_token_is_accepted() {
    let client =
        builder().decryption_key(private_key("ECDH-ES")).id_token_encrypted_response_alg("ECDH-ES").build().unwrap();
    let (plain, with_the_secret) = (signed("k"), encrypted(SECRET, &signed("k")));
    assert_eq!(refused(&id_token(&client, plain)), JwtError::NotEncrypted);
    let algorithm = Algorithm::from("dir");
    assert_eq!(refused(&id_token(&client, with_the_secret)), JwtError::AlgorithmNotAllowed { algorithm });
    // By name, the same token is right.
    let client = builder().id_token_encrypted_response_alg("dir").build().unwrap();
    assert!(id_token(&client, encrypted(SECRET, &signed("k"))).verify(&keys(), at(0)).is_ok());
}

#[test]
fn a_token_inside_a_token_inside_a_token_is_not_opened() {
    let twice = encrypted(SECRET, &encrypted(SECRET, &signed("k")));
    assert_eq!(refused(&id_token(&client(), twice)), JwtError::NotSigned);
}

/// The key that the provider signs with is named inside.
#[test]
fn a_key_cache_looks_at_the_signed_token_inside() {
    let (client, mut cache) = (client(), KeyCache::new());
    cache.store(keys(), at(0));
    let known = id_token(&client, encrypted(SECRET, &signed("k")));
    assert!(matches!(cache.keys_for(&known, at(1)), Ok(KeysFor::Use(_))));
    let unknown = id_token(&client, encrypted(SECRET, &signed("new")));
    assert!(matches!(cache.keys_for(&unknown, at(1)), Ok(KeysFor::Fetch(_))));
}

/// OpenID Connect Core 1.0 section 5.3.2.
#[test]
fn encrypted_json_is_userinfo_for_which_tls_vouches() {
    let client = client();
    let unverified = userinfo(&client, &encrypted(SECRET, r#"{"sub":"ada","name":"Ada"}"#));
    assert_eq!(name(unverified.verify(&JwkSet::default(), at(0))).as_deref(), Some("Ada"));
    assert_eq!(name(unverified.verify_trusting_tls(at(0))).as_deref(), Some("Ada"));
    // No keys are needed for it.
    assert!(matches!(KeyCache::new().keys_for(&unverified, at(0)), Ok(KeysFor::Use(_))));
    let of_mallory = userinfo(&client, &encrypted(SECRET, r#"{"sub":"mallory"}"#));
    assert!(matches!(of_mallory.verify_trusting_tls(at(0)), Err(UserInfoError::SubjectMismatch)));
}

#[test]
fn encrypted_json_is_refused_where_a_signature_is_registered() {
    let client = builder().userinfo_signed_response_algs(["EdDSA"]).build().unwrap();
    let unverified = userinfo(&client, &encrypted(SECRET, r#"{"sub":"ada","name":"Ada"}"#));
    let refused = [unverified.verify(&keys(), at(0)), unverified.verify_trusting_tls(at(0))];
    for refused in refused {
        assert!(matches!(refused, Err(UserInfoError::Jwt(JwtError::NotSigned))), "{refused:?}");
    }
}

/// Anybody can encrypt to a public key, and TLS is no reason to look at a signature less.
#[test]
fn a_signed_answer_that_is_encrypted_is_not_opened_without_keys() {
    let claims = json!({ "sub": "ada", "name": "Ada" });
    let signed = Signing::new(1).jwt(&json!({ "alg": "EdDSA", "kid": "k" }), &claims);
    let unverified = userinfo(&client(), &encrypted(SECRET, &signed));
    assert_eq!(name(unverified.verify(&keys(), at(0))).as_deref(), Some("Ada"));
    let refused = unverified.verify_trusting_tls(at(0));
    assert!(matches!(refused, Err(UserInfoError::Jwt(JwtError::UnknownKey))), "{refused:?}");
}

#[test]
fn a_client_that_could_not_decrypt_what_it_registered_is_not_built() {
    let registered = |builder: ClientBuilder, algorithm: &str| {
        builder.id_token_encrypted_response_alg(algorithm).build().map(|_| ()).map_err(|error| format!("{error:?}"))
    };
    let public = || Client::builder(metadata(), "app", ClientAuth::none());
    for algorithm in ["RSA-OAEP", "RSA-OAEP-256"] {
        let outcome = registered(builder().decryption_key(private_key("ECDH-ES")), algorithm);
        assert!(outcome.unwrap_err().starts_with("InvalidAlgorithm"), "{algorithm}");
    }
    for algorithm in ["ECDH-ES", "ECDH-ES+A256KW"] {
        assert!(registered(builder(), algorithm).unwrap_err().starts_with("InvalidAlgorithm"), "{algorithm}");
    }
    for algorithm in ["dir", "A128KW", "A192KW", "A256KW"] {
        assert_eq!(registered(public(), algorithm).unwrap_err(), "MissingSecret", "{algorithm}");
        assert_eq!(registered(builder(), algorithm), Ok(()), "{algorithm}");
    }
    for algorithm in ["RSA1_5", "PBES2-HS256+A128KW", "A128GCMKW", "RS256", "none", "", "rsa-oaep"] {
        let outcome = registered(builder().decryption_key(private_key("ECDH-ES")), algorithm);
        assert!(outcome.unwrap_err().starts_with("InvalidAlgorithm"), "{algorithm}");
    }
}

/// RFC 7517 sections 4.2 to 4.4.
#[test]
fn a_key_that_is_for_signatures_alone_is_no_decryption_key() {
    let built = |key: PrivateKey| builder().decryption_key(key).build();
    let changed = |change: fn(&mut Value)| {
        let mut jwk = json!({
            "kty": "EC", "crv": "P-256", "x": "NmjAk-wllbj-iS4OVYeAFkDuZRp0hgIkAfsY-Ul-xVY",
            "y": "R5oMNqm_pLkBbfgtuvPpme04YD2Rj2jPNabiY0o3Cww", "d": "kYr-2Sbm0XDKE9DT4Q9kjVRkeF849ynhV2For2_8l5E",
        });
        change(&mut jwk);
        built(PrivateKey::from_jwk(&jwk.to_string()).unwrap())
    };
    assert!(changed(|_| {}).is_ok());
    assert!(changed(|jwk| jwk["use"] = json!("enc")).is_ok());
    assert!(changed(|jwk| jwk["key_ops"] = json!(["deriveKey"])).is_ok());
    assert!(changed(|jwk| jwk["alg"] = json!("ECDH-ES+A128KW")).is_ok());
    for refused in [
        changed(|jwk| jwk["use"] = json!("sig")),
        changed(|jwk| jwk["key_ops"] = json!(["sign"])),
        changed(|jwk| jwk["alg"] = json!("ES256")),
        built(private_key("EdDSA")),
    ] {
        assert!(matches!(refused, Err(ClientError::InvalidKey { .. })), "{refused:?}");
    }
}
