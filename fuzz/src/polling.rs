//! A login on another device over time, held against a second and simpler reckoning of when to ask.

use std::fmt::Debug;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use oidc_proto::http::{Method, Response};
use oidc_proto::{
    AwaitingDeviceTokens, BackchannelAuthentication, Client, DeviceAuthorization, DeviceError, Error, Poll,
    ProviderMetadata, TransportError,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{CLIENT_ID, CLIENT_SECRET, ISSUER, NOW, build, client};

/// What both flows can do.
pub trait Flow: Clone + Debug + DeserializeOwned + Serialize {
    /// The name of what the provider gave for the user's decision.
    const CODE: &'static str;
    const GRANT_TYPE: &'static str;

    /// # Errors
    ///
    /// As the flow's own.
    fn poll(&mut self, client: &Client, now: SystemTime) -> Result<Poll, DeviceError>;
    fn failed(&mut self, error: &Error, now: SystemTime) -> bool;
}

macro_rules! flow {
    ($flow:ty, $code:literal, $grant_type:literal) => {
        impl Flow for $flow {
            const CODE: &'static str = $code;
            const GRANT_TYPE: &'static str = $grant_type;

            fn poll(&mut self, client: &Client, now: SystemTime) -> Result<Poll, DeviceError> {
                Self::poll(self, client, now)
            }

            fn failed(&mut self, error: &Error, now: SystemTime) -> bool {
                Self::failed(self, error, now)
            }
        }
    };
}

flow!(DeviceAuthorization, "device_code", "urn:ietf:params:oauth:grant-type:device_code");
flow!(BackchannelAuthentication, "auth_req_id", "urn:openid:params:grant-type:ciba");

pub static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let mut metadata = client().metadata().clone();
    metadata.device_authorization_endpoint = Some(format!("{ISSUER}/device_authorization"));
    metadata.backchannel_authentication_endpoint = Some(format!("{ISSUER}/backchannel"));
    build(metadata).expect("the metadata is sound")
});

static OTHER_CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let mut metadata = ProviderMetadata::new("https://id.beta.example");
    metadata.authorization_endpoint = Some("https://id.beta.example/authorize".to_owned());
    metadata.token_endpoint = Some("https://id.beta.example/token".to_owned());
    build(metadata).expect("the metadata is sound")
});

/// A stored flow is refused, or it does not change when it is stored again.
///
/// # Panics
///
/// When it does.
#[must_use]
pub fn restore<F: Flow>(stored: &[u8]) -> Option<F> {
    let flow: F = serde_json::from_slice(stored).ok()?;
    let value: Value = serde_json::from_slice(stored).expect("it is JSON");
    assert_eq!(print(&flow), value);
    let shown = format!("{flow:?}");
    assert!(shown.len() < 1000 + value.to_string().len(), "{shown}");
    Some(flow)
}

/// What the other process reads.
///
/// # Panics
///
/// When it cannot be printed and read again.
#[must_use]
pub fn print<F: Flow>(flow: &F) -> Value {
    let text = serde_json::to_string(flow).expect("it can be printed");
    let again: F = serde_json::from_str(&text).expect("and read again");
    assert_eq!(serde_json::to_string(&again).expect("it can be printed"), text);
    serde_json::from_str(&text).expect("it is JSON")
}

/// Whether this client may go on with it.
///
/// # Panics
///
/// When another one may.
pub fn is_ours<F: Flow>(flow: &F) -> bool {
    let stored = print(flow);
    let ours = stored["pending"]["issuer"] == ISSUER && stored["pending"]["client_id"] == CLIENT_ID;
    let polled = flow.clone().poll(&CLIENT, at(NOW));
    assert_eq!(ours, !matches!(polled, Err(DeviceError::WrongClient)));
    ours
}

#[must_use]
pub fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// What a failure means for the login.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Means {
    Pending,
    SlowDown,
    NotNow,
    Over,
}

