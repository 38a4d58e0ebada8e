//! Why a pushed request was not accepted.

use http::StatusCode;

use crate::exchange::{OAuthError, Remedy, ResponseError};

/// Why a pushed authorization request was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The provider answered with an error.
    #[error("the pushed authorization request was answered with the error {error}{}", .error.hint())]
    Provider {
        /// The error.
        error: OAuthError,
        /// The status that it came with.
        status: StatusCode,
    },
    /// The response cannot be read.
    #[error("the answer to the pushed authorization request cannot be used")]
    Response(#[from] ResponseError),
}

impl PushError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Provider { error, status } => error.remedy_at_endpoint(*status),
            Self::Response(error) => error.remedy(),
        }
    }
}
