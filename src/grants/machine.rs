//! Machines that ask for a token of their own: client credentials (RFC 6749 section 4.4), and an assertion as a grant (RFC 7523
//! section 2.1).

use std::fmt;
use std::time::SystemTime;

use http::Response;
use serde::Serialize;

use crate::call::{Call, Repeat};
use crate::client::Client;
use crate::client::reserved::is_authentication_parameter;
use crate::exchange::round_trip::awaiting;
use crate::exchange::{ResponseError, RoundTrip};
use crate::grants::error::GrantError;
use crate::ground::form::Name;
use crate::ground::printable::field_name;
use crate::ground::secret::{SecretText, secret_string};
use crate::ground::vocabulary::GrantType;
use crate::token_endpoint::response;
use crate::token_endpoint::{self, AuthorizationDetails, OAuthTokens, TokenError};

secret_string! {
    /// An assertion that is a grant (RFC 7523 section 2.1): whoever has it may ask for what it grants.
    Assertion
}

impl Client {
    /// Asks for an access token of the client's own (RFC 6749 section 4.4): nobody logs in.
    ///
    /// ```no_run
    /// # fn f(client: &oidc_proto::Client, now: std::time::SystemTime,
    /// #     send: fn(oidc_proto::http::Request<Vec<u8>>) -> Result<oidc_proto::http::Response<Vec<u8>>, std::io::Error>)
    /// #     -> Result<(), oidc_proto::Error> {
    /// let tokens = client.client_credentials().scope("api:read").start(now)?.send_with(send)?;
    /// println!("good until {:?}", tokens.expires_at(now));
    /// # Ok(()) }
    /// ```
    pub fn client_credentials(&self) -> MachineGrant {
        MachineGrant::new(self, GrantType::CLIENT_CREDENTIALS)
    }

    /// Asks for an access token with an assertion as the grant (RFC 7523 section 2.1): a JWT that somebody whom the provider
    /// trusts has signed, about the user or the service that the token is for.
    pub fn jwt_bearer(&self, assertion: impl Into<Assertion>) -> MachineGrant {
        let mut grant = MachineGrant::new(self, GrantType::JWT_BEARER);
        grant.push("assertion", assertion.into().secret());
        grant
    }
}

/// A token request without a browser, before it is started.
#[must_use = "a grant begins with start"]
pub struct MachineGrant {
    pub(super) client: Client,
    grant_type: GrantType,
    pairs: Vec<(&'static str, SecretText)>,
    extra: Vec<(String, SecretText)>,
    /// The first thing that was wrong.
    problem: Option<GrantError>,
}

impl MachineGrant {
    pub(super) fn new(client: &Client, grant_type: GrantType) -> Self {
        Self { client: client.clone(), grant_type, pairs: Vec::new(), extra: Vec::new(), problem: None }
    }

    pub(super) fn push(&mut self, name: &'static str, value: impl Into<String>) {
        self.pairs.push((name, SecretText::new(value)));
    }

    /// Replaces what was set under this name.
    pub(super) fn set<V: Into<String>>(mut self, name: &'static str, values: impl IntoIterator<Item = V>) -> Self {
        self.pairs.retain(|(set, _)| *set != name);
        values.into_iter().for_each(|value| self.push(name, value));
        self
    }

    pub(super) fn reject(&mut self, problem: GrantError) {
        self.problem.get_or_insert(problem);
    }

    /// The scope of the access token, its values separated by spaces (RFC 6749 section 3.3). Without it, the provider decides.
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.set("scope", [scope])
    }

    /// The resources that the access token is for, as URIs (RFC 8707 section 2.2). Replaces what was set before.
    pub fn resources<R: Into<String>>(self, resources: impl IntoIterator<Item = R>) -> Self {
        self.set("resource", resources)
    }

    /// Whom the access token is for, by names that the provider knows (RFC 8693 section 2.1). For client credentials,
    /// Auth0 knows it too. Replaces what was set before.
    pub fn audiences<A: Into<String>>(self, audiences: impl IntoIterator<Item = A>) -> Self {
        self.set("audience", audiences)
    }

