//! The calls after a login: about whom the answers are, who signed them, and what an error tells the caller.
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

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::signing::{Signing, changed, signing_input};
use common::{Good, at, form_of};
use oidc_proto::http::header::WWW_AUTHENTICATE;
use oidc_proto::http::{HeaderMap, HeaderValue, Request, Response};
use oidc_proto::{
    AccessToken, BoxError, ChallengeError, Challenges, Client, ClientAuth, ClientBuilder, Error, Introspection,
    IntrospectionError, JwkSet, JwtError, KeyCache, ProviderMetadata, RefreshToken, Remedy, ResponseError,
    RevocationError, TokenType, Tokens, UnverifiedIntrospection, UnverifiedUserInfo, UserInfoError,
};
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example";
const SECRET: &str = "a-secret-of-32-bytes-0123456789-abcdef";

fn metadata(issuer: &str) -> ProviderMetadata {
    let mut metadata = Good::new().metadata();
    issuer.clone_into(&mut metadata.issuer);
    metadata.jwks_uri = Some(format!("{issuer}/keys"));
    metadata.userinfo_endpoint = Some(format!("{issuer}/userinfo"));
    metadata.introspection_endpoint = Some(format!("{issuer}/introspect"));
    metadata.revocation_endpoint = Some(format!("{issuer}/revoke"));
    metadata.id_token_signing_alg_values_supported = Some(vec!["EdDSA".into()]);
    metadata
}

fn builder() -> ClientBuilder {
    Client::builder(metadata(ISSUER), "app", ClientAuth::secret(SECRET)).redirect_uri("https://app.example/callback")
}

fn client() -> Client {
    builder().build().unwrap()
}

/// The user `ada`, logged in with the client `app`.
fn ada() -> Tokens {
    Good::new().log_in().unwrap()
}

/// An answer in the form of a JWT, signed with Ed25519.
fn signed(seed: u8, header: Value, claims: &Value) -> Response<String> {
    Response::new(Signing::new(seed).jwt(&changed(header, &json!({ "alg": "EdDSA" })), claims))
}

fn signed_userinfo(seed: u8, sub: &str) -> Response<String> {
    signed(seed, json!({ "kid": "k" }), &json!({ "iss": ISSUER, "aud": "app", "sub": sub, "name": "Ada" }))
}

fn signed_introspection(seed: u8, introspection: &Value) -> Response<String> {
    let header = json!({ "kid": "k", "typ": "token-introspection+jwt" });
    let claims = json!({ "iss": ISSUER, "aud": "app", "iat": 1_700_000_000, "token_introspection": introspection });
    signed(seed, header, &claims)
}

fn keys_document(seed: u8) -> String {
    json!({ "keys": [Signing::new(seed).jwk(&json!({ "kid": "k" }))] }).to_string()
}

/// The keys of a provider, as the client of that provider fetched them.
fn fetched_by(client: &Client, seed: u8) -> JwkSet {
    client.fetch_keys().unwrap().into_parts().1.receive(&Response::new(keys_document(seed))).unwrap()
}

fn userinfo(client: &Client, response: &Response<String>) -> Result<UnverifiedUserInfo, UserInfoError> {
    client.userinfo(&ada(), at(0)).unwrap().into_parts().1.receive(response)
}

fn introspect(client: &Client, response: &Response<String>) -> Result<UnverifiedIntrospection, IntrospectionError> {
    client.introspect(&AccessToken::new("at"), at(0)).unwrap().into_parts().1.receive(response)
}

fn revoke(response: &Response<String>) -> Result<(), RevocationError> {
    client().revoke(&RefreshToken::new("rt"), at(0)).unwrap().into_parts().1.receive(response)
}

fn refusal(status: u16, header: &str, value: &str) -> Response<String> {
    Response::builder().status(status).header(header, value).body(String::new()).unwrap()
}

fn nobody_is_asked(_: Request<Vec<u8>>) -> Result<Response<String>, BoxError> {
    panic!("no keys are needed")
}

