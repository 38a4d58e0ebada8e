// Its programs are doc tests; they verify signatures.
#![cfg_attr(any(feature = "aws-lc-rs", feature = "rust-crypto"), doc = include_str!("front_page.md"))]
#![cfg_attr(
    not(any(feature = "aws-lc-rs", feature = "rust-crypto")),
    doc = "The OpenID Connect relying party as a sans-IO protocol state machine."
)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(any(feature = "aws-lc-rs", feature = "rust-crypto")),
    allow(dead_code, reason = "without a signature backend, `verify` is not there and nothing calls what it would")
)]

// Before a login.
mod client;
mod client_auth;
mod metadata;

// One login, in the order it happens.
mod code_flow;

// Believing the ID token.
mod id_token;
mod jose;
mod keys;

// Small parts everyone uses.
mod error;
mod form;
mod json;
mod random;
mod response;
mod round_trip;
mod secret;
mod uri;
mod vocabulary;

#[cfg(any(doc, doctest))]
pub mod guide;

pub use http;

pub use client::{Client, ClientBuilder, ClientError};
pub use client_auth::{ClientAuth, ClientSecret};
pub use code_flow::{
    AccessToken, AuthorizationCode, AuthorizationRequest, AuthorizationResponse, AuthorizeError, AwaitingCallback,
    AwaitingTokens, CallbackError, CodeVerifier, Nonce, OAuthTokens, PendingLogins, RefreshToken, State, TokenError,
    Tokens, UnverifiedTokens,
};
pub use error::{BoxError, Error, OAuthError, Remedy, TransportError};
pub use id_token::{Address, IdToken, IdTokenError, StandardClaims};
pub use json::ExtraMembers;
pub use keys::{AwaitingKeys, JwkSet, KeyCache, KeysError, KeysFor};
pub use metadata::{AwaitingMetadata, Issuer, MetadataError, ProviderMetadata};
pub use round_trip::{Awaiting, RoundTrip};
pub use vocabulary::{
    Algorithm, CodeChallengeMethod, Display, OAuthErrorCode, Prompt, ResponseMode, TokenEndpointAuthMethod, TokenType,
};
