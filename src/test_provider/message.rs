//! What comes in and goes out over HTTP.

use std::collections::BTreeMap;
use std::time::Duration;

use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::ground::form::{self, Name};
use crate::ground::vocabulary::OAuthErrorCode;

/// A request, as far as the endpoints look at it.
pub(super) struct Call<'a> {
    pub(super) method: &'a Method,
    /// The address without its query (`htu`, RFC 9449 section 4.2).
    pub(super) address: String,
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a str,
    /// Since the epoch.
    pub(super) now: Duration,
}

impl Call<'_> {
    pub(super) fn authorization(&self) -> Option<&str> {
        self.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok())
    }

    /// The DPoP proofs. More than one is wrong.
    pub(super) fn proofs(&self) -> Vec<&str> {
        self.headers.get_all("dpop").iter().filter_map(|value| value.to_str().ok()).collect()
    }
}

/// The parameters of a query or form.
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads them; nothing where one has a duplicate (RFC 6749 sections 3.1 and 3.2), or is not UTF-8.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parameters = BTreeMap::new();
        for pair in form::parse(text) {
            let (name, value) = pair.ok()?;
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return None;
            }
        }
        Some(Self(parameters))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, OAuthErrorCode> {
        self.get(name).ok_or(OAuthErrorCode::INVALID_REQUEST)
    }
}

/// Whether a scope has this value (RFC 6749 section 3.3).
pub(super) fn has_value(scope: &str, value: &str) -> bool {
    scope.split(' ').any(|one| one == value)
}

pub(super) fn json_answer(status: StatusCode, body: &Value) -> Response<Vec<u8>> {
    // RFC 6749 section 5.1: tokens are kept in no cache.
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    answer(status, &headers, body.to_string())
}

/// A result in JSON, or an error in the words of OAuth 2.0 (RFC 6749 section 5.2).
pub(super) fn result_answer(result: Result<Value, OAuthErrorCode>) -> Response<Vec<u8>> {
    let error = match result {
        Ok(body) => return json_answer(StatusCode::OK, &body),
        Err(error) => error,
    };
    let mut response = json_answer(status_of(&error), &json!({ "error": error }));
    // RFC 6749 section 5.2: a 401 says how a client authenticates.
    if response.status() == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Basic realm=\"provider\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

fn status_of(error: &OAuthErrorCode) -> StatusCode {
    match error.as_str() {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        "server_error" => StatusCode::INTERNAL_SERVER_ERROR,
        "temporarily_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

pub(super) fn page(status: StatusCode, text: &str) -> Response<Vec<u8>> {
    answer(status, &[(CONTENT_TYPE, "text/plain; charset=utf-8")], text)
}

/// A request that is wrong, and whose browser is sent nowhere.
pub(super) fn wrong(text: &str) -> Response<Vec<u8>> {
    page(StatusCode::BAD_REQUEST, text)
}

pub(super) fn html_page(body: &str) -> Response<Vec<u8>> {
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    answer(StatusCode::OK, &headers, format!("<!doctype html>{body}"))
}

/// A text as a part of a page.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Sends the browser to this address, with these parameters beside those that it has.
pub(super) fn redirect(address: &str, parameters: &[(Name<'_>, String)]) -> Response<Vec<u8>> {
    let location = if parameters.is_empty() { address.to_owned() } else { form::url(address.to_owned(), parameters) };
    answer(StatusCode::FOUND, &[(LOCATION, &location)], "")
}

/// Refuses a call (RFC 6750 section 3, RFC 9449 section 7.1).
pub(super) fn challenge(scheme: &str, error: Option<&OAuthErrorCode>, scope: &str) -> Response<Vec<u8>> {
    let status = match error {
        Some(error) if *error == OAuthErrorCode::INSUFFICIENT_SCOPE => StatusCode::FORBIDDEN,
        _ => StatusCode::UNAUTHORIZED,
    };
    // RFC 6750 section 3.1: where nothing was sent, nothing is said to be wrong.
    let error = error.map_or_else(String::new, |error| format!(", error=\"{error}\""));
    let scope = if status == StatusCode::FORBIDDEN { format!(", scope=\"{scope}\"") } else { String::new() };
    answer(status, &[(WWW_AUTHENTICATE, &format!("{scheme} realm=\"provider\"{error}{scope}"))], "")
}

pub(super) fn answer(status: StatusCode, headers: &[(HeaderName, &str)], body: impl Into<String>) -> Response<Vec<u8>> {
    let mut response = Response::new(body.into().into_bytes());
    *response.status_mut() = status;
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
