//! Logins at the real provider that begin without the user, who is asked on their telephone (CIBA), by polling and by ping. This
//! provider names no interval and never asks for less haste (`slow_down`).

use std::time::{Duration, SystemTime};

use oidc_proto::http::{HeaderMap, Response};
use oidc_proto::{
    BackchannelAuthentication, BackchannelRequest, Client, ClientAuth, DeviceError, Error, KeyCache, Poll, Remedy,
    Tokens, UnverifiedTokens, UserHint,
};
use serde_json::json;

use crate::granting::{Clock, Granting, code};
use crate::listener::Listener;
use crate::login::send;
use crate::provider::SECRET;

/// A till, and the login that it has begun.
struct Till {
    client: Client,
    flow: BackchannelAuthentication,
    clock: Clock,
}

impl Till {
    fn begin(client: Client, hint: UserHint, wishes: impl FnOnce(BackchannelRequest) -> BackchannelRequest) -> Self {
        let clock = Clock::start();
        let request = wishes(client.backchannel_authentication(hint).scope("openid email").binding_message("W4SCT"));
        let flow = request.start(clock.0).unwrap().send_with(send).unwrap();
        Self { client, flow, clock }
    }

    fn poll(&mut self) -> Result<UnverifiedTokens, Error> {
        let (round_trip, waited) = self.clock.next_poll(|now| self.flow.poll(&self.client, now));
        assert_eq!(waited, Duration::from_secs(5), "CIBA section 7.3: where the provider names no interval");
        round_trip.send_with(send)
    }

    /// A poll that fails: the error's code, what to do about it, and whether the login goes on.
    fn failing_poll(&mut self) -> (String, Remedy, bool) {
        let error = self.poll().unwrap_err();
        let goes_on = self.flow.failed(&error, self.clock.0);
        (code(&error).as_str().to_owned(), error.remedy(), goes_on)
    }

    fn verify(&self, unverified: &UnverifiedTokens) -> Tokens {
        unverified.verify_with(&mut KeyCache::new(), self.clock.0, send).unwrap()
    }

    /// The user decides, and the provider posts to the listener. Whether the login takes it.
    fn is_pinged(&mut self, provider: &Granting, listener: &Listener, decision: &str) -> (bool, HeaderMap, Vec<u8>) {
        let id = self.flow.auth_req_id().secret().to_owned();
        let flow = &mut self.flow;
        let mut taken = false;
        let (posted, ()) = listener.hear(
            || provider.decide(&id, decision),
            |posted| {
                taken = flow.pinged(posted.headers(), posted.body());
                Response::builder().status(204).body(Vec::new()).unwrap()
            },
        );
        let (parts, body) = posted.into_parts();
        (taken, parts.headers, body)
    }
}

fn pending() -> (String, Remedy, bool) {
    ("authorization_pending".to_owned(), Remedy::RetryLater, true)
}

