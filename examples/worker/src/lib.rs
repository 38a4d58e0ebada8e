//! Signs users in and out, in a worker: the addresses and what they answer.

mod cookies;
mod provider;

use std::time::{Duration, SystemTime};

use cookies::Cookies;
use oidc_proto::{AuthorizationResponse, BoxError, Error, PendingLogins, Remedy, Tokens};
use serde::{Deserialize, Serialize};
use worker::{Context, Env, Method, Request, Response, console_error, event};

/// Who is signed in, as the ID token said.
#[derive(Deserialize, Serialize)]
struct User {
    issuer: String,
    subject: String,
    until: SystemTime,
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> worker::Result<Response> {
    answer(&request, &env).await.map_err(|error| error.to_string().into())
}

async fn answer(request: &Request, env: &Env) -> Result<Response, BoxError> {
    let cookies = Cookies::of(request, &env.secret("COOKIE_KEY")?.to_string())?;
    match (request.method(), &*request.path()) {
        (Method::Get, "/") => home(&cookies),
        (Method::Get, "/login") => log_in(env, &cookies).await,
        (Method::Get, "/callback") => callback(request.url()?.as_str(), env, &cookies).await,
        (Method::Post, "/logout") => redirect("/", &[cookies.seal(USER, &(), 0)?]),
        _ => page(404, "There is nothing here."),
    }
}

fn home(cookies: &Cookies) -> Result<Response, BoxError> {
    match cookies.open::<User>(USER).filter(|user| provider::now() < user.until) {
        Some(user) => page(200, &format!("You are {} at {}.", user.subject, user.issuer)),
        None => page(200, "You are not signed in."),
    }
}

async fn log_in(env: &Env, cookies: &Cookies) -> Result<Response, BoxError> {
    let client = provider::client(env).await?;
    let (url, awaiting) = client.authorize().scope("openid").start(provider::now())?;
    let mut logins = cookies.open::<PendingLogins>(LOGINS).unwrap_or_default();
    logins.insert(awaiting);
    redirect(&url, &[cookies.seal(LOGINS, &logins, 3600)?])
}

async fn callback(url: &str, env: &Env, cookies: &Cookies) -> Result<Response, BoxError> {
    let mut logins = cookies.open::<PendingLogins>(LOGINS).unwrap_or_default();
    let finished = finish(url, env, &mut logins).await;
    // Also after an error: a response is used once.
    let logins = cookies.seal(LOGINS, &logins, 3600)?;
    match finished {
        Ok(tokens) => {
            let (issuer, subject) = (tokens.id_token().iss().to_owned(), tokens.id_token().sub().to_owned());
            let user = User { issuer, subject, until: provider::now() + SIGNED_IN };
            redirect("/", &[logins, cookies.seal(USER, &user, SIGNED_IN.as_secs())?])
        }
        Err(error) => {
            console_error!("login failed: {error}");
            let mut page = match error.downcast_ref::<Error>().map(Error::remedy) {
                Some(Remedy::RestartLogin | Remedy::LoginInteractively | Remedy::Ignore) => {
                    page(400, "This sign-in is over. Please sign in again.")
                }
                Some(Remedy::UserDeclined) => page(403, "You have not been signed in."),
                Some(Remedy::RetryLater) => {
                    page(503, "The sign-in service is not available. Please try again in a minute.")
                }
                _ => page(500, "Something is wrong with our sign-in."),
            }?;
            page.headers_mut().append("set-cookie", &logins)?;
            Ok(page)
        }
    }
}

async fn finish(url: &str, env: &Env, logins: &mut PendingLogins) -> Result<Tokens, BoxError> {
    let client = provider::client(env).await?;
    let response = AuthorizationResponse::from_url(url).map_err(Error::from)?;
    let token_request = logins.receive(&client, response, provider::now()).map_err(Error::from)?;
    let unverified = token_request.send_with_async(provider::send).await?;
    Ok(provider::verify(&unverified).await?)
}

fn redirect(location: &str, cookies: &[String]) -> Result<Response, BoxError> {
    let mut answer = Response::empty()?.with_status(303);
    answer.headers_mut().set("location", location)?;
    answer.headers_mut().set("cache-control", "no-store")?;
    for cookie in cookies {
        answer.headers_mut().append("set-cookie", cookie)?;
    }
    Ok(answer)
}

fn page(status: u16, text: &str) -> Result<Response, BoxError> {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let html = format!(
        "<!doctype html><p>{text}<p><a href=/login>Sign in</a><form method=post action=/logout><button>Sign out</button></form>"
    );
    let mut answer = Response::from_html(html)?.with_status(status);
    answer.headers_mut().set("cache-control", "no-store")?;
    Ok(answer)
}

const LOGINS: &str = "__Host-logins";
const USER: &str = "__Host-user";
const SIGNED_IN: Duration = Duration::from_secs(12 * 3600);
