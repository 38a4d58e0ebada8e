//! The token endpoint: what it takes and gives, whatever the grant (RFC 6749 sections 3.2 and 5).

mod authorization_details;
mod error;
mod request;
pub(crate) mod response;
mod tokens;

pub(crate) use authorization_details::AuthorizationDetails;
pub use error::TokenError;
pub use request::AuthorizationCode;
pub(crate) use request::request;
pub(crate) use tokens::read_scope;
pub use tokens::{AccessToken, OAuthTokens, RefreshToken};
