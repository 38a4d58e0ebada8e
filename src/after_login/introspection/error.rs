//! Why an introspection failed.

use http::StatusCode;

use crate::client::SigningError;
use crate::exchange::{OAuthError, Remedy, ResponseError};
use crate::jose::JwtError;

/// Why an introspection failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntrospectionError {
    /// The provider has no introspection endpoint.
    #[error("the provider has no introspection_endpoint")]
    NoIntrospectionEndpoint,
    /// The provider answered with an error.
    #[error("the introspection endpoint answered with the error {error}{}", .error.hint())]
    Provider {
        /// The error.
        error: OAuthError,
        /// The status that it came with.
        status: StatusCode,
    },
    /// The response cannot be read.
    #[error("the answer of the introspection endpoint cannot be used")]
    Response(#[from] ResponseError),
    /// The signed answer is refused; or the answer is not signed and must be.
    #[error("the introspection is refused")]
    Jwt(#[from] JwtError),
    /// The request cannot be signed.
    #[error("the introspection request cannot be signed")]
    Signing(#[from] SigningError),
}

impl IntrospectionError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::NoIntrospectionEndpoint => Remedy::FixConfiguration,
            Self::Provider { error, status } => error.remedy_at_endpoint(*status),
            Self::Response(error) => error.remedy(),
            Self::Signing(error) => error.remedy(),
            // The next answer is a new one.
            Self::Jwt(JwtError::Expired) => Remedy::RetryLater,
            Self::Jwt(error) => error.remedy(),
        }
    }
}
