//! A request that the provider wants once more, with a nonce in its proof (RFC 9449 section 8).

use std::any::Any;
use std::fmt;

use crate::exchange::round_trip::RoundTrip;

/// A request that the provider wants once more, with what awaits its response: in the error that says so. The `again`
/// of the state that awaited the first response takes it out, such as
/// [`AwaitingTokens::again`](crate::AwaitingTokens::again).
#[must_use = "the request is to be sent again"]
pub struct Again(Box<dyn Any + Send + Sync>);

impl Again {
    pub(crate) fn new<A: Send + Sync + 'static>(round_trip: RoundTrip<A>) -> Self {
        Self(Box::new(round_trip))
    }

    /// The round trip, where it is one of this state.
    pub(crate) fn into_round_trip<A: 'static>(self) -> Result<RoundTrip<A>, Self> {
        self.0.downcast().map(|round_trip| *round_trip).map_err(Self)
    }
}

impl fmt::Debug for Again {
    /// The request may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Again").finish_non_exhaustive()
    }
}
