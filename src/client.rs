//! The client: one relying party at one provider.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;

use crate::client_auth::{ClientAuth, ClientSecret, Credentials};
use crate::code_flow::{AuthorizationRequest, is_request_parameter, is_response_parameter};
use crate::error::Remedy;
use crate::form;
use crate::jose::SignatureAlgorithm;
use crate::keys::{AwaitingKeys, KeysError};
use crate::metadata::{EndpointProblem, ProviderMetadata};
use crate::round_trip::{RoundTrip, get_json};
use crate::uri::{self, UrlProblem};
use crate::vocabulary::{Algorithm, TokenType};

/// One relying party, registered at one provider. A handle: cloning it is cheap, and it goes between threads.
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

/// All that is decided when the client is built, so that no login decides it again.
struct Inner {
    metadata: ProviderMetadata,
    issuer: Arc<str>,
    client_id: Arc<str>,
    redirect_uri: Option<Arc<str>>,
    credentials: Credentials,
    client_secret: Option<ClientSecret>,
    /// The authorization endpoint, and the parameters that are the same in every request.
    authorization_endpoint: Option<String>,
    token_endpoint: Option<Uri>,
    jwks_uri: Option<Uri>,
    id_token_algorithms: Vec<SignatureAlgorithm>,
    accepted_issuers: Vec<String>,
    issuer_template: Option<IssuerTemplate>,
    trusted_audiences: Vec<String>,
    accepted_token_types: Vec<TokenType>,
    leeway: Duration,
    login_lifetime: Duration,
    http_allowed: bool,
}

impl Client {
    /// Starts a client of what every client has. The id and the authentication are what the provider gave out when the
    /// client was registered.
    pub fn builder(metadata: ProviderMetadata, client_id: impl Into<String>, auth: ClientAuth) -> ClientBuilder {
        ClientBuilder {
            metadata,
            client_id: client_id.into(),
            auth,
            redirect_uri: None,
            id_token_algorithms: None,
            accepted_issuers: Vec::new(),
            issuer_template: None,
            trusted_audiences: Vec::new(),
            accepted_token_types: Vec::new(),
            leeway: Duration::from_secs(60),
            login_lifetime: Duration::from_secs(3600),
            http_allowed: false,
        }
    }

    /// Starts a login. Nothing is sent, and nothing is decided, before its [`start`](AuthorizationRequest::start).
    pub fn authorize(&self) -> AuthorizationRequest {
        AuthorizationRequest::new(self.clone())
    }

    /// The request for the provider's keys.
    ///
    /// # Errors
    ///
    /// [`KeysError::NoJwksUri`] when the provider's metadata has no `jwks_uri`.
    pub fn fetch_keys(&self) -> Result<RoundTrip<AwaitingKeys>, KeysError> {
        let uri = self.0.jwks_uri.clone().ok_or(KeysError::NoJwksUri)?;
        Ok(RoundTrip::new(get_json(uri), AwaitingKeys::new(self.0.metadata.jwks_uri.clone())))
    }

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

    pub(crate) fn shared_issuer(&self) -> Arc<str> {
        Arc::clone(&self.0.issuer)
    }

    pub(crate) fn shared_client_id(&self) -> Arc<str> {
        Arc::clone(&self.0.client_id)
    }

    pub(crate) fn shared_redirect_uri(&self) -> Option<Arc<str>> {
        self.0.redirect_uri.clone()
    }

    pub(crate) fn authorization_endpoint(&self) -> Option<&str> {
        self.0.authorization_endpoint.as_deref()
    }

    pub(crate) fn token_endpoint(&self) -> Option<&Uri> {
        self.0.token_endpoint.as_ref()
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.0.credentials
    }

    pub(crate) fn client_secret(&self) -> Option<&ClientSecret> {
        self.0.client_secret.as_ref()
    }

    pub(crate) fn id_token_algorithms(&self) -> &[SignatureAlgorithm] {
        &self.0.id_token_algorithms
    }

    /// Whether `issuer` is the provider's, or one that was accepted beside it by name.
    pub(crate) fn is_issuer(&self, issuer: &str) -> bool {
        *self.0.issuer == *issuer || self.0.accepted_issuers.iter().any(|accepted| accepted == issuer)
    }

