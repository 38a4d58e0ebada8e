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
