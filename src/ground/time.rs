//! Moments: inside the crate, the time since the epoch; in public, `SystemTime`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time since the epoch. A clock before the epoch counts as the epoch.
pub(crate) fn since_epoch(now: SystemTime) -> Duration {
    now.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The moment that is this long after the epoch. Where the system cannot express it, the end of the year 9999.
pub(crate) fn moment(since_epoch: Duration) -> SystemTime {
    const END_OF_9999: Duration = Duration::from_secs(253_402_300_799);
    let moment = UNIX_EPOCH.checked_add(since_epoch).or_else(|| UNIX_EPOCH.checked_add(END_OF_9999));
    moment.unwrap_or(UNIX_EPOCH)
}

/// How much longer to wait after failures, the last of them at `failed_at`: 5 seconds from the first, then twice as long each time,
/// up to 5 minutes. A moment in the future, from before a clock was set back, is as far away as one in the past.
pub(crate) fn back_off(failures: u32, failed_at: Duration, now: Duration) -> Duration {
    const FIRST_PAUSE: Duration = Duration::from_secs(5);
    const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);
    let Some(doublings) = failures.checked_sub(1) else {
        return Duration::ZERO;
    };
    let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_PAUSE);
    pause.saturating_sub(now.abs_diff(failed_at))
}
