//! Why a token response is refused, or which error it is.

use http::{Request, StatusCode};

use crate::client::SigningError;
use crate::exchange::response::may_work_later;
use crate::exchange::{Again, Awaiting, OAuthError, Remedy, ResponseError, RoundTrip};
use crate::ground::vocabulary::{GrantType, OAuthErrorCode, TokenType};

/// Why a token response is refused, or which error it is, whatever the grant.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The provider answered with an error.
    #[error("the token endpoint answered with the error {error}{}", .error.hint())]
    Provider {
        /// The grant that was asked for.
        grant_type: GrantType,
        /// The error.
        error: OAuthError,
        /// The status that it came with.
        status: StatusCode,
    },
    /// The provider wants the same request again, with its nonce in the DPoP proof (RFC 9449 section 8).
    /// [`send_with`](crate::RoundTrip::send_with) does that by itself, once; otherwise see
    /// [`AwaitingTokens::again`](crate::AwaitingTokens::again).
    #[error("the provider asks for a nonce in the DPoP proof")]
    DpopNonce {
        /// The request, and what awaits its response.
        again: Again,
    },
    /// The request that the provider wants once more cannot be signed.
    #[error("the token request cannot be signed")]
    Signing {
        /// The grant that was asked for.
        grant_type: GrantType,
        /// Why it cannot be signed.
        source: SigningError,
    },
    /// The access token is of a type that is not accepted.
    #[error("the token type {token_type} is not supported")]
    UnsupportedTokenType {
        /// The type.
        token_type: TokenType,
    },
    /// `openid` was asked for, and there is no ID token.
    #[error("the token response has no ID token")]
    MissingIdToken,
    /// `openid` was asked for, so the tokens cannot be read without verifying the ID token.
    #[error("openid was asked for: the ID token must be verified")]
    OpenIdRequested,
    /// The response cannot be read.
    #[error("the answer of the token endpoint cannot be used")]
    Response {
        /// The grant that was asked for.
        grant_type: GrantType,
        /// What is wrong with the response.
        source: ResponseError,
    },
}

impl TokenError {
    /// What to do about it. It depends on the grant: an authorization code works once, so nothing is tried again with it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Provider { error, .. } if MISCONFIGURED.contains(&OAuthError::in_standard_words(error.error())) => {
                Remedy::FixConfiguration
            }
            Self::Provider { grant_type, status, .. }
            | Self::Response { grant_type, source: ResponseError::Status { status } }
                if *grant_type != GrantType::AUTHORIZATION_CODE && may_work_later(*status) =>
            {
                Remedy::RetryLater
            }
            Self::Provider { error, .. } if *error.error() == OAuthErrorCode::ACCESS_DENIED => Remedy::UserDeclined,
            Self::Provider { error, .. } if PENDING.contains(error.error()) => Remedy::RetryLater,
            // Nobody has logged in.
            Self::Provider { grant_type, .. } | Self::Response { grant_type, source: ResponseError::Status { .. } }
                if WITHOUT_USER.contains(grant_type) =>
            {
                Remedy::FixConfiguration
            }
            Self::Provider { .. } | Self::Response { source: ResponseError::Status { .. }, .. } => Remedy::RestartLogin,
            Self::DpopNonce { .. } => Remedy::RetryLater,
            // What awaited the response is gone. A refresh token is still there, and a code is not.
            Self::Signing { grant_type, source } => match source.remedy() {
                Remedy::RetryLater if *grant_type == GrantType::AUTHORIZATION_CODE => Remedy::RestartLogin,
                remedy => remedy,
            },
            Self::OpenIdRequested => Remedy::FixProgram,
            Self::UnsupportedTokenType { .. } | Self::MissingIdToken | Self::Response { .. } => {
                Remedy::ReportToProvider
            }
        }
    }
}

impl TokenError {
    /// The provider wants the request once more, which is signed anew.
    pub(crate) fn once_more<A: Awaiting + Send + Sync + 'static>(
        request: Result<Request<Vec<u8>>, SigningError>,
        awaiting: A,
        grant_type: GrantType,
    ) -> Self {
        match request {
            Ok(request) => Self::DpopNonce { again: Again::new(RoundTrip::new(request, awaiting)) },
            Err(source) => Self::Signing { grant_type, source },
        }
    }

    /// What the provider wants once more, for the state that made the request.
    pub(crate) fn into_round_trip<A: 'static>(self) -> Result<RoundTrip<A>, Self> {
        match self {
            Self::DpopNonce { again } => again.into_round_trip().map_err(|again| Self::DpopNonce { again }),
            error => Err(error),
        }
    }
}

/// The user has not decided yet (RFC 8628 section 3.5).
const PENDING: [OAuthErrorCode; 2] = [OAuthErrorCode::AUTHORIZATION_PENDING, OAuthErrorCode::SLOW_DOWN];

/// The grants that a new login does not help.
const WITHOUT_USER: [GrantType; 3] = [GrantType::CLIENT_CREDENTIALS, GrantType::JWT_BEARER, GrantType::TOKEN_EXCHANGE];

/// The errors of a token endpoint that a new login would meet again.
const MISCONFIGURED: [OAuthErrorCode; 7] = [
    OAuthErrorCode::INVALID_AUTHORIZATION_DETAILS,
    OAuthErrorCode::INVALID_CLIENT,
    OAuthErrorCode::INVALID_REQUEST,
    OAuthErrorCode::INVALID_SCOPE,
    OAuthErrorCode::INVALID_TARGET,
    OAuthErrorCode::UNAUTHORIZED_CLIENT,
    OAuthErrorCode::UNSUPPORTED_GRANT_TYPE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_never_tried_again_and_a_refresh_token_is() {
        let failed = |grant_type: GrantType| {
            let source = ResponseError::Status { status: StatusCode::BAD_GATEWAY };
            TokenError::Response { grant_type, source }.remedy()
        };
        assert_eq!(failed(GrantType::AUTHORIZATION_CODE), Remedy::RestartLogin);
        assert_eq!(failed(GrantType::REFRESH_TOKEN), Remedy::RetryLater);
        let refused = |grant_type: GrantType| {
            let error = OAuthError { error: OAuthErrorCode::INVALID_GRANT, error_description: None, error_uri: None };
            TokenError::Provider { grant_type, error, status: StatusCode::BAD_REQUEST }.remedy()
        };
        assert_eq!(refused(GrantType::REFRESH_TOKEN), Remedy::RestartLogin);
    }
}
