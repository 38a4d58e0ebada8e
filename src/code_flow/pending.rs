//! The few logins that one browser has under way.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::code_flow::{AuthorizationResponse, AwaitingCallback, CallbackError};

/// The logins that **one browser** has under way, at most four: a person opens several tabs, goes back, tries again.
///
/// Keep it in the browser's session, and put it back after every change: [`insert`](Self::insert) before the browser is sent
/// to the provider, [`take`](Self::take) when it comes back. Never share one between browsers: see [`AwaitingCallback`].
///
/// ```
/// # use std::time::SystemTime;
/// # use oidc_proto::{AuthorizationResponse, Client, ClientAuth, PendingLogins, ProviderMetadata};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut metadata = ProviderMetadata::new("https://id.example");
/// # metadata.authorization_endpoint = Some("https://id.example/authorize".to_owned());
/// # let client = Client::builder(metadata, "id", ClientAuth::none()).redirect_uri("https://app.example/cb").build()?;
/// let mut pending = PendingLogins::default();
/// let (url, awaiting) = client.authorize().state("a-state-that-nobody-guesses").start(SystemTime::now())?;
/// pending.insert(awaiting);
/// let stored_in_the_session = serde_json::to_string(&pending)?;
///
/// // … the browser comes back …
/// let mut pending: PendingLogins = serde_json::from_str(&stored_in_the_session)?;
/// let response = AuthorizationResponse::from_url("/cb?code=abc&state=a-state-that-nobody-guesses")?;
/// let awaiting = pending.take(&response)?;
/// assert!(pending.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Default, Serialize)]
#[serde(transparent)]
pub struct PendingLogins(Vec<AwaitingCallback>);

impl PendingLogins {
    /// The most logins that one browser can have under way: one more drops the oldest.
    pub const LIMIT: usize = 4;

    /// Adds a login that begins.
    pub fn insert(&mut self, awaiting: AwaitingCallback) {
        self.0.push(awaiting);
        self.keep_the_newest();
    }

    /// Takes out the login that a response answers: the one with its state. Nothing is taken when there is none.
    ///
    /// # Errors
    ///
    /// [`CallbackError::StateMissing`] when the response has no state, [`CallbackError::StateMismatch`] when no login under
    /// way has it: it was finished already, or dropped, or never began in this browser.
    pub fn take(&mut self, response: &AuthorizationResponse) -> Result<AwaitingCallback, CallbackError> {
        let state = response.state().ok_or(CallbackError::StateMissing)?;
        let found = self.0.iter().position(|awaiting| awaiting.state() == state);
        found.map(|index| self.0.remove(index)).ok_or(CallbackError::StateMismatch)
    }

    /// How many logins are under way.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no login is under way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn keep_the_newest(&mut self) {
        let surplus = self.0.len().saturating_sub(Self::LIMIT);
        self.0.drain(..surplus);
    }
}

impl<'de> Deserialize<'de> for PendingLogins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The error underneath would quote what is stored, which is secret.
        let logins = Vec::deserialize(deserializer)
            .map_err(|_| D::Error::custom("these are not logins that this version stored"))?;
        let mut logins = Self(logins);
        logins.keep_the_newest();
        Ok(logins)
    }
}

impl fmt::Debug for PendingLogins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}
