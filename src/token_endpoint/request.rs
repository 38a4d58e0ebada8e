//! The token request (RFC 6749 section 4): one for every grant.

use std::time::SystemTime;

use http::Uri;

use crate::call::Call;
use crate::client::{Client, SigningError};
use crate::exchange::request::FormRequest;
use crate::ground::form::Name;
use crate::ground::secret::secret_string;
use crate::ground::vocabulary::GrantType;

secret_string! {
    /// The authorization code (RFC 6749 section 1.3.1): whoever has it may, once, ask for the tokens.
    AuthorizationCode
}

/// Makes a token request: the grant, its parameters, the client's authentication, and the proof of its DPoP key.
pub(crate) fn request<'a>(
    client: &'a Client,
    endpoint: &Uri,
    grant_type: &'a GrantType,
    parameters: impl IntoIterator<Item = (Name<'a>, &'a str)>,
    now: SystemTime,
) -> Result<Call, SigningError> {
    let mut request = FormRequest::new(endpoint);
    request.push("grant_type", grant_type.as_str());
    parameters.into_iter().for_each(|pair| request.push_pair(pair));
    client.call(request, now)
}
