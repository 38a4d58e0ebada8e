//! When to fetch a provider's keys again: a state machine over time, never a timer.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::client::Client;
use crate::exchange::RoundTrip;
use crate::ground::stored::{self, StoredForm};
use crate::ground::time::{back_off, since_epoch};
use crate::jose::JwkSet;
use crate::keys::fetch::{AwaitingKeys, KeysError, is_for};
use crate::keys::unverified::Unverified;

/// The keys of one provider, and when to fetch them again (OpenID Connect Core 1.0 section 10.1.1).
///
/// It fetches when there are no keys yet; when they are older than the provider's `Cache-Control` allows (held between
/// 5 minutes and 24 hours; an hour where it says nothing); and when a token names a key that is not among them, or
/// names no key and none of them made its signature. The last happens once a minute at most, so that forged tokens
/// cannot make it overload the provider. A fetch is handed out once, until its result is reported with
/// [`store`](Self::store) or [`fetch_failed`](Self::fetch_failed). While fetches fail, old keys serve for 24 hours
/// beyond their time.
///
/// [`UnverifiedTokens::verify_with`](crate::UnverifiedTokens::verify_with) does all of it for a caller with a closure.
///
/// It serializes with serde, with a version, so that processes can share it. One cache serves one provider: keys that were
/// fetched for another are not used.
#[derive(Clone, Default)]
pub struct KeyCache {
    keys: Option<JwkSet>,
    /// When the keys were stored, since the epoch.
    stored_at: Duration,
    /// When a fetch was handed out whose result was not reported, since the epoch.
    fetching_since: Option<Duration>,
    /// When a key that is not in the set last made it fetch, since the epoch.
    unknown_key_at: Option<Duration>,
    /// When the last fetch failed, since the epoch.
    failed_at: Duration,
    /// How many fetches have failed since the last that did not.
    failures: u32,
}

/// What to do for the keys to verify with.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "there is nothing else to do, and a caller handles each")]
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it is made, and never stored")]
pub enum KeysFor {
    /// Verify with these.
    Use(JwkSet),
    /// Fetch them, and report the result with [`KeyCache::store`] or [`KeyCache::fetch_failed`].
    Fetch(RoundTrip<AwaitingKeys>),
    /// There are no keys that may serve, and another caller is fetching them. It counts as lost after this time: ask again
    /// then, or sooner.
    Fetching(Duration),
    /// There are no keys that may serve, and a fetch has failed a moment ago. Do not hold the user up: ask again after this
    /// time.
    Unavailable(Duration),
}

impl KeyCache {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The keys to verify this with, or how to get them.
    ///
    /// # Errors
    ///
    /// [`KeysError::NoJwksUri`] when keys are needed, and the provider's metadata does not say where they are.
    pub fn keys_for(&mut self, unverified: &impl Unverified, now: SystemTime) -> Result<KeysFor, KeysError> {
        let Some(signed) = unverified.signed().filter(|signed| signed.needs_keys()) else {
            // Nothing is signed, or the client secret is the key.
            return Ok(KeysFor::Use(JwkSet::default()));
        };
        self.next(unverified.client(), now, |keys| signed.needs_newer_keys(keys))
    }

    /// The keys of the client's provider, before there is anything to verify: at the start of a program, and before the
    /// code of a login is sent. Where there are no keys, the code is then not used up.
    ///
    /// # Errors
    ///
    /// [`KeysError::NoJwksUri`] when the provider's metadata does not say where its keys are.
    pub fn prefetch(&mut self, client: &Client, now: SystemTime) -> Result<KeysFor, KeysError> {
        self.next(client, now, |_| false)
    }

    fn next(
        &mut self,
        client: &Client,
        now: SystemTime,
        needs_newer: impl FnOnce(&JwkSet) -> bool,
    ) -> Result<KeysFor, KeysError> {
        let now = since_epoch(now);
        let keys = self.keys.clone().filter(|keys| is_for(keys, client));
        let age = now.abs_diff(self.stored_at);
        let asked_lately = self.unknown_key_at.is_some_and(|at| now.abs_diff(at) < UNKNOWN_KEY_INTERVAL);
        let unknown_key = !asked_lately && keys.as_ref().is_some_and(needs_newer);
        if let Some(keys) = &keys
            && age < lifetime(keys)
            && !unknown_key
        {
            return Ok(KeysFor::Use(keys.clone()));
        }
        let (under_way, back_off) = (self.until_lost(now), back_off(self.failures, self.failed_at, now));
        if under_way.is_zero() && back_off.is_zero() {
            let fetch = client.fetch_keys()?;
            // Another provider's keys are not kept: a failure would bring them back.
            self.keys = keys;
            self.fetching_since = Some(now);
            if unknown_key {
                self.unknown_key_at = Some(now);
            }
            return Ok(KeysFor::Fetch(fetch));
        }
        match keys {
            Some(keys) if age < lifetime(&keys).saturating_add(LONGEST_OVERTIME) => Ok(KeysFor::Use(keys)),
            _ if back_off > under_way => Ok(KeysFor::Unavailable(back_off)),
            _ => Ok(KeysFor::Fetching(under_way)),
        }
    }

