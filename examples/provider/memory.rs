//! What the provider remembers: the user's session, and what each login allowed the client.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::keys;

#[derive(Default)]
pub(super) struct Memory {
    /// The `sid` of the user's session. All logins until the logout belong to it.
    sid: Option<String>,
    /// The codes that are out, each for one use.
    pub(super) codes: BTreeMap<String, Code>,
    /// The device codes that have brought no tokens.
    pub(super) device_codes: BTreeMap<String, DeviceCode>,
    /// By the code that each began with. Without its grant, no token is of any use.
    pub(super) grants: BTreeMap<String, Grant>,
    /// The grant of each refresh token that was ever issued, the used ones too.
    pub(super) refresh_tokens: BTreeMap<String, String>,
    pub(super) access_tokens: BTreeMap<String, AccessToken>,
    /// Each `jti` that was used, by its kind, and the second from which on the JWT is refused as too old.
    used: BTreeMap<(&'static str, String), u64>,
}

/// What a code stands for (RFC 6749 section 4.1.2: bound to client and redirect URI; RFC 7636 section 4.4: and the
/// challenge).
pub(super) struct Code {
    pub(super) redirect_uri: String,
    pub(super) code_challenge: String,
    pub(super) nonce: Option<String>,
    /// The thumbprint of the key that must be proven with the code (RFC 9449 section 10).
    pub(super) dpop_jkt: Option<String>,
    pub(super) ends: Instant,
    pub(super) grant: Grant,
}

/// What a device code stands for (RFC 8628 section 3.2).
pub(super) struct DeviceCode {
    pub(super) user_code: String,
    pub(super) scope: String,
    pub(super) ends: Instant,
    /// The device must not ask again before. Nothing: it has not asked yet.
    pub(super) not_before: Option<Instant>,
    pub(super) decision: Decision,
}

/// What the user says about a device.
pub(super) enum Decision {
    Pending,
    Denied,
    Allowed(Grant),
}

/// What the user allowed at one login. There is one client, so it is the client's that the user logged in with.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) scope: String,
    pub(super) sid: String,
    /// In seconds since the epoch.
    pub(super) auth_time: u64,
    /// The newest one, the only one that has not been used.
    pub(super) refresh_token: Option<String>,
    /// The thumbprint of the key that a public client's refresh tokens are bound to (RFC 9449 section 5).
    pub(super) jkt: Option<String>,
}

pub(super) struct AccessToken {
    /// Nothing: it is of no login, but the client's own.
    pub(super) grant: Option<String>,
    pub(super) scope: String,
    /// The thumbprint of the key that it is bound to (RFC 9449 section 6).
    pub(super) jkt: Option<String>,
    pub(super) ends: Instant,
}

impl Memory {
    /// The user's session: the user is always signed in, so there is one whenever somebody asks.
    pub(super) fn sid(&mut self) -> Option<String> {
        if self.sid.is_none() {
            self.sid = keys::random_text();
        }
        self.sid.clone()
    }

    /// Ends this session. `false`: it had ended before.
    pub(super) fn end_session(&mut self, sid: &str) -> bool {
        let is_current = self.sid.as_deref() == Some(sid);
        if is_current {
            self.sid = None;
        }
        is_current
    }

    /// An access token that can be used now.
    pub(super) fn active(&self, access_token: &str) -> Option<&AccessToken> {
        let token = self.access_tokens.get(access_token)?;
        let granted = token.grant.as_ref().is_none_or(|grant| self.grants.contains_key(grant));
        (Instant::now() <= token.ends && granted).then_some(token)
    }

    /// The device whose code a user typed, as long as they can decide about it. RFC 8628 section 6.1: in upper or lower case,
    /// with or without the dash.
    pub(super) fn undecided_device(&mut self, typed: &str) -> Option<&mut DeviceCode> {
        let letters = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_uppercase()).collect()
        };
        let (typed, now) = (letters(typed), Instant::now());
        let is_meant = |code: &&mut DeviceCode| letters(&code.user_code) == typed && now < code.ends;
        let device = self.device_codes.values_mut().find(is_meant)?;
        matches!(device.decision, Decision::Pending).then_some(device)
    }

    /// Whether a JWT of this kind comes for the first time. From `too_old` on, it is refused anyway.
    pub(super) fn is_first(&mut self, kind: &'static str, jti: &str, now: u64, too_old: u64) -> bool {
        self.used.retain(|_, too_old| *too_old > now);
        self.used.insert((kind, jti.to_owned()), too_old).is_none()
    }
}

/// How long a code is good for (RFC 6749 section 4.1.2: at most ten minutes).
pub(super) const CODE_LIFETIME: Duration = Duration::from_secs(60);

/// Whether a scope has this value (RFC 6749 section 3.3).
pub(super) fn has_value(scope: &str, value: &str) -> bool {
    scope.split(' ').any(|one| one == value)
}

/// In seconds since the epoch.
pub(super) fn now() -> Option<u64> {
    Some(SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs())
}
