//! Why a UserInfo request failed.

use http::StatusCode;

use crate::client::SigningError;
use crate::exchange::{Again, ChallengeError, Challenges, Remedy, ResponseError};
use crate::ground::vocabulary::OAuthErrorCode;
use crate::jose::JwtError;

/// Why a UserInfo request failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UserInfoError {
    /// The provider has no UserInfo endpoint.
    #[error("the provider has no userinfo_endpoint")]
    NoUserInfoEndpoint,
    /// The login was with another client, or at another provider.
    #[error("the login was with another client")]
    WrongClient,
    /// The provider refused the access token (status 401 or 403, RFC 6750 section 3).
    #[error("the UserInfo endpoint refused the access token (HTTP status {status})")]
    Challenge {
        /// The status.
        status: StatusCode,
        /// What it asks for. Empty where the header is absent, or cannot be read.
        challenges: Challenges,
        /// Why the header cannot be read, where it is there.
        #[source]
        unreadable: Option<ChallengeError>,
    },
    /// The provider wants the same request again, with its nonce in the DPoP proof (RFC 9449 section 9).
    /// [`send_with`](crate::RoundTrip::send_with) does that by itself, once; otherwise see
    /// [`AwaitingUserInfo::again`](crate::AwaitingUserInfo::again).
    #[error("the UserInfo endpoint asks for a nonce in the DPoP proof")]
    DpopNonce {
        /// The request, and what awaits its response.
        again: Again,
    },
    /// The proof of the client's DPoP key cannot be made.
    #[error("the UserInfo request cannot be signed")]
    Signing(#[from] SigningError),
    /// The claims are about another user: they must not be used (OpenID Connect Core 1.0 section 5.3.2).
    #[error("the UserInfo is about another user")]
    SubjectMismatch,
    /// The response cannot be read.
    #[error("the answer of the UserInfo endpoint cannot be used")]
    Response(#[from] ResponseError),
    /// The signed answer is refused; or the answer is not signed and must be.
    #[error("the UserInfo is refused")]
    Jwt(#[from] JwtError),
}

impl UserInfoError {
    /// What to do about it. A refused access token has probably expired: refresh it, or send the user through a new login.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::NoUserInfoEndpoint => Remedy::FixConfiguration,
            Self::WrongClient => Remedy::FixProgram,
            Self::Challenge { status, challenges, .. } => {
                let either = [challenges.dpop(), challenges.bearer()];
                let error = either.iter().flatten().find_map(|challenge| challenge.error());
                if error == Some(&OAuthErrorCode::INSUFFICIENT_USER_AUTHENTICATION) {
                    Remedy::LoginInteractively
                } else if error == Some(&OAuthErrorCode::INVALID_TOKEN)
                    || (error.is_none() && *status == StatusCode::UNAUTHORIZED)
                {
                    Remedy::RestartLogin
                } else {
                    // The scope, or how the token is sent.
                    Remedy::FixConfiguration
                }
            }
            Self::Signing(error) => error.remedy(),
            Self::SubjectMismatch => Remedy::ReportToProvider,
            Self::Response(error) => error.remedy(),
            // The next answer is a new one.
            Self::DpopNonce { .. } | Self::Jwt(JwtError::Expired) => Remedy::RetryLater,
            Self::Jwt(error) => error.remedy(),
        }
    }
}
