//! The names of parameters that have a meaning of their own, so that no setter for other parameters takes them.

/// The parameters by which a client says who it is (RFC 6749 section 2.3.1, RFC 7523 section 2.2), in every request of its own.
const AUTHENTICATION_PARAMETERS: [&str; 4] =
    ["client_id", "client_secret", "client_assertion", "client_assertion_type"];

/// The parameters of an authorization request, beside those. `request` and `request_uri` would override all the others.
const REQUEST_PARAMETERS: [&str; 23] = [
    "response_type",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "prompt",
    "display",
    "max_age",
    "ui_locales",
    "claims_locales",
    "id_token_hint",
    "login_hint",
    "acr_values",
    "claims",
    "authorization_details",
    "resource",
    "response_mode",
    "request",
    "request_uri",
    "dpop_jkt",
];

/// The parameters of an authorization response, each of which may be there once.
pub(crate) const RESPONSE_PARAMETERS: [&str; 9] =
    ["code", "state", "iss", "error", "error_description", "error_uri", "response", "id_token", "access_token"];

pub(crate) fn is_authentication_parameter(name: &str) -> bool {
    AUTHENTICATION_PARAMETERS.contains(&name)
}

pub(crate) fn is_request_parameter(name: &str) -> bool {
    REQUEST_PARAMETERS.contains(&name) || is_authentication_parameter(name)
}

pub(crate) fn is_response_parameter(name: &str) -> bool {
    RESPONSE_PARAMETERS.contains(&name)
}
