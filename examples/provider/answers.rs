//! What comes in and goes out over HTTP.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::{Value, json};
use tiny_http::{Header, Request, Response};

pub(super) type Answer = Response<std::io::Cursor<Vec<u8>>>;

/// The parameters of a request: no name has a duplicate.
pub(super) type Parameters = BTreeMap<String, String>;

/// An error in the words of OAuth 2.0 (RFC 6749 section 5.2).
pub(super) type Refusal = (u16, &'static str);

/// A request, as far as the endpoints look at it.
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) authorization: Option<String>,
    /// The headers `DPoP`. More than one is wrong.
    pub(super) proofs: Vec<String>,
    pub(super) body: String,
}

impl Call {
    /// Nothing where the body is too long, or not text.
    pub(super) fn read(request: &mut Request) -> Option<Self> {
        let mut body = String::new();
        request.as_reader().take(BODY_LIMIT).read_to_string(&mut body).ok()?;
        let (path, query) = request.url().split_once('?').unwrap_or((request.url(), ""));
        Some(Self {
            method: request.method().as_str().to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            authorization: headers(request, "Authorization").next(),
            proofs: headers(request, "DPoP").collect(),
            body,
        })
    }
}

const BODY_LIMIT: u64 = 64 * 1024;

fn headers(request: &Request, name: &'static str) -> impl Iterator<Item = String> {
    let named = request.headers().iter().filter(move |header| header.field.equiv(name));
    named.map(|header| header.value.as_str().to_owned())
}

/// The parameters of a query or form; nothing where one has a duplicate (RFC 6749 sections 3.1 and 3.2).
pub(super) fn parameters(text: &str) -> Option<Parameters> {
    let mut parameters = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()).into_owned() {
        if parameters.insert(name, value).is_some() {
            return None;
        }
    }
    Some(parameters)
}

pub(super) fn json_answer(status: u16, body: &Value) -> Answer {
    // RFC 6749 section 5.1: tokens are kept in no cache.
    with_headers(body.to_string(), status, &[("Content-Type", "application/json"), ("Cache-Control", "no-store")])
}

/// RFC 6749 section 5.2: a 401 says how a client authenticates.
pub(super) fn refused((status, error): Refusal) -> Answer {
    let body = json!({ "error": error });
    if status != 401 {
        return json_answer(status, &body);
    }
    let headers = [("Content-Type", "application/json"), ("WWW-Authenticate", "Basic realm=\"provider\"")];
    with_headers(body.to_string(), 401, &headers)
}

pub(super) fn page(status: u16, text: &str) -> Answer {
    with_headers(text.to_owned(), status, &[("Content-Type", "text/plain; charset=utf-8")])
}

pub(super) fn html_page(body: &str) -> Answer {
    let headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")];
    with_headers(format!("<!doctype html>{body}"), 200, &headers)
}

/// A text as a part of a page.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Sends the browser to this address, with these parameters beside those that it has.
pub(super) fn redirect(address: &str, parameters: &[(&str, String)]) -> Answer {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let separator = match (query.is_empty(), address.contains('?')) {
        (true, _) => "",
        (false, true) => "&",
        (false, false) => "?",
    };
    with_headers(String::new(), 302, &[("Location", &format!("{address}{separator}{query}"))])
}

/// RFC 9449 section 8.
pub(super) fn with_nonce(mut answer: Answer, nonce: &str) -> Answer {
    if let Ok(header) = Header::from_bytes("DPoP-Nonce", nonce) {
        answer.add_header(header);
    }
    answer
}

pub(super) fn with_headers(body: String, status: u16, headers: &[(&str, &str)]) -> Answer {
    let headers = headers.iter().filter_map(|(name, value)| Header::from_bytes(*name, *value).ok());
    headers.fold(Response::from_string(body).with_status_code(status), Response::with_header)
}
