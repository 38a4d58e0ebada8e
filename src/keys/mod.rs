//! The provider's keys: a JWK Set, and the choice of a key in it (RFC 7517, OpenID Connect Core 1.0 section 10.1).

mod cache;
mod jwk;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::CACHE_CONTROL;
use http::{HeaderMap, Response, StatusCode};
use serde_json::value::RawValue;

use crate::client::Client;
use crate::error::Remedy;
use crate::id_token::IdTokenError;
use crate::jose::{Jws, SignatureAlgorithm};
use crate::json::{self, Object};
use crate::response::{ResponseProblem, from_response_problem, read_text, remedy_of_status};
use crate::round_trip::{Awaiting, sealed};

pub use cache::{KeyCache, KeysFor};
pub(crate) use jwk::Curve;
use jwk::Jwk;
#[cfg(all(test, feature = "aws-lc-rs", feature = "rust-crypto"))]
pub(crate) use jwk::is_sound_rsa;

/// A provider's keys (JWK Set, RFC 7517 section 5), ready to verify with. Cloning it is cheap.
///
/// Keys of a kind that is not understood are skipped, as the RFC has it; so is a key that lacks a member, or has one twice.
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
    /// Reads a JWK Set that did not come by [`Client::fetch_keys`](crate::Client::fetch_keys): out of a file, or a store.
    ///
    /// # Errors
    ///
    /// As [`AwaitingKeys::receive`], but for the status.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, KeysError> {
        AwaitingKeys::new(None).receive(&Response::new(json))
    }

    /// How many of the keys can verify signatures: of a known kind, not meant for something else, and not too small or too
    /// large (RSA 2048 to 8192 bits).
    #[must_use]
    pub fn usable_keys(&self) -> usize {
        self.0.keys.iter().filter(|key| key.is_usable()).count()
    }

    fn read(json: String, max_age: Option<Duration>, source: Option<String>) -> Result<Self, ResponseProblem> {
        let mut object = Object::parse(&json)?;
        let keys = object.take_raw("keys").ok_or(ResponseProblem::MissingField("keys"))?;
        let keys: Vec<&RawValue> = json::read(keys).map_err(|_| ResponseProblem::invalid_field("keys"))?;
        let keys = keys.into_iter().filter_map(|key| Jwk::parse(key.get())).collect();
        Ok(Self(Arc::new(Inner { keys, json, max_age, source })))
    }

    /// Whether they may be this client's provider's: not where they were fetched from another's address.
    fn may_serve(&self, client: &Client) -> bool {
        self.0.source.is_none() || self.0.source == client.metadata().jwks_uri
    }

    /// Whether a key of the set bears this name.
    pub(crate) fn names(&self, kid: &str) -> bool {
        self.0.keys.iter().any(|key| key.kid() == Some(kid))
    }

    /// Verifies a signature (OpenID Connect Core 3.1.3.7 step 6, 10.1): with the keys that bear the token's `kid`, or, where
    /// it names none, with every key that fits.
    pub(crate) fn verify(&self, jws: &Jws<'_>, algorithm: SignatureAlgorithm) -> Result<(), IdTokenError> {
        let kid = jws.kid.as_deref();
        let named = || self.0.keys.iter().filter(|key| kid.is_none() || key.kid() == kid);
        let mut fitting = named().filter_map(|key| key.fit_for(algorithm)).peekable();
        if fitting.peek().is_none() {
            // A key of that name is there and cannot do this: fetching the set again would not help.
            let unusable = kid.is_some() && named().next().is_some();
            return Err(if unusable { IdTokenError::UnusableKey } else { IdTokenError::UnknownKey });
        }
        let message = jws.signing_input.as_bytes();
        if fitting.take(KEYS_TRIED).any(|key| key.verify(algorithm, message, &jws.signature)) {
            Ok(())
        } else {
            // Without a kid, none of the keys may be the right one because the provider has a new one.
            Err(IdTokenError::BadSignature { key_was_named: kid.is_some() })
        }
    }
}

impl fmt::Debug for JwkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0.keys).finish()
    }
}

/// How many keys are tried for one signature: each costs as much as a login.
const KEYS_TRIED: usize = 32;

/// The state between the request for the keys and its response.
#[derive(Debug)]
#[must_use]
pub struct AwaitingKeys {
    /// Where they are fetched.
    source: Option<String>,
}

impl AwaitingKeys {
    pub(crate) fn new(source: Option<String>) -> Self {
        Self { source }
    }

    /// Reads the JWK Set out of the response.
    ///
    /// # Errors
    ///
    /// [`KeysError::Status`] for a status other than 2xx; [`TooLarge`](KeysError::TooLarge), [`NotJson`](KeysError::NotJson);
    /// [`MissingField`](KeysError::MissingField) without `keys`; [`InvalidField`](KeysError::InvalidField) when that is not
    /// an array, or a member is there twice.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<JwkSet, KeysError> {
        if !response.status().is_success() {
            return Err(KeysError::Status { status: response.status() });
        }
        let json = read_text(response.body().as_ref())?.to_owned();
        Ok(JwkSet::read(json, read_max_age(response.headers()), self.source)?)
    }
}

/// `max-age` of `Cache-Control` (RFC 9111 section 5.2.2), the shortest where there are several; nothing may be kept where
/// `no-cache` or `no-store` says so.
fn read_max_age(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let directives = values.flat_map(|value| value.split(',')).map(str::trim);
    let lifetimes = directives.filter_map(|directive| {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.to_ascii_lowercase().as_str() {
            "no-cache" | "no-store" => Some(Duration::ZERO),
            "max-age" => value.trim_matches('"').parse().ok().map(Duration::from_secs),
            _ => None,
        }
    });
    lifetimes.min()
}

impl sealed::Sealed for AwaitingKeys {}

impl Awaiting for AwaitingKeys {
    type Output = JwkSet;
    type Error = KeysError;

    fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<JwkSet, KeysError> {
        self.receive(response)
    }
}

/// Why a provider's keys cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// The provider answered with another status than 2xx.
    #[error("the provider answered the request for its keys with HTTP status {status}")]
    Status {
        /// The status.
        status: StatusCode,
    },
    /// The body is over 1 MiB.
    #[error("the key set is larger than 1 MiB")]
    TooLarge,
    /// The body is not one JSON object.
    #[error("the key set is not a JSON object (line {line}, column {column})")]
    NotJson {
        /// The line, counted from one.
        line: usize,
        /// The column, counted from one.
        column: usize,
    },
    /// There are no `keys`.
    #[error("the key set has no {field}")]
    MissingField {
        /// The member that is missing.
        field: &'static str,
    },
    /// `keys` is no array, or a member is there twice.
    #[error("the key set has an unusable {field}")]
    InvalidField {
        /// The member that is unusable.
        field: Cow<'static, str>,
    },
    /// The provider's metadata has no `jwks_uri`.
    #[error("the provider has no jwks_uri")]
    NoJwksUri,
}

from_response_problem!(KeysError);

impl KeysError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Status { status } => remedy_of_status(*status),
            Self::NoJwksUri => Remedy::FixConfiguration,
            Self::TooLarge | Self::NotJson { .. } | Self::MissingField { .. } | Self::InvalidField { .. } => {
                Remedy::ReportToProvider
            }
        }
    }
}

const _: fn() = || {
    fn goes_between_threads<T: Send + Sync>() {}
    goes_between_threads::<JwkSet>();
};
