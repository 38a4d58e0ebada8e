//! Client-initiated backchannel authentication (OpenID Connect CIBA Core 1.0), in the modes poll and ping: the client says who
//! the user is, and the provider asks them on a device of their own.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::AUTHORIZATION;
use http::{HeaderMap, Response};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::client::Client;
use crate::exchange::RoundTrip;
use crate::exchange::request::FormRequest;
use crate::exchange::round_trip::awaiting;
use crate::grants::device_error::DeviceError;
use crate::grants::device_failure::DeviceFailure;
use crate::grants::device_request::{complete, read_answer, required};
use crate::grants::device_tokens::{Pending, Poll, StoredPending};
use crate::grants::polling::Polling;
use crate::ground::json::Object;
use crate::ground::secret::SecretText;
use crate::ground::secret::{constant_time_eq, secret_string};
use crate::ground::stored::{self, StoredForm};
use crate::ground::time::{moment, since_epoch};
use crate::ground::vocabulary::GrantType;

secret_string! {
    /// The id of an authentication request (CIBA section 7.3): whoever has it, and is the client, gets the tokens.
    AuthReqId
}

secret_string! {
    /// The token that the provider shows when it reports that the user has decided (CIBA section 7.1).
    ClientNotificationToken
}

/// Who the user is (CIBA section 7.1): exactly one hint is sent. `Debug` shows the kind of hint only.
#[derive(Clone)]
#[non_exhaustive]
pub enum UserHint {
    /// `login_hint`: a name, an email address, a telephone number, as the provider knows it.
    Login(String),
    /// `id_token_hint`: an ID token that the provider has issued about the user.
    IdToken(String),
    /// `login_hint_token`: a token that says who the user is, of a kind that the provider knows.
    LoginToken(String),
}

impl UserHint {
    fn pair(&self) -> (&'static str, &str) {
        match self {
            Self::Login(value) => ("login_hint", value),
            Self::IdToken(value) => ("id_token_hint", value),
            Self::LoginToken(value) => ("login_hint_token", value),
        }
    }
}

impl fmt::Debug for UserHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UserHint").field(&self.pair().0).finish()
    }
}

impl Client {
    /// Asks the provider to log a user in on a device of their own (OpenID Connect CIBA Core 1.0 section 7.1): a bank that calls,
    /// a till. The user sees the binding message there and here.
    pub fn backchannel_authentication(&self, hint: UserHint) -> BackchannelRequest {
        BackchannelRequest {
            client: self.clone(),
            hint,
            scope: "openid".into(),
            pairs: Vec::new(),
            notification_token: None,
            extra: Vec::new(),
        }
    }
}

/// A backchannel authentication request, before it is started.
#[must_use = "a login begins with start"]
pub struct BackchannelRequest {
    client: Client,
    hint: UserHint,
    scope: String,
    pairs: Vec<(&'static str, SecretText)>,
    notification_token: Option<ClientNotificationToken>,
    extra: Vec<(String, String)>,
}

impl BackchannelRequest {
    fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.pairs.retain(|(set, _)| *set != name);
        self.pairs.push((name, SecretText::new(value)));
        self
    }

