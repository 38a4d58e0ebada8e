//! Why a logout token is refused.

use crate::client::redirect_uri::Malformed;
use crate::exchange::Remedy;
use crate::jose::JwtError;

/// Why the request at the back-channel logout URI is refused. The answer to it is
/// [`LogoutAnswer::Refused`](crate::LogoutAnswer::Refused), whatever it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogoutTokenError {
    /// The body is not a form in UTF-8.
    #[error("the body of the logout request is not a form that can be read")]
    Malformed,
    /// The form has a duplicate parameter.
    #[error("the logout request has a duplicate parameter: {parameter}")]
    DuplicateParameter {
        /// The parameter.
        parameter: &'static str,
    },
    /// The form has no such parameter, or it is empty.
    #[error("the logout request has no {parameter}")]
    MissingParameter {
        /// The parameter.
        parameter: &'static str,
    },
    /// The logout token is refused for a reason that every JWT can have.
    #[error("the logout token is refused")]
    Jwt(#[from] JwtError),
}

impl LogoutTokenError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            // An expired one is late, or somebody sends it again: a new login would not make it younger.
            Self::Jwt(JwtError::Expired)
            | Self::Malformed
            | Self::DuplicateParameter { .. }
            | Self::MissingParameter { .. } => Remedy::Ignore,
            Self::Jwt(error) => error.remedy(),
        }
    }
}

impl From<Malformed> for LogoutTokenError {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}
