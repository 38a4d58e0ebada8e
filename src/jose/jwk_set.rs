//! A JWK Set (RFC 7517 section 5), and the choice of a key in it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::ground::json::{self, Object, ObjectError};
use crate::ground::stored::{self, StoredForm};
use crate::jose::algorithm::SignatureAlgorithm;
use crate::jose::error::{JwtError, TriedKey};
use crate::jose::jwk::Jwk;
use crate::jose::jws::Jws;

/// A provider's keys (JWK Set, RFC 7517 section 5), ready to verify with. Cloning it is cheap.
///
/// Keys of a kind that is not understood are skipped, as the RFC says; so is a key that lacks a member, has a duplicate one,
/// or has a private one (whoever fetched the set could sign with it).
///
/// It serializes with serde, with a version, and remembers where it was fetched: keys of one provider verify nothing of
/// another's. [`from_json`](Self::from_json) reads a JWK Set document.
#[derive(Clone, Default)]
pub struct JwkSet(Arc<Inner>);

#[derive(Default)]
struct Inner {
    keys: Vec<Jwk>,
    /// The document that they came from.
    json: String,
    /// How long the response said that it may be kept.
    max_age: Option<Duration>,
    /// Where they were fetched; `None` where they came another way.
    source: Option<String>,
}

impl JwkSet {
    /// Reads a document, with what its response said and where it came from.
    pub(crate) fn read(json: String, max_age: Option<Duration>, source: Option<String>) -> Result<Self, ObjectError> {
        let mut object = Object::parse(&json)?;
        let keys = object.take_raw("keys").ok_or(ObjectError::Missing("keys"))?;
        let keys: Vec<&RawValue> = json::read(keys).map_err(|_| ObjectError::WrongKind("keys"))?;
        let keys = keys.into_iter().filter_map(|key| Jwk::parse(key.get())).collect();
        Ok(Self(Arc::new(Inner { keys, json, max_age, source })))
    }

    /// How many of the keys can verify signatures: of a known kind, not meant for something else, and not too small or too
    /// large (RSA 2048 to 8192 bits).
    #[must_use]
    pub fn usable_keys(&self) -> usize {
        self.0.keys.iter().filter(|key| key.is_usable()).count()
    }

    /// The document that the keys came from.
    pub(crate) fn json(&self) -> &str {
        &self.0.json
    }

    /// How long the response said that the keys may be kept.
    pub(crate) fn max_age(&self) -> Option<Duration> {
        self.0.max_age
    }

    /// Where the keys were fetched; `None` where they came another way.
    pub(crate) fn source(&self) -> Option<&str> {
        self.0.source.as_deref()
    }

    /// Whether both are the same set, not only equal.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether a key of the set has this `kid`.
    pub(crate) fn has_kid(&self, kid: &str) -> bool {
        self.0.keys.iter().any(|key| key.kid() == Some(kid))
    }

    /// Verifies a signature (OpenID Connect Core 3.1.3.7 step 6, 10.1): with the keys that have the token's `kid`, or, where
    /// it names none, with every key that fits. `may_serve` says which keys may sign such a token at all.
    pub(crate) fn verify(
        &self,
        jws: &Jws<'_>,
        algorithm: SignatureAlgorithm,
        may_serve: impl Fn(&Jwk) -> bool,
    ) -> Result<(), JwtError> {
        let kid = jws.kid.as_deref();
        let named = || self.0.keys.iter().filter(|key| kid.is_none() || key.kid() == kid);
        let mut fitting = named().filter(|key| may_serve(key)).filter_map(|key| key.fit_for(algorithm)).peekable();
        if fitting.peek().is_none() {
            // A key of that name is there and cannot do this: fetching the set again would not help.
            let unusable = kid.is_some() && named().next().is_some();
            return Err(if unusable { JwtError::UnusableKey } else { JwtError::UnknownKey });
        }
        let message = jws.signing_input.as_bytes();
        if fitting.take(KEYS_TRIED).any(|key| key.verify(algorithm, message, &jws.signature)) {
            return Ok(());
        }
        // Without a kid, the right key may be one that the provider has had only since.
        Err(JwtError::BadSignature { key: if kid.is_some() { TriedKey::Named } else { TriedKey::Unnamed } })
    }
}

/// How many keys are tried for one signature: each costs as much as a login.
const KEYS_TRIED: usize = 32;

impl fmt::Debug for JwkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0.keys).finish()
    }
}

/// The stored form. The keys are kept as the text of their document, so that what was refused in it stays refused.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored<'a> {
    version: u32,
    keys: Cow<'a, str>,
    /// In seconds.
    #[serde(deserialize_with = "Option::deserialize")]
    max_age: Option<u64>,
    #[serde(deserialize_with = "Option::deserialize")]
    source: Option<Cow<'a, str>>,
}

impl StoredForm for Stored<'_> {
    type Of = JwkSet;
    const WHAT: &'static str = "a key set";
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.version
    }

    fn open(self) -> Result<JwkSet, &'static str> {
        let (max_age, source) = (self.max_age.map(Duration::from_secs), self.source.map(Cow::into_owned));
        JwkSet::read(self.keys.into_owned(), max_age, source).map_err(|_| "the document of the key set cannot be read")
    }
}

impl Serialize for JwkSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored {
            version: Stored::VERSION,
            keys: Cow::Borrowed(&self.0.json),
            max_age: self.0.max_age.map(|max_age| max_age.as_secs()),
            source: self.source().map(Cow::Borrowed),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JwkSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        stored::read::<Stored<'_>, D>(deserializer)
    }
}

const _: fn() = || {
    fn goes_between_threads<T: Send + Sync>() {}
    goes_between_threads::<JwkSet>();
};
