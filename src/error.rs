//! The crate-wide error.

use crate::after_login::refresh_failure::sealed::Sealed;
use crate::after_login::refresh_failure::{Failure, RefreshFailure};
use crate::after_login::{
    IntrospectionError, LogoutError, LogoutTokenError, RevocationError, SessionError, UserInfoError,
};
use crate::client::{ClientError, RegistrationError, SigningError};
use crate::code_flow::{AuthorizeError, CallbackError, JarmError, PushError};
use crate::exchange::{ChallengeError, EgressError, Remedy, TransportError};
use crate::grants::device_failure::sealed::Sealed as SealedDeviceFailure;
use crate::grants::polling::PollFailure;
use crate::grants::{DeviceError, DeviceFailure, GrantError};
use crate::id_token::IdTokenError;
use crate::jose::InvalidKey;
use crate::keys::KeysError;
use crate::provider::MetadataError;
use crate::resource::ResourceError;
use crate::token_endpoint::TokenError;

/// Any error of any step: every step's error turns into it with `?`.
///
/// Its text is that of the step's error, and so are its [`source`](std::error::Error::source) and its
/// [`remedy`](Self::remedy).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Discovery failed.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// The metadata of a resource was not found, or is refused.
    #[error(transparent)]
    Resource(#[from] ResourceError),
    /// No request may be sent to this address.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// The client cannot be built.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A registration failed, or cannot be used, read, changed or ended.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// The authorization request cannot be made.
    #[error(transparent)]
    Authorize(#[from] AuthorizeError),
    /// The pushed authorization request was not accepted.
    #[error(transparent)]
    Push(#[from] PushError),
    /// The authorization response is refused, or is an error.
    #[error(transparent)]
    Callback(#[from] CallbackError),
    /// The signed authorization response is refused.
    #[error(transparent)]
    Jarm(#[from] JarmError),
    /// The token response is refused, or is an error.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// There are no keys of the provider to verify with.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The ID token is refused.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
    /// The session cannot be used with this client.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The UserInfo request failed.
    #[error(transparent)]
    UserInfo(#[from] UserInfoError),
    /// The introspection failed.
    #[error(transparent)]
    Introspection(#[from] IntrospectionError),
    /// The revocation failed.
    #[error(transparent)]
    Revocation(#[from] RevocationError),
    /// The challenges of a response cannot be read.
    #[error(transparent)]
    Challenge(#[from] ChallengeError),
    /// The logout cannot begin, or its response or a notice of one is refused.
    #[error(transparent)]
    Logout(#[from] LogoutError),
    /// The logout token is refused.
    #[error(transparent)]
    LogoutToken(#[from] LogoutTokenError),
    /// A grant cannot be asked for.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// A login on another device cannot begin or go on.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A private key cannot be used.
    #[error(transparent)]
    Key(#[from] InvalidKey),
    /// A request of the client cannot be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The caller's HTTP client failed.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Metadata(error) => error.remedy(),
            Self::Resource(error) => error.remedy(),
            Self::Egress(error) => error.remedy(),
            Self::Client(error) => error.remedy(),
            Self::Registration(error) => error.remedy(),
            Self::Authorize(error) => error.remedy(),
            Self::Push(error) => error.remedy(),
            Self::Callback(error) => error.remedy(),
            Self::Jarm(error) => error.remedy(),
            Self::Token(error) => error.remedy(),
            Self::Keys(error) => error.remedy(),
            Self::IdToken(error) => error.remedy(),
            Self::Session(error) => error.remedy(),
            Self::UserInfo(error) => error.remedy(),
            Self::Introspection(error) => error.remedy(),
            Self::Revocation(error) => error.remedy(),
            Self::Challenge(error) => error.remedy(),
            Self::Logout(error) => error.remedy(),
            Self::LogoutToken(error) => error.remedy(),
            Self::Grant(error) => error.remedy(),
            Self::Device(error) => error.remedy(),
            Self::Key(_) => Remedy::FixConfiguration,
            Self::Signing(error) => error.remedy(),
            Self::Transport(error) => error.remedy(),
        }
    }
}

impl RefreshFailure for Error {}

impl Sealed for Error {
    fn failure(&self) -> Failure {
        match self {
            Self::Token(error) => error.failure(),
            _ => Failure::NotNow,
        }
    }
}

impl DeviceFailure for Error {}

impl SealedDeviceFailure for Error {
    fn poll_failure(&self) -> PollFailure {
        match self {
            Self::Token(error) => error.poll_failure(),
            Self::Transport(error) => error.poll_failure(),
            _ => PollFailure::Over,
        }
    }
}
