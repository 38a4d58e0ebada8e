//! What a session says of the user and of its tokens.

use std::time::SystemTime;

use serde::de::DeserializeOwned;

use crate::after_login::session::Session;
use crate::ground::base64url;
use crate::ground::secret::SecretText;
use crate::ground::time::moment;
use crate::ground::vocabulary::TokenType;
use crate::id_token::StandardClaims;
use crate::token_endpoint::{AccessToken, AuthorizationDetails, RefreshToken};

impl Session {
    /// The issuer of the provider. It tells which [`Client`](crate::Client) goes on with it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The id of the client that the user logged in with.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The issuer of the ID token: the provider's, or one that was accepted by name.
    #[must_use]
    pub fn iss(&self) -> &str {
        &self.login.iss
    }

    /// The subject: the user, never reassigned within the issuer.
    #[must_use]
    pub fn sub(&self) -> &str {
        &self.login.sub
    }

    /// The user's session at the provider, where the ID token named it.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// The audience of the ID token.
    #[must_use]
    pub fn aud(&self) -> &[String] {
        &self.login.aud
    }

    /// The authorized party of the ID token.
    #[must_use]
    pub fn azp(&self) -> Option<&str> {
        self.login.azp.as_deref()
    }

    /// When the user logged in at the provider.
    #[must_use]
    pub fn auth_time(&self) -> Option<SystemTime> {
        self.login.auth_time.map(moment)
    }

    /// The authentication context class reference of the newest ID token that had one.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.acr.as_deref()
    }

    /// The newest ID token, in compact serialization, for `id_token_hint`.
    #[must_use]
    pub fn id_token_secret(&self) -> &str {
        &self.id_token
    }

    /// The access token, whether it is still good or not: [`access`](Self::access) tells.
    #[must_use]
    pub fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// How the access token is used.
    #[must_use]
    pub fn token_type(&self) -> &TokenType {
        &self.token_type
    }

    /// When the access token expires, in whole seconds; `None` where the provider did not say.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at.map(moment)
    }

    /// The scope of the access token: what was granted, or what was asked for where the provider did not say.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// The authorization details of the access token (RFC 9396), as a type of your own: what was granted, or what was asked for
    /// where the provider did not say. `Ok(None)` where there are none.
    ///
    /// # Errors
    ///
    /// When they are not a `T`. The error says where, and quotes nothing.
    pub fn authorization_details<T: DeserializeOwned>(&self) -> Result<Option<T>, serde_json::Error> {
        self.authorization_details.as_ref().map(AuthorizationDetails::read_as).transpose()
    }

    /// The refresh token, where there is one.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    /// The claims of the newest ID token that OpenID Connect Core 1.0 section 5.1 names.
    #[must_use]
    pub fn standard_claims(&self) -> StandardClaims {
        StandardClaims::read(&self.payload())
    }

    /// All claims of the newest ID token, as a type of your own.
    ///
    /// # Errors
    ///
    /// When the claims are not a `T`. The error's text may quote a claim.
    pub fn claims_as<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.payload())
    }

    /// The claims as they were signed. Empty where a store was tampered with.
    fn payload(&self) -> SecretText {
        let payload = self.id_token.split('.').nth(1).and_then(base64url::decode_text);
        SecretText::new(payload.unwrap_or_default())
    }
}
