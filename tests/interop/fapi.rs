//! The FAPI 2.0 profiles, at a real provider that demands them.

use std::time::SystemTime;

use oidc_proto::http::Request;
use oidc_proto::{
    Access, AuthorizeError, Client, ClientAuth, ClientBuilder, ClientError, Error, Issuer, KeyCache, PrivateKey,
    PushError, Remedy, TokenError,
};
use serde_json::{Value, json};

use crate::login::{Login, send};
use crate::own_keys::register;
use crate::provider::{Provider, REDIRECT_URI};

#[test]
#[ignore = "needs Node and npm ci"]
fn a_session_by_the_security_profile() {
    for nonces in [false, true] {
        let provider = Provider::start_with(&json!({ "fapi": true, "dpopNonces": nonces }));
        for algorithm in ["PS256", "ES256", "EdDSA"] {
            let mut login = profiled_login(&provider, algorithm, &json!({}), |_, builder| builder.fapi2());
            assert_goes_its_way(&mut login, algorithm);
        }
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_session_by_message_signing() {
    for nonces in [false, true] {
        let provider = Provider::start_with(&json!({ "fapi": true, "dpopNonces": nonces }));
        for algorithm in ["PS256", "ES256", "EdDSA"] {
            let signs_all = json!({
                "require_signed_request_object": true,
                "request_object_signing_alg": algorithm,
            });
            let mut login = profiled_login(&provider, algorithm, &signs_all, |key, builder| {
                builder.request_object_signer(key).fapi2_message_signing()
            });
            login.signed_response = true;
            assert_goes_its_way(&mut login, algorithm);
        }
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn the_provider_refuses_what_the_profile_does_not_let_us_send() {
    let provider = Provider::start_with(&json!({ "fapi": true }));
    let (id, key) = register(&provider, "ES256", &algorithms("ES256"));
    let metadata = Issuer::danger_allow_http(provider.issuer()).unwrap().discover().send_with(send).unwrap();
    let token_endpoint = metadata.token_endpoint.clone().unwrap();
    let builder = || {
        let auth = ClientAuth::private_key_jwt(key.clone());
        Client::builder(metadata.clone(), &id, auth).redirect_uri(REDIRECT_URI)
    };

    // No binding; and an assertion for the token endpoint.
    let careless = || builder().assertion_audience(token_endpoint.clone());
    let error = careless().fapi2().build().unwrap_err();
    assert!(matches!(&error, ClientError::ProfileNotMet { unmet, .. } if unmet.len() == 2), "{error:?}");
    let client = careless().build().unwrap();
    let error = client.authorize().push(SystemTime::now()).unwrap().send_with(send).unwrap_err();
    assert!(
        matches!(&error, Error::Push(PushError::Provider { error, .. }) if *error.error() == *"invalid_client"),
        "{error:?}"
    );
    assert_eq!(error.remedy(), Remedy::FixConfiguration);

    // No binding alone.
    let mut login = Login::with(&provider, &id, ClientAuth::private_key_jwt(key.clone()), |builder| builder);
    login.pushes = true;
    let error = login.verify(|request| request).unwrap_err();
    assert!(
        matches!(&error, Error::Token(TokenError::Provider { error, .. }) if *error.error() == *"invalid_grant"),
        "{error:?}"
    );

    // A request that the browser carries, and one without PKCE.
    let client = builder().dpop(key.clone()).fapi2().build().unwrap();
    let error = client.authorize().start(SystemTime::now()).unwrap_err();
    assert!(matches!(error, AuthorizeError::PushRequired), "{error:?}");
    let mut metadata = metadata.clone();
    metadata.require_pushed_authorization_requests = false;
    let auth = ClientAuth::private_key_jwt(key.clone());
    let plain = Client::builder(metadata, &id, auth).redirect_uri(REDIRECT_URI).build().unwrap();
    let (url, _) = plain.authorize().start(SystemTime::now()).unwrap();
    let response = send(Request::get(url).body(Vec::new()).unwrap()).unwrap();
    let comes_back = response.headers()["location"].to_str().unwrap();
    assert!(comes_back.contains("error=invalid_request&"), "{comes_back}");
    let error = plain.authorize().without_pkce().push(SystemTime::now()).unwrap().send_with(send).unwrap_err();
    assert!(
        matches!(&error, Error::Push(PushError::Provider { error, .. }) if *error.error() == *"invalid_request"),
        "{error:?}"
    );
}

/// What a client signs, and has signed.
fn algorithms(algorithm: &str) -> Value {
    json!({
        "id_token_signed_response_alg": algorithm,
        "userinfo_signed_response_alg": algorithm,
        "authorization_signed_response_alg": algorithm,
        "introspection_signed_response_alg": algorithm,
        "dpop_bound_access_tokens": true,
    })
}

fn profiled_login(
    provider: &Provider,
    algorithm: &str,
    members: &Value,
    profile: impl FnOnce(PrivateKey, ClientBuilder) -> ClientBuilder,
) -> Login {
    let mut metadata = algorithms(algorithm);
    metadata.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let (id, key) = register(provider, algorithm, &metadata);
    let dpop_key = PrivateKey::generate(algorithm).unwrap();
    let mut login = Login::with(provider, &id, ClientAuth::private_key_jwt(key.clone()), |builder| {
        profile(key, builder.dpop(dpop_key))
    });
    login.pushes = true;
    login
}

/// A login, UserInfo, a refresh, an introspection and a revocation.
fn assert_goes_its_way(login: &mut Login, what: &str) {
    let mut session = login.begin_session();
    assert_eq!((session.sub(), session.token_type().as_ref()), ("alice", "DPoP"), "{what}");
    let first = session.access_token().clone();
    session.expire_access_token();
    let Ok(Access::Refresh(refresh)) = session.access(&login.client, SystemTime::now()) else { panic!("{what}") };
    let unverified = refresh.send_with(send).expect(what);
    let refreshed = unverified.verify_with(&mut KeyCache::new(), SystemTime::now(), send).expect(what);
    session.refreshed(refreshed, SystemTime::now()).unwrap();
    assert_ne!(session.access_token().secret(), first.secret());

    let now = SystemTime::now();
    let unverified = login.client.userinfo(&session, now).unwrap().send_with(send).expect(what);
    let userinfo = unverified.verify(&login.keys, now).unwrap_or_else(|error| panic!("{what}: {error:?}"));
    assert_eq!(userinfo.standard_claims().email.as_deref(), Some("jane@example.com"));
    let is_active = || {
        let unverified = login.client.introspect(session.access_token(), now).unwrap().send_with(send).expect(what);
        unverified.verify(&login.keys, now).unwrap_or_else(|error| panic!("{what}: {error:?}")).active()
    };
    assert!(is_active(), "{what}");
    login.client.revoke(session.access_token(), now).unwrap().send_with(send).expect(what);
    assert!(!is_active(), "{what}");
}
