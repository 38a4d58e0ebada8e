//! Keys of the client's own: what is signed with them, where, and what happens when nothing is.
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

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::signing::Fixed;
use common::{Good, at};
use oidc_proto::http::Request;
use oidc_proto::{
    Access, AccessToken, Algorithm, AuthorizationResponse, CallbackError, Client, ClientAuth, ClientError,
    IntrospectionError, PrivateKey, ProviderMetadata, Remedy, RevocationError, Signer, SigningError,
};
use serde_json::{Value, json};

fn client(auth: ClientAuth) -> Client {
    Client::builder(Good::new().metadata(), "app", auth).redirect_uri("https://app.example/cb").build().unwrap()
}

fn token_request(client: &Client) -> Result<Request<Vec<u8>>, CallbackError> {
    let (_, awaiting) = client.authorize().state("st4te").start(at(0)).unwrap();
    let response = AuthorizationResponse::from_query("code=c&state=st4te").unwrap();
    Ok(awaiting.receive(client, response, at(0))?.into_parts().0)
}

fn form(request: &Request<Vec<u8>>) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(request.body()).into_owned().collect()
}

fn claims(compact: &str) -> Value {
    let payload = compact.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[test]
fn each_request_has_an_assertion_of_its_own() {
    let client = client(ClientAuth::private_key_jwt(PrivateKey::generate("ES256").unwrap()));
    let assertions = [(); 3].map(|()| form(&token_request(&client).unwrap())["client_assertion"].clone());
    let jtis = assertions.each_ref().map(|assertion| claims(assertion)["jti"].as_str().unwrap().to_owned());
    assert!(jtis[0] != jtis[1] && jtis[1] != jtis[2] && jtis[0] != jtis[2], "{jtis:?}");
    assert!(jtis.iter().all(|jti| URL_SAFE_NO_PAD.decode(jti).unwrap().len() == 16), "{jtis:?}");
    assert_eq!(claims(&assertions[0])["exp"].as_u64().unwrap() - claims(&assertions[0])["iat"].as_u64().unwrap(), 60);
}

/// The key is the secret: the provider finds it by the client's id.
#[test]
fn an_assertion_signed_with_the_client_secret_names_no_key() {
    let secret = "a client secret that is long enough for HS256";
    let sent = form(&token_request(&client(ClientAuth::client_secret_jwt(secret))).unwrap());
    let header = sent["client_assertion"].split('.').next().unwrap();
    assert_eq!(URL_SAFE_NO_PAD.decode(header).unwrap(), br#"{"alg":"HS256"}"#);
}

/// RFC 8037 appendix A.
#[test]
fn a_thumbprint_is_that_of_the_public_half() {
    let key = json!({
        "kty": "OKP", "crv": "Ed25519", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    });
    let key = PrivateKey::from_jwk(&key.to_string()).unwrap();
    assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn every_endpoint_is_authenticated_to_in_the_same_way() {
    let mut metadata = Good::new().metadata();
    metadata.introspection_endpoint = Some("https://id.example/introspect".to_owned());
    metadata.revocation_endpoint = Some("https://id.example/revoke".to_owned());
    let auth = ClientAuth::private_key_jwt(PrivateKey::generate("EdDSA").unwrap());
    let client = Client::builder(metadata, "app", auth).build().unwrap();
    let token = AccessToken::new("t");
    for request in [
        client.introspect(&token, at(0)).unwrap().into_parts().0,
        client.revoke(&token, at(0)).unwrap().into_parts().0,
        client.refresh(&"r".into()).start(at(0)).unwrap().into_parts().0,
    ] {
        let form = form(&request);
        assert_eq!(form["client_id"], "app");
        assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        assert_eq!(claims(&form["client_assertion"])["aud"], "https://id.example");
        assert!(!request.headers().contains_key("authorization") && !form.contains_key("client_secret"));
    }
}

#[test]
fn a_key_behind_a_network_signs_what_the_caller_carries_to_it() {
    let key = PrivateKey::generate("ES256").unwrap();
    let client = client(ClientAuth::private_key_jwt_remote("ES256", Some("kms-7")));
    let error = token_request(&client).unwrap_err();
    assert!(matches!(error, CallbackError::Signing(SigningError::AssertionNeeded)));
    assert_eq!(error.remedy(), Remedy::FixProgram);

    let to_sign = client.assertion_to_sign(at(0)).unwrap();
    let message = to_sign.message().to_vec();
    let signature = Signer::sign(&key, &message).unwrap();
    let assertion = to_sign.signed(&signature).unwrap();
    let sent = form(&token_request(&client.with_assertion(assertion.clone()).unwrap()).unwrap());
    assert_eq!(sent["client_assertion"], assertion.secret());
    assert_eq!(assertion.secret().rsplit_once('.').unwrap().0.as_bytes(), message);
    let header = assertion.secret().split('.').next().unwrap();
    assert_eq!(URL_SAFE_NO_PAD.decode(header).unwrap(), br#"{"alg":"ES256","kid":"kms-7"}"#);

    // A key store's DER is noticed here, not by the provider.
    let to_sign = client.assertion_to_sign(at(0)).unwrap();
    let error = to_sign.signed(&[&[0x30, 0x45], &signature[..]].concat()).unwrap_err();
    assert!(matches!(error, SigningError::Signer(_)));
}

/// A program that keeps the newest handle alone needs the next assertion all the same.
#[test]
fn a_client_with_a_signed_assertion_has_the_next_one_signed_too() {
    let client = client(ClientAuth::private_key_jwt_remote("ES256", Some("kms-7")));
    let next = |client: &Client| {
        client.with_assertion(client.assertion_to_sign(at(0)).unwrap().signed(&[0; 64]).unwrap()).unwrap()
    };
    let (first, second) = (next(&client), next(&next(&client)));
    let sent = |client: &Client| form(&token_request(client).unwrap())["client_assertion"].clone();
    assert_ne!(claims(&sent(&first))["jti"], claims(&sent(&second))["jti"]);
}

#[test]
fn an_assertion_to_sign_is_for_a_key_behind_a_network_alone() {
    let error = client(ClientAuth::secret("s3cret")).assertion_to_sign(at(0)).unwrap_err();
    assert!(matches!(error, SigningError::NoAssertion));
    assert_eq!(error.remedy(), Remedy::FixProgram);
    // Nor is one taken in the place of a stronger authentication.
    for auth in [
        ClientAuth::secret("s3cret"),
        ClientAuth::none(),
        ClientAuth::tls_client_auth(),
        ClientAuth::private_key_jwt(PrivateKey::generate("ES256").unwrap()),
    ] {
        assert!(matches!(client(auth).with_assertion("an assertion"), Err(SigningError::NoAssertion)));
    }
}

#[test]
fn a_login_that_one_handle_began_another_finishes_with_the_next_assertion() {
    let first = client(ClientAuth::client_assertion("first"));
    let (_, awaiting) = first.authorize().state("st4te").start(at(0)).unwrap();
    let response = AuthorizationResponse::from_query("code=c&state=st4te").unwrap();
    let (request, _) =
        awaiting.receive(&first.with_assertion("second").unwrap(), response, at(0)).unwrap().into_parts();
    assert_eq!(form(&request)["client_assertion"], "second");
}

#[test]
fn a_session_whose_refresh_cannot_be_signed_has_not_changed() {
    let broken = client(ClientAuth::private_key_jwt(Fixed(Algorithm::ES256, Err("the device is gone"), None)));
    let good = Good::new().token_member("refresh_token", json!("rt-1"));
    let mut session = good.log_in().unwrap().into_session(at(0));
    session.expire_access_token();
    let (generation, stored) = (session.generation(), serde_json::to_string(&session).unwrap());
    let error = session.access(&broken, at(0)).unwrap_err();
    assert_eq!(error.remedy(), Remedy::RetryLater);
    assert!(matches!(error, oidc_proto::SessionError::Signing(SigningError::Signer(_))));
    assert_eq!((session.generation(), serde_json::to_string(&session).unwrap()), (generation, stored));
    assert!(matches!(session.access(&good.client(), at(0)), Ok(Access::Refresh(_))), "the next may be signed");
}

#[test]
fn a_login_whose_token_request_cannot_be_signed_begins_anew() {
    for signer in [Fixed(Algorithm::ES256, Err("gone"), None), Fixed(Algorithm::ES256, Ok(vec![0; 70]), None)] {
        let error = token_request(&client(ClientAuth::private_key_jwt(signer))).unwrap_err();
        assert!(matches!(error, CallbackError::Signing(SigningError::Signer(_))));
        assert_eq!(error.remedy(), Remedy::RestartLogin, "the flow state is used up");
    }
}

#[test]
fn a_question_that_cannot_be_signed_may_be_asked_later() {
    let mut metadata = Good::new().metadata();
    metadata.introspection_endpoint = Some("https://id.example/introspect".to_owned());
    metadata.revocation_endpoint = Some("https://id.example/revoke".to_owned());
    let auth = ClientAuth::private_key_jwt(Fixed(Algorithm::ES256, Err("gone"), None));
    let client = Client::builder(metadata, "app", auth).build().unwrap();
    let error = client.introspect(&AccessToken::new("t"), at(0)).unwrap_err();
    assert!(matches!(error, IntrospectionError::Signing(_)) && error.remedy() == Remedy::RetryLater);
    let error = client.revoke(&AccessToken::new("t"), at(0)).unwrap_err();
    assert!(matches!(error, RevocationError::Signing(_)) && error.remedy() == Remedy::RetryLater);
}

#[test]
fn a_signer_must_fit_its_key() {
    let public = PrivateKey::generate("ES256").unwrap().public_jwk();
    let build = |signer: Fixed| {
        Client::builder(Good::new().metadata(), "app", ClientAuth::private_key_jwt(signer)).build().map(|_| ())
    };
    build(Fixed(Algorithm::ES256, Err(""), Some(public.clone()))).unwrap();
    // An algorithm of the future is for the provider to judge.
    build(Fixed("ML-DSA-65".into(), Err(""), None)).unwrap();
    let private = json!({ "kty": "OKP", "crv": "Ed25519", "d": "AA", "x": "AA" }).to_string();
    for wrong in [
        Fixed(Algorithm::ES384, Err(""), Some(public.clone())),
        Fixed(Algorithm::RS256, Err(""), Some(public)),
        Fixed(Algorithm::EDDSA, Err(""), Some(private)),
        Fixed(Algorithm::HS256, Err(""), None),
        Fixed(Algorithm::NONE, Err(""), None),
        Fixed(Algorithm::ES256, Err(""), Some("{}".to_owned())),
    ] {
        let name = wrong.0.clone();
        assert!(matches!(build(wrong), Err(ClientError::InvalidKey(_))), "{name}");
    }
}

/// The message of each refusal is a fixed text; and bytes that are no key are refused, whatever they are.
#[test]
fn a_damaged_key_is_refused_or_signs_and_nothing_of_it_is_told() {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap().to_pkcs8v1().unwrap();
    let ed25519: Pkcs8V1Der<'_> = Ed25519KeyPair::generate().unwrap().as_der().unwrap();
    for der in [ec.as_ref(), ed25519.as_ref()] {
        PrivateKey::from_pkcs8_der(der).unwrap();
        let cut = (0..der.len()).map(|end| der[..end].to_vec());
        let flipped = (0..der.len()).flat_map(|at| [0x01, 0x80, 0xff].map(|bits| (at, bits))).map(|(at, bits)| {
            let mut der = der.to_vec();
            der[at] ^= bits;
            der
        });
        for damaged in cut.chain(flipped) {
            match PrivateKey::from_pkcs8_der(&damaged) {
                Ok(key) => drop(Signer::sign(&key, b"message")),
                Err(error) => {
                    let told = format!("{error} {error:?}");
                    assert!(told.len() < 250 && !told.contains(&format!("{damaged:?}")), "{told}");
                }
            }
        }
    }
}

/// RFC 7518 section 6.2.2.1, RFC 8037 section 2: a zero in front, or at the end, makes another member of it.
#[test]
fn the_private_part_of_a_jwk_is_as_long_as_its_curve_says() {
    for (x, y, d, crv) in [
        // RFC 7515 appendix A.3, RFC 8037 appendices A and A.6.
        (
            "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            Some("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
            "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
            "P-256",
        ),
        ("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", None, "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", "Ed25519"),
        ("hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo", None, "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo", "X25519"),
    ] {
        let read = |d: &[u8]| {
            let kty = if y.is_some() { "EC" } else { "OKP" };
            let jwk = json!({ "kty": kty, "crv": crv, "x": x, "y": y, "d": URL_SAFE_NO_PAD.encode(d) });
            PrivateKey::from_jwk(&jwk.to_string())
        };
        let d = URL_SAFE_NO_PAD.decode(d).unwrap();
        read(&d).unwrap();
        for wrong in [&[&[0], &d[..]].concat()[..], &[&d[..], &[0]].concat(), &d[1..], &d[..31], &[]] {
            assert!(read(wrong).is_err(), "{crv} {}", wrong.len());
        }
    }
}

#[test]
fn an_rsa_key_is_read_from_pkcs8_and_nothing_may_follow_it() {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    let key = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let key = PrivateKey::from_pkcs8_der(der.as_ref()).unwrap();
    assert_eq!(Signer::algorithm(&key), Algorithm::RS256);
    assert_eq!(Signer::sign(&key, b"message").unwrap().len(), 256);
    for wrong in [&[der.as_ref(), &[0]].concat()[..], &der.as_ref()[..der.as_ref().len() - 1]] {
        assert!(PrivateKey::from_pkcs8_der(wrong).is_err());
    }
}

#[test]
fn apples_client_secret_is_a_jwt_of_the_team() {
    let key = Arc::new(PrivateKey::generate("ES256").unwrap().with_key_id("ABC123DEFG"));
    let mut metadata = ProviderMetadata::new("https://appleid.apple.com");
    metadata.authorization_endpoint = Some("https://appleid.apple.com/auth/authorize".to_owned());
    metadata.token_endpoint = Some("https://appleid.apple.com/auth/token".to_owned());
    let auth = ClientAuth::apple("DEF123GHIJ", Arc::clone(&key));
    let client = Client::builder(metadata.clone(), "com.example.web", auth)
        .redirect_uri("https://app.example/cb")
        .build()
        .unwrap();
    let sent = form(&token_request(&client).unwrap());
    let secret = claims(&sent["client_secret"]);
    assert_eq!(secret["iss"], "DEF123GHIJ");
    assert_eq!(secret["sub"], "com.example.web");
    assert_eq!(secret["aud"], "https://appleid.apple.com");
    assert_eq!(sent["client_id"], "com.example.web");
    assert!(!sent.contains_key("client_assertion"));
    let header = URL_SAFE_NO_PAD.decode(sent["client_secret"].split('.').next().unwrap()).unwrap();
    assert_eq!(header, br#"{"alg":"ES256","kid":"ABC123DEFG"}"#);

    let other = ClientAuth::apple("DEF123GHIJ", PrivateKey::generate("EdDSA").unwrap());
    let error = Client::builder(metadata, "com.example.web", other).build().unwrap_err();
    assert!(matches!(error, ClientError::InvalidKey(_)));
}
