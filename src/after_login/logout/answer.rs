//! What the back-channel logout endpoint answers (OpenID Connect Back-Channel Logout 1.0 section 2.8).

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};

/// What the application answers to the provider that posted a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.8).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use = "the provider waits for the answer"]
#[non_exhaustive]
pub enum LogoutAnswer {
    /// The sessions that the token names have ended, or there was none: 200, with an empty body.
    LoggedOut,
    /// The token is refused, or came before: 400, with the error `invalid_request` in JSON.
    Refused,
    /// The token is right, and the application could not end the session: 400, with the error `server_error` in JSON.
    Failed,
}

impl LogoutAnswer {
    /// The answer as an HTTP response. It says nothing about the token or what was wrong with it, and must not be
    /// cached (`cache-control: no-store`).
    #[must_use]
    pub fn into_response(self) -> Response<Vec<u8>> {
        let (status, body) = match self {
            Self::LoggedOut => (StatusCode::OK, ""),
            Self::Refused => (
                StatusCode::BAD_REQUEST,
                r#"{"error":"invalid_request","error_description":"the logout token is refused"}"#,
            ),
            Self::Failed => (
                StatusCode::BAD_REQUEST,
                r#"{"error":"server_error","error_description":"the session could not be ended"}"#,
            ),
        };
        let mut response = Response::new(body.as_bytes().to_vec());
        *response.status_mut() = status;
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if !body.is_empty() {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        response
    }
}

impl From<LogoutAnswer> for Response<Vec<u8>> {
    fn from(answer: LogoutAnswer) -> Self {
        answer.into_response()
    }
}