#[test]
fn the_userinfo_of_another_user_is_refused() {
    let (client, keys) = (client(), fetched_by(&client(), 1));
    for sub in ["mallory", "ADA", "ada ", ""] {
        let json = userinfo(&client, &Response::new(json!({ "sub": sub, "name": "Ada" }).to_string())).unwrap();
        assert!(matches!(json.verify(&keys, at(0)), Err(UserInfoError::SubjectMismatch)), "{sub:?}");
        assert!(matches!(json.verify_trusting_tls(at(0)), Err(UserInfoError::SubjectMismatch)), "{sub:?}");
    }
    let signed = userinfo(&client, &signed_userinfo(1, "mallory")).unwrap();
    assert!(matches!(signed.verify(&keys, at(0)), Err(UserInfoError::SubjectMismatch)));
    let right = userinfo(&client, &signed_userinfo(1, "ada")).unwrap().verify(&keys, at(0)).unwrap();
    assert_eq!((right.sub(), right.standard_claims().name.as_deref()), ("ada", Some("Ada")));
}

#[test]
fn userinfo_signed_by_another_provider_is_refused() {
    let (honest, malicious) =
        (client(), Client::builder(metadata("https://evil.example"), "app", ClientAuth::none()).build().unwrap());
    let forged = userinfo(&honest, &signed_userinfo(2, "ada")).unwrap();
    let error = forged.verify(&fetched_by(&malicious, 2), at(0)).unwrap_err();
    assert!(matches!(error, UserInfoError::Jwt(JwtError::UnknownKey)), "{error:?}");
    let error = forged.verify(&fetched_by(&honest, 1), at(0)).unwrap_err();
    assert!(matches!(error, UserInfoError::Jwt(JwtError::BadSignature { .. })), "{error:?}");
}

#[test]
fn the_access_token_goes_to_no_other_provider_and_to_no_other_client() {
    let elsewhere = Client::builder(metadata("https://evil.example"), "app", ClientAuth::none()).build().unwrap();
    let another = Client::builder(metadata(ISSUER), "another", ClientAuth::none()).build().unwrap();
    let session = ada().into_session(at(0));
    for client in [elsewhere, another] {
        assert!(matches!(client.userinfo(&ada(), at(0)), Err(UserInfoError::WrongClient)));
        assert!(matches!(client.userinfo(&session, at(0)), Err(UserInfoError::WrongClient)), "nor that of a session");
    }
}

#[test]
fn userinfo_by_a_session_is_that_of_its_user() {
    let client = Client::builder(metadata(ISSUER), "app", ClientAuth::none()).build().unwrap();
    let session = ada().into_session(at(0));
    let answer = |sub: &str| {
        let (request, awaiting) = client.userinfo(&session, at(0)).unwrap().into_parts();
        assert_eq!(request.headers()["authorization"], format!("Bearer {}", ada().access_token().secret()));
        let unverified = awaiting.receive(&Response::new(json!({ "sub": sub }).to_string())).unwrap();
        unverified.verify_trusting_tls(at(0)).map(|userinfo| userinfo.sub().to_owned())
    };
    assert_eq!(answer("ada").unwrap(), "ada");
    for sub in ["eve", ""] {
        assert!(answer(sub).is_err(), "{sub:?}");
    }
}

#[test]
fn json_needs_no_keys_and_a_signed_answer_does() {
    let client = client();
    let mut cache = KeyCache::new();
    let json = userinfo(&client, &Response::new(json!({ "sub": "ada" }).to_string())).unwrap();
    assert_eq!(json.verify_with(&mut cache, at(0), nobody_is_asked).unwrap().sub(), "ada");
    let json = introspect(&client, &Response::new(json!({ "active": true }).to_string())).unwrap();
    assert!(json.verify_with(&mut cache, at(0), nobody_is_asked).unwrap().active());

    let fetch = |_| Ok::<_, BoxError>(Response::new(keys_document(1)));
    let signed = userinfo(&client, &signed_userinfo(1, "ada")).unwrap();
    assert_eq!(signed.verify_with(&mut cache, at(0), fetch).unwrap().sub(), "ada");
    let signed = introspect(&client, &signed_introspection(1, &json!({ "active": true }))).unwrap();
    assert!(signed.verify_with(&mut KeyCache::new(), at(0), fetch).unwrap().active());
}

