//! A login with oidc-proto and nothing else, for the size of its code. Reads the provider's documents from files.

use std::time::SystemTime;

use oidc_proto::http::Response;
use oidc_proto::{AuthorizationResponse, Client, ClientAuth, Issuer, JwkSet};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = std::env::args().skip(1).map(std::fs::read);
    let mut next = || files.next().unwrap_or_else(|| Ok(Vec::new()));
    let (_, awaiting) = Issuer::new("https://id.example.com")?.discover().into_parts();
    let client =
        Client::builder(awaiting.receive(&Response::new(next()?))?, "my-client-id", ClientAuth::secret("s3cret"))
            .redirect_uri("https://app.example.com/login/callback")
            .build()?;
    let keys = JwkSet::from_json(next()?)?;
    let (url, awaiting) = client.authorize().scope("openid email profile").start(SystemTime::now())?;
    println!("{url}");
    let response = AuthorizationResponse::from_url(&String::from_utf8(next()?)?)?;
    let (request, awaiting) = awaiting.receive(&client, response, SystemTime::now())?.into_parts();
    println!("{}", request.uri());
    let tokens = awaiting.receive(&Response::new(next()?))?.verify(&keys, SystemTime::now())?;
    println!("{}", tokens.id_token().sub());
    Ok(())
}
