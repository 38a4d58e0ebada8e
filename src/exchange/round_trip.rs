//! One call to the provider: what to send, and what to keep until the answer comes.

use std::fmt;

use http::{Request, Response};

use crate::exchange::origin::Origin;
use crate::exchange::remedy::Remedy;
use crate::ground::BoxError;
use crate::ground::printable::without_query;

/// One call to the provider: the request to send, and the state that awaits its response.
///
/// [`into_parts`](Self::into_parts) hands both over, for a caller with a transport of its own;
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
    origin: Origin,
    pub(crate) awaiting: A,
}

impl<A: Awaiting> RoundTrip<A> {
    /// To an address that the provider named.
    pub(crate) fn new(request: Request<Vec<u8>>, awaiting: A) -> Self {
        Self::named_by(Origin::Provider, request, awaiting)
    }

    pub(crate) fn named_by(origin: Origin, request: Request<Vec<u8>>, awaiting: A) -> Self {
        Self { request, origin, awaiting }
    }

    /// Who named the address that the request goes to. See [`Egress`](crate::Egress).
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The same request, with another state.
    pub(crate) fn map<B: Awaiting>(self, state: impl FnOnce(A) -> B) -> RoundTrip<B> {
        RoundTrip { request: self.request, origin: self.origin, awaiting: state(self.awaiting) }
    }

    /// The request, and what awaits its response.
    ///
    /// The request may hold secrets, and `http::Request`'s `Debug` prints them: do not log it.
    #[must_use]
    pub fn into_parts(self) -> (Request<Vec<u8>>, A) {
        (self.request, self.awaiting)
    }
}

impl<A> fmt::Debug for RoundTrip<A> {
    /// Shows only method and address: headers, body and query may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoundTrip")
            .field("method", self.request.method())
            .field("uri", &without_query(&self.request.uri().to_string()))
            .finish_non_exhaustive()
    }
}

/// What is kept until a response comes. Each of these states has the same `receive` as a method of its own, so this trait
/// need not be imported. It is sealed.
pub trait Awaiting: sealed::Sealed + Sized {
    /// What a good response holds.
    type Output;
    /// What is wrong with a bad one.
    type Error;

    /// Reads the response.
    ///
    /// # Errors
    ///
    /// As the state's own `receive` has it.
    fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<Self::Output, Self::Error>;

    /// The request to send once more, where the error is that the provider asks for a DPoP nonce (RFC 9449 section 8).
    /// [`RoundTrip::send_with`] does it by itself.
    ///
    /// # Errors
    ///
    /// The error itself, where it is another.
    fn again(error: Self::Error) -> Result<RoundTrip<Self>, Self::Error> {
        Err(error)
    }
}

pub(crate) mod sealed {
    /// Keeps [`Awaiting`](super::Awaiting) to this crate.
    pub trait Sealed {
        /// What to do when the request could not be sent, or no response came.
        const AFTER_TRANSPORT_FAILURE: super::Remedy;
    }
}

/// Makes a state an [`Awaiting`], by its own `receive`: one line per state.
macro_rules! awaiting {
    ($state:ty => $output:ty, $error:ty, after a transport failure: $remedy:ident $(, $again:ident)?) => {
        impl $crate::exchange::round_trip::sealed::Sealed for $state {
            const AFTER_TRANSPORT_FAILURE: $crate::exchange::Remedy = $crate::exchange::Remedy::$remedy;
        }

        impl $crate::exchange::Awaiting for $state {
            type Output = $output;
            type Error = $error;

            fn receive<B: AsRef<[u8]>>(self, response: &http::Response<B>) -> Result<$output, $error> {
                <$state>::receive(self, response)
            }

            $(fn $again(error: $error) -> Result<$crate::exchange::RoundTrip<Self>, $error> {
                <$state>::$again(error)
            })?
        }
    };
}

pub(crate) use awaiting;

/// The caller's HTTP client got no response. Its own error is the [`source`](std::error::Error::source): look at it. A
/// timeout may pass, but an untrusted certificate or an unknown host does not get better by trying again.
#[derive(Debug, thiserror::Error)]
#[error("the request to the provider failed")]
pub struct TransportError {
    source: BoxError,
    remedy: Remedy,
}

impl TransportError {
    /// For a caller who sends requests without [`RoundTrip::send_with`]: the HTTP client's own error, as
    /// [`Session::refresh_failed`](crate::Session::refresh_failed) takes it.
    pub fn new(source: impl Into<BoxError>) -> Self {
        Self::with_remedy(source.into(), Remedy::RetryLater)
    }

    pub(crate) fn with_remedy(source: BoxError, remedy: Remedy) -> Self {
        Self { source, remedy }
    }

    /// [`RetryLater`](Remedy::RetryLater), but [`RestartLogin`](Remedy::RestartLogin) where the code was sent: it may have
    /// arrived, and it works once. Where [`Egress`](crate::Egress) refused the address, its remedy.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        self.remedy
    }

    /// The HTTP client's own error.
    #[must_use]
    pub fn into_inner(self) -> BoxError {
        self.source
    }
}