#[test]
fn a_signed_answer_needs_its_key_even_over_tls() {
    let client = client();
    let error = userinfo(&client, &signed_userinfo(1, "ada")).unwrap().verify_trusting_tls(at(0)).unwrap_err();
    assert!(matches!(error, UserInfoError::Jwt(JwtError::UnknownKey)), "{error:?}");
    assert_eq!(error.remedy(), Remedy::FetchKeys);
    let signed = introspect(&client, &signed_introspection(1, &json!({ "active": true }))).unwrap();
    let error = signed.verify_trusting_tls(at(0)).unwrap_err();
    assert!(matches!(error, IntrospectionError::Jwt(JwtError::UnknownKey)), "{error:?}");
}

#[test]
fn userinfo_can_be_signed_with_the_client_secret_only_if_registered() {
    let registered = builder().userinfo_signed_response_algs(["HS256"]).build().unwrap();
    let answer_for = |audience: Value, secret: &str| {
        let claims = json!({ "iss": ISSUER, "aud": audience, "sub": "ada" });
        let input = signing_input(&json!({ "alg": "HS256" }), &claims);
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), input.as_bytes());
        Response::new([input, URL_SAFE_NO_PAD.encode(mac)].join("."))
    };
    let answer = |secret: &str| answer_for(json!("app"), secret);
    let right = userinfo(&registered, &answer(SECRET)).unwrap();
    assert!(right.verify_with(&mut KeyCache::new(), at(0), nobody_is_asked).is_ok());
    let wrong = userinfo(&registered, &answer(&SECRET.to_uppercase())).unwrap();
    assert!(matches!(wrong.verify(&JwkSet::default(), at(0)), Err(UserInfoError::Jwt(JwtError::BadSignature { .. }))));
    // Another audience would have to know the secret.
    let shared = userinfo(&registered, &answer_for(json!(["app", "other"]), SECRET)).unwrap();
    assert!(matches!(
        shared.verify(&JwkSet::default(), at(0)),
        Err(UserInfoError::Jwt(JwtError::AlgorithmNotAllowed { .. }))
    ));
    let unregistered = userinfo(&client(), &answer(SECRET)).unwrap();
    assert!(matches!(
        unregistered.verify(&JwkSet::default(), at(0)),
        Err(UserInfoError::Jwt(JwtError::AlgorithmNotAllowed { .. }))
    ));
}

fn assert_shows_nothing(introspection: &Introspection) {
    assert!(!introspection.active());
    let texts = [introspection.scope(), introspection.client_id(), introspection.username(), introspection.sub()];
    assert_eq!(texts, [None; 4]);
    assert_eq!([introspection.iss(), introspection.jti()], [None; 2]);
    assert_eq!([introspection.exp(), introspection.iat(), introspection.nbf()], [None; 3]);
    assert!(introspection.token_type().is_none() && introspection.aud().is_empty());
    assert_eq!(introspection.extra().names().count(), 0);
    assert_eq!(introspection.claims_as::<Value>().unwrap(), json!({ "active": false }));
}

#[test]
fn an_introspection_shows_each_member_of_an_active_token() {
    let client = client();
    let members = json!({
        "active": true, "scope": "read write", "client_id": "cl1ent", "username": "Ada L.", "token_type": "DPoP", "sub": "ada",
        "exp": 1_700_000_300, "iat": 1_700_000_000, "nbf": 1_700_000_001, "aud": ["api", "b"], "iss": ISSUER, "jti": "1",
        "groups": ["admin"],
    });
    let json = introspect(&client, &Response::new(members.to_string())).unwrap();
    let signed = introspect(&client, &signed_introspection(1, &members)).unwrap();
    for said in [json.verify_trusting_tls(at(0)).unwrap(), signed.verify(&fetched_by(&client, 1), at(0)).unwrap()] {
        assert!(said.active());
        assert_eq!((said.scope(), said.client_id()), (Some("read write"), Some("cl1ent")));
        assert_eq!((said.username(), said.sub()), (Some("Ada L."), Some("ada")));
        assert_eq!((said.iss(), said.jti()), (Some(ISSUER), Some("1")));
        assert_eq!((said.exp(), said.iat(), said.nbf()), (Some(at(300)), Some(at(0)), Some(at(1))));
        assert_eq!((said.token_type(), said.aud()), (Some(&TokenType::DPOP), &["api".to_owned(), "b".to_owned()][..]));
        assert_eq!(said.extra().names().collect::<Vec<_>>(), ["groups"]);
        assert_eq!(said.claims_as::<Value>().unwrap(), members);
    }
}

