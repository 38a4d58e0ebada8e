//! Logout: a response through the browser finishes only its own logout, and a logout token ends a session once.
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

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::signing::{Signing, changed, signing_input};
use common::{Good, at, query_of};
use oidc_proto::http::{Request, Response};
use oidc_proto::{
    AwaitingLogout, BoxError, Client, ClientAuth, ClientBuilder, Error, FrontChannelLogout, JwkSet, JwtError, KeyCache,
    LogoutAnswer, LogoutError, LogoutReplays, LogoutResponse, LogoutToken, LogoutTokenError, ProviderMetadata, Remedy,
};
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example";
const WAY_BACK: &str = "https://app.example/signed-out?t=1";

/// A logout that version 1 stored. It must never change.
const AWAITING_LOGOUT_1: &str = include_str!("stored/awaiting_logout_1.json");

fn builder(issuer: &str, client_id: &str) -> ClientBuilder {
    let mut metadata = ProviderMetadata::new(issuer);
    metadata.jwks_uri = Some(format!("{issuer}/keys"));
    metadata.end_session_endpoint = Some(format!("{issuer}/logout"));
    metadata.id_token_signing_alg_values_supported = Some(vec!["EdDSA".into()]);
    Client::builder(metadata, client_id, ClientAuth::secret("s3cret"))
}

fn client() -> Client {
    builder(ISSUER, "app").build().unwrap()
}

fn begin() -> AwaitingLogout {
    client().log_out().post_logout_redirect_uri(WAY_BACK).state("st4te").start().unwrap().1.unwrap()
}

fn come_back(target: &str) -> Result<(), LogoutError> {
    begin().receive(&client(), LogoutResponse::from_url(target)?)
}

/// The claims of a good logout token, with these changes.
fn claims(changes: &Value) -> Value {
    let claims = json!({
        "iss": ISSUER, "aud": "app", "iat": 1_700_000_000, "exp": 1_700_000_120, "jti": "j", "sub": "ada", "sid": "s1d",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    changed(claims, changes)
}

/// The body of the request with a good logout token of a provider, with these changes.
fn body(seed: u8, changes: &Value) -> String {
    let header = json!({ "alg": "EdDSA", "typ": "logout+jwt" });
    format!("logout_token={}", Signing::new(seed).jwt(&header, &claims(changes)))
}

fn key_document() -> String {
    json!({ "keys": [Signing::new(1).jwk(&json!({}))] }).to_string()
}

fn keys() -> JwkSet {
    JwkSet::from_json(key_document()).unwrap()
}

fn verify_at(client: &Client, changes: &Value, seconds: u64) -> Result<LogoutToken, LogoutTokenError> {
    client.logout_token(body(1, changes))?.verify(&keys(), at(seconds))
}

fn token(changes: &Value) -> LogoutToken {
    verify_at(&client(), changes, 0).unwrap()
}

/// The same, signed with the client secret.
fn token_with_hmac(changes: &Value) -> LogoutToken {
    let secret = "a client secret that is long enough for HS256";
    let mut metadata = ProviderMetadata::new(ISSUER);
    metadata.jwks_uri = Some(format!("{ISSUER}/keys"));
    let client = Client::builder(metadata, "app", ClientAuth::secret(secret)).id_token_signed_response_algs(["HS256"]);
    let input = signing_input(&json!({ "alg": "HS256", "typ": "logout+jwt" }), &claims(changes));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
    let mac = URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, input.as_bytes()));
    let unverified = client.build().unwrap().logout_token(format!("logout_token={input}.{mac}")).unwrap();
    unverified.verify(&JwkSet::default(), at(0)).unwrap()
}

fn stored<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

