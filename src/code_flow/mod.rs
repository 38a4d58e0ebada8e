//! One login by the authorization code flow (OpenID Connect Core 1.0 section 3.1), in the order it happens.
//!
//! ```text
//! AuthorizationRequest ──start──▶ AwaitingCallback ──receive──▶ AwaitingTokens ──receive──▶ UnverifiedTokens ──verify──▶ Tokens
//!       │                               ▲                             │                            │
//!       ▼ authorization URL             │ AuthorizationResponse       ▼ token request              └─into_oauth_tokens─▶ OAuthTokens
//!                                 the browser's session
//! ```

mod authorize;
mod callback;
mod pending;
mod pkce;
mod tokens;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) use authorize::is_request_parameter;
pub use authorize::{AuthorizationRequest, AuthorizeError, Nonce, State};
pub(crate) use callback::is_response_parameter;
pub use callback::{AuthorizationCode, AuthorizationResponse, CallbackError};
pub use pending::PendingLogins;
pub use pkce::CodeVerifier;
pub(crate) use tokens::Expectations;
pub use tokens::{AccessToken, AwaitingTokens, OAuthTokens, RefreshToken, TokenError, Tokens, UnverifiedTokens};

/// The flow state: what is kept in the browser's session while the browser is at the provider.
///
/// It serializes with serde, with a version, so it outlives the process that made it. It holds secrets: keep it on the
/// server, or in a cookie that is encrypted and authenticated, and always in **this browser's own session**. A store that is
/// shared by all browsers and looked up by the state alone is login CSRF: an attacker begins a login, lets the victim finish
/// it, and the victim is logged in as the attacker (RFC 6749 section 10.12). [`PendingLogins`] holds the few logins that one
/// browser has under way.
#[derive(Clone)]
#[must_use = "without the flow state the login cannot be finished"]
pub struct AwaitingCallback {
    /// When the login began, since the epoch.
    began: Duration,
    issuer: Arc<str>,
    client_id: Arc<str>,
    redirect_uri: Arc<str>,
    state: State,
    nonce: Option<Nonce>,
    code_verifier: Option<CodeVerifier>,
    /// Whether `openid` was asked for.
    openid: bool,
    /// In seconds.
    max_age: Option<u64>,
    require_acr: Vec<String>,
    /// The resource to name in the token request too.
    resource: Option<String>,
}

impl AwaitingCallback {
    /// The state that was sent.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The issuer of the provider that the browser was sent to: tells which [`Client`](crate::Client) goes on with it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The id of the client that began the login.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }
}

impl fmt::Debug for AwaitingCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingCallback")
            .field("began", &self.began)
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

/// The version of the stored form. A member that adds a check raises it, so that an older process refuses what it would not
/// check.
const VERSION: u32 = 1;

/// The stored form. An unknown member is refused: it may be a check that this version does not know. So is one that is gone:
/// what is not checked is there as `null`.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored<'a> {
    version: u32,
    /// Whole seconds since the epoch.
    began: u64,
    issuer: Cow<'a, str>,
    client_id: Cow<'a, str>,
    redirect_uri: Cow<'a, str>,
    state: Cow<'a, str>,
    #[serde(deserialize_with = "Option::deserialize")]
    nonce: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "Option::deserialize")]
    code_verifier: Option<Cow<'a, str>>,
    openid: bool,
    #[serde(deserialize_with = "Option::deserialize")]
    max_age: Option<u64>,
    require_acr: Cow<'a, [String]>,
    #[serde(deserialize_with = "Option::deserialize")]
    resource: Option<Cow<'a, str>>,
}

impl Serialize for AwaitingCallback {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored {
            version: VERSION,
            began: self.began.as_secs(),
            issuer: Cow::Borrowed(&self.issuer),
            client_id: Cow::Borrowed(&self.client_id),
            redirect_uri: Cow::Borrowed(&self.redirect_uri),
            state: Cow::Borrowed(self.state.secret()),
            nonce: self.nonce.as_ref().map(|nonce| Cow::Borrowed(nonce.secret())),
            code_verifier: self.code_verifier.as_ref().map(|verifier| Cow::Borrowed(verifier.secret())),
            openid: self.openid,
            max_age: self.max_age,
            require_acr: Cow::Borrowed(&self.require_acr),
            resource: self.resource.as_deref().map(Cow::Borrowed),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AwaitingCallback {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The error underneath would quote what is stored, which is secret.
        let stored = Stored::deserialize(deserializer)
            .map_err(|_| D::Error::custom("this is not a flow state that this version stored"))?;
        let version = stored.version;
        // Zeroed from here on, also where it is refused.
        let awaiting = Self {
            began: Duration::from_secs(stored.began),
            issuer: stored.issuer.into(),
            client_id: stored.client_id.into(),
            redirect_uri: stored.redirect_uri.into(),
            state: State::new(stored.state),
            nonce: stored.nonce.map(Nonce::new),
            code_verifier: stored.code_verifier.map(CodeVerifier::new),
            openid: stored.openid,
            max_age: stored.max_age,
            require_acr: stored.require_acr.into_owned(),
            resource: stored.resource.map(Cow::into_owned),
        };
        if version != VERSION {
            return Err(D::Error::custom("the flow state was stored by another version"));
        }
        // An empty state or nonce would match a response that has none.
        if awaiting.state.secret().is_empty() || awaiting.nonce.as_ref().is_some_and(|nonce| nonce.secret().is_empty())
        {
            return Err(D::Error::custom("the flow state has an empty state or nonce"));
        }
        Ok(awaiting)
    }
}
