//! What becomes of a registration: it is read, changed and ended (RFC 7592).

use http::{Method, Response};
use serde_json::Value;

use crate::client::registration::answer::Asked;
use crate::client::registration::client_metadata::ClientMetadata;
use crate::client::registration::error::RegistrationError;
use crate::client::registration::registered::Registration;
use crate::client::registration::request::{AwaitingRegistration, authorize, check_keys};
use crate::exchange::request;
use crate::exchange::response::read_object;
use crate::exchange::round_trip::awaiting;
use crate::exchange::{OAuthError, ResponseError, RoundTrip};
use crate::ground::uri;

/// What the provider gives out, and an update does not have (RFC 7592 section 2.2). It has the `client_id`, as it is known.
const GIVEN_OUT: [&str; 5] = [
    "client_secret",
    "client_secret_expires_at",
    "client_id_issued_at",
    "registration_access_token",
    "registration_client_uri",
];

impl Registration {
    /// Reads the registration as it is now (RFC 7592 section 2.1). A provider may give out a new secret or token with it.
    ///
    /// # Errors
    ///
    /// [`RegistrationError::NoClientConfigurationEndpoint`] when the provider does not let the client manage its registration.
    pub fn read(&self) -> Result<RoundTrip<AwaitingRegistration>, RegistrationError> {
        self.ask(Method::GET, None)
    }

    /// Changes the registration (RFC 7592 section 2.2): to all of this metadata, which replaces what was there. A member that is
    /// left out is dropped, or set to the provider's default; so begin with a copy of [`metadata`](Self::metadata).
    ///
    /// ```no_run
    /// # use oidc_proto::{AwaitingRegistration, Registration, RegistrationError, RoundTrip};
    /// # fn f(registration: &Registration) -> Result<RoundTrip<AwaitingRegistration>, RegistrationError> {
    /// let changed = registration.metadata().clone().client_name("A new name");
    /// registration.update(changed)
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); [`InvalidParameter`](RegistrationError::InvalidParameter) for `jwks` with a private or symmetric
    /// key in it.
    pub fn update(&self, mut metadata: ClientMetadata) -> Result<RoundTrip<AwaitingRegistration>, RegistrationError> {
        check_keys(&metadata)?;
        for name in GIVEN_OUT {
            metadata.remove(name);
        }
        metadata.set("client_id", &Value::from(self.client_id.as_str()));
        self.ask(Method::PUT, Some(&metadata))
    }

    /// Ends the registration (RFC 7592 section 2.3): the client id, the secret and the tokens are no longer valid then.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn delete(&self) -> Result<RoundTrip<AwaitingDeletion>, RegistrationError> {
        let (request, _) = self.ask(Method::DELETE, None)?.into_parts();
        Ok(RoundTrip::new(request, AwaitingDeletion(())))
    }

    fn ask(
        &self,
        method: Method,
        metadata: Option<&ClientMetadata>,
    ) -> Result<RoundTrip<AwaitingRegistration>, RegistrationError> {
        let address = self.client_uri.as_deref().zip(self.access_token.as_ref());
        let (address, token) = address.ok_or(RegistrationError::NoClientConfigurationEndpoint)?;
        // It was https, or http was allowed, when it came.
        let url = uri::parse_http(address, true).and_then(|url| uri::request_uri(&url).map(|uri| (url, uri)));
        let (url, uri) = url.map_err(|_| RegistrationError::NoClientConfigurationEndpoint)?;
        let mut request =
            request::json(method, uri, metadata.map(ClientMetadata::to_json).as_deref().map(String::as_str));
        authorize(&mut request, token.secret(), "registration_access_token")?;
        let asked =
            Asked { issuer: self.issuer.clone(), http_allowed: url.scheme() == "http", known: Some(self.clone()) };
        Ok(RoundTrip::new(request, AwaitingRegistration { asked }))
    }
}

/// The state between the request that ends a registration and its response.
#[derive(Debug)]
#[must_use]
pub struct AwaitingDeletion(());

impl AwaitingDeletion {
    /// Reads the response (RFC 7592 section 2.3): any 2xx without an error is a success.
    ///
    /// # Errors
    ///
    /// [`RegistrationError::Provider`] when the provider answered with an error, such as `invalid_token` where the registration
    /// is gone already; [`Response`](RegistrationError::Response) for another status than 2xx without an error, such as 405 where
    /// the provider does not let a client end its registration.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<(), RegistrationError> {
        let status = response.status();
        let error = read_object(response).ok().and_then(|mut object| OAuthError::take_from(&mut object).ok().flatten());
        match error {
            Some(error) => Err(RegistrationError::Provider { error, status }),
            None if status.is_success() => Ok(()),
            None => Err(ResponseError::Status { status }.into()),
        }
    }
}

// To end it again is right.
awaiting!(AwaitingDeletion => (), RegistrationError, after a transport failure: RetryLater);
