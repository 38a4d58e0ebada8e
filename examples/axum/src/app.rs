//! The addresses of the application and what they answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::cookie::Key;
use oidc_proto::{AuthorizationResponse, BoxError, CallbackError, Error};
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, MemoryStore, SessionManagerLayer, SessionStore};
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::{ClientLike, Config as RedisConfig, Pool, ReconnectPolicy};
use tower_sessions_redis_store::fred::types::config::PerformanceConfig;

use crate::signed_in::{Key as SignedInKey, SignedIn, Store};
use crate::visit::{Visit, unavailable};
use crate::web::clock::Clock;
use crate::web::config::{self, Config};
use crate::web::configured::Providers;
use crate::web::pages::{self, Page};
use crate::web::problem::with_causes;
use crate::web::provider::Provider;
use crate::web::return_to::ReturnTo;
use crate::web::session::{SIGNED_IN_FOR, User};
use crate::{headers, profile, sign_out};

/// What all requests share.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    providers: Providers,
    clock: Clock,
    signed_in: Store,
    cookie_key: Option<Key>,
    secure: bool,
}

impl App {
    /// Where sessions are kept in cookies.
    pub(crate) fn cookie_key(&self) -> Option<&Key> {
        self.0.cookie_key.as_ref()
    }

    /// Whether cookies go over https alone.
    pub(crate) fn secure(&self) -> bool {
        self.0.secure
    }

    /// The providers to sign in with.
    pub(crate) fn sign_in_page(&self, return_to: Option<&str>) -> Page {
        pages::sign_in(self.providers(), return_to)
    }

