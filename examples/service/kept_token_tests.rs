//! One token for many calls, and when it is renewed. The time is an argument, and the provider is a closure.

use std::cell::Cell;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use oidc_proto::http::{Request, Response};
use oidc_proto::{AccessToken, Client, ClientAuth, Error, ProviderMetadata, Remedy, TokenError};

use crate::kept_token::KeptToken;

type Sent = Result<Response<Vec<u8>>, &'static str>;

fn kept() -> KeptToken {
    let mut metadata = ProviderMetadata::new("https://id.example");
    metadata.token_endpoint = Some("https://id.example/token".to_owned());
    let client = Client::builder(metadata, "app", ClientAuth::secret("s3cret")).build().unwrap();
    KeptToken::new(client, "orders:read")
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH
        .checked_add(Duration::from_secs(1_700_000_000))
        .unwrap()
        .checked_add(Duration::from_secs(seconds))
        .unwrap()
}

/// The access token `token-1`, then `token-2`, and so on; `lifetime` is a member, or nothing.
fn issue(issued: &Cell<u32>, lifetime: &str) -> Response<Vec<u8>> {
    issued.set(issued.get().saturating_add(1));
    let body = format!(r#"{{"access_token":"token-{}","token_type":"Bearer"{lifetime}}}"#, issued.get());
    Response::new(body.into_bytes())
}

fn token(kept: &KeptToken, seconds: u64, send: impl FnMut(Request<Vec<u8>>) -> Sent) -> Result<AccessToken, Error> {
    kept.get(at(seconds), send)
}

/// The same, so that a failing test says which token it is.
fn get(kept: &KeptToken, seconds: u64, send: impl FnMut(Request<Vec<u8>>) -> Sent) -> Result<String, Error> {
    token(kept, seconds, send).map(|token| token.secret().to_owned())
}

#[test]
fn one_token_serves_until_shortly_before_its_end() {
    let (kept, issued) = (kept(), Cell::new(0));
    for (seconds, token) in [(0, "token-1"), (1, "token-1"), (569, "token-1"), (570, "token-2"), (1139, "token-2")] {
        assert_eq!(get(&kept, seconds, |_| Ok(issue(&issued, r#","expires_in":600"#))).unwrap(), token, "at {seconds}");
    }
}

#[test]
fn a_token_with_a_short_life_serves_three_quarters_of_it() {
    let (kept, issued) = (kept(), Cell::new(0));
    for (seconds, token) in [(0, "token-1"), (2, "token-1"), (3, "token-2")] {
        assert_eq!(get(&kept, seconds, |_| Ok(issue(&issued, r#","expires_in":4"#))).unwrap(), token, "at {seconds}");
    }
}

#[test]
fn a_token_whose_end_nobody_knows_serves_until_it_is_refused() {
    let (kept, issued) = (kept(), Cell::new(0));
    assert_eq!(get(&kept, 0, |_| Ok(issue(&issued, ""))).unwrap(), "token-1");
    let token = token(&kept, 1_000_000, |_| Ok(issue(&issued, ""))).unwrap();
    assert_eq!(token.secret(), "token-1");
    kept.forget(&token);
    assert_eq!(get(&kept, 1_000_000, |_| Ok(issue(&issued, ""))).unwrap(), "token-2");
}

#[test]
fn a_token_that_was_refused_late_does_not_take_the_new_one_away() {
    let (kept, issued) = (kept(), Cell::new(0));
    let first = token(&kept, 0, |_| Ok(issue(&issued, ""))).unwrap();
    // Two threads called the API with the first token; one is refused sooner.
    kept.forget(&first);
    assert_eq!(get(&kept, 0, |_| Ok(issue(&issued, ""))).unwrap(), "token-2");
    kept.forget(&first);
    assert_eq!(get(&kept, 0, |_| Ok(issue(&issued, ""))).unwrap(), "token-2");
}

#[test]
fn many_threads_ask_for_one_token() {
    let (kept, requests) = (kept(), Mutex::new(0_u32));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let token = get(&kept, 0, |_| {
                    let issued = Cell::new(*requests.lock().unwrap());
                    *requests.lock().unwrap() = issued.get().saturating_add(1);
                    Ok(issue(&issued, ""))
                });
                assert_eq!(token.unwrap(), "token-1");
            });
        }
    });
    assert_eq!(*requests.lock().unwrap(), 1);
}

#[test]
fn the_old_token_serves_to_its_end_where_the_provider_cannot_be_reached() {
    let (kept, issued, asked) = (kept(), Cell::new(0), Cell::new(0_u32));
    let unreachable = |_| {
        asked.set(asked.get().saturating_add(1));
        Err("no route")
    };
    assert_eq!(get(&kept, 0, |_| Ok(issue(&issued, r#","expires_in":600"#))).unwrap(), "token-1");
    // Asked at 570, and not again for five seconds.
    for (seconds, times) in [(570, 1), (571, 1), (574, 1), (575, 2), (599, 3)] {
        assert_eq!(get(&kept, seconds, unreachable).unwrap(), "token-1", "at {seconds}");
        assert_eq!(asked.get(), times, "at {seconds}");
    }
    let error = get(&kept, 604, unreachable).unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error}");
    assert_eq!(get(&kept, 604, |_| Ok(issue(&issued, ""))).unwrap(), "token-2");
}

#[test]
fn a_refusal_of_the_provider_is_told_at_once() {
    let (kept, issued) = (kept(), Cell::new(0));
    let refused = |_| Ok(Response::builder().status(401).body(br#"{"error":"invalid_client"}"#.to_vec()).unwrap());
    assert_eq!(get(&kept, 0, |_| Ok(issue(&issued, r#","expires_in":600"#))).unwrap(), "token-1");
    let error = get(&kept, 570, refused).unwrap_err();
    assert!(
        matches!(error, Error::Token(TokenError::Provider { .. })) && error.remedy() != Remedy::RetryLater,
        "{error}"
    );
}
