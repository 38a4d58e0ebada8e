//! Tokens and answers that the real provider encrypts to the client.

use std::time::SystemTime;

use oidc_proto::http::Request;
use oidc_proto::{ClientAuth, ClientBuilder, Error, IdTokenError, JwtError, KeyCache, PrivateKey, Remedy};
use serde_json::json;

use crate::login::{Login, send};
use crate::own_keys::key_set;
use crate::provider::Provider;

/// `alg` and `enc`; each of both at least once.
const WITH_A_KEY: [(&str, &str); 6] = [
    ("RSA-OAEP", "A128CBC-HS256"),
    ("RSA-OAEP-256", "A256GCM"),
    ("ECDH-ES", "A256CBC-HS512"),
    ("ECDH-ES+A128KW", "A128GCM"),
    ("ECDH-ES+A192KW", "A192GCM"),
    ("ECDH-ES+A256KW", "A192CBC-HS384"),
];
const WITH_THE_SECRET: [(&str, &str); 6] = [
    ("dir", "A128GCM"),
    ("dir", "A256GCM"),
    ("dir", "A128CBC-HS256"),
    ("dir", "A256CBC-HS512"),
    ("A128KW", "A128GCM"),
    ("A256KW", "A256CBC-HS512"),
];

#[test]
#[ignore = "needs Node and npm ci"]
fn an_id_token_that_is_encrypted_to_a_key_is_verified() {
    let provider = Provider::start();
    for (alg, enc) in WITH_A_KEY {
        let key = key(alg);
        let mut login = encrypted_login(&provider, "id_token", (alg, enc), &[key], |builder| {
            builder.id_token_encrypted_response_alg(alg)
        });
        let tokens = login.verify(|request| request).unwrap_or_else(|error| panic!("{alg} {enc}: {error:?}"));
        assert_eq!(tokens.id_token().sub(), "alice");
        assert_eq!(tokens.id_token().aud(), [login.client.client_id()]);
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn an_id_token_that_is_encrypted_with_the_client_secret_is_verified() {
    let provider = Provider::start();
    for (alg, enc) in WITH_THE_SECRET {
        let mut login = encrypted_login(&provider, "id_token", (alg, enc), &[], |builder| {
            builder.id_token_encrypted_response_alg(alg)
        });
        let tokens = login.verify(|request| request).unwrap_or_else(|error| panic!("{alg} {enc}: {error:?}"));
        assert_eq!(tokens.id_token().sub(), "alice");
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_key_on_each_curve_decrypts() {
    let provider = Provider::start();
    let on_curve = |algorithm| PrivateKey::generate(algorithm).unwrap();
    // RFC 8410 section 7: PKCS#8 of an X25519 key is these bytes, and 32 of the key itself.
    let mut x25519 = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x6e\x04\x22\x04\x20".to_vec();
    x25519.extend_from_slice(&[0x5a; 32]);
    let x25519 = PrivateKey::from_pkcs8_der(&x25519).unwrap();
    for (curve, key) in [("P-384", on_curve("ES384")), ("P-521", on_curve("ES512")), ("X25519", x25519)] {
        for alg in ["ECDH-ES", "ECDH-ES+A128KW"] {
            let key = key.clone().with_algorithm(alg).unwrap();
            let mut login = encrypted_login(&provider, "id_token", (alg, "A256GCM"), &[key], |builder| builder);
            let tokens = login.verify(|request| request).unwrap_or_else(|error| panic!("{curve} {alg}: {error:?}"));
            assert_eq!(tokens.id_token().sub(), "alice");
        }
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_session_goes_on_with_encrypted_id_tokens_and_ends_with_one() {
    let provider = Provider::start();
    let key = key("RSA-OAEP-256");
    let mut login = encrypted_login(&provider, "id_token", ("RSA-OAEP-256", "A256GCM"), &[key], |builder| builder);
    let tokens = login.offline_tokens("alice");
    let refresh = login.client.refresh(tokens.refresh_token().unwrap()).of_login(&tokens);
    let unverified = refresh.start(SystemTime::now()).unwrap().send_with(send).unwrap();
    let refreshed = unverified.verify(&login.keys, SystemTime::now()).unwrap();
    assert_eq!(refreshed.id_token().unwrap().sub(), "alice");
    let mut session = tokens.into_session(SystemTime::now());
    session.refreshed(refreshed, SystemTime::now()).unwrap();

    // The hint of the logout is what was signed; the provider could not read what it has encrypted to somebody else.
    let (url, _) = login.client.log_out().id_token_hint(&session).start().unwrap();
    let response = send(Request::get(url).body(Vec::new()).unwrap()).unwrap();
    let page = String::from_utf8_lossy(response.body());
    assert_eq!(response.status(), 200, "{page}");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn encrypted_userinfo_is_verified() {
    let provider = Provider::start();
    for (alg, enc) in [WITH_A_KEY[1], WITH_A_KEY[2], WITH_THE_SECRET[1]] {
        let keys: Vec<_> = PrivateKey::generate(alg).into_iter().collect();
        let mut login = encrypted_login(&provider, "userinfo", (alg, enc), &keys, |builder| {
            builder.userinfo_signed_response_algs(["RS256"])
        });
        let tokens = login.verify(|request| request.scope("openid email")).unwrap();
        let unverified = login.client.userinfo(&tokens, SystemTime::now()).unwrap().send_with(send).unwrap();
        let userinfo = unverified.verify_with(&mut KeyCache::new(), SystemTime::now(), send);
        let userinfo = userinfo.unwrap_or_else(|error| panic!("{alg} {enc}: {error:?}"));
        assert_eq!(userinfo.sub(), "alice");
        assert_eq!(userinfo.standard_claims().email.as_deref(), Some("jane@example.com"));
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn an_encrypted_introspection_is_verified() {
    let provider = Provider::start();
    let key = key("ECDH-ES+A256KW");
    let with = ("ECDH-ES+A256KW", "A256GCM");
    let mut login = encrypted_login(&provider, "introspection", with, &[key], |builder| {
        builder.introspection_signed_response_algs(["RS256"])
    });
    let session = login.begin_session();
    let now = SystemTime::now();
    let unverified = login.client.introspect(session.access_token(), now).unwrap().send_with(send).unwrap();
    let introspection = unverified.verify(&login.keys, now).unwrap();
    assert!(introspection.active());
    assert_eq!(introspection.sub(), Some("alice"));
}

#[test]
#[ignore = "needs Node and npm ci"]
fn the_old_key_and_the_new_one_decrypt_while_keys_change() {
    let provider = Provider::start();
    let (old, new) = (key("RSA-OAEP-256").with_key_id("old"), key("RSA-OAEP-256").with_key_id("new"));
    let with = ("RSA-OAEP-256", "A256GCM");
    // The provider has the old one alone, or the new one alone; the client has both.
    for registered in [&old, &new] {
        let (id, auth) = register(&provider, "id_token", with, std::slice::from_ref(registered));
        let mut login = Login::with(&provider, &id, auth, |builder| {
            builder.decryption_key(old.clone()).decryption_key(new.clone())
        });
        assert_eq!(login.verify(|request| request).unwrap().id_token().sub(), "alice");
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn what_is_encrypted_to_another_key_is_refused() {
    let provider = Provider::start();
    let with = ("ECDH-ES", "A256GCM");
    let (id, auth) = register(&provider, "id_token", with, &[key("ECDH-ES")]);
    for (key, is_expected) in [
        (Some(key("ECDH-ES")), (|error| matches!(error, JwtError::CannotDecrypt)) as fn(&JwtError) -> bool),
        (None, |error| matches!(error, JwtError::Encrypted)),
    ] {
        let mut other = Login::with(&provider, &id, auth.clone(), |builder| match key {
            Some(key) => builder.decryption_key(key),
            None => builder,
        });
        let error = other.verify(|request| request).unwrap_err();
        assert!(matches!(&error, Error::IdToken(IdTokenError::Jwt(error)) if is_expected(error)), "{error:?}");
        assert_eq!(error.remedy(), Remedy::FixConfiguration);
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn what_is_not_encrypted_as_it_is_set_is_refused() {
    let provider = Provider::start();
    let registered = provider.register(&json!({ "token_endpoint_auth_method": "client_secret_post" }));
    let auth = ClientAuth::client_secret_post(registered.secret.unwrap());
    let key = key("ECDH-ES");
    let mut login = Login::with(&provider, &registered.id, auth, |builder| {
        builder.decryption_key(key).id_token_encrypted_response_alg("ECDH-ES")
    });
    let error = login.verify(|request| request).unwrap_err();
    assert!(matches!(error, Error::IdToken(IdTokenError::Jwt(JwtError::NotEncrypted))), "{error:?}");

    let key = PrivateKey::generate("RSA-OAEP").unwrap();
    let (id, auth) = register(&provider, "id_token", ("RSA-OAEP", "A256GCM"), std::slice::from_ref(&key));
    let mut login = Login::with(&provider, &id, auth, |builder| {
        let unused = PrivateKey::generate("RSA-OAEP-256").unwrap();
        builder.decryption_key(key).decryption_key(unused).id_token_encrypted_response_alg("RSA-OAEP-256")
    });
    let error = login.verify(|request| request).unwrap_err();
    assert!(
        matches!(&error, Error::IdToken(IdTokenError::Jwt(JwtError::AlgorithmNotAllowed { algorithm })) if *algorithm == *"RSA-OAEP"),
        "{error:?}"
    );
}

fn key(algorithm: &str) -> PrivateKey {
    PrivateKey::generate(algorithm).unwrap().with_key_id("decrypts")
}

/// A client that one kind of answer is encrypted to: to these keys, or with its secret.
fn register(provider: &Provider, what: &str, (alg, enc): (&str, &str), keys: &[PrivateKey]) -> (String, ClientAuth) {
    let mut metadata = json!({
        "token_endpoint_auth_method": "client_secret_post",
        format!("{what}_signed_response_alg"): "RS256",
        format!("{what}_encrypted_response_alg"): alg,
        format!("{what}_encrypted_response_enc"): enc,
    });
    if !keys.is_empty() {
        metadata["jwks"] = key_set(keys);
    }
    let registered = provider.register(&metadata);
    (registered.id, ClientAuth::client_secret_post(registered.secret.unwrap()))
}

fn encrypted_login(
    provider: &Provider,
    what: &str,
    with: (&str, &str),
    keys: &[PrivateKey],
    settings: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Login {
    let (id, auth) = register(provider, what, with, keys);
    Login::with(provider, &id, auth, |builder| {
        settings(keys.iter().cloned().fold(builder, ClientBuilder::decryption_key))
    })
}
