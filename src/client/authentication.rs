//! How the client authenticates to the provider (RFC 6749 section 2.3.1, OpenID Connect Core 1.0 section 9, RFC
//! 8705).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::client::assertion::{Assertions, ClientAssertion, RemoteKey};
use crate::client::error::ClientError;
use crate::client::signing_error::SigningError;
use crate::exchange::request::FormRequest;
use crate::ground::form;
use crate::ground::secret::{SecretText, secret_string};
use crate::ground::vocabulary::{Algorithm, TokenEndpointAuthMethod};
use crate::jose::signer::{self, Mac, SharedSigner};
use crate::jose::{InvalidKey, SignatureAlgorithm, Signer};
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
    ClientSecretJwt(ClientSecret, Algorithm),
    PrivateKeyJwt(SharedSigner),
    PrivateKeyJwtRemote(Algorithm, Option<Arc<str>>),
    ClientAssertion(ClientAssertion),
    Apple(SharedSigner, Arc<str>),
    /// It is registered, and what it takes has not been set.
    Missing(TokenEndpointAuthMethod),
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

    /// `client_secret_basic`, whatever the provider lists: id and secret, form-urlencoded, in the `Authorization`
    /// header (RFC 6749 section 2.3.1).
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

    /// `client_secret_post`, whatever the provider lists: id and secret in the body (RFC 6749 section 2.3.1).
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

    /// `client_secret_jwt` with HS256: the secret signs an assertion, and is not sent (OpenID Connect Core 1.0 section 9).
    #[must_use]
    pub fn client_secret_jwt(secret: impl Into<ClientSecret>) -> Self {
        Self::client_secret_jwt_with(secret, Algorithm::HS256)
    }

    /// The same with HS384 or HS512.
    #[must_use]
    pub fn client_secret_jwt_with(secret: impl Into<ClientSecret>, algorithm: impl Into<Algorithm>) -> Self {
        Self(Method::ClientSecretJwt(secret.into(), algorithm.into()))
    }

    /// `private_key_jwt`: a key of the client's own signs an assertion, a new one for each request (OpenID Connect Core 1.0
    /// section 9, RFC 7523). The signer is a [`PrivateKey`](crate::PrivateKey), or one of your own.
    #[must_use]
    pub fn private_key_jwt(signer: impl Signer + 'static) -> Self {
        Self(Method::PrivateKeyJwt(SharedSigner::new(signer)))
    }

    /// `private_key_jwt` with a key behind a network, such as that of a key store: the caller has each assertion signed. See
    /// [`Client::assertion_to_sign`](crate::Client::assertion_to_sign).
    #[must_use]
    pub fn private_key_jwt_remote(algorithm: impl Into<Algorithm>, key_id: Option<&str>) -> Self {
        Self(Method::PrivateKeyJwtRemote(algorithm.into(), key_id.map(Arc::from)))
    }

    /// An assertion that somebody else made: a workload identity, such as the token of a Kubernetes service account or
    /// a JWT of SPIFFE (RFC 7523 section 2.2). It is sent as it is.
    /// [`Client::with_assertion`](crate::Client::with_assertion) takes the next one before it expires.
    #[must_use]
    pub fn client_assertion(assertion: impl Into<ClientAssertion>) -> Self {
        Self(Method::ClientAssertion(assertion.into()))
    }

    /// Sign in with Apple: the client secret is a JWT that the key of the team signs (ES256), a new one for each request, in
    /// the body. The key's id ([`PrivateKey::with_key_id`](crate::PrivateKey::with_key_id)) is the one that Apple shows.
    ///
    /// <https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret>
    #[must_use]
    pub fn apple(team: &str, signer: impl Signer + 'static) -> Self {
        Self(Method::Apple(SharedSigner::new(signer), team.into()))
    }

    /// What is registered takes a key, or is not known here: the caller has to set it.
    pub(super) fn missing(method: TokenEndpointAuthMethod) -> Self {
        Self(Method::Missing(method))
    }

    /// The algorithm of its assertions, where a private key of the client's own signs them.
    pub(super) fn key_algorithm(&self) -> Option<Algorithm> {
        match &self.0 {
            Method::PrivateKeyJwt(signer) => Some(signer.algorithm()),
            Method::PrivateKeyJwtRemote(algorithm, _) => Some(algorithm.clone()),
            _ => None,
        }
    }

    /// The secret, where there is one.
    pub(crate) fn client_secret(&self) -> Option<&ClientSecret> {
        match &self.0 {
            Method::Secret(secret)
            | Method::ClientSecretBasic(secret)
            | Method::ClientSecretBasicUnencoded(secret)
            | Method::ClientSecretPost(secret)
            | Method::ClientSecretJwt(secret, _) => Some(secret),
            _ => None,
        }
    }

    /// What goes into each request to the provider. `audience` is who assertions are for.
    pub(crate) fn prepare(
        &self,
        client_id: &Arc<str>,
        metadata: &ProviderMetadata,
        audience: Arc<str>,
    ) -> Result<Credentials, ClientError> {
        if self.client_secret().is_some_and(|secret| secret.secret().is_empty()) {
            return Err(ClientError::MissingSecret);
        }
        let assertions = |signer: SharedSigner, issuer: &Arc<str>| Assertions {
            signer,
            issuer: issuer.clone(),
            audience: audience.clone(),
        };
        match &self.0 {
            Method::None => Ok(Credentials::Public),
            Method::Missing(method) => Err(ClientError::MissingAuthentication { method: method.clone() }),
            Method::ClientCertificate => Ok(Credentials::Certificate),
            Method::ClientSecretBasic(secret) => basic(client_id, secret),
            Method::ClientSecretBasicUnencoded(_) if client_id.contains(':') => Err(ClientError::InvalidClientId),
            Method::ClientSecretBasicUnencoded(secret) => basic_of(client_id, secret.secret()),
            Method::ClientSecretPost(secret) => Ok(Credentials::Body(secret.clone())),
            Method::Secret(secret) => secret_as_listed(client_id, secret, metadata),
            Method::ClientSecretJwt(secret, algorithm) => {
                check_listed(algorithm, metadata)?;
                let mac = mac(secret, algorithm)?;
                Ok(Credentials::Assertions(assertions(SharedSigner::new(mac), client_id)))
            }
            Method::PrivateKeyJwt(signer) => {
                signer::check(&**signer)?;
                check_listed(&signer.algorithm(), metadata)?;
                Ok(Credentials::Assertions(assertions(signer.clone(), client_id)))
            }
            Method::PrivateKeyJwtRemote(algorithm, key_id) => {
                signer::check_algorithm(algorithm)?;
                check_listed(algorithm, metadata)?;
                let (algorithm, key_id) = (algorithm.clone(), key_id.clone());
                Ok(Credentials::Remote(RemoteKey { algorithm, key_id, audience }, None))
            }
            Method::ClientAssertion(assertion) => Ok(Credentials::Assertion(assertion.clone())),
            Method::Apple(signer, team) => {
                signer::check(&**signer)?;
                if signer.algorithm() != Algorithm::ES256 {
                    return Err(InvalidKey::new("Apple accepts only ES256").into());
                }
                Ok(Credentials::SignedSecret(assertions(signer.clone(), team)))
            }
        }
    }
}

