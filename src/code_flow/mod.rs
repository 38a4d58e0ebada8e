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
//!
//! With a pushed request (RFC 9126), the URL comes with a response:
//!
//! ```text
//! AuthorizationRequest ──push──▶ AwaitingRequestUri ──receive──▶ PushedRequest ──into_parts──▶ AwaitingCallback
//!       │                                                            │
//!       ▼ pushed request                                             ▼ authorization URL
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
mod push;
mod push_error;
mod request;
mod request_object;
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
pub use push::{AwaitingRequestUri, PushedRequest};
pub use push_error::PushError;
pub use request::AuthorizationRequest;
pub use response::AuthorizationResponse;
pub(crate) use tokens::Asked;
pub use tokens::{AwaitingTokens, Tokens, UnverifiedTokens};
