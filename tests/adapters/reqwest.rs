use oidc_proto::{Error, Issuer, ProviderMetadata, http};
use std::time::Duration;

type Body = Vec<u8>;

fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(Duration::from_secs(10)).build()
}

async fn send(client: &reqwest::Client, request: http::Request<Body>) -> Result<http::Response<Body>, reqwest::Error> {
    let mut response = client.execute(request.try_into()?).await?;
    let mut answer = http::Response::new(Body::new());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    while let Some(chunk) = response.chunk().await? {
        answer.body_mut().extend_from_slice(&chunk);
        if answer.body().len() > 1 << 20 {
            break; // enough: the crate answers `TooLarge`
        }
    }
    Ok(answer)
}

async fn discover(client: &reqwest::Client) -> Result<ProviderMetadata, Error> {
    Issuer::new("https://id.example")?.discover().send_with_async(|request| send(client, request)).await
}
