//! What says who is logged in: the tokens of a login, or what is kept of them.

use crate::after_login::session::Session;
use crate::client::Client;
use crate::code_flow::Tokens;
use crate::token_endpoint::AccessToken;

/// What says who is logged in: [`Tokens`] or [`Session`]. It is sealed.
pub trait LoggedIn: sealed::Sealed {}

impl LoggedIn for Tokens {}

impl LoggedIn for Session {}

pub(crate) mod sealed {
    use crate::client::Client;
    use crate::token_endpoint::AccessToken;

    /// Keeps [`LoggedIn`](super::LoggedIn) to this crate.
    pub trait Sealed {
        /// Whether it is of a login with this client.
        fn is_of(&self, client: &Client) -> bool;

        /// The user.
        fn sub(&self) -> &str;

        /// The access token.
        fn access_token(&self) -> &AccessToken;

        /// The ID token, in compact serialization, for a hint.
        fn id_token_hint(&self) -> &str;
    }
}

impl sealed::Sealed for Tokens {
    fn is_of(&self, client: &Client) -> bool {
        client.is(self.client().issuer(), self.client().client_id())
    }

    fn sub(&self) -> &str {
        self.id_token().sub()
    }

    fn access_token(&self) -> &AccessToken {
        (**self).access_token()
    }

    fn id_token_hint(&self) -> &str {
        self.id_token().secret()
    }
}

impl sealed::Sealed for Session {
    fn is_of(&self, client: &Client) -> bool {
        client.is(self.issuer(), self.client_id())
    }

    fn sub(&self) -> &str {
        self.sub()
    }

    fn access_token(&self) -> &AccessToken {
        self.access_token()
    }

    fn id_token_hint(&self) -> &str {
        self.id_token_secret()
    }
}