#[test]
fn the_browser_comes_back_once_with_the_state_of_its_logout() {
    assert!(come_back("/signed-out?t=1&state=st4te").is_ok());
    assert!(matches!(come_back("/signed-out?t=1&state=forged"), Err(LogoutError::StateMismatch)));
    assert!(matches!(come_back("/signed-out?t=1&state=st4t"), Err(LogoutError::StateMismatch)));
    assert!(matches!(come_back("/signed-out?t=1"), Err(LogoutError::StateMissing)));
    let elsewhere = |result: Result<(), LogoutError>| matches!(result, Err(LogoutError::RedirectUriMismatch { .. }));
    assert!(elsewhere(come_back("/signed-out?state=st4te")), "without its own query");
    assert!(elsewhere(come_back("/signed-out?t=2&state=st4te")), "with another one");
    assert!(elsewhere(come_back("https://evil.example/signed-out?t=1&state=st4te")));
}

#[test]
fn another_client_does_not_finish_a_logout() {
    let response = || LogoutResponse::from_query("state=st4te").unwrap();
    for other in [builder(ISSUER, "other"), builder("https://other.example", "app")] {
        let result = begin().receive(&other.build().unwrap(), response());
        assert!(matches!(result, Err(LogoutError::WrongClient)));
    }
    assert!(begin().receive(&client(), response()).is_ok());
}

#[test]
fn the_tokens_of_another_client_are_refused_as_a_hint() {
    let mut metadata = Good::new().metadata();
    metadata.end_session_endpoint = Some(format!("{ISSUER}/logout"));
    let good = Good::with_metadata(metadata);
    let tokens = good.log_in().unwrap();
    let (url, awaiting) = good.client().log_out().id_token_hint(&tokens).start().unwrap();
    assert_eq!(query_of(&url)["id_token_hint"], tokens.id_token().secret());
    assert!(awaiting.is_none(), "nothing comes back");
    let session = good.log_in().unwrap().into_session(at(0));
    let (url, _) = good.client().log_out().id_token_hint(&session).start().unwrap();
    assert_eq!(query_of(&url)["id_token_hint"], tokens.id_token().secret(), "that of the session");
    for other in [builder(ISSUER, "other"), builder("https://other.example", "app")] {
        let other = other.build().unwrap();
        assert!(matches!(other.log_out().id_token_hint(&session).start(), Err(LogoutError::WrongClient)));
        let refused = other.log_out().id_token_hint(&tokens).start();
        assert!(matches!(refused, Err(LogoutError::WrongClient)));
    }
}

#[test]
fn a_random_state_has_32_bytes_and_differs_each_time() {
    let state = || {
        let (url, awaiting) = client().log_out().post_logout_redirect_uri(WAY_BACK).start().unwrap();
        assert_eq!(query_of(&url)["state"], awaiting.unwrap().state().secret());
        query_of(&url)["state"].clone()
    };
    let (one, two) = (state(), state());
    assert_eq!(URL_SAFE_NO_PAD.decode(&one).unwrap().len(), 32);
    assert_ne!(one, two);
}

#[test]
fn a_state_needs_a_redirect_uri_and_no_parameter_is_sent_twice() {
    let invalid = |result: Result<(String, Option<AwaitingLogout>), LogoutError>, parameter: &str| {
        assert!(matches!(result, Err(LogoutError::InvalidParameter { name, .. }) if name == parameter), "{parameter}");
    };
    invalid(client().log_out().state("st4te").start(), "state");
    invalid(client().log_out().ui_locales(["de CH"]).start(), "ui_locales");
    let with_query = |query: &str| {
        let mut metadata = client().metadata().clone();
        metadata.end_session_endpoint = Some(format!("{ISSUER}/logout?{query}"));
        Client::builder(metadata, "app", ClientAuth::none()).build().unwrap()
    };
    invalid(with_query("client%5Fid=other").log_out().start(), "client_id");
    invalid(with_query("logout_hint=eve").log_out().logout_hint("ada").start(), "logout_hint");
    let (url, _) = with_query("logout_hint=ada").log_out().start().unwrap();
    assert_eq!(query_of(&url)["logout_hint"], "ada", "a parameter that is not sent stays");
}

