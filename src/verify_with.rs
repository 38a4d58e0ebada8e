//! What every caller with a key cache and an HTTP client would write: ask the cache, fetch, report, verify.

use std::time::SystemTime;

use http::{Request, Response};

use crate::after_login::{
    Introspection, LogoutToken, Refreshed, UnverifiedIntrospection, UnverifiedLogoutToken, UnverifiedRefresh,
    UnverifiedUserInfo, UserInfo,
};
use crate::code_flow::{AuthorizationResponse, Tokens, UnverifiedAuthorizationResponse, UnverifiedTokens};
use crate::error::Error;
use crate::exchange::{Remedy, RoundTrip};
use crate::ground::BoxError;
use crate::id_token::{IdToken, UnverifiedIdToken};
use crate::jose::JwkSet;
use crate::keys::{AwaitingKeys, KeyCache, KeysError, KeysFor, Unverified};

/// The next thing to do for the keys.
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it is made, and never stored")]
enum Next {
    Verify(JwkSet),
    Fetch(RoundTrip<AwaitingKeys>),
}

/// One verification, step by step. The two ways to send share every decision.
struct Verification<'a, U> {
    unverified: &'a U,
    cache: &'a mut KeyCache,
    now: SystemTime,
}

impl<U: Unverified> Verification<'_, U>
where
    Error: From<U::Error>,
{
    fn next(&mut self) -> Result<Next, Error> {
        match self.cache.keys_for(self.unverified, self.now)? {
            KeysFor::Use(keys) => Ok(Next::Verify(keys)),
            KeysFor::Fetch(fetch) => Ok(Next::Fetch(fetch)),
            KeysFor::Fetching(retry_after) | KeysFor::Unavailable(retry_after) => {
                Err(KeysError::Unavailable { retry_after }.into())
            }
        }
    }

    /// Reports a fetch. After a failure, old keys that still serve take its place.
    fn fetched(&mut self, fetched: Result<JwkSet, Error>) -> Result<JwkSet, Error> {
        let error = match fetched {
            Ok(keys) => return Ok(self.cache.store(keys, self.now)),
            Err(error) => error,
        };
        self.cache.fetch_failed(self.now);
        match self.next() {
            Ok(Next::Verify(keys)) => Ok(keys),
            _ => Err(error),
        }
    }

    fn verify(&self, keys: &JwkSet) -> Result<U::Verified, Error> {
        Ok(self.unverified.verify(keys, self.now)?)
    }

    /// After a failure to verify: the fetch that may bring the right key, where the cache allows one.
    fn fetch_after(&mut self, error: Error) -> Result<RoundTrip<AwaitingKeys>, Error> {
        if error.remedy() != Remedy::FetchKeys {
            return Err(error);
        }
        match self.next() {
            Ok(Next::Fetch(fetch)) => Ok(fetch),
            _ => Err(error),
        }
    }
}

fn verify_with<U: Unverified, B, E>(
    mut verification: Verification<'_, U>,
    mut send: impl FnMut(Request<Vec<u8>>) -> Result<Response<B>, E>,
) -> Result<U::Verified, Error>
where
    Error: From<U::Error>,
    B: AsRef<[u8]>,
    E: Into<BoxError>,
{
    let keys = match verification.next()? {
        Next::Verify(keys) => keys,
        Next::Fetch(fetch) => {
            let fetched = fetch.send_with(&mut send);
            verification.fetched(fetched)?
        }
    };
    let error = match verification.verify(&keys) {
        Ok(verified) => return Ok(verified),
        Err(error) => error,
    };
    let fetched = verification.fetch_after(error)?.send_with(&mut send);
    let keys = verification.fetched(fetched)?;
    verification.verify(&keys)
}

async fn verify_with_async<U: Unverified, B, E, F>(
    mut verification: Verification<'_, U>,
    mut send: impl FnMut(Request<Vec<u8>>) -> F,
) -> Result<U::Verified, Error>
where
    Error: From<U::Error>,
    B: AsRef<[u8]>,
    E: Into<BoxError>,
    F: Future<Output = Result<Response<B>, E>>,
{
    let keys = match verification.next()? {
        Next::Verify(keys) => keys,
        Next::Fetch(fetch) => {
            let fetched = fetch.send_with_async(&mut send).await;
            verification.fetched(fetched)?
        }
    };
    let error = match verification.verify(&keys) {
        Ok(verified) => return Ok(verified),
        Err(error) => error,
    };
    let fetched = verification.fetch_after(error)?.send_with_async(&mut send).await;
    let keys = verification.fetched(fetched)?;
    verification.verify(&keys)
}

/// Gives an unverified type the two methods: one line per type.
macro_rules! verify_with {
    ($unverified:ty => $verified:ty) => {
        #[cfg_attr(docsrs, doc(cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))))]
        impl $unverified {
            /// Verifies with the keys of a cache: asks it, fetches where it says so, reports the result, verifies, and does so
            /// once more where the remedy is to fetch keys. `send` is a closure around a blocking HTTP client.
            ///
            /// # Errors
            ///
            /// As `verify`; [`Error::Keys`] with [`KeysError::Unavailable`] when there are no keys now and no fetch may be made:
            /// the remedy is [`RetryLater`](Remedy::RetryLater). When a fetch fails and no old keys serve, its error.
            pub fn verify_with<B, E>(
                &self,
                cache: &mut KeyCache,
                now: SystemTime,
                send: impl FnMut(Request<Vec<u8>>) -> Result<Response<B>, E>,
            ) -> Result<$verified, Error>
            where
                B: AsRef<[u8]>,
                E: Into<BoxError>,
            {
                verify_with(Verification { unverified: self, cache, now }, send)
            }

            /// The same with an async HTTP client. The cache is borrowed while the keys are fetched. In a server, hold a lock
            /// only to ask and to report: the guide `provider_keys` shows how.
            ///
            /// # Errors
            ///
            /// As [`verify_with`](Self::verify_with).
            pub async fn verify_with_async<B, E, F>(
                &self,
                cache: &mut KeyCache,
                now: SystemTime,
                send: impl FnMut(Request<Vec<u8>>) -> F,
            ) -> Result<$verified, Error>
            where
                B: AsRef<[u8]>,
                E: Into<BoxError>,
                F: Future<Output = Result<Response<B>, E>>,
            {
                verify_with_async(Verification { unverified: self, cache, now }, send).await
            }
        }
    };
}

verify_with!(UnverifiedAuthorizationResponse => AuthorizationResponse);
verify_with!(UnverifiedTokens => Tokens);
verify_with!(UnverifiedIdToken => IdToken);
verify_with!(UnverifiedRefresh => Refreshed);
verify_with!(UnverifiedUserInfo => UserInfo);
verify_with!(UnverifiedIntrospection => Introspection);
verify_with!(UnverifiedLogoutToken => LogoutToken);
