//! After a login: what keeps the user logged in, tells who they are, and ends it.

pub(crate) mod logged_in;
mod logout;

pub use logged_in::LoggedIn;
pub use logout::{
    AwaitingLogout, FrontChannelLogout, LogoutAnswer, LogoutError, LogoutReplays, LogoutRequest, LogoutResponse,
    LogoutToken, LogoutTokenError, UnverifiedLogoutToken,
};
