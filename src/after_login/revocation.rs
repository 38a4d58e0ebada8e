//! Revocation (RFC 7009): the end of a token.

use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, Response, StatusCode};

use crate::after_login::token::{self, Token};
use crate::client::{Client, SigningError};
use crate::exchange::response::read_object;
use crate::exchange::round_trip::awaiting;
use crate::exchange::{OAuthError, Remedy, ResponseError, RoundTrip};
use crate::ground::vocabulary::OAuthErrorCode;

impl Client {
    /// Tells the provider that a token is not needed any more (RFC 7009 section 2.1): at a logout, for example. Most
    /// providers end the access tokens of a refresh token together with it. `now` is for the client's authentication.
    ///
    /// # Errors
    ///
    /// [`RevocationError::NoRevocationEndpoint`] when the provider has none; [`Signing`](RevocationError::Signing) when the
    /// client signs its requests and cannot.
    pub fn revoke(
        &self,
        token: &impl Token,
        now: SystemTime,
    ) -> Result<RoundTrip<AwaitingRevocation>, RevocationError> {
        let endpoint = self.revocation_endpoint().ok_or(RevocationError::NoRevocationEndpoint)?;
        let request = token::request(self, endpoint, token, "application/json", now)?;
        Ok(RoundTrip::new(request, AwaitingRevocation(())))
    }
}

/// The state between the revocation request and its response.
#[derive(Debug)]
#[must_use]
pub struct AwaitingRevocation(());

impl AwaitingRevocation {
    /// Reads the response (RFC 7009 section 2.2). It is a success when the token is not valid now: for any 2xx, whatever the
    /// body, and for the error `invalid_token`.
    ///
    /// # Errors
    ///
    /// [`RevocationError::Provider`] when the provider answered with another error; [`Response`](RevocationError::Response)
    /// for another status than 2xx without an error, such as 503: the token may still be valid then.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<(), RevocationError> {
        let status = response.status();
        // Keycloak answers garbage with an error inside a 200: the token is not valid now.
        if status.is_success() {
            return Ok(());
        }
        let retry_after = read_retry_after(response.headers());
        let unusable = |source| RevocationError::Response { source, retry_after };
        let mut object = read_object(response).map_err(|_| unusable(ResponseError::Status { status }))?;
        match OAuthError::take_from(&mut object).map_err(unusable)? {
            // RFC 7009 section 2.2: there is no token that the client could still have.
            Some(error) if *error.error() == OAuthErrorCode::INVALID_TOKEN => Ok(()),
            Some(error) => Err(RevocationError::Provider { error, status, retry_after }),
            None => Err(unusable(ResponseError::Status { status })),
        }
    }
}

// The token may have been revoked: to revoke it again is right.
awaiting!(AwaitingRevocation => (), RevocationError, after a transport failure: RetryLater);

/// Why a revocation failed: the token may still be valid.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationError {
    /// The provider has no revocation endpoint.
    #[error("the provider has no revocation_endpoint")]
    NoRevocationEndpoint,
    /// The provider answered with an error.
    #[error("the revocation endpoint answered with the error {error}{}", .error.hint())]
    Provider {
        /// The error.
        error: OAuthError,
        /// The status that it came with.
        status: StatusCode,
        /// How long to wait before the next try, where the provider says so in seconds.
        retry_after: Option<Duration>,
    },
    /// The response cannot be read.
    #[error("the answer of the revocation endpoint cannot be used")]
    Response {
        /// What is wrong with the response.
        source: ResponseError,
        /// How long to wait before the next try, where the provider says so in seconds.
        retry_after: Option<Duration>,
    },
    /// The request cannot be signed.
    #[error("the revocation request cannot be signed")]
    Signing(#[from] SigningError),
}

impl RevocationError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::NoRevocationEndpoint => Remedy::FixConfiguration,
            Self::Provider { error, status, .. } => error.remedy_at_endpoint(*status),
            Self::Response { source, .. } => source.remedy(),
            Self::Signing(error) => error.remedy(),
        }
    }

    /// How long to wait before the next try (`Retry-After`, RFC 7009 section 2.2.1); `None` where the provider does not
    /// say, or gives a date.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NoRevocationEndpoint | Self::Signing(_) => None,
            Self::Provider { retry_after, .. } | Self::Response { retry_after, .. } => *retry_after,
        }
    }
}

/// RFC 9110 section 10.2.3: a number of seconds. The other form, a date, means nothing without a clock.
fn read_retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}