#[test]
fn an_empty_list_of_languages_takes_back_the_list_and_nothing_else() {
    let (url, _) = client().log_out().logout_hint("ada").ui_locales(["de", "fr"]).start().unwrap();
    let query = query_of(&url);
    assert_eq!((query["ui_locales"].as_str(), query["logout_hint"].as_str()), ("de fr", "ada"));
    let none: [&str; 0] = [];
    let (url, _) = client().log_out().logout_hint("ada").ui_locales(["de", "fr"]).ui_locales(none).start().unwrap();
    let query = query_of(&url);
    assert_eq!((query.get("ui_locales"), query["logout_hint"].as_str()), (None, "ada"));
}

#[test]
fn the_response_shows_the_state_that_it_came_with() {
    let of_url = LogoutResponse::from_url("/signed-out?t=1&state=st4te").unwrap();
    let of_query = LogoutResponse::from_query("state=st4te").unwrap();
    for response in [of_url, of_query] {
        assert_eq!(response.state().map(oidc_proto::State::secret), Some("st4te"));
    }
    assert!(LogoutResponse::from_query("t=1").unwrap().state().is_none());
}

#[test]
fn a_post_logout_redirect_uri_may_have_any_parameter_except_state() {
    let start = |uri: &str| client().log_out().post_logout_redirect_uri(uri).start();
    assert!(start("https://app.example/signed-out?code=1&error=2").is_ok());
    assert!(matches!(start("https://app.example/signed-out?st%61te=1"), Err(LogoutError::InvalidParameter { .. })));
}

#[test]
fn a_logout_that_version_1_stored_is_finished() {
    let awaiting: AwaitingLogout = serde_json::from_str(AWAITING_LOGOUT_1).unwrap();
    assert_eq!(serde_json::to_string(&awaiting).unwrap(), AWAITING_LOGOUT_1.trim_end());
    let response = LogoutResponse::from_url("/signed-out?t=1&state=st4te").unwrap();
    assert!(awaiting.receive(&client(), response).is_ok());
}

#[test]
fn a_stored_logout_of_another_version_or_shape_is_refused() {
    let stored: Value = serde_json::from_str(AWAITING_LOGOUT_1).unwrap();
    let read = serde_json::from_value::<AwaitingLogout>;
    for (member, value) in [("version", json!(2)), ("version", json!(0)), ("state", json!("")), ("more", json!(1))] {
        let mut changed = stored.clone();
        changed[member] = value;
        assert!(read(changed).is_err(), "{member}");
    }
    for member in ["version", "issuer", "client_id", "post_logout_redirect_uri", "state"] {
        let mut changed = stored.clone();
        changed.as_object_mut().unwrap().remove(member);
        assert!(read(changed).is_err(), "{member}");
    }
}

#[test]
fn a_front_channel_notice_names_a_session_of_the_provider_or_none() {
    let read = |query: &str| FrontChannelLogout::from_query(&client(), query);
    let notice = read("iss=https%3A%2F%2Fid.example&sid=s1d").unwrap();
    assert_eq!((notice.iss(), notice.sid()), (Some(ISSUER), Some("s1d")));
    assert_eq!(read("").unwrap().sid(), None);
    assert!(matches!(
        read("iss=https%3A%2F%2Fid.example&sid="),
        Err(LogoutError::MissingParameter { parameter: "sid" })
    ));
    assert!(matches!(read("iss=id.example&sid=s1d"), Err(LogoutError::IssuerMismatch)));
    let accepting = builder(ISSUER, "app").accept_issuer("id.example").build().unwrap();
    assert!(FrontChannelLogout::from_query(&accepting, "iss=id.example&sid=s1d").is_ok());
}

