//! The provider: what an isolate keeps about it from one request to the next, and how it is asked.

use std::cell::RefCell;
use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt;
use oidc_proto::{BoxError, Client, ClientAuth, Error, Issuer, KeyCache, Tokens, UnverifiedTokens, http};
use worker::web_sys::AbortSignal;
use worker::{Date, Env, Fetch, Method, Request, RequestInit, RequestRedirect, js_sys::Uint8Array};

thread_local! {
    static CLIENT: RefCell<Option<Client>> = const { RefCell::new(None) };
    static KEYS: RefCell<KeyCache> = RefCell::default();
}

/// The client. An isolate asks for the provider's metadata once.
pub async fn client(env: &Env) -> Result<Client, BoxError> {
    if let Some(client) = CLIENT.with_borrow(Clone::clone) {
        return Ok(client);
    }
    let issuer = env.var("ISSUER")?.to_string();
    // A provider on your own machine, without TLS.
    let here = issuer.starts_with("http://127.0.0.1:") || issuer.starts_with("http://localhost:");
    let issuer = if here { Issuer::danger_allow_http(issuer)? } else { Issuer::new(issuer)? };
    let metadata = issuer.discover().send_with_async(send).await?;
    let auth = ClientAuth::secret(env.secret("CLIENT_SECRET")?.to_string());
    let redirect_uri = format!("{}/callback", env.var("BASE_URL")?.to_string());
    let client =
        Client::builder(metadata, env.var("CLIENT_ID")?.to_string(), auth).redirect_uri(redirect_uri).build()?;
    CLIENT.set(Some(client.clone()));
    Ok(client)
}

/// Verifies with keys that are fetched when the cache says so.
pub async fn verify(unverified: &UnverifiedTokens) -> Result<Tokens, Error> {
    // Each request works on a copy: the runtime does not let a request wait for what another one fetches.
    let mut keys = KEYS.with_borrow(Clone::clone);
    let verified = unverified.verify_with_async(&mut keys, now(), send).await;
    KEYS.set(keys);
    verified
}

/// The time of the runtime. `SystemTime::now` panics in wasm.
pub fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(Date::now().as_millis())
}

/// One request, by the worker's own `fetch`. It follows no redirect, waits ten seconds, and reads little more than a MiB.
pub async fn send(request: http::Request<Vec<u8>>) -> worker::Result<http::Response<Vec<u8>>> {
    let (parts, body) = request.into_parts();
    let mut init = RequestInit::new();
    init.with_method(Method::from(parts.method.to_string())).with_headers(parts.headers.into());
    init.with_redirect(RequestRedirect::Manual);
    if !body.is_empty() {
        init.with_body(Some(Uint8Array::from(&*body).into()));
    }
    let fetch = Fetch::Request(Request::new_with_init(&parts.uri.to_string(), &init)?);
    let mut answer = fetch.send_with_signal(&AbortSignal::timeout_with_u32(10_000).into()).await?;

    let mut response = http::Response::new(Vec::new());
    *response.status_mut() = http::StatusCode::from_u16(answer.status_code()).map_err(|error| error.to_string())?;
    *response.headers_mut() = answer.headers().into();
    let mut chunks = answer.stream()?;
    while let Some(chunk) = chunks.try_next().await? {
        response.body_mut().extend(chunk);
        if response.body().len() > 1 << 20 {
            break; // enough: the crate answers `TooLarge`
        }
    }
    Ok(response)
}
