//! The claims of an ID token, parsed (OpenID Connect Core 1.0 sections 2 and 5.1).

use std::borrow::Cow;
use std::time::Duration;

use crate::code_flow::Nonce;
use crate::error::field_name;
use crate::id_token::IdTokenError;
use crate::json::{self, Object, ObjectError, WrongKind};

/// The claims that verification looks at. They are believed only inside an [`IdToken`](super::IdToken).
#[derive(Clone)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: Vec<String>,
    pub(crate) exp: Duration,
    pub(crate) iat: Duration,
    pub(crate) nbf: Option<Duration>,
    pub(crate) auth_time: Option<Duration>,
    pub(crate) nonce: Option<Nonce>,
    pub(crate) acr: Option<String>,
    pub(crate) amr: Vec<String>,
    pub(crate) azp: Option<String>,
    pub(crate) at_hash: Option<String>,
    pub(crate) c_hash: Option<String>,
    /// The tenant, at Microsoft Entra; elsewhere it may be anything.
    pub(crate) tid: Option<String>,
}

impl Claims {
    /// Reads the claims. A claim that is `null` counts as absent (OpenID Connect Core 5.3.2).
    pub(crate) fn parse(payload: &str) -> Result<Self, IdTokenError> {
        let object = Object::parse(payload).map_err(|error| match error {
            ObjectError::NotJson { .. } => IdTokenError::Malformed { what: "its payload is not a JSON object" },
            ObjectError::Duplicate(claim) => IdTokenError::InvalidClaim { claim: field_name(&claim) },
        })?;
        let (mut iss, mut sub, mut aud, mut exp, mut iat) = (None, None, None, None, None);
        let (mut nbf, mut auth_time, mut nonce, mut acr, mut amr) = (None, None, None, None, None);
        let (mut azp, mut at_hash, mut c_hash, mut tid) = (None, None, None, None);
        for (name, raw) in object.rest().filter(|(_, raw)| *raw != "null") {
            match &*name {
                "iss" => iss = Some(valid("iss", read_string(raw))?),
                "sub" => sub = Some(valid("sub", read_not_empty(raw))?),
                "aud" => aud = Some(valid("aud", read_strings(raw))?),
                "exp" => exp = Some(valid("exp", read_numeric_date(raw))?),
                "iat" => iat = Some(valid("iat", read_numeric_date(raw))?),
                "nbf" => nbf = Some(valid("nbf", read_numeric_date(raw))?),
                "auth_time" => auth_time = Some(valid("auth_time", read_numeric_date(raw))?),
                "nonce" => nonce = Some(valid("nonce", read_string(raw))?.into()),
                "acr" => acr = Some(valid("acr", read_string(raw))?),
                "amr" => amr = Some(valid("amr", read_strings(raw))?),
                "azp" => azp = Some(valid("azp", read_string(raw))?),
                "at_hash" => at_hash = Some(valid("at_hash", read_string(raw))?),
                "c_hash" => c_hash = Some(valid("c_hash", read_string(raw))?),
                "tid" => tid = read_string(raw).ok(),
                _ => {}
            }
        }
        Ok(Self {
            iss: required("iss", iss)?,
            sub: required("sub", sub)?,
            aud: required("aud", aud)?,
            exp: required("exp", exp)?,
            iat: required("iat", iat)?,
            nbf,
            auth_time,
            nonce,
            acr,
            amr: amr.unwrap_or_default(),
            azp,
            at_hash,
            c_hash,
            tid,
        })
    }
}

fn valid<T>(claim: &'static str, value: Result<T, WrongKind>) -> Result<T, IdTokenError> {
    value.map_err(|WrongKind| IdTokenError::InvalidClaim { claim: claim.into() })
}

fn required<T>(claim: &'static str, value: Option<T>) -> Result<T, IdTokenError> {
    value.ok_or(IdTokenError::MissingClaim { claim })
}

fn read_string(raw: &str) -> Result<String, WrongKind> {
    json::read_string(raw).map(Cow::into_owned)
}

fn read_not_empty(raw: &str) -> Result<String, WrongKind> {
    read_string(raw).and_then(|text| if text.is_empty() { Err(WrongKind) } else { Ok(text) })
}

/// RFC 7519 section 4.1.3: one string, or an array of strings.
fn read_strings(raw: &str) -> Result<Vec<String>, WrongKind> {
    if raw.starts_with('[') { json::read(raw) } else { Ok(vec![read_string(raw)?]) }
}

