//! What a client is made of, and what makes it sound.

use std::sync::Arc;
use std::time::Duration;

use crate::client::algorithms::{Algorithms, Registered};
use crate::client::authentication::ClientAuth;
use crate::client::decryption::Decryption;
use crate::client::dpop::DpopKey;
use crate::client::endpoints::{Endpoints, endpoint};
use crate::client::error::ClientError;
use crate::client::issuers::{IssuerTemplate, Issuers};
use crate::client::profile::{Facts, Profile};
use crate::client::{Client, Inner, redirect_uri};
use crate::ground::vocabulary::{Algorithm, TokenType};
use crate::jose::signer::{self, SharedSigner};
use crate::jose::{PrivateKey, Signer};
use crate::provider::ProviderMetadata;

impl Client {
    /// Starts to build a client from what every client needs. The provider gave out the id and the secret when the
    /// client was registered.
    pub fn builder(metadata: ProviderMetadata, client_id: impl Into<String>, auth: ClientAuth) -> ClientBuilder {
        ClientBuilder {
            metadata,
            client_id: client_id.into(),
            auth,
            assertion_audience: None,
            dpop_signer: None,
            request_object_signer: None,
            redirect_uri: None,
            registered: Registered::default(),
            profile: None,
            decryption_keys: Vec::new(),
            id_token_encryption: None,
            accepted_issuers: Vec::new(),
            issuer_template: None,
            trusted_audiences: Vec::new(),
            accepted_token_types: Vec::new(),
            leeway: Duration::from_secs(60),
            login_lifetime: Duration::from_secs(3600),
            refresh_margin: Duration::from_secs(30),
        }
    }
}

/// Builds a [`Client`]. Everything is checked in [`build`](Self::build).
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    metadata: ProviderMetadata,
    client_id: String,
    auth: ClientAuth,
    assertion_audience: Option<String>,
    dpop_signer: Option<SharedSigner>,
    request_object_signer: Option<SharedSigner>,
    redirect_uri: Option<String>,
    registered: Registered,
    profile: Option<Profile>,
    decryption_keys: Vec<PrivateKey>,
    id_token_encryption: Option<Algorithm>,
    accepted_issuers: Vec<String>,
    issuer_template: Option<String>,
    trusted_audiences: Vec<String>,
    accepted_token_types: Vec<TokenType>,
    leeway: Duration,
    login_lifetime: Duration,
    refresh_margin: Duration,
}

impl ClientBuilder {
    /// How the client authenticates, in the place of what the builder was made with: for the client of a
    /// [`Registration`](crate::Registration) or a [`ClientIdDocument`](crate::ClientIdDocument) that has a key of its own.
    pub fn authentication(mut self, auth: ClientAuth) -> Self {
        self.auth = auth;
        self
    }

    /// Where the provider sends the browser back to. It is sent byte for byte as it is here.
    ///
    /// https; http on a loopback host (`localhost`, `127.0.0.1`, `[::1]`, any port) for native applications; or a private-use
    /// scheme with a dot in it, such as `com.example.app:/callback` (RFC 8252 section 7).
    pub fn redirect_uri(mut self, redirect_uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(redirect_uri.into());
        self
    }

    /// The algorithms that ID tokens may be signed with, whatever the provider lists: the `id_token_signed_response_alg` of
    /// the client's registration (OpenID Connect Core 1.0 section 3.1.3.7 step 7). Replaces what was set before.
    ///
    /// Without it: those that the provider lists, apart from `none` and HS*; RS256 where it lists none at all. HS256, HS384
    /// and HS512 are accepted only when they are named here.
    pub fn id_token_signed_response_algs<A: Into<Algorithm>>(
        mut self,
        algorithms: impl IntoIterator<Item = A>,
    ) -> Self {
        self.registered.id_token = Some(algorithms.into_iter().map(Into::into).collect());
        self
    }

