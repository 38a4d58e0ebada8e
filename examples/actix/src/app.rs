//! The addresses of the application and what they answer.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{Bytes, Data, Path, PayloadConfig, Query, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse, HttpServer};
use oidc_proto::{AuthorizationResponse, BoxError, CallbackError, Error, Remedy, Session};

use crate::answer::{page, redirect};
use crate::browsers::{Browsers, random_id};
use crate::signed_in::{Key, SignedIn, Store};
use crate::visit::Visit;
use crate::web::access::{self, NoAccess};
use crate::web::clock::Clock;
use crate::web::config::{Config, SessionStore};
use crate::web::configured::Providers;
use crate::web::policy::HEADERS;
use crate::web::problem::with_causes;
use crate::web::provider::Provider;
use crate::web::return_to::ReturnTo;
use crate::web::session::User;
use crate::web::{back_channel, pages};

/// What all requests share.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    providers: Providers,
    clock: Clock,
    browsers: Browsers,
    signed_in: Store,
    secure: bool,
}

impl App {
    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn browsers(&self) -> &Browsers {
        &self.0.browsers
    }

    /// Where the tokens of users are kept.
    pub(crate) fn signed_in(&self) -> &Store {
        &self.0.signed_in
    }

    /// Whether cookies go over https alone.
    pub(crate) fn secure(&self) -> bool {
        self.0.secure
    }

    pub(crate) fn providers(&self) -> &Providers {
        &self.0.providers
    }

    fn sign_in_page(&self, return_to: Option<&str>) -> HttpResponse {
        page(pages::sign_in(self.providers(), return_to))
    }
}

/// Asks the providers for their metadata, and puts everything together.
pub async fn build(config: Config) -> Result<App, BoxError> {
    build_with_clock(config, Clock::default()).await
}

/// The same, with a clock that a test can move ahead.
pub async fn build_with_clock(config: Config, clock: Clock) -> Result<App, BoxError> {
    if !matches!(config.session, SessionStore::Memory) {
        return Err("this application keeps sessions in memory; examples/axum has the other stores".into());
    }
    let providers = Providers::discover(config.providers, &config.base_url, &config.file, &clock).await?;
    let secure = config.base_url.starts_with("https://");
    let (browsers, signed_in) = (Browsers::default(), Store::default());
    Ok(App(Arc::new(Inner { providers, clock, browsers, signed_in, secure })))
}

/// Serves the application. It answers once the server is awaited.
pub fn serve(listener: TcpListener, app: App) -> Result<Server, BoxError> {
    let server = HttpServer::new(move || {
        let headers = HEADERS.into_iter().fold(DefaultHeaders::new(), DefaultHeaders::add);
        actix_web::App::new().app_data(Data::new(app.clone())).configure(routes).wrap(headers)
    });
    Ok(server.listen(listener)?.run())
}

fn routes(service: &mut ServiceConfig) {
    let no_such_method = || async { page(pages::no_such_method()) };
    let at = |path: &str| resource(path).default_service(actix_web::web::to(no_such_method));
    service
        .service(at("/").route(get().to(front)))
        .service(at("/private").route(get().to(private)))
        .service(at("/login/{provider}").route(get().to(log_in)))
        .service(at("/callback/{provider}").route(get().to(call_back)))
        .service(at("/profile").route(get().to(profile)))
        .service(at("/logout").route(post().to(log_out)).route(get().to(not_a_link)))
        .service(at("/signed-out/{provider}").route(get().to(signed_out)))
        .service(
            // A logout token is a few hundred bytes.
            at("/backchannel-logout/{provider}")
                .app_data(PayloadConfig::new(64 * 1024))
                .route(post().to(told_by_the_provider)),
        )
        .service(at("/style.css").route(get().to(style)))
        .default_service(actix_web::web::to(|| async { page(pages::no_such_page()) }));
}

async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css").insert_header(("cache-control", "max-age=600")).body(pages::STYLE)
}

/// The signed-in user, or the providers to sign in with.
async fn front(app: Data<App>, query: Query<ReturnTo>, request: HttpRequest) -> HttpResponse {
    match Visit::of(&app, &request).await.session.user {
        Some(user) => page(pages::signed_in(&user, app.providers().title(&user))),
        None => app.sign_in_page(query.into_inner().path().as_deref()),
    }
}

/// A page for signed-in users.
async fn private(app: Data<App>, request: HttpRequest) -> HttpResponse {
    match Visit::of(&app, &request).await.session.user {
        Some(user) => page(pages::private(&user, app.providers().title(&user))),
        None => redirect("/?return_to=/private"),
    }
}

async fn log_in(app: Data<App>, name: Path<String>, query: Query<ReturnTo>, request: HttpRequest) -> HttpResponse {
    let Some(configured) = app.providers().get(&name) else {
        return page(pages::no_such_provider());
    };
    // A page that is fetched in advance would push out a login that the user does want. A browser that is refused asks again
    // when the user opens the link.
    if request.headers().get("sec-purpose").is_some_and(|purpose| purpose.as_bytes().starts_with(b"prefetch")) {
        return HttpResponse::new(StatusCode::SERVICE_UNAVAILABLE);
    }
    let Some(provider) = configured.ready() else {
        return page(pages::not_available(configured));
    };
    let mut visit = Visit::of(&app, &request).await;
    match provider.start() {
        Ok((url, awaiting)) => {
            visit.session.logins.begin(awaiting, query.into_inner().path().as_deref());
            visit.answer(redirect(&url))
        }
        Err(error) => failed(&error, &provider, "/"),
    }
}

