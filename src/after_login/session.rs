//! The session: the state that is kept from the login to the logout, and says at each moment what to do for an access token.
//! A state machine over time, never a timer.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::after_login::logout::LogoutNotice;
use crate::after_login::refresh::{AwaitingRefresh, Refreshed};
use crate::after_login::refresh_failure::{Failure, RefreshFailure};
use crate::after_login::session_error::SessionError;
use crate::client::Client;
use crate::code_flow::Tokens;
use crate::exchange::RoundTrip;
use crate::ground::secret::SecretText;
use crate::ground::time::{back_off, since_epoch};
use crate::ground::vocabulary::TokenType;
use crate::id_token::refreshed::LoginClaims;
use crate::token_endpoint::{AccessToken, AuthorizationDetails, OAuthTokens, RefreshToken};

impl Tokens {
    /// The session that this login begins. `received_at` is when the token response came: the access token lives from then on.
    #[must_use]
    pub fn into_session(self, received_at: SystemTime) -> Session {
        let (client, oauth, id_token, asked) = self.into_parts();
        let mut session = Session {
            generation: 0,
            issuer: client.shared_issuer(),
            client_id: client.shared_client_id(),
            login: Arc::new(LoginClaims::of(&id_token)),
            sid: id_token.sid().map(str::to_owned),
            acr: id_token.acr().map(str::to_owned),
            id_token: SecretText::new(id_token.secret()),
            access_token: oauth.access_token().clone(),
            token_type: oauth.token_type().clone(),
            expires_at: None,
            scope: asked.scope,
            resource: asked.resource,
            authorization_details: asked.authorization_details,
            refresh_token: None,
            refreshing_since: None,
            failed_at: Duration::ZERO,
            failures: 0,
            rejections: 0,
            is_over: false,
        };
        session.take_tokens(&oauth, received_at);
        session
    }
}

/// What an application keeps of a login until the logout, in its session store.
///
/// It serializes with serde, with a version. Whoever can write into the store can log in as anybody, and whoever can read it has
/// the user's tokens: keep it on the server, or in a cookie that is encrypted and authenticated.
///
/// ```no_run
/// # #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))] mod hidden {
/// use std::time::SystemTime;
///
/// use oidc_proto::{Access, BoxError, Client, KeyCache, Session, http};
///
/// /// Calls an API on behalf of the user. Save the session after it.
/// fn call_api(
///     session: &mut Session,
///     client: &Client,
///     cache: &mut KeyCache,
///     send: impl Fn(http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, BoxError> + Copy,
/// ) -> Result<(), BoxError> {
///     match session.access(client, SystemTime::now())? {
///         Access::Use(token) => {
///             let mut request = http::Request::get("https://api.example/").body(Vec::new())?;
///             client.authorize_request(&mut request, token, None, SystemTime::now())?;
///             send(request)?;
///         }
///         Access::Refresh(round_trip) => {
///             let refreshed = round_trip
///                 .send_with(send)
///                 .and_then(|unverified| unverified.verify_with(cache, SystemTime::now(), send));
///             match refreshed {
///                 Ok(refreshed) => session.refreshed(refreshed, SystemTime::now())?,
///                 Err(error) => session.refresh_failed(&error, SystemTime::now()),
///             }
///         }
///         Access::Wait(how_long) => println!("try again in {how_long:?}"),
///         Access::LogIn => println!("send the user through a new login"),
///     }
///     Ok(())
/// }
/// # }
/// ```
///
/// **Several processes** share it through their store: [`generation`](Self::generation) is a number that every change
/// raises. Save what [`access`](Self::access) changed with compare-and-swap on that number, *before* the refresh is
/// sent; a process that loses the swap reads the session and asks again. Then one process refreshes, and a refresh
/// token that the provider rotates is not sent twice. The guide [`keep_logged_in`](crate::guide::keep_logged_in) has
/// the code.
#[derive(Clone)]
pub struct Session {
    pub(super) generation: u64,
    pub(super) issuer: Arc<str>,
    pub(super) client_id: Arc<str>,
    pub(super) login: Arc<LoginClaims>,
    pub(super) sid: Option<String>,
    pub(super) acr: Option<String>,
    /// The newest one, in compact serialization.
    pub(super) id_token: SecretText,
    pub(super) access_token: AccessToken,
    pub(super) token_type: TokenType,
    /// In whole seconds since the epoch, like all times here.
    pub(super) expires_at: Option<Duration>,
    pub(super) scope: Option<Arc<str>>,
    pub(super) resource: Option<Arc<str>>,
    pub(super) authorization_details: Option<AuthorizationDetails>,
    pub(super) refresh_token: Option<RefreshToken>,
    /// When a refresh was handed out that was not reported on.
    pub(super) refreshing_since: Option<Duration>,
    pub(super) failed_at: Duration,
    /// How many refreshes have failed since the last that did not.
    pub(super) failures: u32,
    /// How many of them the provider has rejected.
    pub(super) rejections: u32,
    /// Whether the provider has refused the refresh token for good.
    pub(super) is_over: bool,
}

