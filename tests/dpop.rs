//! DPoP (RFC 9449): what is proven to whom, and what happens when a nonce is wanted.
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

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::signing::Fixed;
use common::{Good, at};
use oidc_proto::http::{Request, Response, Uri};
use oidc_proto::{
    AccessToken, Algorithm, AuthorizationResponse, AwaitingTokens, AwaitingUserInfo, BoxError, Client, ClientAuth,
    ClientError, DpopNonces, Error, Poll, PrivateKey, Remedy, RoundTrip, Signer, SigningError, TokenError,
    UserInfoError,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const TOKENS: &str = r#"{"access_token":"at-1","token_type":"DPoP","refresh_token":"rt-1"}"#;

fn key() -> PrivateKey {
    PrivateKey::generate("ES256").unwrap()
}

fn client_with(auth: ClientAuth, signer: impl Signer + 'static) -> Client {
    let mut metadata = Good::new().metadata();
    metadata.userinfo_endpoint = Some("https://id.example/userinfo?v=2".to_owned());
    Client::builder(metadata, "app", auth).redirect_uri("https://app.example/cb").dpop(signer).build().unwrap()
}

fn client() -> Client {
    client_with(ClientAuth::none(), key())
}

/// A plain OAuth login up to the token request.
fn token_request(client: &Client) -> RoundTrip<AwaitingTokens> {
    let (_, awaiting) = client.authorize_oauth().scope("api").state("st4te").start(at(0)).unwrap();
    let response = AuthorizationResponse::from_query("code=c0de&state=st4te").unwrap();
    awaiting.receive(client, response, at(0)).unwrap()
}

fn wants_nonce(nonce: &str) -> Response<String> {
    let body = r#"{"error":"use_dpop_nonce"}"#.to_owned();
    Response::builder().status(400).header("dpop-nonce", nonce).body(body).unwrap()
}

fn claims(request: &Request<Vec<u8>>) -> Value {
    let proof = request.headers()["dpop"].to_str().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(proof.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn form(request: &Request<Vec<u8>>, name: &str) -> Option<String> {
    url::form_urlencoded::parse(request.body()).find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
}

/// Signs as often as it says, and never again.
struct Tired(PrivateKey, AtomicU32);

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

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, BoxError> {
        let left = self.1.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map_err(|_| "tired")?;
        Signer::sign(&self.0, message)
    }
}

#[test]
fn the_authorization_request_names_the_key() {
    let key = key();
    let client = client_with(ClientAuth::none(), key.clone());
    let (url, _) = client.authorize().start(at(0)).unwrap();
    assert!(url.contains(&format!("dpop_jkt={}", key.thumbprint())), "{url}");
    let error = client.authorize().extra("dpop_jkt", "another").start(at(0)).unwrap_err();
    assert!(error.to_string().contains("dpop_jkt"), "{error}");
}

#[test]
fn a_nonce_that_is_wanted_is_sent_once_and_everything_is_signed_anew() {
    let client = client_with(ClientAuth::private_key_jwt(key()), key());
    let sent = RefCell::new(Vec::new());
    let answers = RefCell::new(vec![Response::new(TOKENS.to_owned()), wants_nonce("n-1")]);
    let unverified = token_request(&client)
        .send_with(|request| {
            sent.borrow_mut().push(request);
            answers.borrow_mut().pop().ok_or("it was sent a third time")
        })
        .unwrap();
    let tokens = unverified.into_oauth_tokens().unwrap();
    assert!(tokens.access_token().is_bound());

    let sent = sent.into_inner();
    let [first, second] = &sent[..] else { panic!("{} requests", sent.len()) };
    assert_eq!(claims(first).get("nonce"), None);
    assert_eq!(claims(second)["nonce"], "n-1");
    assert_ne!(claims(first)["jti"], claims(second)["jti"], "a proof works once");
    for name in ["code", "redirect_uri", "code_verifier", "client_id", "grant_type"] {
        assert!(form(first, name).is_some() && form(first, name) == form(second, name), "{name}");
    }
    assert_ne!(form(first, "client_assertion"), form(second, "client_assertion"), "an assertion works once");
}

#[test]
fn a_provider_that_wants_one_nonce_after_the_other_is_not_followed() {
    let count = RefCell::new(0);
    let error = token_request(&client())
        .send_with(|_| {
            *count.borrow_mut() += 1;
            Ok::<_, BoxError>(wants_nonce("n-1"))
        })
        .unwrap_err();
    assert!(matches!(error, Error::Token(TokenError::DpopNonce { .. })));
    assert_eq!(error.remedy(), Remedy::RetryLater);
    assert_eq!(count.into_inner(), 2);
}

#[test]
fn a_nonce_with_characters_that_a_nonce_has_not_is_not_sent() {
    for nonce in ["", "a b", "a\"b", "a\\b", &"n".repeat(1025)] {
        let (_, awaiting) = token_request(&client()).into_parts();
        let error = awaiting.receive(&wants_nonce(nonce)).unwrap_err();
        assert!(matches!(error, TokenError::Provider { .. }), "{nonce:?}: {error:?}");
    }
    let (_, awaiting) = token_request(&client()).into_parts();
    let mut two = wants_nonce("n-1");
    two.headers_mut().append("dpop-nonce", "n-2".parse().unwrap());
    assert!(matches!(awaiting.receive(&two), Err(TokenError::Provider { .. })));
}

#[test]
fn a_request_that_cannot_be_signed_once_more_is_an_error() {
    let client = client_with(ClientAuth::none(), Tired(key(), AtomicU32::new(1)));
    let (_, awaiting) = token_request(&client).into_parts();
    let error = awaiting.receive(&wants_nonce("n-1")).unwrap_err();
    assert!(matches!(error, TokenError::Signing { source: SigningError::Signer(_), .. }));
    assert_eq!(error.remedy(), Remedy::RestartLogin, "what awaited the tokens is used up");
    let (_, awaiting) = client_with(ClientAuth::none(), Tired(key(), AtomicU32::new(1)))
        .refresh(&"rt".into())
        .start(at(0))
        .unwrap()
        .into_parts();
    let error = awaiting.receive(&wants_nonce("n-1")).unwrap_err();
    assert_eq!(error.remedy(), Remedy::RetryLater, "the refresh token is still there");
}

#[test]
fn a_login_on_another_device_outlives_a_poll_that_cannot_be_signed_once_more() {
    let mut metadata = Good::new().metadata();
    metadata.device_authorization_endpoint = Some("https://id.example/device".to_owned());
    let client = Client::builder(metadata, "app", ClientAuth::none()).dpop(Tired(key(), AtomicU32::new(1)));
    let client = client.build().unwrap();
    let (_, awaiting) = client.device_authorization().start(at(0)).unwrap().into_parts();
    let body = r#"{"device_code":"d","user_code":"u","verification_uri":"https://id.example/d","expires_in":600}"#;
    let mut device = awaiting.receive(&Response::new(body)).unwrap();
    let Poll::Ask(round_trip) = device.poll(&client, at(5)).unwrap() else { panic!("it is time to ask") };
    let error = round_trip.into_parts().1.receive(&wants_nonce("n-1")).unwrap_err();
    assert!(matches!(error, TokenError::Signing { .. }), "{error:?}");
    assert!(device.failed(&error, at(5)), "the user's decision stands");
}

#[test]
fn another_error_has_nothing_to_send_again() {
    let (_, awaiting) = token_request(&client()).into_parts();
    let refused =
        Response::builder().status(400).header("dpop-nonce", "n").body(r#"{"error":"invalid_grant"}"#).unwrap();
    let error = AwaitingTokens::again(awaiting.receive(&refused).unwrap_err()).unwrap_err();
    assert!(matches!(error, TokenError::Provider { .. }));
    // What another state asked again for is not taken for this one's.
    let (_, awaiting) = client().refresh(&"rt".into()).start(at(0)).unwrap().into_parts();
    let error = awaiting.receive(&wants_nonce("n-1")).unwrap_err();
    assert!(matches!(AwaitingTokens::again(error), Err(TokenError::DpopNonce { .. })));
}

/// Whoever sits between, or a provider that forgot, cannot have the binding left out: not at the login, and not later.
#[test]
fn a_refresh_that_answers_with_a_plain_token_is_refused() {
    for body in [r#"{"access_token":"at-2","token_type":"Bearer"}"#, r#"{"access_token":"at-2"}"#] {
        let (request, awaiting) = client().refresh(&"rt".into()).start(at(0)).unwrap().into_parts();
        assert!(request.headers().contains_key("dpop"), "it is proven");
        let error = awaiting.receive(&Response::new(body)).unwrap_err();
        assert!(matches!(error, TokenError::UnsupportedTokenType { .. }), "{error:?}");
    }
}

/// A login with a bound token.
fn log_in(client: &Client) -> oidc_proto::Tokens {
    let (_, awaiting) = client.authorize().state("st4te").nonce("n0nce").start(at(0)).unwrap();
    let response = AuthorizationResponse::from_query("code=c0de&state=st4te").unwrap();
    let body = Good::new().token_member("token_type", json!("dpop")).body();
    let round_trip = awaiting.receive(client, response, at(0)).unwrap();
    let unverified = round_trip.send_with(|_| Ok::<_, BoxError>(Response::new(body.clone()))).unwrap();
    unverified.verify_trusting_tls(at(0)).unwrap()
}

#[test]
fn userinfo_is_asked_with_a_proof_and_once_more_with_a_nonce() {
    let client = client();
    let tokens = log_in(&client);
    let session: oidc_proto::Session =
        serde_json::from_str(&serde_json::to_string(&tokens.clone().into_session(at(0))).unwrap()).unwrap();
    let sent = RefCell::new(Vec::new());
    let refused = Response::builder()
        .status(401)
        .header("www-authenticate", r#"DPoP error="use_dpop_nonce", algs="ES256""#)
        .header("dpop-nonce", "n-1")
        .body(String::new())
        .unwrap();
    let answers = RefCell::new(vec![Response::new(r#"{"sub":"ada"}"#.to_owned()), refused.clone()]);
    let unverified = client.userinfo(&session, at(0)).unwrap().send_with(|request| {
        sent.borrow_mut().push(request);
        answers.borrow_mut().pop().ok_or("it was sent a third time")
    });
    assert_eq!(unverified.unwrap().verify_trusting_tls(at(0)).unwrap().sub(), "ada");
    for (request, nonce) in sent.into_inner().iter().zip([None, Some("n-1")]) {
        assert_eq!(request.headers()["authorization"], "DPoP an-access-token");
        let claims = claims(request);
        assert_eq!(claims["htm"], "GET");
        assert_eq!(claims["htu"], "https://id.example/userinfo", "without the query");
        assert_eq!(claims["ath"], URL_SAFE_NO_PAD.encode(Sha256::digest("an-access-token")));
        assert_eq!(claims.get("nonce").and_then(Value::as_str), nonce);
    }

    let (_, awaiting) = client.userinfo(&tokens, at(0)).unwrap().into_parts();
    let error = awaiting.receive(&refused).unwrap_err();
    assert!(matches!(error, UserInfoError::DpopNonce { .. }));
    assert_eq!(error.remedy(), Remedy::RetryLater);
    assert!(AwaitingUserInfo::again(error).is_ok());
}

#[test]
fn userinfo_without_a_proof_is_not_asked() {
    let client = client_with(ClientAuth::none(), Tired(key(), AtomicU32::new(1)));
    let error = client.userinfo(&log_in(&client), at(0)).unwrap_err();
    assert!(matches!(error, UserInfoError::Signing(SigningError::Signer(_))));
    assert_eq!(error.remedy(), Remedy::RetryLater);
}

#[test]
fn a_request_to_an_api_is_authorized_as_its_token_is() {
    let client = client();
    let get = |uri: &str| Request::get(uri).body(Vec::new()).unwrap();
    let mut request = get("https://api.example:8443/a/b?c=d");
    client.authorize_request(&mut request, &AccessToken::bound("t"), Some("n-1"), at(7)).unwrap();
    assert_eq!(request.headers()["authorization"], "DPoP t");
    assert!(request.headers()["authorization"].is_sensitive() && request.headers()["dpop"].is_sensitive());
    let proven = claims(&request);
    assert_eq!(proven["htu"], "https://api.example:8443/a/b");
    assert_eq!(proven["nonce"], "n-1");
    assert_eq!(proven["iat"], 1_700_000_007);
    // Once more: nothing of the first is left.
    client.authorize_request(&mut request, &AccessToken::bound("t"), None, at(8)).unwrap();
    assert_eq!(request.headers().get_all("dpop").iter().count(), 1);
    assert_ne!(claims(&request)["jti"], proven["jti"]);
    client.authorize_request(&mut request, &AccessToken::new("t"), None, at(9)).unwrap();
    assert!(!request.headers().contains_key("dpop"), "a Bearer token needs no proof, and an old one proves nothing");

    let mut request = get("https://api.example/a");
    client.authorize_request(&mut request, &AccessToken::new("t"), None, at(0)).unwrap();
    assert_eq!(request.headers()["authorization"], "Bearer t");
    assert!(!request.headers().contains_key("dpop"));
}

#[test]
fn a_request_that_cannot_be_authorized_has_no_token() {
    let without_key = Good::new().client();
    let get = |uri: &str| Request::get(uri).body(()).unwrap();
    let refuse = |client: &Client, uri: &str, token: AccessToken| {
        let mut request = get(uri);
        request.headers_mut().insert("authorization", "DPoP old".parse().unwrap());
        request.headers_mut().insert("dpop", "old".parse().unwrap());
        let error = client.authorize_request(&mut request, &token, None, at(0)).unwrap_err();
        assert!(request.headers().is_empty(), "{request:?}");
        error
    };
    let error = refuse(&without_key, "https://api.example/", AccessToken::bound("t"));
    assert!(matches!(error, SigningError::NoDpopKey) && error.remedy() == Remedy::FixConfiguration);
    let error = refuse(&client(), "/relative", AccessToken::bound("t"));
    assert!(matches!(error, SigningError::RelativeUri) && error.remedy() == Remedy::FixProgram);
    let error = refuse(&client(), "https://api.example/", AccessToken::new("line\nbreak"));
    assert!(matches!(error, SigningError::UnusableToken) && error.remedy() == Remedy::ReportToProvider);
}

#[test]
fn nonces_are_kept_by_origin_and_bounded() {
    let uri = |text: &str| text.parse::<Uri>().unwrap();
    let with = |nonce: &str| Response::builder().header("dpop-nonce", nonce).body(()).unwrap();
    let mut nonces = DpopNonces::new();
    assert!(!nonces.learn(&uri("https://a.example/x"), &with("n-1")), "nothing is wanted once more");
    assert_eq!(nonces.nonce_for(&uri("https://A.example:443/y?z")), Some("n-1"));
    for other in ["http://a.example/x", "https://a.example:444/x", "https://b.example/x", "/x"] {
        assert_eq!(nonces.nonce_for(&uri(other)), None, "{other}");
    }
    nonces.learn(&uri("https://a.example/x"), &with("bad nonce"));
    assert_eq!(nonces.nonce_for(&uri("https://a.example/")), Some("n-1"), "what is no nonce is not learned");

    let refused = |challenge: &str| {
        let response =
            Response::builder().status(401).header("dpop-nonce", "n-2").header("www-authenticate", challenge);
        response.body(()).unwrap()
    };
    assert!(nonces.learn(&uri("https://a.example/x"), &refused(r#"DPoP error="use_dpop_nonce""#)));
    assert!(!nonces.learn(&uri("https://a.example/x"), &refused(r#"DPoP error="invalid_token""#)));
    assert!(!nonces.learn(&uri("https://a.example/x"), &refused(r#"Bearer error="use_dpop_nonce""#)));

    let stored: DpopNonces = serde_json::from_str(&serde_json::to_string(&nonces).unwrap()).unwrap();
    assert_eq!(stored, nonces);
    for wrong in
        [r#"{"version":2,"nonces":[]}"#, r#"{"version":1,"nonces":[["https://a.example","b c"]]}"#, r#"{"version":1}"#]
    {
        assert!(serde_json::from_str::<DpopNonces>(wrong).is_err(), "{wrong}");
    }

    for i in 0..64 {
        nonces.learn(&uri(&format!("https://{i}.example/")), &with("n"));
        nonces.learn(&uri("https://kept.example/"), &with("renewed"));
    }
    let full = serde_json::to_value(&nonces).unwrap();
    assert_eq!(serde_json::from_value::<DpopNonces>(full.clone()).unwrap(), nonces, "64 are read again");
    let mut too_many = full;
    too_many["nonces"].as_array_mut().unwrap().push(json!(["https://one-more.example", "n"]));
    assert!(serde_json::from_value::<DpopNonces>(too_many).is_err());
    assert_eq!(nonces.nonce_for(&uri("https://a.example/")), None, "the oldest is out");
    assert_eq!(nonces.nonce_for(&uri("https://kept.example/")), Some("renewed"));
    assert_eq!(nonces.nonce_for(&uri("https://63.example/")), Some("n"));
}

#[test]
fn a_dpop_key_says_its_public_half_and_its_algorithm_is_listed() {
    let build = |signer: Arc<dyn Signer>, listed: Option<Vec<Algorithm>>| {
        let mut metadata = Good::new().metadata();
        metadata.dpop_signing_alg_values_supported = listed;
        Client::builder(metadata, "app", ClientAuth::none()).dpop(signer).build().map(drop)
    };
    assert!(matches!(
        build(Arc::new(Fixed(Algorithm::ES256, Err("never"), None)), None),
        Err(ClientError::InvalidKey(_))
    ));
    build(Arc::new(key()), Some(vec![Algorithm::ES256])).unwrap();
    let error = build(Arc::new(key()), Some(vec![Algorithm::EDDSA])).unwrap_err();
    assert!(matches!(error, ClientError::InvalidAlgorithm { .. }));
}
