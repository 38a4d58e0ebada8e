//! How this client gets a token for an MCP server (Model Context Protocol, "Authorization"): who gives tokens for the server,
//! what this client is known by there, and who allows the access.

use std::net::TcpListener;
use std::time::{Duration, SystemTime};

use oidc_proto::TokenEndpointAuthMethod as Method;
use oidc_proto::{
    AuthorizationResponse, BearerChallenge, BoxError, Challenges, Client, ClientAuth, ClientBuilder, ClientIdDocument,
    ClientIdentities, ClientMetadata, Egress, Error, Issuer, MachineGrant, MetadataError, OAuthErrorCode, OAuthTokens,
    PrivateKey, ProtectedResource, ProtectedResourceMetadata, ProviderMetadata, RefreshToken, RegistrationChoice,
    Remedy, ScopeChoice, TokenTypeIdentifier, http,
};

use crate::browser;
use crate::settings::{Company, Grant, Settings};

type Request = http::Request<Vec<u8>>;
type Response = http::Response<Vec<u8>>;

pub struct Authorization {
    settings: Settings,
    agent: ureq::Agent,
    /// Where the browser comes back to, on the loopback interface (RFC 8252 section 7.3).
    listener: TcpListener,
    redirect_uri: String,
    /// What this client is known by. A program that runs more than once keeps its registrations, where secrets are kept.
    ours: ClientIdentities,
    granted: Option<Granted>,
}

struct Granted {
    client: Client,
    resource: String,
    scope: Option<String>,
    tokens: OAuthTokens,
    end: Option<SystemTime>,
    refresh_token: Option<RefreshToken>,
}

