//! The claims about the user that OpenID Connect Core 1.0 section 5.1 names.

use std::time::SystemTime;

use crate::ground::json::{self, Object};
use crate::ground::time::moment;
use crate::jose::jwt::read_numeric_date;

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
            pub(crate) fn read(json: &str) -> Self {
                let Ok(mut object) = Object::parse(json) else {
                    return Self::default();
                };
                Self { $($claim: object.take_raw(stringify!($claim)).and_then($read),)* }
            }
        }
    };
}

claims_about! {
    /// Claims about the user (OpenID Connect Core 1.0 section 5.1). Which of them are there depends on the scope and on the
    /// provider. Many providers have them only at the UserInfo endpoint.
    StandardClaims {
        /// Their full name, for display.
        name: String = text,
        /// Their given names.
        given_name: String = text,
        /// Their family names.
        family_name: String = text,
        /// Their middle names.
        middle_name: String = text,
        /// Their nickname.
        nickname: String = text,
        /// The name that they like to be known by at this client. It is not unique, so it does not identify them.
        preferred_username: String = text,
        /// The URL of their profile page.
        profile: String = text,
        /// The URL of their picture.
        picture: String = text,
        /// The URL of their home page.
        website: String = text,
        /// Their e-mail address. It is not unique, and it can change. Trust it only with `email_verified`.
        email: String = text,
        /// Whether the provider has checked that the e-mail address is theirs. Also read from `"true"`, as Apple and Amazon
        /// Cognito send it.
        email_verified: bool = flag,
        /// Their gender: `female`, `male`, or another word.
        gender: String = text,
        /// Their birthday: `YYYY-MM-DD`, `YYYY`, or `0000-MM-DD`.
        birthdate: String = text,
        /// Their time zone: `Europe/Vienna`.
        zoneinfo: String = text,
        /// Their language: `de-AT`.
        locale: String = text,
        /// Their telephone number: `+43 1 234567`.
        phone_number: String = text,
        /// Whether the provider has checked that the telephone number is theirs.
        phone_number_verified: bool = flag,
        /// Their postal address.
        address: Address = |raw: &str| raw.starts_with('{').then(|| Address::read(raw)),
        /// When these claims last changed.
        updated_at: SystemTime = |raw: &str| read_numeric_date(raw).ok().map(moment),
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
