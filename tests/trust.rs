//! What makes an ID token trustworthy: keys of one provider, nonces and randomness of one login.
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

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::signing::{Signing, changed};
use common::{Good, at, query_of};
use oidc_proto::http::{Request, Response};
use oidc_proto::{
    AuthorizationResponse, BoxError, CallbackError, Client, ClientAuth, Error, IdTokenError, JwkSet, JwtError,
    KeyCache, KeysError, ProviderMetadata, Remedy, ResponseMode, TriedKey, UnverifiedTokens,
};
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example";

/// A good ID token with these changes.
fn token(signing: &Signing, header: &Value, changes: &Value) -> String {
    let claims = json!({
        "iss": ISSUER, "sub": "ada", "aud": "app", "exp": 1_700_000_300, "iat": 1_700_000_000, "nonce": "n0nce",
    });
    signing.jwt(header, &changed(claims, changes))
}

fn metadata(issuer: &str) -> ProviderMetadata {
    let mut metadata = ProviderMetadata::new(issuer);
    metadata.authorization_endpoint = Some(format!("{ISSUER}/authorize"));
    metadata.token_endpoint = Some(format!("{ISSUER}/token"));
    metadata.jwks_uri = Some(format!("{issuer}/keys"));
    metadata.id_token_signing_alg_values_supported = Some(vec!["EdDSA".into()]);
    metadata
}

fn client(metadata: ProviderMetadata) -> Client {
    let builder = Client::builder(metadata, "app", ClientAuth::secret("s3cret"));
    builder.redirect_uri("https://app.example/callback").build().unwrap()
}

/// A login up to the tokens.
fn log_in(client: &Client, id_token: &str) -> UnverifiedTokens {
    let (_, awaiting) = client.authorize().state("st4te").nonce("n0nce").start(at(0)).unwrap();
    let response = AuthorizationResponse::from_query("code=c0de&state=st4te").unwrap();
    let (_, awaiting) = awaiting.receive(client, response, at(0)).unwrap().into_parts();
    let body = json!({ "access_token": "at", "id_token": id_token }).to_string();
    awaiting.receive(&Response::new(body)).unwrap()
}

fn fetched_by(client: &Client, keys: &[Value]) -> JwkSet {
    let (_, awaiting) = client.fetch_keys().unwrap().into_parts();
    awaiting.receive(&Response::new(json!({ "keys": keys }).to_string())).unwrap()
}

#[test]
fn keys_of_one_provider_verify_nothing_of_another() {
    let (provider, evil) = (Signing::new(1), Signing::new(2));
    let honest = client(metadata(ISSUER));
    let malicious = client(metadata("https://evil.example"));
    let keys = fetched_by(&malicious, &[evil.jwk(&json!({ "kid": "k" }))]);
    let forged = log_in(&honest, &token(&evil, &json!({ "alg": "EdDSA", "kid": "k" }), &json!({})));
    let stored: JwkSet = serde_json::from_str(&serde_json::to_string(&keys).unwrap()).unwrap();
    for keys in [keys, stored] {
        assert!(matches!(forged.verify(&keys, at(0)), Err(IdTokenError::Jwt(JwtError::UnknownKey))));
        let lone = honest.id_token(token(&evil, &json!({ "alg": "EdDSA" }), &json!({}))).with_nonce("n0nce");
        assert!(matches!(lone.verify(&keys, at(0)), Err(IdTokenError::Jwt(JwtError::UnknownKey))));
    }
    let good = log_in(&honest, &token(&provider, &json!({ "alg": "EdDSA", "kid": "k" }), &json!({})));
    assert!(good.verify(&fetched_by(&honest, &[provider.jwk(&json!({ "kid": "k" }))]), at(0)).is_ok());
}

