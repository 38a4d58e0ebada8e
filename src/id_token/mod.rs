//! The ID token (OpenID Connect Core 1.0 section 2): who is logged in.

mod claims;
mod verify;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use claims::Claims;
pub use claims::{Address, StandardClaims};
pub(crate) use verify::Subject;

use crate::error::Remedy;
use crate::vocabulary::Algorithm;

/// A verified ID token: the only thing that holds verified claims, made at the end of verification and nowhere else.
///
/// The person is identified by issuer and subject together ([`iss`](Self::iss), [`sub`](Self::sub)); everything else about
/// her can change.
#[derive(Clone)]
pub struct IdToken {
    claims: Claims,
    /// The payload, a JSON object.
    payload: Zeroizing<String>,
    compact: Arc<Zeroizing<String>>,
}

impl IdToken {
    /// The issuer: the provider's, or one that was accepted by name.
    #[must_use]
    pub fn iss(&self) -> &str {
        &self.claims.iss
    }

    /// The subject: the person, never reassigned within the issuer.
    #[must_use]
    pub fn sub(&self) -> &str {
        &self.claims.sub
    }

    /// The audience: this client's id is in it; further ones are trusted, or the token says that it was issued to this client
    /// ([`azp`](Self::azp)).
    #[must_use]
    pub fn aud(&self) -> &[String] {
        &self.claims.aud
    }

    /// When the token ends, in whole seconds since the epoch.
    #[must_use]
    pub fn exp(&self) -> u64 {
        self.claims.exp.as_secs()
    }

    /// When the token was issued, in whole seconds since the epoch.
    #[must_use]
    pub fn iat(&self) -> u64 {
        self.claims.iat.as_secs()
    }

    /// When the person logged in at the provider, in whole seconds since the epoch. Always there when `max_age` was asked for.
    #[must_use]
    pub fn auth_time(&self) -> Option<u64> {
        self.claims.auth_time.map(|time| time.as_secs())
    }

    /// The authentication context class reference: how strong the login was, in the provider's words.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.claims.acr.as_deref()
    }

    /// The authentication methods: `pwd`, `otp` (RFC 8176). Empty where the provider did not say.
    #[must_use]
    pub fn amr(&self) -> &[String] {
        &self.claims.amr
    }

    /// The authorized party: this client, or one that is trusted.
    #[must_use]
    pub fn azp(&self) -> Option<&str> {
        self.claims.azp.as_deref()
    }

    /// The claims about the person that OpenID Connect Core 1.0 section 5.1 names. A claim of the wrong kind is left out here;
    /// [`claims_as`](Self::claims_as) has it as it came.
    #[must_use]
    pub fn standard_claims(&self) -> StandardClaims {
        StandardClaims::read(&self.payload)
    }

    /// All claims, as a type of your own.
    ///
    /// ```no_run
    /// #[derive(serde::Deserialize)]
    /// struct MyClaims {
    ///     #[serde(default)]
    ///     groups: Vec<String>,
    /// }
    /// # fn f(tokens: oidc_proto::Tokens) -> Result<(), serde_json::Error> {
    /// let claims: MyClaims = tokens.id_token().claims_as()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// When the claims are not a `T`, such as `"groups": "admin"` above. The error's text may quote a claim.
    pub fn claims_as<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.payload)
    }

    /// The token as it came, in compact serialization: for `id_token_hint` in a later login or logout.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.compact
    }
}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken")
            .field("iss", &self.claims.iss)
            .field("sub", &self.claims.sub)
            .field("aud", &self.claims.aud)
            .field("exp", &self.exp())
            .field("iat", &self.iat())
            .finish_non_exhaustive()
    }
}