#[test]
fn a_member_of_an_introspection_that_is_null_counts_as_absent() {
    let mut members = json!({ "active": true, "cnf": null });
    for name in ["scope", "client_id", "username", "token_type", "exp", "iat", "nbf", "sub", "aud", "iss", "jti"] {
        members[name] = Value::Null;
    }
    let said = introspect(&client(), &Response::new(members.to_string())).unwrap().verify_trusting_tls(at(0)).unwrap();
    assert!(said.active() && said.aud().is_empty() && said.token_type().is_none());
    assert_eq!([said.scope(), said.client_id(), said.username(), said.sub(), said.iss(), said.jti()], [None; 6]);
    assert_eq!([said.exp(), said.iat(), said.nbf()], [None; 3]);
    assert_eq!(said.extra().names().collect::<Vec<_>>(), ["cnf"], "one that is not known here is the caller's to read");
}

#[test]
fn an_introspection_shows_nothing_of_an_inactive_token() {
    let client = client();
    let members = json!({
        "active": false, "scope": "read", "client_id": "app", "username": "Ada", "token_type": "Bearer", "sub": "ada",
        "exp": 1_700_000_300, "iat": 1_700_000_000, "nbf": 1_700_000_000, "aud": "api", "iss": ISSUER, "jti": "1",
        "groups": ["admin"],
    });
    let json = introspect(&client, &Response::new(members.to_string())).unwrap();
    assert_shows_nothing(&json.verify_trusting_tls(at(0)).unwrap());
    let signed = introspect(&client, &signed_introspection(1, &members)).unwrap();
    assert_shows_nothing(&signed.verify(&fetched_by(&client, 1), at(0)).unwrap());
}

#[test]
fn an_introspection_signed_for_another_client_or_by_another_provider_is_refused() {
    let client = client();
    let header = || json!({ "kid": "k", "typ": "token-introspection+jwt" });
    let claims = |aud: &str| json!({ "iss": ISSUER, "aud": aud, "iat": 1_700_000_000, "token_introspection": { "active": true } });
    let refused = |response: &Response<String>| {
        introspect(&client, response).unwrap().verify(&fetched_by(&client, 1), at(0)).unwrap_err()
    };
    let error = refused(&signed(1, header(), &claims("another")));
    assert!(matches!(error, IntrospectionError::Jwt(JwtError::AudienceMismatch)), "{error:?}");
    let error = refused(&signed(2, header(), &claims("app")));
    assert!(matches!(error, IntrospectionError::Jwt(JwtError::BadSignature { .. })), "{error:?}");
    // RFC 9701 section 8.1: an access token that claims to be active.
    let error = refused(&signed(1, json!({ "kid": "k", "typ": "at+jwt" }), &claims("app")));
    assert!(matches!(error, IntrospectionError::Jwt(JwtError::WrongType)), "{error:?}");
}

#[test]
fn a_time_of_a_token_that_cannot_be_read_is_an_error() {
    for member in ["exp", "nbf", "iat"] {
        let body = json!({ "active": true, member: "soon" }).to_string();
        let error = introspect(&client(), &Response::new(body)).unwrap_err();
        let IntrospectionError::Response(ResponseError::InvalidField { field }) = error else { panic!("{error:?}") };
        assert_eq!(field, member);
    }
}

