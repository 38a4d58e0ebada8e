//! The device flow (RFC 8628): a device without a browser shows a code, and the user logs in on another one.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::Response;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::client::Client;
use crate::exchange::request::FormRequest;
use crate::exchange::response::OrInvalid;
use crate::exchange::round_trip::awaiting;
use crate::exchange::{ResponseError, RoundTrip};
use crate::grants::device_error::DeviceError;
use crate::grants::device_failure::DeviceFailure;
use crate::grants::device_request::{complete, read_answer, required};
use crate::grants::device_tokens::{Pending, Poll, StoredPending};
use crate::grants::polling::Polling;
use crate::ground::secret::secret_string;
use crate::ground::stored::{self, StoredForm};
use crate::ground::time::{moment, since_epoch};
use crate::ground::uri;
use crate::ground::vocabulary::GrantType;
use crate::token_endpoint::read_string;

secret_string! {
    /// The device code (RFC 8628 section 3.2): whoever has it gets the tokens, once the user has agreed.
    DeviceCode
}

impl Client {
    /// Begins a login on another device (RFC 8628), for a program that can show a code but has no browser: a
    /// command-line tool, a television.
    ///
    /// ```no_run
    /// # #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))] mod hidden {
    /// # use std::time::SystemTime;
    /// # use oidc_proto::{BoxError, Client, KeyCache, Poll, Tokens, http};
    /// fn log_in(
    ///     client: &Client,
    ///     cache: &mut KeyCache,
    ///     send: impl Fn(http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, BoxError> + Copy,
    /// ) -> Result<Option<Tokens>, BoxError> {
    ///     let request = client.device_authorization().scope("openid email").start(SystemTime::now())?;
    ///     let mut device = request.send_with(send)?;
    ///     println!("Open {} and type {}", device.verification_uri(), device.user_code());
    ///     loop {
    ///         match device.poll(client, SystemTime::now())? {
    ///             Poll::Wait(time) => std::thread::sleep(time),
    ///             Poll::Expired => return Ok(None),
    ///             Poll::Ask(round_trip) => match round_trip.send_with(send) {
    ///                 Ok(unverified) => return Ok(Some(unverified.verify_with(cache, SystemTime::now(), send)?)),
    ///                 // The user has not decided, or the network failed.
    ///                 Err(error) if device.failed(&error, SystemTime::now()) => {}
    ///                 Err(error) => return Err(error.into()),
    ///             },
    ///         }
    ///     }
    /// }
    /// # }
    /// ```
    pub fn device_authorization(&self) -> DeviceRequest {
        DeviceRequest { client: self.clone(), scope: None, extra: Vec::new() }
    }
}

/// A device authorization request, before it is started.
#[must_use = "a login begins with start"]
pub struct DeviceRequest {
    client: Client,
    scope: Option<String>,
    extra: Vec<(String, String)>,
}

impl DeviceRequest {
    /// The whole scope, its values separated by spaces. With `openid` among them it is a login, and the answer must have an ID
    /// token.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// Adds a parameter of the provider's own.
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    /// Makes the request (RFC 8628 section 3.1).
    ///
    /// # Errors
    ///
    /// [`DeviceError::NoEndpoint`] when the provider's metadata has no `device_authorization_endpoint`;
    /// [`ReservedParameter`](DeviceError::ReservedParameter) for an `extra` parameter that has a meaning of its own, such as
    /// `client_id`; [`Signing`](DeviceError::Signing) when the client signs its requests and cannot.
    pub fn start(self, now: SystemTime) -> Result<RoundTrip<AwaitingDevice>, DeviceError> {
        let Self { client, scope, extra } = self;
        let endpoint = client.device_authorization_endpoint();
        let endpoint = endpoint.ok_or(DeviceError::NoEndpoint { endpoint: "device_authorization_endpoint" })?;
        let mut request = FormRequest::new(endpoint);
        if let Some(scope) = &scope {
            request.push("scope", scope.as_str());
        }
        let request = complete(request, &client, &extra, &["scope"], now)?;
        Ok(RoundTrip::new(request, AwaitingDevice { began: since_epoch(now), scope: scope.map(Into::into), client }))
    }
}

impl fmt::Debug for DeviceRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceRequest").field("client", &self.client).finish_non_exhaustive()
    }
}

/// The state between the device authorization request and its response.
#[must_use]
pub struct AwaitingDevice {
    client: Client,
    began: Duration,
    scope: Option<Arc<str>>,
}

