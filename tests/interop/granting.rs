//! What the tests of grants without a browser have in common: the provider, a clock of the test's own, and what the user does
//! elsewhere.

use std::time::{Duration, SystemTime};

use oidc_proto::http::Request;
use oidc_proto::http::header::CONTENT_TYPE;
use oidc_proto::{
    AwaitingDeviceTokens, Client, ClientAuth, ClientBuilder, DeviceError, Error, Issuer, OAuthErrorCode, Poll,
    RoundTrip, TokenError,
};
use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::login::send;
use crate::provider::Provider;

/// A provider of such grants, with the options that `granting.mjs` lists.
pub struct Granting(Provider);

impl Granting {
    pub fn start_with(options: &Value) -> Self {
        Self(Provider::run("granting.mjs", options))
    }

    pub fn client(&self, id: &str, auth: ClientAuth) -> Client {
        self.client_with(id, auth, |builder| builder)
    }

    pub fn client_with(
        &self,
        id: &str,
        auth: ClientAuth,
        settings: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Client {
        let issuer = Issuer::danger_allow_http(self.0.issuer()).unwrap();
        let metadata = issuer.discover().send_with(send).unwrap();
        settings(Client::builder(metadata, id, auth)).build().unwrap()
    }

    /// The user decides on their telephone.
    pub fn decide(&self, auth_req_id: &str, decision: &str) {
        self.post("/test/decide", &[("auth_req_id", auth_req_id), ("decision", decision)]);
    }

    /// The time of a `user_code` or an `auth_req_id` is over, by the provider's clock.
    pub fn expire(&self, name: &str, value: &str) {
        self.post("/test/expire", &[(name, value)]);
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(format!("{}{path}", self.0.issuer()));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body.into_bytes());
        let response = send(request.unwrap()).unwrap();
        assert_eq!(response.status(), 204, "{}", String::from_utf8_lossy(response.body()));
    }
}

/// A clock that goes on by what the client is told to wait, so that no test waits.
pub struct Clock(pub SystemTime);

impl Clock {
    /// It begins with a whole second: a flow counts in those.
    pub fn start() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Self(SystemTime::UNIX_EPOCH + Duration::from_secs(now.as_secs()))
    }

    /// The next request, and how long it took to be due.
    pub fn next_poll(
        &mut self,
        mut poll: impl FnMut(SystemTime) -> Result<Poll, DeviceError>,
    ) -> (RoundTrip<AwaitingDeviceTokens>, Duration) {
        // The first poll waits, and so does each that follows a failure.
        let Poll::Wait(waited) = poll(self.0).unwrap() else { panic!("it is too early to ask") };
        self.0 += waited;
        let Poll::Ask(round_trip) = poll(self.0).unwrap() else { panic!("{waited:?} are over") };
        (round_trip, waited)
    }
}

/// The error code in the provider's answer to a token request.
pub fn code(error: &Error) -> &OAuthErrorCode {
    let Error::Token(TokenError::Provider { error, .. }) = error else { panic!("{error:?}") };
    error.error()
}
