//! What the examples of the stacks share: the embedded provider, the application's registration there, and its user's
//! browser.

use oidc_proto::test_provider::TestClient;
use oidc_proto::{BoxError, Client, ClientAuth, ClientError, ProviderMetadata, Tokens};

use crate::provider::Provider;

const CLIENT_ID: &str = "example app";
const CLIENT_SECRET: &str = "a secret, with / and + and =";
const REDIRECT_URI: &str = "http://127.0.0.1:8080/callback";

/// A provider in this process, where the example's application is registered.
pub fn provider() -> Result<Provider, BoxError> {
    Provider::start(TestClient::new(CLIENT_ID).secret(CLIENT_SECRET).redirect_uri(REDIRECT_URI))
}

/// The client that a real application builds from its configuration.
pub fn client(metadata: ProviderMetadata) -> Result<Client, ClientError> {
    Client::builder(metadata, CLIENT_ID, ClientAuth::secret(CLIENT_SECRET)).redirect_uri(REDIRECT_URI).build()
}

/// Stands for the browser: follows the URL to the provider, whose user is always signed in, and back. The URL that it
/// comes back to is what a web framework has in its request.
pub fn visit(url: &str) -> Result<String, BoxError> {
    let agent = ureq::Agent::config_builder().max_redirects(0).build().new_agent();
    let answer = agent.get(url).call()?;
    let location = answer.headers().get("location").ok_or("the provider did not redirect")?;
    Ok(location.to_str()?.to_owned())
}

pub fn greet(tokens: &Tokens) {
    println!("Logged in: {} at {}", tokens.id_token().sub(), tokens.id_token().iss());
}