#[test]
fn one_tenants_key_verifies_nothing_of_another_tenant() {
    let (ours, theirs) = ("72f988bf-86f1-41af-91ab-2d7cd011db47", "00000000-86f1-41af-91ab-2d7cd011db47");
    let issuer = |tenant: &str| format!("https://login.example/{tenant}/v2.0");
    let client = Client::builder(metadata(&issuer("common")), "app", ClientAuth::none())
        .redirect_uri("https://app.example/callback")
        .issuer_template(issuer("{tenantid}"))
        .build()
        .unwrap();
    let signing = Signing::new(1);
    let claims = json!({ "iss": issuer(ours), "tid": ours });
    for (key_issuer, right) in [
        (json!({}), true),
        (json!({ "issuer": issuer("{tenantid}") }), true),
        (json!({ "issuer": issuer(ours) }), true),
        (json!({ "issuer": issuer(theirs) }), false),
    ] {
        let unverified = log_in(&client, &token(&signing, &json!({ "alg": "EdDSA" }), &claims));
        let result = unverified.verify(&fetched_by(&client, &[signing.jwk(&key_issuer)]), at(0));
        assert_eq!(result.is_ok(), right, "{key_issuer}");
    }
}

/// SECURITY.md, "What others refuse and this crate accepts".
#[test]
fn a_header_that_others_refuse_changes_nothing_that_is_believed() {
    let (signing, other) = (Signing::new(1), Signing::new(2));
    let client = client(metadata(ISSUER));
    let keys = fetched_by(&client, &[signing.jwk(&json!({ "kid": "k" }))]);
    let header = json!({ "alg": "EdDSA", "kid": "k" });
    let of_other = other.jwk(&json!({ "kid": "k" }));
    for odd in [
        json!({ "typ": "jwt" }),
        json!({ "typ": "application/jwt" }),
        json!({ "typ": "APPLICATION/JWT" }),
        json!({ "epk": of_other.clone() }),
        json!({ "epk": 1 }),
        json!({ "": "k2" }),
    ] {
        let header = changed(header.clone(), &odd);
        let verify = |signing: &Signing| log_in(&client, &token(signing, &header, &json!({}))).verify(&keys, at(0));
        assert_eq!(verify(&signing).unwrap().id_token().sub(), "ada", "{odd}");
        assert!(matches!(verify(&other), Err(IdTokenError::Jwt(JwtError::BadSignature { .. }))), "{odd}");
    }
    for (odd, error) in [
        (json!({ "typ": "application/at+jwt" }), JwtError::WrongType),
        (json!({ "typ": "application/application/jwt" }), JwtError::WrongType),
        (json!({ "typ": "" }), JwtError::WrongType),
        (json!({ "epk": of_other, "crit": ["epk"] }), JwtError::CriticalHeader),
        (json!({ "": 1, "crit": [""] }), JwtError::CriticalHeader),
    ] {
        let token = token(&signing, &changed(header.clone(), &odd), &json!({}));
        let found = log_in(&client, &token).verify(&keys, at(0)).unwrap_err();
        assert!(matches!(&found, IdTokenError::Jwt(found) if *found == error), "{odd}: {found}");
    }
}

/// SECURITY.md, "What others refuse and this crate accepts".
#[test]
fn a_byte_order_mark_is_skipped_before_a_document_and_refused_inside_a_token() {
    let signing = Signing::new(1);
    let client = client(metadata(ISSUER));
    let document = json!({ "keys": [signing.jwk(&json!({ "kid": "k" }))] });
    let (_, awaiting) = client.fetch_keys().unwrap().into_parts();
    let keys = awaiting.receive(&Response::new(format!("\u{feff}{document}"))).unwrap();
    let header = json!({ "alg": "EdDSA", "kid": "k" });
    let good = log_in(&client, &token(&signing, &header, &json!({})));
    assert!(good.verify(&keys, at(0)).is_ok());
    let claims = json!({ "iss": ISSUER, "sub": "ada", "aud": "app", "exp": 1_700_000_300, "iat": 1_700_000_000, "nonce": "n0nce" });
    let marked = log_in(&client, &signing.jwt_of_text(&header, &format!("\u{feff}{claims}")));
    assert!(matches!(marked.verify(&keys, at(0)), Err(IdTokenError::Jwt(JwtError::Malformed { .. }))));
}

