//! The token response (OpenID Connect Core 1.0 sections 3.1.3.3 to 3.1.3.8, RFC 6749 section 5), and the tokens once the ID
//! token among them is believed.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::{Response, StatusCode};
use zeroize::Zeroizing;

use crate::client::Client;
use crate::code_flow::authorize::Nonce;
use crate::code_flow::callback::AuthorizationCode;
use crate::error::{OAuthError, Remedy};
use crate::id_token::{IdToken, IdTokenError, Subject};
use crate::json::{self, ExtraMembers, Object, WrongKind};
use crate::keys::JwkSet;
use crate::response::{ResponseProblem, from_response_problem, read_object};
use crate::round_trip::{Awaiting, sealed};
use crate::secret::secret_string;
use crate::vocabulary::{OAuthErrorCode, TokenType};

secret_string! {
    /// The access token (RFC 6749 section 1.4).
    AccessToken
}

secret_string! {
    /// The refresh token (RFC 6749 section 1.5).
    RefreshToken
}

/// What the login began with, and the ID token must agree with.
pub(crate) struct Expectations {
    pub(crate) openid: bool,
    pub(crate) code: AuthorizationCode,
    pub(crate) nonce: Option<Nonce>,
    /// Since the epoch.
    pub(crate) began: Duration,
    /// In seconds.
    pub(crate) max_age: Option<u64>,
    pub(crate) require_acr: Vec<String>,
}

/// The state between the token request and its response. Not to be stored: the code that was sent works once.
#[must_use]
pub struct AwaitingTokens {
    client: Client,
    expectations: Expectations,
}

impl AwaitingTokens {
    pub(crate) fn new(client: Client, expectations: Expectations) -> Self {
        Self { client, expectations }
    }

    /// Reads the tokens out of the response. Nothing can be read out of the result before it is verified.
    ///
    /// # Errors
    ///
    /// [`TokenError::Provider`] when the provider answered with an error, whatever the status;
    /// [`Status`](TokenError::Status) when it answered with another status than 2xx and no error;
    /// [`TooLarge`](TokenError::TooLarge), [`NotJson`](TokenError::NotJson); [`MissingField`](TokenError::MissingField)
    /// without an `access_token`; [`InvalidField`](TokenError::InvalidField) for a member of the wrong kind (`"expires_in":
    /// -1`), or one given twice; [`UnsupportedTokenType`](TokenError::UnsupportedTokenType);
    /// [`MissingIdToken`](TokenError::MissingIdToken) when `openid` was asked for.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<UnverifiedTokens, TokenError> {
        let status = response.status();
        let failed = !status.is_success();
        let mut object =
            read_object(response).map_err(|problem| if failed { ResponseProblem::Status(status) } else { problem })?;
        if let Some(error) = OAuthError::take_from(&mut object)? {
            return Err(TokenError::Provider { error, status });
        }
        if failed {
            return Err(TokenError::Status { status });
        }
        let id_token = object.take_raw("id_token").map_or(Ok(None), read_string).or_invalid("id_token")?;
        let id_token = id_token.map(|id_token| Arc::new(Zeroizing::new(id_token)));
        let tokens = Arc::new(OAuthTokens::from_object(object, &self.client)?);
        // Without openid this is not OpenID Connect, and an ID token that comes all the same proves nothing.
        let id_token = match (self.expectations.openid, id_token) {
            (true, Some(id_token)) => Some(id_token),
            (true, None) => return Err(TokenError::MissingIdToken),
            (false, _) => None,
        };
        Ok(UnverifiedTokens { client: self.client, expectations: self.expectations, tokens, id_token })
    }
}

impl fmt::Debug for AwaitingTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingTokens").field("client", &self.client).finish_non_exhaustive()
    }
}

impl sealed::Sealed for AwaitingTokens {
    /// The code may have arrived, and it works once.
    const AFTER_TRANSPORT_FAILURE: Remedy = Remedy::RestartLogin;
}

impl Awaiting for AwaitingTokens {
    type Output = UnverifiedTokens;
    type Error = TokenError;

    fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<UnverifiedTokens, TokenError> {
        self.receive(response)
    }
}

/// The tokens of a response whose ID token is not believed yet. Nothing can be read out of it.
#[must_use = "nobody is logged in before the ID token is verified"]
pub struct UnverifiedTokens {
    client: Client,
    expectations: Expectations,
    tokens: Arc<OAuthTokens>,
    /// Compact serialization; there exactly when `openid` was asked for.
    id_token: Option<Arc<Zeroizing<String>>>,
}

impl UnverifiedTokens {
    /// Verifies the ID token (OpenID Connect Core 1.0 section 3.1.3.7) with the provider's keys.
    ///
    /// # Errors
    ///
    /// [`IdTokenError`] has a variant for each thing that can be wrong. Where its remedy is
    /// [`FetchKeys`](Remedy::FetchKeys), the provider may have new keys: fetch them once, and call again.
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    #[cfg_attr(docsrs, doc(cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))))]
    pub fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<Tokens, IdTokenError> {
        self.believe(|subject| subject.verify(keys, now))
    }

