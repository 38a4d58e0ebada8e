//! The crate-wide error, what to do about an error, and the error of OAuth 2.0.

use std::borrow::Cow;
use std::fmt;

use crate::client::ClientError;
use crate::code_flow::{AuthorizeError, CallbackError, TokenError};
use crate::id_token::IdTokenError;
use crate::json::Object;
use crate::keys::KeysError;
use crate::metadata::MetadataError;
use crate::response::ResponseProblem;
use crate::vocabulary::{OAuthErrorCode, printable};

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
    /// The client cannot be built.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The authorization request cannot be made.
    #[error(transparent)]
    Authorize(#[from] AuthorizeError),
    /// The authorization response is refused, or is an error.
    #[error(transparent)]
    Callback(#[from] CallbackError),
    /// The token response is refused, or is an error.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The provider's keys cannot be read.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The ID token is not believed.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
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
            Self::Client(error) => error.remedy(),
            Self::Authorize(error) => error.remedy(),
            Self::Callback(error) => error.remedy(),
            Self::Token(error) => error.remedy(),
            Self::Keys(error) => error.remedy(),
            Self::IdToken(error) => error.remedy(),
            Self::Transport(error) => error.remedy(),
        }
    }
}

/// An error of the caller's, of whatever type.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The caller's HTTP client brought no response: its own error is the [`source`](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[error("the request could not be carried to the provider")]
pub struct TransportError {
    source: BoxError,
    remedy: Remedy,
}

impl TransportError {
    pub(crate) fn new(source: BoxError, remedy: Remedy) -> Self {
        Self { source, remedy }
    }

    /// [`RetryLater`](Remedy::RetryLater), but [`RestartLogin`](Remedy::RestartLogin) where the code was under way: it
    /// may have arrived, and it works once.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        self.remedy
    }

    /// The HTTP client's own error.
    #[must_use]
    pub fn into_inner(self) -> BoxError {
        self.source
    }
}

/// Who has to act, and how.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Remedy {
    /// Send the person through a new login.
    RestartLogin,
    /// Send the person through a new login that may ask: without `prompt=none`, or with what was required.
    LoginInteractively,
    /// The person, or the provider on her behalf, said no. Ask whether to try again.
    UserDeclined,
    /// Fetch the provider's keys once and call `verify` again.
    FetchKeys,
    /// Something is wrong in how this client, or its registration at the provider, is set up.
    FixConfiguration,
    /// The provider cannot answer at the moment: the same request may work later.
    RetryLater,
    /// The provider does what it must not. Nothing here can mend it.
    ReportToProvider,
}

/// The error that a provider answered with (RFC 6749 sections 4.1.2.1 and 5.2).
///
/// `Display` and `Debug` show the code alone, escaped and shortened. The description and the URI are the provider's words,
/// for a developer to read; they may say things that belong into no log and onto no page.
#[derive(Clone, Eq, PartialEq)]
pub struct OAuthError {
    pub(crate) error: OAuthErrorCode,
    pub(crate) error_description: Option<String>,
    pub(crate) error_uri: Option<String>,
}

impl OAuthError {
    /// What went wrong; codes that no specification knows are kept.
    #[must_use]
    pub fn error(&self) -> &OAuthErrorCode {
        &self.error
    }

    /// What the provider tells a developer about it.
    #[must_use]
    pub fn error_description(&self) -> Option<&str> {
        self.error_description.as_deref()
    }

    /// A page about the error. The provider's word: not to be opened unseen.
    #[must_use]
    pub fn error_uri(&self) -> Option<&str> {
        self.error_uri.as_deref()
    }

    /// Takes the error out of a JSON response, where there is one. An `error` that is not a string is a problem of its
    /// own; a description or URI that is not one says nothing and is left out.
    pub(crate) fn take_from(object: &mut Object<'_>) -> Result<Option<Self>, ResponseProblem> {
        let error = object.take("error").map_err(|_| ResponseProblem::invalid_field("error"))?;
        Ok(error.map(|error| Self {
            error,
            error_description: object.take("error_description").ok().flatten(),
            error_uri: object.take("error_uri").ok().flatten(),
        }))
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl fmt::Debug for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthError").field("error", &self.error).finish_non_exhaustive()
    }
}

/// The name of a member or parameter, fit for a message.
pub(crate) fn field_name(name: &str) -> Cow<'static, str> {
    Cow::Owned(printable(name))
}
