//! Signed-in users in the memory of the one process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use oidc_proto::{LogoutReplays, LogoutToken};

use super::kept::{Ended, Key, SignedIn};

#[derive(Default)]
pub struct Memory(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    users: BTreeMap<Key, SignedIn>,
    replays: LogoutReplays,
}

impl Memory {
    pub fn read(&self, key: &Key) -> Option<SignedIn> {
        self.kept().users.get(key).cloned()
    }

    pub fn save(&self, key: &Key, generation: Option<u64>, signed_in: SignedIn, now: SystemTime) -> bool {
        let mut kept = self.kept();
        if kept.users.get(key).map(|kept| kept.session.generation()) != generation {
            return false;
        }
        if generation.is_none() {
            kept.users.retain(|_, kept| !kept.user.signed_in_too_long_ago(now));
        }
        kept.users.insert(key.clone(), signed_in);
        true
    }

    pub fn end(&self, key: &Key) {
        self.kept().users.remove(key);
    }

    pub fn end_all(&self, provider: &str, token: &LogoutToken, now: SystemTime) -> Ended {
        let mut kept = self.kept();
        if !kept.replays.first_time(token, now) {
            return Ended::CameBefore;
        }
        let before = kept.users.len();
        kept.users.retain(|_, kept| kept.user.provider != provider || !kept.session.is_ended_by(token));
        Ended::Sessions(before.saturating_sub(kept.users.len()))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
