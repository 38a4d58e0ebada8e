//! The token endpoint: what it takes and gives, whatever the grant (RFC 6749 sections 3.2 and 5).

mod access_token;
mod authorization_details;
mod authorized_request;
mod error;
mod request;
pub(crate) mod response;
mod tokens;

pub use access_token::AccessToken;
pub(crate) use authorization_details::AuthorizationDetails;
pub use error::TokenError;
pub use request::AuthorizationCode;
pub(crate) use request::request;
pub use tokens::{OAuthTokens, RefreshToken};
pub(crate) use tokens::{read_lifetime, read_scope, read_string};
