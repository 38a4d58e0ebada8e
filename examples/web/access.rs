//! An access token that is good for a while, for a page that needs one. However many processes ask at once, one refreshes.
//!
//! The order matters. `Session::access` hands out a refresh and notes so in the session. That is saved first, with compare and
//! swap, and the refresh is sent only by the process whose swap worked: a refresh token that the provider rotates works once, and
//! some providers end everything when it comes twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use oidc_proto::{Access, AwaitingRefresh, BoxError, Error, Refreshed, Remedy, RoundTrip, Session, UserInfoError};
use serde_json::Value;
use tokio::time::sleep;

use super::kept::{Key, SignedIn};
use super::problem::with_causes;
use super::provider::Provider;
use crate::app::App;

/// Why there is no access token.
pub enum NoAccess {
    /// The session has ended, or cannot be refreshed.
    LogIn,
    /// Another process is refreshing it, or the provider has just failed.
    Later,
    /// The store cannot be reached.
    Store(BoxError),
    Failed(Error),
}

impl From<BoxError> for NoAccess {
    fn from(error: BoxError) -> Self {
        Self::Store(error)
    }
}

/// How long a request waits while another process refreshes: it asks again so often, after this pause.
const ATTEMPTS: u32 = 30;
const PAUSE: Duration = Duration::from_millis(100);

/// The session, with an access token to be used now.
async fn session(app: &App, provider: &Arc<Provider>, key: &Key) -> Result<Session, NoAccess> {
    for _ in 0..ATTEMPTS {
        let now = app.clock().now();
        let mut signed_in = app.signed_in().read(key, now).await?.ok_or(NoAccess::LogIn)?;
        let before = signed_in.session.generation();
        match signed_in.session.access(provider.client(), now).map_err(|error| NoAccess::Failed(error.into()))? {
            Access::Use(_) => return Ok(signed_in.session),
            Access::LogIn => return Err(NoAccess::LogIn),
            Access::Wait(_) => sleep(PAUSE).await,
            Access::Refresh(refresh) => {
                // Where the swap fails, another process was faster: what it did is read with the next attempt.
                if app.signed_in().replace(key, before, signed_in, now).await?
                    && finish(app, provider, key, refresh).await
                {
                    // The new token is used, however short it lasts: where it ends within the margin, to ask again would be to
                    // refresh again.
                    let signed_in = app.signed_in().read(key, app.clock().now()).await?;
                    return signed_in.map(|signed_in| signed_in.session).ok_or(NoAccess::LogIn);
                }
            }
        }
    }
    Err(NoAccess::Later)
}

/// What the UserInfo endpoint says; nothing where the provider has none.
pub async fn claims(app: &App, provider: &str, key: &Key) -> Result<Option<BTreeMap<String, Value>>, NoAccess> {
    let provider = app.providers().ready(provider).ok_or(NoAccess::Later)?;
    let session = self::session(app, &provider, key).await?;
    let refused = match provider.user_info(&session).await {
        Ok(user_info) => return Ok(Some(user_info.claims_as().unwrap_or_default())),
        Err(Error::UserInfo(UserInfoError::NoUserInfoEndpoint)) => return Ok(None),
        Err(error) => error,
    };
    // The access token ended before its time: once, another one may help.
    if !matches!(refused, Error::UserInfo(UserInfoError::Challenge { .. })) || refused.remedy() != Remedy::RestartLogin
    {
        return Err(NoAccess::Failed(refused));
    }
    expire(app, key, &session).await?;
    let session = self::session(app, &provider, key).await?;
    let user_info = provider.user_info(&session).await.map_err(NoAccess::Failed)?;
    Ok(Some(user_info.claims_as().unwrap_or_default()))
}

/// A resource refused the access token although it should be good: the next attempt refreshes it.
async fn expire(app: &App, key: &Key, refused: &Session) -> Result<(), BoxError> {
    change(app, key, |signed_in| {
        if signed_in.session.access_token().secret() == refused.access_token().secret() {
            signed_in.session.expire_access_token();
        }
    })
    .await
}

/// Sends the refresh and saves its result: says whether there are new tokens. It goes on when the browser is gone: the new refresh
/// token may be the only one that works.
async fn finish(app: &App, provider: &Arc<Provider>, key: &Key, refresh: RoundTrip<AwaitingRefresh>) -> bool {
    let (app, provider, key) = (app.clone(), Arc::clone(provider), key.clone());
    let task = tokio::spawn(async move {
        let result = provider.refresh(refresh).await;
        if let Err(error) = &result {
            eprintln!("refresh: {}", with_causes(error));
        }
        for _ in 0..ATTEMPTS {
            match change(&app, &key, |signed_in| report(&app, &mut signed_in.session, &result)).await {
                Ok(()) => return result.is_ok(),
                // The store may come back.
                Err(error) => eprintln!("refresh: its result is not saved: {error}"),
            }
            sleep(PAUSE).await;
        }
        false
    });
    task.await.unwrap_or(false)
}

fn report(app: &App, session: &mut Session, result: &Result<Refreshed, Error>) {
    let now = app.clock().now();
    match result {
        Ok(refreshed) => {
            if let Err(error) = session.refreshed(refreshed.clone(), now) {
                eprintln!("refresh: {}", with_causes(&error.into()));
            }
        }
        Err(error) => session.refresh_failed(error, now),
    }
}

/// Reads, changes and swaps, until no other process comes in between. Where the session has ended, nothing is changed.
async fn change(app: &App, key: &Key, change: impl Fn(&mut SignedIn)) -> Result<(), BoxError> {
    loop {
        let now = app.clock().now();
        let Some(mut signed_in) = app.signed_in().read(key, now).await? else {
            return Ok(());
        };
        let before = signed_in.session.generation();
        change(&mut signed_in);
        let changed = signed_in.session.generation() != before;
        if !changed || app.signed_in().replace(key, before, signed_in, now).await? {
            return Ok(());
        }
    }
}
