//! Why a request cannot be signed or authenticated.

use crate::exchange::Remedy;
use crate::ground::BoxError;

/// Why a request of this client cannot be signed. This happens only to a client that signs: a secret that is sent as it
/// is needs no signature.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The [`Signer`](crate::Signer) made no signature, or one of the wrong length. Its own error is the
    /// [`source`](std::error::Error::source).
    #[error("the signer made no signature that can be used")]
    Signer(#[source] BoxError),
    /// The system has no randomness for the `jti`.
    #[error("the system has no randomness")]
    Randomness(#[source] BoxError),
    /// The client's key is somewhere else ([`ClientAuth::private_key_jwt_remote`](crate::ClientAuth::private_key_jwt_remote)), and
    /// the client was not given an assertion ([`Client::with_assertion`](crate::Client::with_assertion)).
    #[error("the client has no assertion, and its key is somewhere else")]
    AssertionNeeded,
    /// The request that is to carry an access token has no absolute URL.
    #[error("the request has no absolute URL")]
    RelativeUri,
    /// The access token has characters that no header may have, such as a line break.
    #[error("the access token has characters that no header may have")]
    UnusableToken,
    /// The access token is bound to a DPoP key, and the client has none.
    #[error("the access token is bound to a DPoP key, and the client has none")]
    NoDpopKey,
    /// An assertion to sign was asked of a client whose key is not somewhere else; or an assertion was given to a client that
    /// does not authenticate with one.
    #[error("the client makes its assertions itself, or does not use any")]
    NoAssertion,
}

impl SigningError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Signer(_) | Self::Randomness(_) => Remedy::RetryLater,
            Self::AssertionNeeded | Self::NoAssertion | Self::RelativeUri => Remedy::FixProgram,
            Self::UnusableToken => Remedy::ReportToProvider,
            Self::NoDpopKey => Remedy::FixConfiguration,
        }
    }
}