/// RFC 7519 section 2, `NumericDate`: seconds since the epoch, a number that may have a fraction; here between 0 and 2⁵³.
fn read_numeric_date(raw: &str) -> Result<Duration, WrongKind> {
    const LATEST: u64 = 1 << 53;
    if let Ok(seconds) = raw.parse::<u64>() {
        return if seconds <= LATEST { Ok(Duration::from_secs(seconds)) } else { Err(WrongKind) };
    }
    // A float this close to the end is rounded: it is refused with what lies behind.
    let seconds = Duration::try_from_secs_f64(json::read(raw)?).map_err(|_| WrongKind)?;
    if seconds.as_secs() < LATEST { Ok(seconds) } else { Err(WrongKind) }
}

/// Makes [`StandardClaims`] and [`Address`]: one line for each claim.
macro_rules! claims_about {
    ($(#[$type_doc:meta])* $name:ident { $($(#[$doc:meta])* $claim:ident: $type:ty = $read:expr,)* }) => {
        $(#[$type_doc])*
        #[derive(Clone, Debug, Default, Eq, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$doc])* pub $claim: Option<$type>,)*
        }

        impl $name {
            /// Reads what is there and of the right kind.
            pub(super) fn read(json: &str) -> Self {
                let Ok(mut object) = Object::parse(json) else {
                    return Self::default();
                };
                Self { $($claim: object.take_raw(stringify!($claim)).and_then($read),)* }
            }
        }
    };
}

claims_about! {
    /// Claims about the person (OpenID Connect Core 1.0 section 5.1). Each is there when the provider told it, which depends
    /// on the scope and on the provider; many tell them at the UserInfo endpoint alone.
    StandardClaims {
        /// Her full name, for display.
        name: String = text,
        /// Her given names.
        given_name: String = text,
        /// Her family names.
        family_name: String = text,
        /// Her middle names.
        middle_name: String = text,
        /// How she is called.
        nickname: String = text,
        /// The name she likes to be known by at this client. Not unique, and not to be used to identify her.
        preferred_username: String = text,
        /// The URL of her profile page.
        profile: String = text,
        /// The URL of her picture.
        picture: String = text,
        /// The URL of her home page.
        website: String = text,
        /// Her e-mail address. Not unique, and it can change; believe it only with `email_verified`.
        email: String = text,
        /// Whether the provider has seen to it that the e-mail address is hers. Also read from `"true"`, as Apple and Amazon
        /// Cognito send it.
        email_verified: bool = flag,
        /// Her gender: `female`, `male`, or another word.
        gender: String = text,
        /// Her birthday: `YYYY-MM-DD`, `YYYY`, or `0000-MM-DD`.
        birthdate: String = text,
        /// Her time zone: `Europe/Vienna`.
        zoneinfo: String = text,
        /// Her language: `de-AT`.
        locale: String = text,
        /// Her telephone number: `+43 1 234567`.
        phone_number: String = text,
        /// Whether the provider has seen to it that the telephone number is hers.
        phone_number_verified: bool = flag,
        /// Her postal address.
        address: Address = |raw: &str| raw.starts_with('{').then(|| Address::read(raw)),
        /// When these claims last changed, in whole seconds since the epoch.
        updated_at: u64 = |raw: &str| read_numeric_date(raw).ok().map(|time| time.as_secs()),
    }
}

claims_about! {
    /// A postal address (OpenID Connect Core 1.0 section 5.1.1).
    Address {
        /// The whole address, for a label; lines end with `\n` or `\r\n`.
        formatted: String = text,
        /// Street, house number, apartment.
        street_address: String = text,
        /// City.
        locality: String = text,
        /// State, province or region.
        region: String = text,
        /// Postal code.
        postal_code: String = text,
        /// Country.
        country: String = text,
    }
}

fn text(raw: &str) -> Option<String> {
    json::read(raw).ok()
}

/// A boolean, or one in quotes.
fn flag(raw: &str) -> Option<bool> {
    match raw {
        "true" | "\"true\"" => Some(true),
        "false" | "\"false\"" => Some(false),
        _ => None,
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

    #[test]
    fn a_flag_may_stand_in_quotes() {
        for (raw, value) in [
            ("true", Some(true)),
            ("\"true\"", Some(true)),
            ("false", Some(false)),
            ("\"false\"", Some(false)),
            ("1", None),
        ] {
            let claims = StandardClaims::read(&format!(r#"{{"email_verified":{raw}}}"#));
            assert_eq!(claims.email_verified, value, "{raw}");
        }
    }

    #[test]
    fn standard_claims_are_read_where_they_are_of_the_right_kind() {
        let claims = StandardClaims::read(
            r#"{"name":"Ada","email_verified":"true","phone_number_verified":1,"updated_at":"2026-01-02","picture":5,
                "address":{"country":"AT","region":7},"sub":"x"}"#,
        );
        let address = Address { country: Some("AT".to_owned()), ..Address::default() };
        let expected = StandardClaims {
            name: Some("Ada".to_owned()),
            email_verified: Some(true),
            address: Some(address),
            ..StandardClaims::default()
        };
        assert_eq!(claims, expected);
    }
}
