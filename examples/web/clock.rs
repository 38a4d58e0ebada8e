//! The time, for everything that depends on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// The system's clock. A test can move it ahead; its clones move with it.
#[derive(Clone, Default)]
pub struct Clock {
    /// By how many seconds.
    ahead: Arc<AtomicU64>,
}

impl Clock {
    pub fn now(&self) -> SystemTime {
        SystemTime::now() + self.ahead()
    }

    pub fn instant(&self) -> Instant {
        Instant::now() + self.ahead()
    }

    pub fn move_ahead(&self, by: Duration) {
        self.ahead.fetch_add(by.as_secs(), Ordering::Relaxed);
    }

    fn ahead(&self) -> Duration {
        Duration::from_secs(self.ahead.load(Ordering::Relaxed))
    }
}