#[test]
fn a_verified_logout_token_shows_its_claims() {
    let token = token(&json!({}));
    assert_eq!((token.iss(), token.sub(), token.sid(), token.jti()), (ISSUER, Some("ada"), Some("s1d"), "j"));
    assert_eq!((token.iat(), token.exp()), (at(0), Some(at(120))));
    let refused = |changes: Value| match verify_at(&client(), &changes, 0) {
        Err(LogoutTokenError::Jwt(error)) => error,
        other => panic!("{other:?}"),
    };
    // Only an ID token has a nonce, whatever its value.
    assert!(matches!(refused(json!({ "nonce": null })), JwtError::ForbiddenClaim { claim: "nonce" }));
    let forged = client().logout_token(body(2, &json!({}))).unwrap().verify(&keys(), at(0));
    assert!(matches!(forged, Err(LogoutTokenError::Jwt(JwtError::BadSignature { .. }))));
}

#[test]
fn a_logout_token_ends_the_sessions_that_it_names_and_no_other() {
    let session = |sid: Option<&str>| {
        let good = Good::new();
        let good = sid.map_or_else(Good::new, |sid| good.claim("sid", json!(sid)));
        good.log_in().unwrap().into_session(at(0))
    };
    let (named, unnamed) = (session(Some("s1d")), session(None));
    // What the token names; whether it ends the session `s1d` of `ada`; and hers without a `sid`.
    for (changes, ends_named, ends_unnamed) in [
        (json!({}), true, false),
        (json!({ "sub": null }), true, false),
        (json!({ "sid": null }), true, true),
        (json!({ "sid": "s1d-2" }), false, false),
        (json!({ "sid": "s1d-2", "sub": null }), false, false),
        (json!({ "sub": "eve" }), false, false),
        (json!({ "sub": "eve", "sid": null }), false, false),
    ] {
        let token = token(&changes);
        assert_eq!((named.is_ended_by(&token), unnamed.is_ended_by(&token)), (ends_named, ends_unnamed), "{changes}");
    }
    for (issuer, client_id) in [("https://other.example", "app"), (ISSUER, "other")] {
        let client = builder(issuer, client_id).build().unwrap();
        for changes in [json!({}), json!({ "sub": null }), json!({ "sid": null })] {
            let token = verify_at(&client, &changed(json!({ "iss": issuer, "aud": client_id }), &changes), 0).unwrap();
            assert!(!named.is_ended_by(&token) && !unnamed.is_ended_by(&token), "{issuer} {client_id} {changes}");
        }
    }
}

#[test]
fn keys_are_fetched_for_a_logout_token_through_a_cache() {
    let mut cache = KeyCache::new();
    let mut fetches = 0;
    let mut send = |request: Request<Vec<u8>>| -> Result<Response<String>, BoxError> {
        assert_eq!(request.uri(), "https://id.example/keys");
        fetches += 1;
        Ok(Response::new(key_document()))
    };
    for _ in 0..2 {
        let unverified = client().logout_token(body(1, &json!({}))).unwrap();
        assert_eq!(unverified.verify_with(&mut cache, at(0), &mut send).unwrap().sid(), Some("s1d"));
    }
    assert_eq!(fetches, 1);
}

#[test]
fn old_keys_verify_while_new_ones_cannot_be_fetched() {
    let unverified = |seconds: u64| {
        let changes = json!({ "iat": 1_700_000_000 + seconds, "exp": null });
        client().logout_token(body(1, &changes)).unwrap()
    };
    let fails = |_: Request<Vec<u8>>| -> Result<Response<String>, BoxError> { Err("no route".into()) };
    let mut cache = KeyCache::new();
    let none = unverified(0).verify_with(&mut cache, at(0), fails);
    assert!(matches!(none, Err(Error::Transport(_))), "there are no old ones: {none:?}");
    let answers = |_: Request<Vec<u8>>| -> Result<Response<String>, BoxError> {
        Ok(Response::builder().header("cache-control", "max-age=300").body(key_document())?)
    };
    assert!(unverified(5).verify_with(&mut cache, at(5), answers).is_ok());
    let mut asked = 0;
    let counted = |request: Request<Vec<u8>>| {
        asked += 1;
        fails(request)
    };
    assert!(unverified(305).verify_with(&mut cache, at(305), counted).is_ok());
    assert_eq!(asked, 1, "the keys had become too old");
}

