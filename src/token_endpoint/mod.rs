//! The token endpoint: what it takes and gives, whatever the grant (RFC 6749 sections 3.2 and 5).

mod access_token;
mod authorized_request;
mod error;
mod request;
pub(crate) mod response;
mod tokens;

pub use access_token::AccessToken;
pub use error::TokenError;
pub use request::AuthorizationCode;
pub(crate) use request::request;
pub(crate) use tokens::read_scope;
pub use tokens::{OAuthTokens, RefreshToken};
