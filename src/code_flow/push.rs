//! A pushed authorization request (RFC 9126): the parameters go straight to the provider, and the browser carries a reference.

use std::fmt;
use std::time::{Duration, SystemTime};

use http::{Response, StatusCode, Uri};

use crate::call::{Call, Repeat};
use crate::client::Client;
use crate::code_flow::authorize_error::AuthorizeError;
use crate::code_flow::delivery;
use crate::code_flow::flow_state::AwaitingCallback;
use crate::code_flow::push_error::PushError;
use crate::code_flow::request::AuthorizationRequest;
use crate::code_flow::start::Secrets;
use crate::exchange::request::FormRequest;
use crate::exchange::response::{OrInvalid, read_object};
use crate::exchange::round_trip::awaiting;
use crate::exchange::{Again, OAuthError, ResponseError, RoundTrip};
use crate::token_endpoint::{read_lifetime, read_string};

impl AuthorizationRequest {
    /// Begins the login by a pushed authorization request (RFC 9126): the parameters go to the provider in a request of
    /// the client's own, which authenticates the client. The URL for the browser then has only `client_id` and
    /// `request_uri`, so nobody on the way reads or changes what is asked for.
    ///
    /// ```no_run
    /// # fn f(client: &oidc_proto::Client, pending: &mut oidc_proto::PendingLogins, now: std::time::SystemTime,
    /// #     send: fn(oidc_proto::http::Request<Vec<u8>>) -> Result<oidc_proto::http::Response<Vec<u8>>, std::io::Error>)
    /// #     -> Result<String, oidc_proto::Error> {
    /// let (url, awaiting) = client.authorize().scope("openid email").push(now)?.send_with(send)?.into_parts();
    /// pending.insert(awaiting);
    /// # Ok(url) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start), but never [`PushRequired`](AuthorizeError::PushRequired);
    /// [`NoPushedAuthorizationRequestEndpoint`](AuthorizeError::NoPushedAuthorizationRequestEndpoint) when the provider takes no
    /// pushed requests; [`Signing`](AuthorizeError::Signing) when the client signs its requests and cannot.
    pub fn push(mut self, now: SystemTime) -> Result<RoundTrip<AwaitingRequestUri>, AuthorizeError> {
        let (redirect_uri, secrets) = self.complete()?;
        let client = self.client.clone();
        if client.authorization_endpoint().is_none() {
            return Err(AuthorizeError::NoAuthorizationEndpoint);
        }
        let endpoint = client
            .pushed_authorization_request_endpoint()
            .ok_or(AuthorizeError::NoPushedAuthorizationRequestEndpoint)?;
        let Call { request, again } = self.pushed(endpoint, &redirect_uri, &secrets, now)?;
        let login = self.flow_state(redirect_uri, secrets, now);
        Ok(RoundTrip::new(request, AwaitingRequestUri { client, login, pushed_at: now, repeat: again }))
    }

    /// RFC 9126 sections 2.1 and 3: the parameters as a form, signed or not, the client's authentication, and the proof of its
    /// DPoP key (RFC 9449 section 10.1). `client_id` is among the parameters, whatever the client authenticates with.
    fn pushed(
        &self,
        endpoint: &Uri,
        redirect_uri: &str,
        secrets: &Secrets,
        now: SystemTime,
    ) -> Result<Call, AuthorizeError> {
        let parameters = self.sign(self.parameters(redirect_uri, secrets), now)?;
        let mut request = FormRequest::new(endpoint);
        delivery::form(&mut request, &parameters);
        Ok(self.client.call(request, now)?)
    }
}

/// The state between a pushed authorization request and its response.
#[must_use = "the login begins with the response"]
pub struct AwaitingRequestUri {
    client: Client,
    login: AwaitingCallback,
    pushed_at: SystemTime,
    /// `None` where the provider cannot ask for a nonce.
    repeat: Option<Repeat>,
}