    /// The tenant whose issuer this is, where the issuers of all tenants are accepted.
    pub(crate) fn tenant_of<'a>(&self, issuer: &'a str) -> Option<&'a str> {
        self.0.issuer_template.as_ref()?.tenant_of(issuer)
    }

    pub(crate) fn accepts_token_type(&self, token_type: &str) -> bool {
        self.0.accepted_token_types.iter().any(|accepted| accepted.as_str().eq_ignore_ascii_case(token_type))
    }

    pub(crate) fn trusts_audience(&self, audience: &str) -> bool {
        self.0.trusted_audiences.iter().any(|trusted| trusted == audience)
    }

    pub(crate) fn leeway(&self) -> Duration {
        self.0.leeway
    }

    pub(crate) fn login_lifetime(&self) -> Duration {
        self.0.login_lifetime
    }

    pub(crate) fn http_allowed(&self) -> bool {
        self.0.http_allowed
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

/// Builds a [`Client`]. Everything is checked in [`build`](Self::build).
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    metadata: ProviderMetadata,
    client_id: String,
    auth: ClientAuth,
    redirect_uri: Option<String>,
    id_token_algorithms: Option<Vec<Algorithm>>,
    accepted_issuers: Vec<String>,
    issuer_template: Option<String>,
    trusted_audiences: Vec<String>,
    accepted_token_types: Vec<TokenType>,
    leeway: Duration,
    login_lifetime: Duration,
    http_allowed: bool,
}

impl ClientBuilder {
    /// Where the provider sends the browser back to. It goes over the wire as this very string, byte for byte.
    ///
    /// https; http on a loopback host (`localhost`, `127.0.0.1`, `[::1]`, any port) for native applications; or a private-use
    /// scheme with a dot in it, such as `com.example.app:/callback` (RFC 8252 section 7).
    pub fn redirect_uri(mut self, redirect_uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(redirect_uri.into());
        self
    }

