//! After a login: what keeps the user logged in, tells who they are, and ends it.

pub(crate) mod logged_in;

pub use logged_in::LoggedIn;
