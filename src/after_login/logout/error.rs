//! Why a logout cannot begin, and why what comes through the browser about one is refused.

use std::borrow::Cow;

use crate::client::redirect_uri::Malformed;
use crate::exchange::Remedy;
use crate::ground::BoxError;

/// Why a logout cannot begin, or why its response or a front-channel notice is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogoutError {
    /// The provider's metadata has no `end_session_endpoint`.
    #[error("the provider has no end session endpoint")]
    NoEndSessionEndpoint,
    /// A parameter has a value that it must not have, such as an empty state or a relative `post_logout_redirect_uri`.
    #[error("the parameter {name} cannot be used: {reason}")]
    InvalidParameter {
        /// The parameter.
        name: Cow<'static, str>,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// `extra` was given a parameter that has a meaning of its own, such as `state`.
    #[error("the parameter {name} cannot be set this way: it has a meaning of its own")]
    ReservedParameter {
        /// The parameter.
        name: Cow<'static, str>,
    },
    /// The current URL is neither absolute nor a path, has userinfo or white space, or a percent-encoding that is not UTF-8.
    #[error("the logout response or notice is not a URL or query that can be read")]
    Malformed,
    /// A parameter that this crate reads has a duplicate.
    #[error("the logout response or notice has a duplicate parameter: {parameter}")]
    DuplicateParameter {
        /// The parameter.
        parameter: &'static str,
    },
    /// A front-channel notice has one of `iss` and `sid` without the other.
    #[error("the logout notice has no {parameter}")]
    MissingParameter {
        /// The parameter that is absent.
        parameter: &'static str,
    },
    /// The browser came back somewhere else than at the `post_logout_redirect_uri` of this logout.
    #[error("the logout came back at {found}, and its post_logout_redirect_uri is {expected}")]
    RedirectUriMismatch {
        /// The `post_logout_redirect_uri` of this logout, escaped and cut at 200 characters.
        expected: String,
        /// Where the browser came back, without its query, escaped and cut at 200 characters.
        found: String,
    },
    /// The response has no state.
    #[error("the logout came back without a state")]
    StateMissing,
    /// The state belongs to another logout, or to none.
    #[error("the state is not that of this logout")]
    StateMismatch,
    /// A front-channel notice names another issuer.
    #[error("the logout notice is from another issuer")]
    IssuerMismatch,
    /// The logout, or the login whose ID token is the hint, was begun by a client of another issuer or with another id.
    #[error("this logout or its login was begun by another client")]
    WrongClient,
    /// The system has no randomness.
    #[error("the system has no randomness")]
    Randomness(#[source] BoxError),
}

impl LogoutError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::NoEndSessionEndpoint
            | Self::InvalidParameter { .. }
            | Self::ReservedParameter { .. }
            | Self::RedirectUriMismatch { .. }
            | Self::IssuerMismatch
            | Self::WrongClient => Remedy::FixConfiguration,
            Self::Malformed
            | Self::DuplicateParameter { .. }
            | Self::MissingParameter { .. }
            | Self::StateMissing
            | Self::StateMismatch => Remedy::Ignore,
            Self::Randomness(_) => Remedy::RetryLater,
        }
    }
}

impl From<Malformed> for LogoutError {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}
