//! A document that may be at one of several addresses.

use std::collections::VecDeque;
use std::fmt;

use http::Response;

use crate::exchange::remedy::Remedy;
use crate::exchange::response::is_refusal;
use crate::exchange::round_trip::sealed::Sealed;
use crate::exchange::round_trip::{Awaiting, RoundTrip};

/// A search for a document that may be at one of several addresses: one call after the other, in order, until one
/// answers. An answer of status 4xx leads to the next address, except 429, which says nothing about what is there. Any
/// other answer ends the search, and so does the answer from the last address.
///
/// [`send_with`](Self::send_with) and [`send_with_async`](Self::send_with_async) make all the calls. By hand, it is a loop:
///
/// ```
/// # use oidc_proto::{BoxError, Error, Issuer, ProviderMetadata, Search, http};
/// # type Answer = Result<http::Response<Vec<u8>>, BoxError>;
/// fn discover(issuer: &Issuer, send: impl Fn(http::Request<Vec<u8>>) -> Answer) -> Result<ProviderMetadata, Error> {
///     let mut search = issuer.discover_in_order();
///     loop {
///         search = match search {
///             // Look at the address first, if you wish.
///             Search::Ask(call) => call.send_with(&send)?,
///             Search::Found(metadata) => return Ok(metadata),
///         };
///     }
/// }
/// ```
#[expect(clippy::exhaustive_enums, reason = "there is nothing else to do, and a caller handles each")]
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it is made, and never stored")]
#[must_use = "a search does nothing until its calls are made"]
pub enum Search<A: Awaiting> {
    /// Send this. Its response gives the search again, one step further.
    Ask(RoundTrip<Searching<A>>),
    /// This was found.
    Found(A::Output),
}

impl<A: Awaiting> Search<A> {
    /// One call after the other, in this order.
    pub(crate) fn new(first: RoundTrip<A>, others: impl IntoIterator<Item = RoundTrip<A>>) -> Self {
        Self::go_on(first, others.into_iter().collect())
    }

    fn go_on(next: RoundTrip<A>, others: VecDeque<RoundTrip<A>>) -> Self {
        Self::Ask(next.map(|awaiting| Searching { awaiting, others }))
    }
}

impl<A: Awaiting> fmt::Debug for Search<A> {
    /// Shows only the address to ask.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask(call) => f.debug_tuple("Ask").field(call).finish(),
            Self::Found(_) => f.debug_tuple("Found").finish_non_exhaustive(),
        }
    }
}

/// The state between one call of a [`Search`] and its response.
#[must_use]
pub struct Searching<A> {
    awaiting: A,
    /// The addresses that are not asked yet.
    others: VecDeque<RoundTrip<A>>,
}

impl<A: Awaiting> Searching<A> {
    /// Reads the response: what is looked for, or the next call where there is nothing at this address, and there is another.
    ///
    /// # Errors
    ///
    /// What the state's own `receive` says of an answer that ends the search, such as that of
    /// [`AwaitingMetadata`](crate::AwaitingMetadata::receive).
    pub fn receive<B: AsRef<[u8]>>(mut self, response: &Response<B>) -> Result<Search<A>, A::Error> {
        if is_refusal(response.status())
            && let Some(next) = self.others.pop_front()
        {
            return Ok(Search::go_on(next, self.others));
        }
        self.awaiting.receive(response).map(Search::Found)
    }
}

impl<A: Awaiting> Sealed for Searching<A> {
    const AFTER_TRANSPORT_FAILURE: Remedy = A::AFTER_TRANSPORT_FAILURE;
}

impl<A: Awaiting> Awaiting for Searching<A> {
    type Output = Search<A>;
    type Error = A::Error;

    fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<Search<A>, A::Error> {
        Self::receive(self, response)
    }
}

impl<A> fmt::Debug for Searching<A> {
    /// Shows the addresses that are not asked yet.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Searching").field("others", &self.others).finish_non_exhaustive()
    }
}
