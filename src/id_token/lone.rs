//! An ID token that comes without a login of ours: a mobile application sends it to its backend, or one service to another.

use std::fmt;
use std::time::Duration;
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
use std::time::SystemTime;

use crate::client::Client;
use crate::ground::secret::SecretText;
use crate::id_token::IdToken;
use crate::id_token::claims::Nonce;
use crate::id_token::error::IdTokenError;
use crate::id_token::verify::{Expectations, SignedIdToken};
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
use crate::jose::JwkSet;
use crate::keys::Unverified;
use crate::keys::signed_jwt::SignedJwt;
use crate::keys::unverified::sealed;

impl Client {
    /// Takes an ID token, in compact serialization, that does not come from the provider itself but from whoever got it
    /// there: a mobile application that logged the user in, or another service. The client is the one that the token
    /// was issued to.
    ///
    /// Whoever has such a token can send it again while it is valid. A nonce that the receiver made, and accepts once,
    /// prevents that.
    ///
    /// ```no_run
    /// # #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    /// # fn f(client: &oidc_proto::Client, keys: &oidc_proto::JwkSet, compact: &str, nonce: &str) -> Result<(), oidc_proto::IdTokenError> {
    /// let unverified = client.id_token(compact).with_nonce(nonce);
    /// let id_token = unverified.verify(keys, std::time::SystemTime::now())?;
    /// # Ok(()) }
    /// ```
    pub fn id_token(&self, compact: impl Into<String>) -> LoneIdToken {
        LoneIdToken { client: self.clone(), compact: SecretText::new(compact) }
    }
}

/// An ID token that came without a login of ours. Say next which nonce it must have.
#[must_use = "the token is not verified"]
pub struct LoneIdToken {
    client: Client,
    compact: SecretText,
}

impl LoneIdToken {
    /// The token must have this nonce.
    pub fn with_nonce(self, nonce: impl Into<Nonce>) -> UnverifiedIdToken {
        self.expecting(Some(nonce.into()))
    }

    /// The token must have no nonce, because none was sent in the request that it answers.
    pub fn without_nonce(self) -> UnverifiedIdToken {
        self.expecting(None)
    }

    fn expecting(self, nonce: Option<Nonce>) -> UnverifiedIdToken {
        let expectations =
            Expectations { nonce, began: Duration::ZERO, max_age: None, acr_values: Vec::new(), code: None };
        UnverifiedIdToken(SignedIdToken::new(self.client, expectations, self.compact))
    }
}

impl fmt::Debug for LoneIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoneIdToken").field("client", &self.client).finish_non_exhaustive()
    }
}

/// An ID token that is not verified yet. Nothing can be read out of it.
#[must_use = "the token is not verified"]
pub struct UnverifiedIdToken(SignedIdToken);

impl UnverifiedIdToken {
    /// Verifies the ID token (OpenID Connect Core 1.0 section 3.1.3.7) with the provider's keys.
    ///
    /// # Errors
    ///
    /// [`IdTokenError`] has a variant for each thing that can be wrong. Where its remedy is
    /// [`FetchKeys`](crate::Remedy::FetchKeys), the provider may have new keys: fetch them once, and call again.
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    #[cfg_attr(docsrs, doc(cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))))]
    pub fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<IdToken, IdTokenError> {
        self.0.verify(keys, None, now)
    }
}

impl Unverified for UnverifiedIdToken {}

impl sealed::Sealed for UnverifiedIdToken {
    type Verified = IdToken;
    type Error = IdTokenError;

    fn client(&self) -> &Client {
        self.0.jwt().client()
    }

    fn signed(&self) -> Option<&SignedJwt> {
        Some(self.0.jwt())
    }

    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<IdToken, IdTokenError> {
        self.verify(keys, now)
    }
}

impl fmt::Debug for UnverifiedIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedIdToken").field("client", self.0.jwt().client()).finish_non_exhaustive()
    }
}
