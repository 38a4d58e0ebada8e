//! The access token (RFC 6749 section 1.4), and whether it is bound to a key.

use std::fmt;

use crate::ground::secret::{SecretText, constant_time_eq};
use crate::ground::vocabulary::TokenType;

/// The access token (RFC 6749 section 1.4).
///
/// A secret: `Debug` shows nothing of it, there is no `Display`, it is zeroed when dropped, and `==` takes the same time
/// wherever two secrets of one length differ.
#[derive(Clone)]
pub struct AccessToken {
    value: SecretText,
    is_bound: bool,
}

impl AccessToken {
    /// Takes a Bearer token as it is.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: SecretText::new(value), is_bound: false }
    }

    /// Takes a token that is bound to the client's DPoP key (RFC 9449): its `token_type` was DPoP.
    #[must_use]
    pub fn bound(value: impl Into<String>) -> Self {
        Self { is_bound: true, ..Self::new(value) }
    }

    /// The value itself.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.value
    }

    /// Whether it is bound to the client's DPoP key: then it works only in a request with a proof.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.is_bound
    }

    pub(crate) fn of_type(self, token_type: &TokenType) -> Self {
        Self { is_bound: *token_type == TokenType::DPOP, ..self }
    }
}

impl From<String> for AccessToken {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<&str> for AccessToken {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl PartialEq for AccessToken {
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq(self.secret(), other.secret())
    }
}

impl Eq for AccessToken {}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(redacted)")
    }
}
