//! How the parameters of an authorization request are sent: as a URL for the browser, or as a form to the provider.
//! `request_object` signs them before, where there is a signer.

use std::borrow::Cow;

use crate::exchange::request::FormRequest;
use crate::ground::form::{self, Name};

/// The parameters, complete and in order, not yet encoded.
pub(super) type Parameters<'a> = Vec<(Name<'a>, Cow<'a, str>)>;

/// The authorization URL (RFC 6749 section 3.1): the endpoint's own query is kept. It is ASCII, so that it fits into a
/// `Location` header.
pub(super) fn url(endpoint: &str, parameters: &[(Name<'_>, Cow<'_, str>)]) -> String {
    // One allocation for the usual request; a longer one grows it.
    let mut url = String::with_capacity(endpoint.len().saturating_add(640));
    url.push_str(endpoint);
    form::url(url, parameters)
}

/// The body of a pushed request (RFC 9126 section 2.1).
pub(super) fn form<'a>(request: &mut FormRequest<'a>, parameters: &'a Parameters<'_>) {
    for (name, value) in parameters {
        request.push_pair((*name, value));
    }
}

/// The authorization URL of a pushed request (RFC 9126 section 4): nothing but the client and the reference, whose characters may
/// be any.
pub(super) fn pushed_url(endpoint: &str, client_id: &str, request_uri: &str) -> String {
    let parameters = [("client_id", client_id), ("request_uri", request_uri)];
    url(endpoint, &parameters.map(|(name, value)| (Name::Known(name), Cow::Borrowed(value))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_written_after_the_query_of_the_endpoint() {
        let parameters = vec![(Name::Known("client_id"), Cow::Borrowed("a b")), (Name::Any("ü"), Cow::Borrowed("&"))];
        for (endpoint, start) in [
            ("https://op/a", "https://op/a?"),
            ("https://op/a?", "https://op/a?"),
            ("https://op/a?b=c%20d", "https://op/a?b=c%20d&"),
            ("https://op/a?b&", "https://op/a?b&"),
        ] {
            assert_eq!(url(endpoint, &parameters), format!("{start}client_id=a+b&%C3%BC=%26"));
        }
    }
}
