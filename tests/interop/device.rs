//! Logins at the real provider by a device that shows a code (RFC 8628). This provider names no interval and never asks for less
//! haste (`slow_down`).

use std::time::{Duration, SystemTime};

use oidc_proto::{
    Client, ClientAuth, DeviceAuthorization, Error, KeyCache, Poll, PrivateKey, Remedy, Tokens, UnverifiedTokens,
};
use serde_json::json;

use crate::browser::Browser;
use crate::granting::{Clock, Granting, code};
use crate::login::send;
use crate::provider::SECRET;

/// RFC 8628 section 3.2: where the provider names none.
const INTERVAL: Duration = Duration::from_secs(5);

/// A device, and the login that it has begun.
struct Device {
    client: Client,
    flow: DeviceAuthorization,
    clock: Clock,
    browser: Browser,
}

impl Device {
    fn begin(client: Client) -> Self {
        Self::begin_for(client, "somebody")
    }

    fn begin_for(client: Client, login_hint: &str) -> Self {
        let clock = Clock::start();
        let request =
            client.device_authorization().scope("openid email offline_access").extra("login_hint", login_hint);
        let flow = request.start(clock.0).unwrap().send_with(send).unwrap();
        Self { client, flow, clock, browser: Browser::default() }
    }

    /// One poll, once it is due.
    fn poll(&mut self) -> Result<UnverifiedTokens, Error> {
        let (round_trip, waited) = self.clock.next_poll(|now| self.flow.poll(&self.client, now));
        assert_eq!(waited, INTERVAL);
        round_trip.send_with(send)
    }

    /// A poll that fails: the error's code, what to do about it, and whether the login goes on.
    fn failing_poll(&mut self) -> (String, Remedy, bool) {
        let error = self.poll().unwrap_err();
        let goes_on = self.flow.failed(&error, self.clock.0);
        (code(&error).as_str().to_owned(), error.remedy(), goes_on)
    }

    fn tokens(&mut self) -> Tokens {
        self.poll().unwrap().verify_with(&mut KeyCache::new(), self.clock.0, send).unwrap()
    }
}

/// The access token of a refresh.
fn refresh(client: &Client, tokens: &Tokens) -> String {
    let request = client.refresh(tokens.refresh_token().unwrap()).of_login(tokens).start(SystemTime::now());
    let unverified = request.unwrap().send_with(send).unwrap();
    let refreshed = unverified.verify_with(&mut KeyCache::new(), SystemTime::now(), send).unwrap();
    refreshed.access_token().secret().to_owned()
}

fn pending() -> (String, Remedy, bool) {
    ("authorization_pending".to_owned(), Remedy::RetryLater, true)
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_user_who_types_the_code_elsewhere_is_logged_in() {
    let provider = Granting::start_with(&json!({}));
    let mut device = Device::begin(provider.client("device", ClientAuth::secret(SECRET)));
    assert_eq!(device.failing_poll(), pending());
    // Another process goes on.
    device.flow = serde_json::from_str(&serde_json::to_string(&device.flow).unwrap()).unwrap();
    assert_eq!(device.failing_poll(), pending());
    let (page, user_code) = (device.flow.verification_uri(), device.flow.user_code());
    let (status, page) = device.browser.answer_device(page, user_code, true);
    assert!(status == 200 && page.contains("Sign-in Success"), "{status} {page}");

    let tokens = device.tokens();
    assert_eq!(tokens.id_token().sub(), "alice");
    assert_eq!(tokens.id_token().standard_claims().email.as_deref(), Some("jane@example.com"));
    assert_eq!(tokens.id_token().aud(), ["device"]);
    // The same refresh token serves again: it is not what ends below.
    for _ in 0..2 {
        assert_ne!(refresh(&device.client, &tokens), tokens.access_token().secret());
    }

    // The code works once. With the second time, all that came of it is over.
    assert_eq!(device.failing_poll(), ("invalid_grant".to_owned(), Remedy::RestartLogin, false));
    let request = device.client.refresh(tokens.refresh_token().unwrap()).start(SystemTime::now());
    assert_eq!(*code(&request.unwrap().send_with(send).unwrap_err()), *"invalid_grant");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_public_device_shows_a_url_with_the_code_in_it_and_its_tokens_are_bound_to_its_key() {
    for nonces in [false, true] {
        let provider = Granting::start_with(&json!({ "dpopNonces": nonces }));
        let key = PrivateKey::generate("ES256").unwrap();
        let client = provider.client_with("public-device", ClientAuth::none(), |builder| builder.dpop(key));
        let mut device = Device::begin(client);
        assert_eq!(device.failing_poll(), pending());
        let (page, user_code) = (device.flow.verification_uri_complete().unwrap(), device.flow.user_code());
        let (status, page) = device.browser.answer_device(page, user_code, true);
        assert_eq!(status, 200, "{page}");
        let tokens = device.tokens();
        assert_eq!((tokens.id_token().sub(), tokens.token_type().as_ref()), ("alice", "DPoP"));
        let unverified = device.client.userinfo(&tokens, SystemTime::now()).unwrap().send_with(send).unwrap();
        assert_eq!(unverified.verify_trusting_tls(SystemTime::now()).unwrap().sub(), "alice");
        assert_ne!(refresh(&device.client, &tokens), tokens.access_token().secret());
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_user_who_says_no_ends_the_login_of_the_device() {
    let provider = Granting::start_with(&json!({}));
    let client = provider.client("device", ClientAuth::secret(SECRET));
    // On the page that asks about the device, and on the one that asks about the application.
    for (login_hint, agrees) in [("somebody", false), ("deny", true)] {
        let mut device = Device::begin_for(client.clone(), login_hint);
        assert_eq!(device.failing_poll(), pending());
        let (page, user_code) = (device.flow.verification_uri(), device.flow.user_code());
        let (_, page) = device.browser.answer_device(page, user_code, agrees);
        assert!(page.contains("The Sign-in request was interrupted"), "{login_hint}: {page}");
        assert_eq!(device.failing_poll(), ("access_denied".to_owned(), Remedy::UserDeclined, false), "{login_hint}");
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_code_that_nobody_types_ends_by_the_clock_of_either_side() {
    let provider = Granting::start_with(&json!({}));
    let mut device = Device::begin(provider.client("device", ClientAuth::secret(SECRET)));
    let lifetime = device.flow.expires_at().duration_since(device.clock.0).unwrap();
    assert!(lifetime <= Duration::from_secs(600) && lifetime > Duration::from_secs(598), "{lifetime:?}");
    let over = device.flow.clone().poll(&device.client, device.flow.expires_at()).unwrap();
    assert!(matches!(over, Poll::Expired), "{over:?}");

    assert_eq!(device.failing_poll(), pending());
    provider.expire("user_code", device.flow.user_code());
    assert_eq!(device.failing_poll(), ("expired_token".to_owned(), Remedy::RestartLogin, false));
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_device_that_the_provider_does_not_know_shows_no_code() {
    let provider = Granting::start_with(&json!({}));
    for (id, auth, expected) in [
        ("device", ClientAuth::secret("wrong"), "invalid_client"),
        ("machine", ClientAuth::secret(SECRET), "invalid_request"),
    ] {
        let request = provider.client(id, auth).device_authorization().scope("openid").start(SystemTime::now());
        let error = request.unwrap().send_with(send).unwrap_err();
        let Error::Device(oidc_proto::DeviceError::Provider { error: said, .. }) = &error else { panic!("{error:?}") };
        assert_eq!((said.error().as_str(), error.remedy()), (expected, Remedy::FixConfiguration));
    }
}
