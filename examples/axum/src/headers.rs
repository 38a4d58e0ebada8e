//! Pages as answers of axum, and what every answer says to the browser besides its content.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use crate::web::pages::{self, Page};
use crate::web::policy::HEADERS;

/// Adds the headers that an answer does not bring itself.
pub async fn protect(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Html(self.html)).into_response()
    }
}

pub async fn style() -> ([(HeaderName, &'static str); 2], &'static str) {
    ([(CONTENT_TYPE, "text/css"), (CACHE_CONTROL, "max-age=600")], pages::STYLE)
}
