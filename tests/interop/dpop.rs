//! Tokens that the real provider binds to a key of the client (DPoP).

use std::time::SystemTime;

use oidc_proto::http::header::AUTHORIZATION;
use oidc_proto::http::{Request, Response};
use oidc_proto::{
    Access, AccessToken, AwaitingTokens, Client, ClientAuth, DpopNonces, Error, KeyCache, PrivateKey, Remedy, Session,
    TokenError, UserInfoError,
};
use serde_json::{Value, json};

use crate::login::{Login, send};
use crate::own_keys::register;
use crate::provider::{Provider, SECRET};

#[test]
#[ignore = "needs Node and npm ci"]
fn a_session_with_bound_tokens_goes_its_way_with_and_without_nonces() {
    for nonces in [false, true] {
        let provider = Provider::start_with(&json!({ "dpopNonces": nonces }));
        for (algorithm, pushes) in [("ES256", true), ("PS256", false), ("EdDSA", true), ("RS256", false)] {
            let key = PrivateKey::generate(algorithm).unwrap();
            let thumbprint = key.thumbprint();
            let mut login = bound_login(&provider, key);
            login.pushes = pushes;
            let what = format!("{algorithm}, pushed: {pushes}, nonces: {nonces}");
            let mut session = login.begin_session();
            assert_is_bound(&login, &session, &thumbprint, &what);
            let first = session.access_token().clone();

            session.expire_access_token();
            refresh(&login, &mut session).unwrap_or_else(|error| panic!("{what}: {error:?}"));
            assert_ne!(session.access_token().secret(), first.secret());
            assert_is_bound(&login, &session, &thumbprint, &what);

            login.client.revoke(session.access_token(), SystemTime::now()).unwrap().send_with(send).unwrap();
            let error = userinfo(&login.client, &session).unwrap_err();
            assert!(matches!(error, Error::UserInfo(UserInfoError::Challenge { .. })), "{what}: {error:?}");
            assert_eq!(error.remedy(), Remedy::RestartLogin);
        }
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_request_to_an_api_proves_the_key_and_learns_the_nonce() {
    let provider = Provider::start_with(&json!({ "dpopNonces": true }));
    let mut login = bound_login(&provider, PrivateKey::generate("ES256").unwrap());
    let session = login.begin_session();
    let mut nonces = DpopNonces::new();
    let (first, again) = call_api(&login, session.access_token(), &mut nonces);
    assert_eq!((first.status().as_u16(), again), (401, true));
    // What was learned is kept in another process.
    let mut nonces: DpopNonces = serde_json::from_str(&serde_json::to_string(&nonces).unwrap()).unwrap();
    for _ in 0..2 {
        let (response, again) = call_api(&login, session.access_token(), &mut nonces);
        assert_eq!((response.status().as_u16(), again), (200, false));
        assert_eq!(serde_json::from_slice::<Value>(response.body()).unwrap()["sub"], "alice");
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_caller_with_its_own_transport_sends_the_request_once_more() {
    let provider = Provider::start_with(&json!({ "dpopNonces": true }));
    let mut login = bound_login(&provider, PrivateKey::generate("ES256").unwrap());
    let (awaiting, response) = login.visit(|request| request);
    let (request, awaiting) = awaiting.receive(&login.client, response, SystemTime::now()).unwrap().into_parts();
    let error = awaiting.receive(&send(request).unwrap()).unwrap_err();
    assert!(matches!(error, TokenError::DpopNonce { .. }), "{error:?}");
    let (request, awaiting) = AwaitingTokens::again(error).unwrap().into_parts();
    let unverified = awaiting.receive(&send(request).unwrap()).unwrap();
    assert_eq!(login.verify_tokens(&unverified).unwrap().id_token().sub(), "alice");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_code_is_refused_to_another_key_than_the_one_that_asked() {
    for nonces in [false, true] {
        let provider = Provider::start_with(&json!({ "dpopNonces": nonces }));
        for pushes in [false, true] {
            let mut login = bound_login(&provider, PrivateKey::generate("ES256").unwrap());
            login.pushes = pushes;
            let (awaiting, response) = login.visit(|request| request);
            let thief = with_another_key(&provider, &login.client);
            let token_request = awaiting.receive(&thief, response, SystemTime::now()).unwrap();
            let error = token_request.send_with(send).unwrap_err();
            let Error::Token(TokenError::Provider { error: said, .. }) = &error else { panic!("{error:?}") };
            assert_eq!(said.error(), "invalid_grant");
            assert_eq!(error.remedy(), Remedy::RestartLogin);
        }
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_bound_token_is_refused_to_another_key_and_without_a_proof() {
    let provider = Provider::start();
    let mut login = bound_login(&provider, PrivateKey::generate("ES256").unwrap());
    let session = login.begin_session();
    let thief = with_another_key(&provider, &login.client);
    let error = userinfo(&thief, &session).unwrap_err();
    let Error::UserInfo(UserInfoError::Challenge { status, challenges, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(status.as_u16(), 401);
    let challenge = challenges.iter().find(|challenge| challenge.scheme() == "DPoP").expect("it says what it wants");
    assert_eq!(challenge.parameter("error"), Some("invalid_token"));

    let stolen = format!("Bearer {}", session.access_token().secret());
    let request = Request::get(login.client.metadata().userinfo_endpoint.as_ref().unwrap());
    let response = send(request.header(AUTHORIZATION, stolen).body(Vec::new()).unwrap()).unwrap();
    assert_eq!(response.status(), 401);
    userinfo(&login.client, &session).expect("its own key");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_proof_is_refused_the_second_time() {
    let provider = Provider::start();
    let mut login = bound_login(&provider, PrivateKey::generate("ES256").unwrap());
    let session = login.begin_session();
    let (request, _) = login.client.userinfo(&session, SystemTime::now()).unwrap().into_parts();
    assert_eq!(send(request.clone()).unwrap().status(), 200);
    assert_eq!(send(request).unwrap().status(), 401);
}

#[test]
#[ignore = "needs Node and npm ci"]
fn the_refresh_token_of_a_public_client_is_bound_too() {
    let provider = Provider::start();
    let key = PrivateKey::generate("ES256").unwrap();
    let mut login = Login::with(&provider, "public-pkce", ClientAuth::none(), |builder| builder.dpop(key));
    let mut session = login.begin_session();
    let thief = with_another_key(&provider, &login.client);
    let request = thief.refresh(session.refresh_token().unwrap()).start(SystemTime::now()).unwrap();
    let error = request.send_with(send).unwrap_err();
    let Error::Token(TokenError::Provider { error: said, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(said.error(), "invalid_grant");

    session.expire_access_token();
    refresh(&login, &mut session).unwrap();
    assert_eq!(session.token_type().as_ref(), "DPoP");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_client_that_must_bind_its_tokens_is_refused_without_a_proof() {
    let provider = Provider::start();
    let (id, key) = register(&provider, "ES256", &json!({ "dpop_bound_access_tokens": true }));
    let mut login = Login::with(&provider, &id, ClientAuth::private_key_jwt(key.clone()), |builder| builder);
    let error = login.verify(|request| request).unwrap_err();
    let Error::Token(TokenError::Provider { error: said, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(said.error(), "invalid_grant");
    // One key for both works as well.
    let auth = ClientAuth::private_key_jwt(key.clone());
    let mut login = Login::with(&provider, &id, auth, |builder| builder.dpop(key));
    assert_eq!(login.verify(|request| request).unwrap().token_type().as_ref(), "DPoP");
}

/// A client whose tokens are bound to the key.
fn bound_login(provider: &Provider, key: PrivateKey) -> Login {
    Login::with(provider, "basic", ClientAuth::secret(SECRET), |builder| builder.dpop(key))
}

/// Somebody who knows all that the client knows, apart from its key.
fn with_another_key(provider: &Provider, client: &Client) -> Client {
    let auth = if client.client_id() == "basic" { ClientAuth::secret(SECRET) } else { ClientAuth::none() };
    let key = PrivateKey::generate("ES256").unwrap();
    Login::with(provider, client.client_id(), auth, |builder| builder.dpop(key)).client
}

/// The provider has bound the session's access token to the key, and takes it with a proof.
fn assert_is_bound(login: &Login, session: &Session, thumbprint: &str, what: &str) {
    assert_eq!(session.token_type().as_ref(), "DPoP", "{what}");
    let now = SystemTime::now();
    let unverified = login.client.introspect(session.access_token(), now).unwrap().send_with(send).expect(what);
    let introspection = unverified.verify(&login.keys, now).unwrap();
    assert_eq!(introspection.token_type().map(AsRef::as_ref), Some("DPoP"), "{what}");
    assert_eq!(introspection.claims_as::<Value>().unwrap()["cnf"]["jkt"], thumbprint, "{what}");
    assert_eq!(userinfo(&login.client, session).expect(what), "alice");
}

/// Asks about the user, and gives their `sub`.
fn userinfo(client: &Client, session: &Session) -> Result<String, Error> {
    let now = SystemTime::now();
    let unverified = client.userinfo(session, now)?.send_with(send)?;
    Ok(unverified.verify_trusting_tls(now)?.sub().to_owned())
}

/// The refresh that the session asks for.
fn refresh(login: &Login, session: &mut Session) -> Result<(), Error> {
    let Ok(Access::Refresh(round_trip)) = session.access(&login.client, SystemTime::now()) else {
        panic!("a refresh is due");
    };
    let refreshed = round_trip.send_with(send)?.verify_with(&mut KeyCache::new(), SystemTime::now(), send)?;
    session.refreshed(refreshed, SystemTime::now()).unwrap();
    Ok(())
}

/// A request to an API, as an application makes one itself; and whether the API wants it once more. The UserInfo endpoint is
/// such an API.
fn call_api(login: &Login, token: &AccessToken, nonces: &mut DpopNonces) -> (Response<Vec<u8>>, bool) {
    let endpoint = login.client.metadata().userinfo_endpoint.as_ref().unwrap();
    let mut request = Request::get(format!("{endpoint}?of=a+query")).body(Vec::new()).unwrap();
    let uri = request.uri().clone();
    login.client.authorize_request(&mut request, token, nonces.nonce_for(&uri), SystemTime::now()).unwrap();
    let response = send(request).unwrap();
    let again = nonces.learn(&uri, &response);
    (response, again)
}
