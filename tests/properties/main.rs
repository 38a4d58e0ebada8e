//! A good login with one change. A change that concerns trust never ends in `Tokens`; a change of form always does.
//!
//! The cases are the same in every run; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` ask for others.
#![cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

mod form;
mod scene;

use form::Form;
use oidc_proto::{CallbackError, Error, IdTokenError, JwtError, TokenError};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use scene::{CODE, ISSUER, KID, NONCE, NOW, REDIRECT_URI, STATE, Scene, Signature, VERIFIER};
use serde_json::{Value, json};
use url::Url;

fn config() -> ProptestConfig {
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_RNG_SEED").is_some() {
        return default;
    }
    ProptestConfig { rng_seed: RngSeed::Fixed(1), ..default }
}

/// A text that differs from `right`: similar to it, or any other.
fn other_than(right: &'static str) -> impl Strategy<Value = String> {
    let characters: Vec<char> = right.chars().collect();
    let replaced = (0..characters.len(), any::<char>()).prop_map({
        let characters = characters.clone();
        move |(index, c)| {
            let mut characters = characters.clone();
            characters[index] = c;
            String::from_iter(characters)
        }
    });
    let cut = (0..characters.len()).prop_map(move |index| String::from_iter(&characters[..index]));
    let longer = any::<char>().prop_flat_map(move |c| select(vec![format!("{right}{c}"), format!("{c}{right}")]));
    let spelled = select(vec![
        right.to_uppercase(),
        right.to_lowercase(),
        format!("{right}/"),
        right.repeat(2),
        format!("{right}\0"),
        right.replace('e', "\u{435}"),
    ]);
    prop_oneof![any::<String>(), replaced, cut, longer, spelled]
        .prop_filter("it is another length", move |text| text != right)
}

/// A JSON value that is not a string.
fn not_a_string() -> impl Strategy<Value = Value> {
    select(vec![json!(true), json!(0), json!(1.5), json!([]), json!({}), json!(["a"])])
}

/// A JSON value that is not a time between 0 and 2⁵³.
fn not_a_time() -> impl Strategy<Value = Value> {
    let odd = select(vec![json!("1760000300"), json!(true), json!([]), json!({}), json!(1e300)]);
    prop_oneof![odd, (i64::MIN..0).prop_map(|time| json!(time))]
}

