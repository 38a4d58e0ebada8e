//! What the requests that begin a login on another device have in common.

use std::time::SystemTime;

use http::{Request, Response};

use crate::client::Client;
use crate::client::reserved::is_authentication_parameter;
use crate::exchange::request::FormRequest;
use crate::exchange::response::{OrInvalid, read_object};
use crate::exchange::{OAuthError, ResponseError};
use crate::grants::device_error::DeviceError;
use crate::ground::form::Name;
use crate::ground::json::Object;
use crate::ground::printable::field_name;
use crate::token_endpoint::read_string;

/// Completes a request: the parameters of the provider's own, and the client's authentication.
///
/// # Errors
///
/// For a parameter that has a meaning of its own, one of `reserved` or of the client's authentication; and when the request
/// cannot be signed.
pub(super) fn complete<'a>(
    mut request: FormRequest<'a>,
    client: &'a Client,
    extra: &'a [(String, String)],
    reserved: &[&str],
    now: SystemTime,
) -> Result<Request<Vec<u8>>, DeviceError> {
    for (name, value) in extra {
        if reserved.contains(&name.as_str()) || is_authentication_parameter(name) {
            return Err(DeviceError::ReservedParameter { name: field_name(name) });
        }
        request.push_pair((Name::Any(name), value));
    }
    client.authenticate(&mut request, now)?;
    Ok(request.into_http())
}

/// The members of a response; an `error` in it is the provider's error, whatever the status.
pub(super) fn read_answer<B: AsRef<[u8]>>(response: &Response<B>) -> Result<Object<'_>, DeviceError> {
    let status = response.status();
    let failed = !status.is_success();
    let mut object =
        read_object(response).map_err(|error| if failed { ResponseError::Status { status } } else { error })?;
    if let Some(error) = OAuthError::take_from(&mut object)? {
        return Err(DeviceError::Provider { error, status });
    }
    if failed { Err(ResponseError::Status { status }.into()) } else { Ok(object) }
}

/// A member that must be there, and not be empty.
pub(super) fn required(object: &mut Object<'_>, field: &'static str) -> Result<String, ResponseError> {
    let text = object.take_raw(field).map_or(Ok(None), read_string).or_invalid(field)?;
    text.ok_or(ResponseError::MissingField { field })
}
