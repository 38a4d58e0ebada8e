//! Complete logins at Keycloak, with keys of the client's own.
//!
//! `bash tests/keycloak/run` gets Keycloak, starts it, and runs these tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    unreachable_pub,
    reason = "a test fails by panicking, and drives a real provider over a real clock"
)]
#![cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]

mod browser;
mod realm;

use std::time::SystemTime;

use oidc_proto::{
    Access, AuthorizationRequest, AuthorizationResponse, AwaitingCallback, CallbackError, Client, ClientAuth,
    ClientBuilder, Error, IntrospectionError, Issuer, JwkSet, JwtError, KeyCache, PrivateKey, PushError, Remedy,
    ResponseMode, Session, TokenError, Tokens, UserInfoError,
};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::realm::{REDIRECT_URI, Realm, SECRET, send};

#[test]
#[ignore = "needs Keycloak"]
fn private_key_jwt_is_taken_at_every_endpoint() {
    for algorithm in ["PS256", "ES256", "EdDSA"] {
        let key = key(algorithm);
        let id = Realm::get().register(
            "client-jwt",
            &[&key],
            &json!({
                "token.endpoint.auth.signing.alg": algorithm,
                "require.pushed.authorization.requests": "true",
            }),
        );
        let mut login = Login::new(&id, ClientAuth::private_key_jwt(key), |builder| builder);
        login.pushes = true;
        assert_goes_its_way(&mut login, "Bearer", algorithm);
    }
}

#[test]
#[ignore = "needs Keycloak"]
fn client_secret_jwt_is_taken_at_every_endpoint() {
    for algorithm in ["HS256", "HS512"] {
        let registered = json!({ "token.endpoint.auth.signing.alg": algorithm });
        let id = Realm::get().register("client-secret-jwt", &[], &registered);
        let auth = ClientAuth::client_secret_jwt_with(SECRET, algorithm);
        assert_goes_its_way(&mut Login::new(&id, auth, |builder| builder), "Bearer", algorithm);
    }
}

