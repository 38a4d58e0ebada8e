//! Authorization responses that the real provider signs, and encrypts (JARM).

use std::time::SystemTime;

use oidc_proto::{
    Algorithm, CallbackError, ClientAuth, ClientBuilder, Error, JarmError, JwtError, KeyCache, PrivateKey, Remedy,
    ResponseMode,
};
use serde_json::{Value, json};

use crate::login::{Login, send};
use crate::own_keys::key_set;
use crate::provider::{Provider, SECRET};

#[test]
#[ignore = "needs Node and npm ci"]
fn a_signed_response_ends_a_login_in_every_mode() {
    let provider = Provider::start();
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        let mut login = signed_login(&provider, algorithm, &json!({}), |builder| builder);
        for mode in [ResponseMode::JWT, ResponseMode::QUERY_JWT, ResponseMode::FORM_POST_JWT] {
            for pushes in [false, true] {
                login.pushes = pushes;
                let tokens = login.verify(|request| request.response_mode(mode.clone())).unwrap();
                assert_eq!(tokens.id_token().sub(), "alice", "{algorithm} {mode:?}");
            }
        }
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn an_encrypted_response_ends_a_login() {
    let provider = Provider::start();
    for (alg, enc) in [("RSA-OAEP-256", "A256GCM"), ("ECDH-ES", "A128CBC-HS256"), ("ECDH-ES+A256KW", "A128GCM")] {
        let key = PrivateKey::generate(alg).unwrap().with_key_id("decrypts");
        let encrypted = json!({
            "authorization_encrypted_response_alg": alg,
            "authorization_encrypted_response_enc": enc,
            "jwks": key_set([&key]),
        });
        let mut login = signed_login(&provider, "ES256", &encrypted, |builder| builder.decryption_key(key));
        for mode in [ResponseMode::JWT, ResponseMode::FORM_POST_JWT] {
            let tokens = login.verify(|request| request.response_mode(mode)).unwrap();
            assert_eq!(tokens.id_token().sub(), "alice", "{alg}");
        }
        // Without the key, nothing of it can be read.
        let id = login.client.client_id().to_owned();
        let mut without = Login::at(&provider, &id, ClientAuth::client_secret_post(SECRET), "RS256");
        let (url, _) = without.begin(|request| request.response_mode(ResponseMode::JWT));
        let response = without.arrive(&url);
        let error = without.client.jarm(response).unwrap().verify(&without.keys, SystemTime::now()).unwrap_err();
        assert!(matches!(error, JarmError::Jwt(JwtError::Encrypted)), "{error:?}");
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn the_keys_for_a_signed_response_are_fetched_once() {
    let provider = Provider::start();
    let mut login = signed_login(&provider, "ES256", &json!({}), |builder| builder);
    let (url, awaiting) = login.begin(|request| request.response_mode(ResponseMode::JWT));
    let response = login.arrive(&url);
    let unverified = login.client.jarm(response).unwrap();
    let mut cache = KeyCache::new();
    let mut fetches = 0;
    let response = unverified.verify_with(&mut cache, SystemTime::now(), |request| {
        fetches += 1;
        send(request)
    });
    let token_request = awaiting.receive(&login.client, response.unwrap(), SystemTime::now()).unwrap();
    let tokens = token_request.send_with(send).unwrap().verify_with(&mut cache, SystemTime::now(), |request| {
        fetches += 1;
        send(request)
    });
    assert_eq!((tokens.unwrap().id_token().sub(), fetches), ("alice", 1));
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_denied_login_says_so_in_a_signed_response() {
    let provider = Provider::start();
    let mut login = signed_login(&provider, "ES256", &json!({}), |builder| builder);
    for mode in [ResponseMode::JWT, ResponseMode::QUERY_JWT] {
        let error = login.verify(|request| request.response_mode(mode).login_hint("deny")).unwrap_err();
        let Error::Callback(CallbackError::Provider { error: said, .. }) = &error else { panic!("{error:?}") };
        assert_eq!(said.error(), "access_denied");
        assert_eq!(error.remedy(), Remedy::UserDeclined);
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_plain_response_to_a_login_that_asked_for_a_signed_one_is_refused() {
    let provider = Provider::start();
    let mut login = signed_login(&provider, "ES256", &json!({}), |builder| builder);
    let (url, awaiting) = login.begin(|request| request.response_mode(ResponseMode::JWT));
    // Somebody changes what the browser asks for. The provider answers plainly, with a code and the right state.
    let response = login.arrive(&url.replace("&response_mode=jwt", ""));
    assert_eq!(response.state(), Some(awaiting.state()));
    let error = awaiting.clone().receive(&login.client, response.clone(), SystemTime::now()).unwrap_err();
    assert!(matches!(error, CallbackError::ResponseNotSigned), "{error:?}");
    let error = login.client.jarm(response).unwrap_err();
    assert!(matches!(error, CallbackError::ResponseNotSigned), "{error:?}");

    // The login is not over: the right response still ends it.
    let response = login.arrive(&url);
    let error = awaiting.clone().receive(&login.client, response.clone(), SystemTime::now()).unwrap_err();
    assert!(matches!(error, CallbackError::ResponseNotSigned), "nobody has verified it: {error:?}");
    let response = login.client.jarm(response).unwrap().verify(&login.keys, SystemTime::now()).unwrap();
    let unverified = awaiting.receive(&login.client, response, SystemTime::now()).unwrap().send_with(send).unwrap();
    assert_eq!(login.verify_tokens(&unverified).unwrap().id_token().sub(), "alice");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_signed_response_that_nobody_asked_for_is_refused() {
    let provider = Provider::start();
    let mut login = signed_login(&provider, "ES256", &json!({}), |builder| builder);
    let (url, awaiting) = login.begin(|request| request);
    let response = login.arrive(&format!("{url}&response_mode=jwt"));
    let error = awaiting.receive(&login.client, response, SystemTime::now()).unwrap_err();
    assert!(matches!(error, CallbackError::UnexpectedParameter { parameter: "response" }), "{error:?}");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_signed_response_is_for_one_client_and_of_the_set_algorithm() {
    let provider = Provider::start();
    let mut login = signed_login(&provider, "ES256", &json!({}), |builder| builder);
    let (url, _) = login.begin(|request| request.response_mode(ResponseMode::JWT));
    let response = login.arrive(&url);
    let others = signed_login(&provider, "ES256", &json!({}), |builder| builder).client;
    let strict = Login::with(&provider, login.client.client_id(), ClientAuth::client_secret_post(SECRET), |builder| {
        builder.authorization_signed_response_algs(["PS256"])
    });
    let now = SystemTime::now();
    let error = others.jarm(response.clone()).unwrap().verify(&login.keys, now).unwrap_err();
    assert!(matches!(error, JarmError::Jwt(JwtError::AudienceMismatch)), "{error:?}");
    let error = strict.client.jarm(response.clone()).unwrap().verify(&strict.keys, now).unwrap_err();
    assert!(
        matches!(&error, JarmError::Jwt(JwtError::AlgorithmNotAllowed { algorithm }) if *algorithm == Algorithm::ES256),
        "{error:?}"
    );
    login.client.jarm(response).unwrap().verify(&login.keys, now).unwrap();
}

/// A client whose authorization responses are signed with this algorithm.
fn signed_login(
    provider: &Provider,
    algorithm: &str,
    members: &Value,
    settings: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Login {
    let mut metadata = json!({
        "token_endpoint_auth_method": "client_secret_post",
        "authorization_signed_response_alg": algorithm,
    });
    metadata.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let registered = provider.register(&metadata);
    let auth = ClientAuth::client_secret_post(registered.secret.unwrap());
    let mut login = Login::with(provider, &registered.id, auth, |builder| {
        settings(builder.authorization_signed_response_algs([algorithm]))
    });
    login.signed_response = true;
    login
}
