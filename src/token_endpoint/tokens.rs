//! The tokens of OAuth 2.0, as every grant gets them (RFC 6749 section 5.1).

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;

use crate::exchange::ResponseError;
use crate::exchange::response::OrInvalid;
use crate::ground::extra_members::ExtraMembers;
use crate::ground::json::{self, Object, WrongKind};
use crate::ground::secret::secret_string;
use crate::ground::vocabulary::{TokenType, TokenTypeIdentifier};
use crate::token_endpoint::access_token::AccessToken;
use crate::token_endpoint::authorization_details::AuthorizationDetails;

secret_string! {
    /// The refresh token (RFC 6749 section 1.5).
    RefreshToken
}

/// The tokens of OAuth 2.0 (RFC 6749 section 5.1).
#[derive(Clone, Debug)]
pub struct OAuthTokens {
    access_token: AccessToken,
    token_type: TokenType,
    /// In seconds.
    expires_in: Option<u32>,
    refresh_token: Option<RefreshToken>,
    scope: Option<String>,
    authorization_details: Option<AuthorizationDetails>,
    issued_token_type: Option<TokenTypeIdentifier>,
    extra: ExtraMembers,
}

impl OAuthTokens {
    /// Reads the members of a token response.
    pub(super) fn from_object(
        object: Object<'_>,
        accepts: impl Fn(&TokenType) -> bool,
    ) -> Result<Self, OAuthTokensError> {
        let (mut access_token, mut token_type, mut expires_in) = (None, None, None);
        let (mut refresh_token, mut scope, mut details) = (None, None, None);
        let (mut issued_token_type, mut extra) = (None, ExtraMembers::default());
        let text = |name, raw| read_string(raw).or_invalid(name);
        for (name, raw) in object.rest() {
            match &*name {
                // A member that is null counts as absent.
                "access_token" | "token_type" | "expires_in" | "refresh_token" | "scope" | DETAILS | ISSUED
                    if raw == "null" => {}
                "access_token" => access_token = text("access_token", raw)?.map(AccessToken::from),
                "token_type" => token_type = text("token_type", raw)?,
                "expires_in" => expires_in = Some(read_lifetime(raw).or_invalid("expires_in")?),
                "refresh_token" => refresh_token = text("refresh_token", raw)?.map(RefreshToken::from),
                "scope" => scope = Some(read_scope(raw).or_invalid("scope")?),
                DETAILS => details = Some(AuthorizationDetails::granted(raw).or_invalid(DETAILS)?),
                ISSUED => issued_token_type = text(ISSUED, raw)?.map(TokenTypeIdentifier::from),
                _ => extra.push(&name, raw),
            }
        }
        let token_type = match token_type {
            // RFC 6749 section 5.1: in any case. Some providers send none, and mean Bearer.
            None => TokenType::BEARER,
            Some(word) if word.eq_ignore_ascii_case(TokenType::BEARER.as_str()) => TokenType::BEARER,
            Some(word) if word.eq_ignore_ascii_case(TokenType::DPOP.as_str()) => TokenType::DPOP,
            Some(word) => word.into(),
        };
        if !accepts(&token_type) {
            return Err(OAuthTokensError::UnsupportedTokenType(token_type));
        }
        let access_token = access_token.map(|token: AccessToken| token.of_type(&token_type));
        let access_token = access_token.ok_or(ResponseError::MissingField { field: "access_token" })?;
        Ok(Self {
            access_token,
            token_type,
            expires_in,
            refresh_token,
            scope,
            authorization_details: details,
            issued_token_type,
            extra,
        })
    }

    /// The access token.
    #[must_use]
    pub fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// How the access token is used: Bearer or DPoP; Bearer also where the provider said nothing.
    #[must_use]
    pub fn token_type(&self) -> &TokenType {
        &self.token_type
    }

    /// How long the access token lives, counted from the response, in whole seconds, 2³¹ − 1 at most; `None` where the
    /// provider did not say.
    #[must_use]
    pub fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// When the access token expires, for a response that was received at the given moment.
    #[must_use]
    pub fn expires_at(&self, received_at: SystemTime) -> Option<SystemTime> {
        received_at.checked_add(self.expires_in()?)
    }

