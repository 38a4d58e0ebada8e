//! One login by the authorization code flow (OpenID Connect Core 1.0 section 3.1), in the order it happens.
//!
//! ```text
//! AuthorizationRequest ──start──▶ AwaitingCallback ──receive──▶ AwaitingTokens ──receive──▶ UnverifiedTokens ──verify──▶ Tokens
//!       │                               ▲                             │                            │
//!       ▼ authorization URL             │ AuthorizationResponse       ▼ token request              └─into_oauth_tokens─▶ OAuthTokens
//!                                 the browser's session
//!
//! AuthorizationResponse ──jarm──▶ UnverifiedAuthorizationResponse ──verify──▶ AuthorizationResponse    where the provider signs it
//! ```

mod authorize_error;
mod callback;
mod callback_error;
mod delivery;
mod flow_state;
mod jarm;
mod jarm_error;
mod pending;
mod pkce;
mod request;
mod response;
mod start;
mod step_up;
mod tokens;

pub use authorize_error::AuthorizeError;
pub use callback_error::CallbackError;
pub use flow_state::{AwaitingCallback, State};
pub use jarm::UnverifiedAuthorizationResponse;
pub use jarm_error::JarmError;
pub use pending::PendingLogins;
pub use pkce::CodeVerifier;
pub use request::AuthorizationRequest;
pub use response::AuthorizationResponse;
pub use tokens::{AwaitingTokens, Tokens, UnverifiedTokens};