async fn call_back(app: Data<App>, name: Path<String>, request: HttpRequest) -> HttpResponse {
    let Some(configured) = app.providers().get(&name) else {
        return page(pages::no_such_provider());
    };
    // The login stays under way: the browser may come again with the same address.
    let Some(provider) = configured.ready() else {
        return page(pages::not_available(configured));
    };
    let response = match AuthorizationResponse::from_url(&request.uri().to_string()) {
        Ok(response) => response,
        Err(error) => return failed(&error.into(), &provider, "/"),
    };
    let mut visit = Visit::of(&app, &request).await;
    let return_to = visit.session.logins.page_of(&response);
    let error = match provider.receive(&mut visit.session.logins, response) {
        Ok(token_request) => match provider.finish(token_request).await {
            Ok(session) => return signed_in(&app, visit, &provider, session, &return_to),
            Err(error) => error,
        },
        // A second click, or the back button: this login has been finished.
        Err(CallbackError::StateMismatch) if visit.session.user.is_some() => return redirect("/"),
        Err(error) => error.into(),
    };
    visit.answer(failed(&error, &provider, &return_to))
}

/// Keeps the user and their tokens. Who was signed in before in this browser is not any more.
fn signed_in(app: &App, mut visit: Visit, provider: &Provider, session: Session, return_to: &str) -> HttpResponse {
    let now = app.clock().now();
    let key = match random_id() {
        Ok(id) => Key(id),
        Err(error) => {
            eprintln!("session: {error}");
            return page(pages::store_unavailable());
        }
    };
    let user = User::of(&session, &provider.name, now);
    app.signed_in().begin(&key, SignedIn { user, session }, now);
    if let Some(before) = visit.session.signed_in.replace(key) {
        app.signed_in().end(&before);
    }
    visit.answer_renewed(redirect(return_to))
}

/// The page that shows what the provider says about the user now: it needs an access token.
async fn profile(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let visit = Visit::of(&app, &request).await;
    let (Some(user), Some(key)) = (&visit.session.user, &visit.session.signed_in) else {
        return redirect("/?return_to=/profile");
    };
    let provider = app.providers().title(user);
    match access::claims(&app, &user.provider, key).await {
        Ok(claims) => page(pages::profile(user, provider, claims.as_ref().unwrap_or(&user.claims))),
        // With a click, so that a provider whose tokens end too soon makes no loop.
        Err(NoAccess::LogIn) => app.sign_in_page(Some("/profile")),
        Err(NoAccess::Later) => page(pages::profile_later(provider)),
        Err(NoAccess::Store(error)) => {
            eprintln!("profile: {error}");
            page(pages::store_unavailable())
        }
        Err(NoAccess::Failed(error)) => {
            eprintln!("profile: {}", with_causes(&error));
            page(if error.remedy() == Remedy::RetryLater {
                pages::profile_later(provider)
            } else {
                pages::not_told(provider)
            })
        }
    }
}

async fn not_a_link() -> HttpResponse {
    page(pages::not_a_link())
}

/// Ends the session here, whatever happens afterwards; then leads to the provider, to end the session there.
async fn log_out(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let visit = Visit::of(&app, &request).await;
    if let Some(key) = &visit.session.signed_in {
        app.signed_in().end(key);
    }
    let Some(user) = &visit.session.user else {
        return visit.end(redirect("/"));
    };
    let signed_out_here = page(pages::signed_out_here(app.providers().title(user)));
    let Some(provider) = app.providers().ready(&user.provider) else {
        return visit.end(signed_out_here);
    };
    match provider.log_out(visit.signed_in.as_ref().map(|signed_in| &signed_in.session)) {
        Ok(Some((url, awaiting))) => {
            let signing_out = page(pages::signing_out(&provider.title, &url));
            visit.end_with(awaiting, signing_out)
        }
        Ok(None) => visit.end(signed_out_here),
        Err(error) => {
            eprintln!("logout: {}", with_causes(&error));
            visit.end(signed_out_here)
        }
    }
}

/// The way back from the provider. Whether this application sent the browser there or not, nobody is signed in or out here.
async fn signed_out(app: Data<App>, name: Path<String>, request: HttpRequest) -> HttpResponse {
    let Some(provider) = app.providers().get(&name) else {
        return page(pages::no_such_provider());
    };
    let mut visit = Visit::of(&app, &request).await;
    let (Some(provider), Some(awaiting)) = (provider.ready(), visit.session.logout.take()) else {
        return redirect("/");
    };
    match provider.logged_out(awaiting, &request.uri().to_string()) {
        Ok(()) => {
            let signed_out = page(pages::signed_out(&provider.title));
            if visit.session.is_empty() { visit.end(signed_out) } else { visit.answer(signed_out) }
        }
        Err(error) => {
            eprintln!("logout: {}", with_causes(&error.into()));
            redirect("/")
        }
    }
}

/// The provider posts a logout token. No browser is involved, and no cookie.
async fn told_by_the_provider(app: Data<App>, name: Path<String>, body: Bytes) -> HttpResponse {
    if app.providers().get(&name).is_none() {
        return page(pages::no_such_provider());
    }
    let (head, body) = back_channel::end_sessions(&app, &name, &body).await.into_response().into_parts();
    let status = StatusCode::from_u16(head.status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in &head.headers {
        response.insert_header((name.as_str(), value.as_bytes()));
    }
    response.body(body)
}

/// The page about an error. The log has its text and its causes, which show no secret.
fn failed(error: &Error, provider: &Provider, return_to: &str) -> HttpResponse {
    eprintln!("login: {}", with_causes(error));
    page(pages::login_failed(error.remedy(), provider, return_to))
}
