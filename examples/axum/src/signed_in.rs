//! Where signed-in users are kept.

mod redis;
#[cfg(test)]
mod tests;

use std::time::SystemTime;

use oidc_proto::{BoxError, LogoutToken};
use tower_sessions::session::Id;
use tower_sessions_redis_store::fred::prelude::Pool;

pub use crate::web::kept::{Ended, Key, SignedIn};
use crate::web::memory::Memory;

impl Key {
    pub fn random() -> Self {
        Self(Id::default().to_string())
    }
}

/// Where signed-in users are kept.
pub enum Store {
    Memory(Memory),
    Redis(redis::Redis),
    /// In the browser: tokens have no room in a cookie, and nobody but the browser can end what is in it.
    Nowhere,
}

impl Store {
    pub fn memory() -> Self {
        Self::Memory(Memory::default())
    }

    pub fn redis(pool: Pool) -> Self {
        Self::Redis(redis::Redis::new(pool))
    }

    /// Whether there is a place for tokens.
    pub fn keeps(&self) -> bool {
        !matches!(self, Self::Nowhere)
    }

    /// Keeps a user who has signed in.
    pub async fn begin(&self, key: &Key, signed_in: SignedIn, now: SystemTime) -> Result<(), BoxError> {
        self.save(key, None, signed_in, now).await.map(drop)
    }

    /// The user, unless the session has ended. What this version cannot read has ended too.
    pub async fn read(&self, key: &Key, now: SystemTime) -> Result<Option<SignedIn>, BoxError> {
        let found = match self {
            Self::Memory(memory) => memory.read(key),
            Self::Redis(redis) => redis.read(key).await?,
            Self::Nowhere => None,
        };
        Ok(found.filter(|signed_in| !signed_in.user.signed_in_too_long_ago(now)))
    }

    /// Replaces what had this generation. Says whether it did: it does nothing where another process was faster, or where the
    /// session has ended.
    pub async fn replace(
        &self,
        key: &Key,
        generation: u64,
        signed_in: SignedIn,
        now: SystemTime,
    ) -> Result<bool, BoxError> {
        self.save(key, Some(generation), signed_in, now).await
    }

    async fn save(
        &self,
        key: &Key,
        generation: Option<u64>,
        signed_in: SignedIn,
        now: SystemTime,
    ) -> Result<bool, BoxError> {
        match self {
            Self::Memory(memory) => Ok(memory.save(key, generation, signed_in, now)),
            Self::Redis(redis) => redis.save(key, generation, &signed_in, now).await,
            Self::Nowhere => Ok(false),
        }
    }

    /// Signs the user out, in all processes.
    pub async fn end(&self, key: &Key) -> Result<(), BoxError> {
        match self {
            Self::Memory(memory) => memory.end(key),
            Self::Redis(redis) => redis.end(key).await?,
            Self::Nowhere => {}
        }
        Ok(())
    }

    /// Ends the sessions that a verified logout token of this provider names, in all processes, where it comes for the first
    /// time.
    pub async fn end_all(&self, provider: &str, token: &LogoutToken, now: SystemTime) -> Result<Ended, BoxError> {
        match self {
            Self::Memory(memory) => Ok(memory.end_all(provider, token, now)),
            Self::Redis(redis) => redis.end_all(provider, token, now).await,
            Self::Nowhere => Ok(Ended::CannotBe),
        }
    }
}
