//! The key cache, with a simulated clock.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::{Good, at};
use oidc_proto::http::Response;
use oidc_proto::{AwaitingKeys, JwkSet, KeyCache, KeysError, KeysFor, RoundTrip, UnverifiedTokens};

/// Tokens whose ID token claims to be signed with this key.
fn token(kid: Option<&str>) -> UnverifiedTokens {
    let header = kid.map_or(r#"{"alg":"RS256"}"#.to_owned(), |kid| format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#));
    let claims = r#"{"iss":"https://id.example","sub":"ada","aud":"app","exp":1700000300,"iat":1700000000}"#;
    let id_token = format!("{}.{}.AA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    Good::new().token_response(200, &format!(r#"{{"access_token":"at","id_token":"{id_token}"}}"#)).unwrap()
}

/// A set of one key, from a response with this `Cache-Control`.
fn keys(fetch: RoundTrip<AwaitingKeys>, kid: &str, cache_control: Option<&str>) -> JwkSet {
    let (request, awaiting) = fetch.into_parts();
    assert_eq!(request.uri(), "https://id.example/keys");
    let key =
        format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"QkWkCyo8HgO4QeaE1Q2ruofypP7HZYzD5m7-cK3-SJQ"}}"#);
    let mut response = Response::builder();
    if let Some(value) = cache_control {
        response = response.header("cache-control", value);
    }
    awaiting.receive(&response.body(format!(r#"{{"keys":[{key}]}}"#)).unwrap()).unwrap()
}

fn expect_fetch(cache: &mut KeyCache, token: &UnverifiedTokens, seconds: u64) -> RoundTrip<AwaitingKeys> {
    match cache.keys_for(token, at(seconds)).unwrap() {
        KeysFor::Fetch(fetch) => fetch,
        other => panic!("at {seconds}: {other:?}"),
    }
}

fn uses(cache: &mut KeyCache, token: &UnverifiedTokens, seconds: u64) -> bool {
    matches!(cache.keys_for(token, at(seconds)).unwrap(), KeysFor::Use(_))
}

/// A cache that fetched the key `old` at 0.
fn filled(cache_control: Option<&str>) -> KeyCache {
    let mut cache = KeyCache::new();
    let fetch = expect_fetch(&mut cache, &token(Some("old")), 0);
    cache.store(keys(fetch, "old", cache_control), at(0));
    cache
}

#[test]
fn the_first_fetch_is_handed_out_once_and_the_others_wait() {
    let mut cache = KeyCache::new();
    let token = token(Some("old"));
    let fetch = expect_fetch(&mut cache, &token, 0);
    for _ in 0..1000 {
        assert!(
            matches!(cache.keys_for(&token, at(1)).unwrap(), KeysFor::Fetching(wait) if wait == Duration::from_secs(59))
        );
    }
    cache.store(keys(fetch, "old", None), at(1));
    assert!(uses(&mut cache, &token, 1));
}

#[test]
fn a_fetch_that_nobody_reports_on_is_handed_out_again_after_a_minute() {
    let mut cache = KeyCache::new();
    let token = token(Some("old"));
    drop(expect_fetch(&mut cache, &token, 0));
    assert!(matches!(cache.keys_for(&token, at(59)).unwrap(), KeysFor::Fetching(_)));
    drop(expect_fetch(&mut cache, &token, 60));
}

#[test]
fn keys_are_used_as_long_as_the_response_says_between_five_minutes_and_a_day() {
    for (cache_control, seconds) in [
        (None, 3600),
        (Some("public"), 3600),
        (Some("max-age=soon"), 3600),
        (Some("public, max-age=1800, must-revalidate"), 1800),
        (Some("Max-Age=\"1800\""), 1800),
        (Some("max-age=0"), 300),
        (Some("no-store"), 300),
        (Some("max-age=10"), 300),
        (Some("max-age=99999999"), 86400),
    ] {
        let mut cache = filled(cache_control);
        assert!(uses(&mut cache, &token(Some("old")), seconds - 1), "{cache_control:?}");
        drop(expect_fetch(&mut cache, &token(Some("old")), seconds));
        assert!(uses(&mut cache, &token(Some("old")), seconds), "the old keys are used while the new ones are fetched");
    }
}

#[test]
fn a_key_that_rotated_just_before_signing_is_fetched_at_once() {
    let mut cache = filled(None);
    let fetch = expect_fetch(&mut cache, &token(Some("new")), 10);
    cache.store(keys(fetch, "new", None), at(10));
    assert!(uses(&mut cache, &token(Some("new")), 11));
}

#[test]
fn ten_thousand_forged_key_ids_cause_one_fetch_a_minute() {
    let mut cache = filled(None);
    let mut fetched_at = Vec::new();
    for forged in 0..10_000_u64 {
        // Ten forged tokens a second: 1000 seconds.
        let seconds = 100 + forged / 10;
        match cache.keys_for(&token(Some(&format!("forged-{forged}"))), at(seconds)).unwrap() {
            KeysFor::Fetch(fetch) => {
                fetched_at.push(seconds);
                cache.store(keys(fetch, "old", None), at(seconds));
            }
            KeysFor::Use(_) => {}
            other => panic!("{other:?}"),
        }
        assert!(uses(&mut cache, &token(Some("old")), seconds));
    }
    assert_eq!(fetched_at, (100..1100).step_by(60).collect::<Vec<_>>());
}

#[test]
fn a_token_without_kid_that_no_key_signed_causes_one_fetch_a_minute() {
    let mut cache = filled(None);
    for seconds in [100, 160] {
        let fetch = expect_fetch(&mut cache, &token(None), seconds);
        cache.store(keys(fetch, "old", None), at(seconds));
        assert!(uses(&mut cache, &token(None), seconds));
        assert!(uses(&mut cache, &token(None), seconds + 59));
    }
}

#[test]
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
fn a_token_without_kid_that_one_of_the_keys_signed_causes_no_fetch() {
    let vectors: serde_json::Value = serde_json::from_str(include_str!("vectors/id_token.json")).unwrap();
    let signed =
        vectors["cases"].as_array().unwrap().iter().find(|case| case["name"] == "kid_absent_keys_have_kids").unwrap();
    let body = format!(r#"{{"access_token":"at","id_token":{}}}"#, signed["given"]["id_token"]);
    let token = Good::new().token_response(200, &body).unwrap();
    let mut cache = KeyCache::new();
    drop(expect_fetch(&mut cache, &token, 0));
    cache.store(JwkSet::from_json(vectors["defaults"]["jwks"].to_string()).unwrap(), at(0));
    assert!(uses(&mut cache, &token, 100));
}

#[test]
fn a_token_that_cannot_be_read_or_whose_algorithm_is_not_allowed_causes_no_fetch() {
    let mut cache = filled(None);
    for id_token in ["x", &format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#))] {
        let body = format!(r#"{{"access_token":"at","id_token":"{id_token}"}}"#);
        let token = Good::new().token_response(200, &body).unwrap();
        assert!(uses(&mut cache, &token, 100), "{id_token}");
    }
}

#[test]
fn a_failed_fetch_keeps_the_old_keys_and_backs_off() {
    let mut cache = filled(None);
    let token = token(Some("old"));
    let mut now = 3600;
    for pause in [5, 10, 20, 40, 80, 160, 300, 300] {
        drop(expect_fetch(&mut cache, &token, now));
        cache.fetch_failed(at(now));
        assert!(uses(&mut cache, &token, now + pause - 1), "after {pause}");
        now += pause;
    }
    let fetch = expect_fetch(&mut cache, &token, now);
    cache.store(keys(fetch, "old", None), at(now));
    assert!(uses(&mut cache, &token, now + 3599));
    // After a success the failures do not count: the next one waits five seconds, not five minutes.
    drop(expect_fetch(&mut cache, &token, now + 3600));
    cache.fetch_failed(at(now + 3600));
    drop(expect_fetch(&mut cache, &token, now + 3605));
}

#[test]
fn old_keys_are_used_for_one_more_day_and_no_longer() {
    let mut cache = filled(None);
    let token = token(Some("old"));
    let end = 3600 + 86_400;
    drop(expect_fetch(&mut cache, &token, end - 100));
    cache.fetch_failed(at(end - 2));
    assert!(uses(&mut cache, &token, end - 1));
    assert!(
        matches!(cache.keys_for(&token, at(end)).unwrap(), KeysFor::Unavailable(wait) if wait == Duration::from_secs(3))
    );
    drop(expect_fetch(&mut cache, &token, end + 3));
    assert!(matches!(cache.keys_for(&token, at(end + 4)).unwrap(), KeysFor::Fetching(_)));
}

#[test]
fn the_keys_can_be_fetched_before_the_first_login() {
    let mut cache = KeyCache::new();
    let client = Good::new().client();
    let KeysFor::Fetch(fetch) = cache.prefetch(&client, at(0)).unwrap() else { panic!("there are no keys yet") };
    assert!(matches!(cache.prefetch(&client, at(1)).unwrap(), KeysFor::Fetching(_)));
    cache.store(keys(fetch, "old", None), at(1));
    assert!(matches!(cache.prefetch(&client, at(2)).unwrap(), KeysFor::Use(_)));
    assert!(uses(&mut cache, &token(Some("old")), 2));
}

#[test]
fn without_old_keys_a_failed_fetch_says_how_long_to_wait() {
    let mut cache = KeyCache::new();
    drop(expect_fetch(&mut cache, &token(None), 0));
    cache.fetch_failed(at(0));
    assert!(
        matches!(cache.keys_for(&token(None), at(2)).unwrap(), KeysFor::Unavailable(wait) if wait == Duration::from_secs(3))
    );
    drop(expect_fetch(&mut cache, &token(None), 5));
}

#[test]
fn processes_can_share_a_key_cache() {
    let mut cache = filled(Some("max-age=1800"));
    let stored = serde_json::to_string(&cache).unwrap();
    let mut other: KeyCache = serde_json::from_str(&stored).unwrap();
    assert_eq!(serde_json::to_string(&other).unwrap(), stored);
    for cache in [&mut cache, &mut other] {
        assert!(uses(cache, &token(Some("old")), 1799));
        assert_eq!(cache.keys().unwrap().usable_keys(), 1);
        drop(expect_fetch(cache, &token(Some("old")), 1800));
    }
    for broken in [stored.replace("\"version\":1", "\"version\":2"), stored.replace("\"failures\"", "\"successes\"")] {
        assert!(serde_json::from_str::<KeyCache>(&broken).is_err());
    }
    // A stored cache without `source`, for example, would lose its provider.
    let members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&stored).unwrap();
    for member in members.keys() {
        let mut missing = members.clone();
        missing.remove(member);
        assert!(serde_json::from_value::<KeyCache>(missing.into()).is_err(), "{member}");
    }
}

#[test]
fn keys_of_another_provider_are_not_used() {
    let mut metadata = Good::new().metadata();
    metadata.jwks_uri = Some("https://other.example/keys".to_owned());
    let other = Good::with_metadata(metadata);
    let others = other.token_response(200, &other.body()).unwrap();
    let cache = filled(None);
    let stored = serde_json::to_string(&cache).unwrap();
    for mut cache in [cache, serde_json::from_str(&stored).unwrap()] {
        assert!(uses(&mut cache, &token(Some("old")), 1));
        assert!(matches!(cache.keys_for(&others, at(1)).unwrap(), KeysFor::Fetch(_)));
        cache.fetch_failed(at(1));
        assert!(matches!(cache.keys_for(&others, at(1)).unwrap(), KeysFor::Unavailable(_)));
    }
    // Keys that were not fetched from a provider can be stored for any.
    let mut cache = KeyCache::new();
    cache.store(JwkSet::from_json(r#"{"keys":[]}"#).unwrap(), at(0));
    assert!(uses(&mut cache, &Good::new().token_response(200, r#"{"access_token":"at","id_token":"x"}"#).unwrap(), 1));
}

#[test]
fn a_clock_that_goes_back_causes_no_fetch() {
    let mut cache = KeyCache::new();
    let fetch = expect_fetch(&mut cache, &token(Some("old")), 1000);
    cache.store(keys(fetch, "old", None), at(1000));
    assert!(uses(&mut cache, &token(Some("old")), 0));
}

#[test]
fn a_clock_that_was_a_day_ahead_does_not_block_a_fetch() {
    let (day, token) = (86_400, token(Some("old")));
    let mut cache = KeyCache::new();
    drop(expect_fetch(&mut cache, &token, day));
    let fetch = expect_fetch(&mut cache, &token, 0);
    cache.store(keys(fetch, "old", None), at(day));
    drop(expect_fetch(&mut cache, &token, 0));
}

#[test]
fn a_provider_without_keys_is_an_error() {
    let mut metadata = Good::new().metadata();
    metadata.jwks_uri = None;
    let good = Good::with_metadata(metadata);
    let unverified = good.token_response(200, &good.body()).unwrap();
    assert!(matches!(KeyCache::new().keys_for(&unverified, at(0)), Err(KeysError::NoJwksUri)));
}