#[test]
fn an_error_inside_a_200_of_introspection_is_an_error() {
    let error = introspect(&client(), &Response::new(r#"{"error":"invalid_client"}"#.to_owned())).unwrap_err();
    assert!(matches!(error, IntrospectionError::Provider { .. }), "{error:?}");
    // Beside `active` it is a member like any other.
    let both = introspect(&client(), &Response::new(r#"{"active":false,"error":"unknown"}"#.to_owned())).unwrap();
    assert!(!both.verify_trusting_tls(at(0)).unwrap().active());
}

#[test]
fn a_revocation_that_was_put_off_says_when_to_try_again() {
    let error = revoke(&refusal(503, "retry-after", "30")).unwrap_err();
    assert_eq!((error.retry_after(), error.remedy()), (Some(Duration::from_secs(30)), Remedy::RetryLater));
    // A date means nothing without a clock.
    let error = revoke(&refusal(503, "retry-after", "Fri, 31 Dec 1999 23:59:59 GMT")).unwrap_err();
    assert_eq!((error.retry_after(), error.remedy()), (None, Remedy::RetryLater));
    let mut response = refusal(503, "retry-after", "30");
    *response.body_mut() = r#"{"error":"temporarily_unavailable"}"#.to_owned();
    let error = revoke(&response).unwrap_err();
    assert!(matches!(error, RevocationError::Provider { .. }), "{error:?}");
    assert_eq!((error.retry_after(), error.remedy()), (Some(Duration::from_secs(30)), Remedy::RetryLater));
}

#[test]
fn the_request_names_the_type_of_the_token() {
    let (request, _) = client().revoke(&RefreshToken::new("rt"), at(0)).unwrap().into_parts();
    assert_eq!((&*form_of(&request)["token"], &*form_of(&request)["token_type_hint"]), ("rt", "refresh_token"));
    let (request, _) = client().introspect(&AccessToken::new("at"), at(0)).unwrap().into_parts();
    assert_eq!((&*form_of(&request)["token"], &*form_of(&request)["token_type_hint"]), ("at", "access_token"));
}

#[test]
fn a_challenge_says_what_to_do() {
    for (status, header, remedy) in [
        (401, r#"Bearer error="invalid_token""#, Remedy::RestartLogin),
        (401, "Bearer", Remedy::RestartLogin),
        (401, r#"DPoP algs="ES256", Bearer error="insufficient_user_authentication""#, Remedy::LoginInteractively),
        (401, r#"DPoP error="invalid_token", algs="ES256""#, Remedy::RestartLogin),
        (401, r#"DPoP error="insufficient_user_authentication", algs="ES256", Bearer"#, Remedy::LoginInteractively),
        (401, r#"dpop error="invalid_dpop_proof", algs="ES256""#, Remedy::FixConfiguration),
        (403, r#"Bearer error="insufficient_scope", scope="openid profile""#, Remedy::FixConfiguration),
        (403, "Basic", Remedy::FixConfiguration),
    ] {
        let error = userinfo(&client(), &refusal(status, "www-authenticate", header)).unwrap_err();
        assert_eq!(error.remedy(), remedy, "{header}");
    }
    let header = r#"Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age=60"#;
    let error = userinfo(&client(), &refusal(401, "www-authenticate", header)).unwrap_err();
    let UserInfoError::Challenge { challenges, unreadable: None, .. } = error else { panic!("{error:?}") };
    let bearer = challenges.bearer().unwrap();
    assert_eq!(
        (bearer.acr_values(), bearer.max_age()),
        (&["gold".into(), "silver".into()][..], Some(Duration::from_secs(60)))
    );
}

#[test]
fn a_challenge_shows_each_parameter() {
    let header = r#"Negotiate dG9rZW4=, Bearer REALM="the api", scope="read write", error="insufficient_scope",
        error_description="not enough", acr_values=" gold  silver ", max_age=60,
        resource_metadata="https://api.example/.well-known/oauth-protected-resource""#;
    let challenges = challenges(&header.replace('\n', "")).unwrap();
    assert!(!challenges.is_empty() && Challenges::default().is_empty());
    let schemes: Vec<_> = challenges.iter().map(|challenge| (challenge.scheme(), challenge.token68())).collect();
    assert_eq!(schemes, [("Negotiate", Some("dG9rZW4=")), ("Bearer", None)]);
    let bearer = challenges.bearer().unwrap();
    assert_eq!((bearer.realm(), bearer.scope()), (Some("the api"), Some("read write")));
    assert_eq!(bearer.error().unwrap(), "insufficient_scope");
    assert_eq!((bearer.error_description(), bearer.max_age()), (Some("not enough"), Some(Duration::from_secs(60))));
    assert_eq!(bearer.acr_values(), ["gold", "silver"]);
    assert_eq!(bearer.resource_metadata(), Some("https://api.example/.well-known/oauth-protected-resource"));
    let bare = self::challenges("Bearer").unwrap().bearer().unwrap();
    assert_eq!([bare.realm(), bare.scope(), bare.error_description(), bare.resource_metadata()], [None; 4]);
    assert!(bare.error().is_none() && bare.acr_values().is_empty() && bare.max_age().is_none());
}

#[test]
fn a_bound_token_can_be_stepped_up() {
    let header =
        r#"Bearer, DPoP error="insufficient_user_authentication", acr_values="gold", max_age=60, algs="ES256""#;
    let challenges = challenges(header).unwrap();
    assert!(challenges.bearer().unwrap().error().is_none());
    let challenge = challenges.dpop().unwrap();
    assert_eq!(challenge.error().unwrap(), "insufficient_user_authentication");
    let (url, _) = client().authorize().step_up(&challenge).start(at(0)).unwrap();
    assert!(url.contains("acr_values=gold") && url.contains("max_age=60"), "{url}");
    assert_eq!(Challenges::default().dpop(), None);
}

#[test]
fn a_challenge_that_cannot_be_read_is_still_a_refused_token() {
    let error = userinfo(&client(), &refusal(401, "www-authenticate", r#"Bearer realm=""#)).unwrap_err();
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    let UserInfoError::Challenge { challenges, unreadable, .. } = error else { panic!("{error:?}") };
    assert!(challenges.is_empty());
    assert_eq!(
        (unreadable, cause.as_deref()),
        (Some(ChallengeError::Malformed), Some("the header WWW-Authenticate is malformed"))
    );
}

fn challenges(value: &str) -> Result<Challenges, ChallengeError> {
    Challenges::from_headers(&HeaderMap::from_iter([(
        WWW_AUTHENTICATE,
        HeaderValue::from_bytes(value.as_bytes()).unwrap(),
    )]))
}

#[test]
fn a_challenge_has_64_parameters_at_most() {
    let with = |count: usize| {
        let parameters: Vec<String> = (0..count).map(|index| format!("p{index}=1")).collect();
        challenges(&format!("Bearer {}", parameters.join(", ")))
    };
    assert_eq!(with(64).unwrap().iter().next().unwrap().parameters().count(), 64);
    assert_eq!(with(65).unwrap_err(), ChallengeError::Malformed);
}

#[test]
fn a_max_age_that_is_not_digits_is_none() {
    for (value, seconds) in [("60", Some(60)), ("0", Some(0)), ("+60", None), ("", None), ("-1", None), ("1.5", None)] {
        let bearer = challenges(&format!("Bearer max_age=\"{value}\"")).unwrap().bearer().unwrap();
        assert_eq!(bearer.max_age(), seconds.map(Duration::from_secs), "{value:?}");
    }
}

#[test]
fn an_access_token_that_is_not_valid_in_a_header_is_not_sent() {
    for token in ["a\r\nx-admin: yes", "a\u{0}", "a\u{7f}"] {
        let tokens = Good::new().token_member("access_token", json!(token)).log_in().unwrap();
        let error = client().userinfo(&tokens, at(0)).unwrap_err();
        assert!(matches!(error, UserInfoError::Response(ResponseError::InvalidField { .. })), "{error:?}");
        assert!(!format!("{error:?} {error}").contains(token));
    }
}

#[test]
fn no_message_and_no_request_shows_the_access_token() {
    let (request, _) = client().userinfo(&ada(), at(0)).unwrap().into_parts();
    assert_eq!(request.headers()["authorization"], "Bearer an-access-token");
    assert!(!format!("{request:?}").contains("an-access-token"));
    let claims = "a-claim-that-nobody-prints";
    let body = json!({ "sub": "mallory", "x": claims }).to_string();
    let unverified = userinfo(&client(), &Response::new(body)).unwrap();
    let error = Error::from(unverified.verify_trusting_tls(at(0)).unwrap_err());
    let shown = format!("{unverified:?} {error:?} {error}");
    assert!(!shown.contains("mallory") && !shown.contains(claims), "{shown}");
}
