//! Why a session cannot be refreshed.

use std::borrow::Cow;

use crate::client::SigningError;
use crate::exchange::Remedy;

/// Why a session cannot be used or refreshed with this client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// It is the session of another client, or of a client of another provider.
    #[error("the session is of another client")]
    WrongClient,
    /// The provider's metadata has no `token_endpoint`.
    #[error("the provider has no token_endpoint")]
    NoTokenEndpoint,
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
    /// The refresh cannot be signed. The session has not changed.
    #[error("the refresh cannot be signed")]
    Signing(#[from] SigningError),
}

impl SessionError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::WrongClient | Self::InvalidParameter { .. } | Self::ReservedParameter { .. } => Remedy::FixProgram,
            Self::NoTokenEndpoint => Remedy::FixConfiguration,
            Self::Signing(error) => error.remedy(),
        }
    }
}