impl AwaitingDevice {
    /// Reads the response (RFC 8628 section 3.2).
    ///
    /// # Errors
    ///
    /// [`DeviceError::Provider`] when the provider answered with an error, whatever the status;
    /// [`Response`](DeviceError::Response) for another status than 2xx without an error, for a body over 1 MiB or one that is
    /// not a JSON object, without `device_code`, `user_code`, `verification_uri` or `expires_in`, with one of the wrong kind, and
    /// for a `verification_uri` that is no absolute https URL, or a `user_code` with control characters.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<DeviceAuthorization, DeviceError> {
        let mut object = read_answer(response)?;
        // A secret from here on, also where the rest of the response is refused.
        let device_code = DeviceCode::new(required(&mut object, "device_code")?);
        let user_code = required(&mut object, "user_code")?;
        // It is shown, perhaps in a terminal, which would obey a control character.
        if user_code.contains(char::is_control) {
            return Err(ResponseError::invalid_field("user_code").into());
        }
        // Google spells it with L.
        let verification_uri = match object.take_raw("verification_url").map(read_string) {
            Some(Ok(Some(url))) => url,
            _ => required(&mut object, "verification_uri")?,
        };
        let http_allowed = self.client.metadata().http_allowed();
        let complete = object.take_raw("verification_uri_complete").map_or(Ok(None), read_string);
        let complete = complete.or_invalid("verification_uri_complete")?;
        check_page("verification_uri", &verification_uri, http_allowed)?;
        if let Some(complete) = &complete {
            check_page("verification_uri_complete", complete, http_allowed)?;
        }
        let polling = Polling::read(&mut object, self.began)?;
        Ok(DeviceAuthorization {
            pending: Pending::new(&self.client, self.began, self.scope, polling),
            device_code,
            user_code,
            verification_uri,
            verification_uri_complete: complete,
        })
    }
}

impl fmt::Debug for AwaitingDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingDevice").field("client", &self.client).finish_non_exhaustive()
    }
}

awaiting!(AwaitingDevice => DeviceAuthorization, DeviceError, after a transport failure: RetryLater);

/// A login on another device that the user has to agree to (RFC 8628 section 3.2), and when to ask whether they have.
///
/// It serializes with serde, with a version, so another process can go on with it. It holds a secret: whoever has it gets the
/// tokens.
#[derive(Clone)]
#[must_use = "the user must see the code"]
pub struct DeviceAuthorization {
    pending: Pending,
    device_code: DeviceCode,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
}

impl DeviceAuthorization {
    /// The code that the user types on the other device. Show it as it is.
    #[must_use]
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// The page where the user types it: an absolute https URL, short enough to be typed too.
    #[must_use]
    pub fn verification_uri(&self) -> &str {
        &self.verification_uri
    }

    /// The same page with the code in it already, for a QR code; `None` where the provider has none.
    ///
    /// The user should see the code all the same, and compare: somebody else may have made the request (RFC 8628 section 5.4).
    #[must_use]
    pub fn verification_uri_complete(&self) -> Option<&str> {
        self.verification_uri_complete.as_deref()
    }

    /// Until when the user can agree.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        moment(self.pending.polling.expires_at)
    }

    /// What to do now (RFC 8628 sections 3.4 and 3.5). The first request is due one interval after the start. One that
    /// was handed out and never reported on is due again an interval later.
    ///
    /// # Errors
    ///
    /// [`DeviceError::WrongClient`] for the login of another client; [`NoEndpoint`](DeviceError::NoEndpoint) when the provider's
    /// metadata has no `token_endpoint`; [`Signing`](DeviceError::Signing) when the client signs its requests and cannot.
    pub fn poll(&mut self, client: &Client, now: SystemTime) -> Result<Poll, DeviceError> {
        self.pending.poll(client, GrantType::DEVICE_CODE, ("device_code", self.device_code.secret()), now)
    }

    /// Takes the failure of a request that [`poll`](Self::poll) handed out; `now` is when it failed. `true`: go on,
    /// because the user has not decided (`authorization_pending`), the provider wants to be asked less often
    /// (`slow_down`: from now on, the interval is 5 seconds longer), or the provider or the network failed (the
    /// interval is doubled). `false`: the login has ended.
    #[must_use]
    pub fn failed(&mut self, error: &impl DeviceFailure, now: SystemTime) -> bool {
        self.pending.failed(error, now)
    }
}

impl fmt::Debug for DeviceAuthorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceAuthorization")
            .field("verification_uri", &self.verification_uri)
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

/// A page that the user is sent to.
fn check_page(field: &'static str, url: &str, http_allowed: bool) -> Result<(), ResponseError> {
    uri::check_endpoint(url, http_allowed).map_err(|_| ResponseError::invalid_field(field))
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored<'a> {
    version: u32,
    #[serde(borrow)]
    pending: StoredPending<'a>,
    #[serde(borrow)]
    device_code: Cow<'a, str>,
    #[serde(borrow)]
    user_code: Cow<'a, str>,
    #[serde(borrow)]
    verification_uri: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "Option::deserialize")]
    verification_uri_complete: Option<Cow<'a, str>>,
}

impl StoredForm for Stored<'_> {
    type Of = DeviceAuthorization;
    const WHAT: &'static str = "a login on another device";
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.version
    }

    fn open(self) -> Result<DeviceAuthorization, &'static str> {
        Ok(DeviceAuthorization {
            device_code: DeviceCode::new(self.device_code),
            pending: self.pending.open(),
            user_code: self.user_code.into_owned(),
            verification_uri: self.verification_uri.into_owned(),
            verification_uri_complete: self.verification_uri_complete.map(Cow::into_owned),
        })
    }
}

impl Serialize for DeviceAuthorization {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored {
            version: Stored::VERSION,
            pending: StoredPending::of(&self.pending),
            device_code: Cow::Borrowed(self.device_code.secret()),
            user_code: Cow::Borrowed(&self.user_code),
            verification_uri: Cow::Borrowed(&self.verification_uri),
            verification_uri_complete: self.verification_uri_complete.as_deref().map(Cow::Borrowed),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for DeviceAuthorization {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        stored::read::<Stored<'_>, D>(deserializer)
    }
}
