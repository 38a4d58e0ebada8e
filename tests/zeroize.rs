//! A value that holds a secret is zeroed when it is dropped: an allocator searches all memory that is freed for the secrets.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use common::signing::{Fixed, changed, signing_input};
use common::{Good, at};
use oidc_proto::http::Response;
use oidc_proto::{
    Access, AccessToken, Algorithm, Assertion, AuthorizationCode, AuthorizationResponse, AwaitingCallback,
    BackchannelAuthentication, Client, ClientAuth, ClientMetadata, ClientSecret, CodeVerifier, DeviceAuthorization,
    Nonce, PendingLogins, PrivateKey, RefreshToken, Registration, Session, State, TokenTypeIdentifier,
    UnverifiedAuthorizationResponse, UserHint,
};
use serde_json::{Value, json};

/// Every secret of this test contains it.
const MARK: &str = "5ecret-5ecret-5ecret-5ecret-5ecret-5ecret-5ecret";

/// How many blocks of memory were freed with the mark in them.
static UNCLEAN: AtomicUsize = AtomicUsize::new(0);

struct Searching;

// SAFETY: memory comes from the system's allocator and goes back to it with the same layout. It is zeroed first, so that all of
// it can be read when it is freed.
unsafe impl GlobalAlloc for Searching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `System`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the block is not freed yet, and all of it is initialized.
        let block = unsafe { std::slice::from_raw_parts(pointer, layout.size()) };
        if block.windows(MARK.len()).any(|window| window == MARK.as_bytes()) {
            UNCLEAN.fetch_add(1, Ordering::Relaxed);
        }
        // SAFETY: the caller keeps the contract of `System`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Searching = Searching;

/// How many blocks are freed with the mark in them when `value` is dropped.
fn unclean_after<T>(value: T) -> usize {
    let before = UNCLEAN.load(Ordering::Relaxed);
    drop(value);
    UNCLEAN.load(Ordering::Relaxed) - before
}

/// How many blocks are freed with the mark in them when a response is read, or refused, and dropped.
fn unclean_after_parts(parts: [(&'static str, &'static str); 2]) -> usize {
    let parts = parts.map(|(name, value)| (name.to_owned(), value.to_owned()));
    unclean_after_reading(|| AuthorizationResponse::from_parameters(parts))
}

/// The same for anything that is read.
fn unclean_after_reading<T, E>(read: impl FnOnce() -> Result<T, E>) -> usize {
    let before = UNCLEAN.load(Ordering::Relaxed);
    drop(read());
    UNCLEAN.load(Ordering::Relaxed) - before
}

fn begin(client: &Client) -> AwaitingCallback {
    client.authorize().state(MARK).nonce(MARK).code_verifier(MARK).start(at(0)).unwrap().1
}

fn response() -> AuthorizationResponse {
    AuthorizationResponse::from_query(&format!("code={MARK}&state={MARK}&response={MARK}")).unwrap()
}

/// A response that the provider signed, with the client secret.
fn signed_response(good: &Good, changes: &Value) -> UnverifiedAuthorizationResponse {
    let claims = changed(
        json!({ "iss": "https://id.example", "aud": "app", "exp": 4_000_000_000_u64, "state": MARK, "code": MARK }),
        changes,
    );
    let input = signing_input(&json!({ "alg": "HS256" }), &claims);
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, MARK.as_bytes());
    let mac = URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, input.as_bytes()));
    let client = Client::builder(good.metadata(), "app", ClientAuth::secret(MARK));
    let client = client.authorization_signed_response_algs(["HS256"]).build().unwrap();
    let response = AuthorizationResponse::from_parameters([("response", format!("{input}.{mac}"))]).unwrap();
    client.jarm(response).unwrap()
}

/// Tokens whose ID token is encrypted.
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
fn encrypted() -> oidc_proto::UnverifiedTokens {
    let body: Value = serde_json::from_str(&Good::new().claim("email", json!(MARK)).body()).unwrap();
    let id_token = body.get("id_token").unwrap().as_str().unwrap();
    let compact = common::encrypting::encrypted("s3cret", id_token);
    let good = Good::new().token_member("id_token", json!(compact));
    good.token_response(200, &good.body()).unwrap()
}

