//! How the client authenticates to the provider (RFC 6749 section 2.3.1, OpenID Connect Core 1.0 section 9, RFC
//! 8705).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::client::error::ClientError;
use crate::exchange::request::FormRequest;
use crate::ground::form;
use crate::ground::secret::secret_string;
use crate::ground::vocabulary::TokenEndpointAuthMethod;
use crate::provider::ProviderMetadata;

secret_string! {
    /// The client secret that the provider gave out at registration.
    ClientSecret
}

/// How the client authenticates.
///
/// ```
/// use oidc_proto::ClientAuth;
///
/// let auth = ClientAuth::secret("s3cret"); // Basic, or in the body where the provider lists only that
/// let auth = ClientAuth::none();           // a public client
/// ```
#[derive(Clone, Debug)]
pub struct ClientAuth(Method);

#[derive(Clone, Debug)]
enum Method {
    None,
    Secret(ClientSecret),
    ClientSecretBasic(ClientSecret),
    ClientSecretBasicUnencoded(ClientSecret),
    ClientSecretPost(ClientSecret),
    ClientCertificate,
}

impl ClientAuth {
    /// A public client: it has no secret, and names its `client_id` in the body.
    #[must_use]
    pub fn none() -> Self {
        Self(Method::None)
    }

    /// `client_secret_basic` where the provider lists it, or lists nothing; else `client_secret_post`.
    #[must_use]
    pub fn secret(secret: impl Into<ClientSecret>) -> Self {
        Self(Method::Secret(secret.into()))
    }

    /// `client_secret_basic`, whatever the provider lists: id and secret, form-urlencoded, in the `Authorization` header.
    #[must_use]
    pub fn client_secret_basic(secret: impl Into<ClientSecret>) -> Self {
        Self(Method::ClientSecretBasic(secret.into()))
    }

    /// `client_secret_basic` with id and secret as they are, for providers that do not decode them, such as Amazon Cognito.
    /// The id must then have no colon.
    #[must_use]
    pub fn client_secret_basic_unencoded(secret: impl Into<ClientSecret>) -> Self {
        Self(Method::ClientSecretBasicUnencoded(secret.into()))
    }

    /// `client_secret_post`, whatever the provider lists: id and secret in the body.
    #[must_use]
    pub fn client_secret_post(secret: impl Into<ClientSecret>) -> Self {
        Self(Method::ClientSecretPost(secret.into()))
    }

    /// `tls_client_auth` (RFC 8705 section 2.1): the client's certificate, which an authority issued, on the TLS connection. The
    /// caller's HTTP client presents it: for the requests that are marked with
    /// [`ClientCertificateRequired`](crate::ClientCertificateRequired). They go to the provider's
    /// [`mtls_endpoint_aliases`](crate::ProviderMetadata::mtls_endpoint_aliases) where it has them, and name `client_id` in the
    /// body.
    #[must_use]
    pub fn tls_client_auth() -> Self {
        Self(Method::ClientCertificate)
    }

    /// `self_signed_tls_client_auth` (RFC 8705 section 2.2): as [`tls_client_auth`](Self::tls_client_auth), with a certificate
    /// that the client made itself and registered.
    #[must_use]
    pub fn self_signed_tls_client_auth() -> Self {
        Self(Method::ClientCertificate)
    }

    /// Whether requests go over a connection with the client's certificate.
    pub(super) fn uses_certificate(&self) -> bool {
        matches!(self.0, Method::ClientCertificate)
    }

    /// The secret, where there is one.
    pub(crate) fn client_secret(&self) -> Option<&ClientSecret> {
        match &self.0 {
            Method::None | Method::ClientCertificate => None,
            Method::Secret(secret)
            | Method::ClientSecretBasic(secret)
            | Method::ClientSecretBasicUnencoded(secret)
            | Method::ClientSecretPost(secret) => Some(secret),
        }
    }

    /// What goes into each request to the provider.
    pub(crate) fn prepare(&self, client_id: &str, metadata: &ProviderMetadata) -> Result<Credentials, ClientError> {
        if self.client_secret().is_some_and(|secret| secret.secret().is_empty()) {
            return Err(ClientError::MissingSecret);
        }
        match &self.0 {
            Method::None => Ok(Credentials::Public),
            Method::ClientCertificate => Ok(Credentials::Certificate),
            Method::ClientSecretBasic(secret) => basic(client_id, secret),
            Method::ClientSecretBasicUnencoded(_) if client_id.contains(':') => Err(ClientError::InvalidClientId),
            Method::ClientSecretBasicUnencoded(secret) => basic_of(client_id, secret.secret()),
            Method::ClientSecretPost(secret) => Ok(Credentials::Body(secret.clone())),
            Method::Secret(secret) => {
                let listed = &metadata.token_endpoint_auth_methods_supported;
                if listed.is_empty() || listed.contains(&TokenEndpointAuthMethod::CLIENT_SECRET_BASIC) {
                    basic(client_id, secret)
                } else if listed.contains(&TokenEndpointAuthMethod::CLIENT_SECRET_POST) {
                    Ok(Credentials::Body(secret.clone()))
                } else {
                    Err(ClientError::UnsupportedAuthMethod)
                }
            }
        }
    }
}

/// What goes into each request to the provider: exactly one method of authentication.
pub(crate) enum Credentials {
    Public,
    Header(HeaderValue),
    Body(ClientSecret),
    /// What proves the client's identity is not in the request.
    Certificate,
}

impl Credentials {
    /// Puts the credentials into a request. They decide whether `client_id` is in the body: not beside Basic, since that
    /// would be two methods (RFC 6749 section 2.3).
    pub(super) fn apply<'a>(&'a self, client_id: &'a str, request: &mut FormRequest<'a>) {
        match self {
            Self::Public => request.set("client_id", client_id),
            // RFC 8705 section 2: the provider finds the registered certificate by `client_id`.
            Self::Certificate => {
                request.set("client_id", client_id);
                request.require_client_certificate();
            }
            Self::Header(value) => request.set_authorization(value.clone()),
            Self::Body(secret) => {
                request.set("client_id", client_id);
                request.set("client_secret", secret.secret());
            }
        }
    }
}

/// RFC 6749 section 2.3.1: id and secret are form-urlencoded before they are joined and base64-encoded.
fn basic(client_id: &str, secret: &ClientSecret) -> Result<Credentials, ClientError> {
    basic_of(&form::encode(client_id), &Zeroizing::new(form::encode(secret.secret())))
}

/// RFC 7617 section 2.
fn basic_of(user: &str, password: &str) -> Result<Credentials, ClientError> {
    let pair = Zeroizing::new([user, password].join(":"));
    let text = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
    let mut value = HeaderValue::from_str(&text).map_err(|_| ClientError::InvalidClientId)?;
    value.set_sensitive(true);
    Ok(Credentials::Header(value))
}
