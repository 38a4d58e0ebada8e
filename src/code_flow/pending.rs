//! The few logins that one browser has under way.

use std::fmt;
use std::time::SystemTime;

use serde::de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Error as JsonError;

use crate::client::Client;
use crate::code_flow::callback_error::CallbackError;
use crate::code_flow::flow_state::AwaitingCallback;
use crate::code_flow::response::AuthorizationResponse;
use crate::code_flow::tokens::AwaitingTokens;
use crate::exchange::RoundTrip;
use crate::ground::secret::SecretText;
use crate::ground::stored::{self, StoredForm};

/// The logins that **one browser** has under way, at most four: a user opens several tabs, goes back, tries again.
///
/// Keep it in the browser's session, and put it back after every change: [`insert`](Self::insert) before the browser is sent
/// to the provider, [`receive`](Self::receive) when it comes back. Never share one between browsers: see
/// [`AwaitingCallback`]. A page that makes a browser begin four logins drops the oldest. A session that is a cookie cannot
/// take a login out for good: the browser can send the old cookie again.
///
/// ```
/// # use std::time::SystemTime;
/// # use oidc_proto::{AuthorizationResponse, Client, ClientAuth, PendingLogins, ProviderMetadata};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut metadata = ProviderMetadata::new("https://id.example");
/// # metadata.authorization_endpoint = Some("https://id.example/authorize".to_owned());
/// # metadata.token_endpoint = Some("https://id.example/token".to_owned());
/// # let client = Client::builder(metadata, "id", ClientAuth::none()).redirect_uri("https://app.example/cb").build()?;
/// let mut pending = PendingLogins::default();
/// let (url, awaiting) = client.authorize().state("a-state-that-nobody-guesses").start(SystemTime::now())?;
/// pending.insert_with(awaiting, &"/orders/7")?;
/// let stored_in_the_session = serde_json::to_string(&pending)?;
///
/// // … the browser comes back …
/// let mut pending: PendingLogins = serde_json::from_str(&stored_in_the_session)?;
/// let response = AuthorizationResponse::from_url("/cb?code=abc&state=a-state-that-nobody-guesses")?;
/// let return_to: Option<String> = pending.data_of(&response)?;
/// let token_request = pending.receive(&client, response, SystemTime::now())?;
/// assert_eq!(return_to.as_deref(), Some("/orders/7"));
/// assert!(pending.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct PendingLogins(Vec<Login>);

/// One login, and what the application keeps beside it.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Login {
    awaiting: AwaitingCallback,
    /// As JSON.
    #[serde(deserialize_with = "Option::deserialize")]
    data: Option<SecretText>,
}

impl PendingLogins {
    /// The most logins that one browser can have under way: one more drops the oldest.
    pub const LIMIT: usize = 4;

    /// The most that an application can keep beside one login, in bytes of JSON.
    pub const DATA_LIMIT: usize = 512;

    /// Adds a login that has begun.
    pub fn insert(&mut self, awaiting: AwaitingCallback) {
        self.push(Login { awaiting, data: None });
    }

    /// Adds a login that has begun, with data of the application's own, such as the page to go back to. The data is
    /// gone when the login is: finished, dropped or taken.
    ///
    /// # Errors
    ///
    /// When the data cannot be written as JSON, or is longer than [`DATA_LIMIT`](Self::DATA_LIMIT). The login is then not
    /// added.
    pub fn insert_with(&mut self, awaiting: AwaitingCallback, data: &impl Serialize) -> Result<(), JsonError> {
        let data = SecretText::new(serde_json::to_string(data)?);
        if data.len() > Self::DATA_LIMIT {
            return Err(serde::ser::Error::custom("the data kept beside a login is too long"));
        }
        self.push(Login { awaiting, data: Some(data) });
        Ok(())
    }

    /// The data that was kept beside the login that a response answers; `Ok(None)` where there is no such login, or none was
    /// kept. Ask before [`receive`](Self::receive) or [`take`](Self::take).
    ///
    /// # Errors
    ///
    /// When the data is not a `T`, because another version of the application wrote it.
    pub fn data_of<T: DeserializeOwned>(&self, response: &AuthorizationResponse) -> Result<Option<T>, JsonError> {
        let login = self.find(response).ok().and_then(|index| self.0.get(index));
        let data = login.and_then(|login| login.data.as_ref());
        data.map(|data| serde_json::from_str(data)).transpose()
    }

