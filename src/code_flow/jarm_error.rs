//! Why a signed authorization response is refused.

use crate::exchange::Remedy;
use crate::jose::JwtError;

/// Why an authorization response that is a JWT (JARM) is refused. What is wrong with the parameters in it is a
/// [`CallbackError`](crate::CallbackError), as for a response that is not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JarmError {
    /// It is refused for a reason that every JWT can have.
    #[error("the signed authorization response is refused")]
    Jwt(#[from] JwtError),
}

impl JarmError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Jwt(error) => error.remedy(),
        }
    }
}
