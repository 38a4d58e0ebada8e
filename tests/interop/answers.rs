//! What the real provider answers about the user and about tokens, as JSON and signed.

use std::time::{Duration, SystemTime};

use oidc_proto::http::{Request, Response};
use oidc_proto::{
    AccessToken, ClientAuth, ClientBuilder, Error, IntrospectionError, JwtError, KeyCache, Remedy,
    UnverifiedIntrospection, UserInfo, UserInfoError,
};
use serde_json::Value;

use crate::login::{Login, send};
use crate::provider::{Provider, SECRET};

#[test]
#[ignore = "needs Node and npm ci"]
fn userinfo_comes_as_json_and_needs_no_keys() {
    let mut login = Login::basic();
    let tokens = login.verify(|request| request.scope("openid email profile")).unwrap();
    let unverified = login.client.userinfo(&tokens, SystemTime::now()).unwrap().send_with(send).unwrap();
    let userinfo = unverified.verify_with(&mut KeyCache::new(), SystemTime::now(), nobody_is_asked).unwrap();
    assert_is_jane(&userinfo);
    assert_is_jane(&unverified.verify_trusting_tls(SystemTime::now()).unwrap());
    // The same with the session of the login.
    let session = tokens.into_session(SystemTime::now());
    let again = login.client.userinfo(&session, SystemTime::now()).unwrap().send_with(send).unwrap();
    assert_is_jane(&again.verify(&login.keys, SystemTime::now()).unwrap());
}

#[test]
#[ignore = "needs Node and npm ci"]
fn signed_userinfo_is_verified_with_keys_that_are_fetched_once() {
    let provider = Provider::start();
    let mut login = Login::with(&provider, "signed-userinfo", ClientAuth::secret(SECRET), |builder| {
        builder.userinfo_signed_response_algs(["ES256"])
    });
    let tokens = login.verify(|request| request.scope("openid email profile")).unwrap();
    let ask = |login: &Login| login.client.userinfo(&tokens, SystemTime::now()).unwrap().send_with(send).unwrap();
    let mut cache = KeyCache::new();
    assert_is_jane(&ask(&login).verify_with(&mut cache, SystemTime::now(), send).unwrap());
    let unverified = ask(&login);
    assert_is_jane(&unverified.verify_with(&mut cache, SystemTime::now(), nobody_is_asked).unwrap());
    let error = unverified.verify_trusting_tls(SystemTime::now()).unwrap_err();
    assert!(matches!(error, UserInfoError::Jwt(JwtError::UnknownKey)), "{error:?}");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn userinfo_that_is_not_signed_as_registered_is_refused() {
    let provider = Provider::start();
    for (id, is_expected) in [
        ("basic", (|error| matches!(error, JwtError::NotSigned)) as fn(&JwtError) -> bool),
        (
            "signed-userinfo",
            |error| matches!(error, JwtError::AlgorithmNotAllowed { algorithm } if *algorithm == *"ES256"),
        ),
    ] {
        let settings = |builder: ClientBuilder| builder.userinfo_signed_response_algs(["RS256"]);
        let mut login = Login::with(&provider, id, ClientAuth::secret(SECRET), settings);
        let tokens = login.verify(|request| request).unwrap();
        let unverified = login.client.userinfo(&tokens, SystemTime::now()).unwrap().send_with(send).unwrap();
        let error = unverified.verify(&login.keys, SystemTime::now()).unwrap_err();
        assert!(matches!(&error, UserInfoError::Jwt(error) if is_expected(error)), "{id}: {error:?}");
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn an_introspection_comes_as_json() {
    let mut login = Login::basic();
    let session = login.begin_session();
    let now = SystemTime::now();
    let unverified = introspect(&login, session.access_token()).unwrap();
    let access = unverified.verify_with(&mut KeyCache::new(), now, nobody_is_asked).unwrap();
    assert!(access.active());
    assert_eq!((access.sub(), access.client_id()), (Some("alice"), Some("basic")));
    assert_eq!(access.scope(), session.scope());
    assert_eq!(access.iss(), Some(login.client.issuer()));
    assert_eq!(access.token_type().map(AsRef::as_ref), Some("Bearer"));
    let lifetime = access.exp().unwrap().duration_since(access.iat().unwrap()).unwrap();
    assert_eq!(lifetime, Duration::from_secs(3600));

    let round_trip = login.client.introspect(session.refresh_token().unwrap(), now).unwrap();
    let refresh = round_trip.send_with(send).unwrap().verify_trusting_tls(now).unwrap();
    assert!(refresh.active() && refresh.token_type().is_none());

    let unknown = introspect(&login, &AccessToken::new("never-issued")).unwrap();
    let unknown = unknown.verify_trusting_tls(now).unwrap();
    assert_eq!((unknown.active(), unknown.sub(), unknown.exp()), (false, None, None));
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_signed_introspection_is_verified() {
    let provider = Provider::start();
    let mut login = Login::with(&provider, "signed-introspection", ClientAuth::secret(SECRET), |builder| {
        builder.introspection_signed_response_algs(["ES256"])
    });
    let session = login.begin_session();
    let mut cache = KeyCache::new();
    let unverified = introspect(&login, session.access_token()).unwrap();
    let introspection = unverified.verify_with(&mut cache, SystemTime::now(), send).unwrap();
    assert!(introspection.active());
    assert_eq!((introspection.sub(), introspection.client_id()), (Some("alice"), Some("signed-introspection")));
    assert_eq!(introspection.claims_as::<Value>().unwrap()["scope"], "openid offline_access email");

    let error = unverified.verify_trusting_tls(SystemTime::now()).unwrap_err();
    assert!(matches!(error, IntrospectionError::Jwt(JwtError::UnknownKey)), "{error:?}");
    let unknown = introspect(&login, &AccessToken::new("never-issued")).unwrap();
    let unknown = unknown.verify_with(&mut cache, SystemTime::now(), nobody_is_asked).unwrap();
    assert!(!unknown.active(), "an answer about an inactive token is signed too");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn an_introspection_with_a_wrong_secret_is_refused_by_the_provider() {
    let login = Login::at_a_new_provider("basic", ClientAuth::secret("wrong"), "RS256");
    let error = introspect(&login, &AccessToken::new("never-issued")).unwrap_err();
    let Error::Introspection(IntrospectionError::Provider { error: said, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(said.error(), "invalid_client");
    assert_eq!(error.remedy(), Remedy::FixConfiguration);
}

fn introspect(login: &Login, token: &AccessToken) -> Result<UnverifiedIntrospection, Error> {
    login.client.introspect(token, SystemTime::now()).unwrap().send_with(send)
}

fn assert_is_jane(userinfo: &UserInfo) {
    let claims = userinfo.standard_claims();
    assert_eq!(userinfo.sub(), "alice");
    assert_eq!((claims.email.as_deref(), claims.name.as_deref()), (Some("jane@example.com"), Some("Jane Doe")));
}

fn nobody_is_asked(_: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ureq::Error> {
    panic!("no keys are needed")
}
