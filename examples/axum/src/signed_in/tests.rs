//! Compare and swap, in both stores.

use std::time::UNIX_EPOCH;

use serde_json::json;
use tower_sessions_redis_store::fred::prelude::{ClientLike, Config};

use super::*;
use crate::web::session::User;

#[allow(dead_code, reason = "it is shared with tests that use more of it")]
#[path = "../../tests/fleet/redis.rs"]
mod server;

fn signed_in(now: SystemTime) -> SignedIn {
    let session = json!({
        "version": 1, "generation": 7, "issuer": "https://id.example", "client_id": "web", "iss": "https://id.example",
        "sub": "ada-1815", "aud": ["web"], "azp": null, "auth_time": null, "nonce": null, "sid": "sid-1", "acr": null,
        "id_token": "e30.e30.e30", "access_token": "at", "token_type": "Bearer", "expires_at": null, "scope": null,
        "resource": null, "refresh_token": "rt", "refreshing_since": null, "failed_at": 0, "failures": 0,
        "rejections": 0, "is_over": false,
    });
    let session = serde_json::from_value(session).unwrap();
    SignedIn { user: User::of(&session, "example", now), session }
}

async fn one_of_two_swaps_works(store: &Store) {
    let (key, now) = (Key::random(), SystemTime::now());
    store.begin(&key, signed_in(now), now).await.unwrap();
    let [mut first, mut second] = [(); 2].map(|()| signed_in(now));
    first.session.expire_access_token();
    second.session.expire_access_token();
    assert!(store.replace(&key, 7, first.clone(), now).await.unwrap());
    assert!(!store.replace(&key, 7, second, now).await.unwrap(), "another was faster");
    assert!(store.replace(&key, 8, first.clone(), now).await.unwrap());
    // Nothing brings back what has ended.
    store.end(&key).await.unwrap();
    assert!(!store.replace(&key, 8, first, now).await.unwrap(), "it has ended");
    assert!(store.read(&key, now).await.unwrap().is_none());
}

#[tokio::test]
async fn in_memory_one_of_two_swaps_works_and_nothing_comes_back() {
    one_of_two_swaps_works(&Store::memory()).await;
}

#[tokio::test]
async fn in_redis_one_of_two_swaps_works_and_nothing_comes_back() {
    let Some(server) = server::Redis::start() else { return };
    let pool = Pool::new(Config::from_url(&server.url()).unwrap(), None, None, None, 1).unwrap();
    drop(pool.connect());
    pool.wait_for_connect().await.unwrap();
    one_of_two_swaps_works(&Store::redis(pool)).await;
}

#[tokio::test]
async fn users_in_memory_are_forgotten_when_their_time_is_over() {
    let (store, key) = (Store::memory(), Key::random());
    store.begin(&key, signed_in(UNIX_EPOCH), UNIX_EPOCH).await.unwrap();
    assert!(store.read(&key, UNIX_EPOCH).await.unwrap().is_some());
    assert!(store.read(&key, SystemTime::now()).await.unwrap().is_none());
}
