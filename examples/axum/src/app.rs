//! The addresses of the application and what they answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, Path, Query, State};
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::cookie::Key;
use oidc_proto::{AuthorizationResponse, BoxError, CallbackError, Error};
use serde::Deserialize;
use tower_sessions::cookie::SameSite;
use tower_sessions::{MemoryStore, SessionManagerLayer, SessionStore};
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::{ClientLike, Config as RedisConfig, Pool};

use crate::config::{self, Config};
use crate::pages;
use crate::provider::Provider;
use crate::session::{Person, Visit};

/// What all requests share.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    /// By name.
    providers: BTreeMap<String, Provider>,
    cookie_key: Option<Key>,
    secure: bool,
}

impl App {
    pub(crate) fn cookie_key(&self) -> Option<&Key> {
        self.0.cookie_key.as_ref()
    }

    /// Whether cookies go over https alone.
    pub(crate) fn secure(&self) -> bool {
        self.0.secure
    }
}

impl FromRef<App> for Key {
    fn from_ref(app: &App) -> Self {
        app.cookie_key().cloned().unwrap_or_else(Self::generate)
    }
}

/// Asks the providers for their metadata, reaches the session store, and puts everything together.
pub async fn build(config: Config) -> Result<Router, BoxError> {
    let mut providers = BTreeMap::new();
    for provider in config.providers {
        let provider = Provider::discover(provider, &config.base_url).await?;
        providers.insert(provider.name.clone(), provider);
    }
    let secure = config.base_url.starts_with("https://");
    let routes = Router::new()
        .route("/", get(front))
        .route("/private", get(private))
        .route("/login/{provider}", get(log_in))
        .route("/callback/{provider}", get(call_back))
        .route("/logout", post(log_out))
        .fallback(|| async { (StatusCode::NOT_FOUND, pages::message("There is no such page.", None)) });
    let app = |cookie_key| App(Arc::new(Inner { providers, cookie_key, secure }));
    Ok(match config.session {
        config::SessionStore::Memory => routes.layer(sessions(MemoryStore::default(), secure)).with_state(app(None)),
        config::SessionStore::Redis { url } => {
            let pool = Pool::new(RedisConfig::from_url(&url)?, None, None, None, 4)?;
            drop(pool.connect());
            pool.wait_for_connect().await?;
            routes.layer(sessions(RedisStore::new(pool), secure)).with_state(app(None))
        }
        config::SessionStore::Cookie { key } => {
            routes.with_state(app(Some(Key::try_from(key.as_bytes()).map_err(|error| error.to_string())?)))
        }
    })
}

/// The cookie is `Lax`: the browser comes back from the provider with it, and no other site can post with it.
fn sessions<S: SessionStore + Clone>(store: S, secure: bool) -> SessionManagerLayer<S> {
    SessionManagerLayer::new(store).with_name("id").with_secure(secure).with_same_site(SameSite::Lax)
}

#[derive(Deserialize)]
struct ReturnTo {
    return_to: Option<String>,
}

impl ReturnTo {
    /// A path of this application: nowhere else does a login lead.
    fn path(self) -> Option<String> {
        let own = |path: &String| path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
        self.return_to.filter(own)
    }
}

/// Who is logged in, or how to.
async fn front(State(app): State<App>, Query(query): Query<ReturnTo>, visit: Visit) -> Html<String> {
    match &visit.session.person {
        Some(person) => pages::person(person),
        None => pages::sign_in(app.0.providers.values(), query.path().as_deref()),
    }
}

/// A page that needs somebody.
async fn private(visit: Visit) -> Response {
    match &visit.session.person {
        Some(person) => pages::private(person).into_response(),
        None => Redirect::to("/?return_to=/private").into_response(),
    }
}

async fn log_in(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<ReturnTo>,
    mut visit: Visit,
) -> Response {
    let Some(provider) = app.0.providers.get(&name) else {
        return (StatusCode::NOT_FOUND, pages::message("There is no such provider.", None)).into_response();
    };
    match provider.start() {
        Ok((url, awaiting)) => {
            visit.session.begin(awaiting, query.path());
            visit.answer(Redirect::to(&url)).await
        }
        Err(error) => failed(&error, &name).into_response(),
    }
}

async fn call_back(State(app): State<App>, Path(name): Path<String>, uri: Uri, mut visit: Visit) -> Response {
    let Some(provider) = app.0.providers.get(&name) else {
        return (StatusCode::NOT_FOUND, pages::message("There is no such provider.", None)).into_response();
    };
    let taken = AuthorizationResponse::from_url(&uri.to_string())
        .and_then(|response| Ok((visit.session.logins.take(&response)?, response)));
    let (awaiting, response) = match taken {
        Ok(taken) => taken,
        // A second click, or the back button: this login has been finished.
        Err(CallbackError::StateMismatch) if visit.session.person.is_some() => {
            return Redirect::to("/").into_response();
        }
        Err(error) => return failed(&error.into(), &name).into_response(),
    };
    let page = visit.session.page_after(&awaiting);
    match provider.finish(awaiting, response).await {
        Ok(tokens) => {
            visit.session.person = Some(Person::of(&tokens));
            visit.renew().await;
            visit.answer(Redirect::to(page.as_deref().unwrap_or("/"))).await
        }
        Err(error) => visit.answer(failed(&error, &name)).await,
    }
}

/// Ends the session here; the provider's goes on.
async fn log_out(mut visit: Visit) -> Response {
    visit.session = Default::default();
    visit.renew().await;
    visit.answer(Redirect::to("/")).await
}

/// What a person reads of an error; the log has its text, which shows no secret.
fn failed(error: &Error, provider: &str) -> (StatusCode, Html<String>) {
    eprintln!("login: {error}");
    let (status, text) = pages::explain(error.remedy());
    (status, pages::message(text, Some(provider)))
}
