//! Why a grant cannot be asked for.

use std::borrow::Cow;

use crate::client::SigningError;
use crate::exchange::Remedy;

/// Why a grant cannot be asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The provider's metadata has no `token_endpoint`.
    #[error("the provider has no token_endpoint")]
    NoTokenEndpoint,
    /// A parameter has a value that it must not have, or is there without another that it needs.
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
    /// The request cannot be signed.
    #[error("the token request cannot be signed")]
    Signing(#[from] SigningError),
}

impl GrantError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::NoTokenEndpoint => Remedy::FixConfiguration,
            Self::InvalidParameter { .. } | Self::ReservedParameter { .. } => Remedy::FixProgram,
            Self::Signing(error) => error.remedy(),
        }
    }
}