    /// The algorithms that ID tokens may be signed with, whatever the provider lists: the `id_token_signed_response_alg` of
    /// the client's registration (OpenID Connect Core 1.0 section 3.1.3.7 step 7).
    ///
    /// Without it: those that the provider lists, apart from `none` and HS*; RS256 where it lists none at all. HS256, HS384
    /// and HS512 are accepted only when they are named here.
    pub fn id_token_signed_response_alg<A: Into<Algorithm>>(mut self, algorithms: impl IntoIterator<Item = A>) -> Self {
        self.id_token_algorithms = Some(algorithms.into_iter().map(Into::into).collect());
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
    /// Anybody can have a tenant there: an application looks at [`IdToken::iss`](crate::IdToken::iss) before it lets somebody
    /// in.
    pub fn issuer_template(mut self, template: impl Into<String>) -> Self {
        self.issuer_template = Some(template.into());
        self
    }

    /// Accepts one more `token_type`, in any case, beside Bearer: Slack says `user`. What it means for the use of the access
    /// token is the caller's to know.
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

    /// How far the clocks of provider and client may be apart. Default: 60 seconds.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// How long a login may take, from [`start`](AuthorizationRequest::start) to the callback. Default: one hour.
    pub fn login_lifetime(mut self, lifetime: Duration) -> Self {
        self.login_lifetime = lifetime;
        self
    }

    /// Allows http for the endpoints and every redirect URI: for a provider on the developer's own machine. Whoever sits on
    /// the way can log in as anybody.
    pub fn danger_allow_http(mut self) -> Self {
        self.http_allowed = true;
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
        // Discovery checks the issuer before it asks it; metadata that was built by hand or stored is checked here.
        endpoint("issuer", &self.metadata.issuer, self.http_allowed)?;
        if self.metadata.issuer.contains(['?', '#']) {
            return Err(ClientError::InvalidEndpoint { endpoint: "issuer" });
        }
        self.metadata.check_endpoints(self.http_allowed)?;
        if let Some(redirect_uri) = &self.redirect_uri {
            check_redirect_uri(redirect_uri, self.http_allowed)?;
        }
        let issuer_template = self.issuer_template.as_deref().map(IssuerTemplate::parse).transpose()?;
        let credentials = self.auth.prepare(&self.client_id, &self.metadata)?;
        let id_token_algorithms = self.allowed_algorithms()?;
        let request_uri = |name, text: &Option<String>| match text {
            Some(text) => endpoint(name, text, self.http_allowed).map(Some),
            None => Ok(None),
        };
        let authorization_endpoint = request_uri("authorization_endpoint", &self.metadata.authorization_endpoint)?;
        if authorization_endpoint.as_ref().is_some_and(has_own_parameter) {
            return Err(ClientError::InvalidEndpoint { endpoint: "authorization_endpoint" });
        }
        let authorization_endpoint = authorization_endpoint.map(|uri| with_parameters(&uri, &self.client_id));
        let token_endpoint = request_uri("token_endpoint", &self.metadata.token_endpoint)?;
        let jwks_uri = request_uri("jwks_uri", &self.metadata.jwks_uri)?;
        Ok(Client(Arc::new(Inner {
            issuer: self.metadata.issuer.as_str().into(),
            client_id: self.client_id.into(),
            redirect_uri: self.redirect_uri.map(Into::into),
            credentials,
            client_secret: self.auth.client_secret().cloned(),
            authorization_endpoint,
            token_endpoint,
            jwks_uri,
            id_token_algorithms,
            accepted_issuers: self.accepted_issuers,
            issuer_template,
            trusted_audiences: self.trusted_audiences,
            accepted_token_types: self.accepted_token_types,
            leeway: self.leeway,
            login_lifetime: self.login_lifetime,
            http_allowed: self.http_allowed,
            metadata: self.metadata,
        })))
    }

    /// OpenID Connect Core 3.1.3.7 step 7: the client's own setting; else the provider's list, of which `none` and the
    /// symmetric algorithms are never meant for a client that did not ask for them; else RS256.
    fn allowed_algorithms(&self) -> Result<Vec<SignatureAlgorithm>, ClientError> {
        match (&self.id_token_algorithms, &self.metadata.id_token_signing_alg_values_supported) {
            (Some(set), _) if set.is_empty() => Err(ClientError::InvalidAlgorithm { algorithm: None }),
            (Some(set), _) => set.iter().map(|algorithm| self.check_algorithm(algorithm)).collect(),
            (None, Some(listed)) => Ok(listed
                .iter()
                .filter_map(|algorithm| SignatureAlgorithm::from_name(algorithm.as_str()))
                .filter(|algorithm| !algorithm.is_symmetric())
                .collect()),
            (None, None) => Ok(vec![SignatureAlgorithm::Rs256]),
        }
    }

    /// Core 16.19, RFC 7518 3.2: the secret that keys an HMAC is at least as long as its hash.
    fn check_algorithm(&self, algorithm: &Algorithm) -> Result<SignatureAlgorithm, ClientError> {
        let invalid = || ClientError::InvalidAlgorithm { algorithm: Some(algorithm.clone()) };
        let known = SignatureAlgorithm::from_name(algorithm.as_str()).ok_or_else(invalid)?;
        if known.is_symmetric() {
            let secret = self.auth.client_secret().ok_or(ClientError::MissingSecret)?;
            if secret.secret().len() < known.hash().length() {
                return Err(invalid());
            }
        }
        Ok(known)
    }
}

/// The issuers of all tenants of a provider: what stands before and behind the tenant.
struct IssuerTemplate {
    before: String,
    behind: String,
}

impl IssuerTemplate {
    fn parse(template: &str) -> Result<Self, ClientError> {
        let invalid = ClientError::InvalidEndpoint { endpoint: "issuer_template" };
        match template.split_once("{tenantid}") {
            Some((before, behind)) if before.ends_with('/') && !behind.contains('{') => {
                endpoint("issuer_template", before, false)?;
                Ok(Self { before: before.to_owned(), behind: behind.to_owned() })
            }
            _ => Err(invalid),
        }
    }

    /// A tenant is one segment of the path, of letters, digits and hyphens.
    fn tenant_of<'a>(&self, issuer: &'a str) -> Option<&'a str> {
        let tenant = issuer.strip_prefix(&*self.before)?.strip_suffix(&*self.behind)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        Some(tenant).filter(|tenant| !tenant.is_empty() && tenant.bytes().all(plain))
    }
}

/// Why a client cannot be built. All of it is to be mended in the configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The redirect URI is relative, has a fragment, userinfo, white space or a backslash, a scheme without a dot that is
    /// neither http nor https, or a parameter in its query that the provider's answer uses (`?code=1`).
    #[error("the redirect URI is not usable: {reason}")]
    InvalidRedirectUri {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The redirect URI, the issuer or an endpoint is an http URL.
    #[error("{field} is an http URL, and https is required")]
    InsecureUrl {
        /// What is insecure.
        field: &'static str,
    },
    /// The client id is empty, or has a control character, or a colon where it is to be sent by Basic unencoded.
    #[error("the client id is empty, or has a control character or an unencoded colon")]
    InvalidClientId,
    /// `ClientAuth::secret`, and the provider lists neither `client_secret_basic` nor `client_secret_post`.
    #[error("the provider supports neither client_secret_basic nor client_secret_post")]
    UnsupportedAuthMethod,
    /// The secret is empty, or HS256, HS384 or HS512 is wanted of a client that has none.
    #[error("a client secret is needed, and there is none")]
    MissingSecret,
    /// The algorithm is `none`, unknown or not for signatures; or symmetric and the client secret is shorter than its hash;
    /// or the list of algorithms is empty.
    #[error("{} cannot sign ID tokens here", .algorithm.as_ref().map_or("an empty list of algorithms".to_owned(), |alg| format!("the algorithm {alg}")))]
    InvalidAlgorithm {
        /// The algorithm; `None` where none was named.
        algorithm: Option<Algorithm>,
    },
    /// The issuer or an endpoint is no absolute URL, or has userinfo, white space or a backslash; the issuer has a query or a
    /// fragment; the authorization endpoint's query has a parameter of a request (`?client_id=x`); or the issuer template is no
    /// https URL with `{tenantid}` in its path, once.
    #[error("{endpoint} is not a usable URL")]
    InvalidEndpoint {
        /// The member of the metadata, or `issuer_template`.
        endpoint: &'static str,
    },
}