#[test]
#[ignore = "needs Keycloak"]
fn an_assertion_of_another_key_is_refused_by_the_provider() {
    let key = key("ES256");
    let id = Realm::get().register("client-jwt", &[&key], &json!({}));
    let another = PrivateKey::generate("ES256").unwrap().with_key_id("signs-ES256");
    let mut login = Login::new(&id, ClientAuth::private_key_jwt(another), |builder| builder);
    let error = login.verify(|request| request).unwrap_err();
    let Error::Token(TokenError::Provider { error: said, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(said.error(), "invalid_client");
    assert_eq!(error.remedy(), Remedy::FixConfiguration);
}

#[test]
#[ignore = "needs Keycloak"]
fn a_signed_request_is_understood_in_a_url_and_pushed() {
    for algorithm in ["PS256", "ES256", "EdDSA"] {
        let key = key(algorithm);
        let id = Realm::get().register(
            "client-jwt",
            &[&key],
            &json!({
                "request.object.signature.alg": algorithm,
                "request.object.required": "request or request_uri",
            }),
        );
        let auth = ClientAuth::private_key_jwt(key.clone());
        let mut login = Login::new(&id, auth, |builder| builder.request_object_signer(key));
        for pushes in [false, true] {
            login.pushes = pushes;
            let tokens = login.verify(|request| request.scope("openid email")).unwrap();
            assert_eq!(tokens.id_token().standard_claims().email.as_deref(), Some("jane@example.com"), "{algorithm}");
        }
        let stranger = PrivateKey::generate(algorithm).unwrap().with_key_id(format!("signs-{algorithm}"));
        let request = login.client.authorize().signed_by(stranger);
        let error = request.push(SystemTime::now()).unwrap().send_with(send).unwrap_err();
        assert!(
            matches!(&error, Error::Push(PushError::Provider { error, .. }) if *error.error() == *"invalid_request_object"),
            "{error:?}"
        );
    }
}

#[test]
#[ignore = "needs Keycloak"]
fn a_signed_response_ends_a_login_and_a_plain_one_does_not() {
    for algorithm in ["PS256", "ES256", "EdDSA"] {
        let registered = json!({ "authorization.signed.response.alg": algorithm });
        let id = Realm::get().register("client-secret", &[], &registered);
        let mut login = Login::new(&id, ClientAuth::secret(SECRET), |builder| {
            builder.authorization_signed_response_algs([algorithm])
        });
        login.signed_response = true;
        for mode in [ResponseMode::JWT, ResponseMode::QUERY_JWT, ResponseMode::FORM_POST_JWT] {
            let tokens = login.verify(|request| request.response_mode(mode)).unwrap();
            assert_eq!(tokens.id_token().aud(), [id.as_str()]);
        }
        // Somebody changes what the browser asks for.
        let (url, awaiting) = login.begin(|request| request.response_mode(ResponseMode::JWT));
        let response = login.browser.visit(&url.replace("&response_mode=jwt", ""));
        assert_eq!(response.state(), Some(awaiting.state()));
        let error = awaiting.receive(&login.client, response, SystemTime::now()).unwrap_err();
        assert!(matches!(error, CallbackError::ResponseNotSigned), "{error:?}");
    }
}

#[test]
#[ignore = "needs Keycloak"]
fn a_session_with_bound_tokens_goes_its_way() {
    for algorithm in ["ES256", "PS256", "EdDSA"] {
        let id = Realm::get().register("client-secret", &[], &json!({ "dpop.bound.access.tokens": "true" }));
        let key = PrivateKey::generate(algorithm).unwrap();
        let mut login = Login::new(&id, ClientAuth::secret(SECRET), |builder| builder.dpop(key));
        for pushes in [false, true] {
            login.pushes = pushes;
            assert_goes_its_way(&mut login, "DPoP", algorithm);
        }
    }
}

#[test]
#[ignore = "needs Keycloak"]
fn a_proof_of_another_key_is_refused_by_the_provider() {
    let id = Realm::get().register("client-secret", &[], &json!({ "dpop.bound.access.tokens": "true" }));
    let with_a_key = || {
        let key = PrivateKey::generate("ES256").unwrap();
        Login::new(&id, ClientAuth::secret(SECRET), |builder| builder.dpop(key))
    };
    let (mut login, thief) = (with_a_key(), with_a_key().client);
    let (awaiting, response) = login.visit(|request| request);
    let error = awaiting.receive(&thief, response, SystemTime::now()).unwrap().send_with(send).unwrap_err();
    assert!(
        matches!(&error, Error::Token(TokenError::Provider { error, .. }) if *error.error() == *"invalid_request"),
        "{error:?}"
    );
    let session = login.verify(|request| request).unwrap().into_session(SystemTime::now());
    let error = userinfo(&thief, &session).unwrap_err();
    assert!(matches!(error, Error::UserInfo(UserInfoError::Challenge { .. })), "{error:?}");
    assert_eq!(userinfo(&login.client, &session).unwrap(), session.sub());
}

#[test]
#[ignore = "needs Keycloak"]
fn what_is_encrypted_is_verified() {
    for (alg, enc) in [
        ("RSA-OAEP", "A128CBC-HS256"),
        ("RSA-OAEP-256", "A256GCM"),
        ("ECDH-ES", "A256CBC-HS512"),
        ("ECDH-ES+A256KW", "A128GCM"),
    ] {
        let key = PrivateKey::generate(alg).unwrap().with_key_id("decrypts");
        let id = Realm::get().register(
            "client-secret",
            &[&key],
            &json!({
                "id.token.encrypted.response.alg": alg,
                "id.token.encrypted.response.enc": enc,
                "user.info.response.signature.alg": "ES256",
                "user.info.encrypted.response.alg": alg,
                "user.info.encrypted.response.enc": enc,
                "authorization.signed.response.alg": "PS256",
                "authorization.encrypted.response.alg": alg,
                "authorization.encrypted.response.enc": enc,
            }),
        );
        let mut login = Login::new(&id, ClientAuth::secret(SECRET), |builder| {
            let builder = builder.decryption_key(key).id_token_encrypted_response_alg(alg);
            builder.userinfo_signed_response_algs(["ES256"]).authorization_signed_response_algs(["PS256"])
        });
        login.signed_response = true;
        let tokens = login.verify(|request| request.response_mode(ResponseMode::JWT));
        let session = tokens.unwrap_or_else(|error| panic!("{alg}: {error:?}")).into_session(SystemTime::now());
        assert_eq!(userinfo(&login.client, &session).unwrap(), session.sub(), "{alg}");
    }
}

#[test]
#[ignore = "needs Keycloak"]
fn everything_at_once() {
    let (signs, decrypts) = (key("PS256"), PrivateKey::generate("RSA-OAEP-256").unwrap().with_key_id("decrypts"));
    let id = Realm::get().register(
        "client-jwt",
        &[&signs, &decrypts],
        &json!({
            "token.endpoint.auth.signing.alg": "PS256",
            "require.pushed.authorization.requests": "true",
            "request.object.signature.alg": "PS256",
            "request.object.required": "request or request_uri",
            "authorization.signed.response.alg": "PS256",
            "dpop.bound.access.tokens": "true",
            "id.token.signed.response.alg": "PS256",
            "id.token.encrypted.response.alg": "RSA-OAEP-256",
            "id.token.encrypted.response.enc": "A256GCM",
        }),
    );
    let mut login = Login::new(&id, ClientAuth::private_key_jwt(signs.clone()), |builder| {
        let builder = builder.request_object_signer(signs).dpop(PrivateKey::generate("ES256").unwrap());
        let builder = builder.decryption_key(decrypts).id_token_encrypted_response_alg("RSA-OAEP-256");
        builder.id_token_signed_response_algs(["PS256"]).authorization_signed_response_algs(["PS256"])
    });
    (login.pushes, login.signed_response) = (true, true);
    assert_goes_its_way(&mut login, "DPoP", "everything");
}

#[test]
#[ignore = "needs Keycloak"]
fn a_session_by_fapi_2_message_signing() {
    let realm = Realm::with_fapi2();
    for algorithm in ["PS256", "ES256"] {
        let key = key(algorithm);
        let registered = json!({
            "token.endpoint.auth.signing.alg": algorithm,
            "request.object.signature.alg": algorithm,
            "authorization.signed.response.alg": algorithm,
            "id.token.signed.response.alg": algorithm,
            "user.info.response.signature.alg": algorithm,
            "access.token.signed.response.alg": algorithm,
            "introspection.signed.response.alg": algorithm,
        });
        let id = realm.register("client-jwt", &[&key], &registered);
        let mut login = Login::at(realm, &id, ClientAuth::private_key_jwt(key.clone()), |builder| {
            let builder = builder.request_object_signer(key).dpop(PrivateKey::generate("ES256").unwrap());
            builder.userinfo_signed_response_algs([algorithm]).fapi2_message_signing()
        });
        (login.pushes, login.signed_response) = (true, true);
        let session = begin_and_refresh(&mut login, "DPoP", algorithm);
        // Keycloak signs no introspection, and the profile takes no other.
        let error = introspect(&login, &session).unwrap_err();
        assert!(matches!(error, Error::Introspection(IntrospectionError::Jwt(JwtError::NotSigned))), "{error:?}");
    }
}

/// A client at Keycloak, and a browser.
struct Login {
    client: Client,
    keys: JwkSet,
    browser: Browser,
    pushes: bool,
    signed_response: bool,
}

impl Login {
    fn new(id: &str, auth: ClientAuth, settings: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        Self::at(Realm::get(), id, auth, settings)
    }

    fn at(realm: &Realm, id: &str, auth: ClientAuth, settings: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        let issuer = Issuer::danger_allow_http(realm.issuer()).unwrap();
        let metadata = issuer.discover().send_with(send).unwrap();
        let client = settings(Client::builder(metadata, id, auth).redirect_uri(REDIRECT_URI)).build().unwrap();
        let keys = client.fetch_keys().unwrap().send_with(send).unwrap();
        Self { client, keys, browser: Browser::default(), pushes: false, signed_response: false }
    }

    fn begin(&self, wishes: impl FnOnce(AuthorizationRequest) -> AuthorizationRequest) -> (String, AwaitingCallback) {
        let (request, now) = (wishes(self.client.authorize()), SystemTime::now());
        if self.pushes {
            request.push(now).unwrap().send_with(send).unwrap().into_parts()
        } else {
            request.start(now).unwrap()
        }
    }

    fn visit(
        &mut self,
        wishes: impl FnOnce(AuthorizationRequest) -> AuthorizationRequest,
    ) -> (AwaitingCallback, AuthorizationResponse) {
        let (url, awaiting) = self.begin(wishes);
        let response = self.browser.visit(&url);
        if !self.signed_response {
            return (awaiting, response);
        }
        // Keycloak makes keys for an algorithm when it first signs with it.
        let unverified = self.client.jarm(response).unwrap();
        let response = unverified.verify_with(&mut KeyCache::new(), SystemTime::now(), send);
        (awaiting, response.unwrap())
    }

    fn verify(&mut self, wishes: impl FnOnce(AuthorizationRequest) -> AuthorizationRequest) -> Result<Tokens, Error> {
        let (awaiting, response) = self.visit(wishes);
        let unverified = awaiting.receive(&self.client, response, SystemTime::now())?.send_with(send)?;
        unverified.verify_with(&mut KeyCache::new(), SystemTime::now(), send)
    }
}

fn key(algorithm: &str) -> PrivateKey {
    PrivateKey::generate(algorithm).unwrap().with_key_id(format!("signs-{algorithm}"))
}

/// A login, UserInfo, a refresh, an introspection and a revocation.
fn assert_goes_its_way(login: &mut Login, token_type: &str, what: &str) {
    let session = begin_and_refresh(login, token_type, what);
    let introspection = introspect(login, &session).expect(what);
    assert_eq!((&introspection["active"], &introspection["client_id"]), (&json!(true), &json!(session.client_id())));
    assert_eq!(introspection["cnf"]["jkt"].is_string(), token_type == "DPoP", "{what}: {introspection}");
    login.client.revoke(session.refresh_token().unwrap(), SystemTime::now()).unwrap().send_with(send).expect(what);
    assert_eq!(introspect(login, &session).expect(what), json!({ "active": false }), "{what}");
}

fn begin_and_refresh(login: &mut Login, token_type: &str, what: &str) -> Session {
    let mode = if login.signed_response { ResponseMode::JWT } else { ResponseMode::QUERY };
    let tokens = login.verify(|request| request.scope("openid email").response_mode(mode));
    let mut session = tokens.unwrap_or_else(|error| panic!("{what}: {error:?}")).into_session(SystemTime::now());
    assert_eq!(session.token_type().as_ref(), token_type, "{what}");
    assert_eq!(userinfo(&login.client, &session).expect(what), session.sub());

    let first = session.access_token().clone();
    session.expire_access_token();
    let Ok(Access::Refresh(refresh)) = session.access(&login.client, SystemTime::now()) else { panic!("{what}") };
    let unverified = refresh.send_with(send).expect(what);
    let refreshed = unverified.verify_with(&mut KeyCache::new(), SystemTime::now(), send).expect(what);
    session.refreshed(refreshed, SystemTime::now()).unwrap();
    assert_ne!(session.access_token().secret(), first.secret());
    assert_eq!(session.token_type().as_ref(), token_type, "{what}");
    assert_eq!(userinfo(&login.client, &session).expect(what), session.sub());
    session
}

fn introspect(login: &Login, session: &Session) -> Result<Value, Error> {
    let now = SystemTime::now();
    let unverified = login.client.introspect(session.access_token(), now)?.send_with(send)?;
    Ok(unverified.verify(&login.keys, now)?.claims_as().unwrap())
}

/// Asks about the user, and gives their `sub`.
fn userinfo(client: &Client, session: &Session) -> Result<String, Error> {
    let now = SystemTime::now();
    let unverified = client.userinfo(session, now)?.send_with(send)?;
    Ok(unverified.verify_with(&mut KeyCache::new(), now, send)?.sub().to_owned())
}
