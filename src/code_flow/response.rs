//! The authorization response (OpenID Connect Core 1.0 sections 3.1.2.5 and 3.1.2.6): what the browser brings back, read and
//! not yet checked.

use std::fmt;

use crate::client::Client;
use crate::client::redirect_uri::{Arrival, Malformed, parse_pairs};
use crate::client::reserved::is_response_parameter;
use crate::code_flow::callback_error::CallbackError;
use crate::code_flow::flow_state::State;
use crate::exchange::OAuthError;
use crate::ground::secret::SecretText;
use crate::ground::vocabulary::OAuthErrorCode;
use crate::token_endpoint::AuthorizationCode;

/// What the browser brought back from the provider. Nothing of it is checked yet.
///
/// `Debug` shows the error code, and whether there are a code and a state.
#[derive(Clone)]
pub struct AuthorizationResponse {
    pub(super) code: Option<AuthorizationCode>,
    pub(super) state: Option<State>,
    pub(super) iss: Option<String>,
    pub(super) error: Option<OAuthError>,
    /// A response object (JARM), which [`Client::jarm`] opens.
    pub(super) response: Option<SecretText>,
    /// A token in the response, which a code flow never has.
    pub(super) token: Option<&'static str>,
    others: Vec<(String, String)>,
    /// Where it arrived, as far as that is known.
    pub(super) arrival: Option<Arrival>,
    /// The client that verified it, where it is one that the provider signed.
    pub(super) verified_for: Option<Client>,
}

impl AuthorizationResponse {
    /// Reads the current URL: an absolute one, `https://app.example/cb?code=…`, or the path and query of the request line,
    /// `/cb?code=…`, which most web frameworks have at hand. A fragment is not read.
    ///
    /// Scheme, host, port, path and query, as far as they are there, are later compared with the redirect URI of the login.
    /// Behind a proxy that ends TLS, the application sees another scheme or host than the browser: use path and query then.
    ///
    /// # Errors
    ///
    /// [`CallbackError::Malformed`] when it is neither (`cb?code=…`), or has userinfo, white space or a backslash
    /// before the query, or a percent-encoding that is not UTF-8 (`code=%FF`); [`CallbackError::DuplicateParameter`]
    /// for a duplicate of a parameter that this crate reads.
    pub fn from_url(current_url: &str) -> Result<Self, CallbackError> {
        let (arrival, pairs) = Arrival::parse(current_url)?;
        let mut response = Self::from_decoded(pairs)?;
        response.arrival = Some(arrival.with_query(response.others.clone()));
        Ok(response)
    }

    /// Reads the query alone: `code=…&state=…`, with or without a `?` before it. A fragment behind it is not read. Where it
    /// arrived is then not compared with the redirect URI.
    ///
    /// # Errors
    ///
    /// As [`from_url`](Self::from_url).
    pub fn from_query(query: &str) -> Result<Self, CallbackError> {
        let query = query.strip_prefix('?').unwrap_or(query);
        let query = query.split_once('#').map_or(query, |(before, _)| before);
        Ok(Self::from_decoded(parse_pairs(query)?)?)
    }

    /// Reads the body of a form that the browser posted (`response_mode=form_post`). [`at`](Self::at) says where it arrived.
    ///
    /// # Errors
    ///
    /// As [`from_url`](Self::from_url).
    pub fn from_form(body: impl AsRef<[u8]>) -> Result<Self, CallbackError> {
        let body = std::str::from_utf8(body.as_ref()).map_err(|_| CallbackError::Malformed)?;
        Ok(Self::from_decoded(parse_pairs(body)?)?)
    }

    /// Takes parameters that the caller has already decoded. Where they arrived is compared with the redirect URI
    /// only after [`at`](Self::at).
    ///
    /// ```
    /// # use oidc_proto::AuthorizationResponse;
    /// let response = AuthorizationResponse::from_parameters([("code", "abc"), ("state", "xyz")])?;
    /// # Ok::<(), oidc_proto::CallbackError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CallbackError::DuplicateParameter`] for a duplicate of a parameter that this crate reads. Pass all parameters,
    /// not a map that keeps one for each name.
    pub fn from_parameters<N, V>(parameters: impl IntoIterator<Item = (N, V)>) -> Result<Self, CallbackError>
    where
        N: Into<String>,
        V: Into<String>,
    {
        Ok(Self::from_decoded(parameters.into_iter().map(|(name, value)| (name.into(), value.into())))?)
    }

