//! When to fetch a provider's keys again: a state machine over time, never a timer.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::code_flow::UnverifiedTokens;
use crate::id_token::since_epoch;
use crate::jose::SignatureAlgorithm;
use crate::keys::{AwaitingKeys, JwkSet, KeysError};
use crate::round_trip::RoundTrip;

/// The keys of one provider, and when to fetch them again (OpenID Connect Core 1.0 section 10.1.1).
///
/// A fetch is wanted when there are no keys yet; when they are older than the provider's `Cache-Control` allows (held between
/// 5 minutes and 24 hours; an hour where it says nothing); and when a token names a key that is not among them, or names none
/// and none of them made it, once a minute at most, so that forged tokens cannot make it hammer the provider. A fetch is handed
/// out once, until it is reported on with [`store`](Self::store) or [`fetch_failed`](Self::fetch_failed): no stampede. While
/// there are old keys, they serve.
///
/// The [front page](crate#the-providers-keys) shows it in use.
///
/// It serializes with serde, so that processes can share it. One cache serves one provider: keys that were fetched for another
/// count as none.
#[derive(Clone, Default)]
pub struct KeyCache {
    keys: Option<JwkSet>,
    /// When the keys were stored, since the epoch.
    stored_at: Duration,
    /// When a fetch was handed out that has not been reported on, since the epoch.
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
    /// Fetch them, and report with [`KeyCache::store`] or [`KeyCache::fetch_failed`].
    Fetch(RoundTrip<AwaitingKeys>),
    /// There are none, and somebody else is fetching them, or a fetch has failed: ask again after this time at the latest.
    Wait(Duration),
}

impl KeyCache {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The keys to verify these tokens with, or how to get them.
    ///
    /// # Errors
    ///
    /// [`KeysError::NoJwksUri`] when keys are needed, and the provider's metadata does not say where they are.
    pub fn keys_for(&mut self, unverified: &UnverifiedTokens, now: SystemTime) -> Result<KeysFor, KeysError> {
        let now = since_epoch(now);
        let client = unverified.client();
        if client.id_token_algorithms().iter().all(|algorithm| SignatureAlgorithm::is_symmetric(*algorithm)) {
            // The client secret is the key.
            return Ok(KeysFor::Use(JwkSet::default()));
        }
        let keys = self.keys.clone().filter(|keys| keys.may_serve(client));
        let mut unknown_key = false;
        if let Some(keys) = &keys {
            let asked_lately = self.unknown_key_at.is_some_and(|at| now.abs_diff(at) < UNKNOWN_KEY_INTERVAL);
            unknown_key = !asked_lately && unverified.asks_for_other_keys_than(keys);
            let old = now.abs_diff(self.stored_at) >= lifetime(keys);
            if !(old || unknown_key) {
                return Ok(KeysFor::Use(keys.clone()));
            }
        }
        let wait = self.time_to_next_fetch(now);
        match keys {
            _ if wait.is_zero() => {
                let fetch = client.fetch_keys()?;
                // Another provider's are not kept: a failure would hand them back.
                self.keys = keys;
                self.fetching_since = Some(now);
                if unknown_key {
                    self.unknown_key_at = Some(now);
                }
                Ok(KeysFor::Fetch(fetch))
            }
            Some(keys) => Ok(KeysFor::Use(keys)),
            None => Ok(KeysFor::Wait(wait)),
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

    /// Notes that a fetch has failed: the next one waits, longer each time, from 5 seconds up to 5 minutes. The old keys are
    /// kept, and handed back where there are any.
    pub fn fetch_failed(&mut self, now: SystemTime) -> Option<JwkSet> {
        self.fetching_since = None;
        self.failed_at = since_epoch(now);
        self.failures = self.failures.saturating_add(1);
        self.keys.clone()
    }

    /// The keys that are held, however old.
    #[must_use]
    pub fn keys(&self) -> Option<&JwkSet> {
        self.keys.as_ref()
    }

    /// Zero when a fetch may be handed out. A moment in the future, of before a clock was set back, is as far away as one in
    /// the past.
    fn time_to_next_fetch(&self, now: Duration) -> Duration {
        let under_way = self.fetching_since.map_or(Duration::ZERO, |since| {
            // One that was never reported on, because its process died, is forgotten.
            LOST_FETCH.saturating_sub(now.abs_diff(since))
        });
        let back_off = match self.failures {
            0 => Duration::ZERO,
            failures => {
                let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
                pause.min(LONGEST_PAUSE).saturating_sub(now.abs_diff(self.failed_at))
            }
        };
        under_way.max(back_off)
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
/// After this time, a fetch that was not reported on counts as lost.
const LOST_FETCH: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);
const SHORTEST_LIFETIME: Duration = Duration::from_secs(5 * 60);
const USUAL_LIFETIME: Duration = Duration::from_secs(60 * 60);
const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the keys serve before they are fetched again.
fn lifetime(keys: &JwkSet) -> Duration {
    keys.0.max_age.unwrap_or(USUAL_LIFETIME).clamp(SHORTEST_LIFETIME, LONGEST_LIFETIME)
}

const VERSION: u32 = 1;

/// The stored form; times are whole seconds since the epoch. The keys are kept as the text of their document, so that what
/// was refused in it stays refused.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    keys: Option<String>,
    max_age: Option<u64>,
    source: Option<String>,
    stored_at: u64,
    fetching_since: Option<u64>,
    unknown_key_at: Option<u64>,
    failed_at: u64,
    failures: u32,
}

impl Serialize for KeyCache {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored {
            version: VERSION,
            keys: self.keys.as_ref().map(|keys| keys.0.json.clone()),
            max_age: self.keys.as_ref().and_then(|keys| keys.0.max_age).map(|max_age| max_age.as_secs()),
            source: self.keys.as_ref().and_then(|keys| keys.0.source.clone()),
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
        let stored = Stored::deserialize(deserializer)?;
        if stored.version != VERSION {
            return Err(D::Error::custom("the keys were stored by another version"));
        }
        let max_age = stored.max_age.map(Duration::from_secs);
        let keys = stored.keys.map(|json| JwkSet::read(json, max_age, stored.source)).transpose();
        let keys = keys.map_err(|problem| D::Error::custom(KeysError::from(problem)))?;
        Ok(Self {
            keys,
            stored_at: Duration::from_secs(stored.stored_at),
            fetching_since: stored.fetching_since.map(Duration::from_secs),
            unknown_key_at: stored.unknown_key_at.map(Duration::from_secs),
            failed_at: Duration::from_secs(stored.failed_at),
            failures: stored.failures,
        })
    }
}