    /// The whole scope, its values separated by spaces. `openid` is added where it is not among them.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        let scope = scope.into();
        let is_login = scope.split(' ').any(|value| value == "openid");
        self.scope = if is_login { scope } else { format!("openid {scope}") };
        self
    }

    /// A short text that the user sees on both devices, and compares.
    pub fn binding_message(self, message: impl Into<String>) -> Self {
        self.set("binding_message", message)
    }

    /// A secret code that the user has told the client, and that the provider knows.
    pub fn user_code(self, user_code: impl Into<String>) -> Self {
        self.set("user_code", user_code)
    }

    /// The requested authentication context class references, the best first.
    pub fn acr_values<A: AsRef<str>>(self, values: impl IntoIterator<Item = A>) -> Self {
        let values: Vec<String> = values.into_iter().map(|value| value.as_ref().to_owned()).collect();
        self.set("acr_values", values.join(" "))
    }

    /// How long the user may take, in whole seconds.
    pub fn requested_expiry(self, expiry: Duration) -> Self {
        self.set("requested_expiry", expiry.as_secs().to_string())
    }

    /// For a client that is registered for ping: the token that the provider must show;
    /// [`BackchannelAuthentication::pinged`] checks it. At least 128 random bits, new for each request.
    pub fn client_notification_token(mut self, token: impl Into<ClientNotificationToken>) -> Self {
        self.notification_token = Some(token.into());
        self
    }

    /// Adds a parameter of the provider's own.
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    /// Makes the request.
    ///
    /// # Errors
    ///
    /// [`DeviceError::NoEndpoint`] when the provider's metadata has no `backchannel_authentication_endpoint`;
    /// [`ReservedParameter`](DeviceError::ReservedParameter) for an `extra` parameter that has a meaning of its own, such as
    /// `login_hint`; [`InvalidParameter`](DeviceError::InvalidParameter) for a notification token that is no Bearer token (RFC
    /// 6750 section 2.1) or has more than 1024 characters; [`Signing`](DeviceError::Signing) when the client signs its requests
    /// and cannot.
    pub fn start(self, now: SystemTime) -> Result<RoundTrip<AwaitingBackchannel>, DeviceError> {
        const ENDPOINT: &str = "backchannel_authentication_endpoint";
        let endpoint = self.client.backchannel_authentication_endpoint();
        let mut request = FormRequest::new(endpoint.ok_or(DeviceError::NoEndpoint { endpoint: ENDPOINT })?);
        request.push("scope", self.scope.as_str());
        let (name, value) = self.hint.pair();
        request.push(name, value);
        self.pairs.iter().for_each(|(name, value)| request.push(name, value.as_str()));
        if let Some(token) = &self.notification_token {
            check_notification_token(token.secret())?;
            request.push("client_notification_token", token.secret());
        }
        let request = complete(request, &self.client, &self.extra, &RESERVED, now)?;
        let awaiting = AwaitingBackchannel {
            began: since_epoch(now),
            scope: self.scope.into(),
            notification_token: self.notification_token,
            client: self.client,
        };
        Ok(RoundTrip::new(request, awaiting))
    }
}

impl fmt::Debug for BackchannelRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackchannelRequest")
            .field("client", &self.client)
            .field("hint", &self.hint)
            .finish_non_exhaustive()
    }
}

/// The parameters that the request sets by itself. A signed request (CIBA section 7.1.1) would override them.
const RESERVED: [&str; 11] = [
    "scope",
    "login_hint",
    "id_token_hint",
    "login_hint_token",
    "binding_message",
    "user_code",
    "acr_values",
    "requested_expiry",
    "client_notification_token",
    "request",
    "auth_req_id",
];

/// CIBA section 7.1: a Bearer token of 1024 characters at most.
fn check_notification_token(token: &str) -> Result<(), DeviceError> {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=');
    if (1..=1024).contains(&token.len()) && token.bytes().all(plain) {
        return Ok(());
    }
    let reason = "it is not 1 to 1024 characters of a Bearer token";
    Err(DeviceError::InvalidParameter { name: "client_notification_token".into(), reason })
}

/// The state between a backchannel authentication request and its response.
#[must_use]
pub struct AwaitingBackchannel {
    client: Client,
    began: Duration,
    scope: Arc<str>,
    notification_token: Option<ClientNotificationToken>,
}

impl AwaitingBackchannel {
    /// Reads the response (CIBA section 7.3).
    ///
    /// # Errors
    ///
    /// [`DeviceError::Provider`] when the provider answered with an error, whatever the status, such as `unknown_user_id`;
    /// [`Response`](DeviceError::Response) for another status than 2xx without an error, for a body over 1 MiB or one that is
    /// not a JSON object, without `auth_req_id` or `expires_in`, or with one of the wrong kind.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<BackchannelAuthentication, DeviceError> {
        let mut object = read_answer(response)?;
        let auth_req_id = AuthReqId::new(required(&mut object, "auth_req_id")?);
        let polling = Polling::read(&mut object, self.began)?;
        let pending = Pending::new(&self.client, self.began, Some(self.scope), polling);
        Ok(BackchannelAuthentication { pending, auth_req_id, notification_token: self.notification_token })
    }
}

