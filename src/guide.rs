//! Guides, beside the [front page](crate).

/// Recipes.
///
#[doc = include_str!("guide/cookbook.md")]
pub mod cookbook {}

/// Test your application without a provider.
///
// Its programs are doc tests; they log in at the provider for tests.
#[cfg_attr(
    all(feature = "test-provider", any(feature = "aws-lc-rs", feature = "rust-crypto")),
    doc = include_str!("guide/testing.md")
)]
pub mod testing {}

/// Keys of one's own, in a file, a device or a key store.
///
#[doc = include_str!("guide/own_keys.md")]
pub mod own_keys {}

/// Tokens that are bound to a key.
///
#[doc = include_str!("guide/dpop.md")]
pub mod dpop {}

/// A bank's client.
///
#[doc = include_str!("guide/fapi.md")]
pub mod fapi {}

/// Authorize an agent (MCP).
///
#[doc = include_str!("guide/mcp.md")]
pub mod mcp {}

/// How real providers differ.
///
#[doc = include_str!("guide/providers.md")]
pub mod providers {}

/// Beside other crates, and what it costs.
///
#[doc = include_str!("guide/comparison.md")]
pub mod comparison {}

/// What the errors mean.
///
#[doc = include_str!("guide/errors.md")]
pub mod errors {}

/// Coming from the crate `openidconnect`.
///
#[doc = include_str!("guide/from_openidconnect.md")]
pub mod from_openidconnect {}

/// Coming from the crate `oauth2`.
///
#[doc = include_str!("guide/from_oauth2.md")]
pub mod from_oauth2 {}

/// Coming from Python.
///
#[doc = include_str!("guide/from_python.md")]
pub mod from_python {}
