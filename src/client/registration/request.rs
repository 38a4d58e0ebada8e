//! The registration of a client (OpenID Connect Dynamic Client Registration 1.0 section 3, RFC 7591 section 3).

use std::fmt;

use http::header::AUTHORIZATION;
use http::{HeaderValue, Method, Request, Response};

use crate::client::registration::answer::{self, Asked, is_header_text};
use crate::client::registration::client_metadata::ClientMetadata;
use crate::client::registration::error::RegistrationError;
use crate::client::registration::registered::Registration;
use crate::exchange::RoundTrip;
use crate::exchange::request;
use crate::exchange::round_trip::awaiting;
use crate::ground::secret::{SecretText, secret_string};
use crate::ground::uri::{self, UrlProblem};
use crate::provider::ProviderMetadata;

secret_string! {
    /// The token that allows a registration, where the provider does not let everybody register (RFC 7591 section 3).
    InitialAccessToken
}

impl ProviderMetadata {
    /// Registers a client at this provider (OpenID Connect Dynamic Client Registration 1.0 section 3.1, RFC 7591 section 3.1).
    ///
    /// Keep the [`Registration`]: a program that registers at each start leaves an unused client behind each time.
    pub fn register(&self, client: ClientMetadata) -> RegistrationRequest {
        RegistrationRequest {
            issuer: self.issuer.clone(),
            endpoint: self.registration_endpoint.clone(),
            http_allowed: self.http_allowed(),
            client,
            initial_access_token: None,
        }
    }
}

/// A registration request, before it is started.
#[must_use = "a registration begins with start"]
pub struct RegistrationRequest {
    issuer: String,
    endpoint: Option<String>,
    http_allowed: bool,
    client: ClientMetadata,
    initial_access_token: Option<InitialAccessToken>,
}

impl RegistrationRequest {
    /// The token that allows it, where the provider wants one.
    pub fn initial_access_token(mut self, token: impl Into<InitialAccessToken>) -> Self {
        self.initial_access_token = Some(token.into());
        self
    }

    /// Makes the request.
    ///
    /// # Errors
    ///
    /// [`RegistrationError::NoRegistrationEndpoint`] when the provider registers nobody at run time;
    /// [`InsecureUrl`](RegistrationError::InsecureUrl) when its endpoint is an http URL;
    /// [`InvalidParameter`](RegistrationError::InvalidParameter) for an initial access token that no header may have, such as
    /// one with a line break, for `jwks` with a private or symmetric key in it, and for metadata that has the secret or the
    /// token of another registration (`client_secret`, `registration_access_token`).
    pub fn start(self) -> Result<RoundTrip<AwaitingRegistration>, RegistrationError> {
        let endpoint = self.endpoint.as_deref().ok_or(RegistrationError::NoRegistrationEndpoint)?;
        let url = uri::parse_http(endpoint, self.http_allowed).and_then(|url| uri::request_uri(&url));
        let uri = url.map_err(|problem| match problem {
            UrlProblem::Malformed => RegistrationError::NoRegistrationEndpoint,
            UrlProblem::Insecure => RegistrationError::InsecureUrl { field: "registration_endpoint" },
        })?;
        // The provider gives them out; one that is there already is another provider's.
        if let Some(name) =
            ["client_secret", "registration_access_token"].into_iter().find(|name| self.client.has(name))
        {
            return Err(RegistrationError::InvalidParameter {
                name,
                reason: "it is for the provider that gave it out",
            });
        }
        check_keys(&self.client)?;
        let mut request = request::json(Method::POST, uri, Some(&self.client.to_json()));
        if let Some(token) = &self.initial_access_token {
            authorize(&mut request, token.secret(), "initial_access_token")?;
        }
        let asked = Asked { issuer: self.issuer, http_allowed: self.http_allowed, known: None };
        Ok(RoundTrip::new(request, AwaitingRegistration { asked }))
    }
}

impl fmt::Debug for RegistrationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistrationRequest")
            .field("issuer", &self.issuer)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// The state between the request of a registration and its response, also where it is read or changed.
#[must_use]
pub struct AwaitingRegistration {
    pub(super) asked: Asked,
}

impl AwaitingRegistration {
    /// Reads the registration out of the response (RFC 7591 section 3.2.1, RFC 7592 section 3). After a read or an
    /// update, keep this registration in the place of the old one: secret and token may be new, and the old ones no
    /// longer valid. A secret, token or address that is not in the response stays what it was.
    ///
    /// # Errors
    ///
    /// [`RegistrationError::Provider`] when the provider answered with an error, whatever the status;
    /// [`Response`](RegistrationError::Response) for another status than 200 and 201 without an error, for a body over 1 MiB or
    /// one that is not a JSON object, without `client_id`, with a member of the wrong kind or a duplicate one, with a
    /// `registration_client_uri` that is no absolute URL, and where the `client_id` of a registration changes;
    /// [`InsecureUrl`](RegistrationError::InsecureUrl) for a `registration_client_uri` without TLS.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<Registration, RegistrationError> {
        answer::read(response, self.asked)
    }
}

impl fmt::Debug for AwaitingRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingRegistration").field("issuer", &self.asked.issuer).finish_non_exhaustive()
    }
}

// Where the request arrived all the same, a client is left behind that nobody uses.
awaiting!(AwaitingRegistration => Registration, RegistrationError, after a transport failure: RetryLater);

/// RFC 7591 section 2: the provider gets the public halves alone.
pub(super) fn check_keys(client: &ClientMetadata) -> Result<(), RegistrationError> {
    client.check_keys().map_err(|reason| RegistrationError::InvalidParameter { name: "jwks", reason })
}

/// RFC 6750 section 2.1.
pub(super) fn authorize(
    request: &mut Request<Vec<u8>>,
    token: &str,
    name: &'static str,
) -> Result<(), RegistrationError> {
    let unusable = || RegistrationError::InvalidParameter { name, reason: "it has characters that no header may have" };
    let text = SecretText::new(["Bearer ", token].concat());
    let value = Some(&text).filter(|_| is_header_text(token)).and_then(|text| HeaderValue::from_str(text).ok());
    let mut value = value.ok_or_else(unusable)?;
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(())
}
