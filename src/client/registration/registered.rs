//! A client as the provider registered it.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::client::Client;
use crate::client::authentication::ClientSecret;
use crate::client::builder::ClientBuilder;
use crate::client::registration::client_metadata::ClientMetadata;
use crate::client::registration::error::RegistrationError;
use crate::ground::secret::secret_string;
use crate::ground::time::moment;
use crate::provider::ProviderMetadata;

secret_string! {
    /// The token that reads and changes a registration (RFC 7592 section 3).
    RegistrationAccessToken
}

/// A client as the provider registered it (RFC 7591 section 3.2.1, RFC 7592 section 3): its id, what it authenticates with, and
/// what the provider made of its metadata. It belongs to one issuer.
///
/// It serializes with serde, with a version. Whoever reads it has the client's secret: keep it where secrets are kept.
///
/// ```no_run
/// # use oidc_proto::{BoxError, Client, ClientMetadata, ProviderMetadata, http};
/// fn register(
///     metadata: ProviderMetadata,
///     send: impl Fn(http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, BoxError>,
/// ) -> Result<Client, BoxError> {
///     let asked = ClientMetadata::new().redirect_uris(["https://app.example/callback"]).client_name("Example");
///     let registration = metadata.register(asked).start()?.send_with(send)?;
///     std::fs::write("registration.json", serde_json::to_string(&registration)?)?;
///     Ok(registration.client(metadata)?.redirect_uri("https://app.example/callback").build()?)
/// }
/// ```
#[derive(Clone)]
#[must_use = "without it the client has no id"]
pub struct Registration {
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) client_secret: Option<ClientSecret>,
    /// Since the epoch, like all times here.
    pub(super) client_secret_expires_at: Option<Duration>,
    pub(super) client_id_issued_at: Option<Duration>,
    pub(super) access_token: Option<RegistrationAccessToken>,
    pub(super) client_uri: Option<String>,
    pub(super) metadata: ClientMetadata,
}

impl Registration {
    /// The issuer that it belongs to.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The client's id at that issuer.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The client's secret; `None` for a client that has none.
    #[must_use]
    pub fn client_secret(&self) -> Option<&ClientSecret> {
        self.client_secret.as_ref()
    }

    /// When the secret ends; `None` where it does not. [`read`](Self::read) it before, for a new one, or register again.
    #[must_use]
    pub fn client_secret_expires_at(&self) -> Option<SystemTime> {
        self.client_secret_expires_at.map(moment)
    }

    /// When the client was registered, where the provider said.
    #[must_use]
    pub fn client_id_issued_at(&self) -> Option<SystemTime> {
        self.client_id_issued_at.map(moment)
    }

    /// The token that reads and changes the registration; `None` where the provider does not let the client do so.
    #[must_use]
    pub fn registration_access_token(&self) -> Option<&RegistrationAccessToken> {
        self.access_token.as_ref()
    }

    /// Where the registration is read and changed; `None` where the provider does not let the client do so.
    #[must_use]
    pub fn registration_client_uri(&self) -> Option<&str> {
        self.client_uri.as_deref()
    }

    /// The client's metadata as the provider registered it, with the provider's defaults and with members that this
    /// crate does not know.
    pub fn metadata(&self) -> &ClientMetadata {
        &self.metadata
    }

    /// The members that were asked for and that the provider registered with another value, or not at all (RFC 7591 section
    /// 3.2.1 lets it).
    pub fn changes<'a>(&'a self, asked: &'a ClientMetadata) -> impl Iterator<Item = &'a str> {
        asked.names().filter(|name| !self.metadata.is_same(asked, name))
    }

    /// Starts to build this client: with its id, its authentication, and the algorithms that are registered for ID
    /// tokens, UserInfo and authorization responses. Set the redirect URI, as always. A client that is registered with
    /// a key of its own (`private_key_jwt`) sets it by [`authentication`](ClientBuilder::authentication).
    ///
    /// # Errors
    ///
    /// [`RegistrationError::WrongIssuer`] for the metadata of another issuer: the client would show its secret there.
    pub fn client(&self, metadata: ProviderMetadata) -> Result<ClientBuilder, RegistrationError> {
        if metadata.issuer != self.issuer {
            return Err(RegistrationError::WrongIssuer { expected: self.issuer.clone(), found: metadata.issuer });
        }
        let listed = &metadata.token_endpoint_auth_methods_supported;
        let authentication = self.metadata.authentication(self.client_secret.as_ref(), listed);
        Ok(self.metadata.configure(Client::builder(metadata, self.client_id.as_str(), authentication)))
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("client_secret_expires_at", &self.client_secret_expires_at())
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}
