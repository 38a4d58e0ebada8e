//! Which logout tokens came before (OpenID Connect Back-Channel Logout 1.0 section 2.6 step 8).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::after_login::logout::token::LogoutToken;
use crate::ground::base64url;
use crate::ground::stored::{self, StoredForm};
use crate::ground::time::since_epoch;
use crate::jose::Hash;

/// The logout tokens that came before: each is accepted once.
///
/// A token is remembered for as long as verification would accept it again. At most [`LIMIT`](Self::LIMIT) are
/// remembered; the one whose time ends first is forgotten first. Only a hash of each is kept, so the size is bounded
/// too: 400 kB when it is stored as JSON.
///
/// It serializes with serde, with a version, so that processes can share it. One value may serve several clients and providers.
/// Store it once the session has ended: after a [failure](crate::LogoutAnswer::Failed) the provider may send the token again.
#[derive(Clone, Default)]
pub struct LogoutReplays {
    /// The second, since the epoch, in which the time of each ends. Trees: neither finding one nor forgetting one takes
    /// longer than the logarithm of their number.
    until: BTreeMap<Fingerprint, u64>,
    /// The same, the one that is forgotten first at the front.
    order: BTreeSet<(u64, Fingerprint)>,
}

/// What tells a token from all others, however long its claims are.
type Fingerprint = [u8; 16];

impl LogoutReplays {
    /// How many tokens are remembered.
    pub const LIMIT: usize = 10_000;

    /// No token came yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers this token. `true`: it came for the first time. `false`: it came before, or verification would no
    /// longer accept it at `now`, so nobody remembers whether it came.
    #[must_use = "a token that came before ends no session"]
    pub fn first_time(&mut self, token: &LogoutToken, now: SystemTime) -> bool {
        let (now, usable_until) = (since_epoch(now), since_epoch(token.usable_until()));
        self.forget_before(now.as_secs());
        let fingerprint = fingerprint(token);
        if now > usable_until || self.until.contains_key(&fingerprint) {
            return false;
        }
        // Room first, so that the new one is not what goes.
        self.shrink_to(Self::LIMIT.saturating_sub(1));
        self.remember(fingerprint, usable_until.as_secs());
        true
    }

    /// How many tokens are remembered now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.until.len()
    }

    /// Whether no token is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.until.is_empty()
    }

    fn remember(&mut self, fingerprint: Fingerprint, until: u64) {
        if let Some(before) = self.until.insert(fingerprint, until) {
            self.order.remove(&(before, fingerprint));
        }
        self.order.insert((until, fingerprint));
    }

    /// Forgets the tokens whose last second is over, and with it their time.
    fn forget_before(&mut self, now: u64) {
        while self.order.first().is_some_and(|(until, _)| *until < now) {
            self.forget_first();
        }
    }

    fn shrink_to(&mut self, limit: usize) {
        while self.order.len() > limit {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, fingerprint)) = self.order.pop_first() {
            self.until.remove(&fingerprint);
        }
    }
}

impl fmt::Debug for LogoutReplays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutReplays").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// A `jti` is unique at its issuer; nobody promises that it is so among several clients. A length before each part keeps two lists of
/// parts apart.
fn fingerprint(token: &LogoutToken) -> Fingerprint {
    let parts = [token.iss(), token.client_id(), token.jti()].map(|part| format!("{}:{part}", part.len()));
    let digest = Hash::Sha256.digest(&parts.concat());
    digest.first_chunk().copied().unwrap_or_default()
}

/// The stored form: of each token, the fingerprint in base64url, and until when it is remembered, in whole seconds since the
/// epoch.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    seen: Vec<(String, u64)>,
}

impl StoredForm for Stored {
    type Of = LogoutReplays;
    const WHAT: &'static str = "a list of received logout tokens";
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.version
    }

    fn open(self) -> Result<LogoutReplays, &'static str> {
        let mut replays = LogoutReplays::default();
        for (fingerprint, until) in self.seen {
            let bytes = base64url::decode(&fingerprint).and_then(|bytes| bytes.try_into().ok());
            replays.remember(bytes.ok_or("a fingerprint of a logout token cannot be read")?, until);
        }
        replays.shrink_to(LogoutReplays::LIMIT);
        Ok(replays)
    }
}

impl Serialize for LogoutReplays {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let seen = self.order.iter().map(|(until, fingerprint)| (base64url::encode(fingerprint), *until));
        Stored { version: Stored::VERSION, seen: seen.collect() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for LogoutReplays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        stored::read::<Stored, D>(deserializer)
    }
}
