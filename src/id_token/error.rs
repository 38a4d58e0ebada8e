//! Why an ID token is refused.

use crate::exchange::Remedy;
use crate::jose::JwtError;

/// Why an ID token is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdTokenError {
    /// It is also for an audience that is not trusted.
    #[error("the ID token is also for an audience that is not trusted")]
    UntrustedAudience,
    /// Another client asked for it.
    #[error("the ID token was issued to another client")]
    AuthorizedPartyMismatch,
    /// It has no nonce, and one was sent.
    #[error("the ID token has no nonce")]
    NonceMissing,
    /// It was made for another login.
    #[error("the nonce of the ID token is not that of this login")]
    NonceMismatch,
    /// It does not say when the user logged in (`auth_time` is absent or 0), and `max_age` was asked for.
    #[error("the ID token does not say when the user logged in")]
    AuthTimeMissing,
    /// The ID token of a refresh has another `auth_time` than the login (OpenID Connect Core 1.0 section 12.2).
    #[error("the ID token of the refresh has another auth_time than the login")]
    AuthTimeMismatch,
    /// The ID token of a refresh is about another user (OpenID Connect Core 1.0 section 12.2).
    #[error("the ID token of the refresh is about another user")]
    SubjectMismatch,
    /// The user logged in longer ago than `max_age` allows.
    #[error("the user logged in too long ago")]
    AuthenticationTooOld,
    /// The login was not of a class that `require_acr_values` named.
    #[error("the login was not as strong as required")]
    AcrMismatch,
    /// The access token is not the one that it was issued with.
    #[error("the ID token belongs to another access token")]
    AccessTokenHashMismatch,
    /// The code is not the one that it was issued for.
    #[error("the ID token belongs to another code")]
    CodeHashMismatch,
    /// TLS was to be trusted, and the token endpoint has none.
    #[error("the token endpoint has no TLS to trust")]
    InsecureEndpoint,
    /// The login was begun by [`authorize_oauth`](crate::Client::authorize_oauth): there is no ID token to verify.
    #[error("this is a plain OAuth flow, so there is no ID token")]
    NotRequested,
    /// It is refused for a reason that every JWT can have.
    #[error("the ID token is refused")]
    Jwt(#[from] JwtError),
}

impl IdTokenError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Jwt(error) => error.remedy(),
            Self::AuthenticationTooOld | Self::AcrMismatch => Remedy::LoginInteractively,
            Self::NonceMismatch | Self::SubjectMismatch | Self::AuthTimeMismatch => Remedy::RestartLogin,
            Self::UntrustedAudience | Self::AuthorizedPartyMismatch | Self::InsecureEndpoint => {
                Remedy::FixConfiguration
            }
            Self::NotRequested => Remedy::FixProgram,
            Self::NonceMissing | Self::AuthTimeMissing | Self::AccessTokenHashMismatch | Self::CodeHashMismatch => {
                Remedy::ReportToProvider
            }
        }
    }
}
