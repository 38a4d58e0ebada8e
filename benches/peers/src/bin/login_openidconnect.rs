//! A login with openidconnect and nothing else, for the size of its code. Reads the provider's documents from files.

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreJsonWebKeySet, CoreProviderMetadata};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, Nonce, PkceCodeChallenge,
    RedirectUrl, Scope, TokenResponse,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = std::env::args().skip(1).map(std::fs::read);
    let mut next = || files.next().unwrap_or_else(|| Ok(Vec::new()));
    let metadata: CoreProviderMetadata = serde_json::from_slice(&next()?)?;
    let keys: CoreJsonWebKeySet = serde_json::from_slice(&next()?)?;
    let client = CoreClient::from_provider_metadata(
        metadata.set_jwks(keys),
        ClientId::new("my-client-id".to_owned()),
        Some(ClientSecret::new("s3cret".to_owned())),
    )
    .set_redirect_uri(RedirectUrl::new("https://app.example.com/login/callback".to_owned())?);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let request =
        client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random);
    let request = request.add_scope(Scope::new("email".to_owned())).add_scope(Scope::new("profile".to_owned()));
    let (url, _, nonce) = request.set_pkce_challenge(challenge).url();
    println!("{url}");
    let code = String::from_utf8(next()?)?;
    let body = next()?;
    let send = |request: HttpRequest| {
        println!("{}", request.uri());
        Ok::<_, std::io::Error>(HttpResponse::new(body.clone()))
    };
    let request = client.exchange_code(AuthorizationCode::new(code))?.set_pkce_verifier(verifier);
    let tokens = request.request(&send)?;
    let id_token = tokens.id_token().ok_or("no ID token")?;
    println!("{}", id_token.claims(&client.id_token_verifier(), &nonce)?.subject().as_str());
    Ok(())
}