    /// Verifies the ID token without its signature: TLS vouches for the token endpoint that it came from (OpenID Connect
    /// Core 1.0 section 3.1.3.7 step 6). Everything else is checked.
    ///
    /// Only right when the caller's HTTP client checks the server's certificate and followed no redirect.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), but for keys and signature; [`IdTokenError::InsecureEndpoint`] when the token endpoint
    /// is an http URL.
    pub fn verify_trusting_tls(&self, now: SystemTime) -> Result<Tokens, IdTokenError> {
        self.believe(|subject| subject.verify_trusting_tls(now))
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Whether `verify` would ask for other keys than these.
    pub(crate) fn asks_for_other_keys_than(&self, keys: &JwkSet) -> bool {
        self.subject().is_some_and(|subject| subject.asks_for_other_keys_than(keys))
    }

    fn subject(&self) -> Option<Subject<'_>> {
        Some(Subject {
            client: &self.client,
            expectations: &self.expectations,
            access_token: &self.tokens.access_token,
            id_token: self.id_token.as_ref()?,
        })
    }

    /// The tokens of a plain OAuth 2.0 flow, which was begun with a scope without `openid`. They say nothing of who the
    /// person is.
    ///
    /// # Errors
    ///
    /// [`TokenError::OpenIdRequested`] when `openid` was asked for: the ID token has to be verified then.
    pub fn into_oauth_tokens(self) -> Result<OAuthTokens, TokenError> {
        if self.expectations.openid {
            return Err(TokenError::OpenIdRequested);
        }
        Ok(Arc::unwrap_or_clone(self.tokens))
    }

    fn believe(
        &self,
        verify: impl FnOnce(&Subject<'_>) -> Result<IdToken, IdTokenError>,
    ) -> Result<Tokens, IdTokenError> {
        let id_token = verify(&self.subject().ok_or(IdTokenError::NotRequested)?)?;
        Ok(Tokens { oauth: Arc::clone(&self.tokens), id_token })
    }
}

impl fmt::Debug for UnverifiedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedTokens").field("client", &self.client).finish_non_exhaustive()
    }
}

/// What a login ends in: the verified ID token, and the tokens that came with it.
///
/// It cannot be deserialized, since that would be a way around verification. An application keeps what it needs: the
/// subject and issuer ([`IdToken::sub`], [`IdToken::iss`]) that say who is logged in, the claims it shows, the refresh token
/// if it means to use it, and the ID token as it came ([`IdToken::secret`]) for a later `id_token_hint`.
#[derive(Clone, Debug)]
pub struct Tokens {
    oauth: Arc<OAuthTokens>,
    id_token: IdToken,
}

impl Tokens {
    /// The verified ID token: who is logged in.
    #[must_use]
    pub fn id_token(&self) -> &IdToken {
        &self.id_token
    }

    /// See [`OAuthTokens::access_token`].
    #[must_use]
    pub fn access_token(&self) -> &AccessToken {
        self.oauth.access_token()
    }

    /// See [`OAuthTokens::token_type`].
    #[must_use]
    pub fn token_type(&self) -> &TokenType {
        self.oauth.token_type()
    }

    /// See [`OAuthTokens::expires_in`].
    #[must_use]
    pub fn expires_in(&self) -> Option<Duration> {
        self.oauth.expires_in()
    }

    /// See [`OAuthTokens::expires_at`].
    #[must_use]
    pub fn expires_at(&self, received_at: SystemTime) -> Option<SystemTime> {
        self.oauth.expires_at(received_at)
    }

    /// See [`OAuthTokens::refresh_token`].
    #[must_use]
    pub fn refresh_token(&self) -> Option<&RefreshToken> {
        self.oauth.refresh_token()
    }

    /// See [`OAuthTokens::scope`].
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.oauth.scope()
    }

    /// See [`OAuthTokens::extra`].
    #[must_use]
    pub fn extra(&self) -> &ExtraMembers {
        self.oauth.extra()
    }
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
    extra: ExtraMembers,
}

impl OAuthTokens {
    fn from_object(object: Object<'_>, client: &Client) -> Result<Self, TokenError> {
        let (mut access_token, mut token_type, mut expires_in) = (None, None, None);
        let (mut refresh_token, mut scope, mut extra) = (None, None, ExtraMembers::default());
        let text = |name, raw| read_string(raw).or_invalid(name);
        for (name, raw) in object.rest() {
            match &*name {
                // A member that is null counts as absent.
                "access_token" | "token_type" | "expires_in" | "refresh_token" | "scope" if raw == "null" => {}
                "access_token" => access_token = text("access_token", raw)?.map(AccessToken::from),
                "token_type" => token_type = text("token_type", raw)?,
                "expires_in" => expires_in = Some(read_lifetime(raw).or_invalid("expires_in")?),
                "refresh_token" => refresh_token = text("refresh_token", raw)?.map(RefreshToken::from),
                "scope" => scope = Some(read_scope(raw).or_invalid("scope")?),
                _ => extra.push(name.into_owned(), raw),
            }
        }
        let token_type = match token_type {
            // RFC 6749 section 5.1: case means nothing. Some providers send none, and mean Bearer.
            None => TokenType::BEARER,
            Some(word) if word.eq_ignore_ascii_case(TokenType::BEARER.as_str()) => TokenType::BEARER,
            Some(word) if client.accepts_token_type(&word) => word.into(),
            Some(word) => return Err(TokenError::UnsupportedTokenType { token_type: word.into() }),
        };
        let access_token = access_token.ok_or(TokenError::MissingField { field: "access_token" })?;
        Ok(Self { access_token, token_type, expires_in, refresh_token, scope, extra })
    }

