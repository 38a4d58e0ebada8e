//! Guides, beside the [front page](crate), in the order of the questions that an application has.
//!
//! | question | guide |
//! | --- | --- |
//! | How do people log in to my web application? | [`web`] |
//! | How do they stay logged in? | [`keep_logged_in`] |
//! | How do they log out, everywhere? | [`log_out`] |
//! | How do I call an API for them? | [`call_an_api`] |
//! | What else can a login ask for? | [`login_options`] |
//! | How do I work with several providers, or tenants? | [`several_providers`] |
//! | How do I use a provider where nobody registered me? | [`registration`] |
//! | How does a command-line tool log its user in? | [`command_line`] |
//! | How do people log in to my mobile or desktop application? | [`native`] |
//! | How do people log in to my single-page application? | [`single_page`] |
//! | What does my reverse proxy change? | [`reverse_proxy`] |
//! | How does a machine log in? | [`machines`] |
//! | How does an agent get access (MCP)? | [`mcp`] |
//! | What does a bank demand (FAPI 2.0)? | [`fapi`] |
//! | Where are the keys, mine and theirs? | [`provider_keys`], [`own_keys`], [`dpop`] |
//! | How do I test my application without a provider? | [`testing`] |
//! | What does it cost? | [`cost`] |
//! | What went wrong? | [`errors`] |
//! | What is different at my provider? | [`providers`] |
//! | What changes when I come from another library? | [`comparison`], [`from_openidconnect`], [`from_oauth2`], [`from_huskarl`], [`from_python`] |
//!
//! A guide does not repeat another one; it names it. Everywhere `client` is a [`Client`](crate::Client), and `send` is
//! your HTTP client as a function: the [front page](crate#your-http-client) has it. The code of the guides is compiled
//! with the tests of the crate, and where it needs no socket it is run.

/// Log people in: a web application.
///
#[doc = include_str!("guide/web.md")]
pub mod web {}

/// Keep them logged in.
///
#[doc = include_str!("guide/keep_logged_in.md")]
pub mod keep_logged_in {}

/// Log them out everywhere.
///
#[doc = include_str!("guide/log_out.md")]
pub mod log_out {}

/// Call an API.
///
#[doc = include_str!("guide/call_an_api.md")]
pub mod call_an_api {}

/// What a login can ask for.
///
#[doc = include_str!("guide/login_options.md")]
pub mod login_options {}

/// Several providers and tenants.
///
#[doc = include_str!("guide/several_providers.md")]
pub mod several_providers {}

/// A provider that is met at run time.
///
#[doc = include_str!("guide/registration.md")]
pub mod registration {}

/// A command-line tool.
///
#[doc = include_str!("guide/command_line.md")]
pub mod command_line {}

/// A mobile or desktop application.
///
#[doc = include_str!("guide/native.md")]
pub mod native {}

/// A single-page application, with a backend for it.
///
#[doc = include_str!("guide/single_page.md")]
pub mod single_page {}

/// Behind a reverse proxy.
///
#[doc = include_str!("guide/reverse_proxy.md")]
pub mod reverse_proxy {}

/// Machines.
///
#[doc = include_str!("guide/machines.md")]
pub mod machines {}

/// Authorize an agent (MCP).
///
#[doc = include_str!("guide/mcp.md")]
pub mod mcp {}

/// A client of a bank (FAPI 2.0).
///
#[doc = include_str!("guide/fapi.md")]
pub mod fapi {}

/// The provider's keys.
///
#[doc = include_str!("guide/provider_keys.md")]
pub mod provider_keys {}

/// Test your application without a provider.
///
// Its programs are doc tests; they log in at the provider for tests.
#[cfg_attr(
    all(feature = "test-provider", any(feature = "aws-lc-rs", feature = "rust-crypto")),
    doc = include_str!("guide/testing.md")
)]
pub mod testing {}

/// Keys of your own, in a file, a device or a key store.
///
#[doc = include_str!("guide/own_keys.md")]
pub mod own_keys {}

/// Tokens that are bound to a key.
///
#[doc = include_str!("guide/dpop.md")]
pub mod dpop {}

/// What the errors mean.
///
#[doc = include_str!("guide/errors.md")]
pub mod errors {}

/// How real providers differ.
///
#[doc = include_str!("guide/providers.md")]
pub mod providers {
    /// Google.
    ///
    #[doc = include_str!("guide/providers/google.md")]
    pub mod google {}

    /// Microsoft Entra: one tenant, many tenants.
    ///
    #[doc = include_str!("guide/providers/entra.md")]
    pub mod entra {}

    /// Sign in with Apple.
    ///
    #[doc = include_str!("guide/providers/apple.md")]
    pub mod apple {}

    /// GitHub: plain OAuth 2.0.
    ///
    #[doc = include_str!("guide/providers/github.md")]
    pub mod github {}

    /// GitLab.
    ///
    #[doc = include_str!("guide/providers/gitlab.md")]
    pub mod gitlab {}

    /// Auth0.
    ///
    #[doc = include_str!("guide/providers/auth0.md")]
    pub mod auth0 {}

    /// Okta.
    ///
    #[doc = include_str!("guide/providers/okta.md")]
    pub mod okta {}

    /// Amazon Cognito.
    ///
    #[doc = include_str!("guide/providers/cognito.md")]
    pub mod cognito {}

    /// Keycloak.
    ///
    #[doc = include_str!("guide/providers/keycloak.md")]
    pub mod keycloak {}

    /// Zitadel.
    ///
    #[doc = include_str!("guide/providers/zitadel.md")]
    pub mod zitadel {}

    /// Authentik.
    ///
    #[doc = include_str!("guide/providers/authentik.md")]
    pub mod authentik {}

    /// Dex.
    ///
    #[doc = include_str!("guide/providers/dex.md")]
    pub mod dex {}

    /// Ory Hydra.
    ///
    #[doc = include_str!("guide/providers/hydra.md")]
    pub mod hydra {}
}

/// What it costs.
///
#[doc = include_str!("guide/cost.md")]
///
/// <div>
#[doc = include_str!("guide/growth.svg")]
/// </div>
pub mod cost {}

/// The crate beside others.
///
#[doc = include_str!("guide/comparison.md")]
pub mod comparison {}

/// Coming from the crate `openidconnect`.
///
#[doc = include_str!("guide/from_openidconnect.md")]
pub mod from_openidconnect {}

/// Coming from the crate `oauth2`.
///
#[doc = include_str!("guide/from_oauth2.md")]
pub mod from_oauth2 {}

/// Coming from the crate `huskarl`.
///
#[doc = include_str!("guide/from_huskarl.md")]
pub mod from_huskarl {}

/// Coming from Python.
///
#[doc = include_str!("guide/from_python.md")]
pub mod from_python {}
