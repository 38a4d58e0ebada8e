//! What the failure of a refresh means for the session.

use crate::exchange::response::{is_refusal, may_work_later};
use crate::exchange::{ResponseError, TransportError};
use crate::ground::vocabulary::OAuthErrorCode;
use crate::id_token::IdTokenError;
use crate::keys::KeysError;
use crate::token_endpoint::TokenError;

/// Why a refresh failed: [`TokenError`], [`IdTokenError`], [`KeysError`], [`TransportError`], or any of them as an
/// [`Error`](crate::Error). It is sealed.
pub trait RefreshFailure: sealed::Sealed {}

/// What the failure of a refresh means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Failure {
    /// The refresh token is over.
    Refused,
    /// The provider does not like the request.
    Rejected,
    /// It may work later.
    NotNow,
}

pub(crate) mod sealed {
    /// Keeps [`RefreshFailure`](super::RefreshFailure) to this crate.
    pub trait Sealed {
        /// What it means.
        fn failure(&self) -> super::Failure;
    }
}

impl RefreshFailure for TokenError {}

impl sealed::Sealed for TokenError {
    fn failure(&self) -> Failure {
        const REFUSED: [OAuthErrorCode; 2] = [OAuthErrorCode::INVALID_GRANT, OAuthErrorCode::BAD_REFRESH_TOKEN];
        match self {
            Self::Provider { status, .. } if may_work_later(*status) => Failure::NotNow,
            Self::Provider { error, .. } if REFUSED.contains(error.error()) => Failure::Refused,
            Self::Provider { .. } => Failure::Rejected,
            Self::Response { source: ResponseError::Status { status }, .. } if is_refusal(*status) => Failure::Rejected,
            _ => Failure::NotNow,
        }
    }
}

/// Nothing that the provider said of the refresh token.
macro_rules! not_now {
    ($($error:ty),*) => {
        $(
            impl RefreshFailure for $error {}

            impl sealed::Sealed for $error {
                fn failure(&self) -> Failure {
                    Failure::NotNow
                }
            }
        )*
    };
}

not_now!(IdTokenError, KeysError, TransportError);
