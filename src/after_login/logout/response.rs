//! The way back from a logout (OpenID Connect RP-Initiated Logout 1.0 section 3): what is kept while the browser is at the
//! provider, and what it brings back.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::after_login::logout::error::LogoutError;
use crate::after_login::logout::parameters::{self, Duplicate};
use crate::client::Client;
use crate::client::redirect_uri::{Arrival, Pairs, parse_pairs};
use crate::code_flow::State;
use crate::ground::printable::printable_address;
use crate::ground::stored::{self, StoredForm};

/// What is kept in the browser's session while the browser is at the provider to log out.
///
/// It serializes with serde, with a version. It holds the state, a secret. The session of the login has ended by then:
/// keep this in the new session of the same browser, or in a cookie that is encrypted and authenticated.
#[derive(Clone)]
#[must_use = "without it, nobody can tell whether this application asked for the logout"]
pub struct AwaitingLogout {
    issuer: Arc<str>,
    client_id: Arc<str>,
    post_logout_redirect_uri: Arc<str>,
    state: State,
}

impl AwaitingLogout {
    pub(super) fn new(issuer: Arc<str>, client_id: Arc<str>, post_logout_redirect_uri: Arc<str>, state: State) -> Self {
        Self { issuer, client_id, post_logout_redirect_uri, state }
    }

    /// Checks that the browser came back from this logout: at the `post_logout_redirect_uri`, and with the state that
    /// was sent.
    ///
    /// This says that the provider sent the browser back, and not what it did: the user may have chosen to stay logged
    /// in there.
    ///
    /// # Errors
    ///
    /// [`LogoutError::WrongClient`] when another client began the logout; [`LogoutError::RedirectUriMismatch`] when the browser
    /// arrived elsewhere; [`LogoutError::StateMissing`] and [`LogoutError::StateMismatch`]. They are checked in this order.
    pub fn receive(self, client: &Client, response: LogoutResponse) -> Result<(), LogoutError> {
        if !client.is(&self.issuer, &self.client_id) {
            return Err(LogoutError::WrongClient);
        }
        let uri = &self.post_logout_redirect_uri;
        if let Some(arrival) = response.arrival.as_ref().filter(|arrival| !arrival.is_at(uri)) {
            return Err(LogoutError::RedirectUriMismatch {
                expected: printable_address(uri),
                found: arrival.address(),
            });
        }
        let state = response.state.ok_or(LogoutError::StateMissing)?;
        if state == self.state { Ok(()) } else { Err(LogoutError::StateMismatch) }
    }

    /// The state that was sent.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    pub(super) fn post_logout_redirect_uri(&self) -> &str {
        &self.post_logout_redirect_uri
    }
}

impl fmt::Debug for AwaitingLogout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingLogout")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("post_logout_redirect_uri", &self.post_logout_redirect_uri)
            .finish_non_exhaustive()
    }
}

/// What the browser brought back from a logout. Nothing of it is checked yet.
#[derive(Clone)]
pub struct LogoutResponse {
    state: Option<State>,
    /// Where it arrived, as far as that is known.
    arrival: Option<Arrival>,
}

impl LogoutResponse {
    /// Reads the current URL: an absolute one, `https://app.example/signed-out?state=…`, or the path and query of the request
    /// line, `/signed-out?state=…`. A fragment is not read. Behind a proxy that ends TLS, use path and query.
    ///
    /// Scheme, host, port, path and query, as far as they are there, are later compared with the `post_logout_redirect_uri`.
    ///
    /// # Errors
    ///
    /// [`LogoutError::Malformed`] when it is neither (`signed-out?state=…`), or has userinfo, white space or a backslash before
    /// the query, or a percent-encoding that is not UTF-8 (`state=%FF`); [`LogoutError::DuplicateParameter`] for two states.
    pub fn from_url(current_url: &str) -> Result<Self, LogoutError> {
        let (arrival, pairs) = Arrival::parse(current_url)?;
        let response = Self::from_pairs(&pairs)?;
        let others = pairs.into_iter().filter(|(name, _)| name != "state");
        let others = others.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Ok(Self { arrival: Some(arrival.with_query(others)), ..response })
    }

    /// Reads the query alone: `state=…`, with or without a `?` before it. A fragment behind it is not read. Where it arrived is
    /// then not compared.
    ///
    /// # Errors
    ///
    /// As [`from_url`](Self::from_url).
    pub fn from_query(query: &str) -> Result<Self, LogoutError> {
        Self::from_pairs(&parse_pairs(parameters::query(query))?)
    }

    /// The state, not verified: the logout that the response claims to answer.
    #[must_use]
    pub fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    fn from_pairs(pairs: &Pairs<'_>) -> Result<Self, LogoutError> {
        let state = parameters::once(pairs, "state")?;
        Ok(Self { state: state.map(State::from_text), arrival: None })
    }
}

impl fmt::Debug for LogoutResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutResponse").field("state", &self.state).finish_non_exhaustive()
    }
}

impl From<Duplicate> for LogoutError {
    fn from(Duplicate(parameter): Duplicate) -> Self {
        Self::DuplicateParameter { parameter }
    }
}

/// The stored form.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored<'a> {
    version: u32,
    issuer: Cow<'a, str>,
    client_id: Cow<'a, str>,
    post_logout_redirect_uri: Cow<'a, str>,
    state: Cow<'a, str>,
}

impl StoredForm for Stored<'_> {
    type Of = AwaitingLogout;
    const WHAT: &'static str = "a logout under way";
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.version
    }

    fn open(self) -> Result<AwaitingLogout, &'static str> {
        let state = State::new(self.state);
        // An empty state would match nothing, and was never sent.
        if state.secret().is_empty() {
            return Err("the logout under way has an empty state");
        }
        Ok(AwaitingLogout {
            issuer: self.issuer.into(),
            client_id: self.client_id.into(),
            post_logout_redirect_uri: self.post_logout_redirect_uri.into(),
            state,
        })
    }
}

impl Serialize for AwaitingLogout {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored {
            version: Stored::VERSION,
            issuer: Cow::Borrowed(&self.issuer),
            client_id: Cow::Borrowed(&self.client_id),
            post_logout_redirect_uri: Cow::Borrowed(&self.post_logout_redirect_uri),
            state: Cow::Borrowed(self.state.secret()),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AwaitingLogout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        stored::read::<Stored<'_>, D>(deserializer)
    }
}
