//! The client: one relying party at one provider. It knows no step of a login: each step brings its own door
//! (`impl Client { … }`).

mod algorithms;
mod assertion;
mod authentication;
mod builder;
mod decryption;
mod dpop;
mod endpoints;
mod error;
mod issuers;
mod profile;
pub(crate) mod redirect_uri;
mod registration;
pub(crate) mod reserved;
mod signing_error;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::{Request, Uri};

pub use assertion::{AssertionToSign, ClientAssertion};
pub use authentication::{ClientAuth, ClientSecret};
pub use builder::ClientBuilder;
pub use error::ClientError;
pub use registration::{
    AwaitingDeletion, AwaitingRegistration, ClientIdDocument, ClientIdentities, ClientMetadata, InitialAccessToken,
    Registration, RegistrationAccessToken, RegistrationChoice, RegistrationError, RegistrationRequest,
};
pub use signing_error::SigningError;

use crate::exchange::request::{self, FormRequest};
use crate::ground::vocabulary::TokenType;
use crate::jose::signer::SharedSigner;
use crate::jose::{DecryptionKeys, KeyManagement, SignatureAlgorithm};
use crate::provider::ProviderMetadata;
use algorithms::Algorithms;
use authentication::Credentials;
use decryption::Decryption;
use dpop::DpopKey;
use endpoints::Endpoints;
use issuers::Issuers;
pub(crate) use profile::Profile;

/// One relying party, registered at one provider. A handle: cloning it is cheap, and it can be shared between threads.
///
/// ```
/// # use oidc_proto::{Client, ClientAuth, ProviderMetadata};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let metadata = ProviderMetadata::new("https://id.example");
/// let client = Client::builder(metadata, "my-client-id", ClientAuth::secret("s3cret"))
///     .redirect_uri("https://app.example/login/callback")
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

/// All that is decided when the client is built, so that no step decides it again.
#[derive(Clone)]
struct Inner {
    metadata: ProviderMetadata,
    issuer: Arc<str>,
    client_id: Arc<str>,
    redirect_uri: Option<Arc<str>>,
    credentials: Credentials,
    client_secret: Option<ClientSecret>,
    dpop: Option<DpopKey>,
    request_object_signer: Option<SharedSigner>,
    endpoints: Endpoints,
    algorithms: Algorithms,
    decryption: Decryption,
    profile: Option<Profile>,
    issuers: Issuers,
    trusted_audiences: Vec<String>,
    accepted_token_types: Vec<TokenType>,
    leeway: Duration,
    login_lifetime: Duration,
    refresh_margin: Duration,
}

impl Client {
    /// The provider's metadata.
    #[must_use]
    pub fn metadata(&self) -> &ProviderMetadata {
        &self.0.metadata
    }

    /// The provider's issuer identifier.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The client's id at the provider.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// The redirect URI of logins that name no other.
    #[must_use]
    pub fn redirect_uri(&self) -> Option<&str> {
        self.0.redirect_uri.as_deref()
    }

    /// Whether this is the client with this id at the provider of this issuer, however it was built.
    pub(crate) fn is(&self, issuer: &str, client_id: &str) -> bool {
        self.issuer() == issuer && self.client_id() == client_id
    }

    pub(crate) fn shared_issuer(&self) -> Arc<str> {
        Arc::clone(&self.0.issuer)
    }

    pub(crate) fn shared_client_id(&self) -> Arc<str> {
        Arc::clone(&self.0.client_id)
    }

    pub(crate) fn shared_redirect_uri(&self) -> Option<Arc<str>> {
        self.0.redirect_uri.clone()
    }

    /// The endpoint as a URL without fragment, in ASCII.
    pub(crate) fn authorization_endpoint(&self) -> Option<&str> {
        self.0.endpoints.authorization.as_deref()
    }

    pub(crate) fn token_endpoint(&self) -> Option<&Uri> {
        self.0.endpoints.token.as_ref()
    }

