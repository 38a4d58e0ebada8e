//! The configuration file.

use std::net::SocketAddr;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it was read, for messages.
    #[serde(skip)]
    pub file: String,
    pub listen: SocketAddr,
    /// Where browsers find the application. A slash at the end is dropped.
    pub base_url: String,
    pub session: SessionStore,
    #[serde(rename = "provider")]
    pub providers: Vec<ProviderConfig>,
}

impl Config {
    /// Reads the file. What is wrong with it is told without a line of it: a line may have a secret.
    pub fn read(path: &str) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{path} cannot be read: {error}"))?;
        let config = Self::parse(&text).map_err(|problem| format!("{path}: {problem}"))?;
        Ok(Self { file: path.to_owned(), ..config })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut config: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            // Other messages may quote a value.
            let message = error.message().lines().next().unwrap_or_default();
            let names_a_member = message.starts_with("missing field") || message.starts_with("unknown field");
            let shown = if names_a_member { message } else { "it cannot be read" };
            format!("line {}: {shown}; config.toml of the example has every member", before.split('\n').count())
        })?;
        config.base_url.truncate(config.base_url.trim_end_matches('/').len());
        Ok(config)
    }
}

/// Where sessions are kept.
#[derive(Deserialize)]
#[serde(tag = "store", rename_all = "lowercase", deny_unknown_fields)]
pub enum SessionStore {
    /// In this process: one process, and a restart signs all users out.
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
    /// The text of the button.
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

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        listen = "127.0.0.1:0"
        base_url = "https://app.example/"
        session = { store = "memory" }
        [[provider]]
        name = "example"
        title = "Example"
        issuer = "https://id.example"
        client_id = "web"
        client_secret = "5ecret"
    "#;

    #[test]
    fn a_slash_at_the_end_of_the_base_url_is_dropped() {
        assert_eq!(Config::parse(GOOD).ok().unwrap().base_url, "https://app.example");
    }

    #[test]
    fn what_is_wrong_with_the_file_is_told_without_a_secret() {
        for broken in [
            GOOD.replace("issuer", "isuser"),
            GOOD.replace("title = \"Example\"", ""),
            GOOD.replace("client_secret = \"5ecret\"", "client_secret = [\"5ecret\"]"),
            GOOD.replace("client_secret = \"5ecret\"", "client_secret = 5ecret"),
            GOOD.replace("client_secret = \"5ecret\"", "client_secret = \"5ecret\" \"5ecret\""),
            GOOD.replace("\"memory\"", "\"5ecret\""),
        ] {
            let problem = Config::parse(&broken).err().unwrap();
            assert!(problem.starts_with("line ") && !problem.contains("5ecret"), "{problem}");
        }
    }
}
