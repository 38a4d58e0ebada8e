//! What the provider does wrong when it is asked to, and where.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::ground::vocabulary::OAuthErrorCode;

/// Something that a [`TestProvider`](super::TestProvider) does wrong, once: at the next chance after those that were queued
/// before it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The endpoint answers with this status and no JSON, like a proxy in front of it. Nothing else happens.
    Status(Endpoint, StatusCode),
    /// The endpoint answers with this error (RFC 6749 section 5.2). Nothing else happens. At the authorization endpoint, the
    /// browser goes back with it (section 4.1.2.1): `access_denied` is the user who says no. At the UserInfo endpoint, it is in
    /// the challenge (RFC 6750 section 3).
    OAuthError(Endpoint, OAuthErrorCode),
    /// The endpoint does what it was asked for, and the response does not arrive: [`handle`](super::TestProvider::handle) is an
    /// error. A code or refresh token has been used then.
    ResponseLost(Endpoint),
    /// The authorization response has another state: somebody else's login.
    WrongState,
    /// The token response has no ID token.
    NoIdToken,
    /// The token response has no refresh token, though `offline_access` was granted.
    NoRefreshToken,
    /// An ID token or logout token has another issuer.
    WrongIssuer,
    /// An ID token or logout token is for another client.
    WrongAudience,
    /// An ID token or logout token is about another user.
    WrongSubject,
    /// An ID token has another nonce; a logout token has one.
    WrongNonce,
    /// An ID token or logout token expired an hour ago.
    Expired,
    /// An ID token or logout token is signed with a key that the JWK Set does not have.
    UnknownKey,
    /// An ID token or logout token names the right key, and another one has signed it.
    BadSignature,
    /// An ID token or logout token has this claim; with `null`, it lacks the claim.
    Claim(String, Value),
}

impl Fault {
    /// Whether it changes what the provider signs.
    pub(super) fn is_of_a_token(&self) -> bool {
        match self {
            Self::WrongIssuer
            | Self::WrongAudience
            | Self::WrongSubject
            | Self::WrongNonce
            | Self::Expired
            | Self::UnknownKey
            | Self::BadSignature
            | Self::Claim(..) => true,
            Self::Status(..)
            | Self::OAuthError(..)
            | Self::ResponseLost(_)
            | Self::WrongState
            | Self::NoIdToken
            | Self::NoRefreshToken => false,
        }
    }

    /// Changes the claims of a token.
    pub(super) fn change(self, claims: &mut Map<String, Value>) {
        let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        match self {
            Self::WrongIssuer => set("iss", Value::from("https://another.example")),
            Self::WrongAudience => set("aud", Value::from("another-client")),
            Self::WrongSubject => set("sub", Value::from("another-user")),
            Self::WrongNonce => set("nonce", Value::from("another-nonce")),
            Self::Expired => {
                let iat = claims.get("iat").and_then(Value::as_u64).unwrap_or_default();
                claims.insert("iat".to_owned(), Value::from(iat.saturating_sub(7200)));
                claims.insert("exp".to_owned(), Value::from(iat.saturating_sub(3600)))
            }
            Self::Claim(name, Value::Null) => claims.remove(&name),
            Self::Claim(name, value) => set(&name, value),
            _ => None,
        };
    }
}

/// An endpoint of a [`TestProvider`](super::TestProvider).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Endpoint {
    /// The metadata (OpenID Connect Discovery 1.0 section 4).
    Metadata,
    /// The JWK Set (`jwks_uri`).
    Keys,
    /// The authorization endpoint (OpenID Connect Core 1.0 section 3.1.2).
    Authorization,
    /// The token endpoint (RFC 6749 section 3.2).
    Token,
    /// The UserInfo endpoint (OpenID Connect Core 1.0 section 5.3).
    UserInfo,
    /// The introspection endpoint (RFC 7662).
    Introspection,
    /// The revocation endpoint (RFC 7009).
    Revocation,
    /// The end session endpoint (OpenID Connect RP-Initiated Logout 1.0).
    EndSession,
    /// The device authorization endpoint (RFC 8628 section 3.1).
    DeviceAuthorization,
    /// The page where the user types the code of a device (`verification_uri`, RFC 8628 section 3.3).
    DeviceVerification,
}

impl Endpoint {
    /// Behind the issuer.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Metadata => "/.well-known/openid-configuration",
            Self::Keys => "/jwks",
            Self::Authorization => "/authorize",
            Self::Token => "/token",
            Self::UserInfo => "/userinfo",
            Self::Introspection => "/introspect",
            Self::Revocation => "/revoke",
            Self::EndSession => "/end-session",
            Self::DeviceAuthorization => "/device-authorization",
            Self::DeviceVerification => "/device",
        }
    }

    pub(super) fn at(path: &str) -> Option<Self> {
        ALL.into_iter().find(|endpoint| endpoint.path() == path)
    }
}

const ALL: [Endpoint; 10] = [
    Endpoint::Metadata,
    Endpoint::Keys,
    Endpoint::Authorization,
    Endpoint::Token,
    Endpoint::UserInfo,
    Endpoint::Introspection,
    Endpoint::Revocation,
    Endpoint::EndSession,
    Endpoint::DeviceAuthorization,
    Endpoint::DeviceVerification,
];

/// The faults that have not had their chance, the oldest first.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn queue(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// The oldest one that this is the chance of.
    pub(super) fn take(&mut self, is_due: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let at = self.0.iter().position(is_due)?;
        Some(self.0.remove(at))
    }

    pub(super) fn status(&mut self, at: Endpoint) -> Option<StatusCode> {
        match self.take(|fault| matches!(fault, Fault::Status(endpoint, _) if *endpoint == at))? {
            Fault::Status(_, status) => Some(status),
            _ => None,
        }
    }

    pub(super) fn oauth_error(&mut self, at: Endpoint) -> Option<OAuthErrorCode> {
        match self.take(|fault| matches!(fault, Fault::OAuthError(endpoint, _) if *endpoint == at))? {
            Fault::OAuthError(_, code) => Some(code),
            _ => None,
        }
    }
}
