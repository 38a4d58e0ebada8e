//! The registered claims of a JWT (RFC 7519 section 4.1): how they are read, and what their times must be.

use std::borrow::Cow;
use std::time::Duration;

use crate::ground::json::{self, Object, ObjectError, WrongKind};
use crate::ground::printable::field_name;
use crate::jose::error::JwtError;

/// The claims of a payload. A duplicate claim is refused: another reader may see the other value.
pub(crate) fn read_claims(payload: &str) -> Result<Object<'_>, JwtError> {
    Object::parse(payload).map_err(unreadable)
}

/// The same, but one claim may be there several times, with the same value.
pub(crate) fn read_claims_with_repeated<'a>(payload: &'a str, repeated: &str) -> Result<Object<'a>, JwtError> {
    Object::parse_with_repeated(payload, repeated).map_err(unreadable)
}

fn unreadable(error: ObjectError) -> JwtError {
    match error {
        ObjectError::Duplicate(claim) => JwtError::InvalidClaim { claim: field_name(&claim) },
        _ => JwtError::Malformed { what: "its payload is not a JSON object" },
    }
}

/// A claim of the right kind.
pub(crate) fn valid<T>(claim: &'static str, value: Result<T, WrongKind>) -> Result<T, JwtError> {
    value.map_err(|WrongKind| JwtError::InvalidClaim { claim: claim.into() })
}

/// A claim that must be there.
pub(crate) fn required<T>(claim: &'static str, value: Option<T>) -> Result<T, JwtError> {
    value.ok_or(JwtError::MissingClaim { claim })
}

pub(crate) fn read_string(raw: &str) -> Result<String, WrongKind> {
    json::read_string(raw).map(Cow::into_owned)
}

pub(crate) fn read_not_empty(raw: &str) -> Result<String, WrongKind> {
    read_string(raw).and_then(|text| if text.is_empty() { Err(WrongKind) } else { Ok(text) })
}

/// RFC 7519 section 4.1.3: one string, or an array of strings.
pub(crate) fn read_strings(raw: &str) -> Result<Vec<String>, WrongKind> {
    if raw.starts_with('[') { json::read(raw) } else { Ok(vec![read_string(raw)?]) }
}

/// RFC 7519 section 2, `NumericDate`: seconds since the epoch, a number that may have a fraction; here between 0 and 2⁵³.
pub(crate) fn read_numeric_date(raw: &str) -> Result<Duration, WrongKind> {
    const LATEST: u64 = 1 << 53;
    if let Ok(seconds) = raw.parse::<u64>() {
        return if seconds <= LATEST { Ok(Duration::from_secs(seconds)) } else { Err(WrongKind) };
    }
    // A float this close to the end is rounded, so it is refused together with what is beyond.
    let seconds = Duration::try_from_secs_f64(json::read(raw)?).map_err(|_| WrongKind)?;
    if seconds.as_secs() < LATEST { Ok(seconds) } else { Err(WrongKind) }
}

/// The times of a JWT, since the epoch.
#[derive(Clone)]
pub(crate) struct Times {
    pub(crate) exp: Duration,
    pub(crate) nbf: Option<Duration>,
    pub(crate) iat: Duration,
}

impl Times {
    /// RFC 7519 sections 4.1.4 to 4.1.6: it has not expired, it is valid already, it is not from the future, as far as it
    /// says. The clocks may differ by the leeway.
    pub(crate) fn check(&self, now: Duration, leeway: Duration) -> Result<(), JwtError> {
        OptionalTimes { exp: Some(self.exp), nbf: self.nbf, iat: Some(self.iat) }.check(now, leeway)
    }
}

/// The times of a JWT that need not have them, since the epoch.
#[derive(Clone, Copy)]
pub(crate) struct OptionalTimes {
    pub(crate) exp: Option<Duration>,
    pub(crate) nbf: Option<Duration>,
    pub(crate) iat: Option<Duration>,
}

impl OptionalTimes {
    /// The same as [`Times::check`], for those that are there.
    pub(crate) fn check(self, now: Duration, leeway: Duration) -> Result<(), JwtError> {
        let latest = now.saturating_add(leeway);
        if self.exp.is_some_and(|exp| exp.saturating_add(leeway) <= now) {
            return Err(JwtError::Expired);
        }
        if self.nbf.is_some_and(|nbf| nbf > latest) {
            return Err(JwtError::NotYetValid);
        }
        if self.iat.is_some_and(|iat| iat > latest) {
            return Err(JwtError::IssuedInFuture);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numeric_date_is_a_number_from_0_to_2_to_the_53() {
        for (raw, seconds) in
            [("0", 0.0), ("1760000300", 1_760_000_300.0), ("1.5", 1.5), ("9007199254740992", 9_007_199_254_740_992.0)]
        {
            assert_eq!(read_numeric_date(raw).ok(), Some(Duration::from_secs_f64(seconds)), "{raw}");
        }
        for raw in
            ["-1", "-0.5", "9007199254740993", "9007199254740992.5", "1e300", "1e400", "\"1\"", "true", "null", "[]"]
        {
            assert!(read_numeric_date(raw).is_err(), "{raw}");
        }
    }
}