/// A registration as it came, as it was stored, and as it is stored no more.
fn registrations() -> Vec<Registration> {
    let mut metadata = Good::new().metadata();
    metadata.registration_endpoint = Some("https://id.example/register".to_owned());
    let (_, awaiting) = metadata.register(ClientMetadata::new()).start().unwrap().into_parts();
    let body = json!({
        "client_id": "app", "client_secret": MARK, "registration_access_token": MARK, "x": MARK,
        "registration_client_uri": "https://id.example/register/app",
    });
    let registration = awaiting.receive(&Response::new(body.to_string())).unwrap();
    let stored = serde_json::to_string(&registration).unwrap();
    // Without the unknown member: its text is escaped, and what serde unescapes it into is serde's.
    let newer = stored.replace("\"version\":1", "\"version\":2").replace(&format!("\\\"{MARK}\\\""), "1");
    assert_ne!(newer.len(), stored.len());
    assert_eq!(unclean_after_reading(|| serde_json::from_str::<Registration>(&newer)), 0);
    let again = registration.read().unwrap().into_parts().1;
    let read = again.receive(&Response::new(r#"{"client_id":"app"}"#)).unwrap();
    vec![registration, read, serde_json::from_str(&stored).unwrap()]
}

/// Grants without a browser: what is asked with, what is kept while the user decides, and what is refused.
fn assert_grants_are_zeroed() {
    let mut metadata = Good::new().metadata();
    metadata.device_authorization_endpoint = Some("https://id.example/device_authorization".to_owned());
    metadata.backchannel_authentication_endpoint = Some("https://id.example/bc".to_owned());
    let client = Client::builder(metadata, "app", ClientAuth::secret("s3cret")).build().unwrap();
    let exchange = || client.exchange(MARK, TokenTypeIdentifier::JWT).actor_token(MARK);
    assert_eq!(unclean_after(client.jwt_bearer(MARK)), 0);
    assert_eq!(unclean_after(client.client_credentials().extra("assertion", MARK)), 0);
    assert_eq!(unclean_after(exchange()), 0);
    assert_eq!(unclean_after_reading(|| exchange().start(at(0))), 0, "an actor token without its type");
    assert_eq!(unclean_after(Assertion::new(MARK)), 0);

    let begin = || client.device_authorization().start(at(0)).unwrap().into_parts().1;
    let mut answer = json!({
        "device_code": MARK, "user_code": "WDJB-MJHT", "verification_uri": "https://id.example/device", "expires_in": 600,
    });
    let device = begin().receive(&Response::new(answer.to_string())).unwrap();
    let stored = serde_json::to_string(&device).unwrap();
    assert_eq!(unclean_after_reading(|| serde_json::from_str::<DeviceAuthorization>(&stored)), 0);
    let newer = stored.replace("\"version\":1", "\"version\":2");
    assert_ne!(newer, stored);
    assert_eq!(unclean_after_reading(|| serde_json::from_str::<DeviceAuthorization>(&newer)), 0);
    assert_eq!(unclean_after(device), 0);
    answer["expires_in"] = json!([]);
    let refused = Response::new(answer.to_string());
    let awaiting = begin();
    assert_eq!(unclean_after_reading(|| awaiting.receive(&refused)), 0);

    let login = || client.backchannel_authentication(UserHint::Login("ada".into())).client_notification_token(MARK);
    assert_eq!(unclean_after(login().user_code(MARK)), 0);
    let begin = || login().start(at(0)).unwrap().into_parts().1;
    assert_eq!(unclean_after(begin()), 0);
    let mut answer = json!({ "auth_req_id": MARK, "expires_in": 120 });
    let flow = begin().receive(&Response::new(answer.to_string())).unwrap();
    let stored = serde_json::to_string(&flow).unwrap();
    assert_eq!(unclean_after_reading(|| serde_json::from_str::<BackchannelAuthentication>(&stored)), 0);
    assert_eq!(unclean_after(flow), 0);
    answer["expires_in"] = json!([]);
    let (refused, awaiting) = (Response::new(answer.to_string()), begin());
    assert_eq!(unclean_after_reading(|| awaiting.receive(&refused)), 0);
}

/// A private key on P-384, whose number is the mark.
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
fn private_jwk() -> String {
    use aws_lc_rs::agreement::{ECDH_P384, PrivateKey};
    let key = PrivateKey::from_private_key(&ECDH_P384, MARK.as_bytes()).unwrap().compute_public_key().unwrap();
    // SEC 1 section 2.3.3: 4, then both coordinates.
    let (x, y) = key.as_ref()[1..].split_at(48);
    let [x, y, d] = [x, y, MARK.as_bytes()].map(|number| URL_SAFE_NO_PAD.encode(number));
    json!({ "kty": "EC", "crv": "P-384", "x": x, "y": y, "d": d }).to_string()
}

/// UserInfo that is encrypted and not signed: what is inside is text that can be searched, where a JWT is base64.
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
fn encrypted_userinfo() -> oidc_proto::UnverifiedUserInfo {
    let mut metadata = Good::new().metadata();
    metadata.userinfo_endpoint = Some("https://id.example/userinfo".to_owned());
    let good = Good::with_metadata(metadata);
    let (_, awaiting) = good.client().userinfo(&good.log_in().unwrap(), at(0)).unwrap().into_parts();
    let content = json!({ "sub": "ada", "email": MARK }).to_string();
    let body = common::encrypting::encrypted("s3cret", &content);
    awaiting.receive(&Response::new(body)).unwrap()
}

// Only one test: two at the same time would count each other's blocks.
#[test]
fn secrets_are_zeroed_when_dropped() {
    assert_eq!(unclean_after(MARK.to_owned()), 1, "the search finds what is not zeroed");

    let good = Good::new()
        .claim("nonce", json!(MARK))
        .claim("secret", json!(MARK))
        .token_member("access_token", json!(MARK))
        .token_member("refresh_token", json!(MARK))
        .token_member("device_secret", json!(MARK));
    let client = Client::builder(good.metadata(), "app", ClientAuth::client_secret_post(MARK))
        .redirect_uri("https://app.example/callback")
        .build()
        .unwrap();
    let awaiting = begin(&client);
    let mut pending = PendingLogins::default();
    pending.insert(awaiting.clone());
    let stored = serde_json::to_string(&awaiting).unwrap();
    let restored: AwaitingCallback = serde_json::from_str(&stored).unwrap();
    let callback = || AuthorizationResponse::from_query(&format!("code={MARK}&state={MARK}")).unwrap();
    let (request, awaiting_tokens) = begin(&client).receive(&client, callback(), at(0)).unwrap().into_parts();
    let unverified = begin(&client).receive(&client, callback(), at(0)).unwrap().send_with(good.answer()).unwrap();
    let tokens = unverified.verify_trusting_tls(at(0)).unwrap();
    let extra = tokens.extra().clone();
    let id_token = tokens.id_token().clone();
    let refused = begin(&client).receive(&client, response(), at(0)).unwrap_err();

    let mut session = tokens.clone().into_session(at(0));
    session.expire_access_token();
    let stored_session = serde_json::to_string(&session).unwrap();
    let restored_session: Session = serde_json::from_str(&stored_session).unwrap();
    let Ok(Access::Refresh(round_trip)) = session.access(&client, at(0)) else { panic!("a refresh is due") };
    let unverified_refresh = round_trip.send_with(good.answer()).unwrap();
    let refreshed = unverified_refresh.verify_trusting_tls(at(0)).unwrap();

    assert_eq!(unclean_after(ClientSecret::new(MARK)), 0);
    assert_eq!(unclean_after(State::new(MARK)), 0);
    assert_eq!(unclean_after(Nonce::new(MARK)), 0);
    assert_eq!(unclean_after(CodeVerifier::new(MARK)), 0);
    assert_eq!(unclean_after(AuthorizationCode::new(MARK)), 0);
    assert_eq!(unclean_after(AccessToken::new(MARK)), 0);
    assert_eq!(unclean_after(RefreshToken::new(MARK)), 0);
    assert_eq!(unclean_after(ClientAuth::secret(MARK)), 0);
    assert_eq!(unclean_after(client.authorize().state(MARK).nonce(MARK).code_verifier(MARK)), 0);
    assert_eq!(unclean_after(client.authorize().id_token_hint(MARK)), 0);
    assert_eq!(unclean_after(response()), 0);
    assert_eq!(unclean_after(signed_response(&good, &json!({}))), 0);
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    for (changes, is_right) in [(json!({}), true), (json!({ "error": [MARK] }), false)] {
        let signed = signed_response(&good, &changes);
        assert_eq!(signed.verify(&oidc_proto::JwkSet::default(), at(0)).is_ok(), is_right);
        assert_eq!(unclean_after_reading(|| signed.verify(&oidc_proto::JwkSet::default(), at(0))), 0);
    }
    assert_eq!(unclean_after(client.authorize().authorization_details(&json!([{ "type": MARK }]))), 0);
    assert_eq!(unclean_after_parts([("id_token", MARK), ("access_token", MARK)]), 0);
    assert_eq!(unclean_after_parts([("code", MARK), ("code", MARK)]), 0);
    assert_eq!(unclean_after(refused), 0);
    let newer = stored.replace("\"version\":3", "\"version\":4");
    assert_ne!(newer, stored);
    assert_eq!(unclean_after_reading(|| serde_json::from_str::<AwaitingCallback>(&newer)), 0);
    let newer = stored_session.replace("\"version\":2", "\"version\":3");
    assert_ne!(newer, stored_session);
    assert_eq!(unclean_after_reading(|| serde_json::from_str::<Session>(&newer)), 0);
    assert_eq!(unclean_after(session), 0);
    assert_eq!(unclean_after(restored_session), 0);
    assert_eq!(unclean_after(unverified_refresh), 0);
    assert_eq!(unclean_after(refreshed), 0);
    assert_eq!(unclean_after(client.refresh(&RefreshToken::new(MARK))), 0);
    assert_eq!(unclean_after(client.log_out().id_token_hint_text(MARK).state(MARK)), 0);
    for registration in registrations() {
        assert_eq!(unclean_after(registration), 0);
    }
    assert_eq!(unclean_after(ClientMetadata::new().member("x", MARK)), 0);
    assert_grants_are_zeroed();
    assert_eq!(unclean_after(pending), 0);
    assert_eq!(unclean_after(awaiting), 0);
    assert_eq!(unclean_after(restored), 0);
    assert_eq!(unclean_after(awaiting_tokens), 0);
    assert_eq!(unclean_after(unverified), 0);
    assert_eq!(unclean_after(tokens), 0);
    assert_eq!(unclean_after(id_token), 0);
    assert_eq!(unclean_after(extra), 0);
    assert_eq!(unclean_after(client), 0);
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    {
        let unverified = encrypted();
        unverified.verify_trusting_tls(at(0)).unwrap();
        assert_eq!(unclean_after(unverified), 0);
        let unverified = encrypted();
        assert_eq!(unclean_after_reading(|| unverified.verify_trusting_tls(at(0))), 0);
        let unverified = encrypted_userinfo();
        assert_eq!(unclean_after_reading(|| unverified.verify_trusting_tls(at(0))), 0);
        assert_eq!(unclean_after(unverified), 0);
    }
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    {
        let jwk = private_jwk();
        assert_eq!(unclean_after_reading(|| PrivateKey::from_jwk(&jwk)), 0);
        assert_eq!(unclean_after_reading(|| PrivateKey::from_jwk(&jwk.replace("P-384", "P-521"))), 0);
        assert_eq!(unclean_after(PrivateKey::from_jwk(&jwk).unwrap()), 0);
    }
    own_keys();
    // The request was given to the caller, who has to zero it.
    assert_eq!(unclean_after(request), 1);
}

/// A private key while it is read, and what is signed with one.
fn own_keys() {
    let pem = |text: &str| format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
    let lines = pem(&[MARK; 40].join("\n"));
    assert_eq!(unclean_after_reading(|| PrivateKey::from_pkcs8_pem(&lines)), 0);
    // What was decoded before it turned out to be no base64.
    let broken = pem(&format!("{}!!!!", STANDARD.encode(MARK.repeat(3))));
    assert_eq!(unclean_after_reading(|| PrivateKey::from_pkcs8_pem(&broken)), 0);

    let long = ClientAuth::client_assertion(format!("{MARK}{}", "a".repeat(2000)));
    let signer = Fixed(Algorithm::RS256, Ok(URL_SAFE_NO_PAD.decode(format!("{MARK}AA")).unwrap()), None);
    for auth in [long, ClientAuth::private_key_jwt(signer)] {
        let client = Client::builder(Good::new().metadata(), "app", auth).redirect_uri("https://app.example/cb");
        let client = client.build().unwrap();
        let callback = AuthorizationResponse::from_query(&format!("code={MARK}&state=s"));
        let awaiting = client.authorize().state("s").code_verifier(MARK);
        let (_, awaiting) = awaiting.start(at(0)).unwrap();
        let before = UNCLEAN.load(Ordering::Relaxed);
        let token_request = awaiting.receive(&client, callback.unwrap(), at(0)).unwrap();
        assert_eq!(UNCLEAN.load(Ordering::Relaxed) - before, 0, "on the way to the request");
        let body = token_request.into_parts().0.into_body();
        assert!(String::from_utf8(body).unwrap().contains(MARK));
    }
}
