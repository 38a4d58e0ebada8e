//! How the client proves at the token endpoint who it is (RFC 6749 section 2.3.1, OpenID Connect Core 1.0 section 9).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

use crate::client::ClientError;
use crate::form;
use crate::metadata::ProviderMetadata;
use crate::secret::secret_string;
use crate::vocabulary::TokenEndpointAuthMethod;

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
pub struct ClientAuth(Choice);

#[derive(Clone, Debug)]
enum Choice {
    None,
    Secret(ClientSecret),
    ClientSecretBasic(ClientSecret),
    ClientSecretBasicUnencoded(ClientSecret),
    ClientSecretPost(ClientSecret),
}

impl ClientAuth {
    /// A public client: it has no secret, and says its `client_id` in the body.
    #[must_use]
    pub fn none() -> Self {
        Self(Choice::None)
    }

    /// `client_secret_basic` where the provider lists it, or lists nothing; else `client_secret_post`.
    #[must_use]
    pub fn secret(secret: impl Into<ClientSecret>) -> Self {
        Self(Choice::Secret(secret.into()))
    }

    /// `client_secret_basic`, whatever the provider lists: id and secret, form-urlencoded, in the `Authorization` header.
    #[must_use]
    pub fn client_secret_basic(secret: impl Into<ClientSecret>) -> Self {
        Self(Choice::ClientSecretBasic(secret.into()))
    }

    /// `client_secret_basic` with id and secret as they are, for providers that do not decode them, such as Amazon Cognito.
    /// The id must then have no colon.
    #[must_use]
    pub fn client_secret_basic_unencoded(secret: impl Into<ClientSecret>) -> Self {
        Self(Choice::ClientSecretBasicUnencoded(secret.into()))
    }

    /// `client_secret_post`, whatever the provider lists: id and secret in the body.
    #[must_use]
    pub fn client_secret_post(secret: impl Into<ClientSecret>) -> Self {
        Self(Choice::ClientSecretPost(secret.into()))
    }

    /// The secret, where there is one.
    pub(crate) fn client_secret(&self) -> Option<&ClientSecret> {
        match &self.0 {
            Choice::None => None,
            Choice::Secret(secret)
            | Choice::ClientSecretBasic(secret)
            | Choice::ClientSecretBasicUnencoded(secret)
            | Choice::ClientSecretPost(secret) => Some(secret),
        }
    }

    /// What goes into each request to the token endpoint.
    pub(crate) fn prepare(&self, client_id: &str, metadata: &ProviderMetadata) -> Result<Credentials, ClientError> {
        if self.client_secret().is_some_and(|secret| secret.secret().is_empty()) {
            return Err(ClientError::MissingSecret);
        }
        match &self.0 {
            Choice::None => Ok(Credentials::Public),
            Choice::ClientSecretBasic(secret) => basic(client_id, secret),
            Choice::ClientSecretBasicUnencoded(_) if client_id.contains(':') => Err(ClientError::InvalidClientId),
            Choice::ClientSecretBasicUnencoded(secret) => basic_of(client_id, secret.secret()),
            Choice::ClientSecretPost(secret) => Ok(Credentials::Body(secret.clone())),
            Choice::Secret(secret) => {
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

/// What goes into each request to the token endpoint: exactly one method of authentication.
pub(crate) enum Credentials {
    Public,
    Header(HeaderValue),
    Body(ClientSecret),
}

impl Credentials {
    /// Adds the credentials to a request, of which the form body is not yet complete.
    pub(crate) fn apply(&self, client_id: &str, headers: &mut http::HeaderMap, form: &mut String) {
        match self {
            Self::Public => form::push_known(form, "&client_id=", client_id),
            Self::Header(value) => {
                headers.insert(AUTHORIZATION, value.clone());
            }
            Self::Body(secret) => {
                form::push_known(form, "&client_id=", client_id);
                form::push_known(form, "&client_secret=", secret.secret());
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
