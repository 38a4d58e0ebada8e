//! The steps, one after the other.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "a benchmark fails by panicking"
)]

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use criterion::Criterion;
use oidc_proto::http::Response;
use oidc_proto::{AuthorizationResponse, Client, ClientAuth, Issuer, JwkSet, UnverifiedTokens};
use serde_json::{Value, json};

/// The vectors have signed ID tokens, and the keys to them.
const VECTORS: &str = include_str!("../../tests/vectors/id_token.json");
const NONCE: &str = "alpha-nonce-hG7sJ2kF8dA3qW6eR1tY5uI0";

fn steps(criterion: &mut Criterion) {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let metadata = vectors["defaults"]["metadata"].to_string();
    let keys = vectors["defaults"]["jwks"].to_string();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_760_000_000);
    let client = Client::builder(serde_json::from_str(&metadata).unwrap(), "alpha-app", ClientAuth::secret("s3cret"))
        .redirect_uri("https://app.alpha.example/login/callback")
        .build()
        .unwrap();

    criterion.bench_function("discovery", |bencher| {
        let response = Response::new(metadata.clone());
        let issuer = Issuer::new("https://id.alpha.example").unwrap();
        bencher.iter(|| issuer.discover().into_parts().1.receive(black_box(&response)).unwrap());
    });
    criterion.bench_function("key set", |bencher| bencher.iter(|| JwkSet::from_json(black_box(&keys)).unwrap()));
    criterion.bench_function("authorization URL", |bencher| {
        bencher.iter(|| client.authorize().scope("openid email").start(now).unwrap());
    });
    criterion.bench_function("token request", |bencher| {
        let (_, awaiting) = client.authorize().state("st4te").start(now).unwrap();
        let receive = |awaiting: oidc_proto::AwaitingCallback| {
            let response = AuthorizationResponse::from_url(black_box("/login/callback?code=c0de&state=st4te")).unwrap();
            awaiting.receive(&client, response, now).unwrap()
        };
        bencher.iter_batched(|| awaiting.clone(), receive, criterion::BatchSize::SmallInput);
    });
    let keys = JwkSet::from_json(&keys).unwrap();
    for (algorithm, case) in [("RS256", "rs256"), ("ES256", "es256")] {
        let token = vectors["cases"].as_array().unwrap().iter().find(|vector| vector["name"] == *case).unwrap();
        let body = json!({ "access_token": "at", "id_token": token["given"]["id_token"] }).to_string();
        criterion.bench_function(&format!("ID token {algorithm}"), |bencher| {
            let unverified = log_in(&client, &body, now);
            bencher.iter(|| unverified.verify(black_box(&keys), now).unwrap());
        });
        criterion.bench_function(&format!("whole login {algorithm}"), |bencher| {
            bencher.iter(|| log_in(&client, black_box(&body), now).verify(&keys, now).unwrap());
        });
    }
}

/// One client and one key set, shared: as many logins in each thread as in one alone take as long, where there are as many
/// processors.
fn threads(criterion: &mut Criterion) {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_760_000_000);
    let metadata = serde_json::from_value(vectors["defaults"]["metadata"].clone()).unwrap();
    let client = Client::builder(metadata, "alpha-app", ClientAuth::secret("s3cret"))
        .redirect_uri("https://app.alpha.example/login/callback")
        .build()
        .unwrap();
    let keys = JwkSet::from_json(vectors["defaults"]["jwks"].to_string()).unwrap();
    let token = vectors["cases"].as_array().unwrap().iter().find(|vector| vector["name"] == "rs256").unwrap();
    let body = json!({ "access_token": "at", "id_token": token["given"]["id_token"] }).to_string();
    for count in [1, 2] {
        criterion.bench_function(&format!("whole login, {count} threads"), |bencher| {
            bencher.iter_custom(|times| {
                let start = Instant::now();
                std::thread::scope(|scope| {
                    for _ in 0..count {
                        scope.spawn(|| {
                            for _ in 0..times {
                                black_box(log_in(&client, &body, now).verify(&keys, now).unwrap());
                            }
                        });
                    }
                });
                start.elapsed()
            });
        });
    }
}

/// A login up to the tokens, the browser and the network left out.
fn log_in(client: &Client, body: &String, now: SystemTime) -> UnverifiedTokens {
    let (_, awaiting) = client.authorize().state("st4te").nonce(NONCE).start(now).unwrap();
    let response = AuthorizationResponse::from_url("/login/callback?code=c0de&state=st4te").unwrap();
    let (_, awaiting) = awaiting.receive(client, response, now).unwrap().into_parts();
    awaiting.receive(&Response::new(body)).unwrap()
}

pub fn run() {
    let mut criterion = Criterion::default().configure_from_args();
    steps(&mut criterion);
    threads(&mut criterion);
    criterion.final_summary();
}
