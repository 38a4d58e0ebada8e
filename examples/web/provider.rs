//! One provider: its client, its keys, and the HTTP client that asks it.

use std::time::Duration;

use oidc_proto::{
    AuthorizationResponse, AwaitingCallback, AwaitingLogout, AwaitingRefresh, AwaitingTokens, BoxError, CallbackError,
    Client, ClientAuth, Error, Issuer, JwkSet, KeyCache, KeysError, KeysFor, LogoutError, LogoutResponse, LogoutToken,
    Refreshed, RoundTrip, Session, UserInfo, http,
};
use tokio::sync::Mutex;

use super::clock::Clock;
use super::config::ProviderConfig;
use super::session::Logins;

/// A provider whose metadata is known.
pub struct Provider {
    pub name: String,
    pub title: String,
    scope: String,
    /// Where the provider sends the browser back to after a logout.
    signed_out_uri: String,
    client: Client,
    keys: Mutex<KeyCache>,
    http: reqwest::Client,
    clock: Clock,
}

impl Provider {
    /// Asks the provider for its metadata and builds the client.
    pub async fn discover(
        config: &ProviderConfig,
        base_url: &str,
        http: &reqwest::Client,
        clock: Clock,
    ) -> Result<Self, Error> {
        let issuer = &*config.issuer;
        let issuer = if config.allow_http { Issuer::danger_allow_http(issuer) } else { Issuer::new(issuer) }?;
        let metadata = issuer.discover().send_with_async(|request| send(http, request)).await?;
        let auth = config.client_secret.as_deref().map_or_else(ClientAuth::none, ClientAuth::secret);
        let redirect_uri = format!("{base_url}/callback/{}", config.name);
        let client = Client::builder(metadata, &*config.client_id, auth).redirect_uri(redirect_uri).build()?;
        Ok(Self {
            name: config.name.clone(),
            title: config.title.clone(),
            scope: config.scope.clone(),
            signed_out_uri: format!("{base_url}/signed-out/{}", config.name),
            client,
            keys: Mutex::default(),
            http: http.clone(),
            clock,
        })
    }

    /// Begins a login: the URL to send the browser to, and what to keep until it comes back.
    pub fn start(&self) -> Result<(String, AwaitingCallback), Error> {
        Ok(self.client.authorize().scope(&*self.scope).start(self.clock.now())?)
    }

    /// Takes the login that the response answers out of the logins under way.
    pub fn receive(
        &self,
        logins: &mut Logins,
        response: AuthorizationResponse,
    ) -> Result<RoundTrip<AwaitingTokens>, CallbackError> {
        logins.receive(&self.client, response, self.clock.now())
    }

    /// Finishes a login.
    pub async fn finish(&self, token_request: RoundTrip<AwaitingTokens>) -> Result<Session, Error> {
        // A code works once: without keys to verify with it is not sent.
        self.keys(|cache| cache.prefetch(&self.client, self.clock.now())).await?;
        let unverified = token_request.send_with_async(|request| send(&self.http, request)).await?;
        let received_at = self.clock.now();
        let keys = self.keys(|cache| cache.keys_for(&unverified, self.clock.now())).await?;
        Ok(unverified.verify(&keys, self.clock.now())?.into_session(received_at))
    }

    /// The client, for [`Session::access`].
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a refresh that was handed out.
    pub async fn refresh(&self, refresh: RoundTrip<AwaitingRefresh>) -> Result<Refreshed, Error> {
        // A rotated refresh token works once, and so does its answer: without keys to verify with it is not sent.
        self.keys(|cache| cache.prefetch(&self.client, self.clock.now())).await?;
        let unverified = refresh.send_with_async(|request| send(&self.http, request)).await?;
        let keys = self.keys(|cache| cache.keys_for(&unverified, self.clock.now())).await?;
        Ok(unverified.verify(&keys, self.clock.now())?)
    }

    /// Asks the provider about the user, with the access token of the session.
    pub async fn user_info(&self, session: &Session) -> Result<UserInfo, Error> {
        let request = self.client.userinfo(session, self.clock.now())?;
        let unverified = request.send_with_async(|request| send(&self.http, request)).await?;
        let keys = self.keys(|cache| cache.keys_for(&unverified, self.clock.now())).await?;
        Ok(unverified.verify(&keys, self.clock.now())?)
    }

    /// Begins a logout at the provider, where it offers that: the URL to send the browser to, and what to keep until it comes
    /// back. Without the session the provider may ask the user.
    pub fn log_out(&self, session: Option<&Session>) -> Result<Option<(String, AwaitingLogout)>, Error> {
        let mut request = self.client.log_out().post_logout_redirect_uri(&*self.signed_out_uri);
        if let Some(session) = session {
            request = request.id_token_hint(session);
        }
        match request.start() {
            Ok((url, awaiting)) => Ok(awaiting.map(|awaiting| (url, awaiting))),
            Err(LogoutError::NoEndSessionEndpoint) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Checks that the browser came back from this logout.
    pub fn logged_out(&self, awaiting: AwaitingLogout, target: &str) -> Result<(), LogoutError> {
        awaiting.receive(&self.client, LogoutResponse::from_url(target)?)
    }

    /// Reads and verifies what was posted to the address for logout tokens.
    pub async fn logout_token(&self, body: &[u8]) -> Result<LogoutToken, Error> {
        let unverified = self.client.logout_token(body)?;
        let keys = self.keys(|cache| cache.keys_for(&unverified, self.clock.now())).await?;
        Ok(unverified.verify(&keys, self.clock.now())?)
    }

    /// The keys to verify with. The lock is not held while the provider is asked: other requests meanwhile use the old keys,
    /// or wait where there are none. After a failure nobody waits.
    async fn keys(&self, ask: impl Fn(&mut KeyCache) -> Result<KeysFor, KeysError>) -> Result<JwkSet, Error> {
        for _ in 0..100 {
            let next = ask(&mut *self.keys.lock().await)?;
            match next {
                KeysFor::Use(keys) => return Ok(keys),
                KeysFor::Fetch(fetch) => match fetch.send_with_async(|request| send(&self.http, request)).await {
                    Ok(keys) => return Ok(self.keys.lock().await.store(keys, self.clock.now())),
                    Err(error) => {
                        let mut cache = self.keys.lock().await;
                        cache.fetch_failed(self.clock.now());
                        // Old keys may still serve.
                        return if let KeysFor::Use(keys) = ask(&mut cache)? { Ok(keys) } else { Err(error) };
                    }
                },
                KeysFor::Fetching(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                KeysFor::Unavailable(retry_after) => return Err(KeysError::Unavailable { retry_after }.into()),
            }
        }
        Err(KeysError::Unavailable { retry_after: Duration::ZERO }.into())
    }
}

/// What asks the providers. It follows no redirects: they could carry a code or a secret to another server.
pub fn http_client() -> Result<reqwest::Client, BoxError> {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    Ok(http.timeout(Duration::from_secs(20)).build()?)
}

async fn send(client: &reqwest::Client, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, BoxError> {
    const LIMIT: usize = 1 << 20;
    let mut response = client.execute(request.try_into()?).await?;
    let mut body = Vec::new();
    // One byte too many is enough to see that it is too much.
    while let Some(chunk) = response.chunk().await?.filter(|_| body.len() <= LIMIT) {
        body.extend_from_slice(&chunk);
    }
    let mut answer = http::Response::new(body);
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    Ok(answer)
}