    /// The algorithms that UserInfo responses may be signed with: the `userinfo_signed_response_alg` of the client's
    /// registration (OpenID Connect Core 1.0 section 5.3.2). Replaces what was set before.
    ///
    /// Once it is set, a UserInfo response that is not signed is refused. Without it, a response may be JSON, or signed with
    /// one of those in `userinfo_signing_alg_values_supported`, apart from `none` and HS*; where the provider lists none at
    /// all, with one of those for ID tokens.
    pub fn userinfo_signed_response_algs<A: Into<Algorithm>>(
        mut self,
        algorithms: impl IntoIterator<Item = A>,
    ) -> Self {
        self.registered.userinfo = Some(algorithms.into_iter().map(Into::into).collect());
        self
    }

    /// The algorithms that introspection responses may be signed with: the `introspection_signed_response_alg` of the
    /// client's registration (RFC 9701 section 6). Replaces what was set before.
    ///
    /// Once it is set, an introspection response that is not signed is refused. Without it, a response may be JSON, or signed
    /// with one of those for ID tokens.
    pub fn introspection_signed_response_algs<A: Into<Algorithm>>(
        mut self,
        algorithms: impl IntoIterator<Item = A>,
    ) -> Self {
        self.registered.introspection = Some(algorithms.into_iter().map(Into::into).collect());
        self
    }

    /// Adds a key that decrypts what the provider encrypts to this client: ID tokens, logout tokens, signed authorization responses
    /// (JARM), and what UserInfo and introspection answer. The provider has its public half, in the client's registration or
    /// behind its `jwks_uri`. Add the old key and the new one while keys change.
    ///
    /// A token's `kid` chooses among keys that bear it or have none. Without one, each key that fits is tried. A key
    /// whose JWK has an `alg` is only for that algorithm. Both backends do the same:
    ///
    /// | `alg` (RFC 7518 section 4.1) | key |
    /// | --- | --- |
    /// | `RSA-OAEP`, `RSA-OAEP-256` | RSA, 2048 to 8192 bits |
    /// | `ECDH-ES`, `ECDH-ES+A128KW`, `ECDH-ES+A192KW`, `ECDH-ES+A256KW` | P-256, P-384, P-521, X25519 |
    /// | `A128KW`, `A192KW`, `A256KW`, `dir` | the client secret, without any setting (OpenID Connect Core 1.0 section 10.2) |
    ///
    /// The content may be encrypted with `A128GCM`, `A192GCM`, `A256GCM`, `A128CBC-HS256`, `A192CBC-HS384` or
    /// `A256CBC-HS512`. `RSA1_5`, `PBES2-*` and `zip` are refused (RFC 8725 sections 3.2 and 3.6).
    pub fn decryption_key(mut self, key: PrivateKey) -> Self {
        self.decryption_keys.push(key);
        self
    }

    /// How ID tokens are encrypted to this client, such as `RSA-OAEP-256`: the `id_token_encrypted_response_alg` of the client's
    /// registration (OpenID Connect Dynamic Client Registration 1.0 section 2). It holds for logout tokens as well.
    ///
    /// Once it is set, a token that is not encrypted is refused, and so is one that is encrypted with another algorithm. Without
    /// it, a token may be encrypted in any way for which there is a key.
    pub fn id_token_encrypted_response_alg(mut self, algorithm: impl Into<Algorithm>) -> Self {
        self.id_token_encryption = Some(algorithm.into());
        self
    }

    /// The audience of client assertions (`aud`, RFC 7523 section 3). Default: the provider's issuer identifier. Some
    /// providers want the URL of their token endpoint.
    pub fn assertion_audience(mut self, audience: impl Into<String>) -> Self {
        self.assertion_audience = Some(audience.into());
        self
    }

    /// Binds the tokens to this key (DPoP, RFC 9449): each token request proves that the client has it, and the authorization
    /// request says which it is. The provider's answer must then be a bound token
    /// ([`UnsupportedTokenType`](crate::TokenError::UnsupportedTokenType)), unless `accept_token_type("Bearer")` is set.
    ///
    /// The key must be the same for as long as a session lasts, in every process that shares the session. Requests to an API
    /// are authorized with [`Client::authorize_request`].
    pub fn dpop(mut self, signer: impl Signer + 'static) -> Self {
        self.dpop_signer = Some(SharedSigner::new(signer));
        self
    }