#[test]
fn state_nonce_and_verifier_differ_and_every_byte_of_them_varies() {
    let client = client(metadata(ISSUER));
    let mut seen = BTreeSet::new();
    let mut bytes: [[BTreeSet<u8>; 32]; 3] = std::array::from_fn(|_| std::array::from_fn(|_| BTreeSet::new()));
    for _ in 0..1000 {
        let request = client.authorize().code_challenge_method(oidc_proto::CodeChallengeMethod::PLAIN);
        let query = query_of(&request.start(at(0)).unwrap().0);
        for (index, name) in ["state", "nonce", "code_challenge"].into_iter().enumerate() {
            let value = URL_SAFE_NO_PAD.decode(&query[name]).unwrap();
            assert_eq!(value.len(), 32, "{name}");
            for (position, byte) in value.iter().enumerate() {
                bytes[index][position].insert(*byte);
            }
            assert!(seen.insert(value), "{name} repeats a value");
        }
    }
    // 1000 draws of 256 values miss about 5 of them. A fixed byte has one value.
    let fewest = bytes.iter().flatten().map(BTreeSet::len).min().unwrap();
    assert!(fewest > 200, "a byte takes only {fewest} values");
}

#[test]
fn a_lone_id_token_is_verified_with_its_nonce_or_none() {
    let (signing, client) = (Signing::new(1), client(metadata(ISSUER)));
    let keys = fetched_by(&client, &[signing.jwk(&json!({}))]);
    let token = |changes| token(&signing, &json!({ "alg": "EdDSA" }), &changes);
    let verified = client.id_token(token(json!({}))).with_nonce("n0nce").verify(&keys, at(0)).unwrap();
    assert_eq!(verified.sub(), "ada");
    let refused = |changes, nonce: Option<&str>| {
        let lone = client.id_token(token(changes));
        let unverified = if let Some(nonce) = nonce { lone.with_nonce(nonce) } else { lone.without_nonce() };
        unverified.verify(&keys, at(0)).unwrap_err()
    };
    assert!(matches!(refused(json!({}), Some("other")), IdTokenError::NonceMismatch));
    assert!(matches!(refused(json!({}), None), IdTokenError::NonceMismatch));
    assert!(matches!(refused(json!({ "nonce": null }), Some("n0nce")), IdTokenError::NonceMissing));
    assert!(matches!(refused(json!({ "aud": "other" }), Some("n0nce")), IdTokenError::Jwt(JwtError::AudienceMismatch)));
    assert!(client.id_token(token(json!({ "nonce": null }))).without_nonce().verify(&keys, at(0)).is_ok());
    let mut cache = KeyCache::new();
    cache.store(keys, at(0));
    let send = |_: Request<Vec<u8>>| -> Result<Response<String>, BoxError> { panic!("the cache is filled") };
    let unverified = client.id_token(token(json!({}))).with_nonce("n0nce");
    assert_eq!(unverified.verify_with(&mut cache, at(0), send).unwrap().sub(), "ada");
}

/// A provider that answers with these sets of keys, one after the other, and then fails.
fn answers(sets: Vec<Vec<Value>>) -> impl FnMut(Request<Vec<u8>>) -> Result<Response<String>, BoxError> {
    let mut sets = sets.into_iter();
    move |request| {
        assert_eq!(request.uri(), "https://id.example/keys");
        let keys = sets.next().ok_or("the cable")?;
        Ok(Response::new(json!({ "keys": keys }).to_string()))
    }
}

