//! Requests in, responses out; and the browser, which is not there.

use std::time::SystemTime;

use http::header::{HeaderValue, LOCATION};
use http::{Request, Response, StatusCode, Uri};
use thiserror::Error;

use super::fault::{Endpoint, Fault};
use super::message::{Call, page, result_answer, wrong};
use super::provider::TestProvider;
use crate::ground::time::since_epoch;
use crate::ground::vocabulary::OAuthErrorCode;

impl TestProvider {
    /// Answers a request to any of its endpoints. It fits [`RoundTrip::send_with`](crate::RoundTrip::send_with); for
    /// [`send_with_async`](crate::RoundTrip::send_with_async), wrap it in `std::future::ready`.
    ///
    /// Host and scheme of the request's URI are not compared with the issuer, so a server on the loopback can stand before it.
    ///
    /// # Errors
    ///
    /// When [`Fault::ResponseLost`] was queued for the endpoint: an HTTP client would wait in vain.
    #[expect(clippy::needless_pass_by_value, reason = "what `send_with` gives to its closure")]
    pub fn handle(&mut self, request: Request<Vec<u8>>, now: SystemTime) -> Result<Response<Vec<u8>>, ResponseLost> {
        let base_path = self.base_path();
        let endpoint = request.uri().path().strip_prefix(&*base_path).and_then(Endpoint::at);
        let Some(endpoint) = endpoint else {
            return Ok(page(StatusCode::NOT_FOUND, "There is nothing here."));
        };
        let lost = self.faults.take(|fault| matches!(fault, Fault::ResponseLost(at) if *at == endpoint));
        let response = self.respond(endpoint, &request, now);
        if lost.is_some() { Err(ResponseLost) } else { Ok(response) }
    }

    /// Opens this URL of the provider, as the user's browser does, and says where the provider sends the browser: to the
    /// redirect URI with its parameters, or after a logout to the post-logout redirect URI.
    ///
    /// # Errors
    ///
    /// When the browser is sent nowhere: the client or its redirect URI is not registered, or the response mode is `form_post`,
    /// which has a page of its own.
    pub fn visit(&mut self, url: &str, now: SystemTime) -> Result<String, NotRedirected> {
        let not_redirected = |status: StatusCode, text: &str| NotRedirected { status, text: text.to_owned() };
        let request = url.parse::<Uri>().map(|url| Request::get(url).body(Vec::new()));
        let Ok(Ok(request)) = request else {
            return Err(not_redirected(StatusCode::BAD_REQUEST, "This is not a URL."));
        };
        let Ok(response) = self.handle(request, now) else {
            return Err(not_redirected(StatusCode::GATEWAY_TIMEOUT, "The response was lost."));
        };
        let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        location.map(str::to_owned).ok_or_else(|| {
            // A page with a form holds a code, which belongs in no message.
            let is_error = !response.status().is_success();
            let text = if is_error { String::from_utf8_lossy(response.body()) } else { "It shows a page.".into() };
            not_redirected(response.status(), &text)
        })
    }

    fn respond(&mut self, endpoint: Endpoint, request: &Request<Vec<u8>>, now: SystemTime) -> Response<Vec<u8>> {
        if let Some(status) = self.faults.status(endpoint) {
            return page(status, "This is a fault that the test asked for.");
        }
        let Ok(call) = self.call(request, now) else {
            return wrong("The body is not text.");
        };
        if let Some(error) = self.oauth_error_of(endpoint) {
            return result_answer(Err(error));
        }
        let mut response = match (endpoint, call.method.as_str()) {
            (Endpoint::Metadata, "GET") => self.metadata(),
            (Endpoint::Keys, "GET") => self.keys(),
            // Core 3.1.2.1, 5.3.1, RP-Initiated Logout 1.0 section 2: both methods.
            (Endpoint::Authorization, "GET") => self.authorize(call.query, call.now),
            (Endpoint::Authorization, "POST") => self.authorize(call.body, call.now),
            (Endpoint::UserInfo, "GET" | "POST") => self.userinfo(&call),
            (Endpoint::EndSession, "GET") => self.end_session(call.query, call.now),
            (Endpoint::EndSession, "POST") => self.end_session(call.body, call.now),
            (Endpoint::Token, "POST") => self.token(&call),
            (Endpoint::Introspection, "POST") => self.introspect(&call),
            (Endpoint::Revocation, "POST") => self.revoke(&call),
            (Endpoint::DeviceAuthorization, "POST") => self.device_authorization(&call),
            (Endpoint::DeviceVerification, "GET") => self.device_page(call.query, call.now),
            (Endpoint::DeviceVerification, "POST") => self.device_form(call.body, call.now),
            _ => page(StatusCode::METHOD_NOT_ALLOWED, "This endpoint does not accept this method."),
        };
        // RFC 9449 section 8.2: the nonce for the next proof.
        if !call.proofs().is_empty()
            && let Ok(nonce) = HeaderValue::from_str(&self.dpop_nonce)
        {
            response.headers_mut().insert("dpop-nonce", nonce);
        }
        response
    }

    /// The two others have a form of their own for an error.
    fn oauth_error_of(&mut self, endpoint: Endpoint) -> Option<OAuthErrorCode> {
        let has_own_form = matches!(endpoint, Endpoint::Authorization | Endpoint::UserInfo);
        if has_own_form { None } else { self.faults.oauth_error(endpoint) }
    }

    /// Nothing where the body is not text.
    pub(super) fn call<'a>(
        &self,
        request: &'a Request<Vec<u8>>,
        now: SystemTime,
    ) -> Result<Call<'a>, std::str::Utf8Error> {
        let uri = request.uri();
        let origin = match (uri.scheme_str(), uri.authority()) {
            (Some(scheme), Some(authority)) => format!("{scheme}://{authority}"),
            _ => self.issuer.trim_end_matches('/').strip_suffix(&*self.base_path()).unwrap_or_default().to_owned(),
        };
        Ok(Call {
            method: request.method(),
            address: format!("{origin}{}", uri.path()),
            query: uri.query().unwrap_or_default(),
            headers: request.headers(),
            body: std::str::from_utf8(request.body())?,
            now: since_epoch(now),
        })
    }
}

/// The response of a [`TestProvider`] does not arrive, because the test asked for that.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the response was lost: the test queued this fault")]
pub struct ResponseLost;

/// A [`TestProvider`] sent the browser nowhere.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("the provider sent the browser nowhere, and answered {status}: {text}")]
pub struct NotRedirected {
    status: StatusCode,
    text: String,
}

impl NotRedirected {
    /// The status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What the user sees.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}