    /// The access token.
    #[must_use]
    pub fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// How the access token is used: Bearer, also where the provider said nothing.
    #[must_use]
    pub fn token_type(&self) -> &TokenType {
        &self.token_type
    }

    /// How long the access token lives from the moment of the response on, in whole seconds, 2³¹ − 1 at most; `None` where
    /// the provider did not say.
    #[must_use]
    pub fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// When the access token ends, for a response that was received at the given moment.
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
    /// was asked for.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// The members of the response that are not standard, such as `refresh_expires_in`.
    #[must_use]
    pub fn extra(&self) -> &ExtraMembers {
        &self.extra
    }
}

/// Why a token response is refused, or that it is an error. The code is used up in any case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The provider answered with an error.
    #[error("the token endpoint answered with the error {error}")]
    Provider {
        /// The error.
        error: OAuthError,
        /// The status that it came with.
        status: StatusCode,
    },
    /// The provider answered with another status than 2xx, and no error in JSON.
    #[error("the token endpoint answered with HTTP status {status}")]
    Status {
        /// The status.
        status: StatusCode,
    },
    /// The body is over 1 MiB.
    #[error("the token response is larger than 1 MiB")]
    TooLarge,
    /// The body is not one JSON object.
    #[error("the token response is not a JSON object (line {line}, column {column})")]
    NotJson {
        /// The line, counted from one.
        line: usize,
        /// The column, counted from one.
        column: usize,
    },
    /// A required member is absent.
    #[error("the token response has no {field}")]
    MissingField {
        /// The member that is missing.
        field: &'static str,
    },
    /// A member is of the wrong kind, or there twice.
    #[error("the token response has an unusable {field}")]
    InvalidField {
        /// The member that is unusable.
        field: Cow<'static, str>,
    },
    /// The access token is not a Bearer token.
    #[error("the token type {token_type} is not supported")]
    UnsupportedTokenType {
        /// The type.
        token_type: TokenType,
    },
    /// `openid` was asked for, and there is no ID token.
    #[error("the token response has no ID token")]
    MissingIdToken,
    /// `openid` was asked for, so the tokens are not to be had without verifying the ID token.
    #[error("openid was asked for: the ID token has to be verified")]
    OpenIdRequested,
}

from_response_problem!(TokenError);

impl TokenError {
    /// What to do about it. Never to try again: the code works once.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Provider { error, .. } if MISCONFIGURED.contains(error.error()) => Remedy::FixConfiguration,
            Self::OpenIdRequested => Remedy::FixConfiguration,
            Self::Provider { .. } | Self::Status { .. } => Remedy::RestartLogin,
            Self::TooLarge
            | Self::NotJson { .. }
            | Self::MissingField { .. }
            | Self::InvalidField { .. }
            | Self::UnsupportedTokenType { .. }
            | Self::MissingIdToken => Remedy::ReportToProvider,
        }
    }
}

/// The errors of a token endpoint that a new login would meet again.
const MISCONFIGURED: [OAuthErrorCode; 6] = [
    OAuthErrorCode::INVALID_CLIENT,
    OAuthErrorCode::INVALID_REQUEST,
    OAuthErrorCode::INVALID_SCOPE,
    OAuthErrorCode::INVALID_TARGET,
    OAuthErrorCode::UNAUTHORIZED_CLIENT,
    OAuthErrorCode::UNSUPPORTED_GRANT_TYPE,
];

/// A string; the empty one counts as absent.
fn read_string(raw: &str) -> Result<Option<String>, WrongKind> {
    let text = json::read_string(raw)?;
    Ok(if text.is_empty() { None } else { Some(text.into_owned()) })
}

/// RFC 6749 section 5.1: seconds, as an integer, a float, or either in quotes; not negative; capped at 2³¹ − 1.
fn read_lifetime(raw: &str) -> Result<u32, WrongKind> {
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
fn read_scope(raw: &str) -> Result<String, WrongKind> {
    if raw.starts_with('[') { Ok(json::read::<Vec<String>>(raw)?.join(" ")) } else { json::read(raw) }
}

/// Names the field whose value is of the wrong kind.
trait OrInvalid<T> {
    fn or_invalid(self, field: &'static str) -> Result<T, TokenError>;
}

impl<T> OrInvalid<T> for Result<T, WrongKind> {
    fn or_invalid(self, field: &'static str) -> Result<T, TokenError> {
        self.map_err(|WrongKind| TokenError::InvalidField { field: field.into() })
    }
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
