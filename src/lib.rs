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

// The floors of the house, top floor first. A floor imports only from those below it (`.ci/floors.mjs`).

#[cfg(any(doc, doctest))]
pub mod guide;

// Plays the provider, in the tests of an application.
#[cfg(feature = "test-provider")]
pub mod test_provider;

// What only carries things.
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
mod verify_with;

mod send;

// Any error of any step.
mod error;

// Other grants.
mod grants;

// After a login.
mod after_login;

// One login, in the order it happens.
mod code_flow;

// What an ID token must be.
mod id_token;

// What the token endpoint takes and gives, whatever the grant.
mod token_endpoint;

// The provider's keys.
mod keys;

// Calls that we are known by.
mod call;

// Who we are.
mod client;

// What is protected: it says who protects it.
mod resource;

// Who they are.
mod provider;

// One call.
mod exchange;

// Signed things; knows no token by name.
mod jose;

// Bytes, words and moments.
mod ground;

pub use http;

pub use after_login::{
    Access, AwaitingIntrospection, AwaitingLogout, AwaitingRefresh, AwaitingRevocation, AwaitingUserInfo,
    FrontChannelLogout, Introspection, IntrospectionError, LoggedIn, LogoutAnswer, LogoutError, LogoutNotice,
    LogoutReplays, LogoutRequest, LogoutResponse, LogoutToken, LogoutTokenError, RefreshFailure, RefreshRequest,
    Refreshed, RevocationError, Session, SessionError, Token, UnverifiedIntrospection, UnverifiedLogoutToken,
    UnverifiedRefresh, UnverifiedUserInfo, UserInfo, UserInfoError,
};
pub use call::DpopNonces;
pub use client::{
    AssertionToSign, AwaitingDeletion, AwaitingRegistration, Client, ClientAssertion, ClientAuth, ClientBuilder,
    ClientError, ClientIdDocument, ClientIdentities, ClientMetadata, ClientSecret, InitialAccessToken, Registration,
    RegistrationAccessToken, RegistrationChoice, RegistrationError, RegistrationRequest, SigningError,
};
pub use code_flow::{
    AuthorizationRequest, AuthorizationResponse, AuthorizeError, AwaitingCallback, AwaitingRequestUri, AwaitingTokens,
    CallbackError, CodeVerifier, JarmError, PendingLogins, PushError, PushedRequest, State, Tokens,
    UnverifiedAuthorizationResponse, UnverifiedTokens,
};
pub use error::Error;
pub use exchange::{
    Again, Awaiting, BearerChallenge, Challenge, ChallengeError, Challenges, ClientCertificateRequired, Egress,
    EgressError, OAuthError, Origin, Remedy, ResponseError, RoundTrip, Search, Searching, TransportError,
};
pub use grants::{
    Assertion, AuthReqId, AwaitingBackchannel, AwaitingDevice, AwaitingDeviceTokens, AwaitingGrant,
    BackchannelAuthentication, BackchannelRequest, ClientNotificationToken, DeviceAuthorization, DeviceCode,
    DeviceError, DeviceFailure, DeviceRequest, GrantError, MachineGrant, Poll, TokenExchange, UserHint,
};
pub use ground::BoxError;
pub use ground::extra_members::ExtraMembers;
pub use ground::vocabulary::{
    Algorithm, CodeChallengeMethod, Display, GrantType, OAuthErrorCode, Prompt, ResponseMode, TokenEndpointAuthMethod,
    TokenType, TokenTypeIdentifier,
};
pub use id_token::{Address, IdToken, IdTokenError, LoneIdToken, Nonce, StandardClaims, UnverifiedIdToken};
pub use jose::{InvalidKey, JwkSet, JwtError, PrivateKey, Signer, TriedKey};
pub use keys::{AwaitingKeys, KeyCache, KeysError, KeysFor, Unverified};
pub use provider::{AwaitingMetadata, Issuer, MetadataError, MtlsEndpointAliases, ProviderMetadata};
pub use resource::{
    AwaitingResourceMetadata, ProtectedResource, ProtectedResourceMetadata, ResourceError, ScopeChoice,
};
pub use token_endpoint::{AccessToken, AuthorizationCode, OAuthTokens, RefreshToken, TokenError};
