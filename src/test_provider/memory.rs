//! What the provider remembers: the user's session, and what each login allowed the client. Moments are times since the epoch.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::user::TestUser;
use crate::jose::Hash;

pub(super) struct Memory {
    seed: String,
    drawn: u64,
    /// The user's session. All logins until the logout belong to it.
    pub(super) session: Option<UserSession>,
    /// The codes that are out, each for one use.
    pub(super) codes: BTreeMap<String, Code>,
    /// The device codes that have brought no tokens.
    pub(super) device_codes: BTreeMap<String, DeviceCode>,
    /// By the code that each began with. Without its grant, no token is of any use.
    pub(super) grants: BTreeMap<String, Grant>,
    /// The grant of each refresh token that was ever issued, the used ones too.
    pub(super) refresh_tokens: BTreeMap<String, String>,
    pub(super) access_tokens: BTreeMap<String, AccessToken>,
    /// Each `jti` that was used, by its kind, and the moment from which on the JWT is refused as too old.
    used: BTreeMap<(&'static str, String), Duration>,
}

/// The user's session at the provider.
#[derive(Clone)]
pub(super) struct UserSession {
    pub(super) sid: String,
    pub(super) auth_time: Duration,
}

/// What a code stands for (RFC 6749 section 4.1.2: bound to client and redirect URI; RFC 7636 section 4.4: and the
/// challenge).
pub(super) struct Code {
    pub(super) redirect_uri: String,
    pub(super) code_challenge: String,
    pub(super) nonce: Option<String>,
    /// The thumbprint of the key that must be proven with the code (RFC 9449 section 10).
    pub(super) dpop_jkt: Option<String>,
    pub(super) ends: Duration,
    pub(super) grant: Grant,
}

/// What a device code stands for (RFC 8628 section 3.2).
pub(super) struct DeviceCode {
    pub(super) user_code: String,
    pub(super) scope: String,
    pub(super) ends: Duration,
    /// The device must not ask again before. Nothing: it has not asked yet.
    pub(super) not_before: Option<Duration>,
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
    pub(super) user: TestUser,
    pub(super) scope: String,
    pub(super) session: UserSession,
    pub(super) acr: Option<String>,
    /// The newest one, the only one that has not been used.
    pub(super) refresh_token: Option<String>,
    /// The thumbprint of the key that a public client's refresh tokens are bound to (RFC 9449 section 5).
    pub(super) jkt: Option<String>,
}

#[derive(Clone)]
pub(super) struct AccessToken {
    /// Nothing: it is of no login, but the client's own.
    pub(super) grant: Option<String>,
    pub(super) scope: String,
    /// The thumbprint of the key that it is bound to (RFC 9449 section 6).
    pub(super) jkt: Option<String>,
    pub(super) ends: Duration,
}

impl Memory {
    /// An empty one. Two with the same seed make the same codes and tokens.
    pub(super) fn new(seed: String) -> Self {
        Self {
            seed,
            drawn: 0,
            session: None,
            codes: BTreeMap::new(),
            device_codes: BTreeMap::new(),
            grants: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
            access_tokens: BTreeMap::new(),
            used: BTreeMap::new(),
        }
    }

    /// A new code, token or identifier. It is no secret: a test can tell it beforehand.
    pub(super) fn draw(&mut self) -> String {
        URL_SAFE_NO_PAD.encode(self.draw_bytes())
    }

    pub(super) fn draw_bytes(&mut self) -> Vec<u8> {
        self.drawn = self.drawn.saturating_add(1);
        Hash::Sha256.digest(&format!("{} {}", self.drawn, self.seed))
    }

    /// The user's session: the user logs in whenever somebody asks, so there is always one.
    pub(super) fn session(&mut self, now: Duration) -> UserSession {
        let session = self.session.take().unwrap_or_else(|| UserSession { sid: self.draw(), auth_time: now });
        self.session.insert(session).clone()
    }

    /// An access token that can be used now.
    pub(super) fn active(&self, access_token: &str, now: Duration) -> Option<&AccessToken> {
        let token = self.access_tokens.get(access_token)?;
        let granted = token.grant.as_ref().is_none_or(|grant| self.grants.contains_key(grant));
        (now < token.ends && granted).then_some(token)
    }

    /// The device whose code a user typed, as long as they can decide about it. RFC 8628 section 6.1: in upper or lower case,
    /// with or without the dash.
    pub(super) fn undecided_device(&mut self, typed: &str, now: Duration) -> Option<&mut DeviceCode> {
        let letters = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_uppercase()).collect()
        };
        let typed = letters(typed);
        let is_meant = |code: &&mut DeviceCode| letters(&code.user_code) == typed && now < code.ends;
        let device = self.device_codes.values_mut().find(is_meant)?;
        matches!(device.decision, Decision::Pending).then_some(device)
    }

    /// Whether a JWT of this kind comes for the first time. From `too_old` on, it is refused anyway.
    pub(super) fn is_first(&mut self, kind: &'static str, jti: &str, now: Duration, too_old: Duration) -> bool {
        self.used.retain(|_, too_old| *too_old > now);
        self.used.insert((kind, jti.to_owned()), too_old).is_none()
    }
}
