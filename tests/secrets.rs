//! No public type and no error shows a secret, however it is printed. They are made from inputs whose secrets contain a mark,
//! and no output contains the mark.
#![cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::at;
use oidc_proto::http::header::WWW_AUTHENTICATE;
use oidc_proto::http::{HeaderMap, Request, Response};
use oidc_proto::{
    AccessToken, Algorithm, Assertion, AuthReqId, AuthorizationCode, AuthorizationRequest, AuthorizationResponse,
    AuthorizeError, AwaitingCallback, AwaitingLogout, AwaitingRequestUri, BackchannelRequest, Challenges, Client,
    ClientAssertion, ClientAuth, ClientBuilder, ClientCertificateRequired, ClientIdDocument, ClientIdentities,
    ClientMetadata, ClientNotificationToken, ClientSecret, CodeChallengeMethod, CodeVerifier, DeviceAuthorization,
    DeviceCode, Display, DpopNonces, Egress, Error, FrontChannelLogout, InitialAccessToken, Issuer, JwkSet, KeyCache,
    LogoutAnswer, LogoutError, LogoutReplays, LogoutRequest, LogoutResponse, LogoutToken, MtlsEndpointAliases, Nonce,
    OAuthErrorCode, Origin, PendingLogins, Poll, PrivateKey, Prompt, ProtectedResource, ProtectedResourceMetadata,
    ProviderMetadata, PushError, RefreshToken, Registration, RegistrationAccessToken, RegistrationChoice,
    RegistrationError, Remedy, ResponseMode, ScopeChoice, Search, Signer, State, TokenEndpointAuthMethod, TokenType,
    TokenTypeIdentifier, Tokens, UnverifiedTokens, UserHint,
};
use serde_json::{Map, Value, json};

/// Every secret contains it. A token contains its base64url, so that is searched for too.
const MARK: &str = "m4rkm4rkm4rkm4rkm4rkm4rkm4rkm4rkm4rkm4rkm4rkm4rk";

fn encoded_mark() -> String {
    URL_SAFE_NO_PAD.encode(MARK)
}

fn shown(value: &impl Debug) -> String {
    format!("{value:?}\n{value:#?}\n")
}

/// The texts of an error and of all its causes.
fn texts_of(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<String> = chain.map(|error| format!("{error}\n{error:?}\n{error:#?}\n")).collect();
    texts.concat()
}

fn assert_unmarked(what: &str, text: &str) {
    assert!(!text.contains(MARK) && !text.contains(&encoded_mark()), "{what} shows a secret: {text}");
    // Nor a part of it, shortened for a message.
    assert!(!text.contains("m4rk"), "{what} shows a part of a secret: {text}");
}

fn metadata() -> ProviderMetadata {
    let mut metadata = ProviderMetadata::new("https://id.example");
    metadata.authorization_endpoint = Some("https://id.example/authorize".to_owned());
    metadata.token_endpoint = Some("https://id.example/token".to_owned());
    metadata.jwks_uri = Some("https://id.example/keys".to_owned());
    metadata.userinfo_endpoint = Some("https://id.example/userinfo".to_owned());
    metadata.introspection_endpoint = Some("https://id.example/introspect".to_owned());
    metadata.revocation_endpoint = Some("https://id.example/revoke".to_owned());
    metadata.pushed_authorization_request_endpoint = Some("https://id.example/par".to_owned());
    metadata
}

fn builder(metadata: ProviderMetadata) -> ClientBuilder {
    Client::builder(metadata, "app", ClientAuth::secret(MARK)).redirect_uri("https://app.example/cb")
}

fn client() -> Client {
    builder(metadata()).build().unwrap()
}

fn client_with(change: impl FnOnce(&mut ProviderMetadata)) -> Client {
    let mut metadata = metadata();
    change(&mut metadata);
    builder(metadata.danger_allow_http()).build().unwrap()
}

fn request(client: &Client) -> AuthorizationRequest {
    let request = client.authorize().state(MARK).nonce(MARK).code_verifier(MARK).login_hint(MARK).id_token_hint(MARK);
    request.extra("secret", MARK).authorization_details(&json!([{ "type": MARK }]))
}

fn plain_request(client: &Client) -> AuthorizationRequest {
    let request = client
        .authorize_oauth()
        .scope("api")
        .state(MARK)
        .nonce(MARK)
        .code_verifier(MARK)
        .login_hint(MARK)
        .id_token_hint(MARK);
    request.extra("secret", MARK)
}

fn begin(client: &Client) -> AwaitingCallback {
    request(client).start(at(0)).unwrap().1
}

fn call_back(client: &Client, query: &str) -> Result<oidc_proto::RoundTrip<oidc_proto::AwaitingTokens>, Error> {
    Ok(begin(client).receive(client, AuthorizationResponse::from_query(query)?, at(0))?)
}

fn answer(status: u16, body: impl Into<String>) -> Response<String> {
    Response::builder().status(status).body(body.into()).unwrap()
}

fn good_callback() -> String {
    format!("code={MARK}&state={MARK}&error_description={MARK}&x={MARK}")
}

fn exchange(client: &Client, status: u16, body: impl Into<String>) -> Result<UnverifiedTokens, Error> {
    let (_, awaiting) = call_back(client, &good_callback())?.into_parts();
    Ok(awaiting.receive(&answer(status, body))?)
}

