//! The logout token: a notice, from provider to application, that the user has logged out (OpenID Connect Back-Channel Logout
//! 1.0 sections 2.4 to 2.6).

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::after_login::logout::parameters::{self, Duplicate};
use crate::after_login::logout::token_claims::Claims;
use crate::after_login::logout::token_error::LogoutTokenError;
use crate::client::Client;
use crate::client::redirect_uri::parse_pairs;
use crate::ground::time::{moment, since_epoch};
use crate::jose::jwt::required;
use crate::jose::{JwkSet, JwtError};
use crate::keys::Unverified;
use crate::keys::signed_jwt::{JwtKind, SignedJwt};
use crate::keys::unverified::sealed;

impl Client {
    /// Reads the body that the provider posts to the application's `backchannel_logout_uri` (OpenID Connect Back-Channel Logout
    /// 1.0 section 2.5): a form with a `logout_token`. Other parameters are ignored.
    ///
    /// ```no_run
    /// # #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    /// # mod endpoint {
    /// # use std::time::SystemTime;
    /// # use oidc_proto::{Client, Error, JwkSet, LogoutAnswer, LogoutReplays, LogoutToken, LogoutTokenError};
    /// # fn end_sessions(token: &LogoutToken) -> std::io::Result<()> { Ok(()) }
    /// fn answer(client: &Client, keys: &JwkSet, replays: &mut LogoutReplays, body: &[u8], now: SystemTime) -> LogoutAnswer {
    ///     let verified = client.logout_token(body).and_then(|unverified| unverified.verify(keys, now));
    ///     let Ok(token) = verified else {
    ///         return LogoutAnswer::Refused;
    ///     };
    ///     if !replays.first_time(&token, now) {
    ///         return LogoutAnswer::Refused;
    ///     }
    ///     // Where it has a `sid`, that session; else every session of its `sub` with this provider.
    ///     match end_sessions(&token) {
    ///         Ok(()) => LogoutAnswer::LoggedOut,
    ///         Err(_) => LogoutAnswer::Failed,
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`LogoutTokenError::Malformed`] when the body is not UTF-8 (`logout_token=%FF`), [`LogoutTokenError::MissingParameter`]
    /// when it has no `logout_token` or an empty one, [`LogoutTokenError::DuplicateParameter`] when it has two.
    pub fn logout_token(&self, form_body: impl AsRef<[u8]>) -> Result<UnverifiedLogoutToken, LogoutTokenError> {
        const PARAMETER: &str = "logout_token";
        let body = std::str::from_utf8(form_body.as_ref()).map_err(|_| LogoutTokenError::Malformed)?;
        let compact = parameters::once(&parse_pairs(body)?, PARAMETER)?;
        let compact = compact.ok_or(LogoutTokenError::MissingParameter { parameter: PARAMETER })?;
        Ok(UnverifiedLogoutToken(SignedJwt::new(self.clone(), &LOGOUT_TOKEN, compact)))
    }
}

/// RFC 8725 section 3.11, Back-Channel Logout 1.0 section 2.4: a logout token says that it is one, or says nothing of its kind.
/// Section 2.6 steps 1 to 3: it is encrypted and signed as ID tokens are.
const LOGOUT_TOKEN: JwtKind = JwtKind {
    types: &["logout+jwt", "JWT"],
    algorithms: Client::id_token_algorithms,
    encryption: Client::id_token_encryption,
};

/// How old a logout token may be, whatever its `exp` says.
const GREATEST_AGE: Duration = Duration::from_secs(10 * 60);

/// A logout token that is not verified yet. Nothing can be read out of it.
#[must_use = "the token is not verified"]
pub struct UnverifiedLogoutToken(SignedJwt);

impl UnverifiedLogoutToken {
    /// Verifies the logout token (OpenID Connect Back-Channel Logout 1.0 section 2.6) with the provider's keys. One that is older
    /// than ten minutes is refused, whatever its `exp` says.
    ///
    /// # Errors
    ///
    /// [`LogoutTokenError::Jwt`], with what is wrong. Where its remedy is [`FetchKeys`](crate::Remedy::FetchKeys), the provider
    /// may have new keys: fetch them once, and call again.
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    #[cfg_attr(docsrs, doc(cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))))]
    pub fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<LogoutToken, LogoutTokenError> {
        Ok(self.validate(keys, now)?)
    }

    /// The steps of section 2.6.
    fn validate(&self, keys: &JwkSet, now: SystemTime) -> Result<LogoutToken, JwtError> {
        let now = since_epoch(now);
        // Step 1: decryption.
        let jws = self.0.parse()?;
        let claims = Claims::parse(&jws.payload)?;
        // Steps 2 and 3.
        let algorithm = self.0.allowed_algorithm(&jws, claims.aud.as_deref().unwrap_or_default())?;
        self.0.check_signature(keys, &jws, algorithm, claims.iss.as_deref())?;
        let iss = self.check_issuer(&claims)?;
        self.check_audience(&claims)?;
        let (iat, usable_until) = self.check_times(&claims, now)?;
        // Step 5: it says whose session or which session ends.
        if claims.sid.is_none() {
            required("sub or sid", claims.sub.as_ref())?;
        }
        claims.check_event()?;
        // Step 7: so an ID token is never taken for a logout token.
        if claims.has_nonce {
            return Err(JwtError::ForbiddenClaim { claim: "nonce" });
        }
        // Section 2.4. Step 8, whether it came before, is for `LogoutReplays`.
        let jti = required("jti", claims.jti)?;
        let client_id = self.0.client().shared_client_id();
        Ok(LogoutToken {
            iss,
            client_id,
            sub: claims.sub,
            sid: claims.sid,
            jti,
            iat,
            exp: claims.times.exp,
            usable_until,
        })
    }