#[test]
fn a_logout_token_that_was_seen_before_is_refused() {
    let mut replays = LogoutReplays::new();
    assert!(replays.is_empty());
    assert!(replays.first_time(&token(&json!({})), at(0)));
    assert!(!replays.is_empty());
    assert!(!replays.first_time(&token(&json!({})), at(0)));
    assert!(!stored(&replays).first_time(&token(&json!({})), at(1)), "also after it was stored");
    assert!(replays.first_time(&token(&json!({ "jti": "k" })), at(0)));
    // Another provider or client may have a `jti` of the same text.
    let other = |issuer, client_id: &str| {
        let client = builder(issuer, client_id).build().unwrap();
        verify_at(&client, &json!({ "iss": issuer, "aud": client_id }), 0).unwrap()
    };
    assert!(replays.first_time(&other("https://other.example", "app"), at(0)));
    assert!(replays.first_time(&other(ISSUER, "other"), at(0)));
    assert_eq!(replays.len(), 4);
}

#[test]
fn a_logout_token_is_forgotten_only_when_verification_refuses_it() {
    // The leeway is 60 seconds. A token without `exp` ends after ten minutes. Times may have fractions.
    for changes in [
        json!({}),
        json!({ "exp": null }),
        json!({ "exp": 1_700_009_999 }),
        json!({ "exp": null, "iat": 1_700_000_000.5 }),
        json!({ "exp": 1_700_000_120.5 }),
    ] {
        let verified = verify_at(&client(), &changes, 1).unwrap();
        let mut replays = LogoutReplays::new();
        assert!(replays.first_time(&verified, at(1)));
        for seconds in (1..10).chain(175..185).chain(655..665) {
            for now in [at(seconds), at(seconds) + Duration::from_millis(499), at(seconds) + Duration::from_millis(999)]
            {
                let unverified = client().logout_token(body(1, &changes)).unwrap();
                if let Ok(again) = unverified.verify(&keys(), now) {
                    assert!(LogoutReplays::new().first_time(&again, now), "{changes} at {now:?}");
                    assert!(!stored(&replays).first_time(&again, now), "{changes} after {now:?}");
                }
            }
        }
        // A token that was verified in time and is compared too late is refused: whether it was seen is no longer known.
        assert!(!replays.first_time(&verified, at(700)), "{changes}");
        assert!(replays.is_empty(), "{changes}: it is forgotten");
    }
}

#[test]
fn a_logout_token_is_accepted_for_ten_minutes_and_the_leeway() {
    let changes = json!({ "exp": null });
    assert!(verify_at(&client(), &changes, 660).is_ok());
    assert!(matches!(verify_at(&client(), &changes, 661), Err(LogoutTokenError::Jwt(JwtError::TooOld))));
    let patient = builder(ISSUER, "app").leeway(Duration::from_secs(100)).build().unwrap();
    assert!(verify_at(&patient, &changes, 700).is_ok());
    assert!(verify_at(&patient, &changes, 701).is_err());
}

