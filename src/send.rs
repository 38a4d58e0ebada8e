//! What only carries things: the ways to send a round trip with a closure around an HTTP client.

use http::{Request, Response};

use crate::error::Error;
use crate::exchange::round_trip::sealed::Sealed;
use crate::exchange::{Awaiting, EgressError, RoundTrip, Search, TransportError};
use crate::ground::BoxError;

impl<A: Awaiting> RoundTrip<A>
where
    Error: From<A::Error>,
{
    /// Sends the request with a blocking HTTP client and reads the response. Where the provider asks for a DPoP nonce (RFC 9449
    /// section 8), the request is sent once more with it.
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
        let (request, awaiting) = self.into_parts();
        let response = send(request).map_err(|error| transport_error::<A>(error.into()))?;
        let error = match awaiting.receive(&response) {
            Ok(output) => return Ok(output),
            Err(error) => error,
        };
        let (request, awaiting) = A::again(error)?.into_parts();
        let response = send(request).map_err(|error| transport_error::<A>(error.into()))?;
        Ok(awaiting.receive(&response)?)
    }

    /// Sends the request with an async HTTP client and reads the response; once more where the provider asks for a DPoP
    /// nonce. The future is `Send` where the closure and its future are, so it can be awaited inside of a spawned task.
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
        let (request, awaiting) = self.into_parts();
        let response = send(request).await.map_err(|error| transport_error::<A>(error.into()))?;
        let error = match awaiting.receive(&response) {
            Ok(output) => return Ok(output),
            Err(error) => error,
        };
        let (request, awaiting) = A::again(error)?.into_parts();
        let response = send(request).await.map_err(|error| transport_error::<A>(error.into()))?;
        Ok(awaiting.receive(&response)?)
    }
}

impl<A: Awaiting> Search<A>
where
    Error: From<A::Error>,
{
    /// Makes one call after the other with a blocking HTTP client, until one answers. Each goes to another address.
    ///
    /// # Errors
    ///
    /// As [`RoundTrip::send_with`], of the call that ends the search.
    pub fn send_with<B, E>(
        mut self,
        mut send: impl FnMut(Request<Vec<u8>>) -> Result<Response<B>, E>,
    ) -> Result<A::Output, Error>
    where
        B: AsRef<[u8]>,
        E: Into<BoxError>,
    {
        loop {
            self = match self {
                Self::Ask(call) => call.send_with(&mut send)?,
                Self::Found(output) => return Ok(output),
            };
        }
    }

    /// The same with an async HTTP client.
    ///
    /// # Errors
    ///
    /// As [`send_with`](Self::send_with).
    pub async fn send_with_async<B, E, F>(
        mut self,
        mut send: impl FnMut(Request<Vec<u8>>) -> F,
    ) -> Result<A::Output, Error>
    where
        B: AsRef<[u8]>,
        E: Into<BoxError>,
        F: Future<Output = Result<Response<B>, E>>,
    {
        loop {
            self = match self {
                Self::Ask(call) => call.send_with_async(&mut send).await?,
                Self::Found(output) => return Ok(output),
            };
        }
    }
}

fn transport_error<A: Awaiting>(source: BoxError) -> Error {
    // Nothing was sent, and asking again leads to the same address.
    let refused = source.downcast_ref::<EgressError>().map(|error| error.remedy());
    TransportError::with_remedy(source, refused.unwrap_or(<A as Sealed>::AFTER_TRANSPORT_FAILURE)).into()
}
