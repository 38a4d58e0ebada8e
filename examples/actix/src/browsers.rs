//! What is kept of each browser, by the id in its cookie.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use oidc_proto::BoxError;

use crate::web::session::{SIGNED_IN_FOR, Session};

/// The sessions of all browsers.
#[derive(Default)]
pub struct Browsers(Mutex<BTreeMap<String, Kept>>);

/// As JSON, as a store outside of the process has it.
struct Kept {
    session: String,
    since: SystemTime,
}

impl Browsers {
    /// The session of this id; an empty one where there is none.
    pub fn read(&self, id: &str, now: SystemTime) -> Session {
        let kept = self.kept();
        let session = kept.get(id).filter(|kept| !kept.is_old(now)).map(|kept| &*kept.session);
        session.and_then(|session| serde_json::from_str(session).ok()).unwrap_or_default()
    }

    /// Keeps a session under this id.
    pub fn keep(&self, id: &str, session: &Session, now: SystemTime) -> Result<(), BoxError> {
        let session = serde_json::to_string(session)?;
        let mut kept = self.kept();
        kept.retain(|_, kept| !kept.is_old(now));
        kept.insert(id.to_owned(), Kept { session, since: now });
        Ok(())
    }

    pub fn forget(&self, id: &str) {
        self.kept().remove(id);
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn is_old(&self, now: SystemTime) -> bool {
        now.duration_since(self.since).is_ok_and(|age| age > SIGNED_IN_FOR)
    }
}

/// An id that nobody can guess.
pub fn random_id() -> Result<String, BoxError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    let mut id = String::new();
    for byte in bytes {
        write!(id, "{byte:02x}")?;
    }
    Ok(id)
}