    /// Says where a form arrived, to be compared with the redirect URI: an absolute URL, or `/cb`.
    ///
    /// # Errors
    ///
    /// [`CallbackError::Malformed`], as [`from_url`](Self::from_url).
    pub fn at(mut self, target: &str) -> Result<Self, CallbackError> {
        let (arrival, mut pairs) = Arrival::parse(target)?;
        pairs.retain(|(name, _)| !is_response_parameter(name));
        let own = pairs.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned()));
        self.arrival = Some(arrival.with_query(own.collect()));
        Ok(self)
    }

    /// The state, not verified: the login that the response claims to answer.
    #[must_use]
    pub fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// Another parameter, not verified, such as Apple's `user`. The first, where there are several of one name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.others.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The state, which every response to a login of ours has.
    pub(super) fn required_state(&self) -> Result<&State, CallbackError> {
        match (&self.state, &self.response) {
            (Some(state), _) => Ok(state),
            // JARM section 2.3: the state is inside. Nobody asked for that, or nobody has opened it.
            (None, Some(_)) => Err(CallbackError::UnexpectedParameter { parameter: "response" }),
            (None, None) => Err(CallbackError::StateMissing),
        }
    }

    /// RFC 6749 section 3.1: a parameter without a value counts as absent, and none may have a duplicate.
    pub(super) fn from_decoded<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, Duplicate>
    where
        N: AsRef<str> + Into<String>,
        V: Into<String>,
    {
        let mut known = Parameters::default();
        let mut others = Vec::new();
        for (name, value) in pairs {
            match known.slot(name.as_ref()) {
                None => others.push((name.into(), value.into())),
                Some((parameter, slot)) => {
                    let value = SecretText::new(value);
                    if slot.is_some() {
                        return Err(Duplicate(parameter));
                    }
                    *slot = Some(value);
                }
            }
        }
        Ok(known.into_response(others))
    }
}

/// The name of a parameter that has a duplicate.
#[derive(Debug)]
pub(super) struct Duplicate(pub(super) &'static str);

impl From<Duplicate> for CallbackError {
    fn from(Duplicate(parameter): Duplicate) -> Self {
        Self::DuplicateParameter { parameter }
    }
}

/// A parameter as it came; `None` until it comes.
type Slot = Option<SecretText>;

/// The parameters that a response may have once each.
#[derive(Default)]
struct Parameters {
    code: Slot,
    state: Slot,
    iss: Slot,
    error: Slot,
    error_description: Slot,
    error_uri: Slot,
    response: Slot,
    id_token: Slot,
    access_token: Slot,
}

impl Parameters {
    /// Where the parameter of this name is kept, and the name; nothing where it is not one of these.
    fn slot(&mut self, name: &str) -> Option<(&'static str, &mut Slot)> {
        Some(match name {
            "code" => ("code", &mut self.code),
            "state" => ("state", &mut self.state),
            "iss" => ("iss", &mut self.iss),
            "error" => ("error", &mut self.error),
            "error_description" => ("error_description", &mut self.error_description),
            "error_uri" => ("error_uri", &mut self.error_uri),
            "response" => ("response", &mut self.response),
            "id_token" => ("id_token", &mut self.id_token),
            "access_token" => ("access_token", &mut self.access_token),
            _ => return None,
        })
    }

    fn into_response(self, others: Vec<(String, String)>) -> AuthorizationResponse {
        let present = |slot: Slot| slot.filter(|value| !value.is_empty());
        let public = |slot: Slot| present(slot).map(|mut value| std::mem::take(&mut *value));
        let token = present(self.id_token).map(|_| "id_token").or(present(self.access_token).map(|_| "access_token"));
        let error = present(self.error).map(|error| OAuthError {
            error: OAuthErrorCode::from(error.as_str()),
            error_description: public(self.error_description),
            error_uri: public(self.error_uri),
        });
        AuthorizationResponse {
            code: present(self.code).map(AuthorizationCode::from_text),
            state: present(self.state).map(State::from_text),
            iss: public(self.iss),
            error,
            response: present(self.response),
            token,
            others,
            arrival: None,
            verified_for: None,
        }
    }
}

impl fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationResponse")
            .field("code", &self.code)
            .field("state", &self.state)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl From<Malformed> for CallbackError {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::reserved::RESPONSE_PARAMETERS;

    #[test]
    fn every_parameter_of_a_response_has_its_own_slot() {
        let mut parameters = Parameters::default();
        for name in RESPONSE_PARAMETERS {
            let (found, slot) = parameters.slot(name).unwrap();
            assert_eq!(found, name);
            assert!(slot.replace(SecretText::new(name.to_owned())).is_none(), "{name}");
        }
        let response = parameters.into_response(Vec::new());
        assert_eq!(response.code.unwrap().secret(), "code");
        assert_eq!(response.state.unwrap().secret(), "state");
        assert_eq!((response.iss.unwrap(), response.response.unwrap().as_str()), ("iss".to_owned(), "response"));
        let error = response.error.unwrap();
        assert_eq!(error.error().as_str(), "error");
        assert_eq!((error.error_description(), error.error_uri()), (Some("error_description"), Some("error_uri")));
    }
}
