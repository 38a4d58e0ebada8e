//! A logout notice that the provider sends through the browser (OpenID Connect Front-Channel Logout 1.0 section 2): it loads the
//! application's `frontchannel_logout_uri` in a frame.

use std::fmt;
use std::sync::Arc;

use crate::after_login::logout::error::LogoutError;
use crate::after_login::logout::parameters;
use crate::client::Client;
use crate::client::redirect_uri::{Arrival, Pairs, parse_pairs};
use crate::ground::secret::SecretText;

/// A notice, through the browser, that the user has logged out at the provider.
///
/// **Anybody can send it**: nothing in it is signed, and any page can load its address in a frame. It ends a session only where
/// it names that session's `sid`, which nobody else knows; without a [`sid`](Self::sid), only a session of the very browser that
/// brought it.
#[derive(Clone)]
#[must_use = "the notice ends a session"]
pub struct FrontChannelLogout {
    /// The client that it was read for.
    client_id: Arc<str>,
    session: Option<Session>,
}

/// Which session it is about.
#[derive(Clone)]
struct Session {
    iss: SecretText,
    sid: SecretText,
}

impl FrontChannelLogout {
    /// Reads the current URL: an absolute one, `https://app.example/front?iss=…&sid=…`, or the path and query of the
    /// request line, `/front?iss=…&sid=…`. The address where it arrived is not compared: anybody can send a notice to
    /// the right address too. Parameters of the `frontchannel_logout_uri` itself are ignored.
    ///
    /// # Errors
    ///
    /// [`LogoutError::Malformed`] when it is neither (`front?iss=…`), or has a percent-encoding that is not UTF-8 (`sid=%FF`);
    /// [`LogoutError::DuplicateParameter`] for two `iss` or `sid`; [`LogoutError::MissingParameter`] for one without the other;
    /// [`LogoutError::IssuerMismatch`] for an `iss` that is neither the provider's nor one that was accepted by name.
    pub fn from_url(client: &Client, current_url: &str) -> Result<Self, LogoutError> {
        let (_, pairs) = Arrival::parse(current_url)?;
        Self::from_pairs(client, &pairs)
    }

    /// Reads the query alone: `iss=…&sid=…`, with or without a `?` before it.
    ///
    /// # Errors
    ///
    /// As [`from_url`](Self::from_url).
    pub fn from_query(client: &Client, query: &str) -> Result<Self, LogoutError> {
        Self::from_pairs(client, &parse_pairs(parameters::query(query))?)
    }

    /// The issuer of the session. `None`: the notice names no session.
    #[must_use]
    pub fn iss(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.iss.as_str())
    }

    /// The session at the provider, as the ID token's `sid` names it. `None`: the notice names no session, and may end only one
    /// of the browser that brought it.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.sid.as_str())
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Front-Channel Logout 1.0 section 2: `iss` and `sid` are there together, or neither is.
    fn from_pairs(client: &Client, pairs: &Pairs<'_>) -> Result<Self, LogoutError> {
        let session = match (parameters::once(pairs, "iss")?, parameters::once(pairs, "sid")?) {
            (Some(iss), Some(sid)) => Some(Session { iss, sid }),
            (None, None) => None,
            (Some(_), None) => return Err(LogoutError::MissingParameter { parameter: "sid" }),
            (None, Some(_)) => return Err(LogoutError::MissingParameter { parameter: "iss" }),
        };
        if session.as_ref().is_some_and(|session| !client.issuers().may_respond(&session.iss)) {
            return Err(LogoutError::IssuerMismatch);
        }
        Ok(Self { client_id: client.shared_client_id(), session })
    }
}

impl fmt::Debug for FrontChannelLogout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrontChannelLogout").field("iss", &self.iss()).finish_non_exhaustive()
    }
}
