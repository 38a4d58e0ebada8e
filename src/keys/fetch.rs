//! The request for the provider's keys, and its response.

use std::time::Duration;

use http::header::CACHE_CONTROL;
use http::{HeaderMap, Response};

use crate::client::Client;
use crate::exchange::request::get_json;
use crate::exchange::response::read_text;
use crate::exchange::round_trip::awaiting;
use crate::exchange::{Remedy, ResponseError, RoundTrip};
use crate::jose::JwkSet;

impl Client {
    /// The request for the provider's keys.
    ///
    /// # Errors
    ///
    /// [`KeysError::NoJwksUri`] when the provider's metadata has no `jwks_uri`.
    pub fn fetch_keys(&self) -> Result<RoundTrip<AwaitingKeys>, KeysError> {
        let uri = self.jwks_uri().cloned().ok_or(KeysError::NoJwksUri)?;
        Ok(RoundTrip::new(get_json(uri), AwaitingKeys { source: self.metadata().jwks_uri.clone() }))
    }
}

impl JwkSet {
    /// Reads a JWK Set document that did not come by [`Client::fetch_keys`]: out of a file, for example. It is not known whose
    /// keys they are, so they verify for every client that they are given to.
    ///
    /// # Errors
    ///
    /// [`KeysError::Response`], as [`AwaitingKeys::receive`], but for the status.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, KeysError> {
        Ok(read(json.as_ref(), None, None)?)
    }
}

/// Whether keys may be those of this client's provider: not where they were fetched from another address.
pub(crate) fn is_for(keys: &JwkSet, client: &Client) -> bool {
    keys.source().is_none_or(|source| client.metadata().jwks_uri.as_deref() == Some(source))
}

fn read(body: &[u8], max_age: Option<Duration>, source: Option<String>) -> Result<JwkSet, ResponseError> {
    Ok(JwkSet::read(read_text(body)?.to_owned(), max_age, source)?)
}

/// The state between the request for the keys and its response.
#[derive(Debug)]
#[must_use]
pub struct AwaitingKeys {
    /// The address that was asked.
    source: Option<String>,
}

impl AwaitingKeys {
    /// Reads the JWK Set out of the response.
    ///
    /// # Errors
    ///
    /// [`KeysError::Response`] for a status other than 2xx, for a body over 1 MiB or that is not a JSON object, without
    /// `keys`, when `keys` is not an array, and for a duplicate member.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<JwkSet, KeysError> {
        if !response.status().is_success() {
            return Err(ResponseError::Status { status: response.status() }.into());
        }
        Ok(read(response.body().as_ref(), read_max_age(response.headers()), self.source)?)
    }
}

awaiting!(AwaitingKeys => JwkSet, KeysError, after a transport failure: RetryLater);

/// `max-age` of `Cache-Control` (RFC 9111 section 5.2.2), the shortest where there are several; zero where `no-cache` or
/// `no-store` says so.
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

/// Why there are no keys of the provider to verify with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// The provider's metadata has no `jwks_uri`.
    #[error("the provider has no jwks_uri")]
    NoJwksUri,
    /// Another caller is fetching the keys, or a fetch has failed a moment ago, and there are no keys that may still serve.
    #[error("the provider's keys are not available now")]
    Unavailable {
        /// Ask again after this time.
        retry_after: Duration,
    },
    /// The response cannot be read.
    #[error("the answer is not a provider's key set")]
    Response(#[from] ResponseError),
}

impl KeysError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::NoJwksUri => Remedy::FixConfiguration,
            Self::Unavailable { .. } => Remedy::RetryLater,
            Self::Response(error) => error.remedy(),
        }
    }
}