impl AwaitingRequestUri {
    /// Reads the response (RFC 9126 sections 2.2 and 2.3), and makes the URL to send the browser to.
    ///
    /// # Errors
    ///
    /// [`PushError::Provider`] when the provider answered with an error, whatever the status;
    /// [`Response`](PushError::Response) for another status than 200 and 201 without an error, for a body over 1 MiB or one that
    /// is not a JSON object, for one without `request_uri`, or with a `request_uri` or `expires_in` of the wrong kind
    /// (`"expires_in": "soon"`); [`DpopNonce`](PushError::DpopNonce) when the provider wants the request once more, and
    /// [`Signing`](PushError::Signing) when it cannot be signed again.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<PushedRequest, PushError> {
        if let Some(request) = self.repeat.as_ref().and_then(|repeat| repeat.asked_for(response)) {
            let again = Again::new(RoundTrip::new(request?, self));
            return Err(PushError::DpopNonce { again });
        }
        let (request_uri, lifetime) = read(response)?;
        // It was there when the request was made.
        let endpoint = self.client.authorization_endpoint().unwrap_or_default();
        let url = delivery::pushed_url(endpoint, self.client.client_id(), &request_uri);
        // From the moment of the request: the provider counts from a later one.
        let expires_at = lifetime.and_then(|lifetime| self.pushed_at.checked_add(lifetime));
        Ok(PushedRequest { url, awaiting: self.login, expires_at })
    }

    /// The request once more, where the error is [`PushError::DpopNonce`]: for a caller that does not use
    /// [`send_with`](RoundTrip::send_with), which sends it by itself.
    ///
    /// # Errors
    ///
    /// The error itself, where it is another.
    pub fn again(error: PushError) -> Result<RoundTrip<Self>, PushError> {
        match error {
            PushError::DpopNonce { again } => again.into_round_trip().map_err(|again| PushError::DpopNonce { again }),
            error => Err(error),
        }
    }
}

impl fmt::Debug for AwaitingRequestUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingRequestUri").field("client", &self.client).finish_non_exhaustive()
    }
}

// Where the request arrived all the same, its request URI is never used, and ends by itself.
awaiting!(AwaitingRequestUri => PushedRequest, PushError, after a transport failure: RetryLater, again);

/// A login whose request the provider has: the URL to send the browser to, and what to keep in the browser's session until it
/// comes back.
#[must_use = "without the flow state the login cannot be finished"]
pub struct PushedRequest {
    url: String,
    awaiting: AwaitingCallback,
    expires_at: Option<SystemTime>,
}

impl PushedRequest {
    /// When the URL expires; `None` where the provider did not say. The time is short, and the URL works once: send the
    /// browser there at once, and push again for another attempt.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }

    /// What [`start`](AuthorizationRequest::start) returns: the URL to send the browser to, ready for a `Location` header, and
    /// what to keep in the browser's session until it comes back.
    pub fn into_parts(self) -> (String, AwaitingCallback) {
        (self.url, self.awaiting)
    }
}

impl fmt::Debug for PushedRequest {
    /// Not the URL: whoever has the request URI can begin this login.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushedRequest")
            .field("awaiting", &self.awaiting)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The request URI, and how long it lives.
fn read<B: AsRef<[u8]>>(response: &Response<B>) -> Result<(String, Option<Duration>), PushError> {
    let status = response.status();
    // RFC 9126 section 2.2 has 201; some providers say 200.
    let failed = !matches!(status, StatusCode::OK | StatusCode::CREATED);
    let mut object =
        read_object(response).map_err(|error| if failed { ResponseError::Status { status } } else { error })?;
    if let Some(error) = OAuthError::take_from(&mut object)? {
        return Err(PushError::Provider { error, status });
    }
    if failed {
        return Err(ResponseError::Status { status }.into());
    }
    let request_uri = object.take_raw("request_uri").map_or(Ok(None), read_string).or_invalid("request_uri")?;
    let request_uri = request_uri.ok_or(ResponseError::MissingField { field: "request_uri" })?;
    let lifetime = object.take_raw("expires_in").map(read_lifetime).transpose().or_invalid("expires_in")?;
    Ok((request_uri, lifetime.map(|seconds| Duration::from_secs(seconds.into()))))
}
