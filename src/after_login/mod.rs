//! After a login: what keeps the user logged in, tells who they are, and ends it.

pub(crate) mod logged_in;
mod refresh;
pub(crate) mod refresh_failure;
mod session;
mod session_error;
mod session_stored;

pub use logged_in::LoggedIn;
pub use refresh::{AwaitingRefresh, RefreshRequest, Refreshed, UnverifiedRefresh};
pub use refresh_failure::RefreshFailure;
pub use session::{Access, Session};
pub use session_error::SessionError;