    /// Signs every authorization request (JAR, RFC 9101), with a [`PrivateKey`](crate::PrivateKey) or a signer of your own:
    /// nobody changes what is asked for, and the provider knows who asks.
    /// [`signed_by`](crate::AuthorizationRequest::signed_by) signs a single one.
    pub fn request_object_signer(mut self, signer: impl Signer + 'static) -> Self {
        self.request_object_signer = Some(SharedSigner::new(signer));
        self
    }

    /// The algorithms that authorization responses may be signed with: the `authorization_signed_response_alg` of the client's
    /// registration (JWT Secured Authorization Response Mode section 3). Replaces what was set before. Without it: those for ID
    /// tokens.
    ///
    /// A response is signed where the login asks for it, by [`ResponseMode::JWT`](crate::ResponseMode::JWT) or another
    /// signed mode.
    pub fn authorization_signed_response_algs<A: Into<Algorithm>>(
        mut self,
        algorithms: impl IntoIterator<Item = A>,
    ) -> Self {
        self.registered.authorization = Some(algorithms.into_iter().map(Into::into).collect());
        self
    }

    /// Accepts one more issuer, in ID tokens and in authorization responses, for providers that use two: Google's older
    /// tokens have `accounts.google.com`.
    pub fn accept_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.accepted_issuers.push(issuer.into());
        self
    }

    /// Accepts the issuers of all tenants of a provider, such as `https://login.microsoftonline.com/{tenantid}/v2.0` of
    /// Microsoft Entra. In an ID token, `{tenantid}` must be what its claim `tid` says.
    ///
    /// Anybody can have a tenant there: an application must look at [`IdToken::iss`](crate::IdToken::iss) before it lets a user
    /// in. A key that is marked for one issuer (its member `issuer`) verifies no token of another.
    pub fn issuer_template(mut self, template: impl Into<String>) -> Self {
        self.issuer_template = Some(template.into());
        self
    }

    /// Accepts one more `token_type`, in any case, beside Bearer: Slack says `user`. The caller must know how such an access
    /// token is used. A client with a DPoP key takes DPoP, and Bearer only where it is named here.
    pub fn accept_token_type(mut self, token_type: impl Into<TokenType>) -> Self {
        self.accepted_token_types.push(token_type.into());
        self
    }

    /// Trusts one more audience or authorized party, beside this client (OpenID Connect Core 1.0 section 3.1.3.7 step 3).
    /// The client's own id must be in the audience all the same.
    pub fn trust_audience(mut self, audience: impl Into<String>) -> Self {
        self.trusted_audiences.push(audience.into());
        self
    }

    /// Keeps to the FAPI 2.0 Security Profile (final), which banks and governments demand. [`build`](Self::build) then
    /// fails unless provider and client can do all of it: pushed requests, PKCE with S256, `iss` in the response,
    /// authentication by `private_key_jwt` or mutual TLS, tokens that are bound by DPoP or mutual TLS, signatures only
    /// by PS256, ES256 or `EdDSA`, a leeway of 60 seconds at most. http is refused as everywhere, unless it was allowed
    /// by name ([`danger_allow_http`](crate::Issuer::danger_allow_http)). A login begins with
    /// [`push`](crate::AuthorizationRequest::push).
    pub fn fapi2(mut self) -> Self {
        self.profile = Some(Profile::Fapi2);
        self
    }

    /// Keeps to FAPI 2.0 Message Signing (final): all of [`fapi2`](Self::fapi2), and requests are signed (JAR), responses (JARM)
    /// and introspections too. The response mode of a login is [`ResponseMode::JWT`](crate::ResponseMode::JWT) where it sets
    /// no other signed one.
    pub fn fapi2_message_signing(mut self) -> Self {
        self.profile = Some(Profile::Fapi2MessageSigning);
        self
    }

    /// How far the clocks of provider and client may be apart. Default: 60 seconds.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// How long a login may take, from [`start`](crate::AuthorizationRequest::start) to the callback. Default: one hour.
    pub fn login_lifetime(mut self, lifetime: Duration) -> Self {
        self.login_lifetime = lifetime;
        self
    }

    /// How long before its end an access token is refreshed: long enough for a request with it to arrive. Default: 30
    /// seconds.
    pub fn refresh_margin(mut self, margin: Duration) -> Self {
        self.refresh_margin = margin;
        self
    }

    /// Checks everything and makes the client.
    ///
    /// # Errors
    ///
    /// [`ClientError`] has a variant for each thing that can be wrong, with what makes it so.
    pub fn build(self) -> Result<Client, ClientError> {
        if self.client_id.is_empty() || self.client_id.contains(char::is_control) {
            return Err(ClientError::InvalidClientId);
        }
        self.check_issuer()?;
        self.metadata.check_endpoints()?;
        if let Some(redirect_uri) = &self.redirect_uri {
            redirect_uri::check(redirect_uri, self.metadata.http_allowed())?;
        }
        let issuer_template = self.issuer_template.as_deref().map(parse_template).transpose()?;
        if let Some(signer) = &self.request_object_signer {
            signer::check(&**signer)?;
        }
        let mut algorithms = Algorithms::of(&self.metadata, &self.registered, self.auth.client_secret())?;
        self.check_profile(&mut algorithms)?;
        let endpoints = Endpoints::of(&self.metadata, self.auth.uses_certificate())?;
        let has_secret = self.auth.client_secret().is_some();
        let decryption = Decryption::check(self.decryption_keys, self.id_token_encryption.as_ref(), has_secret)?;
        let listed = self.metadata.dpop_signing_alg_values_supported.as_ref();
        let dpop = self.dpop_signer.map(|signer| DpopKey::new(signer, listed)).transpose()?;
        let issuer: Arc<str> = self.metadata.issuer.as_str().into();
        let client_id: Arc<str> = self.client_id.into();
        let audience = self.assertion_audience.map_or_else(|| Arc::clone(&issuer), Into::into);
        let credentials = self.auth.prepare(&client_id, &self.metadata, audience)?;
        Ok(Client(Arc::new(Inner {
            issuers: Issuers {
                provider: Arc::clone(&issuer),
                accepted: self.accepted_issuers,
                template: issuer_template,
            },
            issuer,
            client_id,
            redirect_uri: self.redirect_uri.map(Into::into),
            credentials,
            dpop,
            client_secret: self.auth.client_secret().cloned(),
            request_object_signer: self.request_object_signer,
            endpoints,
            algorithms,
            decryption,
            profile: self.profile,
            trusted_audiences: self.trusted_audiences,
            accepted_token_types: self.accepted_token_types,
            leeway: self.leeway,
            login_lifetime: self.login_lifetime,
            refresh_margin: self.refresh_margin,
            metadata: self.metadata,
        })))
    }

    fn check_profile(&self, algorithms: &mut Algorithms) -> Result<(), ClientError> {
        let Some(profile) = self.profile else { return Ok(()) };
        let facts = Facts {
            metadata: &self.metadata,
            auth: &self.auth,
            assertion_audience: self.assertion_audience.as_deref(),
            dpop_signer: self.dpop_signer.as_ref(),
            accepted_token_types: &self.accepted_token_types,
            request_object_signer: self.request_object_signer.as_ref(),
            registered: &self.registered,
            leeway: self.leeway,
        };
        profile.check(&facts, algorithms)
    }

    /// Discovery checks the issuer before it asks it. Metadata that was built by hand or stored is checked here.
    fn check_issuer(&self) -> Result<(), ClientError> {
        endpoint("issuer", &self.metadata.issuer, self.metadata.http_allowed())?;
        if self.metadata.issuer.contains(['?', '#']) {
            return Err(ClientError::InvalidEndpoint { endpoint: "issuer" });
        }
        Ok(())
    }
}

/// The issuers of all tenants: an https URL whose path has the tenant once.
fn parse_template(template: &str) -> Result<IssuerTemplate, ClientError> {
    let parsed = IssuerTemplate::parse(template).ok_or(ClientError::InvalidEndpoint { endpoint: "issuer_template" })?;
    endpoint("issuer_template", parsed.before(), false)?;
    Ok(parsed)
}
