//! What introspection and revocation are asked about, and the request that both make.

use std::time::SystemTime;

use http::{Request, Uri};

use crate::client::{Client, SigningError};
use crate::exchange::request::FormRequest;
use crate::token_endpoint::{AccessToken, RefreshToken};

/// What [`Client::introspect`] and [`Client::revoke`] take: an [`AccessToken`] or a [`RefreshToken`]. It is sealed.
pub trait Token: sealed::Sealed {}

impl Token for AccessToken {}

impl Token for RefreshToken {}

mod sealed {
    /// Keeps [`Token`](super::Token) to this crate.
    pub trait Sealed {
        /// The word for its kind (RFC 7009 section 2.1).
        const TYPE_HINT: &'static str;

        /// The token itself.
        fn as_sent(&self) -> &str;
    }
}

impl sealed::Sealed for AccessToken {
    const TYPE_HINT: &'static str = "access_token";

    fn as_sent(&self) -> &str {
        self.secret()
    }
}

impl sealed::Sealed for RefreshToken {
    const TYPE_HINT: &'static str = "refresh_token";

    fn as_sent(&self) -> &str {
        self.secret()
    }
}

/// The request about a token (RFC 7009 section 2.1, RFC 7662 section 2.1): the token, its kind, the client's authentication.
pub(super) fn request<T: Token>(
    client: &Client,
    endpoint: &Uri,
    token: &T,
    accept: &'static str,
    now: SystemTime,
) -> Result<Request<Vec<u8>>, SigningError> {
    let mut request = FormRequest::new(endpoint);
    request.set_accept(accept);
    request.push("token", token.as_sent());
    request.push("token_type_hint", T::TYPE_HINT);
    client.authenticate(&mut request, now)?;
    Ok(request.into_http())
}