impl Authorization {
    pub fn new(settings: Settings) -> Result<Self, BoxError> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let redirect_uri = format!("http://{}/callback", listener.local_addr()?);
        let mut ours = ClientIdentities::new();
        if let Grant::Registered { client_id, client_secret, issuer } = &settings.grant {
            ours = ours.pre_registered(issuer, client_id, ClientAuth::secret(client_secret.as_str()));
        }
        if let Some(url) = &settings.document {
            ours = ours.document(ClientIdDocument::new(url, about(&redirect_uri, &Method::NONE))?);
        }
        // Errors come with a status of 4xx and have a body. A redirect could carry a token to another server.
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent = config.timeout_global(Some(Duration::from_secs(20))).build().new_agent();
        Ok(Self { settings, agent, listener, redirect_uri, ours, granted: None })
    }

    /// Sends a message to the server, with the token that there is. One that ends soon is refreshed first.
    pub fn send(&mut self, mut request: Request, nonce: Option<&str>) -> Result<Response, BoxError> {
        let soon = SystemTime::now() + Duration::from_secs(30);
        if let Some(granted) = self.granted.as_ref().filter(|granted| granted.end.is_some_and(|end| end < soon)) {
            self.granted = self.refresh(granted)?;
        }
        if let Some(Granted { client, tokens, .. }) = &self.granted {
            client.authorize_request(&mut request, tokens.access_token(), nonce, SystemTime::now())?;
        }
        self.exchange(request)
    }

    /// Gets a token, because the server has refused a message.
    pub fn obtain(&mut self, refusal: &Response) -> Result<(), BoxError> {
        let challenges = Challenges::from_headers(refusal.headers())?;
        let challenge = challenges.dpop().or_else(|| challenges.bearer());
        let error = challenge.as_ref().and_then(BearerChallenge::error);
        let is_step_up = refusal.status() == http::StatusCode::FORBIDDEN;
        if is_step_up && error != Some(&OAuthErrorCode::INSUFFICIENT_SCOPE) {
            return Err("the server forbids this, whatever the token".into());
        }
        let (resource, metadata) = self.discover(challenge.as_ref())?;
        if self.settings.issuer.as_ref().is_some_and(|issuer| *issuer != metadata.issuer) {
            return Err("the server wants tokens of another issuer than the configured one".into());
        }
        // Who the user is does not matter to this client.
        let mut choice = ScopeChoice::of(challenge.as_ref(), resource.as_ref()).without("openid");
        // What another authorization server has granted says nothing about this one.
        if let Some(before) = self.granted.as_ref().filter(|granted| granted.client.issuer() == metadata.issuer) {
            let granted = before.scope.as_deref().unwrap_or_default();
            if is_step_up && !choice.adds_to(granted) {
                return Err("the server wants a scope that has been granted already".into());
            }
            choice = choice.with_granted(granted);
        }
        // With this scope, some authorization servers give a refresh token.
        if metadata.scopes_supported.iter().flatten().any(|scope| scope == "offline_access") && choice.scope().is_some()
        {
            choice = choice.with_granted("offline_access");
        }
        let (scope, is_bound) = (choice.scope(), challenges.dpop().is_some());
        let resource = resource.map_or_else(|| self.settings.server.clone(), |metadata| metadata.resource);
        let client = self.client(metadata, is_bound)?;
        let tokens = self.ask(&client, &resource, scope.as_deref())?;
        self.granted = Some(Granted::new(client, resource, scope, None, tokens));
        Ok(())
    }

    /// The metadata of the server, and that of the authorization server that it names.
    fn discover(&self, challenge: Option<&BearerChallenge>) -> Result<Discovered, BoxError> {
        let (server, http_allowed) = (&self.settings.server, self.settings.danger_allow_http);
        let of = if http_allowed { ProtectedResource::danger_allow_http } else { ProtectedResource::of };
        let resource = challenge.map_or_else(|| of(server), |challenge| of(server)?.challenged_by(challenge))?;
        match resource.discover().send_with(|request| self.ask_at(request)) {
            // Version 2025-03-26 of the protocol has none: the host of the server gives the tokens.
            Err(Error::Resource(error)) if error.is_absent() => {}
            found => {
                let resource = found?;
                let issuer = resource.issuers().next().ok_or("the server names no authorization server")??;
                return Ok((Some(resource), issuer.discover_in_order().send_with(|request| self.ask_at(request))?));
            }
        }
        let host = server.split('/').take(3).collect::<Vec<_>>().join("/");
        match self.issuer(&host)?.discover_in_order().send_with(|request| self.ask_at(request)) {
            // That version has these endpoints for this case, and requires PKCE of every server.
            Err(Error::Metadata(error)) if error.is_absent() => {
                let mut metadata = ProviderMetadata::new(&host);
                metadata.authorization_endpoint = Some(format!("{host}/authorize"));
                metadata.token_endpoint = Some(format!("{host}/token"));
                metadata.registration_endpoint = Some(format!("{host}/register"));
                metadata.code_challenge_methods_supported = Some(vec!["S256".into()]);
                Ok((None, if http_allowed { metadata.danger_allow_http() } else { metadata }))
            }
            found => Ok((None, found?)),
        }
    }

    fn issuer(&self, issuer: &str) -> Result<Issuer, MetadataError> {
        if self.settings.danger_allow_http { Issuer::danger_allow_http(issuer) } else { Issuer::new(issuer) }
    }

    /// What this client is at the authorization server.
    fn client(&mut self, metadata: ProviderMetadata, is_bound: bool) -> Result<Client, BoxError> {
        let mut builder = match &self.settings.grant {
            Grant::User | Grant::Registered { .. } => self.registered(metadata)?,
            Grant::Workload { client_id, .. } => Client::builder(metadata, client_id, ClientAuth::none()),
            Grant::Secret { client_id, client_secret } | Grant::Company(Company { client_id, client_secret, .. }) => {
                Client::builder(metadata, client_id, ClientAuth::secret(client_secret.as_str()))
            }
            Grant::Key { client_id, private_key_pem, signing_algorithm } => {
                let key = PrivateKey::from_pkcs8_pem(private_key_pem)?.with_algorithm(signing_algorithm.as_str())?;
                Client::builder(metadata, client_id, ClientAuth::private_key_jwt(key))
            }
        };
        if is_bound {
            builder = builder.dpop(PrivateKey::generate("ES256")?);
        }
        Ok(builder.redirect_uri(&self.redirect_uri).build()?)
    }

    fn registered(&mut self, metadata: ProviderMetadata) -> Result<ClientBuilder, BoxError> {
        // A program on the user's machine keeps no secret well, but some servers insist on one.
        let methods = [Method::NONE, Method::CLIENT_SECRET_BASIC, Method::CLIENT_SECRET_POST];
        let listed = |method: &&Method| metadata.token_endpoint_auth_methods_supported.contains(method);
        let about = about(&self.redirect_uri, methods.iter().find(listed).unwrap_or(&Method::NONE));
        match RegistrationChoice::of(&metadata, &self.ours.clone().metadata(about))? {
            RegistrationChoice::PreRegistered(builder) | RegistrationChoice::Document(builder) => Ok(builder),
            RegistrationChoice::Register(round_trip) => {
                let registration = round_trip.send_with(|request| self.ask_at(request))?;
                self.ours = self.ours.clone().registration(registration.clone());
                Ok(registration.client(metadata)?)
            }
            RegistrationChoice::AskTheUser => Err(format!("register this client at {}", metadata.issuer).into()),
        }
    }

    /// Asks for the access: the user, or whoever allows it.
    fn ask(&self, client: &Client, resource: &str, scope: Option<&str>) -> Result<OAuthTokens, BoxError> {
        let now = SystemTime::now();
        let grant = match &self.settings.grant {
            Grant::User | Grant::Registered { .. } => {
                let request = client.authorize_oauth().require_pkce_support().resources([resource]);
                let request = scope.into_iter().fold(request, |request, scope| request.scope(scope));
                let (url, awaiting) = request.start(now)?;
                let query = browser::visit(url, &self.listener, self.settings.headless)?;
                let response = AuthorizationResponse::from_query(&query)?;
                let round_trip = awaiting.receive(client, response, SystemTime::now())?;
                return Ok(round_trip.send_with(|request| self.ask_at(request))?.into_oauth_tokens()?);
            }
            Grant::Workload { valid_jwt, .. } => client.jwt_bearer(valid_jwt.as_str()),
            Grant::Secret { .. } | Grant::Key { .. } => client.client_credentials(),
            Grant::Company(Company { idp_issuer, idp_client_id, idp_id_token, .. }) => {
                let metadata =
                    self.issuer(idp_issuer)?.discover_in_order().send_with(|request| self.ask_at(request))?;
                let company = Client::builder(metadata, idp_client_id, ClientAuth::none()).build()?;
                let exchange = company.exchange(idp_id_token, TokenTypeIdentifier::ID_TOKEN);
                let exchange = exchange.requested_token_type(TokenTypeIdentifier::ID_JAG);
                let exchange = exchange.audiences([client.issuer()]).resources([resource]).start(now)?;
                client.jwt_bearer(exchange.send_with(|request| self.ask_at(request))?.access_token().secret())
            }
        };
        let grant = scope.into_iter().fold(grant.resources([resource]), MachineGrant::scope);
        Ok(grant.start(now)?.send_with(|request| self.ask_at(request))?)
    }

    /// `None`: there is nothing to refresh with, or the authorization server refuses. The server will ask for a new token.
    fn refresh(&self, granted: &Granted) -> Result<Option<Granted>, BoxError> {
        let Some(refresh_token) = &granted.refresh_token else { return Ok(None) };
        let (client, resource) = (granted.client.clone(), granted.resource.clone());
        let round_trip = client.refresh(refresh_token).resource(&*resource).start(SystemTime::now())?;
        let tokens = match round_trip.send_with(|request| self.ask_at(request)) {
            Err(error) if error.remedy() == Remedy::RestartLogin => return Ok(None),
            refreshed => refreshed?.into_oauth_tokens()?,
        };
        Ok(Some(Granted::new(client, resource, granted.scope.clone(), granted.refresh_token.clone(), tokens)))
    }

    /// Sends a request to an address that somebody else has named: to none in this machine's own network.
    fn ask_at(&self, request: Request) -> Result<Response, BoxError> {
        if !self.settings.danger_allow_http {
            Egress::new().check(request.uri())?;
        }
        self.exchange(request)
    }

    fn exchange(&self, request: Request) -> Result<Response, BoxError> {
        let mut response = self.agent.run(request)?;
        let body = response.body_mut().with_config().limit(1 << 20).read_to_vec()?;
        Ok(response.map(|_| body))
    }
}

impl Granted {
    /// What the answer does not say is as it was, or as it was asked for (RFC 6749 sections 5.1 and 6).
    fn new(
        client: Client,
        resource: String,
        scope: Option<String>,
        refresh_token: Option<RefreshToken>,
        tokens: OAuthTokens,
    ) -> Self {
        let scope = tokens.scope().map(str::to_owned).or(scope);
        let refresh_token = tokens.refresh_token().cloned().or(refresh_token);
        Self { client, resource, scope, refresh_token, end: tokens.expires_at(SystemTime::now()), tokens }
    }
}

/// The server's own metadata, where it has any, and that of its authorization server.
type Discovered = (Option<ProtectedResourceMetadata>, ProviderMetadata);

/// What this client says about itself.
fn about(redirect_uri: &str, method: &Method) -> ClientMetadata {
    let about = ClientMetadata::new().client_name("MCP example of oidc-proto").application_type("native");
    let about = about.redirect_uris([redirect_uri]).grant_types(["authorization_code", "refresh_token"]);
    about.response_types(["code"]).token_endpoint_auth_method(method.as_str())
}
