//! The access token of a service: one for all its calls, renewed before it ends.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use oidc_proto::http::{Request, Response};
use oidc_proto::{AccessToken, BoxError, Client, Error, OAuthTokens, Remedy};

/// How long before its end a token is renewed; at most a quarter of its life. A call takes some time until it is with the API,
/// whose clock may be ahead.
const MARGIN: Duration = Duration::from_secs(30);

/// How long the provider is left alone when it could not be reached, as long as the old token lasts.
const PAUSE: Duration = Duration::from_secs(5);

/// One for each scope that the service needs; all its threads share it.
pub struct KeptToken {
    client: Client,
    scope: String,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    token: AccessToken,
    /// Nothing: the provider does not say when it ends, so it is used until the API refuses it.
    ends_at: Option<SystemTime>,
    renew_at: Option<SystemTime>,
}

impl KeptToken {
    pub fn new(client: Client, scope: &str) -> Self {
        Self { client, scope: scope.to_owned(), kept: Mutex::new(None) }
    }

    /// A token that can be used now. `send` is called only where a new one is needed.
    pub fn get<E: Into<BoxError>>(
        &self,
        now: SystemTime,
        send: impl FnMut(Request<Vec<u8>>) -> Result<Response<Vec<u8>>, E>,
    ) -> Result<AccessToken, Error> {
        // Locked until the answer is here: one thread asks, and the others wait for its token. An async service takes the mutex
        // of its runtime.
        let mut kept = self.lock();
        if let Some(kept) = &*kept
            && kept.renew_at.is_none_or(|renew_at| now < renew_at)
        {
            return Ok(kept.token.clone());
        }
        match self.ask(now, send) {
            // It lives from when it was issued, which was after it was asked for.
            Ok(tokens) => Ok(kept.insert(Kept::new(&tokens, now)).token.clone()),
            Err(error) => match &mut *kept {
                Some(old) if error.remedy() == Remedy::RetryLater && old.ends_at.is_some_and(|end| now < end) => {
                    old.renew_at = now.checked_add(PAUSE);
                    Ok(old.token.clone())
                }
                _ => Err(error),
            },
        }
    }

    /// The API refused this token: the next call needs another one. Where another thread has renewed it already, that one
    /// stays.
    pub fn forget(&self, refused: &AccessToken) {
        self.lock().take_if(|kept| kept.token == *refused);
    }

    fn ask<E: Into<BoxError>>(
        &self,
        now: SystemTime,
        send: impl FnMut(Request<Vec<u8>>) -> Result<Response<Vec<u8>>, E>,
    ) -> Result<OAuthTokens, Error> {
        self.client.client_credentials().scope(&self.scope).start(now)?.send_with(send)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn new(tokens: &OAuthTokens, asked_at: SystemTime) -> Self {
        let renew_after =
            tokens.expires_in().map(|lifetime| lifetime.saturating_sub(MARGIN).max(lifetime.mul_f64(0.75)));
        Self {
            token: tokens.access_token().clone(),
            ends_at: tokens.expires_at(asked_at),
            renew_at: renew_after.and_then(|renew_after| asked_at.checked_add(renew_after)),
        }
    }
}
