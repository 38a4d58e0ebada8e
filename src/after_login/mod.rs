//! After a login: what keeps the user logged in, tells who they are, and ends it.

mod introspection;
pub(crate) mod logged_in;
mod logout;
mod refresh;
pub(crate) mod refresh_failure;
mod revocation;
mod session;
mod session_error;
mod session_says;
mod session_stored;
mod signed_answer;
mod token;
mod userinfo;

pub use introspection::{AwaitingIntrospection, Introspection, IntrospectionError, UnverifiedIntrospection};
pub use logged_in::LoggedIn;
pub use logout::{
    AwaitingLogout, FrontChannelLogout, LogoutAnswer, LogoutError, LogoutNotice, LogoutReplays, LogoutRequest,
    LogoutResponse, LogoutToken, LogoutTokenError, UnverifiedLogoutToken,
};
pub use refresh::{AwaitingRefresh, RefreshRequest, Refreshed, UnverifiedRefresh};
pub use refresh_failure::RefreshFailure;
pub use revocation::{AwaitingRevocation, RevocationError};
pub use session::{Access, Session};
pub use session_error::SessionError;
pub use token::Token;
pub use userinfo::{AwaitingUserInfo, UnverifiedUserInfo, UserInfo, UserInfoError};
