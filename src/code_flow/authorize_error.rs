//! Why a login cannot begin.

use std::borrow::Cow;

use crate::client::SigningError;
use crate::exchange::Remedy;
use crate::ground::BoxError;
use crate::jose::InvalidKey;

/// Why a login cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorizeError {
    /// Neither the client nor this login has a redirect URI.
    #[error("there is no redirect URI")]
    NoRedirectUri,
    /// The provider's metadata has no `authorization_endpoint`.
    #[error("the provider has no authorization endpoint")]
    NoAuthorizationEndpoint,
    /// The provider's metadata has no `pushed_authorization_request_endpoint`: it takes no pushed requests.
    #[error("the provider has no pushed_authorization_request_endpoint")]
    NoPushedAuthorizationRequestEndpoint,
    /// The provider does not support what is asked of it: it lists PKCE methods without S256, response modes without this
    /// one, or algorithms of signed requests without the signer's; or it says nothing of PKCE, and its support was required.
    #[error("the provider does not support {what}")]
    UnsupportedByProvider {
        /// What it does not support.
        what: &'static str,
    },
    /// The provider accepts only pushed requests (RFC 9126): begin the login with
    /// [`push`](crate::AuthorizationRequest::push).
    #[error("the provider accepts only pushed authorization requests (RFC 9126)")]
    PushRequired,
    /// The provider accepts only signed requests (RFC 9101 section 10.5), and there is no signer:
    /// [`request_object_signer`](crate::ClientBuilder::request_object_signer),
    /// [`signed_by`](crate::AuthorizationRequest::signed_by).
    #[error("the provider accepts only signed authorization requests (RFC 9101), and there is no signer")]
    SigningRequired,
    /// The key that signs the request is of another kind than its algorithm, or its algorithm is symmetric.
    #[error(transparent)]
    InvalidKey(#[from] InvalidKey),
    /// The code verifier is not 43 to 128 characters out of `A-Z a-z 0-9 - . _ ~` (RFC 7636 section 4.1).
    #[error("the code verifier is not 43 to 128 unreserved characters")]
    InvalidCodeVerifier,
    /// A parameter has a value that it must not have, such as `prompt=none login` or an empty state.
    #[error("the parameter {name} cannot be used: {reason}")]
    InvalidParameter {
        /// The parameter.
        name: Cow<'static, str>,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// `extra` or `redirect_arg` was given a parameter that has a meaning of its own, such as `state`; or, in a signed
    /// request, the name of a claim such as `aud`.
    #[error("the parameter {name} cannot be set this way: it has a meaning of its own")]
    ReservedParameter {
        /// The parameter.
        name: Cow<'static, str>,
    },
    /// The system has no randomness.
    #[error("the system has no randomness")]
    Randomness(#[source] BoxError),
    /// The request cannot be signed.
    #[error("the authorization request cannot be signed")]
    Signing(#[from] SigningError),
}

impl AuthorizeError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Randomness(_) => Remedy::RetryLater,
            Self::Signing(error) => error.remedy(),
            _ => Remedy::FixConfiguration,
        }
    }
}