/// What goes into each request to the provider: exactly one method of authentication.
#[derive(Clone)]
pub(crate) enum Credentials {
    Public,
    Header(HeaderValue),
    Body(ClientSecret),
    /// What proves the client's identity is not in the request.
    Certificate,
    /// An assertion for each request.
    Assertions(Assertions),
    /// A client secret for each request.
    SignedSecret(Assertions),
    Assertion(ClientAssertion),
    /// The assertion that the caller had signed; there is none until then.
    Remote(RemoteKey, Option<ClientAssertion>),
}

impl Credentials {
    /// The same with this assertion; nothing where the client authenticates otherwise. A key that is somewhere else signs the
    /// next one too.
    pub(super) fn with_assertion(&self, assertion: ClientAssertion) -> Option<Self> {
        match self {
            Self::Remote(key, _) => Some(Self::Remote(key.clone(), Some(assertion))),
            Self::Assertion(_) => Some(Self::Assertion(assertion)),
            _ => None,
        }
    }

    /// Puts the credentials into a request. They decide whether `client_id` is in the body: not beside Basic, since that
    /// would be two methods (RFC 6749 section 2.3).
    pub(super) fn apply<'a>(
        &'a self,
        client_id: &'a str,
        request: &mut FormRequest<'a>,
        now: SystemTime,
    ) -> Result<(), SigningError> {
        if let Self::Header(value) = self {
            request.set_authorization(value.clone());
            return Ok(());
        }
        request.set("client_id", client_id);
        match self {
            Self::Public | Self::Header(_) => {}
            // RFC 8705 section 2: the provider finds the registered certificate by `client_id`.
            Self::Certificate => request.require_client_certificate(),
            Self::Body(secret) => request.set("client_secret", secret.secret()),
            Self::SignedSecret(assertions) => request.set("client_secret", assertions.make(client_id, now)?),
            Self::Assertions(assertions) => set_assertion(request, assertions.make(client_id, now)?),
            Self::Assertion(assertion) | Self::Remote(_, Some(assertion)) => set_assertion(request, assertion.secret()),
            Self::Remote(_, None) => return Err(SigningError::AssertionNeeded),
        }
        Ok(())
    }
}