    /// Keeps the keys that were fetched, and hands them back.
    pub fn store(&mut self, keys: JwkSet, now: SystemTime) -> JwkSet {
        self.keys = Some(keys.clone());
        self.stored_at = since_epoch(now);
        self.fetching_since = None;
        self.failures = 0;
        keys
    }

    /// Notes that a fetch has failed. The next one waits, longer each time, from 5 seconds up to 5 minutes. The old keys are
    /// kept: ask [`keys_for`](Self::keys_for) again whether they still serve.
    pub fn fetch_failed(&mut self, now: SystemTime) {
        self.fetching_since = None;
        self.failed_at = since_epoch(now);
        self.failures = self.failures.saturating_add(1);
    }

    /// The keys that are held, however old.
    #[must_use]
    pub fn keys(&self) -> Option<&JwkSet> {
        self.keys.as_ref()
    }

    /// How long a fetch that was handed out may still be under way. One whose process died is forgotten. A moment in the
    /// future, from before a clock was set back, is as far away as one in the past.
    fn until_lost(&self, now: Duration) -> Duration {
        self.fetching_since.map_or(Duration::ZERO, |since| LOST_FETCH.saturating_sub(now.abs_diff(since)))
    }
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyCache")
            .field("keys", &self.keys)
            .field("stored_at", &self.stored_at)
            .field("fetching_since", &self.fetching_since)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}

/// How often a token that names an unknown key makes the cache fetch.
const UNKNOWN_KEY_INTERVAL: Duration = Duration::from_secs(60);
/// After this time, a fetch whose result was not reported counts as lost.
const LOST_FETCH: Duration = Duration::from_secs(60);
const SHORTEST_LIFETIME: Duration = Duration::from_secs(5 * 60);
const USUAL_LIFETIME: Duration = Duration::from_secs(60 * 60);
const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How long old keys serve beyond their time, while fetches fail.
const LONGEST_OVERTIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the keys serve before they are fetched again.
fn lifetime(keys: &JwkSet) -> Duration {
    keys.max_age().unwrap_or(USUAL_LIFETIME).clamp(SHORTEST_LIFETIME, LONGEST_LIFETIME)
}

/// The stored form; times are whole seconds since the epoch. The keys are kept as the text of their document, so that what
/// was refused in it stays refused.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    #[serde(deserialize_with = "Option::deserialize")]
    keys: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    max_age: Option<u64>,
    #[serde(deserialize_with = "Option::deserialize")]
    source: Option<String>,
    stored_at: u64,
    #[serde(deserialize_with = "Option::deserialize")]
    fetching_since: Option<u64>,
    #[serde(deserialize_with = "Option::deserialize")]
    unknown_key_at: Option<u64>,
    failed_at: u64,
    failures: u32,
}

impl StoredForm for Stored {
    type Of = KeyCache;
    const WHAT: &'static str = "a key cache";
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.version
    }

    fn open(self) -> Result<KeyCache, &'static str> {
        let max_age = self.max_age.map(Duration::from_secs);
        let keys = self.keys.map(|json| JwkSet::read(json, max_age, self.source)).transpose();
        Ok(KeyCache {
            keys: keys.map_err(|_| "the document of the key set cannot be read")?,
            stored_at: Duration::from_secs(self.stored_at),
            fetching_since: self.fetching_since.map(Duration::from_secs),
            unknown_key_at: self.unknown_key_at.map(Duration::from_secs),
            failed_at: Duration::from_secs(self.failed_at),
            failures: self.failures,
        })
    }
}

impl Serialize for KeyCache {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored {
            version: Stored::VERSION,
            keys: self.keys.as_ref().map(|keys| keys.json().to_owned()),
            max_age: self.keys.as_ref().and_then(JwkSet::max_age).map(|max_age| max_age.as_secs()),
            source: self.keys.as_ref().and_then(JwkSet::source).map(str::to_owned),
            stored_at: self.stored_at.as_secs(),
            fetching_since: self.fetching_since.map(|since| since.as_secs()),
            unknown_key_at: self.unknown_key_at.map(|at| at.as_secs()),
            failed_at: self.failed_at.as_secs(),
            failures: self.failures,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for KeyCache {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        stored::read::<Stored, D>(deserializer)
    }
}