/// Why an ID token is not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdTokenError {
    /// It is not three parts of base64url, or header or payload is not a JSON object.
    #[error("the ID token is malformed: {what}")]
    Malformed {
        /// What is wrong with it.
        what: &'static str,
    },
    /// It is encrypted, and there is no key to decrypt it.
    #[error("the ID token is encrypted")]
    Encrypted,
    /// Its `typ` says that it is something else, such as an access token.
    #[error("the ID token is typed as something else")]
    WrongType,
    /// It has `crit` in its header (RFC 7515 section 4.1.11), and no extension is understood.
    #[error("the ID token has critical header parameters")]
    CriticalHeader,
    /// It is signed with an algorithm that this client does not accept: `none`, one that is not set or listed, or HS* with
    /// several audiences.
    #[error("the ID token is signed with {algorithm}, which is not allowed")]
    AlgorithmNotAllowed {
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// No key of the set has the `kid` of the token, or, where it has none, is of its kind: the provider may have new keys.
    #[error("the ID token is signed with a key that is not in the key set")]
    UnknownKey,
    /// The key that the token names is for something else, or of another kind, or too small or too large.
    #[error("the key that signed the ID token cannot be used for it")]
    UnusableKey,
    /// The signature is wrong.
    #[error("the signature of the ID token is wrong")]
    BadSignature {
        /// Whether the token names its key. If it does not, the right key may be a new one.
        key_was_named: bool,
    },
    /// A required claim is absent.
    #[error("the ID token has no {claim}")]
    MissingClaim {
        /// The claim.
        claim: &'static str,
    },
    /// A claim is of the wrong kind, empty, out of range, or there twice.
    #[error("the ID token has an unusable {claim}")]
    InvalidClaim {
        /// The claim.
        claim: Cow<'static, str>,
    },
    /// Another provider issued it.
    #[error("the ID token is from another issuer")]
    IssuerMismatch,
    /// It is not for this client.
    #[error("the ID token is for another client")]
    AudienceMismatch,
    /// It is also for somebody who is not trusted.
    #[error("the ID token is also for an audience that is not trusted")]
    UntrustedAudience,
    /// Another client asked for it.
    #[error("the ID token was issued to another client")]
    AuthorizedPartyMismatch,
    /// Its time is over.
    #[error("the ID token has expired")]
    Expired,
    /// Its time (`nbf`) has not come.
    #[error("the ID token is not valid yet")]
    NotYetValid,
    /// It was issued later than now: one of the clocks is wrong.
    #[error("the ID token was issued in the future")]
    IssuedInFuture,
    /// It has no nonce, and one was sent.
    #[error("the ID token has no nonce")]
    NonceMissing,
    /// It was made for another login.
    #[error("the nonce of the ID token is not that of this login")]
    NonceMismatch,
    /// It does not say when the person logged in, and `max_age` was asked for.
    #[error("the ID token does not say when the person logged in")]
    AuthTimeMissing,
    /// The person logged in longer ago than `max_age` allows.
    #[error("the person logged in too long ago")]
    AuthenticationTooOld,
    /// The login was not of a class that `require_acr` named.
    #[error("the login was not as strong as required")]
    AcrMismatch,
    /// The access token is not the one that it was issued with.
    #[error("the ID token belongs to another access token")]
    AccessTokenHashMismatch,
    /// The code is not the one that it was issued for.
    #[error("the ID token belongs to another code")]
    CodeHashMismatch,
    /// TLS was to be trusted, and the token endpoint has none.
    #[error("the token endpoint has no TLS to trust")]
    InsecureEndpoint,
    /// The scope of the login had no `openid`: there is no ID token to verify.
    #[error("openid was not asked for, so there is no ID token")]
    NotRequested,
}

impl IdTokenError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::UnknownKey | Self::BadSignature { key_was_named: false } => Remedy::FetchKeys,
            Self::AuthenticationTooOld | Self::AcrMismatch => Remedy::LoginInteractively,
            Self::Expired | Self::NonceMismatch => Remedy::RestartLogin,
            // IssuedInFuture and NotYetValid: a clock is wrong, most likely this machine's.
            Self::Encrypted
            | Self::AlgorithmNotAllowed { .. }
            | Self::IssuerMismatch
            | Self::UntrustedAudience
            | Self::AuthorizedPartyMismatch
            | Self::NotYetValid
            | Self::IssuedInFuture
            | Self::InsecureEndpoint
            | Self::NotRequested => Remedy::FixConfiguration,
            Self::Malformed { .. }
            | Self::WrongType
            | Self::CriticalHeader
            | Self::UnusableKey
            | Self::BadSignature { .. }
            | Self::MissingClaim { .. }
            | Self::InvalidClaim { .. }
            | Self::AudienceMismatch
            | Self::NonceMissing
            | Self::AuthTimeMissing
            | Self::AccessTokenHashMismatch
            | Self::CodeHashMismatch => Remedy::ReportToProvider,
        }
    }
}

/// The time since the epoch; a clock before it counts as the epoch.
pub(crate) fn since_epoch(now: SystemTime) -> Duration {
    now.duration_since(UNIX_EPOCH).unwrap_or_default()
}
