//! One call to the provider: what to send, and what to keep until the answer comes.

use std::fmt;

use http::{Request, Response};

use crate::error::{BoxError, Error, Remedy, TransportError};

/// One call to the provider: the request to send, and the state that awaits its response.
///
/// [`into_parts`](Self::into_parts) hands both over, for a caller with its own idea of transport;
/// [`send_with`](Self::send_with) and [`send_with_async`](Self::send_with_async) take a closure around an HTTP client.
///
/// The client must not follow redirects: a redirect could carry the code or the client secret to another server, and none
/// of these calls has one in its specification. It must hand over responses of every status, since the errors of OAuth 2.0
/// come with status 400 and 401. It should not read a body far beyond 1 MiB, which is refused in any case.
///
/// ```
/// # use oidc_proto::{Issuer, http};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let discovery = Issuer::new("https://id.example")?.discover();
/// let metadata = discovery.send_with(|request| {
///     assert_eq!(request.uri(), "https://id.example/.well-known/openid-configuration");
///     // … where a real program asks its HTTP client.
///     Ok::<_, std::io::Error>(http::Response::new(r#"{"issuer":"https://id.example"}"#))
/// })?;
/// assert_eq!(metadata.issuer, "https://id.example");
/// # Ok(()) }
/// ```
#[must_use = "a request does nothing until it is sent"]
pub struct RoundTrip<A> {
    request: Request<Vec<u8>>,
    pub(crate) awaiting: A,
}

impl<A: Awaiting> RoundTrip<A> {
    pub(crate) fn new(request: Request<Vec<u8>>, awaiting: A) -> Self {
        Self { request, awaiting }
    }

    /// The request, and what awaits its response.
    ///
    /// The request may hold secrets, and `http::Request`'s `Debug` prints them: do not log it.
    #[must_use]
    pub fn into_parts(self) -> (Request<Vec<u8>>, A) {
        (self.request, self.awaiting)
    }

    /// Sends the request with a blocking HTTP client and reads the response.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] when `send` fails; else what the state's `receive` says of the response.
    pub fn send_with<B, E>(
        self,
        mut send: impl FnMut(Request<Vec<u8>>) -> Result<Response<B>, E>,
    ) -> Result<A::Output, Error>
    where
        B: AsRef<[u8]>,
        E: Into<BoxError>,
    {
        let response = send(self.request).map_err(|error| transport_error::<A>(error.into()))?;
        self.awaiting.receive(&response).map_err(Into::into)
    }

    /// Sends the request with an async HTTP client and reads the response. The future is `Send` where the closure and its
    /// future are, so it can be awaited inside a spawned task.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] when `send` fails; else what the state's `receive` says of the response.
    pub async fn send_with_async<B, E, F>(self, mut send: impl FnMut(Request<Vec<u8>>) -> F) -> Result<A::Output, Error>
    where
        B: AsRef<[u8]>,
        E: Into<BoxError>,
        F: Future<Output = Result<Response<B>, E>>,
    {
        let Self { request, awaiting } = self;
        let response = send(request).await.map_err(|error| transport_error::<A>(error.into()))?;
        awaiting.receive(&response).map_err(Into::into)
    }
}

impl<A> fmt::Debug for RoundTrip<A> {
    /// Shows method and URI alone: headers and body may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoundTrip")
            .field("method", self.request.method())
            .field("uri", self.request.uri())
            .finish_non_exhaustive()
    }
}

/// What is kept until a response comes. Each of these states has the same `receive` as a method of its own, so this trait
/// need not be imported; it is sealed.
pub trait Awaiting: sealed::Sealed + Sized {
    /// What a good response holds.
    type Output;
    /// What is wrong with a bad one.
    type Error: Into<Error>;

    /// Reads the response.
    ///
    /// # Errors
    ///
    /// As the state's own `receive` has it.
    fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<Self::Output, Self::Error>;
}

pub(crate) mod sealed {
    /// Keeps [`Awaiting`](super::Awaiting) to this crate.
    pub trait Sealed {
        /// What to do when the request could not be carried: most can be sent again.
        const AFTER_TRANSPORT_FAILURE: super::Remedy = super::Remedy::RetryLater;
    }
}

fn transport_error<A: Awaiting>(source: BoxError) -> Error {
    TransportError::new(source, <A as sealed::Sealed>::AFTER_TRANSPORT_FAILURE).into()
}

/// A GET that asks for JSON.
pub(crate) fn get_json(uri: http::Uri) -> Request<Vec<u8>> {
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = uri;
    request.headers_mut().insert(http::header::ACCEPT, http::HeaderValue::from_static("application/json"));
    request
}
