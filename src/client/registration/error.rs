//! Why a client is not registered, or its registration not read or changed.

use http::StatusCode;

use crate::exchange::{OAuthError, Remedy, ResponseError};
use crate::ground::printable::printable_address;

/// Why a registration failed, or why one cannot be used, read, changed or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The provider registers nobody at run time: its metadata has no `registration_endpoint`, or one that is not a URL.
    #[error("the provider has no registration_endpoint that can be used")]
    NoRegistrationEndpoint,
    /// The provider did not say where the registration is read and changed, or gave no token for it (RFC 7592 section 3).
    #[error("the registration has no registration_client_uri and registration_access_token")]
    NoClientConfigurationEndpoint,
    /// The registration endpoint, or the `registration_client_uri` that the provider gave out, is an http URL.
    #[error("{field} is an http URL, and https is required")]
    InsecureUrl {
        /// What is insecure.
        field: &'static str,
    },
    /// What is sent to the provider cannot be used, or must not be told to it, such as a private key.
    #[error("{name} cannot be used: {reason}")]
    InvalidParameter {
        /// A member of the client's metadata, or `initial_access_token`.
        name: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The client's document, or its URL, is not one that a provider accepts.
    #[error("the client id document cannot be used: {reason}")]
    InvalidDocument {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The registration is one at another provider: the client id means nothing here, and the secret must not be sent here.
    #[error("the registration belongs to another issuer: expected {}, found {}", printable_address(.expected), printable_address(.found))]
    WrongIssuer {
        /// The issuer that the registration belongs to.
        expected: String,
        /// The issuer of the metadata.
        found: String,
    },
    /// The provider answered with an error, such as `invalid_redirect_uri` (RFC 7591 section 3.2.2), or `invalid_token` where
    /// the registration is gone or the token is wrong (RFC 7592 section 2).
    #[error("the registration was answered with the error {error}{}", .error.hint())]
    Provider {
        /// The error.
        error: OAuthError,
        /// The status that it came with.
        status: StatusCode,
    },
    /// The response cannot be read.
    #[error("the answer to the registration cannot be used")]
    Response(#[from] ResponseError),
}

impl RegistrationError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::NoRegistrationEndpoint
            | Self::NoClientConfigurationEndpoint
            | Self::InsecureUrl { .. }
            | Self::InvalidDocument { .. }
            | Self::WrongIssuer { .. } => Remedy::FixConfiguration,
            Self::InvalidParameter { .. } => Remedy::FixProgram,
            Self::Provider { error, status } => error.remedy_at_endpoint(*status),
            Self::Response(error) => error.remedy(),
        }
    }
}
