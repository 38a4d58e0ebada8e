//! The error of OAuth 2.0.

use std::fmt;

use http::StatusCode;

use crate::exchange::remedy::Remedy;
use crate::exchange::response::{ResponseError, may_work_later};
use crate::ground::json::Object;
use crate::ground::vocabulary::OAuthErrorCode;

/// The error that a provider answered with (RFC 6749 sections 4.1.2.1 and 5.2).
///
/// `Display` and `Debug` show only the code, escaped and shortened. The description and the URI are the provider's
/// words, for a developer to read. They may say things that must not be logged or shown on a page.
#[derive(Clone, Eq, PartialEq)]
pub struct OAuthError {
    pub(crate) error: OAuthErrorCode,
    pub(crate) error_description: Option<String>,
    pub(crate) error_uri: Option<String>,
}

impl OAuthError {
    /// What went wrong. Codes that no specification knows are kept.
    #[must_use]
    pub fn error(&self) -> &OAuthErrorCode {
        &self.error
    }

    /// What the provider tells a developer about it.
    #[must_use]
    pub fn error_description(&self) -> Option<&str> {
        self.error_description.as_deref()
    }

    /// A page about the error. The provider chose it: check it before you open it.
    #[must_use]
    pub fn error_uri(&self) -> Option<&str> {
        self.error_uri.as_deref()
    }

    /// Takes the error out of a JSON response, where there is one. An `error` that is not a string is a problem of its
    /// own; a description or URI that is not one says nothing and is left out.
    pub(crate) fn take_from(object: &mut Object<'_>) -> Result<Option<Self>, ResponseError> {
        let error = object.take("error").map_err(|_| ResponseError::invalid_field("error"))?;
        Ok(error.map(|error| Self {
            error,
            error_description: object.take("error_description").ok().flatten(),
            error_uri: object.take("error_uri").ok().flatten(),
        }))
    }

    /// The word of the specifications, where the provider has one of its own: GitHub's `incorrect_client_credentials` and
    /// `redirect_uri_mismatch`, Apple's `user_cancelled_authorize`.
    pub(crate) fn in_standard_words(error: &OAuthErrorCode) -> OAuthErrorCode {
        match error.as_str() {
            "incorrect_client_credentials" => OAuthErrorCode::INVALID_CLIENT,
            "redirect_uri_mismatch" => OAuthErrorCode::INVALID_REQUEST,
            "user_cancelled_authorize" => OAuthErrorCode::ACCESS_DENIED,
            _ => error.clone(),
        }
    }

    /// What to do about it, at an endpoint that takes the same request again.
    pub(crate) fn remedy_at_endpoint(&self, status: StatusCode) -> Remedy {
        let failed = [OAuthErrorCode::SERVER_ERROR, OAuthErrorCode::TEMPORARILY_UNAVAILABLE].contains(&self.error);
        if failed || may_work_later(status) { Remedy::RetryLater } else { Remedy::FixConfiguration }
    }

    /// Where a developer finds more, for the message of the error that holds this one.
    pub(crate) fn hint(&self) -> &'static str {
        match self.error_description {
            Some(_) => " (the provider's description is in `OAuthError::error_description`)",
            None => "",
        }
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
