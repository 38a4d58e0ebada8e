//! What says who is logged in: the tokens of a login, or what is kept of them.

use crate::code_flow::Tokens;

/// What says who is logged in: [`Tokens`]. It is sealed.
pub trait LoggedIn: sealed::Sealed {}

impl LoggedIn for Tokens {}

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
    fn is_of(&self, client: &crate::client::Client) -> bool {
        let id_token = self.id_token();
        let to_us = id_token.aud().iter().any(|audience| audience == client.client_id());
        to_us && client.issuers().may_respond(id_token.iss())
    }

    fn sub(&self) -> &str {
        self.id_token().sub()
    }

    fn access_token(&self) -> &crate::token_endpoint::AccessToken {
        (**self).access_token()
    }

    fn id_token_hint(&self) -> &str {
        self.id_token().secret()
    }
}
