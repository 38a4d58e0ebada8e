//! A login at the provider, as an application and its user's browser do it.

use std::time::{Duration, SystemTime};

use oidc_proto::http::{Request, Response};
use oidc_proto::{
    AuthorizationRequest, AuthorizationResponse, AwaitingCallback, Client, ClientAuth, ClientBuilder, Error, Issuer,
    JwkSet, Prompt, Session, Tokens, UnverifiedTokens,
};

use crate::browser::{Arrival, Browser};
use crate::provider::{Provider, REDIRECT_URI, SECRET};

/// A client at a provider, and a browser.
pub struct Login {
    pub client: Client,
    pub keys: JwkSet,
    pub browser: Browser,
    /// The provider, if it was started for this login alone.
    pub provider: Option<Provider>,
    /// Whether each request is pushed (PAR). If not, the browser carries it.
    pub pushes: bool,
    /// Whether each response is signed (JARM). If so, the requests of this login must ask for that.
    pub signed_response: bool,
}

impl Login {
    pub fn basic() -> Self {
        Self::at_a_new_provider("basic", ClientAuth::secret(SECRET), "RS256")
    }

    pub fn at_a_new_provider(client_id: &str, auth: ClientAuth, algorithm: &str) -> Self {
        let provider = Provider::start();
        let mut login = Self::at(&provider, client_id, auth, algorithm);
        login.provider = Some(provider);
        login
    }

    pub fn at(provider: &Provider, client_id: &str, auth: ClientAuth, algorithm: &str) -> Self {
        Self::with(provider, client_id, auth, |builder| builder.id_token_signed_response_algs([algorithm]))
    }

    pub fn with(
        provider: &Provider,
        client_id: &str,
        auth: ClientAuth,
        settings: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Self {
        let issuer = Issuer::danger_allow_http(provider.issuer()).unwrap();
        let metadata = issuer.discover().send_with(send).unwrap();
        let builder = Client::builder(metadata, client_id, auth).redirect_uri(REDIRECT_URI);
        Self::of(settings(builder).build().unwrap())
    }

    pub fn of(client: Client) -> Self {
        let (keys, browser) = (fetch_keys(&client), Browser::default());
        Self { client, keys, browser, provider: None, pushes: false, signed_response: false }
    }

    pub fn finish(
        mut self,
        wishes: impl FnOnce(AuthorizationRequest) -> AuthorizationRequest,
    ) -> Result<Tokens, Error> {
        self.verify(wishes)
    }

    pub fn verify(
        &mut self,
        wishes: impl FnOnce(AuthorizationRequest) -> AuthorizationRequest,
    ) -> Result<Tokens, Error> {
        let unverified = self.unverified(wishes)?;
        self.verify_tokens(&unverified)
    }

    /// A session that can be refreshed. The provider gives a refresh token where the user was asked for consent.
    pub fn begin_session(&mut self) -> Session {
        self.offline_tokens("alice").into_session(SystemTime::now())
    }

    pub fn offline_tokens(&mut self, user: &str) -> Tokens {
        let wishes = |request: AuthorizationRequest| {
            request.scope("openid offline_access email").prompts([Prompt::CONSENT]).login_hint(user)
        };
        self.verify(wishes).unwrap()
    }

    pub fn unverified(
        &mut self,
        wishes: impl FnOnce(AuthorizationRequest) -> AuthorizationRequest,
    ) -> Result<UnverifiedTokens, Error> {
        let (awaiting, response) = self.visit(wishes);
        awaiting.receive(&self.client, response, SystemTime::now())?.send_with(send)
    }

    pub fn visit(
        &mut self,
        wishes: impl FnOnce(AuthorizationRequest) -> AuthorizationRequest,
    ) -> (AwaitingCallback, AuthorizationResponse) {
        let (url, awaiting) = self.begin(wishes);
        let response = self.arrive(&url);
        if !self.signed_response {
            return (awaiting, response);
        }
        let unverified = self.client.jarm(response).unwrap();
        (awaiting, unverified.verify(&self.keys, SystemTime::now()).unwrap())
    }

    /// The URL for the browser, and the flow state.
    pub fn begin(
        &self,
        wishes: impl FnOnce(AuthorizationRequest) -> AuthorizationRequest,
    ) -> (String, AwaitingCallback) {
        let (request, now) = (wishes(self.client.authorize()), SystemTime::now());
        if self.pushes {
            request.push(now).unwrap().send_with(send).unwrap().into_parts()
        } else {
            request.start(now).unwrap()
        }
    }

    /// The response with which the browser comes back from a URL, as it came.
    pub fn arrive(&mut self, url: &str) -> AuthorizationResponse {
        let response = match self.browser.visit(url, REDIRECT_URI) {
            Arrival::Redirect(url) => AuthorizationResponse::from_url(&url),
            Arrival::Form(body) => AuthorizationResponse::from_form(body).and_then(|form| form.at(REDIRECT_URI)),
        };
        response.unwrap()
    }

    pub fn verify_tokens(&self, unverified: &UnverifiedTokens) -> Result<Tokens, Error> {
        Ok(unverified.verify(&self.keys, SystemTime::now())?)
    }
}

pub fn fetch_keys(client: &Client) -> JwkSet {
    client.fetch_keys().unwrap().send_with(send).unwrap()
}

pub fn send(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ureq::Error> {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    let agent = config.timeout_global(Some(Duration::from_secs(30))).build().new_agent();
    let (parts, mut body) = agent.run(request)?.into_parts();
    Ok(Response::from_parts(parts, body.read_to_vec()?))
}
