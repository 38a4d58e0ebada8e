//! The words that specifications define and providers add to: each type has the known words as constants and room for
//! any other.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ground::printable::printable;

macro_rules! vocabulary {
    (
        $(#[$type_doc:meta])*
        $name:ident {
            $($(#[$word_doc:meta])* $constant:ident = $word:literal,)*
        }
    ) => {
        $(#[$type_doc])*
        ///
        /// An open vocabulary: a word that this crate does not know is kept as it came. `Display` and `Debug` escape and
        /// shorten what is not printable, for logs; [`as_str`](Self::as_str) is the exact word.
        #[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(Cow<'static, str>);

        impl $name {
            $($(#[$word_doc])* pub const $constant: Self = Self(Cow::Borrowed($word));)*

            /// The word exactly as it is sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            fn known(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$constant),)*
                    _ => None,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                Self::known(word).unwrap_or_else(|| Self(Cow::Owned(word.to_owned())))
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                Self(Cow::Owned(word))
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.0.into_owned()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&printable(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "\"{self}\"")
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = Cow::<str>::deserialize(deserializer)?;
                Ok(Self::from(&*word))
            }
        }
    };
}

vocabulary! {
    /// How a JWS is signed or a JWE encrypted (`alg`, RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864).
    Algorithm {
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        RS256 = "RS256",
        /// RSASSA-PKCS1-v1_5 with SHA-384.
        RS384 = "RS384",
        /// RSASSA-PKCS1-v1_5 with SHA-512.
        RS512 = "RS512",
        /// RSASSA-PSS with SHA-256.
        PS256 = "PS256",
        /// RSASSA-PSS with SHA-384.
        PS384 = "PS384",
        /// RSASSA-PSS with SHA-512.
        PS512 = "PS512",
        /// ECDSA on P-256 with SHA-256.
        ES256 = "ES256",
        /// ECDSA on P-384 with SHA-384.
        ES384 = "ES384",
        /// ECDSA on P-521 with SHA-512.
        ES512 = "ES512",
        /// EdDSA; the only curve that is supported is Ed25519.
        EDDSA = "EdDSA",
        /// EdDSA on Ed25519, as RFC 9864 spells it: the same as [`EDDSA`](Self::EDDSA) here.
        ED25519 = "Ed25519",
        /// HMAC with SHA-256, keyed with the client secret.
        HS256 = "HS256",
        /// HMAC with SHA-384, keyed with the client secret.
        HS384 = "HS384",
        /// HMAC with SHA-512, keyed with the client secret.
        HS512 = "HS512",
        /// No signature. Never accepted.
        NONE = "none",
    }
}

vocabulary! {
    /// How a code challenge is made from its verifier (`code_challenge_method`, RFC 7636 section 4.2).
    CodeChallengeMethod {
        /// The challenge is the SHA-256 hash of the verifier.
        S256 = "S256",
        /// The challenge is the verifier itself: whoever reads the authorization request can use the code.
        PLAIN = "plain",
    }
}

vocabulary! {
    /// How the provider shows its pages (`display`, OpenID Connect Core 1.0 section 3.1.2.1).
    Display {
        /// A full page.
        PAGE = "page",
        /// A popup window.
        POPUP = "popup",
        /// A touch device.
        TOUCH = "touch",
        /// A feature phone.
        WAP = "wap",
    }
}

vocabulary! {
    /// How a client gets tokens (`grant_type`, RFC 6749 section 4).
    GrantType {
        /// An authorization code, which works once (RFC 6749 section 4.1.3).
        AUTHORIZATION_CODE = "authorization_code",
        /// The client's own authority (RFC 6749 section 4.4).
        CLIENT_CREDENTIALS = "client_credentials",
        /// A login that the provider asked the user about (OpenID Connect CIBA Core 1.0 section 10.1).
        CIBA = "urn:openid:params:grant-type:ciba",
        /// A code for another device (RFC 8628 section 3.4).
        DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code",
        /// An assertion that somebody else has signed (RFC 7523 section 2.1).
        JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer",
        /// A refresh token (RFC 6749 section 6).
        REFRESH_TOKEN = "refresh_token",
        /// Another token (RFC 8693 section 2.1).
        TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange",
    }
}

vocabulary! {
    /// What a token is, in a token exchange (RFC 8693 section 3).
    TokenTypeIdentifier {
        /// An access token.
        ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token",
        /// An ID token.
        ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token",
        /// An identity assertion that is a grant at another provider (Identity Assertion Authorization Grant).
        ID_JAG = "urn:ietf:params:oauth:token-type:id-jag",
        /// A JWT, of which nothing else is said.
        JWT = "urn:ietf:params:oauth:token-type:jwt",
        /// A refresh token.
        REFRESH_TOKEN = "urn:ietf:params:oauth:token-type:refresh_token",
        /// A SAML 1.1 assertion.
        SAML1 = "urn:ietf:params:oauth:token-type:saml1",
        /// A SAML 2.0 assertion.
        SAML2 = "urn:ietf:params:oauth:token-type:saml2",
    }
}

vocabulary! {
    /// What the provider says went wrong (`error`, RFC 6749 sections 4.1.2.1 and 5.2, OpenID Connect Core 1.0 section
    /// 3.1.2.6).
    OAuthErrorCode {
        /// The user, or the provider, said no.
        ACCESS_DENIED = "access_denied",
        /// An account has to be chosen, and `prompt=none` forbids asking.
        ACCOUNT_SELECTION_REQUIRED = "account_selection_required",
        /// The user has not decided yet, on another device (RFC 8628 section 3.5).
        AUTHORIZATION_PENDING = "authorization_pending",
        /// The user has not decided in time, on another device (RFC 8628 section 3.5).
        EXPIRED_TOKEN = "expired_token",
        /// The provider wants to be asked less often (RFC 8628 section 3.5).
        SLOW_DOWN = "slow_down",
        /// Consent is needed, and `prompt=none` forbids asking.
        CONSENT_REQUIRED = "consent_required",
        /// The access token lacks a scope that the resource needs (RFC 6750 section 3.1).
        INSUFFICIENT_SCOPE = "insufficient_scope",
        /// The login behind the access token is too weak or too old for the resource (RFC 9470 section 3).
        INSUFFICIENT_USER_AUTHENTICATION = "insufficient_user_authentication",
        /// Some interaction is needed, and `prompt=none` forbids it.
        INTERACTION_REQUIRED = "interaction_required",
        /// The authorization details are unknown or malformed, or more than was granted (RFC 9396 section 5).
        INVALID_AUTHORIZATION_DETAILS = "invalid_authorization_details",
        /// Client authentication failed.
        INVALID_CLIENT = "invalid_client",
        /// The authorization code or refresh token is wrong, used, expired, revoked, or another client's; or the
        /// redirect URI or verifier differs.
        INVALID_GRANT = "invalid_grant",
        /// GitHub's word for a refresh token that is wrong or has expired.
        BAD_REFRESH_TOKEN = "bad_refresh_token",
        /// A parameter is missing, wrong, or given twice.
        INVALID_REQUEST = "invalid_request",
        /// The scope is unknown or malformed.
        INVALID_SCOPE = "invalid_scope",
        /// The resource is unknown or malformed (RFC 8707).
        INVALID_TARGET = "invalid_target",
        /// The access token has expired, is revoked, or is not one (RFC 6750 section 3.1).
        INVALID_TOKEN = "invalid_token",
        /// The DPoP proof must have the nonce that came with the error (RFC 9449 section 8).
        USE_DPOP_NONCE = "use_dpop_nonce",
        /// The user has to log in, and `prompt=none` forbids asking.
        LOGIN_REQUIRED = "login_required",
        /// The `registration` parameter is not supported.
        REGISTRATION_NOT_SUPPORTED = "registration_not_supported",
        /// The `request` parameter is not supported.
        REQUEST_NOT_SUPPORTED = "request_not_supported",
        /// The `request_uri` parameter is not supported.
        REQUEST_URI_NOT_SUPPORTED = "request_uri_not_supported",
        /// The provider failed.
        SERVER_ERROR = "server_error",
        /// The provider is overloaded or under maintenance.
        TEMPORARILY_UNAVAILABLE = "temporarily_unavailable",
        /// The client may not do this.
        UNAUTHORIZED_CLIENT = "unauthorized_client",
        /// No authentication could be done that fulfils the request (OpenID Connect Core Error Code
        /// `unmet_authentication_requirements` 1.0).
        UNMET_AUTHENTICATION_REQUIREMENTS = "unmet_authentication_requirements",
        /// The grant type is not supported.
        UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type",
        /// The response type is not supported.
        UNSUPPORTED_RESPONSE_TYPE = "unsupported_response_type",
        /// Tokens of this kind cannot be revoked (RFC 7009 section 2.2.1).
        UNSUPPORTED_TOKEN_TYPE = "unsupported_token_type",
    }
}

vocabulary! {
    /// What the provider is to ask the user (`prompt`, OpenID Connect Core 1.0 section 3.1.2.1).
    Prompt {
        /// Ask for consent, even if it was given.
        CONSENT = "consent",
        /// Offer to make an account (Initiating User Registration via OpenID Connect 1.0).
        CREATE = "create",
        /// Ask for a login, even if there is a session.
        LOGIN = "login",
        /// Ask nothing: answer with an error where asking would be needed. It must be the only value.
        NONE = "none",
        /// Ask which account to use.
        SELECT_ACCOUNT = "select_account",
    }
}

vocabulary! {
    /// How the authorization response comes back (`response_mode`, OAuth 2.0 Multiple Response Type Encoding Practices
    /// section 2.1, OAuth 2.0 Form Post Response Mode, JWT Secured Authorization Response Mode section 2.3).
    ResponseMode {
        /// In a form that the browser posts to the redirect URI.
        FORM_POST = "form_post",
        /// In such a form, signed by the provider (JARM).
        FORM_POST_JWT = "form_post.jwt",
        /// In the fragment of the redirect URI, which a server never sees.
        FRAGMENT = "fragment",
        /// In the fragment, signed.
        FRAGMENT_JWT = "fragment.jwt",
        /// Signed, in the place that is usual for the response type (JARM): in the query, for the code flow.
        JWT = "jwt",
        /// In the query of the redirect URI: the default of the code flow.
        QUERY = "query",
        /// In the query, signed (JARM).
        QUERY_JWT = "query.jwt",
    }
}

impl ResponseMode {
    /// Whether responses of this mode are signed (JARM section 2.3): the names of all that are end alike.
    pub(crate) fn is_signed(&self) -> bool {
        self.as_str().rsplit('.').next() == Some("jwt")
    }
}

vocabulary! {
    /// How a client proves at the token endpoint who it is (OpenID Connect Core 1.0 section 9, RFC 8705 section
    /// 2).
    TokenEndpointAuthMethod {
        /// Client id and secret in the `Authorization` header.
        CLIENT_SECRET_BASIC = "client_secret_basic",
        /// A JWT, signed with the client secret.
        CLIENT_SECRET_JWT = "client_secret_jwt",
        /// Client id and secret in the body.
        CLIENT_SECRET_POST = "client_secret_post",
        /// Not at all: a public client.
        NONE = "none",
        /// A JWT, signed with the client's private key.
        PRIVATE_KEY_JWT = "private_key_jwt",
        /// The certificate of the TLS connection, which the client made itself and registered (RFC 8705 section 2.2).
        SELF_SIGNED_TLS_CLIENT_AUTH = "self_signed_tls_client_auth",
        /// The certificate of the TLS connection, which an authority issued (RFC 8705 section 2.1).
        TLS_CLIENT_AUTH = "tls_client_auth",
    }
}

vocabulary! {
    /// How an access token is used (`token_type`, RFC 6749 section 7.1).
    TokenType {
        /// Whoever has the token may use it (RFC 6750).
        BEARER = "Bearer",
        /// It is no access token, but what was exchanged for another token (RFC 8693 section 2.2.1).
        N_A = "N_A",
        /// Whoever has the token and the key that it is bound to may use it (RFC 9449).
        DPOP = "DPoP",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_word_is_kept_as_it_came() {
        let prompt: Prompt = serde_json::from_str("\"create\\nmore\"").unwrap();
        assert_eq!(prompt.as_str(), "create\nmore");
        assert_eq!(serde_json::to_string(&prompt).unwrap(), "\"create\\nmore\"");
        assert_eq!(Prompt::from("login"), Prompt::LOGIN);
    }
}
