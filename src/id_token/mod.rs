//! The ID token (OpenID Connect Core 1.0 section 2): who is logged in.

mod claims;
mod error;
mod lone;
pub(crate) mod refreshed;
mod standard_claims;
pub(crate) mod verify;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use serde::de::DeserializeOwned;

pub use claims::Nonce;
pub use error::IdTokenError;
pub use lone::{LoneIdToken, UnverifiedIdToken};
pub use standard_claims::{Address, StandardClaims};

use crate::ground::secret::SecretText;
use crate::ground::time::moment;
use claims::Claims;

/// A verified ID token. It is made at the end of verification and nowhere else.
///
/// The user is identified by issuer and subject together ([`iss`](Self::iss), [`sub`](Self::sub)). Everything else about
/// them can change.
#[derive(Clone)]
pub struct IdToken {
    claims: Claims,
    /// The payload, a JSON object.
    payload: SecretText,
    compact: Arc<SecretText>,
}

impl IdToken {
    /// The issuer: the provider's, or one that was accepted by name.
    #[must_use]
    pub fn iss(&self) -> &str {
        &self.claims.iss
    }

    /// The subject: the user, never reassigned within the issuer.
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

    /// When the token expires.
    #[must_use]
    pub fn exp(&self) -> SystemTime {
        moment(self.claims.times.exp)
    }

    /// When the token was issued.
    #[must_use]
    pub fn iat(&self) -> SystemTime {
        moment(self.claims.times.iat)
    }

    /// When the user logged in at the provider. Always there when `max_age` was asked for.
    #[must_use]
    pub fn auth_time(&self) -> Option<SystemTime> {
        self.claims.auth_time.map(moment)
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

    /// The user's session at the provider (OpenID Connect Front-Channel Logout 1.0 section 3): a logout names it.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.claims.sid.as_deref()
    }

    /// The claims about the user that OpenID Connect Core 1.0 section 5.1 names. A claim of the wrong kind is left out here;
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

    /// The token as it was signed, in compact serialization: for `id_token_hint` in a later login or logout. For a
    /// token that came encrypted, it is the signed token inside (OpenID Connect Core 1.0 section 3.1.2.1).
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
