//! Where signed-in users are kept: in the memory of the one process. The application of axum has Redis for several.

use std::time::SystemTime;

use oidc_proto::{BoxError, LogoutToken};

pub use crate::web::kept::{Ended, Key, SignedIn};
use crate::web::memory::Memory;

/// It answers at once; one that several processes share does not.
#[derive(Default)]
pub struct Store(Memory);

impl Store {
    /// Keeps a user who has signed in.
    pub fn begin(&self, key: &Key, signed_in: SignedIn, now: SystemTime) {
        self.0.save(key, None, signed_in, now);
    }

    /// The user, unless the session has ended.
    #[expect(clippy::unused_async, reason = "what the shared part expects of any store")]
    pub async fn read(&self, key: &Key, now: SystemTime) -> Result<Option<SignedIn>, BoxError> {
        Ok(self.0.read(key).filter(|signed_in| !signed_in.user.signed_in_too_long_ago(now)))
    }

    /// Replaces what had this generation: says whether it did.
    #[expect(clippy::unused_async, reason = "what the shared part expects of any store")]
    pub async fn replace(
        &self,
        key: &Key,
        generation: u64,
        signed_in: SignedIn,
        now: SystemTime,
    ) -> Result<bool, BoxError> {
        Ok(self.0.save(key, Some(generation), signed_in, now))
    }

    /// Signs the user out.
    pub fn end(&self, key: &Key) {
        self.0.end(key);
    }

    /// Ends the sessions that a verified logout token of this provider names, where it comes for the first time.
    #[expect(clippy::unused_async, reason = "what the shared part expects of any store")]
    pub async fn end_all(&self, provider: &str, token: &LogoutToken, now: SystemTime) -> Result<Ended, BoxError> {
        Ok(self.0.end_all(provider, token, now))
    }
}
