//! A value that holds a secret is zeroed when it is dropped: an allocator searches all memory that is freed for the secrets.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Good, at};
use oidc_proto::{
    Access, AccessToken, AuthorizationCode, AuthorizationResponse, AwaitingCallback, Client, ClientAuth, ClientSecret,
    CodeVerifier, Nonce, PendingLogins, RefreshToken, Session, State,
};
use serde_json::json;

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
    assert_eq!(unclean_after_parts([("id_token", MARK), ("access_token", MARK)]), 0);
    assert_eq!(unclean_after_parts([("code", MARK), ("code", MARK)]), 0);
    assert_eq!(unclean_after(refused), 0);
    let newer = stored.replace("\"version\":2", "\"version\":3");
    assert_ne!(newer, stored);
    assert_eq!(unclean_after_reading(|| serde_json::from_str::<AwaitingCallback>(&newer)), 0);
    let newer = stored_session.replace("\"version\":1", "\"version\":2");
    assert_ne!(newer, stored_session);
    assert_eq!(unclean_after_reading(|| serde_json::from_str::<Session>(&newer)), 0);
    assert_eq!(unclean_after(session), 0);
    assert_eq!(unclean_after(restored_session), 0);
    assert_eq!(unclean_after(unverified_refresh), 0);
    assert_eq!(unclean_after(refreshed), 0);
    assert_eq!(unclean_after(client.refresh(&RefreshToken::new(MARK))), 0);
    assert_eq!(unclean_after(client.log_out().id_token_hint_text(MARK).state(MARK)), 0);
    assert_eq!(unclean_after(pending), 0);
    assert_eq!(unclean_after(awaiting), 0);
    assert_eq!(unclean_after(restored), 0);
    assert_eq!(unclean_after(awaiting_tokens), 0);
    assert_eq!(unclean_after(unverified), 0);
    assert_eq!(unclean_after(tokens), 0);
    assert_eq!(unclean_after(id_token), 0);
    assert_eq!(unclean_after(extra), 0);
    assert_eq!(unclean_after(client), 0);
    // The request was given to the caller, who has to zero it.
    assert_eq!(unclean_after(request), 1);
}