    /// Step 4: the issuer is exactly the provider's, or one that was accepted by name.
    fn check_issuer(&self, claims: &Claims<'_>) -> Result<String, JwtError> {
        let iss = required("iss", claims.iss.as_ref())?;
        let right = self.0.client().issuers().may_issue(iss, claims.tid.as_deref());
        if right { Ok(iss.clone()) } else { Err(JwtError::IssuerMismatch) }
    }

    /// Step 4: the audience holds this client's id, and nobody who is not trusted.
    fn check_audience(&self, claims: &Claims<'_>) -> Result<(), JwtError> {
        let client = self.0.client();
        let audience = required("aud", claims.aud.as_ref())?;
        let is_us = |audience: &String| audience == client.client_id();
        let right = audience.iter().any(is_us)
            && audience.iter().all(|audience| is_us(audience) || client.trusts_audience(audience));
        if right { Ok(()) } else { Err(JwtError::AudienceMismatch) }
    }

    /// Step 4: when it was issued, and until when it is accepted, both since the epoch. `exp` may be absent: Ory Hydra sends
    /// none. So the age is bounded too.
    fn check_times(&self, claims: &Claims<'_>, now: Duration) -> Result<(Duration, Duration), JwtError> {
        let leeway = self.0.client().leeway();
        let iat = required("iat", claims.times.iat)?;
        claims.times.check(now, leeway)?;
        let too_old_after = iat.saturating_add(GREATEST_AGE).saturating_add(leeway);
        if now > too_old_after {
            return Err(JwtError::TooOld);
        }
        let expires = claims.times.exp.map_or(Duration::MAX, |exp| exp.saturating_add(leeway));
        Ok((iat, too_old_after.min(expires)))
    }
}

impl Unverified for UnverifiedLogoutToken {}

impl sealed::Sealed for UnverifiedLogoutToken {
    type Verified = LogoutToken;
    type Error = LogoutTokenError;

    fn client(&self) -> &Client {
        self.0.client()
    }

    fn signed(&self) -> Option<&SignedJwt> {
        Some(&self.0)
    }

    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<LogoutToken, LogoutTokenError> {
        self.verify(keys, now)
    }
}

impl fmt::Debug for UnverifiedLogoutToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedLogoutToken").field("client", self.0.client()).finish_non_exhaustive()
    }
}

/// A verified logout token. It is made at the end of verification and nowhere else.
///
/// Where it has a [`sid`](Self::sid), that session ends. Where it has only a [`sub`](Self::sub), every session of that user with
/// this provider ends (OpenID Connect Back-Channel Logout 1.0 section 2.7). `Debug` leaves out `sid` and `jti`.
#[derive(Clone)]
#[must_use = "the token ends a session"]
pub struct LogoutToken {
    iss: String,
    /// The client that it was verified for.
    client_id: Arc<str>,
    sub: Option<String>,
    sid: Option<String>,
    jti: String,
    /// Since the epoch, as the next two.
    iat: Duration,
    exp: Option<Duration>,
    /// Verification refuses it after this moment.
    usable_until: Duration,
}

impl LogoutToken {
    /// The issuer: the provider's, or one that was accepted by name.
    #[must_use]
    pub fn iss(&self) -> &str {
        &self.iss
    }

    /// The user who has logged out. Always there where there is no [`sid`](Self::sid).
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.sub.as_deref()
    }

    /// The session that has ended, as the ID token's `sid` names it. Always there where there is no [`sub`](Self::sub).
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// The id of the token, unique at its issuer. [`LogoutReplays`](crate::LogoutReplays) tells whether it came before.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// When the token was issued.
    #[must_use]
    pub fn iat(&self) -> SystemTime {
        moment(self.iat)
    }

    /// When the token expires, where the provider says so.
    #[must_use]
    pub fn exp(&self) -> Option<SystemTime> {
        self.exp.map(moment)
    }

    /// Until when verification accepts the token: ten minutes after it was issued, or its end where that is sooner, and the
    /// leeway. [`LogoutReplays`](crate::LogoutReplays) remembers it until then; a store of your own must do so too.
    #[must_use]
    pub fn usable_until(&self) -> SystemTime {
        moment(self.usable_until)
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }
}

impl fmt::Debug for LogoutToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutToken")
            .field("iss", &self.iss)
            .field("sub", &self.sub)
            .field("iat", &self.iat())
            .field("exp", &self.exp())
            .finish_non_exhaustive()
    }
}

impl From<Duplicate> for LogoutTokenError {
    fn from(Duplicate(parameter): Duplicate) -> Self {
        Self::DuplicateParameter { parameter }
    }
}