/// Answers that make a poll fail.
const FAILURES: [(u16, &str, Means); 16] = [
    (400, r#"{"error":"authorization_pending"}"#, Means::Pending),
    (200, r#"{"error":"authorization_pending"}"#, Means::Pending),
    (400, r#"{"error":"slow_down"}"#, Means::SlowDown),
    (429, r#"{"error":"slow_down"}"#, Means::SlowDown),
    (503, r#"{"error":"server_error"}"#, Means::NotNow),
    (503, r#"{"error":"access_denied"}"#, Means::NotNow),
    (500, "<html>", Means::NotNow),
    (429, "", Means::NotNow),
    (400, r#"{"error":"access_denied"}"#, Means::Over),
    (400, r#"{"error":"expired_token"}"#, Means::Over),
    (400, r#"{"error":"invalid_grant"}"#, Means::Over),
    (400, r#"{"error":"Slow_Down"}"#, Means::Over),
    (401, r#"{"error":"invalid_client"}"#, Means::Over),
    (404, "", Means::Over),
    (200, "{}", Means::Over),
    (302, "", Means::Over),
];

/// A flow of [`CLIENT`], and what is known of it.
pub struct Play<F> {
    flow: F,
    asked: Option<AwaitingDeviceTokens>,
    now: u64,
    expires_at: u64,
    interval: u64,
    next: u64,
}

impl<F: Flow> Play<F> {
    /// Plays the steps, two bytes each.
    ///
    /// # Panics
    ///
    /// When the flow does not go its way.
    pub fn run(flow: F, steps: &[u8]) {
        let seconds = |member: &str| print(&flow)["pending"][member].as_u64().expect("a number of seconds");
        let [expires_at, interval, next] = ["expires_at", "interval", "next"].map(seconds);
        let mut play = Self { flow, asked: None, now: NOW, expires_at, interval, next };
        // A step allocates more than the memory limit has for two bytes, so the number of steps is limited.
        for step in steps.chunks_exact(2).take(STEPS) {
            play.step(step[0], step[1]);
        }
    }

    fn step(&mut self, step: u8, amount: u8) {
        match step % 8 {
            0 | 1 => self.poll(),
            2 => self.fail(usize::from(amount)),
            3 => self.fail_in_the_network(),
            4 => self.now += u64::from(amount),
            5 => self.now += 60 * u64::from(amount),
            6 => self.now -= u64::from(amount),
            _ => {
                let other = self.flow.clone().poll(&OTHER_CLIENT, at(self.now));
                assert!(matches!(other, Err(DeviceError::WrongClient)), "{other:?}");
                self.flow = serde_json::from_value(print(&self.flow)).expect("it is read again");
            }
        }
        let stored = print(&self.flow);
        let reckoned = [("expires_at", self.expires_at), ("interval", self.interval), ("next", self.next)];
        for (member, seconds) in reckoned {
            assert_eq!(stored["pending"][member], seconds, "{member}");
        }
    }

    fn poll(&mut self) {
        let wait = self.next.saturating_sub(self.now).min(self.interval);
        match self.flow.poll(&CLIENT, at(self.now)).expect("it is this client's") {
            Poll::Expired => assert!(self.now >= self.expires_at),
            Poll::Wait(time) => {
                assert!(self.now < self.expires_at, "it is over");
                assert_eq!(time.as_secs(), wait);
                assert!(wait > 0, "it is time");
            }
            Poll::Ask(round_trip) => {
                assert!(self.now < self.expires_at, "it is over");
                assert_eq!(wait, 0, "it is too early");
                self.next = self.now.saturating_add(self.interval);
                let (request, awaiting) = round_trip.into_parts();
                assert_eq!((request.method(), request.uri().to_string()), (&Method::POST, format!("{ISSUER}/token")));
                let form: Vec<(String, String)> = url::form_urlencoded::parse(request.body()).into_owned().collect();
                let code = print(&self.flow)[F::CODE].as_str().expect("a text").to_owned();
                let expected = [("grant_type".to_owned(), F::GRANT_TYPE.to_owned()), (F::CODE.to_owned(), code)];
                assert_eq!(form, expected);
                self.asked = Some(awaiting);
            }
        }
    }

    fn fail(&mut self, which: usize) {
        let Some(awaiting) = self.asked.take() else { return };
        let (status, body, means) = FAILURES[which % FAILURES.len()];
        let response = Response::builder().status(status).body(body).expect("a response");
        let error = Error::from(awaiting.receive(&response).expect_err("it brings no tokens"));
        self.report(&error, means);
        let shown = format!("{error} {error:?} {:?}", error.remedy());
        assert!(!shown.contains(CLIENT_SECRET), "{shown}");
    }

    fn fail_in_the_network(&mut self) {
        self.asked = None;
        self.report(&TransportError::new("no route").into(), Means::NotNow);
    }

    fn report(&mut self, error: &Error, means: Means) {
        let goes_on = self.flow.failed(error, at(self.now));
        assert_eq!(goes_on, means != Means::Over, "{error:?}");
        match means {
            // What is over stays as it was.
            Means::Over => return,
            Means::Pending => {}
            Means::SlowDown => self.interval = self.interval.saturating_add(5),
            Means::NotNow => self.interval = self.interval.saturating_mul(2),
        }
        self.next = self.now.saturating_add(self.interval);
    }
}

const STEPS: usize = 60;