impl ClientError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        Remedy::FixConfiguration
    }
}

impl From<EndpointProblem> for ClientError {
    fn from(EndpointProblem { field, problem }: EndpointProblem) -> Self {
        match problem {
            UrlProblem::Malformed => Self::InvalidEndpoint { endpoint: field },
            UrlProblem::Insecure => Self::InsecureUrl { field },
        }
    }
}

/// Checks a redirect URI, the client's or one login's.
pub(crate) fn check_redirect_uri(text: &str, http_allowed: bool) -> Result<(), ClientError> {
    let invalid = |reason| ClientError::InvalidRedirectUri { reason };
    let url = uri::parse_redirect(text, http_allowed).map_err(|problem| match problem {
        UrlProblem::Malformed => invalid(
            "it must be absolute, without fragment, userinfo, white space and backslash, with https or a dotted scheme",
        ),
        UrlProblem::Insecure => ClientError::InsecureUrl { field: "redirect_uri" },
    })?;
    for pair in form::parse(url.query().unwrap_or_default()) {
        let (name, _) = pair.map_err(|_| invalid("its query is not UTF-8"))?;
        if is_response_parameter(&name) {
            return Err(invalid("its query has a parameter that the provider's answer uses"));
        }
    }
    Ok(())
}

fn endpoint(name: &'static str, text: &str, http_allowed: bool) -> Result<Uri, ClientError> {
    uri::parse_http(text, http_allowed)
        .and_then(|url| uri::request_uri(&url))
        .map_err(|problem| EndpointProblem { field: name, problem }.into())
}

/// RFC 6749 section 3.1: no parameter is there twice, so the endpoint's query has none that a request sets.
fn has_own_parameter(endpoint: &Uri) -> bool {
    let pairs = form::parse(endpoint.query().unwrap_or_default());
    pairs.filter_map(Result::ok).any(|(name, _)| is_request_parameter(&name))
}

/// RFC 6749 section 3.1: the endpoint's own query is kept, a fragment is dropped. What is not ASCII is encoded, so that the
/// URL fits into a `Location` header.
fn with_parameters(endpoint: &Uri, client_id: &str) -> String {
    let separator = match endpoint.query() {
        None => "?",
        Some(query) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let mut text = format!("{endpoint}{separator}response_type=code");
    form::push_known(&mut text, "&client_id=", client_id);
    text
}

const _: fn() = || {
    fn goes_between_threads<T: Send + Sync>() {}
    goes_between_threads::<Client>();
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::printable;

    #[test]
    fn parameters_go_behind_the_query_of_the_endpoint() {
        for (endpoint, start) in [
            ("https://op/a", "https://op/a?"),
            ("https://op", "https://op/?"),
            ("https://op/a?", "https://op/a?"),
            ("https://op/a?b=c%20d#e", "https://op/a?b=c%20d&"),
            ("https://op/a?b&", "https://op/a?b&"),
            ("https://öp/ä?ü", "https://xn--p-0ga/%C3%A4?%C3%BC&"),
        ] {
            let endpoint = super::endpoint("authorization_endpoint", endpoint, false).unwrap();
            assert_eq!(with_parameters(&endpoint, "a b"), format!("{start}response_type=code&client_id=a+b"));
        }
    }

    #[test]
    fn an_algorithm_in_a_message_is_printable() {
        let error = ClientError::InvalidAlgorithm { algorithm: Some(Algorithm::from("RS\n257")) };
        assert_eq!(error.to_string(), format!("the algorithm {} cannot sign ID tokens here", printable("RS\n257")));
    }
}
