//! One provider: its client, its keys, and the HTTP client that asks it.

use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use oidc_proto::{
    AuthorizationResponse, AwaitingCallback, AwaitingTokens, BoxError, CallbackError, Client, ClientAuth, Error,
    Issuer, JwkSet, KeyCache, KeysError, KeysFor, RoundTrip, Tokens, http,
};
use tokio::sync::Mutex;

use crate::config::ProviderConfig;
use crate::session::Logins;

/// A provider whose metadata is known.
pub struct Provider {
    pub name: String,
    scope: String,
    client: Client,
    keys: Mutex<KeyCache>,
    http: reqwest::Client,
}

impl Provider {
    /// Asks the provider for its metadata and builds the client.
    pub async fn discover(config: &ProviderConfig, base_url: &str, http: &reqwest::Client) -> Result<Self, Error> {
        let issuer = &*config.issuer;
        let issuer = if config.allow_http { Issuer::danger_allow_http(issuer) } else { Issuer::new(issuer) }?;
        let metadata = issuer.discover().send_with_async(|request| send(http, request)).await?;
        let auth = config.client_secret.as_deref().map_or_else(ClientAuth::none, ClientAuth::secret);
        let redirect_uri = format!("{base_url}/callback/{}", config.name);
        let client = Client::builder(metadata, &*config.client_id, auth).redirect_uri(redirect_uri).build()?;
        let (name, scope, http) = (config.name.clone(), config.scope.clone(), http.clone());
        Ok(Self { name, scope, client, keys: Mutex::default(), http })
    }

    /// Begins a login: the URL to send the browser to, and what to keep until it comes back.
    pub fn start(&self) -> Result<(String, AwaitingCallback), Error> {
        Ok(self.client.authorize().scope(&*self.scope).start(SystemTime::now())?)
    }

    /// Takes the login that the response answers out of the logins under way.
    pub fn receive(
        &self,
        logins: &mut Logins,
        response: AuthorizationResponse,
    ) -> Result<RoundTrip<AwaitingTokens>, CallbackError> {
        logins.receive(&self.client, response, SystemTime::now())
    }

    /// Finishes a login.
    pub async fn finish(&self, token_request: RoundTrip<AwaitingTokens>) -> Result<Tokens, Error> {
        // A code works once: without keys to verify with it is not sent.
        self.keys(|cache| cache.prefetch(&self.client, SystemTime::now())).await?;
        let unverified = token_request.send_with_async(|request| send(&self.http, request)).await?;
        let keys = self.keys(|cache| cache.keys_for(&unverified, SystemTime::now())).await?;
        Ok(unverified.verify(&keys, SystemTime::now())?)
    }

    /// The keys to verify with. The lock is not held while the provider is asked: other requests meanwhile use the old keys,
    /// or wait where there are none. After a failure nobody waits.
    async fn keys(&self, ask: impl Fn(&mut KeyCache) -> Result<KeysFor, KeysError>) -> Result<JwkSet, Error> {
        for _ in 0..100 {
            let next = ask(&mut *self.keys.lock().await)?;
            match next {
                KeysFor::Use(keys) => return Ok(keys),
                KeysFor::Fetch(fetch) => match fetch.send_with_async(|request| send(&self.http, request)).await {
                    Ok(keys) => return Ok(self.keys.lock().await.store(keys, SystemTime::now())),
                    Err(error) => {
                        let mut cache = self.keys.lock().await;
                        cache.fetch_failed(SystemTime::now());
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

async fn send(client: &reqwest::Client, request: http::Request<Vec<u8>>) -> Result<http::Response<Bytes>, BoxError> {
    const LIMIT: usize = 1 << 20;
    let mut response = client.execute(request.try_into()?).await?;
    let mut body = Vec::new();
    // One byte too many is enough to see that it is too much.
    while let Some(chunk) = response.chunk().await?.filter(|_| body.len() <= LIMIT) {
        body.extend_from_slice(&chunk);
    }
    let mut answer = http::Response::new(Bytes::from(body));
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    Ok(answer)
}
