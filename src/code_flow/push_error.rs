//! Why a pushed request was not accepted.

use http::StatusCode;

use crate::client::SigningError;
use crate::exchange::{Again, OAuthError, Remedy, ResponseError};

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
    /// The provider wants the same request again, with its nonce in the DPoP proof (RFC 9449 section 8).
    /// [`send_with`](crate::RoundTrip::send_with) does that by itself, once; otherwise see
    /// [`AwaitingRequestUri::again`](crate::AwaitingRequestUri::again).
    #[error("the provider asks for a nonce in the DPoP proof")]
    DpopNonce {
        /// The request, and what awaits its response.
        again: Again,
    },
    /// The request that the provider wants once more cannot be signed.
    #[error("the pushed authorization request cannot be signed")]
    Signing(#[from] SigningError),
}

impl PushError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Provider { error, status } => error.remedy_at_endpoint(*status),
            Self::Response(error) => error.remedy(),
            Self::DpopNonce { .. } => Remedy::RetryLater,
            Self::Signing(error) => error.remedy(),
        }
    }
}
