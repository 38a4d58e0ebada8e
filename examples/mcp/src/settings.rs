//! What the user has configured: the address of the server as the argument, the rest in the environment.

use std::env;

use oidc_proto::BoxError;
use serde::Deserialize;

pub struct Settings {
    pub server: String,
    /// The tool to call, without arguments.
    pub tool: Option<String>,
    /// Where the document about this client is served (OAuth Client ID Metadata Document).
    pub document: Option<String>,
    /// The authorization server that the credentials are for. Without it, they go to the one that the MCP server names.
    pub issuer: Option<String>,
    pub headless: bool,
    pub danger_allow_http: bool,
    pub protocol: String,
    pub grant: Grant,
}

/// Who allows the access. The conformance suite hands over credentials in this form.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Grant {
    /// The platform that this workload runs on says what it is.
    Workload {
        client_id: String,
        valid_jwt: String,
    },
    /// Nobody: the client has access of its own, with a key or with a secret.
    Key {
        client_id: String,
        private_key_pem: String,
        signing_algorithm: String,
    },
    /// The user's company, whose provider has logged the user in.
    Company(Company),
    /// The user, in the browser. The client is registered at this issuer.
    Registered {
        client_id: String,
        client_secret: String,
        issuer: String,
    },
    Secret {
        client_id: String,
        client_secret: String,
    },
    /// The user, in the browser.
    User,
}

#[derive(Deserialize)]
pub struct Company {
    pub client_id: String,
    pub client_secret: String,
    pub idp_issuer: String,
    pub idp_client_id: String,
    pub idp_id_token: String,
}

impl Settings {
    pub fn read() -> Result<Self, BoxError> {
        Ok(Self {
            server: env::args().nth(1).ok_or("the argument is the address of an MCP server")?,
            tool: env::var("MCP_CALL").ok(),
            document: env::var("MCP_CLIENT_ID_DOCUMENT").ok(),
            issuer: env::var("MCP_ISSUER").ok(),
            headless: env::var_os("MCP_HEADLESS").is_some(),
            danger_allow_http: env::var_os("MCP_DANGER_ALLOW_HTTP").is_some(),
            protocol: env::var("MCP_CONFORMANCE_PROTOCOL_VERSION").unwrap_or_else(|_| "2025-11-25".to_owned()),
            grant: serde_json::from_str(env::var("MCP_CONFORMANCE_CONTEXT").as_deref().unwrap_or("null"))?,
        })
    }
}
