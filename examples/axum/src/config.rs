//! The configuration file.

use std::net::SocketAddr;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub listen: SocketAddr,
    /// Where browsers find the application, without a slash at the end.
    pub base_url: String,
    pub session: SessionStore,
    #[serde(rename = "provider")]
    pub providers: Vec<ProviderConfig>,
}

/// Where sessions are kept.
#[derive(Deserialize)]
#[serde(tag = "store", rename_all = "lowercase", deny_unknown_fields)]
pub enum SessionStore {
    /// In this process: one process, and a restart logs everybody out.
    Memory,
    /// In Redis, for several processes: `redis://127.0.0.1:6379`.
    Redis { url: String },
    /// In the browser, encrypted and authenticated: for several processes with the same key, of 64 characters at least.
    Cookie { key: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// Part of the addresses `/login/NAME` and `/callback/NAME`.
    pub name: String,
    /// What stands on the button.
    pub title: String,
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Option<String>,
    #[serde(default = "usual_scope")]
    pub scope: String,
    /// For a provider on this machine.
    #[serde(default)]
    pub allow_http: bool,
}

fn usual_scope() -> String {
    "openid email profile".to_owned()
}
