//! The one place that makes requests.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};

use crate::ground::form;

/// A GET that asks for JSON.
pub(crate) fn get_json(uri: Uri) -> Request<Vec<u8>> {
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = uri;
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    request
}

/// A POST of a form that asks for JSON. It is a list of pairs until it is complete, with the client's authentication.
pub(crate) struct FormRequest<'a> {
    endpoint: &'a Uri,
    headers: HeaderMap,
    pairs: Vec<(&'static str, &'a str)>,
}

impl<'a> FormRequest<'a> {
    pub(crate) fn new(endpoint: &'a Uri, pairs: Vec<(&'static str, &'a str)>) -> Self {
        Self { endpoint, headers: HeaderMap::new(), pairs }
    }

    /// Sets a pair that is there once, whoever writes it.
    pub(crate) fn set(&mut self, name: &'static str, value: &'a str) {
        self.pairs.retain(|(set, _)| *set != name);
        self.pairs.push((name, value));
    }

    /// Sets the `Authorization` header.
    pub(crate) fn set_authorization(&mut self, value: HeaderValue) {
        self.headers.insert(AUTHORIZATION, value);
    }

    pub(crate) fn into_http(self) -> Request<Vec<u8>> {
        let mut request = Request::new(form::body(&self.pairs).into_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        *request.headers_mut() = self.headers;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_that_is_set_twice_is_there_once() {
        let endpoint = Uri::from_static("https://id.example/token");
        let mut request = FormRequest::new(&endpoint, vec![("client_id", "a"), ("scope", "b c")]);
        request.set("client_id", "d");
        assert_eq!(request.into_http().into_body(), b"scope=b+c&client_id=d");
    }
}