    /// What is asked for where a scope cannot say it (RFC 9396): a list of objects, each with a `type`.
    pub fn authorization_details(self, details: &impl Serialize) -> Self {
        const NAME: &str = "authorization_details";
        match AuthorizationDetails::to_ask_for(details) {
            Ok(details) => self.set(NAME, details.as_ref().map(AuthorizationDetails::text)),
            Err(reason) => {
                let mut grant = self;
                grant.reject(GrantError::InvalidParameter { name: NAME.into(), reason });
                grant
            }
        }
    }

    /// Adds a parameter of the provider's own.
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        if RESERVED.contains(&name.as_str()) || is_authentication_parameter(&name) {
            self.reject(GrantError::ReservedParameter { name: field_name(&name) });
        }
        self.extra.push((name, SecretText::new(value)));
        self
    }

    /// Makes the request.
    ///
    /// # Errors
    ///
    /// [`GrantError::NoTokenEndpoint`] when the provider's metadata has none;
    /// [`InvalidParameter`](GrantError::InvalidParameter) for a value that cannot be used, such as authorization details that
    /// are no list; [`ReservedParameter`](GrantError::ReservedParameter) for an `extra` parameter that has a meaning of its
    /// own, such as `client_id`; [`Signing`](GrantError::Signing) when the client signs its requests and cannot.
    pub fn start(self, now: SystemTime) -> Result<RoundTrip<AwaitingGrant>, GrantError> {
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        let endpoint = self.client.token_endpoint().ok_or(GrantError::NoTokenEndpoint)?;
        let known = self.pairs.iter().map(|(name, value)| (Name::Known(name), value.as_str()));
        let extra = self.extra.iter().map(|(name, value)| (Name::Any(name), value.as_str()));
        let call = token_endpoint::request(&self.client, endpoint, &self.grant_type, known.chain(extra), now)?;
        let Call { request, again: repeat } = call;
        let awaiting = AwaitingGrant { client: self.client.clone(), grant_type: self.grant_type.clone(), repeat };
        Ok(RoundTrip::new(request, awaiting))
    }
}

impl fmt::Debug for MachineGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MachineGrant")
            .field("client", &self.client)
            .field("grant_type", &self.grant_type)
            .finish_non_exhaustive()
    }
}

/// The parameters that a grant sets by itself.
const RESERVED: [&str; 12] = [
    "grant_type",
    "assertion",
    "scope",
    "resource",
    "audience",
    "authorization_details",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
    "requested_token_type",
    "refresh_token",
];

/// The state between the request of a grant and its response.
#[must_use]
pub struct AwaitingGrant {
    client: Client,
    grant_type: GrantType,
    /// `None` where the provider cannot ask for a nonce.
    repeat: Option<Repeat>,
}

impl AwaitingGrant {
    /// Reads the tokens out of the response. An ID token in it is not looked at: nobody has logged in.
    ///
    /// # Errors
    ///
    /// [`TokenError`], as for the tokens of a login ([`AwaitingTokens::receive`](crate::AwaitingTokens::receive)). The answer
    /// to a token exchange must say what it is: without `issued_token_type` it is a `MissingField`.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<OAuthTokens, TokenError> {
        if let Some(request) = self.repeat.as_ref().and_then(|repeat| repeat.asked_for(response)) {
            let grant_type = self.grant_type.clone();
            return Err(TokenError::once_more(request, self, grant_type));
        }
        let tokens = response::read(response, &self.client, &self.grant_type)?.tokens;
        // RFC 8693 section 2.2.1.
        if self.grant_type == GrantType::TOKEN_EXCHANGE && tokens.issued_token_type().is_none() {
            let source = ResponseError::MissingField { field: "issued_token_type" };
            return Err(TokenError::Response { grant_type: self.grant_type, source });
        }
        Ok(tokens)
    }

    /// The request once more, where the error is [`TokenError::DpopNonce`]: for a caller that does not use
    /// [`send_with`](RoundTrip::send_with), which sends it by itself.
    ///
    /// # Errors
    ///
    /// The error itself, where it is another.
    pub fn again(error: TokenError) -> Result<RoundTrip<Self>, TokenError> {
        error.into_round_trip()
    }
}

impl fmt::Debug for AwaitingGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingGrant")
            .field("client", &self.client)
            .field("grant_type", &self.grant_type)
            .finish_non_exhaustive()
    }
}

awaiting!(AwaitingGrant => OAuthTokens, TokenError, after a transport failure: RetryLater, again);
