//! Bytes: what an application stores, and what a provider takes in memory. `cargo bench --bench sizes` prints the table of
//! the guide `cost`.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::disallowed_macros,
    missing_docs,
    reason = "a benchmark fails by panicking"
)]

#[allow(dead_code, reason = "the instruction counts need more of it")]
#[path = "instructions/inputs.rs"]
mod inputs;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use inputs::{begin, client, now, session};
use oidc_proto::http::Response;
use oidc_proto::{Client, ClientAuth, KeyCache, PendingLogins, ProviderMetadata};
use serde::Serialize;
use serde_json::json;

/// How many bytes are in use.
static IN_USE: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `System`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let stored = [
        ("a login under way", bytes(&begin(&client()))),
        ("the same in `PendingLogins`", bytes(&pending(1))),
        ("four logins under way, the most that are kept", bytes(&pending(5))),
        ("a session with an access token of 40 bytes", bytes(&session(40).1)),
        ("a session with an access token of 2000 bytes", bytes(&session(2000).1)),
        ("a cache with three keys", bytes(&cache(&client()))),
        ("metadata of 2.4 KB", bytes(&metadata())),
    ];
    println!("| stored as JSON | bytes |\n| --- | ---: |");
    for (what, bytes) in stored {
        println!("| {what} | {bytes} |");
    }
    println!("\n| in memory, of 10,000 providers | bytes each |\n| --- | ---: |");
    println!(
        "| `Client` | {} |",
        in_memory(|| Client::builder(metadata(), "my-app", ClientAuth::secret("s")).build().unwrap())
    );
    println!("| `KeyCache` with three keys | {} |", in_memory(|| cache(&client())));
}

fn bytes(value: &impl Serialize) -> usize {
    serde_json::to_string(value).unwrap().len()
}

fn pending(logins: usize) -> PendingLogins {
    let client = client();
    let mut pending = PendingLogins::default();
    for _ in 0..logins {
        pending.insert(client.authorize().scope("openid email profile").start(now()).unwrap().1);
    }
    pending
}

fn cache(client: &Client) -> KeyCache {
    let (_, awaiting) = client.fetch_keys().unwrap().into_parts();
    let mut cache = KeyCache::new();
    let _ = cache.store(awaiting.receive(&Response::new(keys())).unwrap(), now());
    cache
}

/// Three RSA keys of 2048 bits.
fn keys() -> String {
    let modulus = URL_SAFE_NO_PAD.encode([0xab; 256]);
    let key = |kid| json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": modulus, "e": "AQAB" });
    let keys = ["2026-09", "2026-10", "2026-11"].map(key);
    json!({ "keys": keys }).to_string()
}

/// As large as that of a large provider.
fn metadata() -> ProviderMetadata {
    serde_json::from_str(&inputs::metadata(50)).unwrap()
}

/// The bytes that each of 10,000 such values keeps in use.
fn in_memory<T>(make: impl Fn() -> T) -> usize {
    const MANY: usize = 10_000;
    let mut values = Vec::with_capacity(MANY);
    let before = IN_USE.load(Ordering::Relaxed);
    values.resize_with(MANY, make);
    let each = (IN_USE.load(Ordering::Relaxed) - before) / MANY + size_of::<T>();
    drop(values);
    each
}