#[test]
fn verify_with_fetches_keys_once_and_again_for_a_new_key() {
    let (old, new, client) = (Signing::new(1), Signing::new(2), client(metadata(ISSUER)));
    let mut cache = KeyCache::new();
    for kid in [json!({ "kid": "old" }), json!({})] {
        cache = KeyCache::new();
        let mut header = kid.clone();
        header["alg"] = json!("EdDSA");
        let unverified = log_in(&client, &token(&old, &header, &json!({})));
        let mut send = answers(vec![vec![old.jwk(&kid)]]);
        assert!(unverified.verify_with(&mut cache, at(0), &mut send).is_ok());
        assert!(unverified.verify_with(&mut cache, at(1), &mut send).is_ok(), "no second fetch");
        // The provider has a new key.
        let header = if kid == json!({}) { json!({ "alg": "EdDSA" }) } else { json!({ "alg": "EdDSA", "kid": "new" }) };
        let kid = if kid == json!({}) { json!({}) } else { json!({ "kid": "new" }) };
        let unverified = log_in(&client, &token(&new, &header, &json!({})));
        let mut send = answers(vec![vec![new.jwk(&kid)]]);
        assert!(unverified.verify_with(&mut cache, at(2), &mut send).is_ok());
    }
    // A key that the provider does not have: one fetch per minute, and the error of the verification.
    let forged = log_in(&client, &token(&old, &json!({ "alg": "EdDSA", "kid": "forged" }), &json!({})));
    let error = forged.verify_with(&mut cache, at(3), answers(vec![])).unwrap_err();
    assert!(matches!(error, Error::IdToken(IdTokenError::Jwt(JwtError::UnknownKey))), "{error:?}");
}

#[test]
fn verify_with_fetches_keys_for_the_id_token_of_a_refresh_alone() {
    let (old, new, client) = (Signing::new(1), Signing::new(2), client(metadata(ISSUER)));
    let (of_old, of_new) = (json!({ "alg": "EdDSA", "kid": "old" }), json!({ "alg": "EdDSA", "kid": "new" }));
    let mut cache = KeyCache::new();
    let mut send = answers(vec![vec![old.jwk(&json!({ "kid": "old" }))], vec![new.jwk(&json!({ "kid": "new" }))]]);
    let tokens = log_in(&client, &token(&old, &of_old, &json!({}))).verify_with(&mut cache, at(0), &mut send).unwrap();
    let refresh = |body: Value| {
        let request = client.refresh(&"rt".into()).of_login(&tokens).start(at(1)).unwrap();
        request.into_parts().1.receive(&Response::new(body.to_string())).unwrap()
    };
    let signed = refresh(json!({ "access_token": "at-2", "id_token": token(&new, &of_new, &json!({})) }));
    let refreshed = signed.verify_with(&mut cache, at(1), &mut send).unwrap();
    assert_eq!(refreshed.id_token().unwrap().sub(), "ada", "the provider has a new key");
    // Without an ID token, there is nothing to verify: no key is fetched, though the cache is empty.
    let plain = refresh(json!({ "access_token": "at-3" }));
    assert!(plain.verify_with(&mut KeyCache::new(), at(1), answers(vec![])).unwrap().id_token().is_none());
}

#[test]
fn verify_with_says_at_once_that_the_keys_are_unavailable() {
    let (signing, client) = (Signing::new(1), client(metadata(ISSUER)));
    let unverified = log_in(&client, &token(&signing, &json!({ "alg": "EdDSA" }), &json!({})));
    let mut cache = KeyCache::new();
    let error = unverified.verify_with(&mut cache, at(0), answers(vec![])).unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
    let error = unverified.verify_with(&mut cache, at(1), answers(vec![])).unwrap_err();
    let Error::Keys(KeysError::Unavailable { retry_after }) = error else { panic!("{error:?}") };
    assert_eq!((retry_after, error.remedy()), (Duration::from_secs(4), Remedy::RetryLater));
    assert!(unverified.verify_with(&mut cache, at(5), answers(vec![vec![signing.jwk(&json!({}))]])).is_ok());
    // Old keys are used while a fetch fails.
    assert!(unverified.verify_with(&mut cache, at(0) + Duration::from_secs(250), answers(vec![])).is_ok());
}