    pub(crate) fn jwks_uri(&self) -> Option<&Uri> {
        self.0.endpoints.jwks.as_ref()
    }

    pub(crate) fn userinfo_endpoint(&self) -> Option<&Uri> {
        self.0.endpoints.userinfo.as_ref()
    }

    pub(crate) fn introspection_endpoint(&self) -> Option<&Uri> {
        self.0.endpoints.introspection.as_ref()
    }

    pub(crate) fn device_authorization_endpoint(&self) -> Option<&Uri> {
        self.0.endpoints.device_authorization.as_ref()
    }

    pub(crate) fn backchannel_authentication_endpoint(&self) -> Option<&Uri> {
        self.0.endpoints.backchannel_authentication.as_ref()
    }

    pub(crate) fn revocation_endpoint(&self) -> Option<&Uri> {
        self.0.endpoints.revocation.as_ref()
    }

    pub(crate) fn pushed_authorization_request_endpoint(&self) -> Option<&Uri> {
        self.0.endpoints.pushed_authorization_request.as_ref()
    }

    /// The endpoint as a URL without fragment, in ASCII.
    pub(crate) fn end_session_endpoint(&self) -> Option<&str> {
        self.0.endpoints.end_session.as_deref()
    }

    /// A client assertion that is still to be signed, for a client whose key is behind a network (a key store, an HSM): send
    /// [`message`](AssertionToSign::message) there, and give the assertion to [`with_assertion`](Self::with_assertion). Make a new
    /// one for each request: a provider takes each once, and it ends 60 seconds after `now`. A request that is sent once more with
    /// a DPoP nonce has the same assertion again.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use oidc_proto::{Algorithm, BoxError, Client, ClientAuth, ProviderMetadata};
    /// # fn ask_the_key_store(_: &[u8]) -> Vec<u8> { vec![0; 64] }
    /// # fn main() -> Result<(), BoxError> {
    /// # let metadata = ProviderMetadata::new("https://id.example");
    /// let auth = ClientAuth::private_key_jwt_remote(Algorithm::ES256, Some("kms-7"));
    /// let client = Client::builder(metadata, "my-client-id", auth).build()?;
    ///
    /// let to_sign = client.assertion_to_sign(SystemTime::now())?;
    /// let signature = ask_the_key_store(to_sign.message()); // ECDSA: r || s
    /// let client = client.with_assertion(to_sign.signed(&signature)?)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SigningError::NoAssertion`] for a client that was not built with
    /// [`ClientAuth::private_key_jwt_remote`]; [`Randomness`](SigningError::Randomness)
    /// when the system has none.
    pub fn assertion_to_sign(&self, now: SystemTime) -> Result<AssertionToSign, SigningError> {
        match &self.0.credentials {
            Credentials::Remote(key, _) => key.to_sign(&self.0.client_id, now),
            _ => Err(SigningError::NoAssertion),
        }
    }

    /// The same client with this assertion in each request: one that was signed somewhere else
    /// ([`assertion_to_sign`](Self::assertion_to_sign)), or the newest of a workload identity
    /// ([`ClientAuth::client_assertion`]). A login that was begun with the old handle can be finished with the new one.
    ///
    /// # Errors
    ///
    /// [`SigningError::NoAssertion`] for a client that authenticates otherwise: with a certificate, a secret, or a key that it
    /// has itself.
    pub fn with_assertion(&self, assertion: impl Into<ClientAssertion>) -> Result<Self, SigningError> {
        let credentials = self.0.credentials.with_assertion(assertion.into()).ok_or(SigningError::NoAssertion)?;
        Ok(Self(Arc::new(Inner { credentials, ..(*self.0).clone() })))
    }

