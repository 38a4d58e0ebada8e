//! What the failure of a poll means for a login on another device.

use crate::exchange::TransportError;
use crate::grants::polling::PollFailure;
use crate::token_endpoint::TokenError;

/// Why a poll failed: [`TokenError`], [`TransportError`], or either as an [`Error`](crate::Error). It is sealed.
pub trait DeviceFailure: sealed::Sealed {}

impl DeviceFailure for TokenError {}

impl DeviceFailure for TransportError {}

pub(crate) mod sealed {
    /// Keeps [`DeviceFailure`](super::DeviceFailure) to this crate.
    pub trait Sealed {
        /// What it means.
        fn poll_failure(&self) -> super::PollFailure;
    }
}

impl sealed::Sealed for TokenError {
    fn poll_failure(&self) -> PollFailure {
        PollFailure::of_token(self)
    }
}

impl sealed::Sealed for TransportError {
    fn poll_failure(&self) -> PollFailure {
        PollFailure::NotNow
    }
}