impl fmt::Debug for AwaitingBackchannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingBackchannel").field("client", &self.client).finish_non_exhaustive()
    }
}

awaiting!(AwaitingBackchannel => BackchannelAuthentication, DeviceError, after a transport failure: RetryLater);

/// A login that the provider asks the user about, and when to ask the provider whether they have decided.
///
/// It serializes with serde, with a version, so another process can go on with it. It holds secrets.
#[derive(Clone)]
#[must_use = "the login goes on by polling"]
pub struct BackchannelAuthentication {
    pending: Pending,
    auth_req_id: AuthReqId,
    notification_token: Option<ClientNotificationToken>,
}

impl BackchannelAuthentication {
    /// The id of the request. A ping names it.
    #[must_use]
    pub fn auth_req_id(&self) -> &AuthReqId {
        &self.auth_req_id
    }

    /// Until when the user can agree.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        moment(self.pending.polling.expires_at)
    }

    /// What to do now, as [`DeviceAuthorization::poll`](crate::DeviceAuthorization::poll) has it.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn poll(&mut self, client: &Client, now: SystemTime) -> Result<Poll, DeviceError> {
        self.pending.poll(client, GrantType::CIBA, ("auth_req_id", self.auth_req_id.secret()), now)
    }

    /// Takes the failure of a request that [`poll`](Self::poll) handed out. Whether to go on, as
    /// [`DeviceAuthorization::failed`](crate::DeviceAuthorization::failed) has it.
    #[must_use]
    pub fn failed(&mut self, error: &impl DeviceFailure, now: SystemTime) -> bool {
        self.pending.failed(error, now)
    }

    /// Takes what was posted to the client's notification endpoint (CIBA section 10.2). `true`: the user has decided
    /// about this login, and [`poll`](Self::poll) asks at once; answer 204. `false`: answer 401 or 403. A ping proves
    /// nothing more: anybody who knows the token can send one. The tokens come from the provider alone.
    #[must_use]
    pub fn pinged(&mut self, headers: &HeaderMap, body: &[u8]) -> bool {
        let Some(token) = &self.notification_token else { return false };
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = values.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (scheme, sent) = value.split_once(' ').unwrap_or_default();
        let is_provider = scheme.eq_ignore_ascii_case("Bearer")
            && values.next().is_none()
            && constant_time_eq(sent.trim_start(), token.secret());
        let id = |body| Object::parse(std::str::from_utf8(body).ok()?).ok()?.take::<String>("auth_req_id").ok()?;
        let is_this = is_provider
            && body.len() <= LONGEST_PING
            && id(body).is_some_and(|id| constant_time_eq(&id, self.auth_req_id.secret()));
        if is_this {
            self.pending.polling.next = Duration::ZERO;
        }
        is_this
    }
}

/// In bytes: an id in a JSON object.
const LONGEST_PING: usize = 64 * 1024;

impl fmt::Debug for BackchannelAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackchannelAuthentication").field("expires_at", &self.expires_at()).finish_non_exhaustive()
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored<'a> {
    version: u32,
    #[serde(borrow)]
    pending: StoredPending<'a>,
    #[serde(borrow)]
    auth_req_id: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "Option::deserialize")]
    client_notification_token: Option<Cow<'a, str>>,
}

impl StoredForm for Stored<'_> {
    type Of = BackchannelAuthentication;
    const WHAT: &'static str = "a backchannel authentication";
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.version
    }

    fn open(self) -> Result<BackchannelAuthentication, &'static str> {
        Ok(BackchannelAuthentication {
            auth_req_id: AuthReqId::new(self.auth_req_id),
            notification_token: self.client_notification_token.map(ClientNotificationToken::new),
            pending: self.pending.open(),
        })
    }
}

impl Serialize for BackchannelAuthentication {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored {
            version: Stored::VERSION,
            pending: StoredPending::of(&self.pending),
            auth_req_id: Cow::Borrowed(self.auth_req_id.secret()),
            client_notification_token: self.notification_token.as_ref().map(|token| Cow::Borrowed(token.secret())),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BackchannelAuthentication {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        stored::read::<Stored<'_>, D>(deserializer)
    }
}
