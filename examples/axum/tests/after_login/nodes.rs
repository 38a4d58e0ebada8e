//! Nodes of the application that share one Redis, one clock and one address.

use std::net::{SocketAddr, TcpListener as StdListener};

use axum_example::app;
use axum_example::web::clock::Clock;
use axum_example::web::config::{Config, ProviderConfig, SessionStore};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::browser::{Browser, Page};
use crate::fake::Fake;
use crate::redis::Redis;

/// What the nodes share.
pub struct Stage {
    redis: Option<Redis>,
    pub provider: Fake,
    pub clock: Clock,
    /// Where the browsers find the application: the address of the first node.
    base_url: Option<String>,
}

impl Stage {
    /// Nothing where Redis is not installed.
    pub async fn set() -> Option<Self> {
        let redis = Some(Redis::start()?);
        Some(Self { redis, ..Self::in_memory().await })
    }

    /// For one node, with its sessions in its memory.
    pub async fn in_memory() -> Self {
        let clock = Clock::default();
        Self { redis: None, provider: Fake::start(clock.clone()).await, clock, base_url: None }
    }

    pub async fn add_node(&mut self) -> Node {
        let listener = StdListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let base_url = self.base_url.get_or_insert_with(|| url.clone()).clone();
        let config = self.config(base_url);
        let (clock, runtime) = (self.clock.clone(), Runtime::new().unwrap());
        let started = runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            let app = app::build_with_clock(config, clock).await.unwrap();
            tokio::spawn(async move { axum::serve(listener, app).await });
        });
        started.await.unwrap();
        Node { url, runtime: Some(runtime) }
    }

    pub fn redis_url(&self) -> String {
        self.redis.as_ref().unwrap().url()
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.base_url.as_deref().unwrap())
    }

    fn config(&self, base_url: String) -> Config {
        Config {
            file: "config.toml".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            base_url,
            session: match &self.redis {
                Some(redis) => SessionStore::Redis { url: redis.url() },
                None => SessionStore::Memory,
            },
            providers: vec![ProviderConfig {
                name: "example".to_owned(),
                title: "Example".to_owned(),
                issuer: self.provider.issuer().to_owned(),
                client_id: "web".to_owned(),
                client_secret: Some("s3cret".to_owned()),
                scope: "openid".to_owned(),
                allow_http: true,
            }],
        }
    }
}

/// A node with a runtime of its own.
pub struct Node {
    url: String,
    runtime: Option<Runtime>,
}

impl Node {
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What a browser of the application gets where a proxy hands its request to this node.
    pub async fn get(&self, browser: &Browser, path: &str) -> Page {
        let mut here = browser.clone();
        here.base_url = self.url.parse().unwrap();
        here.get(path).await
    }

    /// The provider posts a logout token.
    pub async fn post_logout_token(&self, token: &str) -> (u16, String) {
        let url = format!("{}/backchannel-logout/example", self.url);
        let body = format!("logout_token={token}");
        let request = reqwest::Client::new().post(url).header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(body).send().await.unwrap();
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(!response.headers().contains_key("set-cookie"));
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// As when the machine goes: all that it does ends where it is, and nothing is finished.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Node {
    /// A runtime must not be dropped inside of another one in any other way.
    fn drop(&mut self) {
        self.end();
    }
}