/// RFC 7523 section 2.2.
fn set_assertion<'a>(request: &mut FormRequest<'a>, assertion: impl Into<Cow<'a, str>>) {
    request.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    request.set("client_assertion", assertion);
}

/// `client_secret_basic` where the provider lists it, or lists nothing; else `client_secret_post`.
fn secret_as_listed(
    client_id: &str,
    secret: &ClientSecret,
    metadata: &ProviderMetadata,
) -> Result<Credentials, ClientError> {
    let listed = &metadata.token_endpoint_auth_methods_supported;
    if listed.is_empty() || listed.contains(&TokenEndpointAuthMethod::CLIENT_SECRET_BASIC) {
        basic(client_id, secret)
    } else if listed.contains(&TokenEndpointAuthMethod::CLIENT_SECRET_POST) {
        Ok(Credentials::Body(secret.clone()))
    } else {
        Err(ClientError::UnsupportedAuthMethod)
    }
}

/// OpenID Connect Core 16.19: the secret is at least as long as the hash.
fn mac(secret: &ClientSecret, algorithm: &Algorithm) -> Result<Mac, ClientError> {
    let invalid = |reason| ClientError::InvalidAlgorithm { algorithm: Some(algorithm.clone()), reason };
    let hmac = SignatureAlgorithm::from_name(algorithm.as_str())
        .filter(|algorithm| algorithm.is_symmetric())
        .ok_or_else(|| invalid("client_secret_jwt needs HS256, HS384 or HS512"))?;
    if secret.secret().len() < hmac.hash().length() {
        return Err(invalid("the client secret is shorter than the hash of the algorithm"));
    }
    Ok(Mac { algorithm: algorithm.clone(), secret: Zeroizing::new(secret.secret().as_bytes().to_vec()) })
}

/// OpenID Connect Discovery 3, `token_endpoint_auth_signing_alg_values_supported`.
fn check_listed(algorithm: &Algorithm, metadata: &ProviderMetadata) -> Result<(), ClientError> {
    let listed = metadata.token_endpoint_auth_signing_alg_values_supported.as_ref();
    if listed.is_none_or(|listed| listed.contains(algorithm)) {
        return Ok(());
    }
    let reason = "the provider does not list it for client assertions";
    Err(ClientError::InvalidAlgorithm { algorithm: Some(algorithm.clone()), reason })
}

/// RFC 6749 section 2.3.1: id and secret are form-urlencoded before they are joined and base64-encoded.
fn basic(client_id: &str, secret: &ClientSecret) -> Result<Credentials, ClientError> {
    basic_of(&form::encode(client_id), &SecretText::new(form::encode(secret.secret())))
}

/// RFC 7617 section 2.
fn basic_of(user: &str, password: &str) -> Result<Credentials, ClientError> {
    let pair = SecretText::new([user, password].join(":"));
    let text = SecretText::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
    let mut value = HeaderValue::from_str(&text).map_err(|_| ClientError::InvalidClientId)?;
    value.set_sensitive(true);
    Ok(Credentials::Header(value))
}
