//! A client that is known by the address of its metadata (OAuth Client ID Metadata Document).

use std::fmt;

use serde_json::Value;

use crate::client::Client;
use crate::client::builder::ClientBuilder;
use crate::client::registration::client_metadata::ClientMetadata;
use crate::client::registration::error::RegistrationError;
use crate::ground::uri;
use crate::provider::ProviderMetadata;

/// The document of a client that nobody has registered: its client id is the https URL of a JSON document about it,
/// which the provider reads (OAuth Client ID Metadata Document). A provider that supports this has
/// `client_id_metadata_document_supported` in its metadata.
///
/// ```
/// use oidc_proto::{ClientIdDocument, ClientMetadata};
///
/// # fn main() -> Result<(), oidc_proto::RegistrationError> {
/// let metadata = ClientMetadata::new()
///     .redirect_uris(["https://app.example/callback"])
///     .client_name("Example")
///     .token_endpoint_auth_method("none");
/// let document = ClientIdDocument::new("https://app.example/oauth/client.json", metadata)?;
/// // Serve this at that URL, as application/json, without a redirect.
/// let served: String = document.json();
/// # assert!(served.contains("https://app.example/oauth/client.json"));
/// # Ok(()) }
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct ClientIdDocument {
    url: String,
    /// With the `client_id`.
    metadata: ClientMetadata,
}

impl ClientIdDocument {
    /// Takes the URL that the document is served at, and what it says. `client_id` is added. A client that has a key of its own
    /// says so with `private_key_jwt` and `jwks` or `jwks_uri`; any other says `none`.
    ///
    /// # Errors
    ///
    /// [`RegistrationError::InvalidDocument`] for a URL that is not https, has no path, dot segments in it, a fragment, userinfo,
    /// white space or a backslash, or that a URL parser would write in another way (`HTTPS://`, `:443`): providers compare it as
    /// a string; and for metadata with a secret in it, a private or symmetric key, an authentication by a secret, a member of
    /// the wrong kind, or another `client_id`.
    pub fn new(url: impl Into<String>, metadata: ClientMetadata) -> Result<Self, RegistrationError> {
        let (url, mut metadata) = (url.into(), metadata.without_nulls());
        let invalid = |reason| RegistrationError::InvalidDocument { reason };
        check_url(&url).map_err(invalid)?;
        check_metadata(&metadata, &url).map_err(invalid)?;
        metadata.set("client_id", &Value::from(url.as_str()));
        Ok(Self { url, metadata })
    }

    /// The client id, which is the URL of the document.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.url
    }

    /// The document, to be served at the URL with the media type `application/json` and status 200. Providers follow no redirect.
    #[must_use]
    pub fn json(&self) -> String {
        self.metadata.to_json().as_str().to_owned()
    }

    /// Starts to build this client at a provider that reads such documents. Set the redirect URI, as always, and the
    /// key of a client that has one ([`authentication`](ClientBuilder::authentication)).
    pub fn client(&self, metadata: ProviderMetadata) -> ClientBuilder {
        let authentication = self.metadata.authentication(None, &[]);
        self.metadata.configure(Client::builder(metadata, self.url.as_str(), authentication))
    }
}

impl fmt::Debug for ClientIdDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIdDocument").field("url", &self.url).field("metadata", &self.metadata).finish()
    }
}

/// Client ID Metadata Document section 3.
fn check_url(text: &str) -> Result<(), &'static str> {
    let url = uri::parse_http(text, false)
        .map_err(|_| "the URL is not https, or has userinfo, white space or a backslash")?;
    if text.contains('#') {
        return Err("the URL has a fragment");
    }
    let before_query = text.split('?').next().unwrap_or_default();
    uri::path_as_written(before_query).ok_or("the URL has no path")?;
    // Providers compare it as a string: one that parses it first must see the same string. A parser takes dot segments out,
    // however they are encoded.
    if url.as_str() == text {
        Ok(())
    } else {
        Err("a URL parser writes the URL in another way, such as without dot segments")
    }
}

/// Client ID Metadata Document section 4.1: everybody reads the document.
fn check_metadata(metadata: &ClientMetadata, url: &str) -> Result<(), &'static str> {
    const SECRETS: [&str; 3] = ["client_secret", "client_secret_expires_at", "registration_access_token"];
    if SECRETS.iter().any(|name| metadata.has(name)) {
        return Err("the document has a secret in it");
    }
    metadata.check_keys().map_err(|_| "the keys of the document are no JWK Set, or private or symmetric")?;
    metadata.check_words().map_err(|_| "a member of the document is of the wrong kind")?;
    let method = metadata.word("token_endpoint_auth_method").ok().flatten();
    if method.is_some_and(|method| method.starts_with("client_secret_")) {
        return Err("the client cannot authenticate with a secret: there is none");
    }
    let other_id = metadata.get("client_id").is_some_and(|id| id != url);
    if other_id { Err("the document has another client_id than its URL") } else { Ok(()) }
}
