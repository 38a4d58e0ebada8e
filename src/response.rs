//! What every response of a provider goes through: its status, the limit of its body, its JSON object.

use std::borrow::Cow;

use http::{Response, StatusCode};

use crate::error::{Remedy, field_name};
use crate::json::{Object, ObjectError};

/// The largest body that is read, in bytes: 1 MiB.
pub(crate) const BODY_LIMIT: usize = 1 << 20;

/// Why a response is not what it should be. Each step's error has a variant for each.
#[derive(Debug)]
pub(crate) enum ResponseProblem {
    Status(StatusCode),
    TooLarge,
    NotJson { line: usize, column: usize },
    MissingField(&'static str),
    InvalidField(Cow<'static, str>),
}

impl ResponseProblem {
    pub(crate) fn invalid_field(name: &'static str) -> Self {
        Self::InvalidField(Cow::Borrowed(name))
    }
}

/// Reads the JSON object in the body, whatever the status and the `Content-Type` say.
pub(crate) fn read_object<B: AsRef<[u8]>>(response: &Response<B>) -> Result<Object<'_>, ResponseProblem> {
    Ok(Object::parse(read_text(response.body().as_ref())?)?)
}

/// The body as text, without a byte order mark (RFC 8259 section 8.1).
pub(crate) fn read_text(body: &[u8]) -> Result<&str, ResponseProblem> {
    if body.len() > BODY_LIMIT {
        return Err(ResponseProblem::TooLarge);
    }
    let text = std::str::from_utf8(body).map_err(|error| not_utf8(body, error.valid_up_to()))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn not_utf8(body: &[u8], valid_up_to: usize) -> ResponseProblem {
    let before = body.get(..valid_up_to).unwrap_or_default();
    let line = before.split(|byte| *byte == b'\n').count();
    let column = before.rsplit(|byte| *byte == b'\n').next().map_or(0, <[u8]>::len).saturating_add(1);
    ResponseProblem::NotJson { line, column }
}

impl From<ObjectError> for ResponseProblem {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::NotJson { line, column } => Self::NotJson { line, column },
            ObjectError::Duplicate(name) => Self::InvalidField(field_name(&name)),
        }
    }
}

/// What to do about the status of a document that can be asked for again.
pub(crate) fn remedy_of_status(status: StatusCode) -> Remedy {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        Remedy::RetryLater
    } else {
        Remedy::FixConfiguration
    }
}

/// Lets a step's error be made of a [`ResponseProblem`]: the five variants have the same names and fields everywhere.
macro_rules! from_response_problem {
    ($error:ident) => {
        impl From<$crate::response::ResponseProblem> for $error {
            fn from(problem: $crate::response::ResponseProblem) -> Self {
                use $crate::response::ResponseProblem;
                match problem {
                    ResponseProblem::Status(status) => Self::Status { status },
                    ResponseProblem::TooLarge => Self::TooLarge,
                    ResponseProblem::NotJson { line, column } => Self::NotJson { line, column },
                    ResponseProblem::MissingField(field) => Self::MissingField { field },
                    ResponseProblem::InvalidField(field) => Self::InvalidField { field },
                }
            }
        }
    };
}

pub(crate) use from_response_problem;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_utf8_are_refused_with_their_place() {
        assert!(matches!(read_text(b"{\n \"a\": \"\xff\"}"), Err(ResponseProblem::NotJson { line: 2, column: 8 })));
    }

    #[test]
    fn one_byte_order_mark_is_skipped() {
        assert_eq!(read_text(b"\xef\xbb\xbf{}").ok(), Some("{}"));
        assert_eq!(read_text(b"\xef\xbb\xbf\xef\xbb\xbf{}").ok(), Some("\u{feff}{}"));
    }
}