    /// Finds the login that a response answers, checks the response, and makes the token request:
    /// [`AwaitingCallback::receive`] of the login with its state.
    ///
    /// The login is then no longer pending. It stays pending where the response is not from its provider or arrived at the
    /// wrong place, so that nobody can end another user's login with a forged response.
    ///
    /// # Errors
    ///
    /// As [`AwaitingCallback::receive`]; [`CallbackError::StateMismatch`] also when no login has the state. After
    /// [`RedirectUriMismatch`](CallbackError::RedirectUriMismatch), [`IssuerMismatch`](CallbackError::IssuerMismatch),
    /// [`IssuerMissing`](CallbackError::IssuerMissing), [`ResponseNotSigned`](CallbackError::ResponseNotSigned) and
    /// [`WrongClient`](CallbackError::WrongClient) the login is still pending.
    pub fn receive(
        &mut self,
        client: &Client,
        response: AuthorizationResponse,
        now: SystemTime,
    ) -> Result<RoundTrip<AwaitingTokens>, CallbackError> {
        let index = self.find(&response)?;
        let login = self.0.get(index).ok_or(CallbackError::StateMismatch)?;
        match login.awaiting.check(client, response) {
            // It stays pending.
            Err(
                error @ (CallbackError::RedirectUriMismatch { .. }
                | CallbackError::IssuerMismatch
                | CallbackError::IssuerMissing { .. }
                | CallbackError::ResponseNotSigned
                | CallbackError::WrongClient),
            ) => Err(error),
            checked => self.0.remove(index).awaiting.exchange(client, checked?, now),
        }
    }

    /// Takes out the login that a response answers: the one with its state. Nothing is taken when there is none.
    ///
    /// # Errors
    ///
    /// [`CallbackError::StateMissing`] when the response has no state, [`CallbackError::StateMismatch`] when no login under
    /// way has it: it was finished already, or dropped, or never began in this browser.
    pub fn take(&mut self, response: &AuthorizationResponse) -> Result<AwaitingCallback, CallbackError> {
        let index = self.find(response)?;
        Ok(self.0.remove(index).awaiting)
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

    fn find(&self, response: &AuthorizationResponse) -> Result<usize, CallbackError> {
        let state = response.required_state().map_err(|error| match error {
            // A signed response that somebody asked for, and nobody has opened.
            CallbackError::UnexpectedParameter { .. } if self.0.iter().any(|login| login.awaiting.signed_response) => {
                CallbackError::ResponseNotSigned
            }
            error => error,
        })?;
        self.0.iter().position(|login| login.awaiting.state() == state).ok_or(CallbackError::StateMismatch)
    }

    fn push(&mut self, login: Login) {
        self.0.push(login);
        self.drop_the_oldest();
    }

    fn drop_the_oldest(&mut self) {
        let surplus = self.0.len().saturating_sub(Self::LIMIT);
        self.0.drain(..surplus);
    }
}

impl fmt::Debug for PendingLogins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|login| &login.awaiting)).finish()
    }
}

/// The stored form. Version 1 was a list of flow states, without a number.
struct Stored {
    version: u32,
    logins: Vec<Login>,
}

impl StoredForm for Stored {
    type Of = PendingLogins;
    const WHAT: &'static str = "a list of pending logins";
    const VERSION: u32 = 2;

    fn version(&self) -> u32 {
        self.version
    }

    fn open(self) -> Result<PendingLogins, &'static str> {
        let mut pending = PendingLogins(self.logins);
        pending.drop_the_oldest();
        Ok(pending)
    }
}

impl Serialize for PendingLogins {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            version: u32,
            logins: &'a [Login],
        }
        Written { version: Stored::VERSION, logins: &self.0 }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PendingLogins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        stored::read::<Stored, D>(deserializer)
    }
}

impl<'de> Deserialize<'de> for Stored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Versions)
    }
}

/// Reads version 1, a list, and the later ones, an object.
struct Versions;

impl<'de> Visitor<'de> for Versions {
    type Value = Stored;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Stored::WHAT)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Stored, A::Error> {
        let mut logins = Vec::new();
        while let Some(awaiting) = list.next_element()? {
            logins.push(Login { awaiting, data: None });
        }
        Ok(Stored { version: 1, logins })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Stored, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Object {
            version: u32,
            logins: Vec<Login>,
        }
        let Object { version, logins } = Object::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        // Version 1 was never an object.
        if version < 2 {
            return Err(A::Error::custom("no such version"));
        }
        Ok(Stored { version, logins })
    }
}
