//! The logout request (OpenID Connect RP-Initiated Logout 1.0 section 2), while it is put together.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::after_login::LoggedIn;
use crate::after_login::logout::error::LogoutError;
use crate::after_login::logout::response::AwaitingLogout;
use crate::client::{Client, redirect_uri};
use crate::code_flow::State;
use crate::ground::form::{self, Name};
use crate::ground::printable::field_name;
use crate::ground::random;
use crate::ground::secret::SecretText;

impl Client {
    /// Starts a logout at the provider (OpenID Connect RP-Initiated Logout 1.0). End the session of this application first: the
    /// browser may never come back. Nothing is sent or decided before [`start`](LogoutRequest::start).
    ///
    /// ```
    /// # use oidc_proto::{Client, ClientAuth, LogoutResponse, ProviderMetadata};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut metadata = ProviderMetadata::new("https://id.example");
    /// # metadata.end_session_endpoint = Some("https://id.example/logout".to_owned());
    /// # let client = Client::builder(metadata, "my-client-id", ClientAuth::none()).build()?;
    /// let request = client.log_out().post_logout_redirect_uri("https://app.example/signed-out");
    /// let (url, awaiting) = request.start()?; // redirect to `url`; keep `awaiting` in the browser's session
    /// # let awaiting = awaiting.ok_or("it comes back")?;
    /// # let target = format!("/signed-out?state={}", awaiting.state().secret());
    ///
    /// // The browser comes back.
    /// awaiting.receive(&client, LogoutResponse::from_url(&target)?)?;
    /// # Ok(()) }
    /// ```
    pub fn log_out(&self) -> LogoutRequest {
        LogoutRequest {
            client: self.clone(),
            post_logout_redirect_uri: None,
            state: None,
            parameters: Vec::new(),
            problem: None,
        }
    }
}

/// The logout request that the browser carries to the provider, before it is started. Every parameter is optional; the
/// client's id is always sent.
///
/// A setter replaces what it set before; [`extra`](Self::extra) adds to what is there.
#[must_use = "a logout begins with start"]
pub struct LogoutRequest {
    client: Client,
    post_logout_redirect_uri: Option<Arc<str>>,
    state: Option<State>,
    /// The other parameters, in the order in which they were set.
    parameters: Vec<(Cow<'static, str>, SecretText)>,
    /// The first thing that was wrong with a parameter.
    problem: Option<LogoutError>,
}

impl LogoutRequest {
    /// The login that ends: its ID token is sent as a hint, so that the provider need not ask the user. Some providers send
    /// the browser back only with it.
    ///
    /// [`start`](Self::start) refuses tokens of another client ([`LogoutError::WrongClient`]).
    pub fn id_token_hint(mut self, logged_in: &impl LoggedIn) -> Self {
        if !logged_in.is_of(&self.client) {
            self.reject(LogoutError::WrongClient);
        }
        self.id_token_hint_text(logged_in.id_token_hint())
    }

    /// The same, for an application that has kept only the text of the ID token, in compact serialization. It may have
    /// expired. It is sent as it is.
    pub fn id_token_hint_text(self, id_token: impl AsRef<str>) -> Self {
        self.set("id_token_hint", id_token.as_ref())
    }

    /// Who logs out, for a provider that gets no ID token: an e-mail address, a name, or a session id, in the form that
    /// the provider knows.
    pub fn logout_hint(self, hint: impl AsRef<str>) -> Self {
        self.set("logout_hint", hint.as_ref())
    }

    /// Where the provider sends the browser back to after the logout. It must be registered at the provider, and is
    /// sent byte for byte.
    ///
    /// The rules are those of redirect URIs: https; http on a loopback host; or a private-use scheme with a dot in it.
    /// Its query must not have `state`.
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        let uri = uri.into();
        let http_allowed = self.client.metadata().http_allowed();
        if redirect_uri::check_without(&uri, http_allowed, |name| name == "state").is_err() {
            self.reject(LogoutError::InvalidParameter {
                name: "post_logout_redirect_uri".into(),
                reason: "it must be absolute, secure, and without fragment, userinfo and a state in its query",
            });
        }
        self.post_logout_redirect_uri = Some(uri.into());
        self
    }

    /// Sets the state, instead of a random one. It must not be guessable. It needs a
    /// [`post_logout_redirect_uri`](Self::post_logout_redirect_uri), where it comes back.
    pub fn state(mut self, state: impl Into<State>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// The languages of the provider's pages, the best first (BCP 47).
    pub fn ui_locales<S: AsRef<str>>(mut self, locales: impl IntoIterator<Item = S>) -> Self {
        match form::list(locales) {
            Some(joined) if !joined.is_empty() => return self.set("ui_locales", joined),
            Some(_) => self.parameters.retain(|(set, _)| set != "ui_locales"),
            None => self.reject(LogoutError::InvalidParameter {
                name: "ui_locales".into(),
                reason: "a value of the list is empty or has white space",
            }),
        }
        self
    }

    /// Adds a parameter that has no method of its own, such as Amazon Cognito's `logout_uri`.
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        if PARAMETERS.contains(&name.as_str()) {
            self.reject(LogoutError::ReservedParameter { name: field_name(&name) });
        }
        self.parameters.push((Cow::Owned(name), SecretText::new(value)));
        self
    }

