//! A client that says who it is with a key of its own, at every endpoint of the real provider that asks.

use std::time::SystemTime;

use oidc_proto::{
    Access, ClientAuth, Error, IntrospectionError, KeyCache, PrivateKey, PushError, Remedy, Session, Signer, TokenError,
};
use serde_json::{Value, json};

use crate::login::{Login, send};
use crate::provider::{Provider, Registered};

#[test]
#[ignore = "needs Node and npm ci"]
fn private_key_jwt_is_taken_at_every_endpoint() {
    let provider = Provider::start();
    for algorithm in ["PS256", "ES256", "EdDSA", "RS256", "ES384", "ES512"] {
        let (id, key) = register(&provider, algorithm, &json!({ "require_pushed_authorization_requests": true }));
        let mut login = Login::with(&provider, &id, ClientAuth::private_key_jwt(key), |builder| builder);
        login.pushes = true;
        assert_is_taken_everywhere(&mut login, algorithm);
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn client_secret_jwt_is_taken_at_every_endpoint() {
    let provider = Provider::start();
    for algorithm in ["HS256", "HS384", "HS512"] {
        let Registered { id, secret } = provider.register(&json!({
            "token_endpoint_auth_method": "client_secret_jwt",
            "token_endpoint_auth_signing_alg": algorithm,
        }));
        let auth = ClientAuth::client_secret_jwt_with(secret.unwrap(), algorithm);
        let mut login = Login::with(&provider, &id, auth, |builder| builder);
        login.pushes = true;
        assert_is_taken_everywhere(&mut login, algorithm);
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn an_assertion_that_is_signed_elsewhere_is_taken_once() {
    let provider = Provider::start();
    let (id, key) = register(&provider, "ES256", &json!({}));
    let auth = ClientAuth::private_key_jwt_remote("ES256", key.key_id());
    let mut login = Login::with(&provider, &id, auth, |builder| builder);
    let unsigned = login.client.clone();
    let to_sign = unsigned.assertion_to_sign(SystemTime::now()).unwrap();
    let signature = key.sign(to_sign.message()).unwrap();
    login.client = unsigned.with_assertion(to_sign.signed(&signature).unwrap()).unwrap();
    let session = login.begin_session();
    assert_eq!(session.sub(), "alice");

    let again = login.client.introspect(session.access_token(), SystemTime::now()).unwrap().send_with(send);
    assert_is_not_known(&again.unwrap_err());
}

#[test]
#[ignore = "needs Node and npm ci"]
fn an_assertion_of_another_key_is_refused_by_the_provider() {
    let provider = Provider::start();
    let (id, key) = register(&provider, "ES256", &json!({}));
    let another = PrivateKey::generate("ES256").unwrap().with_key_id(key.key_id().unwrap());
    let mut login = Login::with(&provider, &id, ClientAuth::private_key_jwt(another), |builder| builder);
    let (awaiting, response) = login.visit(|request| request);
    let token_request = awaiting.receive(&login.client, response, SystemTime::now()).unwrap();
    assert_is_not_known(&token_request.send_with(send).unwrap_err());

    let pushed = login.client.authorize().push(SystemTime::now()).unwrap().send_with(send);
    assert_is_not_known(&pushed.unwrap_err());
}

#[test]
#[ignore = "needs Node and npm ci"]
fn an_assertion_for_somebody_else_is_refused_by_the_provider() {
    let provider = Provider::start();
    let (id, key) = register(&provider, "ES256", &json!({}));
    let mut login = Login::with(&provider, &id, ClientAuth::private_key_jwt(key.clone()), |builder| {
        builder.assertion_audience("https://elsewhere.example")
    });
    assert_is_not_known(&login.verify(|request| request).unwrap_err());
    // The token endpoint's own URL is what many providers have asked for.
    let token_endpoint = login.client.metadata().token_endpoint.clone().unwrap();
    let mut login = Login::with(&provider, &id, ClientAuth::private_key_jwt(key), |builder| {
        builder.assertion_audience(token_endpoint)
    });
    assert_eq!(login.verify(|request| request).unwrap().id_token().sub(), "alice");
}

/// A client with a new key, and its id.
pub fn register(provider: &Provider, algorithm: &str, members: &Value) -> (String, PrivateKey) {
    let key = PrivateKey::generate(algorithm).unwrap().with_key_id(format!("signs-{algorithm}"));
    let mut metadata = json!({
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": algorithm,
        "jwks": key_set([&key]),
    });
    metadata.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    (provider.register(&metadata).id, key)
}

/// The public halves, as a client registers them.
pub fn key_set<'a>(keys: impl IntoIterator<Item = &'a PrivateKey>) -> Value {
    let keys = keys.into_iter().map(|key| serde_json::from_str(&key.public_jwk()).unwrap());
    json!({ "keys": keys.collect::<Vec<Value>>() })
}

/// A login, a refresh, an introspection and a revocation: each request is authenticated anew.
fn assert_is_taken_everywhere(login: &mut Login, what: &str) {
    let mut session = login.begin_session();
    assert_eq!((session.sub(), session.aud()), ("alice", &[login.client.client_id().to_owned()][..]), "{what}");
    let first = session.access_token().clone();
    session.expire_access_token();
    let Ok(Access::Refresh(refresh)) = session.access(&login.client, SystemTime::now()) else { panic!("{what}") };
    let unverified = refresh.send_with(send).expect(what);
    let refreshed = unverified.verify_with(&mut KeyCache::new(), SystemTime::now(), send).expect(what);
    session.refreshed(refreshed, SystemTime::now()).unwrap();
    assert_ne!(session.access_token().secret(), first.secret());

    assert!(is_active(login, &session), "{what}");
    login.client.revoke(session.access_token(), SystemTime::now()).unwrap().send_with(send).expect(what);
    assert!(!is_active(login, &session), "{what}");
}

fn is_active(login: &Login, session: &Session) -> bool {
    let now = SystemTime::now();
    let unverified = login.client.introspect(session.access_token(), now).unwrap().send_with(send).unwrap();
    unverified.verify(&login.keys, now).unwrap().active()
}

/// The provider does not believe that it is this client.
fn assert_is_not_known(error: &Error) {
    let said = match error {
        Error::Token(TokenError::Provider { error, .. })
        | Error::Push(PushError::Provider { error, .. })
        | Error::Introspection(IntrospectionError::Provider { error, .. }) => error,
        error => panic!("{error:?}"),
    };
    assert_eq!(said.error(), "invalid_client");
    assert_eq!(error.remedy(), Remedy::FixConfiguration);
}
