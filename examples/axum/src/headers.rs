//! What every answer says to the browser besides its content.

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::Response;

/// Adds the headers that an answer does not bring itself.
pub async fn protect(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

const HEADERS: [(HeaderName, &str); 4] = [
    // No scripts at all, no forms that lead elsewhere, no frame around a page; pictures of users come over https.
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    // The address of a callback has the code in it: no other site is told where the browser comes from.
    (REFERRER_POLICY, "no-referrer"),
    // Pages show personal data, and redirects hold state: neither is kept, nor shown by the back button after signing out.
    (CACHE_CONTROL, "no-store"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];
