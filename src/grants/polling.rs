//! When to ask the token endpoint again, while the user decides on another device (RFC 8628 section 3.5, CIBA section 7.3). A
//! state machine over time, never a timer.

use std::time::Duration;

use crate::exchange::response::{OrInvalid, may_work_later};
use crate::exchange::{OAuthError, ResponseError};
use crate::ground::json::Object;
use crate::ground::vocabulary::OAuthErrorCode;
use crate::token_endpoint::{TokenError, read_lifetime};

/// When to ask again. Times are in whole seconds since the epoch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Polling {
    pub(super) expires_at: Duration,
    pub(super) interval: Duration,
    /// Not before.
    pub(super) next: Duration,
}

/// What to do at a moment.
pub(super) enum Due {
    Wait(Duration),
    Ask,
    Expired,
}

/// RFC 8628 section 3.2: where the provider says nothing.
const USUAL_INTERVAL: u32 = 5;

impl Polling {
    /// Begins with one interval of waiting: nobody decides at once.
    pub(super) fn new(began: Duration, expires_in: u32, interval: Option<u32>) -> Self {
        // At least a second: zero would stay zero, however often it doubles.
        let interval = Duration::from_secs(interval.unwrap_or(USUAL_INTERVAL).max(1).into());
        let expires_at = began.saturating_add(Duration::from_secs(expires_in.into()));
        Self { expires_at, interval, next: began.saturating_add(interval) }
    }

    /// Reads when to ask, and until when, out of the response that began it.
    pub(super) fn read(object: &mut Object<'_>, began: Duration) -> Result<Self, ResponseError> {
        let mut seconds = |field| object.take_raw(field).map(read_lifetime).transpose().or_invalid(field);
        let interval = seconds("interval")?;
        let expires_in = seconds("expires_in")?.ok_or(ResponseError::MissingField { field: "expires_in" })?;
        Ok(Self::new(began, expires_in, interval))
    }

    /// What is due. Where it is to ask, that counts as done: the next time is an interval away.
    pub(super) fn due(&mut self, now: Duration) -> Due {
        if now >= self.expires_at {
            return Due::Expired;
        }
        // A moment that is further away than the interval is from before a clock was set back.
        let wait = self.next.saturating_sub(now).min(self.interval);
        if !wait.is_zero() {
            return Due::Wait(wait);
        }
        self.next = now.saturating_add(self.interval);
        Due::Ask
    }

    /// Takes the failure of a request. Whether to go on.
    pub(super) fn failed(&mut self, failure: PollFailure, now: Duration) -> bool {
        const SLOWER: Duration = Duration::from_secs(5);
        match failure {
            PollFailure::Over => return false,
            PollFailure::Pending => {}
            PollFailure::SlowDown => self.interval = self.interval.saturating_add(SLOWER),
            // RFC 8628 section 3.5: exponential backoff.
            PollFailure::NotNow => self.interval = self.interval.saturating_mul(2),
        }
        self.next = now.saturating_add(self.interval);
        true
    }
}

/// What the failure of a poll means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PollFailure {
    /// The user has not decided.
    Pending,
    /// The provider wants to be asked less often.
    SlowDown,
    /// The network or the provider failed.
    NotNow,
    /// The login is over.
    Over,
}

impl PollFailure {
    pub(crate) fn of_token(error: &TokenError) -> Self {
        match error {
            TokenError::Provider { error, .. } if is(error, &OAuthErrorCode::AUTHORIZATION_PENDING) => Self::Pending,
            TokenError::Provider { error, .. } if is(error, &OAuthErrorCode::SLOW_DOWN) => Self::SlowDown,
            TokenError::Provider { status, .. }
            | TokenError::Response { source: ResponseError::Status { status }, .. }
                if may_work_later(*status) =>
            {
                Self::NotNow
            }
            // The user's decision stands; the request may be made, or signed, later.
            TokenError::DpopNonce { .. } | TokenError::Signing { .. } => Self::NotNow,
            _ => Self::Over,
        }
    }
}

fn is(error: &OAuthError, code: &OAuthErrorCode) -> bool {
    error.error() == code
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_clock_that_was_set_back_does_not_make_it_wait_for_long() {
        let mut polling = Polling::new(SECOND * 1000, 600, None);
        assert!(matches!(polling.due(SECOND * 10), Due::Wait(wait) if wait == SECOND * 5));
    }

    #[test]
    fn what_is_handed_out_and_never_reported_is_due_again_after_an_interval() {
        let mut polling = Polling::new(SECOND * 1000, 600, Some(7));
        assert!(matches!(polling.due(SECOND * 1007), Due::Ask));
        assert!(matches!(polling.due(SECOND * 1008), Due::Wait(wait) if wait == SECOND * 6));
        assert!(matches!(polling.due(SECOND * 1014), Due::Ask));
        assert!(matches!(polling.due(SECOND * 1600), Due::Expired));
    }

    #[test]
    fn an_interval_of_zero_is_no_leave_to_ask_without_end() {
        let mut polling = Polling::new(SECOND * 1000, 600, Some(0));
        assert!(matches!(polling.due(SECOND * 1000), Due::Wait(wait) if wait == SECOND));
        for _ in 0..4 {
            assert!(polling.failed(PollFailure::NotNow, SECOND * 1000));
        }
        assert!(matches!(polling.due(SECOND * 1000), Due::Wait(wait) if wait == SECOND * 16));
    }

    #[test]
    fn an_interval_that_doubles_without_end_ends_with_the_flow() {
        let mut polling = Polling::new(Duration::ZERO, u32::MAX, Some(u32::MAX));
        for _ in 0..200 {
            assert!(polling.failed(PollFailure::NotNow, SECOND));
        }
        assert!(matches!(polling.due(SECOND * u32::MAX), Due::Expired));
    }
}
