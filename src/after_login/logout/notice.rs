//! What a logout notice says of a session.

use crate::after_login::logout::front_channel::FrontChannelLogout;
use crate::after_login::logout::token::LogoutToken;

/// A notice that the user has logged out: [`LogoutToken`] or [`FrontChannelLogout`]. It is sealed.
pub trait LogoutNotice: sealed::Sealed {}

impl LogoutNotice for LogoutToken {}

impl LogoutNotice for FrontChannelLogout {}

pub(crate) mod sealed {
    /// Keeps [`LogoutNotice`](super::LogoutNotice) to this crate.
    pub trait Sealed {
        /// The client that it was meant for.
        fn client_id(&self) -> &str;

        /// The issuer, where the notice names it.
        fn iss(&self) -> Option<&str>;

        /// The session at the provider.
        fn sid(&self) -> Option<&str>;

        /// The user.
        fn sub(&self) -> Option<&str>;
    }
}

impl sealed::Sealed for LogoutToken {
    fn client_id(&self) -> &str {
        self.client_id()
    }

    fn iss(&self) -> Option<&str> {
        Some(self.iss())
    }

    fn sid(&self) -> Option<&str> {
        self.sid()
    }

    fn sub(&self) -> Option<&str> {
        self.sub()
    }
}

impl sealed::Sealed for FrontChannelLogout {
    fn client_id(&self) -> &str {
        self.client_id()
    }

    fn iss(&self) -> Option<&str> {
        self.iss()
    }

    fn sid(&self) -> Option<&str> {
        self.sid()
    }

    fn sub(&self) -> Option<&str> {
        None
    }
}
