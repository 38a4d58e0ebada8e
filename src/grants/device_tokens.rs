//! The login that goes on, on another device: what both flows keep, and what is asked of the token endpoint.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::Response;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::client::Client;
use crate::code_flow::{Asked, AwaitingTokens, UnverifiedTokens};
use crate::exchange::RoundTrip;
use crate::exchange::round_trip::awaiting;
use crate::grants::device_error::DeviceError;
use crate::grants::device_failure::DeviceFailure;
use crate::grants::polling::{Due, Polling};
use crate::ground::form::Name;
use crate::ground::time::since_epoch;
use crate::ground::vocabulary::GrantType;
use crate::id_token::verify::Expectations;
use crate::token_endpoint::{self, TokenError};

/// What to do while the user decides.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "there is nothing else to do, and a caller handles each")]
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it is made, and never stored")]
pub enum Poll {
    /// Ask again after this time.
    Wait(Duration),
    /// Send this. Where it fails, report that with `failed`, which says whether to go on.
    Ask(RoundTrip<AwaitingDeviceTokens>),
    /// The user has not decided in time: begin again.
    Expired,
}

/// What both flows keep while the user decides.
#[derive(Clone)]
pub(super) struct Pending {
    pub(super) issuer: Arc<str>,
    pub(super) client_id: Arc<str>,
    /// When it began, since the epoch.
    pub(super) began: Duration,
    /// Whether `openid` was asked for.
    pub(super) openid: bool,
    pub(super) scope: Option<Arc<str>>,
    pub(super) polling: Polling,
}

impl Pending {
    pub(super) fn new(client: &Client, began: Duration, scope: Option<Arc<str>>, polling: Polling) -> Self {
        let openid = scope.as_deref().is_some_and(|scope| scope.split(' ').any(|value| value == "openid"));
        let (issuer, client_id) = (client.shared_issuer(), client.shared_client_id());
        Self { issuer, client_id, began, openid, scope, polling }
    }

    /// Whether it is time to ask; the code that the provider gave is `(name, value)`.
    pub(super) fn poll(
        &mut self,
        client: &Client,
        grant_type: GrantType,
        code: (&'static str, &str),
        now: SystemTime,
    ) -> Result<Poll, DeviceError> {
        if !client.is(&self.issuer, &self.client_id) {
            return Err(DeviceError::WrongClient);
        }
        let endpoint = client.token_endpoint().ok_or(DeviceError::NoEndpoint { endpoint: "token_endpoint" })?;
        // A request that cannot be signed has not been made.
        let mut polling = self.polling.clone();
        match polling.due(since_epoch(now)) {
            Due::Expired => return Ok(Poll::Expired),
            Due::Wait(wait) => return Ok(Poll::Wait(wait)),
            Due::Ask => {}
        }
        let pair = (Name::Known(code.0), code.1);
        let Call { request, again } = token_endpoint::request(client, endpoint, &grant_type, [pair], now)?;
        self.polling = polling;
        // Nobody could send a nonce in the request.
        let expectations =
            Expectations { nonce: None, began: self.began, max_age: None, acr_values: Vec::new(), code: None };
        let asked = Asked { scope: self.scope.clone(), resource: None, authorization_details: None };
        let expectations = self.openid.then_some(expectations);
        let awaiting = AwaitingTokens::new(client.clone(), grant_type, expectations, asked, again);
        Ok(Poll::Ask(RoundTrip::new(request, AwaitingDeviceTokens(awaiting))))
    }

    pub(super) fn failed(&mut self, error: &impl DeviceFailure, now: SystemTime) -> bool {
        self.polling.failed(error.poll_failure(), since_epoch(now))
    }
}

/// How it is stored, as a part of what each flow stores.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredPending<'a> {
    #[serde(borrow)]
    issuer: Cow<'a, str>,
    #[serde(borrow)]
    client_id: Cow<'a, str>,
    began: u64,
    openid: bool,
    #[serde(borrow, deserialize_with = "Option::deserialize")]
    scope: Option<Cow<'a, str>>,
    expires_at: u64,
    interval: u64,
    next: u64,
}

impl<'a> StoredPending<'a> {
    pub(super) fn of(pending: &'a Pending) -> Self {
        Self {
            issuer: Cow::Borrowed(&pending.issuer),
            client_id: Cow::Borrowed(&pending.client_id),
            began: pending.began.as_secs(),
            openid: pending.openid,
            scope: pending.scope.as_deref().map(Cow::Borrowed),
            expires_at: pending.polling.expires_at.as_secs(),
            interval: pending.polling.interval.as_secs(),
            next: pending.polling.next.as_secs(),
        }
    }

    pub(super) fn open(self) -> Pending {
        let polling = Polling {
            expires_at: Duration::from_secs(self.expires_at),
            interval: Duration::from_secs(self.interval),
            next: Duration::from_secs(self.next),
        };
        Pending {
            issuer: self.issuer.into(),
            client_id: self.client_id.into(),
            began: Duration::from_secs(self.began),
            openid: self.openid,
            scope: self.scope.map(Into::into),
            polling,
        }
    }
}

/// The state between a poll and its response.
#[must_use]
pub struct AwaitingDeviceTokens(AwaitingTokens);

impl AwaitingDeviceTokens {
    /// Reads the tokens out of the response. Nothing can be read out of the result before it is verified.
    ///
    /// # Errors
    ///
    /// As [`AwaitingTokens::receive`]. While the user decides, it is [`TokenError::Provider`] with `authorization_pending`.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<UnverifiedTokens, TokenError> {
        self.0.receive(response)
    }

    /// The request once more, where the error is [`TokenError::DpopNonce`]: for a caller that does not use
    /// [`send_with`](RoundTrip::send_with), which sends it by itself.
    ///
    /// # Errors
    ///
    /// The error itself, where it is another.
    pub fn again(error: TokenError) -> Result<RoundTrip<Self>, TokenError> {
        let (request, awaiting) = AwaitingTokens::again(error)?.into_parts();
        Ok(RoundTrip::new(request, Self(awaiting)))
    }
}

impl fmt::Debug for AwaitingDeviceTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AwaitingDeviceTokens { .. }")
    }
}

awaiting!(AwaitingDeviceTokens => UnverifiedTokens, TokenError, after a transport failure: RetryLater, again);