/// What to do for an access token.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "there is nothing else to do, and a caller handles each")]
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it is made, and never stored")]
pub enum Access<'a> {
    /// Use this one.
    Use(&'a AccessToken),
    /// Save the session, send this, and report with [`Session::refreshed`] or [`Session::refresh_failed`]. It is handed out once.
    Refresh(RoundTrip<AwaitingRefresh>),
    /// The access token has expired, and another process is refreshing it, or a refresh failed a moment ago: ask again
    /// after this time.
    Wait(Duration),
    /// There is nothing to refresh with, or the provider refused the refresh token: the user must log in again.
    LogIn,
}

impl Session {
    /// What to do to get an access token that is valid for a while yet: for the
    /// [`refresh_margin`](crate::ClientBuilder::refresh_margin), 30 seconds by default.
    ///
    /// Where it answers [`Refresh`](Access::Refresh), the session has changed: save it before the request is sent. While that
    /// refresh is under way, or after it failed, the old access token serves as long as it lasts. A refresh that is never
    /// reported on counts as lost after 60 seconds.
    ///
    /// # Errors
    ///
    /// [`SessionError::WrongClient`] for the session of another client; when a refresh is due,
    /// [`NoTokenEndpoint`](SessionError::NoTokenEndpoint) when the provider's metadata has none, and
    /// [`Signing`](SessionError::Signing) when the client signs its requests and cannot.
    pub fn access(&mut self, client: &Client, now: SystemTime) -> Result<Access<'_>, SessionError> {
        if !client.is(&self.issuer, &self.client_id) {
            return Err(SessionError::WrongClient);
        }
        if self.has_ended() {
            return Ok(Access::LogIn);
        }
        let now_in_seconds = Duration::from_secs(since_epoch(now).as_secs());
        let left = self.expires_at.map_or(Duration::MAX, |end| end.saturating_sub(now_in_seconds));
        if left >= client.refresh_margin() {
            return Ok(Access::Use(&self.access_token));
        }
        let Some(refresh_token) = &self.refresh_token else {
            return Ok(Access::LogIn);
        };
        let pause = self.until_lost(now_in_seconds).max(back_off(self.failures, self.failed_at, now_in_seconds));
        if !pause.is_zero() {
            let lasts = !left.is_zero();
            return Ok(if lasts { Access::Use(&self.access_token) } else { Access::Wait(pause) });
        }
        let mut request = client.refresh(refresh_token).login(Arc::clone(&self.login));
        if let Some(scope) = &self.scope {
            request = request.scope(Arc::clone(scope));
        }
        if let Some(resource) = &self.resource {
            request = request.resource(Arc::clone(resource));
        }
        if let Some(details) = &self.authorization_details {
            request = request.details(details.clone());
        }
        let round_trip = request.start(now)?;
        self.refreshing_since = Some(now_in_seconds);
        self.changed();
        Ok(Access::Refresh(round_trip))
    }

    /// Takes the tokens of a refresh, also of one that had counted as lost. `received_at` is when the response came.
    ///
    /// # Errors
    ///
    /// [`SessionError::WrongClient`] when the refresh was of another client or another user, or when its login was not
    /// named ([`RefreshRequest::of_login`](crate::RefreshRequest::of_login)): nothing is taken then.
    pub fn refreshed(&mut self, refreshed: Refreshed, received_at: SystemTime) -> Result<(), SessionError> {
        let is_of_login = |login: &LoginClaims| login.iss == self.login.iss && login.sub == self.login.sub;
        let is_of_client = refreshed.client.is(&self.issuer, &self.client_id);
        if !is_of_client || !refreshed.login.as_deref().is_some_and(is_of_login) {
            return Err(SessionError::WrongClient);
        }
        let (oauth, id_token) = refreshed.into_tokens();
        self.take_tokens(&oauth, received_at);
        if let Some(id_token) = id_token {
            self.sid = id_token.sid().map(str::to_owned).or(self.sid.take());
            self.acr = id_token.acr().map(str::to_owned).or(self.acr.take());
            self.id_token = SecretText::new(id_token.secret());
        }
        self.refreshing_since = None;
        self.failures = 0;
        self.rejections = 0;
        self.is_over = false;
        self.changed();
        Ok(())
    }

    /// Notes that a refresh has failed: [`Error`](crate::Error), or the error of the step that failed.
    ///
    /// The session ends where the provider refused the refresh token (`invalid_grant`), or gave five other errors in a row
    /// that are not its own fault. A failure of the transport, a status of 5xx, or an answer that cannot be read or believed
    /// never ends it: the next refresh waits, longer each time, from 5 seconds up to 5 minutes. Where no refresh is under way,
    /// nothing is noted.
    pub fn refresh_failed(&mut self, error: &impl RefreshFailure, now: SystemTime) {
        if self.refreshing_since.take().is_none() {
            return;
        }
        self.failed_at = Duration::from_secs(since_epoch(now).as_secs());
        self.failures = self.failures.saturating_add(1);
        match error.failure() {
            Failure::Refused => self.is_over = true,
            Failure::Rejected => self.rejections = self.rejections.saturating_add(1),
            Failure::NotNow => {}
        }
        self.changed();
    }

    /// Marks the access token as expired, whatever its lifetime says, because a resource server answered 401 with
    /// `invalid_token`. The next [`access`](Self::access) refreshes.
    pub fn expire_access_token(&mut self) {
        self.expires_at = Some(Duration::ZERO);
        self.changed();
    }

    /// Whether this notice ends the session: it is of the session's issuer and for its client, and names its `sid`; or its `sub`
    /// and no `sid` (OpenID Connect Back-Channel Logout 1.0 section 2.7). Delete the session from the store then.
    #[must_use]
    pub fn is_ended_by(&self, notice: &impl LogoutNotice) -> bool {
        let of_issuer = notice.iss().is_some_and(|iss| *iss == self.login.iss || *iss == *self.issuer);
        let of_client = *notice.client_id() == *self.client_id;
        let of_user = notice.sub().is_none_or(|sub| *sub == self.login.sub);
        let of_session = match notice.sid() {
            Some(sid) => self.sid.as_deref() == Some(sid),
            None => notice.sub().is_some(),
        };
        of_issuer && of_client && of_user && of_session
    }

    /// A number that every change raises, for compare-and-swap in the session store. It begins at 0 with each login, so each login
    /// needs a key of its own in the store.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    fn take_tokens(&mut self, oauth: &OAuthTokens, received_at: SystemTime) {
        self.access_token = oauth.access_token().clone();
        self.token_type = oauth.token_type().clone();
        let received_at = Duration::from_secs(since_epoch(received_at).as_secs());
        self.expires_at = oauth.expires_in().map(|lifetime| received_at.saturating_add(lifetime));
        // RFC 6749 section 6: where no new one comes, the old one stays.
        if let Some(refresh_token) = oauth.refresh_token() {
            self.refresh_token = Some(refresh_token.clone());
        }
        // RFC 6749 section 5.1: where none comes, it is what was asked for.
        if let Some(scope) = oauth.scope() {
            self.scope = Some(scope.into());
        }
        // RFC 9396 section 6: a refresh may ask for what was granted, or for less.
        if let Some(details) = oauth.granted_details() {
            self.authorization_details = Some(details.clone());
        }
    }

    fn changed(&mut self) {
        self.generation = self.generation.saturating_add(1);
    }

    fn has_ended(&self) -> bool {
        self.is_over || self.rejections >= REJECTIONS_TAKEN
    }

    /// How long a refresh that was handed out may still be under way. A moment in the future, from before a clock was set
    /// back, is as far away as one in the past.
    fn until_lost(&self, now: Duration) -> Duration {
        self.refreshing_since.map_or(Duration::ZERO, |since| LOST_REFRESH.saturating_sub(now.abs_diff(since)))
    }
}

/// After this time, a refresh whose result was not reported counts as lost.
const LOST_REFRESH: Duration = Duration::from_secs(60);

/// After so many errors in a row that are neither `invalid_grant` nor the provider's own fault, a session ends. Some
/// providers (Dex) say `invalid_request` for a refresh token that is no longer valid.
const REJECTIONS_TAKEN: u32 = 5;

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("generation", &self.generation)
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("sub", &self.login.sub)
            .field("expires_at", &self.expires_at())
            .field("scope", &self.scope)
            .field("refreshing_since", &self.refreshing_since)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}