#[test]
fn the_async_method_verifies_the_same() {
    let (signing, client) = (Signing::new(1), client(metadata(ISSUER)));
    let unverified = log_in(&client, &token(&signing, &json!({ "alg": "EdDSA", "kid": "k" }), &json!({})));
    let mut cache = KeyCache::new();
    let (asked, mut send) = (Cell::new(0), answers(vec![vec![signing.jwk(&json!({ "kid": "k" }))]]));
    let send = |request| {
        asked.set(asked.get() + 1);
        std::future::ready(send(request))
    };
    let mut future = std::pin::pin!(unverified.verify_with_async(&mut cache, at(0), send));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(result) = future.as_mut().poll(&mut context) else { panic!("not ready") };
    assert_eq!((result.unwrap().id_token().sub(), asked.get()), ("ada", 1));
}

#[test]
fn a_wrong_mac_says_that_the_client_secret_was_the_key() {
    let secret = "a-secret-of-32-bytes-0123456789-abcdef";
    let client = Client::builder(metadata(ISSUER), "app", ClientAuth::secret(secret))
        .redirect_uri("https://app.example/callback")
        .id_token_signed_response_algs(["HS256"])
        .build()
        .unwrap();
    let unverified = log_in(&client, &token(&Signing::new(1), &json!({ "alg": "HS256" }), &json!({})));
    let error = unverified.verify(&JwkSet::default(), at(0)).unwrap_err();
    let IdTokenError::Jwt(error) = error else { panic!("{error:?}") };
    assert_eq!(error, JwtError::BadSignature { key: TriedKey::ClientSecret });
    assert!(error.to_string().contains("client secret"), "{error}");
    assert_eq!(error.remedy(), Remedy::FixConfiguration);
}

#[test]
fn openid_is_added_to_the_scope_of_a_login_and_refused_in_plain_oauth() {
    let client = client(metadata(ISSUER));
    let scope = |scope: &str| query_of(&client.authorize().scope(scope).start(at(0)).unwrap().0)["scope"].clone();
    assert_eq!((scope("email profile"), scope("email openid")), ("openid email profile".into(), "email openid".into()));
    assert!(client.authorize_oauth().scope("openid email").start(at(0)).is_err());
    let (url, _) = client.authorize_oauth().nonce("n0nce").start(at(0)).unwrap();
    assert!(!query_of(&url).contains_key("scope") && !query_of(&url).contains_key("nonce"));
}

#[test]
fn pkce_support_can_be_required() {
    let with = |methods: Option<&[&str]>| {
        let mut metadata = metadata(ISSUER);
        metadata.code_challenge_methods_supported =
            methods.map(|methods| methods.iter().map(|method| (*method).into()).collect());
        let (request, plain) = (client(metadata.clone()).authorize(), client(metadata).authorize().without_pkce());
        (request.require_pkce_support().start(at(0)).is_ok(), plain.require_pkce_support().start(at(0)).is_ok())
    };
    assert_eq!(with(None), (false, false));
    assert_eq!(with(Some(&["plain"])), (false, false));
    assert_eq!(with(Some(&["plain", "S256"])), (true, true));
}

#[test]
fn form_post_is_spelled_as_in_the_specification() {
    let request = client(metadata(ISSUER)).authorize().response_mode(ResponseMode::FORM_POST);
    assert_eq!(query_of(&request.start(at(0)).unwrap().0)["response_mode"], "form_post");
}

#[test]
fn a_clock_that_is_set_back_does_not_end_a_login() {
    let client = Good::new().client();
    let (_, awaiting) = Good::authorize(&client).start(at(10_000)).unwrap();
    let response = AuthorizationResponse::from_query("code=c&state=st4te").unwrap();
    assert!(awaiting.receive(&client, response, at(0)).is_ok());
}

#[test]
fn an_unexpected_signed_response_is_an_error() {
    let error = Good::new().callback("response=e30.e30.e30").unwrap_err();
    assert!(matches!(error, CallbackError::UnexpectedParameter { parameter: "response" }));
}
