//! A provider for the tests of an application: no network, no clock, no browser, no password.
//!
//! **Never for production**: anybody can log in. It needs the feature `test-provider`, only for `[dev-dependencies]`:
//!
//! ```toml
//! [dev-dependencies]
//! oidc-proto = { version = "0.1", features = ["test-provider"] }
//! ```
//!
//! [`TestProvider`] does no IO, like the rest of this crate: a request and the time go in, a response comes out. It
//! makes the checks that a real provider makes (client authentication, redirect URI, PKCE, codes and refresh tokens
//! that work once), so it finds the mistakes that a real one would find. It signs with a key of its own, ES256 unless
//! it is given another.
//!
//! ```
//! # #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))] {
//! use std::time::SystemTime;
//!
//! use oidc_proto::test_provider::{TestClient, TestProvider, TestUser};
//! use oidc_proto::{AuthorizationResponse, Client, ClientAuth, Issuer};
//!
//! let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_800_000_000);
//! let app = TestClient::new("app").secret("s3cret").redirect_uri("https://app.example/callback");
//! let ada = TestUser::new("ada-1815").claim("email", "ada@example.com");
//! let mut provider = TestProvider::new("https://id.example", app, ada)?;
//!
//! let metadata = Issuer::new("https://id.example")?.discover().send_with(|request| provider.handle(request, now))?;
//! let client = Client::builder(metadata, "app", ClientAuth::secret("s3cret"))
//!     .redirect_uri("https://app.example/callback")
//!     .build()?;
//! let keys = client.fetch_keys()?.send_with(|request| provider.handle(request, now))?;
//!
//! let (url, awaiting) = client.authorize().scope("openid email").start(now)?;
//! let current_url = provider.visit(&url, now)?; // in place of the browser and its user
//! let response = AuthorizationResponse::from_url(&current_url)?;
//! let token_request = awaiting.receive(&client, response, now)?;
//! let tokens = token_request.send_with(|request| provider.handle(request, now))?.verify(&keys, now)?;
//! assert_eq!(tokens.id_token().sub(), "ada-1815");
//! # }
//! # Ok::<(), oidc_proto::BoxError>(())
//! ```
//!
//! What it does wrong is a [`Fault`], queued with [`TestProvider::queue`]. The guide [`testing`](crate::guide::testing) has a test of
//! each, of a session that refreshes, and of a logout.
//!
//! Its endpoints are those that [`Endpoint`] lists. Of the grants it has `authorization_code`, `refresh_token`,
//! `client_credentials` and the device code; a client authenticates with its secret, by `private_key_jwt`, or not at all; DPoP
//! proofs are checked, with a nonce.

// An endpoint adds its methods to `TestProvider`. It imports what is in this order above it, and no other endpoint.
mod client;
mod fault;
mod message;
mod user;

mod memory;

mod provider;

mod handle;

mod access;
mod authenticate;
mod authorize;
mod device;
mod device_page;
mod introspection;
mod logout;
mod metadata;
mod signed_by_client;
mod token;

pub use client::TestClient;
pub use fault::{Endpoint, Fault};
pub use handle::{NotRedirected, ResponseLost};
pub use provider::TestProvider;
pub use user::TestUser;
