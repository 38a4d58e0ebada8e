//! The one place that makes requests.

use std::borrow::Cow;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Uri};
use zeroize::Zeroize;

use crate::exchange::client_certificate::ClientCertificateRequired;
use crate::ground::form::{self, Name};
use crate::ground::secret::SecretText;

/// A GET that asks for JSON.
pub(crate) fn get_json(uri: Uri) -> Request<Vec<u8>> {
    get(uri, "application/json")
}

/// A GET that asks for `accept`.
pub(crate) fn get(uri: Uri, accept: &'static str) -> Request<Vec<u8>> {
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = uri;
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static(accept));
    request
}

/// A request that asks for JSON, with a body of JSON or none.
pub(crate) fn json(method: Method, uri: Uri, body: Option<&str>) -> Request<Vec<u8>> {
    let mut request = get_json(uri);
    *request.method_mut() = method;
    if let Some(body) = body {
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.body_mut() = body.as_bytes().to_vec();
    }
    request
}

/// Marks a request that must go over a connection with the client's certificate.
pub(crate) fn require_client_certificate<B>(request: &mut Request<B>) {
    request.extensions_mut().insert(ClientCertificateRequired);
}

/// A POST of a form that asks for JSON. The form is a list of pairs until it is complete, with the client's authentication.
pub(crate) struct FormRequest<'a> {
    request: Request<Vec<u8>>,
    pairs: Pairs<'a>,
}

/// What the form owns of its values is zeroed: an assertion that was made for it is as good as a secret until it is used.
struct Pairs<'a>(Vec<(Name<'a>, Cow<'a, str>)>);

impl Drop for Pairs<'_> {
    fn drop(&mut self) {
        for (_, value) in &mut self.0 {
            if let Cow::Owned(value) = value {
                value.zeroize();
            }
        }
    }
}

impl<'a> FormRequest<'a> {
    pub(crate) fn new(endpoint: &Uri) -> Self {
        let mut request = Request::new(Vec::new());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = endpoint.clone();
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        Self { request, pairs: Pairs(Vec::with_capacity(8)) }
    }

    /// Adds a pair of the specifications' own.
    pub(crate) fn push(&mut self, name: &'static str, value: impl Into<Cow<'a, str>>) {
        self.pairs.0.push((Name::Known(name), value.into()));
    }

    /// Adds a pair, of the specifications or of the caller.
    pub(crate) fn push_pair(&mut self, (name, value): (Name<'a>, &'a str)) {
        self.pairs.0.push((name, value.into()));
    }

    /// Sets a pair that is there once, whoever writes it.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<Cow<'a, str>>) {
        self.pairs.0.retain(|(set, _)| !matches!(set, Name::Known(set) if *set == name));
        self.push(name, value);
    }

    /// Asks for another media type than JSON.
    pub(crate) fn set_accept(&mut self, media_type: &'static str) {
        self.request.headers_mut().insert(ACCEPT, HeaderValue::from_static(media_type));
    }

    /// Sets the `Authorization` header.
    pub(crate) fn set_authorization(&mut self, value: HeaderValue) {
        self.request.headers_mut().insert(AUTHORIZATION, value);
    }

    /// Marks the request as one that needs the client's certificate.
    pub(crate) fn require_client_certificate(&mut self) {
        require_client_certificate(&mut self.request);
    }

    pub(crate) fn into_http(mut self) -> Request<Vec<u8>> {
        *self.request.body_mut() = form::body(&self.pairs.0).into_bytes();
        self.request
    }
}

/// A form that is kept, to make a request of it again.
pub(crate) struct KeptForm {
    endpoint: Uri,
    pairs: Vec<(KeptName, SecretText)>,
}

enum KeptName {
    Known(&'static str),
    Any(String),
}

impl KeptForm {
    /// The form, before the client's credentials are in it. Its values may be secret.
    pub(crate) fn of(form: &FormRequest<'_>) -> Self {
        let name = |name: &Name<'_>| match *name {
            Name::Known(name) => KeptName::Known(name),
            Name::Any(name) => KeptName::Any(name.to_owned()),
        };
        let pairs = form.pairs.0.iter().map(|(pair, value)| (name(pair), SecretText::new(value.to_string()))).collect();
        Self { endpoint: form.request.uri().clone(), pairs }
    }

    /// The request of it, once more.
    pub(crate) fn request(&self) -> FormRequest<'_> {
        let mut request = FormRequest::new(&self.endpoint);
        for (name, value) in &self.pairs {
            let name = match name {
                KeptName::Known(name) => Name::Known(name),
                KeptName::Any(name) => Name::Any(name),
            };
            request.push_pair((name, value));
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_that_is_set_twice_is_there_once() {
        let endpoint = Uri::from_static("https://id.example/token");
        let mut request = FormRequest::new(&endpoint);
        request.push("client_id", "a");
        request.push("scope", "b c");
        request.set("client_id", "d");
        assert_eq!(request.into_http().into_body(), b"scope=b+c&client_id=d");
    }
}