/// Any JSON value.
fn any_json() -> impl Strategy<Value = Value> {
    let number = any::<f64>().prop_filter("JSON has it", |number| number.is_finite());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        number.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        let members = proptest::collection::btree_map(any::<String>(), inner.clone(), 0..4);
        prop_oneof![
            vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn with_claim(name: &str, value: Value) -> Scene {
    let mut scene = Scene::good();
    scene.claims.insert(name.to_owned(), value);
    scene
}

fn with_parameter(name: &str, value: String) -> Scene {
    let mut scene = Scene::good();
    scene.callback.retain(|(other, _)| other != name);
    scene.callback.push((name.to_owned(), value));
    scene
}

fn play(scene: &Scene) -> Error {
    match scene.play(&mut Form::plain()) {
        Err(error) => error,
        Ok(tokens) => panic!("logged in as {}", tokens.id_token().sub()),
    }
}

/// The login must end in one of these errors, and in nothing else.
macro_rules! ends_in {
    ($scene:expr, $($error:pat_param)|+) => {
        let error = play(&$scene);
        prop_assert!(matches!(error, $($error)|+), "{error:?}");
    };
}

#[test]
fn the_good_login_ends_in_tokens() {
    let tokens = Scene::good().play(&mut Form::plain()).unwrap();
    assert_eq!((tokens.id_token().iss(), tokens.id_token().sub()), (ISSUER, "ada"));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn another_state(state in other_than(STATE)) {
        ends_in!(with_parameter("state", state), Error::Callback(CallbackError::StateMismatch | CallbackError::StateMissing));
    }

    #[test]
    fn another_issuer_of_the_callback(iss in other_than(ISSUER).prop_filter("it is not empty", |iss| !iss.is_empty())) {
        ends_in!(with_parameter("iss", iss), Error::Callback(CallbackError::IssuerMismatch));
    }

    #[test]
    fn another_code(code in other_than(CODE)) {
        ends_in!(
            with_parameter("code", code),
            Error::Callback(CallbackError::MissingCode) | Error::Token(TokenError::Provider { .. })
        );
    }

    #[test]
    fn a_duplicate_parameter(name in select(vec!["code", "state", "iss"]), value in any::<String>()) {
        let mut scene = Scene::good();
        scene.callback.push((name.to_owned(), value));
        ends_in!(scene, Error::Callback(CallbackError::DuplicateParameter { .. }));
    }

    #[test]
    fn another_redirect_uri(address in other_than(REDIRECT_URI)) {
        // Another spelling of the same address is accepted.
        let absolute = if address.starts_with('/') { format!("https://app.example{address}") } else { address.clone() };
        prop_assume!(Url::parse(&absolute).ok() != Url::parse(REDIRECT_URI).ok());
        let mut scene = Scene::good();
        scene.callback_address = address;
        ends_in!(scene, Error::Callback(_));
    }

    #[test]
    fn another_code_verifier(verifier in other_than(VERIFIER)) {
        let mut scene = Scene::good();
        scene.stored_verifier = json!(verifier);
        ends_in!(scene, Error::Token(TokenError::Provider { .. }));
    }

    #[test]
    fn another_nonce(nonce in other_than(NONCE)) {
        ends_in!(with_claim("nonce", json!(nonce)), Error::IdToken(IdTokenError::NonceMismatch));
    }

    #[test]
    fn another_issuer(iss in other_than(ISSUER)) {
        ends_in!(with_claim("iss", json!(iss)), Error::IdToken(IdTokenError::Jwt(JwtError::IssuerMismatch)));
    }

    #[test]
    fn another_audience(aud in other_than("app"), more in vec(other_than("app"), 0..3)) {
        ends_in!(with_claim("aud", json!(aud)), Error::IdToken(IdTokenError::Jwt(JwtError::AudienceMismatch)));
        ends_in!(with_claim("aud", json!(more)), Error::IdToken(IdTokenError::Jwt(JwtError::AudienceMismatch)));
        let mut scene = with_claim("aud", json!(["app", aud]));
        scene.claims.remove("azp");
        ends_in!(scene, Error::IdToken(IdTokenError::UntrustedAudience));
    }

    #[test]
    fn another_authorized_party(azp in other_than("app")) {
        ends_in!(with_claim("azp", json!(azp)), Error::IdToken(IdTokenError::AuthorizedPartyMismatch));
    }

    #[test]
    fn a_claim_that_is_not_a_string(claim in select(vec!["iss", "sub", "azp", "nonce"]), value in not_a_string()) {
        ends_in!(with_claim(claim, value), Error::IdToken(IdTokenError::Jwt(JwtError::InvalidClaim { .. })));
    }

    #[test]
    fn a_time_that_is_not_valid(claim in select(vec!["exp", "iat", "nbf", "auth_time"]), value in not_a_time()) {
        ends_in!(with_claim(claim, value), Error::IdToken(IdTokenError::Jwt(JwtError::InvalidClaim { .. })));
    }

    #[test]
    fn a_claim_that_is_missing(claim in select(vec!["iss", "sub", "aud", "exp", "iat", "nonce", "auth_time"]), null: bool) {
        let mut scene = Scene::good();
        scene.claims.remove(claim);
        if null {
            scene.claims.insert(claim.to_owned(), Value::Null);
        }
        ends_in!(
            scene,
            Error::IdToken(IdTokenError::Jwt(JwtError::MissingClaim { .. }) | IdTokenError::NonceMissing | IdTokenError::AuthTimeMissing)
        );
    }

    #[test]
    fn an_expiry_in_the_past(exp in 0..=NOW - 60) {
        ends_in!(with_claim("exp", json!(exp)), Error::IdToken(IdTokenError::Jwt(JwtError::Expired)));
    }

    #[test]
    fn a_time_in_the_future(time in NOW + 61..1 << 53) {
        ends_in!(with_claim("iat", json!(time)), Error::IdToken(IdTokenError::Jwt(JwtError::IssuedInFuture)));
        ends_in!(with_claim("nbf", json!(time)), Error::IdToken(IdTokenError::Jwt(JwtError::NotYetValid)));
    }

    #[test]
    fn a_login_that_is_too_old(auth_time in 0..NOW - 3600 - 60) {
        ends_in!(with_claim("auth_time", json!(auth_time)), Error::IdToken(IdTokenError::AuthenticationTooOld));
    }

    #[test]
    fn a_claim_changed_after_signing(sub in other_than("ada"), more in any_json()) {
        for (claim, value) in [("sub", json!(sub)), ("x", more)] {
            let mut scene = Scene::good();
            let claims = scene.claims_after_signing.insert(scene.claims.clone());
            claims.insert(claim.to_owned(), value);
            ends_in!(
                scene,
                Error::IdToken(IdTokenError::Jwt(JwtError::BadSignature { .. } | JwtError::InvalidClaim { .. }))
            );
        }
    }

    #[test]
    fn another_signature(
        signature in prop_oneof![
            Just(Signature::Stranger),
            (0..64_usize, 1..=255_u8).prop_map(|(index, bits)| Signature::Changed { index, bits }),
            (0..200_usize).prop_filter("it is another length", |length| *length != 64).prop_map(Signature::OfLength),
            vec(any::<u8>(), 0..150).prop_map(Signature::Bytes),
        ]
    ) {
        ends_in!(Scene { signature, ..Scene::good() }, Error::IdToken(IdTokenError::Jwt(JwtError::BadSignature { .. })));
    }

    #[test]
    fn another_key(kid in other_than(KID)) {
        let mut scene = Scene::good();
        scene.header.insert("kid".to_owned(), json!(kid));
        ends_in!(scene, Error::IdToken(IdTokenError::Jwt(JwtError::UnknownKey)));
    }

    #[test]
    fn another_algorithm(
        listed in select(vec!["none", "RS256", "PS256", "ES384", "ES512", "ES256K", "EdDSA", "HS256", "HS512"]),
        other in other_than("ES256"),
    ) {
        for algorithm in [listed, &*other] {
            let mut scene = Scene::good();
            scene.header.insert("alg".to_owned(), json!(algorithm));
            ends_in!(scene.clone(), Error::IdToken(IdTokenError::Jwt(JwtError::AlgorithmNotAllowed { .. })));
            // If the provider lists every algorithm, the key does not fit.
            let all = json!(["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS512", "none", algorithm]);
            scene.metadata.insert("id_token_signing_alg_values_supported".to_owned(), all);
            ends_in!(
                scene,
                Error::IdToken(IdTokenError::Jwt(JwtError::AlgorithmNotAllowed { .. } | JwtError::UnusableKey))
            );
        }
    }

    #[test]
    fn differences_of_form_change_nothing(
        choices in vec(any::<u8>(), 0..200),
        unknown in any_json(),
        parameter in any::<String>(),
        token_type in select(vec!["Bearer", "bearer", "BEARER", "bEaReR"]),
        typ in select(vec![None, Some("JWT"), Some("jwt"), Some("application/jwt")]),
        lifetime in select(vec![json!(300), json!("300"), json!(300.0), json!("300.0"), Value::Null]),
        scope in select(vec![json!("openid"), json!(["openid"]), Value::Null]),
        audience in select(vec![json!("app"), json!(["app"]), json!(["app", "app"])]),
        absent in vec(select(vec!["azp", "nbf"]), 0..2),
    ) {
        let mut scene = Scene::good();
        for object in [
            &mut scene.metadata,
            &mut scene.jwks,
            &mut scene.header,
            &mut scene.claims,
            &mut scene.token_response,
        ] {
            object.insert("x_unknown".to_owned(), unknown.clone());
        }
        let keys = scene.jwks["keys"].as_array_mut().unwrap();
        keys[0]["x_unknown"] = unknown.clone();
        keys.insert(0, json!({ "kty": "a future kind", "kid": KID, "k": unknown.clone() }));
        keys.push(unknown);
        scene.callback.push(("x_unknown".to_owned(), parameter));
        scene.token_response.insert("token_type".to_owned(), json!(token_type));
        scene.token_response.insert("expires_in".to_owned(), lifetime.clone());
        scene.token_response.insert("scope".to_owned(), scope);
        scene.header.insert("typ".to_owned(), json!(typ));
        scene.claims.insert("aud".to_owned(), audience);
        for claim in absent {
            scene.claims.insert(claim.to_owned(), Value::Null);
        }
        let tokens = scene.play(&mut Form::of(&choices)).unwrap();
        prop_assert_eq!(tokens.id_token().sub(), "ada");
        prop_assert_eq!(tokens.access_token().secret(), "4cce55");
        prop_assert_eq!(tokens.expires_in().map(|lifetime| lifetime.as_secs()), (!lifetime.is_null()).then_some(300));
    }
}