fn alice() -> UserHint {
    UserHint::Login("alice".to_owned())
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_user_who_agrees_on_their_telephone_is_logged_in() {
    let provider = Granting::start_with(&json!({}));
    let client = provider.client("poll", ClientAuth::secret(SECRET));
    let mut till = Till::begin(client.clone(), alice(), |request| request.scope("openid email offline_access"));
    assert_eq!(till.failing_poll(), pending());
    // Another process goes on.
    till.flow = serde_json::from_str(&serde_json::to_string(&till.flow).unwrap()).unwrap();
    assert_eq!(till.failing_poll(), pending());
    provider.decide(till.flow.auth_req_id().secret(), "yes");
    let unverified = till.poll().unwrap();
    let tokens = till.verify(&unverified);
    assert_eq!((tokens.id_token().sub(), tokens.id_token().aud()), ("alice", &["poll".to_owned()][..]));
    assert_eq!(tokens.id_token().standard_claims().email.as_deref(), Some("jane@example.com"));
    let refreshed = client.refresh(tokens.refresh_token().unwrap()).start(SystemTime::now()).unwrap();
    let refreshed = refreshed.send_with(send).unwrap().verify_with(&mut KeyCache::new(), SystemTime::now(), send);
    assert_ne!(refreshed.unwrap().access_token().secret(), tokens.access_token().secret());

    // The id works once.
    assert_eq!(till.failing_poll(), ("invalid_grant".to_owned(), Remedy::RestartLogin, false));

    // The next time the ID token says who it is.
    let hint = UserHint::IdToken(tokens.id_token().secret().to_owned());
    let mut again = Till::begin(client, hint, |request| request);
    provider.decide(again.flow.auth_req_id().secret(), "yes");
    let unverified = again.poll().unwrap();
    assert_eq!(again.verify(&unverified).id_token().sub(), "alice");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_ping_says_that_the_user_has_decided() {
    let listener = Listener::start();
    let provider = Granting::start_with(&json!({ "notificationEndpoint": listener.uri() }));
    let client = provider.client("ping", ClientAuth::secret(SECRET));
    let told_with = |token: &'static str| move |request: BackchannelRequest| request.client_notification_token(token);
    let mut till = Till::begin(client.clone(), alice(), told_with("notification-token-of-the-first"));
    let mut other = Till::begin(client.clone(), alice(), told_with("notification-token-of-the-other"));
    // A careless client: the token of another login.
    let mut third = Till::begin(client.clone(), alice(), told_with("notification-token-of-the-first"));
    assert!(matches!(till.flow.poll(&client, till.clock.0), Ok(Poll::Wait(_))));

    let (taken, headers, body) = till.is_pinged(&provider, &listener, "yes");
    assert!(taken, "{headers:?} {}", String::from_utf8_lossy(&body));
    assert!(!third.flow.pinged(&headers, &body), "it is not about this one");
    let about_the_other = json!({ "auth_req_id": other.flow.auth_req_id().secret() }).to_string();
    assert!(!other.flow.pinged(&headers, about_the_other.as_bytes()), "it is not with the token of this one");
    assert!(matches!(other.flow.poll(&client, other.clock.0), Ok(Poll::Wait(_))));
    let Ok(Poll::Ask(round_trip)) = till.flow.poll(&client, till.clock.0) else {
        panic!("a ping is asked about at once")
    };
    let unverified = round_trip.send_with(send).unwrap();
    assert_eq!(till.verify(&unverified).id_token().sub(), "alice");

    // The same word comes for a no.
    let (taken, ..) = other.is_pinged(&provider, &listener, "no");
    assert!(taken);
    let Ok(Poll::Ask(round_trip)) = other.flow.poll(&client, other.clock.0) else { panic!("it is asked at once") };
    let error = round_trip.send_with(send).unwrap_err();
    assert_eq!((code(&error).as_str(), error.remedy()), ("access_denied", Remedy::UserDeclined));
    assert!(!other.flow.failed(&error, other.clock.0));
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_user_who_says_no_on_their_telephone_ends_the_login() {
    let provider = Granting::start_with(&json!({}));
    let mut till = Till::begin(provider.client("poll", ClientAuth::secret(SECRET)), alice(), |request| request);
    assert_eq!(till.failing_poll(), pending());
    provider.decide(till.flow.auth_req_id().secret(), "no");
    assert_eq!(till.failing_poll(), ("access_denied".to_owned(), Remedy::UserDeclined, false));
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_login_that_nobody_answers_ends_by_the_clock_of_either_side() {
    let provider = Granting::start_with(&json!({}));
    let client = provider.client("poll", ClientAuth::secret(SECRET));
    let minute = Duration::from_secs(60);
    let mut till = Till::begin(client.clone(), alice(), |request| request.requested_expiry(minute));
    let lifetime = till.flow.expires_at().duration_since(till.clock.0).unwrap();
    assert!(lifetime <= minute && lifetime > Duration::from_secs(58), "the provider grants it: {lifetime:?}");
    let over = till.flow.clone().poll(&client, till.flow.expires_at()).unwrap();
    assert!(matches!(over, Poll::Expired), "{over:?}");

    assert_eq!(till.failing_poll(), pending());
    provider.expire("auth_req_id", till.flow.auth_req_id().secret());
    assert_eq!(till.failing_poll(), ("expired_token".to_owned(), Remedy::RestartLogin, false));
}

#[test]
#[ignore = "needs Node and npm ci"]
fn the_provider_says_what_is_wrong_with_a_backchannel_request() {
    let provider = Granting::start_with(&json!({}));
    let client = provider.client("poll", ClientAuth::secret(SECRET));
    let stranger = client.backchannel_authentication(UserHint::Login("mallory".to_owned()));
    let long = client.backchannel_authentication(alice()).binding_message("a message that is much too long to compare");
    for (request, expected) in [(stranger, "unknown_user_id"), (long, "invalid_binding_message")] {
        let error = request.start(SystemTime::now()).unwrap().send_with(send).unwrap_err();
        let Error::Device(DeviceError::Provider { error: said, .. }) = &error else { panic!("{error:?}") };
        assert_eq!(said.error(), expected);
    }
}
