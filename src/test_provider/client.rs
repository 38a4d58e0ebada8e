//! The one client that the provider knows.

use std::time::Duration;

use url::Url;

use crate::client::ClientSecret;

/// The client that a [`TestProvider`](super::TestProvider) knows: what an application registers at a real one.
///
/// Without a secret and a key, the client is public. Tokens and device codes last five minutes.
#[derive(Clone, Debug)]
pub struct TestClient {
    pub(super) id: String,
    pub(super) secret: Option<ClientSecret>,
    pub(super) jwk: Option<String>,
    pub(super) redirect_uris: Vec<String>,
    pub(super) post_logout_redirect_uris: Vec<String>,
    pub(super) backchannel_logout_uri: Option<String>,
    pub(super) own_scope: Option<String>,
    pub(super) access_token_lifetime: Duration,
    pub(super) device_code_lifetime: Duration,
    pub(super) device_interval: Duration,
}

impl TestClient {
    /// A public client with this id, and no redirect URI.
    #[must_use]
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            id: client_id.into(),
            secret: None,
            jwk: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            own_scope: None,
            access_token_lifetime: Duration::from_secs(300),
            device_code_lifetime: Duration::from_secs(300),
            device_interval: Duration::from_secs(5),
        }
    }

    /// The secret: the client authenticates with it, by `client_secret_basic` or `client_secret_post` (RFC 6749 section 2.3.1).
    #[must_use]
    pub fn secret(self, secret: impl Into<ClientSecret>) -> Self {
        Self { secret: Some(secret.into()), ..self }
    }

    /// The public key, as a JWK in JSON: the client authenticates by `private_key_jwt` (OpenID Connect Core 1.0 section 9), and
    /// in no other way.
    #[must_use]
    pub fn public_jwk(self, jwk: impl Into<String>) -> Self {
        Self { jwk: Some(jwk.into()), ..self }
    }

    /// Adds a redirect URI. It is compared exactly (RFC 9700 section 2.1), but for the port of `http://127.0.0.1` and
    /// `http://[::1]`, where any will do (RFC 8252 section 7.3).
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Adds an address that the browser may come back to after a logout (OpenID Connect RP-Initiated Logout 1.0 section 3.1).
    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uris.push(uri.into());
        self
    }

    /// Where logout tokens go (OpenID Connect Back-Channel Logout 1.0 section 2.2).
    /// [`poll_back_channel`](super::TestProvider::poll_back_channel) hands out the requests.
    #[must_use]
    pub fn backchannel_logout_uri(self, uri: impl Into<String>) -> Self {
        Self { backchannel_logout_uri: Some(uri.into()), ..self }
    }

    /// The scope that the client gets for itself, by `client_credentials` (RFC 6749 section 4.4). Without it, there is none.
    #[must_use]
    pub fn own_scope(self, scope: impl Into<String>) -> Self {
        Self { own_scope: Some(scope.into()), ..self }
    }

    /// How long an access token can be used.
    #[must_use]
    pub fn access_token_lifetime(self, lifetime: Duration) -> Self {
        Self { access_token_lifetime: lifetime, ..self }
    }

    /// How long the user has to decide about a device.
    #[must_use]
    pub fn device_code_lifetime(self, lifetime: Duration) -> Self {
        Self { device_code_lifetime: lifetime, ..self }
    }

    /// How long a device waits before it asks again. The default is that of RFC 8628 section 3.2, five seconds.
    #[must_use]
    pub fn device_interval(self, interval: Duration) -> Self {
        Self { device_interval: interval, ..self }
    }

    pub(super) fn has_redirect_uri(&self, uri: &str) -> bool {
        let same = |registered: &String| {
            registered == uri
                || without_loopback_port(registered).is_some_and(|url| without_loopback_port(uri) == Some(url))
        };
        self.redirect_uris.iter().any(same)
    }

    pub(super) fn is_public(&self) -> bool {
        self.secret.is_none() && self.jwk.is_none()
    }
}

/// An address on the loopback interface, by its IP address, without its port.
fn without_loopback_port(uri: &str) -> Option<Url> {
    let mut url = Url::parse(uri).ok()?;
    if url.scheme() != "http" || !matches!(url.host_str()?, "127.0.0.1" | "[::1]") {
        return None;
    }
    url.set_port(None).ok()?;
    Some(url)
}