    /// The refresh token, where there is one.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    /// The scope that was granted, its values separated by spaces; `None` where the provider did not say: then it is what
    /// was asked for. A text is as it came: GitHub separates the values by commas.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// The authorization details that were granted (RFC 9396 section 7), as a type of your own: `Vec<serde_json::Value>`, or a
    /// list of what your API knows. `Ok(None)` where the provider did not say.
    ///
    /// The provider may grant less than what was asked for, or add to it, such as the account that the user chose.
    ///
    /// # Errors
    ///
    /// When they are not a `T`. The error says where, and quotes nothing.
    pub fn authorization_details<T: DeserializeOwned>(&self) -> Result<Option<T>, serde_json::Error> {
        self.authorization_details.as_ref().map(AuthorizationDetails::read_as).transpose()
    }

    pub(crate) fn granted_details(&self) -> Option<&AuthorizationDetails> {
        self.authorization_details.as_ref()
    }

    /// The type of the token that a token exchange gave (RFC 8693 section 2.2.1). That token is in the place of the
    /// access token. `None` for other grants.
    #[must_use]
    pub fn issued_token_type(&self) -> Option<&TokenTypeIdentifier> {
        self.issued_token_type.as_ref()
    }

    /// The members of the response that this crate does not know, such as `refresh_expires_in`.
    #[must_use]
    pub fn extra(&self) -> &ExtraMembers {
        &self.extra
    }
}

/// RFC 9396 section 7.
const DETAILS: &str = "authorization_details";

/// The member of RFC 8693 section 2.2.1.
const ISSUED: &str = "issued_token_type";

/// Why the members of a token response cannot be used.
pub(super) enum OAuthTokensError {
    UnsupportedTokenType(TokenType),
    Response(ResponseError),
}

impl From<ResponseError> for OAuthTokensError {
    fn from(error: ResponseError) -> Self {
        Self::Response(error)
    }
}

/// A string; the empty one counts as absent.
pub(crate) fn read_string(raw: &str) -> Result<Option<String>, WrongKind> {
    let text = json::read_string(raw)?;
    Ok(if text.is_empty() { None } else { Some(text.into_owned()) })
}

/// RFC 6749 section 5.1: seconds, as an integer, a float, or either in quotes; not negative; capped at 2³¹ − 1.
pub(crate) fn read_lifetime(raw: &str) -> Result<u32, WrongKind> {
    const LONGEST: f64 = 2_147_483_647.0;
    let number: Cow<'_, str> = match raw.strip_prefix('"') {
        Some(_) => json::read::<String>(raw)?.into(),
        None => raw.into(),
    };
    // What f64 reads beyond digits ("inf", "NaN", "+1") is no number of seconds.
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(WrongKind);
    }
    let seconds: f64 = number.parse().map_err(|_| WrongKind)?;
    // Between 0 and 2³¹ − 1 here, so that nothing but the fraction is cut off.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within u32, see above")]
    let whole = seconds.min(LONGEST) as u32;
    Ok(whole)
}

/// RFC 6749 section 3.3: values separated by spaces; Twitch sends an array.
pub(crate) fn read_scope(raw: &str) -> Result<String, WrongKind> {
    if raw.starts_with('[') { Ok(json::read::<Vec<String>>(raw)?.join(" ")) } else { json::read(raw) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_read_in_every_form_that_providers_send() {
        for (raw, seconds) in [
            ("3600", 3600),
            ("3600.0", 3600),
            ("3599.9", 3599),
            ("\"3599\"", 3599),
            ("0", 0),
            ("\"0\"", 0),
            ("1e3", 1000),
            ("2147483647", 2_147_483_647),
            ("2147483648", 2_147_483_647),
            ("1e400", 2_147_483_647),
        ] {
            assert_eq!(read_lifetime(raw).ok(), Some(seconds), "{raw}");
        }
        for raw in [
            "-1", "-0.5", "\"-1\"", "\"\"", "\" 1\"", "\"1 \"", "\"NaN\"", "\"inf\"", "\"+1\"", "true", "[]", "{}",
            "\"0x10\"",
        ] {
            assert!(read_lifetime(raw).is_err(), "{raw}");
        }
    }
}