/// A token response whose ID token has these claims beside, or instead of, the good ones.
fn id_token(header: &Value, changes: Value) -> String {
    let mut claims = json!({
        "iss": "https://id.example", "sub": "ada", "aud": "app", "exp": 1_700_000_300_u64, "iat": 1_700_000_000_u64,
        "nonce": MARK, "email": MARK, "secret": MARK,
    });
    let Value::Object(changes) = changes else { panic!("not an object") };
    claims.as_object_mut().unwrap().extend(changes);
    let parts = [header.to_string(), claims.to_string(), MARK.to_owned()];
    parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

/// A JWE that nothing decrypts.
fn encrypted(algorithm: &str) -> String {
    let header = json!({ "alg": algorithm, "enc": "A256GCM", "x": MARK }).to_string();
    let mark = encoded_mark();
    [&URL_SAFE_NO_PAD.encode(header), mark.as_str(), &mark, &mark, &mark].join(".")
}

fn token_response(id_token: &str) -> String {
    json!({
        "access_token": MARK, "refresh_token": MARK, "id_token": id_token, "device_secret": MARK, "token_type": "Bearer",
        "authorization_details": [{ "type": MARK }],
    })
    .to_string()
}

fn log_in(client: &Client, id_token: &str) -> Result<Tokens, Error> {
    Ok(exchange(client, 200, token_response(id_token))?.verify_trusting_tls(at(0))?)
}

fn with_claims(changes: Value) -> Result<Tokens, Error> {
    log_in(&client(), &id_token(&json!({ "alg": "RS256" }), changes))
}

fn with_header(header: &Value) -> Result<Tokens, Error> {
    log_in(&client(), &id_token(header, json!({})))
}

/// At least one error of each variant.
fn errors() -> Vec<Error> {
    let mut errors = Vec::new();
    metadata_errors(&mut errors);
    client_errors(&mut errors);
    authorize_errors(&mut errors);
    push_errors(&mut errors);
    callback_errors(&mut errors);
    jarm_errors(&mut errors);
    token_errors(&mut errors);
    keys_errors(&mut errors);
    id_token_errors(&mut errors);
    session_errors(&mut errors);
    userinfo_errors(&mut errors);
    introspection_and_revocation_errors(&mut errors);
    challenge_errors(&mut errors);
    logout_errors(&mut errors);
    logout_token_errors(&mut errors);
    let (_, failing) = (client(), |_| Err::<Response<String>, _>(std::io::Error::other("the cable")));
    errors.push(call_back(&client(), &good_callback()).unwrap().send_with(failing).unwrap_err());
    errors
}

fn too_large() -> String {
    MARK.repeat((1 << 20) / MARK.len() + 1)
}

fn metadata_errors(errors: &mut Vec<Error>) {
    let mut discover = |status, body: String| {
        let (_, awaiting) = Issuer::new("https://id.example").unwrap().discover().into_parts();
        errors.push(awaiting.receive(&answer(status, body)).unwrap_err().into());
    };
    discover(500, MARK.to_owned());
    discover(200, too_large());
    discover(200, MARK.to_owned());
    discover(200, json!({ "x": MARK }).to_string());
    discover(200, json!({ "issuer": [MARK] }).to_string());
    discover(200, json!({ "issuer": "https://id.example", "token_endpoint": MARK }).to_string());
    discover(200, json!({ "issuer": "https://id.example", "token_endpoint": format!("http://{MARK}") }).to_string());
    discover(200, json!({ "issuer": "https://evil.example", "x": MARK }).to_string());
    discover(200, format!(r#"{{"issuer":"https://id.example","x":"{MARK}","x":"{MARK}"}}"#));
    for issuer in [format!("https://ada:{MARK}@id.example"), format!("http://id.example/{MARK}")] {
        errors.push(Issuer::new(issuer).unwrap_err().into());
    }
}

fn client_errors(errors: &mut Vec<Error>) {
    let mut refuse = |builder: ClientBuilder| errors.push(builder.build().unwrap_err().into());
    let with = |change: fn(&mut ProviderMetadata)| {
        let mut metadata = metadata();
        change(&mut metadata);
        builder(metadata)
    };
    refuse(builder(metadata()).redirect_uri(format!("https://ada:{MARK}@app.example")));
    refuse(builder(metadata()).redirect_uri(format!("http://app.example/{MARK}")));
    refuse(builder(metadata()).redirect_uri(format!("https://app.example/?state={MARK}")));
    refuse(Client::builder(metadata(), "", ClientAuth::secret(MARK)));
    refuse(with(|metadata| {
        metadata.token_endpoint_auth_methods_supported = vec![TokenEndpointAuthMethod::PRIVATE_KEY_JWT];
    }));
    refuse(Client::builder(metadata(), MARK, ClientAuth::secret("")));
    refuse(builder(metadata()).id_token_signed_response_algs([Algorithm::HS512]));
    refuse(with(|metadata| metadata.token_endpoint = Some(format!("https://ada:{MARK}@id.example/token"))));
}

fn authorize_errors(errors: &mut Vec<Error>) {
    let bare = Client::builder(metadata(), "app", ClientAuth::secret(MARK)).build().unwrap();
    let silent = client_with(|metadata| metadata.authorization_endpoint = None);
    let old =
        client_with(|metadata| metadata.code_challenge_methods_supported = Some(vec![CodeChallengeMethod::PLAIN]));
    let pushed = client_with(|metadata| metadata.require_pushed_authorization_requests = true);
    let client = client();
    for request in [
        request(&bare),
        request(&silent),
        request(&old),
        request(&pushed),
        request(&client).code_verifier(format!("{MARK} {MARK}")),
        request(&client).prompts([Prompt::NONE, Prompt::LOGIN]),
        request(&client).scope(format!("openid \"{MARK}\"")),
        request(&client).redirect_uri(format!("https://app.example/cb?state={MARK}")),
        request(&client).extra("state", MARK),
        request(&client).authorization_details(&json!({ "type": MARK })),
    ] {
        errors.push(request.start(at(0)).unwrap_err().into());
    }
    errors.push(AuthorizeError::Randomness("the system has none".into()).into());
}

fn push(client: &Client) -> AwaitingRequestUri {
    request(client).push(at(0)).unwrap().into_parts().1
}

fn push_errors(errors: &mut Vec<Error>) {
    let no_endpoint = client_with(|metadata| metadata.pushed_authorization_request_endpoint = None);
    errors.push(request(&no_endpoint).push(at(0)).unwrap_err().into());
    for (status, body) in [
        (400, json!({ "error": "invalid_request", "error_description": MARK, "error_uri": MARK }).to_string()),
        (500, MARK.to_owned()),
        (201, MARK.to_owned()),
        (201, json!({ "expires_in": 60, "x": MARK }).to_string()),
        (201, json!({ "request_uri": [MARK] }).to_string()),
        (201, json!({ "request_uri": MARK, "expires_in": MARK }).to_string()),
        (202, json!({ "request_uri": MARK }).to_string()),
    ] {
        errors.push(push(&client()).receive(&answer(status, body)).unwrap_err().into());
    }
}

fn callback_errors(errors: &mut Vec<Error>) {
    for query in [
        format!("code={MARK}&code={MARK}"),
        format!("code={MARK}"),
        format!("code={MARK}&state=x{MARK}"),
        format!("code={MARK}&state={MARK}&iss=https://{MARK}"),
        format!("state={MARK}&error=access_denied&error_description={MARK}&error_uri=https://{MARK}"),
        format!("code={MARK}&state={MARK}&id_token={MARK}&access_token={MARK}"),
        format!("state={MARK}&x={MARK}"),
    ] {
        errors.push(call_back(&client(), &query).unwrap_err());
    }
    let promising = client_with(|metadata| metadata.authorization_response_iss_parameter_supported = true);
    let without_iss = format!("state={MARK}&error=login_required&error_description={MARK}");
    errors.push(call_back(&promising, &without_iss).unwrap_err());
    let no_endpoint = client_with(|metadata| metadata.token_endpoint = None);
    errors.push(call_back(&no_endpoint, &good_callback()).unwrap_err());
    errors.push(AuthorizationResponse::from_url(&format!("{MARK}?code={MARK}")).unwrap_err().into());
    let response = |target: &str| AuthorizationResponse::from_url(&format!("{target}?{}", good_callback())).unwrap();
    let mut refuse = |client: &Client, target: &str, now: SystemTime| {
        errors.push(begin(&self::client()).receive(client, response(target), now).unwrap_err().into());
    };
    refuse(&client(), "/elsewhere", at(0));
    refuse(&client(), "/cb", at(100_000));
    let other = Client::builder(metadata(), "other", ClientAuth::secret(MARK)).build().unwrap();
    refuse(&other, "/cb", at(0));
}

/// A response that is a JWT, with these changes. Nobody signed it.
fn signed_response(changes: Value) -> AuthorizationResponse {
    let compact = id_token(&json!({ "alg": "RS256" }), changes);
    AuthorizationResponse::from_parameters([("response", compact), ("x", MARK.to_owned())]).unwrap()
}

fn jarm_errors(errors: &mut Vec<Error>) {
    let client = client();
    let (_, awaiting) = request(&client).response_mode(ResponseMode::JWT).start(at(0)).unwrap();
    let plain = || AuthorizationResponse::from_query(&good_callback()).unwrap();
    errors.push(awaiting.receive(&client, plain(), at(0)).unwrap_err().into());
    errors.push(client.jarm(plain()).unwrap_err().into());
    let mut refuse = |claims| {
        let unverified = client.jarm(signed_response(claims)).unwrap();
        errors.push(unverified.verify(&keys(), at(0)).unwrap_err().into());
    };
    refuse(json!({ "code": MARK, "state": MARK }));
    refuse(json!({ "iss": MARK }));
    refuse(json!({ "aud": ["app", MARK] }));
    refuse(json!({ "exp": MARK }));
}

fn token_errors(errors: &mut Vec<Error>) {
    for (status, body) in [
        (400, json!({ "error": "invalid_grant", "error_description": MARK, "error_uri": MARK }).to_string()),
        (500, MARK.to_owned()),
        (200, too_large()),
        (200, MARK.to_owned()),
        (200, json!({ "id_token": MARK, "refresh_token": MARK }).to_string()),
        (200, json!({ "id_token": MARK, "access_token": [MARK] }).to_string()),
        (200, json!({ "id_token": MARK, "access_token": MARK, "expires_in": MARK }).to_string()),
        (200, json!({ "id_token": MARK, "access_token": MARK, "token_type": "mac" }).to_string()),
        (200, json!({ "access_token": MARK }).to_string()),
    ] {
        errors.push(exchange(&client(), status, body).unwrap_err());
    }
    let unverified = exchange(&client(), 200, token_response(MARK)).unwrap();
    errors.push(unverified.into_oauth_tokens().unwrap_err().into());
}

fn keys_errors(errors: &mut Vec<Error>) {
    for (status, body) in [
        (500, MARK.to_owned()),
        (200, too_large()),
        (200, MARK.to_owned()),
        (200, json!({ "x": MARK }).to_string()),
        (200, json!({ "keys": MARK }).to_string()),
    ] {
        let (_, awaiting) = client().fetch_keys().unwrap().into_parts();
        errors.push(awaiting.receive(&answer(status, body)).unwrap_err().into());
    }
    errors.push(client_with(|metadata| metadata.jwks_uri = None).fetch_keys().unwrap_err().into());
    errors.push(oidc_proto::KeysError::Unavailable { retry_after: Duration::from_secs(5) }.into());
}

fn session_errors(errors: &mut Vec<Error>) {
    let login = id_token(&json!({ "alg": "RS256" }), json!({}));
    let mut session = log_in(&client(), &login).unwrap().into_session(at(0));
    let other = Client::builder(metadata(), "other", ClientAuth::secret(MARK)).build().unwrap();
    errors.push(session.access(&other, at(0)).unwrap_err().into());
    session.expire_access_token();
    let no_endpoint = client_with(|metadata| metadata.token_endpoint = None);
    errors.push(session.access(&no_endpoint, at(0)).unwrap_err().into());
    for claims in [json!({ "sub": MARK }), json!({ "auth_time": 1_700_000_000 - 5 })] {
        let login = id_token(&json!({ "alg": "RS256" }), json!({ "auth_time": 1_700_000_000 }));
        let mut session = log_in(&client(), &login).unwrap().into_session(at(0));
        session.expire_access_token();
        let Ok(oidc_proto::Access::Refresh(round_trip)) = session.access(&client(), at(0)) else { panic!("it is due") };
        let response = answer(200, token_response(&id_token(&json!({ "alg": "RS256" }), claims)));
        let unverified = round_trip.into_parts().1.receive(&response).unwrap();
        errors.push(unverified.verify_trusting_tls(at(0)).unwrap_err().into());
    }
    let request = client().refresh(&RefreshToken::new(MARK)).extra("client_id", MARK);
    errors.push(request.start(at(0)).unwrap_err().into());
    let request = client().refresh(&RefreshToken::new(MARK)).authorization_details(&json!({ "type": MARK }));
    errors.push(request.start(at(0)).unwrap_err().into());
}

fn id_token_errors(errors: &mut Vec<Error>) {
    let now = 1_700_000_000_u64;
    let rs256 = json!({ "alg": "RS256" });
    let mut refuse = |result: Result<Tokens, Error>| errors.push(result.unwrap_err());
    refuse(log_in(&client(), MARK));
    refuse(log_in(&client(), &[&*encoded_mark(); 3].join(".")));
    refuse(log_in(&client(), &[&*encoded_mark(); 5].join(".")));
    refuse(log_in(&client(), &encrypted("RSA-OAEP")));
    refuse(log_in(&client(), &encrypted("dir")));
    let must_be_encrypted = builder(metadata()).id_token_encrypted_response_alg("dir").build().unwrap();
    refuse(log_in(&must_be_encrypted, &id_token(&rs256, json!({}))));
    refuse(with_header(&json!({ "alg": "RS256", "typ": MARK })));
    refuse(with_header(&json!({ "alg": "RS256", "crit": [MARK] })));
    refuse(with_header(&json!({ "alg": "none", "x": MARK })));
    refuse(with_claims(json!({ "sub": null })));
    refuse(with_claims(json!({ "sub": [MARK] })));
    refuse(with_claims(json!({ "exp": MARK })));
    refuse(with_claims(json!({ "iss": MARK })));
    refuse(with_claims(json!({ "aud": MARK })));
    refuse(with_claims(json!({ "aud": ["app", MARK] })));
    refuse(with_claims(json!({ "azp": MARK })));
    refuse(with_claims(json!({ "exp": now - 100 })));
    refuse(with_claims(json!({ "nbf": now + 100 })));
    refuse(with_claims(json!({ "iat": now + 100 })));
    refuse(with_claims(json!({ "nonce": null })));
    refuse(with_claims(json!({ "nonce": format!("x{MARK}") })));
    refuse(with_claims(json!({ "at_hash": MARK })));
    refuse(with_claims(json!({ "c_hash": MARK })));
    let insecure = client_with(|metadata| metadata.token_endpoint = Some("http://id.example/token".to_owned()));
    refuse(log_in(&insecure, &id_token(&rs256, json!({}))));

    let demanding = |auth_time: Value| {
        let client = client();
        let request = request(&client).max_age(Duration::from_secs(60)).require_acr_values([MARK]);
        let response = AuthorizationResponse::from_query(&good_callback()).unwrap();
        let (_, awaiting) = request.start(at(0)).unwrap().1.receive(&client, response, at(0))?.into_parts();
        let claims = json!({ "auth_time": auth_time, "acr": MARK });
        Ok(awaiting.receive(&answer(200, token_response(&id_token(&rs256, claims))))?.verify_trusting_tls(at(0))?)
    };
    refuse(demanding(Value::Null));
    refuse(demanding(json!(now - 1000)));
    let client = client();
    let response = AuthorizationResponse::from_query(&good_callback()).unwrap();
    let (_, awaiting) = request(&client).require_acr_values(["gold"]).start(at(0)).unwrap();
    let (_, awaiting) = awaiting.receive(&client, response, at(0)).unwrap().into_parts();
    let weak = awaiting.receive(&answer(200, token_response(&id_token(&rs256, json!({ "acr": MARK }))))).unwrap();
    refuse(weak.verify_trusting_tls(at(0)).map_err(Into::into));

    let (_, awaiting) = plain_request(&client).start(at(0)).unwrap();
    let response = AuthorizationResponse::from_query(&good_callback()).unwrap();
    let (_, awaiting) = awaiting.receive(&client, response, at(0)).unwrap().into_parts();
    let plain = awaiting.receive(&answer(200, token_response(MARK))).unwrap();
    refuse(plain.verify_trusting_tls(at(0)).map_err(Into::into));

    for kid in ["nobody's", "an-rsa-key", "a-curve"] {
        let header = json!({ "alg": "RS256", "kid": kid, "x": MARK });
        let unverified = exchange(&client, 200, token_response(&id_token(&header, json!({})))).unwrap();
        refuse(unverified.verify(&keys(), at(0)).map_err(Into::into));
    }
}

fn userinfo_errors(errors: &mut Vec<Error>) {
    let mut refuse = |error: Result<_, oidc_proto::UserInfoError>| errors.push(error.map(drop).unwrap_err().into());
    let compact = id_token(&json!({ "alg": "RS256" }), json!({}));
    let tokens = log_in(&client(), &compact).unwrap();
    refuse(client_with(|metadata| metadata.userinfo_endpoint = None).userinfo(&tokens, at(0)).map(drop));
    refuse(Client::builder(metadata(), MARK, ClientAuth::none()).build().unwrap().userinfo(&tokens, at(0)).map(drop));
    let signed = builder(metadata()).userinfo_signed_response_algs([Algorithm::RS256]).build().unwrap();
    let ask = |client: &Client, response: &Response<String>| {
        let (_, awaiting) = client.userinfo(&tokens, at(0)).unwrap().into_parts();
        awaiting.receive(response)?.verify(&keys(), at(0)).map(drop)
    };
    let mut refused = answer(401, MARK);
    let challenge = format!(r#"Bearer error="invalid_token", realm="{MARK}", x="{MARK}", Negotiate {MARK}"#);
    refused.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
    refuse(ask(&client(), &refused));
    refuse(ask(&client(), &answer(200, json!({ "sub": MARK, "x": MARK }).to_string())));
    refuse(ask(&client(), &answer(200, MARK)));
    refuse(ask(&client(), &answer(200, compact)));
    refuse(ask(&signed, &answer(200, json!({ "sub": "ada", "x": MARK }).to_string())));
}

fn introspection_and_revocation_errors(errors: &mut Vec<Error>) {
    let token = AccessToken::new(MARK);
    let without = client_with(|metadata| {
        metadata.introspection_endpoint = None;
        metadata.revocation_endpoint = None;
    });
    errors.push(without.introspect(&token, at(0)).unwrap_err().into());
    errors.push(without.revoke(&token, at(0)).unwrap_err().into());
    let oauth_error = json!({ "error": "e", "error_description": MARK, "x": MARK }).to_string();
    for (status, body) in [(400, oauth_error), (400, MARK.to_owned())] {
        let (_, awaiting) = client().introspect(&token, at(0)).unwrap().into_parts();
        errors.push(awaiting.receive(&answer(status, body.clone())).unwrap_err().into());
        let (_, awaiting) = client().revoke(&token, at(0)).unwrap().into_parts();
        errors.push(awaiting.receive(&answer(status, body)).unwrap_err().into());
    }
    let signed = builder(metadata()).introspection_signed_response_algs([Algorithm::RS256]).build().unwrap();
    let (_, awaiting) = signed.introspect(&token, at(0)).unwrap().into_parts();
    let unverified = awaiting.receive(&answer(200, json!({ "active": true, "sub": MARK }).to_string())).unwrap();
    errors.push(unverified.verify(&keys(), at(0)).unwrap_err().into());
}

fn challenge_errors(errors: &mut Vec<Error>) {
    for header in [format!("Bearer {MARK}=\"{MARK}"), format!(r#"Bearer x="{MARK}", x="{MARK}""#)] {
        errors.push(Challenges::from_headers(&challenge(&header)).unwrap_err().into());
    }
}

fn challenge(header: &str) -> HeaderMap {
    HeaderMap::from_iter([(WWW_AUTHENTICATE, header.parse().unwrap())])
}

/// Values of the calls after a login, by the name of their type.
fn values_after_login(client: &Client, tokens: &Tokens) -> Vec<(&'static str, String)> {
    let (userinfo, awaiting_userinfo) = client.userinfo(tokens, at(0)).unwrap().into_parts();
    assert!(!shown(&userinfo).contains(MARK), "http::Request shows the access token");
    let awaiting_userinfo_shown = shown(&awaiting_userinfo);
    let unverified_userinfo =
        awaiting_userinfo.receive(&answer(200, json!({ "sub": "ada", "x": MARK }).to_string())).unwrap();
    let token = RefreshToken::new(MARK);
    let (_, awaiting_introspection) = client.introspect(&token, at(0)).unwrap().into_parts();
    let awaiting_introspection_shown = shown(&awaiting_introspection);
    let members = json!({ "active": true, "sub": "ada", "username": MARK, "x": MARK }).to_string();
    let unverified_introspection = awaiting_introspection.receive(&answer(200, members)).unwrap();
    let header = format!(r#"Bearer realm="{MARK}", scope="{MARK}", error="invalid_token", Negotiate {MARK}"#);
    let challenges = Challenges::from_headers(&challenge(&header)).unwrap();
    vec![
        ("AwaitingUserInfo", awaiting_userinfo_shown),
        ("UserInfo", shown(&unverified_userinfo.verify_trusting_tls(at(0)).unwrap())),
        ("UnverifiedUserInfo", shown(&unverified_userinfo)),
        ("AwaitingIntrospection", awaiting_introspection_shown),
        ("Introspection", shown(&unverified_introspection.verify_trusting_tls(at(0)).unwrap())),
        ("UnverifiedIntrospection", shown(&unverified_introspection)),
        ("AwaitingRevocation", shown(&client.revoke(&token, at(0)).unwrap().into_parts().1)),
        ("Challenges", shown(&challenges)),
        ("Challenge", shown(&challenges.iter().next().unwrap())),
        ("BearerChallenge", shown(&challenges.bearer().unwrap())),
    ]
}

/// A client that logs out, and whose tokens are signed with its secret.
fn client_of_logout() -> Client {
    let mut metadata = metadata();
    metadata.end_session_endpoint = Some("https://id.example/logout".to_owned());
    builder(metadata).id_token_signed_response_algs([Algorithm::HS256]).build().unwrap()
}

fn log_out(client: &Client) -> LogoutRequest {
    let request = client.log_out().id_token_hint_text(MARK).logout_hint(MARK).extra("secret", MARK);
    request.post_logout_redirect_uri("https://app.example/signed-out").state(MARK)
}

fn logout_errors(errors: &mut Vec<Error>) {
    let client = client_of_logout();
    let other = Client::builder(metadata(), "other", ClientAuth::secret(MARK)).build().unwrap();
    for request in [
        log_out(&self::client()),
        log_out(&client).post_logout_redirect_uri(format!("https://ada:{MARK}@app.example")),
        log_out(&client).ui_locales([format!("{MARK} {MARK}")]),
        log_out(&client).extra("state", MARK),
    ] {
        errors.push(request.start().unwrap_err().into());
    }
    errors.push(LogoutError::Randomness("the system has none".into()).into());
    for url in [format!("/signed-out?state={MARK}&state={MARK}"), format!("{MARK}?state={MARK}")] {
        errors.push(LogoutResponse::from_url(&url).unwrap_err().into());
    }
    let awaiting = || log_out(&client).start().unwrap().1.unwrap();
    for (client, url) in [
        (&client, format!("/elsewhere?state={MARK}")),
        (&client, format!("/signed-out?x={MARK}")),
        (&client, format!("/signed-out?state=x{MARK}")),
        (&other, format!("/signed-out?state={MARK}")),
    ] {
        errors.push(awaiting().receive(client, LogoutResponse::from_url(&url).unwrap()).unwrap_err().into());
    }
    for query in [format!("sid={MARK}"), format!("sid={MARK}&iss=https://{MARK}")] {
        errors.push(FrontChannelLogout::from_query(&client, &query).unwrap_err().into());
    }
}

/// The body of a back-channel logout request, signed with the client secret.
fn logout_body(changes: Value) -> String {
    let mut claims = json!({
        "iss": "https://id.example", "aud": "app", "iat": 1_700_000_000_u64, "jti": MARK, "sid": MARK, "x": MARK,
        "events": { "http://schemas.openid.net/event/backchannel-logout": { "x": MARK } },
    });
    let Value::Object(changes) = changes else { panic!("not an object") };
    claims.as_object_mut().unwrap().extend(changes);
    let input = [json!({ "alg": "HS256" }), claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, MARK.as_bytes());
    let signature = aws_lc_rs::hmac::sign(&key, input.as_bytes());
    format!("logout_token={input}.{}&x={MARK}", URL_SAFE_NO_PAD.encode(signature))
}

fn logout_token(changes: Value) -> Result<LogoutToken, Error> {
    Ok(client_of_logout().logout_token(logout_body(changes))?.verify(&JwkSet::default(), at(0))?)
}

fn logout_token_errors(errors: &mut Vec<Error>) {
    for body in [format!("x={MARK}"), format!("logout_token={MARK}&logout_token={MARK}"), format!("{MARK}=%FF")] {
        errors.push(client_of_logout().logout_token(body).unwrap_err().into());
    }
    for changes in [
        json!({ "nonce": MARK }),
        json!({ "iat": 1_600_000_000_u64 }),
        json!({ "events": { "x": MARK } }),
        json!({ "events": [MARK] }),
        json!({ "aud": ["app", MARK] }),
    ] {
        errors.push(logout_token(changes).unwrap_err());
    }
}

/// Keys of a provider, with unknown members and a shared secret that was published by mistake.
fn keys() -> JwkSet {
    let modulus = URL_SAFE_NO_PAD.encode([0xff; 256]);
    let set = json!({
        "keys": [
            { "kty": "RSA", "kid": "an-rsa-key", "n": modulus, "e": "AQAB", "z": MARK },
            { "kty": "EC", "kid": "a-curve", "crv": "P-256", "x": MARK, "y": MARK },
            { "kty": "oct", "kid": "shared", "k": MARK },
        ],
        "x": MARK,
    });
    JwkSet::from_json(set.to_string()).unwrap()
}

/// A value of every public type but the errors, by the name of the type.
fn values() -> Vec<(&'static str, String)> {
    let client = client();
    let awaiting_callback = begin(&client);
    let mut pending = PendingLogins::default();
    pending.insert(awaiting_callback.clone());
    let form = format!("{}&iss=https://{MARK}&id_token={MARK}&response={MARK}&user={MARK}", good_callback());
    let response = AuthorizationResponse::from_form(form).unwrap().at(&format!("/cb?y={MARK}")).unwrap();
    let token_request = call_back(&client, &good_callback()).unwrap();
    let (_, awaiting_tokens) = call_back(&client, &good_callback()).unwrap().into_parts();
    let compact = id_token(&json!({ "alg": "RS256", "kid": "an-rsa-key" }), json!({}));
    let unverified = exchange(&client, 200, token_response(&compact)).unwrap();
    let tokens = unverified.verify_trusting_tls(at(0)).unwrap();
    let (_, plain) = plain_request(&client).start(at(0)).unwrap();
    let plain = plain.receive(&client, AuthorizationResponse::from_query(&good_callback()).unwrap(), at(0)).unwrap();
    let plain = plain.into_parts().1.receive(&answer(200, token_response(MARK))).unwrap();
    let (discovery, awaiting_metadata) = Issuer::new("https://id.example").unwrap().discover().into_parts();
    let mut cache = KeyCache::new();
    let keys_for = cache.keys_for(&unverified, at(0)).unwrap();
    cache.store(keys(), at(0));
    let oauth_error = match call_back(&client, &format!("state={MARK}&error=e&error_description={MARK}")) {
        Err(Error::Callback(oidc_proto::CallbackError::Provider { error, .. })) => error,
        other => panic!("{other:?}"),
    };
    let (access, refresh, session) = session_values(&client, &tokens);
    vec![
        ("Access", access),
        ("AwaitingRefresh", refresh[0].clone()),
        ("RefreshRequest", shown(&client.refresh(&RefreshToken::new(MARK)).scope(MARK).extra("x", MARK))),
        ("Refreshed", refresh[2].clone()),
        ("Session", session),
        ("UnverifiedRefresh", refresh[1].clone()),
        ("AccessToken", shown(&AccessToken::new(MARK))),
        ("Algorithm", shown(&Algorithm::RS256)),
        ("AuthorizationCode", shown(&AuthorizationCode::new(MARK))),
        ("AuthorizationRequest", shown(&request(&client)) + &shown(&request(&client).signed_by(Misfit))),
        ("AuthorizationResponse", shown(&response)),
        ("AwaitingCallback", shown(&awaiting_callback)),
        (
            "UnverifiedAuthorizationResponse",
            shown(&client.jarm(signed_response(json!({ "code": MARK, "state": MARK }))).unwrap()),
        ),
        ("AwaitingKeys", shown(&client.fetch_keys().unwrap().into_parts().1)),
        ("AwaitingMetadata", shown(&awaiting_metadata) + &shown(&discovery)),
        ("AwaitingTokens", shown(&awaiting_tokens)),
        ("Client", shown(&client)),
        ("ClientAuth", shown(&ClientAuth::secret(MARK)) + &shown(&ClientAuth::client_secret_basic(MARK))),
        ("ClientAuth", shown(&ClientAuth::client_secret_basic_unencoded(MARK))),
        ("ClientAuth", shown(&ClientAuth::client_secret_post(MARK)) + &shown(&ClientAuth::none())),
        ("ClientBuilder", shown(&builder(metadata())) + &shown(&builder(metadata()).request_object_signer(Misfit))),
        ("ClientSecret", shown(&ClientSecret::new(MARK))),
        ("CodeChallengeMethod", shown(&CodeChallengeMethod::S256)),
        ("CodeVerifier", shown(&CodeVerifier::new(MARK))),
        ("Display", shown(&Display::PAGE)),
        ("ExtraMembers", shown(tokens.extra())),
        ("IdToken", shown(tokens.id_token())),
        ("Issuer", shown(&Issuer::new("https://id.example").unwrap())),
        ("JwkSet", shown(&keys())),
        ("KeyCache", shown(&cache)),
        ("KeysFor", shown(&keys_for)),
        ("Nonce", shown(&Nonce::new(MARK))),
        ("OAuthError", shown(&oauth_error) + &oauth_error.to_string()),
        ("OAuthErrorCode", shown(&OAuthErrorCode::ACCESS_DENIED)),
        ("OAuthTokens", shown(&plain.into_oauth_tokens().unwrap())),
        ("PendingLogins", shown(&pending)),
        ("Prompt", shown(&Prompt::LOGIN)),
        ("ProviderMetadata", shown(&metadata())),
        ("RefreshToken", shown(&RefreshToken::new(MARK))),
        ("Remedy", shown(&Remedy::RestartLogin)),
        ("ResponseMode", shown(&ResponseMode::FORM_POST)),
        ("RoundTrip", shown(&token_request)),
        ("State", shown(&State::new(MARK))),
        ("TokenEndpointAuthMethod", shown(&TokenEndpointAuthMethod::NONE)),
        ("TokenType", shown(&TokenType::BEARER)),
        ("Tokens", shown(&tokens)),
        ("UnverifiedTokens", shown(&unverified)),
        ("GrantType", shown(&oidc_proto::GrantType::REFRESH_TOKEN)),
        ("LoneIdToken", shown(&client.id_token(MARK))),
        ("TriedKey", shown(&oidc_proto::TriedKey::ClientSecret)),
        ("UnverifiedIdToken", shown(&client.id_token(MARK).with_nonce(MARK))),
    ]
}

/// What a session and its refresh show: `Access`; the three states of a refresh; `Session`.
fn session_values(client: &Client, tokens: &Tokens) -> (String, [String; 3], String) {
    let mut session = tokens.clone().into_session(at(0));
    let used = shown(&session.access(client, at(0)).unwrap());
    session.expire_access_token();
    let access = session.access(client, at(0)).unwrap();
    let handed_out = shown(&access);
    let oidc_proto::Access::Refresh(round_trip) = access else { panic!("a refresh is due") };
    let (_, awaiting) = round_trip.into_parts();
    let shown_awaiting = shown(&awaiting);
    let compact = id_token(&json!({ "alg": "RS256", "kid": "an-rsa-key" }), json!({}));
    let unverified = awaiting.receive(&answer(200, token_response(&compact))).unwrap();
    let refreshed = unverified.verify_trusting_tls(at(0)).unwrap();
    let states = [shown_awaiting, shown(&unverified), shown(&refreshed)];
    session.refreshed(refreshed, at(0)).unwrap();
    (used + &handed_out, states, shown(&session))
}

/// The same, for what a client brings of its own: a pushed request, a certificate.
fn values_of_clients_own() -> Vec<(&'static str, String)> {
    let pushed = push(&client()).receive(&answer(201, json!({ "request_uri": MARK }).to_string())).unwrap();
    vec![
        ("AwaitingRequestUri", shown(&push(&client()))),
        ("ClientAuth", shown(&ClientAuth::tls_client_auth()) + &shown(&ClientAuth::self_signed_tls_client_auth())),
        ("ClientCertificateRequired", shown(&required_certificate())),
        ("MtlsEndpointAliases", shown(&MtlsEndpointAliases::default())),
        ("PushedRequest", shown(&pushed)),
    ]
}

fn required_certificate() -> ClientCertificateRequired {
    let client = Client::builder(metadata(), "app", ClientAuth::tls_client_auth()).build().unwrap();
    let (request, _) = client.revoke(&AccessToken::new(MARK), at(0)).unwrap().into_parts();
    *request.extensions().get().unwrap()
}

/// The same, for a logout.
fn values_of_logout() -> Vec<(&'static str, String)> {
    let client = client_of_logout();
    let awaiting: AwaitingLogout = log_out(&client).start().unwrap().1.unwrap();
    let response = LogoutResponse::from_url(&format!("/signed-out?state={MARK}&x={MARK}")).unwrap();
    let notice = format!("iss=https%3A%2F%2Fid.example&sid={MARK}&x={MARK}");
    let token = logout_token(json!({})).unwrap();
    let mut replays = LogoutReplays::new();
    assert!(replays.first_time(&token, at(0)));
    vec![
        ("AwaitingLogout", shown(&awaiting)),
        ("FrontChannelLogout", shown(&FrontChannelLogout::from_query(&client, &notice).unwrap())),
        ("LogoutAnswer", shown(&LogoutAnswer::Refused) + &shown(&LogoutAnswer::Failed.into_response())),
        ("LogoutReplays", shown(&replays)),
        ("LogoutRequest", shown(&log_out(&client))),
        ("LogoutResponse", shown(&response)),
        ("LogoutToken", shown(&token)),
        ("UnverifiedLogoutToken", shown(&client.logout_token(logout_body(json!({}))).unwrap())),
    ]
}

/// A signer whose key is not to be seen, and which never signs.
struct Broken;

impl Signer for Broken {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn key_id(&self) -> Option<&str> {
        Some("key-1")
    }

    fn public_jwk(&self) -> Option<String> {
        None
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, oidc_proto::BoxError> {
        Err("the device is gone".into())
    }
}

/// A signer whose public half is none.
struct Misfit;

impl Signer for Misfit {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }

    fn key_id(&self) -> Option<&str> {
        Some("key-1")
    }

    fn public_jwk(&self) -> Option<String> {
        Some(json!({ "kty": "oct", "k": MARK }).to_string())
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, oidc_proto::BoxError> {
        Ok(MARK.as_bytes().to_vec())
    }
}

/// The errors of an authorization request that is signed, or must be.
fn errors_of_signed_requests() -> Vec<Error> {
    let client = client();
    let demanding = client_with(|metadata| metadata.require_signed_request_object = true);
    let requests = [
        request(&demanding),
        request(&client).signed_by(Broken),
        request(&client).signed_by(Misfit),
        request(&client).signed_by(Broken).extra("aud", MARK),
        request(&client).signed_by(Broken).extra("secret", MARK),
    ];
    let mut errors: Vec<Error> =
        requests.map(|request| request.start(at(0)).map(drop).unwrap_err().into()).into_iter().collect();
    errors.push(builder(metadata()).request_object_signer(Misfit).build().unwrap_err().into());
    errors
}

/// The errors of a client that signs, and cannot.
fn errors_of_keys() -> Vec<Error> {
    let client =
        |auth| Client::builder(metadata(), "app", auth).redirect_uri("https://app.example/cb").build().unwrap();
    let broken = client(ClientAuth::private_key_jwt(Broken));
    let remote = client(ClientAuth::private_key_jwt_remote("ES256", None));
    let no_key = PrivateKey::from_jwk(&json!({ "kty": "oct", "k": MARK, "kid": MARK }).to_string()).unwrap_err();
    let symmetric = ClientAuth::private_key_jwt_remote("HS256", None);
    vec![
        call_back(&broken, &good_callback()).unwrap_err(),
        broken.introspect(&AccessToken::new(MARK), at(0)).unwrap_err().into(),
        broken.revoke(&AccessToken::new(MARK), at(0)).unwrap_err().into(),
        broken.refresh(&RefreshToken::new(MARK)).start(at(0)).unwrap_err().into(),
        call_back(&remote, &good_callback()).unwrap_err(),
        broken.assertion_to_sign(at(0)).unwrap_err().into(),
        remote.assertion_to_sign(at(0)).unwrap().signed(MARK.as_bytes()).unwrap_err().into(),
        no_key.into(),
        Client::builder(metadata(), "app", symmetric).build().unwrap_err().into(),
        Client::builder(metadata(), "app", ClientAuth::secret(MARK)).fapi2().build().unwrap_err().into(),
        oidc_proto::SigningError::Randomness("none".into()).into(),
    ]
}

/// A client with a DPoP key that signs once, and its login.
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
fn bound_login(signer: impl Signer + 'static) -> (Client, Tokens) {
    let client = Client::builder(metadata(), "app", ClientAuth::secret(MARK)).redirect_uri("https://app.example/cb");
    let client = client.dpop(signer).build().unwrap();
    let body = token_response(&id_token(&json!({ "alg": "RS256" }), json!({}))).replace("Bearer", "DPoP");
    let tokens = exchange(&client, 200, body).unwrap().verify_trusting_tls(at(0)).unwrap();
    (client, tokens)
}

/// A response that asks for a nonce, at the token endpoint or at a resource.
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
fn nonce_wanted(status: u16) -> Response<String> {
    let challenge = format!(r#"DPoP error="use_dpop_nonce", x="{MARK}""#);
    let response = Response::builder().status(status).header("dpop-nonce", MARK).header(WWW_AUTHENTICATE, challenge);
    response.body(format!(r#"{{"error":"use_dpop_nonce","error_description":"{MARK}"}}"#)).unwrap()
}

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
fn errors_of_dpop() -> Vec<Error> {
    /// Signs as often as it says.
    struct Tired(PrivateKey, std::sync::atomic::AtomicU32);
    impl Signer for Tired {
        fn algorithm(&self) -> Algorithm {
            self.0.algorithm()
        }
        fn key_id(&self) -> Option<&str> {
            None
        }
        fn public_jwk(&self) -> Option<String> {
            Some(self.0.public_jwk())
        }
        fn sign(&self, message: &[u8]) -> Result<Vec<u8>, oidc_proto::BoxError> {
            use std::sync::atomic::Ordering::Relaxed;
            self.1.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).map_err(|_| "tired")?;
            Signer::sign(&self.0, message)
        }
    }
    let tired = |times: u32| Tired(PrivateKey::generate("ES256").unwrap(), times.into());
    let ask = |client: &Client| call_back(client, &good_callback()).unwrap().into_parts().1;
    let (client, tokens) = bound_login(PrivateKey::generate("ES256").unwrap());
    let (tired_client, tired_tokens) = bound_login(tired(1));
    let (_, awaiting) = client.userinfo(&tokens, at(0)).unwrap().into_parts();
    let mut request = Request::new(());
    let push = |signer: Tired| {
        let (client, _) = bound_login(signer);
        let (_, awaiting) = client.authorize().push(at(0)).unwrap().into_parts();
        awaiting.receive(&nonce_wanted(400)).unwrap_err()
    };
    let push_fails = push(tired(2));
    assert!(matches!(push_fails, PushError::Signing(_)));
    vec![
        push(tired(3)).into(),
        push_fails.into(),
        ask(&client).receive(&nonce_wanted(400)).unwrap_err().into(),
        ask(&bound_login(tired(2)).0).receive(&nonce_wanted(400)).unwrap_err().into(),
        awaiting.receive(&nonce_wanted(401)).unwrap_err().into(),
        tired_client.userinfo(&tired_tokens, at(0)).unwrap_err().into(),
        client.authorize_request(&mut request, tokens.access_token(), None, at(0)).unwrap_err().into(),
    ]
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
fn errors_of_dpop() -> Vec<Error> {
    Vec::new()
}

/// Grants that cannot be asked for.
fn errors_of_grants() -> Vec<Error> {
    let no_endpoint = client_with(|metadata| metadata.token_endpoint = None);
    let remote = Client::builder(metadata(), "app", ClientAuth::private_key_jwt_remote("ES256", None));
    let exchange = client().exchange(MARK, TokenTypeIdentifier::JWT).actor_token(MARK);
    vec![
        no_endpoint.client_credentials().start(at(0)).unwrap_err().into(),
        client().client_credentials().extra("client_secret", MARK).start(at(0)).unwrap_err().into(),
        exchange.start(at(0)).unwrap_err().into(),
        remote.build().unwrap().jwt_bearer(MARK).start(at(0)).unwrap_err().into(),
    ]
}

/// A client with the endpoints of logins on another device.
fn client_of_devices() -> Client {
    client_with(|metadata| {
        metadata.device_authorization_endpoint = Some("https://id.example/device".to_owned());
        metadata.backchannel_authentication_endpoint = Some("https://id.example/bc".to_owned());
    })
}

/// A login on another device, whose code and page are secret.
fn device() -> DeviceAuthorization {
    let (_, awaiting) = client_of_devices().device_authorization().start(at(0)).unwrap().into_parts();
    let body = json!({
        "device_code": MARK, "user_code": MARK, "verification_uri": "https://id.example/device", "expires_in": 600,
        "verification_uri_complete": format!("https://id.example/device?user_code={MARK}"), "x": MARK,
    });
    awaiting.receive(&answer(200, body.to_string())).unwrap()
}

fn backchannel() -> BackchannelRequest {
    let request = client_of_devices().backchannel_authentication(UserHint::Login(MARK.to_owned()));
    request.client_notification_token(MARK).user_code(MARK).binding_message(MARK).extra("x", MARK)
}

/// Logins on another device that cannot begin or go on.
fn errors_of_devices() -> Vec<Error> {
    let begin = || client_of_devices().device_authorization();
    let remote = Client::builder(
        client_of_devices().metadata().clone(),
        "app",
        ClientAuth::private_key_jwt_remote("ES256", None),
    );
    let fails =
        |status, body: String| begin().start(at(0)).unwrap().into_parts().1.receive(&answer(status, body)).unwrap_err();
    let refused = json!({ "error": "invalid_scope", "error_description": MARK, "device_code": MARK }).to_string();
    vec![
        client().device_authorization().scope(MARK).start(at(0)).unwrap_err().into(),
        begin().extra("client_secret", MARK).start(at(0)).unwrap_err().into(),
        backchannel().client_notification_token(format!("{MARK} {MARK}")).start(at(0)).unwrap_err().into(),
        device()
            .poll(&Client::builder(metadata(), MARK, ClientAuth::none()).build().unwrap(), at(9))
            .unwrap_err()
            .into(),
        remote.build().unwrap().device_authorization().start(at(0)).unwrap_err().into(),
        fails(400, refused).into(),
        fails(200, json!({ "device_code": [MARK] }).to_string()).into(),
    ]
}

/// What logins on another device show.
fn values_of_devices() -> Vec<(&'static str, String)> {
    let Poll::Ask(round_trip) = device().poll(&client_of_devices(), at(5)).unwrap() else { panic!("it is time") };
    let (_, awaiting) = backchannel().start(at(0)).unwrap().into_parts();
    let shown_awaiting = shown(&awaiting);
    let body = json!({ "auth_req_id": MARK, "expires_in": 9, "x": MARK }).to_string();
    let request = client_of_devices().device_authorization().scope(MARK).extra("x", MARK);
    vec![
        ("AuthReqId", shown(&AuthReqId::new(MARK))),
        ("AwaitingBackchannel", shown_awaiting),
        ("AwaitingDeviceTokens", shown(&round_trip) + &shown(&round_trip.into_parts().1)),
        ("BackchannelAuthentication", shown(&awaiting.receive(&answer(200, body)).unwrap())),
        ("BackchannelRequest", shown(&backchannel())),
        ("ClientNotificationToken", shown(&ClientNotificationToken::new(MARK))),
        ("DeviceAuthorization", shown(&device())),
        ("DeviceCode", shown(&DeviceCode::new(MARK))),
        ("DeviceRequest", shown(&request)),
        ("AwaitingDevice", shown(&request.start(at(0)).unwrap().into_parts().1)),
        ("Poll", shown(&device().poll(&client_of_devices(), at(5)).unwrap())),
        ("UserHint", shown(&UserHint::IdToken(MARK.to_owned()))),
    ]
}

/// Metadata of a client with a secret member.
fn secret_metadata() -> ClientMetadata {
    ClientMetadata::new().client_name("Example").member("x", MARK).software_statement(MARK)
}

fn provider_that_registers() -> ProviderMetadata {
    let mut metadata = metadata();
    metadata.registration_endpoint = Some("https://id.example/register".to_owned());
    metadata
}

fn register(body: &Value) -> Result<Registration, RegistrationError> {
    let (_, awaiting) = provider_that_registers().register(secret_metadata()).start().unwrap().into_parts();
    awaiting.receive(&answer(201, body.to_string()))
}

fn registration() -> Registration {
    register(&json!({
        "client_id": "app", "client_secret": MARK, "registration_access_token": MARK, "x": MARK,
        "registration_client_uri": format!("https://id.example/register/{MARK}"),
    }))
    .unwrap()
}

/// Clients that are not registered.
fn errors_of_registration() -> Vec<Error> {
    let mut other = metadata();
    "https://evil.example".clone_into(&mut other.issuer);
    let provider = provider_that_registers();
    let refused = |status, body: String| {
        let (_, awaiting) = registration().delete().unwrap().into_parts();
        awaiting.receive(&answer(status, body)).unwrap_err()
    };
    let key = json!({ "keys": [{ "kty": "oct", "k": MARK }] });
    let builder = register(&json!({ "client_id": "app", "token_endpoint_auth_method": "private_key_jwt" })).unwrap();
    vec![
        metadata().register(secret_metadata()).start().unwrap_err().into(),
        provider.register(secret_metadata().member("jwks", key.clone())).start().unwrap_err().into(),
        provider.register(secret_metadata().member("client_secret", MARK)).start().unwrap_err().into(),
        provider.register(secret_metadata()).initial_access_token(format!("{MARK}\n")).start().unwrap_err().into(),
        register(&json!({ "client_id": "app" })).unwrap().read().unwrap_err().into(),
        register(&json!({ "client_id": [MARK] })).unwrap_err().into(),
        register(&json!({ "x": MARK })).unwrap_err().into(),
        register(&json!({ "client_id": "app", "registration_access_token": format!("{MARK}\n") })).unwrap_err().into(),
        register(&json!({ "client_id": "app", "registration_client_uri": format!("http://{MARK}/") }))
            .unwrap_err()
            .into(),
        registration().client(other).unwrap_err().into(),
        registration().update(secret_metadata().member("jwks", key)).unwrap_err().into(),
        refused(401, json!({ "error": "invalid_token", "error_description": MARK, "x": MARK }).to_string()).into(),
        refused(405, MARK.to_owned()).into(),
        ClientIdDocument::new(format!("https://a:{MARK}@app.example/c"), secret_metadata()).unwrap_err().into(),
        ClientIdDocument::new("https://app.example/c", secret_metadata().member("client_secret", MARK))
            .unwrap_err()
            .into(),
        builder.client(metadata()).unwrap().build().unwrap_err().into(),
    ]
}

/// What a registration shows.
fn values_of_registration() -> Vec<(&'static str, String)> {
    let request = provider_that_registers().register(secret_metadata()).initial_access_token(MARK);
    let shown_request = shown(&request);
    let round_trip = request.start().unwrap();
    let shown_round_trip = shown(&round_trip);
    let document = ClientIdDocument::new("https://app.example/c", secret_metadata()).unwrap();
    let ours = ClientIdentities::new()
        .pre_registered("https://id.example", "app", ClientAuth::secret(MARK))
        .registration(registration())
        .document(document.clone())
        .metadata(secret_metadata())
        .initial_access_token("https://id.example", MARK);
    vec![
        ("AwaitingDeletion", shown(&registration().delete().unwrap().into_parts().1)),
        ("AwaitingRegistration", shown(&registration().read().unwrap().into_parts().1) + &shown_round_trip),
        ("ClientIdDocument", shown(&document)),
        ("ClientIdentities", shown(&ours)),
        ("ClientMetadata", shown(&secret_metadata()) + &shown(registration().metadata())),
        ("InitialAccessToken", shown(&InitialAccessToken::new(MARK))),
        ("Registration", shown(&registration())),
        ("RegistrationAccessToken", shown(&RegistrationAccessToken::new(MARK))),
        ("RegistrationChoice", shown(&RegistrationChoice::of(&provider_that_registers(), &ours).unwrap())),
        ("RegistrationRequest", shown_request),
    ]
}

/// A resource with a key in its query, as servers of the Model Context Protocol have it.
fn keyed_resource() -> String {
    format!("https://api.example/mcp?key={MARK}")
}

/// What the metadata of a resource says where these members are, whatever is asked.
fn resource_answers(status: u16, body: &str) -> Result<ProtectedResourceMetadata, Error> {
    let resource = ProtectedResource::of(keyed_resource()).unwrap();
    resource.discover().send_with(|_| Ok::<_, std::io::Error>(answer(status, body.to_owned())))
}

/// Everything that can go wrong with a resource, with the mark in it.
fn errors_of_resources() -> Vec<Error> {
    let signed = json!({ "resource": keyed_resource(), "signed_metadata": format!("{MARK}.{MARK}.{MARK}") });
    let unreadable = resource_answers(200, &signed.to_string())
        .unwrap()
        .verify_signed("https://id.example", &JwkSet::from_json(r#"{"keys":[]}"#).unwrap(), at(0))
        .unwrap_err();
    let address = format!("https://{MARK}@[::1]/").parse().unwrap();
    vec![
        ProtectedResource::of(format!("https://api.example/#{MARK}")).unwrap_err().into(),
        ProtectedResource::of(format!("http://{MARK}/")).unwrap_err().into(),
        resource_answers(200, r#"{"resource":"https://evil.example"}"#).unwrap_err(),
        resource_answers(200, &json!({ "resource": format!("https://evil.example/?{MARK}") }).to_string()).unwrap_err(),
        resource_answers(500, MARK).unwrap_err(),
        resource_answers(200, &json!({ "resource": [MARK] }).to_string()).unwrap_err(),
        Egress::new().check(&address).unwrap_err().into(),
        unreadable.into(),
    ]
}

/// What a resource shows.
fn values_of_resources() -> Vec<(&'static str, String)> {
    let resource = ProtectedResource::of(keyed_resource()).unwrap();
    let search = resource.discover();
    let shown_search = shown(&search);
    let Search::Ask(call) = search else { panic!("nothing to ask") };
    let (_, searching) = call.into_parts();
    let shown_searching = shown(&searching);
    let body = json!({ "resource": keyed_resource(), "x": MARK }).to_string();
    let Search::Found(metadata) = searching.receive(&Response::new(body)).unwrap() else { panic!("not found") };
    vec![
        ("ProtectedResource", shown(&resource)),
        ("Search", shown_search),
        ("Searching", shown_searching),
        ("ProtectedResourceMetadata", shown(&metadata)),
        ("ScopeChoice", shown(&ScopeChoice::of(None, Some(&metadata)))),
        ("Egress", shown(&Egress::new())),
        ("Origin", shown(&Origin::Resource)),
    ]
}

#[test]
fn what_is_no_registration_is_not_quoted() {
    let stored: Map<String, Value> = serde_json::from_value(serde_json::to_value(registration()).unwrap()).unwrap();
    for member in stored.keys() {
        for value in [json!([MARK]), json!({ "x": MARK }), json!(format!("{MARK} \n"))] {
            let mut stored = stored.clone();
            stored.insert(member.clone(), value);
            if let Err(error) = serde_json::from_value::<Registration>(Value::Object(stored)) {
                assert_unmarked(member, &texts_of(&error));
            }
        }
    }
    let error = secret_metadata().get_as::<u64>("x").unwrap_err();
    assert_unmarked("get_as", &texts_of(&error));
    let twice = format!(r#"{{"x":"{MARK}","x":"{MARK}"}}"#);
    assert_unmarked("ClientMetadata", &texts_of(&serde_json::from_str::<ClientMetadata>(&twice).unwrap_err()));
}

/// What a client's own keys show.
fn values_of_keys() -> Vec<(&'static str, String)> {
    let remote = ClientAuth::private_key_jwt_remote("ES256", Some("key-1"));
    let to_sign = Client::builder(metadata(), "app", remote).build().unwrap().assertion_to_sign(at(0)).unwrap();
    let mut values = vec![
        ("AssertionToSign", shown(&to_sign)),
        ("ClientAssertion", shown(&ClientAssertion::new(MARK)) + &shown(&ClientAuth::client_assertion(MARK))),
        ("ClientAuth", shown(&ClientAuth::apple("team", Broken)) + &shown(&ClientAuth::client_secret_jwt(MARK))),
    ];
    // RFC 8037 appendix A.1: what is shown of a key is its public half.
    let d = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "d": d, "x": x }).to_string();
    let key = PrivateKey::from_jwk(&jwk).map(|key| shown(&key) + &shown(&ClientAuth::private_key_jwt(key)));
    let text = key.unwrap_or_else(|error| shown(&error));
    assert!(!text.contains(d), "{text}");
    values.push(("PrivateKey", text));
    let (grant, exchange) =
        (client().jwt_bearer(MARK).extra("x", MARK), client().exchange(MARK, TokenTypeIdentifier::JWT));
    values.push(("Assertion", shown(&Assertion::new(MARK))));
    values.push(("MachineGrant", shown(&grant)));
    values.push(("TokenExchange", shown(&exchange)));
    values.push(("TokenTypeIdentifier", shown(&TokenTypeIdentifier::JWT)));
    values.push(("AwaitingGrant", shown(&grant.start(at(0)).unwrap().into_parts().1)));
    let mut nonces = DpopNonces::new();
    nonces.learn(&"https://api.example/".parse().unwrap(), &Response::new(()));
    values.push(("DpopNonces", shown(&nonces)));
    values
}

#[test]
fn no_value_shows_a_secret() {
    let mut public = public_names();
    let tokens = log_in(&client(), &id_token(&json!({ "alg": "RS256" }), json!({}))).unwrap();
    let more = values_after_login(&client(), &tokens)
        .into_iter()
        .chain(values_of_logout())
        .chain(values_of_keys())
        .chain(values_of_registration())
        .chain(values_of_resources())
        .chain(values_of_devices());
    let more = more.chain(values_of_clients_own());
    for (name, text) in values().into_iter().chain(more) {
        assert_unmarked(name, &text);
        assert!(!text.trim().is_empty(), "{name} shows nothing at all");
        let is_enum =
            ["KeysFor", "LogoutAnswer", "Origin", "Poll", "RegistrationChoice", "Remedy", "Search", "TriedKey"];
        let is_like_its_content = text.starts_with(['"', '[', '{']) || is_enum.contains(&name);
        assert!(is_like_its_content || text.contains(name), "{name}: {text}");
        assert!(name != "JwkSet" || text.contains("an-rsa-key"), "{text}");
        public.remove(name);
    }
    // Errors have a test of their own. The claims about the user are not secrets of the protocol: a caller who reads them by
    // name can print them. BoxError is the caller's; Awaiting, DeviceFailure, LoggedIn, RefreshFailure, Signer, Token and
    // Unverified are traits.
    // InvalidKey is an error, and Again is in one. AwaitingResourceMetadata is in a search, which does not show it.
    public.retain(|name| !name.ends_with("Error"));
    for name in [
        "Again",
        "AwaitingResourceMetadata",
        "DeviceFailure",
        "StandardClaims",
        "Address",
        "Awaiting",
        "InvalidKey",
        "Unverified",
        "LoggedIn",
        "LogoutNotice",
        "RefreshFailure",
        "Signer",
        "Token",
    ] {
        public.remove(name);
    }
    assert!(public.is_empty(), "no value was made of {public:?}");
}

#[test]
fn a_signer_is_shown_by_its_algorithm_and_the_id_of_its_key() {
    let key = PrivateKey::generate("ES256").unwrap().with_key_id("k-7");
    let text = format!("{:?}", builder(metadata()).request_object_signer(key));
    assert!(text.contains(r#"Signer { algorithm: "ES256", key_id: Some("k-7"), .. }"#), "{text}");
}

#[test]
fn secrets_are_equal_where_their_texts_are() {
    assert!(AccessToken::new("a") == "a".into() && AccessToken::new("a") != "b".into());
    assert!(RefreshToken::new("a") == "a".into() && RefreshToken::new("a") != "b".into());
    assert!(ClientSecret::new("a") == "a".into() && ClientSecret::new("a") != "ab".into());
    assert!(State::new("a") == "a".into() && State::new("a") != "".into());
}

#[test]
fn no_error_shows_a_secret() {
    let mut missing = variants();
    let of_keys = errors_of_keys()
        .into_iter()
        .chain(errors_of_dpop())
        .chain(errors_of_signed_requests())
        .chain(errors_of_grants())
        .chain(errors_of_registration())
        .chain(errors_of_resources())
        .chain(errors_of_devices());
    for error in errors().into_iter().chain(of_keys) {
        let text = texts_of(&error);
        let debug = format!("{error:?}");
        let path: Vec<&str> = debug.split(|c: char| !c.is_alphanumeric()).take(2).collect();
        assert_unmarked(&debug, &text);
        missing.remove(&path.join("::"));
        // What a variant wraps, as `Jwt::Expired`.
        if let Some(source) = std::error::Error::source(&error) {
            let debug = format!("{source:?}");
            let wrapped = debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            missing.remove(&format!("{}::{wrapped}", path[1]));
        }
        let _: Remedy = error.remedy();
    }
    assert!(missing.is_empty(), "no error was made of {missing:?}");
}

#[test]
fn a_member_of_another_type_is_not_quoted() {
    let good = common::Good::new().token_member("device_secret", json!(MARK));
    let tokens = good.log_in().unwrap();
    let error = tokens.extra().get_as::<u64>("device_secret").unwrap_err();
    assert!(error.to_string().starts_with("the member is of another kind (line 1, column"), "{error}");
    assert_unmarked("get_as", &texts_of(&error));
    let tokens = with_claims(json!({})).unwrap();
    let error = tokens.authorization_details::<u64>().unwrap_err();
    assert!(error.to_string().starts_with("the authorization details are of another kind (line 1"), "{error}");
    assert_unmarked("authorization_details", &texts_of(&error));
}

#[test]
fn a_stored_form_that_cannot_be_read_is_not_quoted() {
    let flow: Map<String, Value> = serde_json::from_value(serde_json::to_value(begin(&client())).unwrap()).unwrap();
    for member in flow.keys() {
        for value in [json!(MARK), json!([MARK]), json!({ "x": MARK }), json!(5)] {
            let mut stored = flow.clone();
            stored.insert(member.clone(), value);
            stored.insert(MARK.to_owned(), json!(MARK));
            let error = serde_json::from_value::<AwaitingCallback>(Value::Object(stored.clone())).unwrap_err();
            assert_unmarked(member, &texts_of(&error));
            let error = serde_json::from_value::<PendingLogins>(json!([stored])).unwrap_err();
            assert_unmarked(member, &texts_of(&error));
        }
    }
    let logout = log_out(&client_of_logout()).start().unwrap().1.unwrap();
    let logout: Map<String, Value> = serde_json::from_value(serde_json::to_value(logout).unwrap()).unwrap();
    for member in logout.keys() {
        let mut stored = logout.clone();
        stored.insert(member.clone(), json!([MARK]));
        let error = serde_json::from_value::<AwaitingLogout>(Value::Object(stored)).unwrap_err();
        assert_unmarked(member, &texts_of(&error));
    }
    assert_unmarked("another type", &texts_of(&serde_json::from_value::<PendingLogins>(json!(MARK)).unwrap_err()));
    assert_unmarked("another type", &texts_of(&serde_json::from_value::<AwaitingCallback>(json!(MARK)).unwrap_err()));
}

/// The names that the crate exports.
fn public_names() -> BTreeSet<&'static str> {
    let source = include_str!("../src/lib.rs");
    let exports = source.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next());
    let names = exports.flat_map(|export| export.split(|c: char| !c.is_alphanumeric()));
    let names: BTreeSet<&str> = names.filter(|name| name.starts_with(char::is_uppercase)).collect();
    assert!(names.len() > 40, "{names:?}");
    names
}

/// The variants of every error, by the variant of `Error` that holds them: `Metadata::Status`.
fn variants() -> BTreeSet<String> {
    let sources = [
        ("Metadata", include_str!("../src/provider/error.rs")),
        ("Client", include_str!("../src/client/error.rs")),
        ("Registration", include_str!("../src/client/registration/error.rs")),
        ("Resource", include_str!("../src/resource/error.rs")),
        ("Authorize", include_str!("../src/code_flow/authorize_error.rs")),
        ("Callback", include_str!("../src/code_flow/callback_error.rs")),
        ("Jarm", include_str!("../src/code_flow/jarm_error.rs")),
        ("Session", include_str!("../src/after_login/session_error.rs")),
        ("Token", include_str!("../src/token_endpoint/error.rs")),
        ("Keys", include_str!("../src/keys/fetch.rs")),
        ("IdToken", include_str!("../src/id_token/error.rs")),
        ("UserInfo", include_str!("../src/after_login/userinfo/error.rs")),
        ("Introspection", include_str!("../src/after_login/introspection/error.rs")),
        ("Revocation", include_str!("../src/after_login/revocation.rs")),
        ("Challenge", include_str!("../src/exchange/challenge.rs")),
        ("Logout", include_str!("../src/after_login/logout/error.rs")),
        ("LogoutToken", include_str!("../src/after_login/logout/token_error.rs")),
        ("Response", include_str!("../src/exchange/response.rs")),
        ("Jwt", include_str!("../src/jose/error.rs")),
    ];
    let mut variants = BTreeSet::from(["Transport::TransportError".to_owned()]);
    for (step, source) in sources {
        let (_, body) = source.split_once(&format!("pub enum {step}Error {{\n")).unwrap();
        let lines = body.lines().take_while(|line| *line != "}");
        let names =
            lines.filter_map(|line| line.strip_prefix("    ").filter(|line| line.starts_with(char::is_uppercase)));
        variants.extend(
            names
                .filter_map(|line| line.split(|c: char| !c.is_alphanumeric()).next())
                .map(|name| format!("{step}::{name}")),
        );
    }
    assert!(variants.len() > 60, "{variants:?}");
    variants
}