    pub(crate) fn providers(&self) -> &Providers {
        &self.0.providers
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Where the tokens of users are kept.
    pub(crate) fn signed_in(&self) -> &Store {
        &self.0.signed_in
    }
}

/// Asks the providers for their metadata, reaches the session store, and puts everything together.
pub async fn build(config: Config) -> Result<Router, BoxError> {
    build_with_clock(config, Clock::default()).await
}

/// The same, with a clock that a test can move ahead.
pub async fn build_with_clock(config: Config, clock: Clock) -> Result<Router, BoxError> {
    let providers = Providers::discover(config.providers, &config.base_url, &config.file, &clock).await?;
    let secure = config.base_url.starts_with("https://");
    let ends = Expiry::OnInactivity(SIGNED_IN_FOR.try_into()?);
    let app = |signed_in, cookie_key| App(Arc::new(Inner { providers, clock, signed_in, cookie_key, secure }));
    let routes = match config.session {
        config::SessionStore::Memory => {
            routes().layer(sessions(MemoryStore::default(), secure, ends)).with_state(app(Store::memory(), None))
        }
        config::SessionStore::Redis { url } => {
            let pool = redis(&url).await?;
            let layer = sessions(RedisStore::new(pool.clone()), secure, ends);
            routes().layer(layer).with_state(app(Store::redis(pool), None))
        }
        config::SessionStore::Cookie { key } => {
            let key = Key::try_from(key.as_bytes()).map_err(|error| error.to_string())?;
            routes().with_state(app(Store::Nowhere, Some(key)))
        }
    };
    Ok(routes.layer(map_response(headers::protect)))
}

fn routes() -> Router<App> {
    // A scanner that checks a link with HEAD must not begin a login, and must not finish one: that works only once.
    let looked_at = || async { StatusCode::NO_CONTENT };
    Router::new()
        .route("/", get(front))
        .route("/private", get(private))
        .route("/login/{provider}", get(log_in).head(looked_at))
        .route("/callback/{provider}", get(call_back).head(looked_at))
        .route("/profile", get(profile::profile))
        .route("/logout", post(sign_out::log_out).get(sign_out::not_a_link))
        .route("/signed-out/{provider}", get(sign_out::signed_out).head(looked_at))
        .route("/backchannel-logout/{provider}", post(sign_out::told_by_the_provider).layer(sign_out::body_limit()))
        .route("/style.css", get(headers::style))
        .fallback(|| async { pages::no_such_page() })
        .method_not_allowed_fallback(|| async { pages::no_such_method() })
}

/// The cookie is `Lax`: the browser comes back from the provider with it, and no other site can post with it. That is what
/// keeps another site from signing a user out.
fn sessions<S: SessionStore + Clone>(store: S, secure: bool, ends: Expiry) -> SessionManagerLayer<S> {
    SessionManagerLayer::new(store).with_name("id").with_secure(secure).with_same_site(SameSite::Lax).with_expiry(ends)
}

/// Connections that come back when Redis does. While it is away an answer says so, soon.
async fn redis(url: &str) -> Result<Pool, BoxError> {
    let patience = PerformanceConfig { default_command_timeout: Duration::from_secs(3), ..Default::default() };
    let for_ever = ReconnectPolicy::new_exponential(0, 100, 2_000, 2);
    let pool = Pool::new(RedisConfig::from_url(url)?, Some(patience), None, Some(for_ever), 4)?;
    drop(pool.connect());
    pool.wait_for_connect().await?;
    Ok(pool)
}

/// The signed-in user, or the providers to sign in with.
async fn front(State(app): State<App>, Query(query): Query<ReturnTo>, visit: Visit) -> Page {
    match &visit.session.user {
        Some(user) => pages::signed_in(user, app.providers().title(user)),
        None => app.sign_in_page(query.path().as_deref()),
    }
}

/// A page for signed-in users.
async fn private(State(app): State<App>, visit: Visit) -> Response {
    match &visit.session.user {
        Some(user) => pages::private(user, app.providers().title(user)).into_response(),
        None => Redirect::to("/?return_to=/private").into_response(),
    }
}

async fn log_in(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<ReturnTo>,
    headers: HeaderMap,
    mut visit: Visit,
) -> Response {
    let Some(configured) = app.providers().get(&name) else {
        return no_such_provider();
    };
    // A page that is fetched in advance would push out a login that the user does want. A browser that is refused asks again
    // when the user opens the link.
    if headers.get("sec-purpose").is_some_and(|purpose| purpose.as_bytes().starts_with(b"prefetch")) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let Some(provider) = configured.ready() else {
        return pages::not_available(configured).into_response();
    };
    match provider.start() {
        Ok((url, awaiting)) => {
            visit.session.logins.begin(awaiting, query.path().as_deref());
            visit.answer(Redirect::to(&url)).await
        }
        Err(error) => failed(&error, &provider, "/").into_response(),
    }
}

async fn call_back(State(app): State<App>, Path(name): Path<String>, uri: Uri, mut visit: Visit) -> Response {
    let Some(configured) = app.providers().get(&name) else {
        return no_such_provider();
    };
    // The login stays under way: the browser may come again with the same address.
    let Some(provider) = configured.ready() else {
        return pages::not_available(configured).into_response();
    };
    let response = match AuthorizationResponse::from_url(&uri.to_string()) {
        Ok(response) => response,
        Err(error) => return failed(&error.into(), &provider, "/").into_response(),
    };
    let (page, under_way) = (visit.session.logins.page_of(&response), visit.session.logins.len());
    let error = match provider.receive(&mut visit.session.logins, response) {
        Ok(token_request) => match provider.finish(token_request).await {
            Ok(session) => return signed_in(&app, visit, &provider, session, &page).await,
            Err(error) => error,
        },
        // A second click, or the back button: this login has been finished.
        Err(CallbackError::StateMismatch) if visit.session.user.is_some() => {
            return Redirect::to("/").into_response();
        }
        Err(error) => error.into(),
    };
    let answer = failed(&error, &provider, &page);
    // Where no login has ended the session stays as it is: the login may be one that another version began, and goes on with.
    if visit.session.logins.len() == under_way { answer.into_response() } else { visit.answer(answer).await }
}

/// Keeps the user and their tokens. Who was signed in before in this browser is not any more.
async fn signed_in(
    app: &App,
    mut visit: Visit,
    provider: &Provider,
    session: oidc_proto::Session,
    page: &str,
) -> Response {
    let now = app.clock().now();
    let user = User::of(&session, &provider.name, now);
    visit.session.user = Some(user.clone());
    let before = visit.session.signed_in.take();
    if app.signed_in().keeps() {
        let key = SignedInKey::random();
        if let Err(error) = app.signed_in().begin(&key, SignedIn { user, session }, now).await {
            return unavailable(&*error);
        }
        visit.session.signed_in = Some(key);
    }
    if let Some(before) = before
        && let Err(error) = app.signed_in().end(&before).await
    {
        return unavailable(&*error);
    }
    visit.answer_renewed(Redirect::to(page)).await
}

pub(crate) fn no_such_provider() -> Response {
    pages::no_such_provider().into_response()
}

/// The page about an error. The log has its text and its causes, which show no secret.
fn failed(error: &Error, provider: &Provider, return_to: &str) -> Page {
    eprintln!("login: {}", with_causes(error));
    pages::login_failed(error.remedy(), provider, return_to)
}
