//! Where the session of a request is kept: on the server, or in the browser's own encrypted cookies.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::PrivateCookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use oidc_proto::AwaitingLogout;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower_sessions::{session, session_store};

use crate::app::App;
use crate::signed_in::SignedIn;
use crate::web::pages;
use crate::web::session::{LIMIT, Logins, SIGNED_IN_FOR, Session};

/// A request's session, and where it came from.
pub struct Visit {
    pub session: Session,
    /// The tokens of the signed-in user, where they are kept.
    pub signed_in: Option<SignedIn>,
    kept: Kept,
}

enum Kept {
    OnTheServer(tower_sessions::Session),
    InTheBrowser(Cookies),
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let (mut session, kept) = if let Some(key) = app.cookie_key() {
            let jar = PrivateCookieJar::from_headers(&parts.headers, key.clone());
            let cookies = Cookies { jar, secure: app.secure() };
            (cookies.read(), Kept::InTheBrowser(cookies))
        } else {
            let store = tower_sessions::Session::from_request_parts(parts, app).await;
            let store = store.map_err(IntoResponse::into_response)?;
            (load(&store).await.map_err(|error| unavailable(&error))?, Kept::OnTheServer(store))
        };
        let now = app.clock().now();
        session.end_if_old(now);
        let mut signed_in = None;
        if let Some(key) = &session.signed_in {
            signed_in = app.signed_in().read(key, now).await.map_err(|error| unavailable(&*error))?;
            // Another process, or the provider, may have ended it.
            session.user = signed_in.as_ref().map(|signed_in| signed_in.user.clone());
        }
        Ok(Self { session, signed_in, kept })
    }
}

impl Visit {
    /// Keeps the session and answers.
    pub async fn answer(self, response: impl IntoResponse) -> Response {
        let response = response.into_response();
        match self.kept {
            Kept::OnTheServer(store) => match keep(&store, self.session, response.status()).await {
                Ok(()) => response,
                Err(error) => unavailable(&error),
            },
            Kept::InTheBrowser(cookies) => match cookies.keep(self.session) {
                Ok(jar) => (jar, response).into_response(),
                Err(error) => unavailable(&*error),
            },
        }
    }

    /// The same, under a new id: an id that an attacker knew before the login is useless after it.
    pub async fn answer_renewed(self, response: impl IntoResponse) -> Response {
        if let Kept::OnTheServer(store) = &self.kept
            && let Err(error) = store.cycle_id().await
        {
            return unavailable(&error);
        }
        self.answer(response).await
    }

    /// Ends the session: nothing of it is kept, and the browser is told to drop its cookie. One that sent no cookie is told
    /// nothing: another site can make it come here without, and that must not sign a user out.
    pub async fn end(self, response: impl IntoResponse) -> Response {
        match self.kept {
            Kept::OnTheServer(store) => match store.flush().await {
                Ok(()) => response.into_response(),
                Err(error) => unavailable(&error),
            },
            Kept::InTheBrowser(cookies) => {
                (cookies.remove(LOGINS).remove(USER).remove(LOGOUT).jar, response).into_response()
            }
        }
    }

    /// The same, where the browser is to come back from a logout at the provider: of the new session, that is all.
    pub async fn end_with(mut self, logout: AwaitingLogout, response: impl IntoResponse) -> Response {
        self.session = Session { logout: Some(logout), ..Session::default() };
        self.answer_renewed(response).await
    }
}

/// The session's name in its record.
const NAME: &str = "session";

async fn load(store: &tower_sessions::Session) -> Result<Session, session::Error> {
    match store.get_value(NAME).await {
        // What is no session, or not one that this version can read, is an empty one.
        Ok(value) => Ok(value.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default()),
        // So is a record that another version of the store wrote. It would stand in the way for ever.
        Err(session::Error::Store(session_store::Error::Decode(error))) => {
            eprintln!("session: {error}");
            store.flush().await?;
            Ok(Session::default())
        }
        Err(error) => Err(error),
    }
}

async fn keep(store: &tower_sessions::Session, mut session: Session, status: StatusCode) -> Result<(), session::Error> {
    if session.signed_in.is_some() {
        session.user = None;
    }
    store.insert(NAME, session).await?;
    // The layer saves with every other answer: here a login was taken out, and the provider failed.
    if status.is_server_error() { store.save().await } else { Ok(()) }
}

/// Several cookies, since browsers keep 4096 bytes of each: the logins under way, the logout under way, and who is signed in.
struct Cookies {
    jar: PrivateCookieJar,
    secure: bool,
}

const LOGINS: &str = "logins";
/// The name that the first version gave it.
const USER: &str = "person";
const LOGOUT: &str = "logout";

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Cookies {
    fn read(&self) -> Session {
        let (logins, user, logout) = (self.get(LOGINS).unwrap_or_default(), self.get(USER), self.get(LOGOUT));
        Session { logins, user, logout, signed_in: None }
    }

    /// What is no session, or not one that this version can read, is none.
    fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.jar.get(name).and_then(|cookie| serde_json::from_str(cookie.value()).ok())
    }

    fn keep(self, mut session: Session) -> Result<PrivateCookieJar, BoxError> {
        while too_large(&session.logins)? && session.logins.drop_the_oldest() {}
        let cookies = match &session.logins {
            logins if logins.is_empty() => self.remove(LOGINS),
            logins => self.add::<Logins>(LOGINS, logins)?,
        };
        let cookies = match &session.logout {
            None => cookies.remove(LOGOUT),
            Some(logout) => cookies.add(LOGOUT, logout)?,
        };
        Ok(match &session.user {
            None => cookies.remove(USER).jar,
            Some(user) => cookies.add(USER, user)?.jar,
        })
    }

    fn add<T: Serialize>(self, name: &'static str, value: &T) -> Result<Self, BoxError> {
        if too_large(value)? {
            return Err(format!("the cookie {name} would be too large").into());
        }
        let cookie = Cookie::build((name, serde_json::to_string(value)?)).path("/").http_only(true).secure(self.secure);
        let cookie = cookie.same_site(SameSite::Lax).max_age(SIGNED_IN_FOR.try_into()?);
        Ok(Self { jar: self.jar.add(cookie), ..self })
    }

    fn remove(self, name: &'static str) -> Self {
        Self { jar: self.jar.remove(Cookie::build(name).path("/")), ..self }
    }
}

fn too_large<T: Serialize>(value: &T) -> Result<bool, serde_json::Error> {
    Ok(serde_json::to_string(value)?.len() > LIMIT)
}

/// What a user reads when a store cannot be reached.
pub fn unavailable(error: &(impl std::error::Error + ?Sized)) -> Response {
    eprintln!("session: {error}");
    pages::store_unavailable().into_response()
}
