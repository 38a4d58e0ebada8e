//! What every response of a provider goes through: its status, the limit of its body, its JSON object.

use std::borrow::Cow;

use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::exchange::remedy::Remedy;
use crate::ground::json::{self, Object, ObjectError, WrongKind};
use crate::ground::printable::field_name;

/// The largest body that is read, in bytes: 1 MiB.
pub(crate) const BODY_LIMIT: usize = 1 << 20;

/// Why a response of the provider cannot be read, whatever it answers. The error of each step wraps it and says which
/// response it was.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// The provider answered with a status that is not a success here.
    #[error("the provider answered with HTTP status {status}")]
    Status {
        /// The status.
        status: StatusCode,
    },
    /// The body is over 1 MiB.
    #[error("the response is larger than 1 MiB")]
    TooLarge,
    /// The body is not one JSON object.
    #[error("the response is not a JSON object (line {line}, column {column})")]
    NotJson {
        /// The line, counted from one.
        line: usize,
        /// The column, counted from one.
        column: usize,
    },
    /// A required member is absent.
    #[error("the response has no {field}")]
    MissingField {
        /// The member that is missing.
        field: &'static str,
    },
    /// A member is of the wrong kind, a duplicate, or an endpoint that is not an absolute URL.
    #[error("the response has an unusable {field}")]
    InvalidField {
        /// The member that is unusable.
        field: Cow<'static, str>,
    },
}

impl ResponseError {
    pub(crate) fn invalid_field(field: &'static str) -> Self {
        Self::InvalidField { field: Cow::Borrowed(field) }
    }

    /// Whether the server says that there is nothing at the address.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Status { status } if is_refusal(*status))
    }

    /// What to do about it, for a document that can be asked for again.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Status { status } if may_work_later(*status) => Remedy::RetryLater,
            Self::Status { .. } => Remedy::FixConfiguration,
            Self::TooLarge | Self::NotJson { .. } | Self::MissingField { .. } | Self::InvalidField { .. } => {
                Remedy::ReportToProvider
            }
        }
    }
}

/// Whether a status means that the same request will not work later either.
pub(crate) fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error() && !may_work_later(status)
}

/// Whether a status means that the same request may work later.
pub(crate) fn may_work_later(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

impl From<ObjectError> for ResponseError {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::NotJson { line, column } => Self::NotJson { line, column },
            ObjectError::Duplicate(name) => Self::InvalidField { field: field_name(&name) },
            ObjectError::Missing(field) => Self::MissingField { field },
            ObjectError::WrongKind(field) => Self::invalid_field(field),
        }
    }
}

/// Names the member whose value is of the wrong kind.
pub(crate) trait OrInvalid<T> {
    fn or_invalid(self, field: &'static str) -> Result<T, ResponseError>;
}

impl<T> OrInvalid<T> for Result<T, WrongKind> {
    fn or_invalid(self, field: &'static str) -> Result<T, ResponseError> {
        self.map_err(|WrongKind| ResponseError::invalid_field(field))
    }
}

/// Reads the JSON object in the body, whatever the status and the `Content-Type` say.
pub(crate) fn read_object<B: AsRef<[u8]>>(response: &Response<B>) -> Result<Object<'_>, ResponseError> {
    Ok(Object::parse(read_text(response.body().as_ref())?)?)
}

/// A member of a document; `null` counts as absent.
pub(crate) fn read_member<T: DeserializeOwned>(raw: &str, name: &'static str) -> Result<Option<T>, ResponseError> {
    json::read(raw).or_invalid(name)
}

/// The body as text, without a byte order mark (RFC 8259 section 8.1).
pub(crate) fn read_text(body: &[u8]) -> Result<&str, ResponseError> {
    if body.len() > BODY_LIMIT {
        return Err(ResponseError::TooLarge);
    }
    let text = std::str::from_utf8(body).map_err(|error| not_utf8(body, error.valid_up_to()))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The JWT in the body, where it is one: three or five parts of base64url. The `Content-Type` counts only where the body is
/// no JSON object either, so that the message says what is wrong with the JWT.
pub(crate) fn read_jwt<B: AsRef<[u8]>>(response: &Response<B>) -> Result<Option<&str>, ResponseError> {
    let text = read_text(response.body().as_ref())?.trim_ascii();
    let is_part = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let is_jwt = matches!(text.split('.').count(), 3 | 5) && !text.starts_with('.') && text.split('.').all(is_part);
    let said_to_be = || {
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
        let essence = essence.trim().to_ascii_lowercase();
        essence == "application/jwt" || essence.ends_with("+jwt")
    };
    Ok(Some(text).filter(|text| is_jwt || (!text.starts_with('{') && said_to_be())))
}

fn not_utf8(body: &[u8], valid_up_to: usize) -> ResponseError {
    let before = body.get(..valid_up_to).unwrap_or_default();
    let line = before.split(|byte| *byte == b'\n').count();
    let column = before.rsplit(|byte| *byte == b'\n').next().map_or(0, <[u8]>::len).saturating_add(1);
    ResponseError::NotJson { line, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_utf8_are_refused_with_their_place() {
        assert!(matches!(read_text(b"{\n \"a\": \"\xff\"}"), Err(ResponseError::NotJson { line: 2, column: 8 })));
    }

    #[test]
    fn one_byte_order_mark_is_skipped() {
        assert_eq!(read_text(b"\xef\xbb\xbf{}").ok(), Some("{}"));
        assert_eq!(read_text(b"\xef\xbb\xbf\xef\xbb\xbf{}").ok(), Some("\u{feff}{}"));
    }
}
