//! One provider: its client, its keys, and the HTTP client that asks it.

use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use oidc_proto::{
    AuthorizationResponse, AwaitingCallback, BoxError, Client, ClientAuth, Error, Issuer, JwkSet, KeyCache, KeysFor,
    Tokens, UnverifiedTokens, http,
};
use tokio::sync::Mutex;

use crate::config::ProviderConfig;

pub struct Provider {
    pub name: String,
    pub title: String,
    scope: String,
    client: Client,
    keys: Mutex<KeyCache>,
    http: reqwest::Client,
}

impl Provider {
    /// Asks the provider for its metadata and builds the client.
    pub async fn discover(config: ProviderConfig, base_url: &str) -> Result<Self, BoxError> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let http = http.timeout(Duration::from_secs(20)).build()?;
        let issuer =
            if config.allow_http { Issuer::danger_allow_http(config.issuer) } else { Issuer::new(config.issuer) }?;
        let metadata = issuer.discover().send_with_async(|request| send(&http, request)).await?;
        let auth = config.client_secret.map_or_else(ClientAuth::none, ClientAuth::secret);
        let redirect_uri = format!("{base_url}/callback/{}", config.name);
        let mut builder = Client::builder(metadata, config.client_id, auth).redirect_uri(redirect_uri);
        if config.allow_http {
            builder = builder.danger_allow_http();
        }
        let client = builder.build()?;
        let keys = Mutex::default();
        Ok(Self { name: config.name, title: config.title, scope: config.scope, client, keys, http })
    }

    /// Begins a login: the URL to send the browser to, and what to keep until it comes back.
    pub fn start(&self) -> Result<(String, AwaitingCallback), Error> {
        Ok(self.client.authorize().scope(&*self.scope).start(SystemTime::now())?)
    }

    /// Finishes a login.
    pub async fn finish(&self, awaiting: AwaitingCallback, response: AuthorizationResponse) -> Result<Tokens, Error> {
        let token_request = awaiting.receive(&self.client, response, SystemTime::now())?;
        let unverified = token_request.send_with_async(|request| send(&self.http, request)).await?;
        // Without keys, `verify` says so.
        let keys = self.keys_for(&unverified).await?.unwrap_or_default();
        Ok(unverified.verify(&keys, SystemTime::now())?)
    }

    /// The keys to verify with, where they can be had. The lock is not held while the provider is asked; who comes meanwhile
    /// uses the old keys, or waits where there are none.
    async fn keys_for(&self, unverified: &UnverifiedTokens) -> Result<Option<JwkSet>, Error> {
        for _ in 0..100 {
            let next = self.keys.lock().await.keys_for(unverified, SystemTime::now())?;
            match next {
                KeysFor::Use(keys) => return Ok(Some(keys)),
                KeysFor::Fetch(fetch) => {
                    let fetched = fetch.send_with_async(|request| send(&self.http, request)).await;
                    let mut cache = self.keys.lock().await;
                    return match fetched {
                        Ok(keys) => Ok(Some(cache.store(keys, SystemTime::now()))),
                        Err(error) => cache.fetch_failed(SystemTime::now()).map(Some).ok_or(error),
                    };
                }
                KeysFor::Wait(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
        Ok(None)
    }
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