    /// Begins the logout: the URL to send the browser to, ready for a `Location` header; and, where there is a
    /// [`post_logout_redirect_uri`](Self::post_logout_redirect_uri), what to keep in the browser's session until it comes back.
    /// Nothing is sent.
    ///
    /// The URL holds the ID token, where there is a hint: it must not be logged. Where it is longer than 2,000 bytes, a browser
    /// or a server may refuse it; [`start_as_form`](Self::start_as_form) has no such limit.
    ///
    /// # Errors
    ///
    /// [`LogoutError::NoEndSessionEndpoint`], [`LogoutError::InvalidParameter`] (a relative `post_logout_redirect_uri`, an empty
    /// state, a state without a `post_logout_redirect_uri`, a parameter that is in the query of the endpoint already),
    /// [`LogoutError::ReservedParameter`] (`extra("state", …)`), [`LogoutError::WrongClient`] (the ID token of another client)
    /// and [`LogoutError::Randomness`].
    pub fn start(mut self) -> Result<(String, Option<AwaitingLogout>), LogoutError> {
        let (endpoint, awaiting) = self.complete()?;
        Ok((form::url(endpoint, &self.all_parameters(awaiting.as_ref())), awaiting))
    }

    /// The same for a form that the browser posts by itself: the address of the form (its `action`), and the names and values
    /// of its hidden fields. The page must escape both for HTML. The provider must accept POST (OpenID Connect RP-Initiated
    /// Logout 1.0 section 2).
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    #[expect(clippy::type_complexity, reason = "an address, its fields, and what is kept: a type would name no more")]
    pub fn start_as_form(mut self) -> Result<(String, Vec<(String, String)>, Option<AwaitingLogout>), LogoutError> {
        let (endpoint, awaiting) = self.complete()?;
        let pairs = self.all_parameters(awaiting.as_ref()).into_iter().map(|(name, value)| match name {
            Name::Known(name) | Name::Any(name) => (name.to_owned(), value.to_owned()),
        });
        let pairs = pairs.collect();
        Ok((endpoint, pairs, awaiting))
    }

    /// Checks everything, and makes what is not set: the endpoint, and what is kept.
    fn complete(&mut self) -> Result<(String, Option<AwaitingLogout>), LogoutError> {
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        let endpoint = self.client.end_session_endpoint().ok_or(LogoutError::NoEndSessionEndpoint)?.to_owned();
        let state = self.complete_state()?;
        let awaiting = self.post_logout_redirect_uri.take().zip(state).map(|(uri, state)| {
            AwaitingLogout::new(self.client.shared_issuer(), self.client.shared_client_id(), uri, state)
        });
        self.check_endpoint(&endpoint, awaiting.as_ref())?;
        Ok((endpoint, awaiting))
    }

    /// The state that was set, or a random one where there is a way back.
    fn complete_state(&mut self) -> Result<Option<State>, LogoutError> {
        let invalid = |reason| Err(LogoutError::InvalidParameter { name: "state".into(), reason });
        match (self.state.take(), &self.post_logout_redirect_uri) {
            (Some(state), _) if state.secret().is_empty() => invalid("it is empty"),
            (Some(_), None) => invalid("without a post_logout_redirect_uri it does not come back"),
            (Some(state), Some(_)) => Ok(Some(state)),
            (None, None) => Ok(None),
            (None, Some(_)) => {
                let state = random::Values::default().draw().map_err(LogoutError::Randomness)?;
                Ok(Some(State::new(state)))
            }
        }
    }

    /// RFC 6749 section 3.1: no parameter has a duplicate, so the endpoint's query has none that this request sets.
    fn check_endpoint(&self, endpoint: &str, awaiting: Option<&AwaitingLogout>) -> Result<(), LogoutError> {
        let Some((_, query)) = endpoint.split_once('?') else {
            return Ok(());
        };
        let sent = self.all_parameters(awaiting);
        for (name, _) in form::parse(query).filter_map(Result::ok) {
            let is_sent =
                sent.iter().any(|(sent, _)| matches!(sent, Name::Known(sent) | Name::Any(sent) if **sent == *name));
            if PARAMETERS.contains(&&*name) && is_sent {
                let reason = "the query of the end session endpoint has it already";
                return Err(LogoutError::InvalidParameter { name: field_name(&name), reason });
            }
        }
        Ok(())
    }

    /// The whole list, whoever writes it.
    fn all_parameters<'a>(&'a self, awaiting: Option<&'a AwaitingLogout>) -> Vec<(Name<'a>, &'a str)> {
        let mut list = vec![(Name::Known("client_id"), self.client.client_id())];
        list.extend(self.parameters.iter().map(|(name, value)| (Name::Any(name), value.as_str())));
        if let Some(awaiting) = awaiting {
            list.push((Name::Known("post_logout_redirect_uri"), awaiting.post_logout_redirect_uri()));
            list.push((Name::Known("state"), awaiting.state().secret()));
        }
        list
    }

    /// Sets a parameter of the crate's own, once.
    fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parameters.retain(|(set, _)| set != name);
        self.parameters.push((Cow::Borrowed(name), SecretText::new(value)));
        self
    }

    fn reject(&mut self, problem: LogoutError) {
        self.problem.get_or_insert(problem);
    }
}

impl fmt::Debug for LogoutRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutRequest")
            .field("client", &self.client)
            .field("post_logout_redirect_uri", &self.post_logout_redirect_uri)
            .finish_non_exhaustive()
    }
}

/// The parameters of a logout request that have a meaning of their own.
const PARAMETERS: [&str; 6] =
    ["client_id", "id_token_hint", "logout_hint", "post_logout_redirect_uri", "state", "ui_locales"];