#[test]
fn ten_thousand_logout_tokens_are_remembered_and_the_oldest_is_forgotten() {
    // The first one was issued a second before the others. HMACs are cheap to check.
    let numbered = |number: usize| {
        token_with_hmac(&json!({ "jti": number.to_string(), "iat": 1_700_000_000 + number.min(1), "exp": null }))
    };
    let mut replays = LogoutReplays::new();
    let tokens: Vec<LogoutToken> = (0..=LogoutReplays::LIMIT).map(numbered).collect();
    for token in &tokens {
        assert!(replays.first_time(token, at(0)), "{token:?}");
    }
    assert_eq!(replays.len(), LogoutReplays::LIMIT);
    let mut replays = stored(&replays);
    assert_eq!(replays.len(), LogoutReplays::LIMIT);
    let (oldest, others) = tokens.split_first().unwrap();
    for token in others {
        assert!(!replays.first_time(token, at(0)), "{token:?}");
    }
    assert!(replays.first_time(oldest, at(0)), "it is forgotten");
    // A stored list that is too long is cut.
    let mut value = serde_json::to_value(&replays).unwrap();
    let more: Vec<Value> = (0_u128..20_000)
        .map(|number| json!([URL_SAFE_NO_PAD.encode(number.to_be_bytes()), 1_800_000_000_u64]))
        .collect();
    value["seen"] = Value::Array(more);
    assert_eq!(serde_json::from_value::<LogoutReplays>(value.clone()).unwrap().len(), LogoutReplays::LIMIT);
    for (member, wrong) in [("version", json!(2)), ("seen", json!([["x", 1]])), ("more", json!(1))] {
        let mut changed = value.clone();
        changed[member] = wrong;
        assert!(serde_json::from_value::<LogoutReplays>(changed).is_err(), "{member}");
    }
}

#[test]
fn the_answer_is_200_or_400_and_is_not_stored() {
    for (answer, status, error) in [
        (LogoutAnswer::LoggedOut, 200, None),
        (LogoutAnswer::Refused, 400, Some("invalid_request")),
        (LogoutAnswer::Failed, 400, Some("server_error")),
    ] {
        let response = Response::from(answer);
        assert_eq!(
            (response.status().as_u16(), &response.headers()["cache-control"]),
            (status, &"no-store".parse().unwrap())
        );
        match error {
            None => assert!(response.body().is_empty() && !response.headers().contains_key("content-type")),
            Some(error) => {
                assert_eq!(response.headers()["content-type"], "application/json");
                assert_eq!(serde_json::from_slice::<Value>(response.body()).unwrap()["error"], error);
            }
        }
    }
}

#[test]
fn each_error_of_a_logout_has_a_remedy() {
    let invalid = LogoutError::InvalidParameter { name: "state".into(), reason: "it is empty" };
    let mismatch = LogoutError::RedirectUriMismatch { expected: String::new(), found: String::new() };
    for (remedy, errors) in [
        (
            Remedy::FixConfiguration,
            vec![
                LogoutError::NoEndSessionEndpoint,
                invalid,
                LogoutError::ReservedParameter { name: "state".into() },
                mismatch,
                LogoutError::IssuerMismatch,
                LogoutError::WrongClient,
            ],
        ),
        (
            Remedy::Ignore,
            vec![
                LogoutError::Malformed,
                LogoutError::DuplicateParameter { parameter: "state" },
                LogoutError::MissingParameter { parameter: "sid" },
                LogoutError::StateMissing,
                LogoutError::StateMismatch,
            ],
        ),
        (Remedy::RetryLater, vec![LogoutError::Randomness("the system has none".into())]),
    ] {
        for error in errors {
            assert_eq!(Error::from(error).remedy(), remedy);
        }
    }
    for (remedy, error) in [
        (Remedy::Ignore, LogoutTokenError::Malformed),
        (Remedy::Ignore, LogoutTokenError::DuplicateParameter { parameter: "logout_token" }),
        (Remedy::Ignore, LogoutTokenError::MissingParameter { parameter: "logout_token" }),
        (Remedy::Ignore, LogoutTokenError::Jwt(JwtError::Expired)),
        (Remedy::Ignore, LogoutTokenError::Jwt(JwtError::TooOld)),
        (Remedy::FetchKeys, LogoutTokenError::Jwt(JwtError::UnknownKey)),
        (Remedy::ReportToProvider, LogoutTokenError::Jwt(JwtError::ForbiddenClaim { claim: "nonce" })),
    ] {
        assert_eq!(Error::from(error).remedy(), remedy);
    }
}
