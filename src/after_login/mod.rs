//! After a login: what keeps the user logged in, tells who they are, and ends it.

mod introspection;
pub(crate) mod logged_in;
mod revocation;
mod signed_answer;
mod token;
mod userinfo;

pub use introspection::{AwaitingIntrospection, Introspection, IntrospectionError, UnverifiedIntrospection};
pub use logged_in::LoggedIn;
pub use revocation::{AwaitingRevocation, RevocationError};
pub use token::Token;
pub use userinfo::{AwaitingUserInfo, UnverifiedUserInfo, UserInfo, UserInfoError};
