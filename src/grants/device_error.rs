//! Why a login on another device cannot begin or go on.

use std::borrow::Cow;

use http::StatusCode;

use crate::client::SigningError;
use crate::exchange::{OAuthError, Remedy, ResponseError};

/// Why a login on another device (device flow, CIBA) cannot begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The provider's metadata has no endpoint for it, or no `token_endpoint`.
    #[error("the provider has no {endpoint}")]
    NoEndpoint {
        /// The member of the metadata.
        endpoint: &'static str,
    },
    /// The login was begun by a client of another issuer or with another id.
    #[error("this login was begun by another client")]
    WrongClient,
    /// A parameter has a value that it must not have.
    #[error("the parameter {name} cannot be used: {reason}")]
    InvalidParameter {
        /// The parameter.
        name: Cow<'static, str>,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A parameter that was added has a meaning of its own.
    #[error("the parameter {name} is set by the request itself")]
    ReservedParameter {
        /// The parameter.
        name: Cow<'static, str>,
    },
    /// The provider answered with an error.
    #[error("the provider answered with the error {error}{}", .error.hint())]
    Provider {
        /// The error.
        error: OAuthError,
        /// The status that it came with.
        status: StatusCode,
    },
    /// The response cannot be read.
    #[error("the answer of the provider cannot be used")]
    Response(#[from] ResponseError),
    /// The request cannot be signed.
    #[error("the request cannot be signed")]
    Signing(#[from] SigningError),
}

impl DeviceError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::NoEndpoint { .. } => Remedy::FixConfiguration,
            Self::WrongClient | Self::InvalidParameter { .. } | Self::ReservedParameter { .. } => Remedy::FixProgram,
            Self::Provider { error, status } => error.remedy_at_endpoint(*status),
            Self::Response(error) => error.remedy(),
            Self::Signing(error) => error.remedy(),
        }
    }
}