    /// Puts the client's credentials into a request: the one place where that is done.
    pub(crate) fn authenticate<'a>(
        &'a self,
        request: &mut FormRequest<'a>,
        now: SystemTime,
    ) -> Result<(), SigningError> {
        self.0.credentials.apply(&self.0.client_id, request, now)
    }

    /// The key that tokens are bound to.
    pub(crate) fn dpop_key(&self) -> Option<&DpopKey> {
        self.0.dpop.as_ref()
    }

    /// Marks a request with an access token, which may be bound to the client's certificate (RFC 8705 section 3).
    pub(crate) fn require_certificate<B>(&self, request: &mut Request<B>) {
        if matches!(self.0.credentials, Credentials::Certificate) {
            request::require_client_certificate(request);
        }
    }

    /// Who signs authorization requests.
    pub(crate) fn request_object_signer(&self) -> Option<&SharedSigner> {
        self.0.request_object_signer.as_ref()
    }

    /// The profile that every login keeps to.
    pub(crate) fn profile(&self) -> Option<Profile> {
        self.0.profile
    }

    pub(crate) fn client_secret(&self) -> Option<&ClientSecret> {
        self.0.client_secret.as_ref()
    }

    /// What it decrypts with.
    pub(crate) fn decryption_keys(&self) -> DecryptionKeys<'_> {
        let client_secret = self.0.client_secret.as_ref().map(ClientSecret::secret);
        DecryptionKeys { private_keys: &self.0.decryption.keys, client_secret }
    }

    /// How ID tokens must be encrypted, where it is registered.
    pub(crate) fn id_token_encryption(&self) -> Option<KeyManagement> {
        self.0.decryption.id_token
    }

    pub(crate) fn id_token_algorithms(&self) -> &[SignatureAlgorithm] {
        &self.0.algorithms.id_token
    }

    pub(crate) fn userinfo_algorithms(&self) -> &[SignatureAlgorithm] {
        &self.0.algorithms.userinfo
    }

    /// Whether signed UserInfo responses are registered.
    pub(crate) fn userinfo_must_be_signed(&self) -> bool {
        self.0.algorithms.userinfo_must_be_signed
    }

    pub(crate) fn introspection_algorithms(&self) -> &[SignatureAlgorithm] {
        &self.0.algorithms.introspection
    }

    /// Whether signed introspection responses are registered.
    pub(crate) fn introspection_must_be_signed(&self) -> bool {
        self.0.algorithms.introspection_must_be_signed
    }

    pub(crate) fn authorization_algorithms(&self) -> &[SignatureAlgorithm] {
        &self.0.algorithms.authorization
    }

    /// The issuers that this client accepts: the provider's, and those that were accepted by name.
    pub(crate) fn issuers(&self) -> &Issuers {
        &self.0.issuers
    }

    /// Whether an access token may be of this type. A client with a DPoP key takes what is bound to it (RFC 9449 section 5),
    /// and another only by name.
    pub(crate) fn accepts_token_type(&self, token_type: &TokenType) -> bool {
        let has_key = self.0.dpop.is_some();
        if *token_type == if has_key { TokenType::DPOP } else { TokenType::BEARER } {
            return true;
        }
        let token_type = token_type.as_str();
        self.0.accepted_token_types.iter().any(|accepted| accepted.as_str().eq_ignore_ascii_case(token_type))
    }

    pub(crate) fn trusts_audience(&self, audience: &str) -> bool {
        self.0.trusted_audiences.iter().any(|trusted| trusted == audience)
    }

    pub(crate) fn leeway(&self) -> Duration {
        self.0.leeway
    }

    /// How long an access token must still be good to be used.
    pub(crate) fn refresh_margin(&self) -> Duration {
        self.0.refresh_margin
    }

    pub(crate) fn login_lifetime(&self) -> Duration {
        self.0.login_lifetime
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("issuer", &self.0.issuer)
            .field("client_id", &self.0.client_id)
            .field("redirect_uri", &self.0.redirect_uri)
            .finish_non_exhaustive()
    }
}

const _: fn() = || {
    fn goes_between_threads<T: Send + Sync>() {}
    goes_between_threads::<Client>();
};
