//! The claims of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4), read and not verified.

use crate::ground::json::Object;
use crate::jose::JwtError;
use crate::jose::jwt::{
    OptionalTimes, read_claims, read_not_empty, read_numeric_date, read_string, read_strings, required, valid,
};

/// The claims that verification looks at. Which of them must be there is decided later.
pub(super) struct Claims<'a> {
    pub(super) iss: Option<String>,
    pub(super) aud: Option<Vec<String>>,
    pub(super) times: OptionalTimes,
    pub(super) jti: Option<String>,
    pub(super) sub: Option<String>,
    pub(super) sid: Option<String>,
    /// As it came.
    events: Option<&'a str>,
    pub(super) has_nonce: bool,
    /// The tenant, at Microsoft Entra; elsewhere it may be anything.
    pub(super) tid: Option<String>,
}

impl<'a> Claims<'a> {
    /// Reads the claims. A claim that is `null` counts as absent (OpenID Connect Core 1.0 section 5.3.2), but for the nonce:
    /// only an ID token has one, whatever its value.
    pub(super) fn parse(payload: &'a str) -> Result<Self, JwtError> {
        let mut object = read_claims(payload)?;
        let mut read = |name: &'static str| object.take_raw(name).map(|raw| (name, raw));
        let string = |(name, raw)| valid(name, read_not_empty(raw));
        let date = |(name, raw)| valid(name, read_numeric_date(raw));
        Ok(Self {
            iss: read("iss").map(|(name, raw)| valid(name, read_string(raw))).transpose()?,
            aud: read("aud").map(|(name, raw)| valid(name, read_strings(raw))).transpose()?,
            times: OptionalTimes {
                exp: read("exp").map(date).transpose()?,
                nbf: read("nbf").map(date).transpose()?,
                iat: read("iat").map(date).transpose()?,
            },
            jti: read("jti").map(string).transpose()?,
            sub: read("sub").map(string).transpose()?,
            sid: read("sid").map(string).transpose()?,
            events: read("events").map(|(_, raw)| raw),
            tid: read("tid").and_then(|(_, raw)| read_string(raw).ok()),
            has_nonce: object.take_even_null("nonce").is_some(),
        })
    }

    /// Step 6 of section 2.6: `events` is an object with the member that says that this is a logout, whose value is an object.
    pub(super) fn check_event(&self) -> Result<(), JwtError> {
        const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
        let invalid = || JwtError::InvalidClaim { claim: "events".into() };
        let events = required("events", self.events)?;
        let mut events = Object::parse(events).map_err(|_| invalid())?;
        let event = required(EVENT, events.take_even_null(EVENT))?;
        if event.starts_with('{') { Ok(()) } else { Err(invalid()) }
    }
}
