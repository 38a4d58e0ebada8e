//! What is kept of one browser, and where: on the server, or in the browser's own encrypted cookie.

use std::collections::BTreeMap;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::PrivateCookieJar;
use axum_extra::extract::cookie::{Cookie, Key, SameSite};
use oidc_proto::{AwaitingCallback, PendingLogins, Tokens};
use serde::{Deserialize, Serialize};

use crate::app::App;

#[derive(Default, Deserialize, Serialize)]
pub struct Session {
    pub logins: PendingLogins,
    /// The page that each login under way goes back to, by its state.
    return_to: BTreeMap<String, String>,
    pub person: Option<Person>,
}

/// Who is logged in: issuer and subject together, and what the pages show.
#[derive(Deserialize, Serialize)]
pub struct Person {
    pub issuer: String,
    pub subject: String,
    pub name: Option<String>,
    pub picture: Option<String>,
    /// All claims, for the page that shows them.
    pub claims: BTreeMap<String, serde_json::Value>,
}

impl Person {
    pub fn of(tokens: &Tokens) -> Self {
        let (id_token, standard) = (tokens.id_token(), tokens.id_token().standard_claims());
        Self {
            issuer: id_token.iss().to_owned(),
            subject: id_token.sub().to_owned(),
            name: standard.name.or(standard.preferred_username).or(standard.email),
            // A page loads no picture over http.
            picture: standard.picture.filter(|url| url.starts_with("https://")),
            claims: id_token.claims_as().unwrap_or_default(),
        }
    }
}

impl Session {
    pub fn begin(&mut self, awaiting: AwaitingCallback, return_to: Option<String>) {
        if let Some(path) = return_to {
            self.return_to.insert(awaiting.state().secret().to_owned(), path);
        }
        self.logins.insert(awaiting);
        // Of logins that were never finished, the pages go with them.
        while self.return_to.len() > PendingLogins::LIMIT {
            self.return_to.pop_first();
        }
    }

    /// The page that this login was to go back to.
    pub fn page_after(&mut self, awaiting: &AwaitingCallback) -> Option<String> {
        self.return_to.remove(awaiting.state().secret())
    }
}

/// A request's session, and where it came from.
pub struct Visit {
    pub session: Session,
    kept: Kept,
}

enum Kept {
    OnTheServer(tower_sessions::Session),
    InTheBrowser(PrivateCookieJar, bool),
}

const NAME: &str = "session";

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let on_the_server =
            <tower_sessions::Session as FromRequestParts<App>>::from_request_parts(parts, app).await.ok();
        if let Some(store) = on_the_server.filter(|_| app.cookie_key().is_none()) {
            let session = store.get(NAME).await.map_err(|error| unavailable(&error))?.unwrap_or_default();
            return Ok(Self { session, kept: Kept::OnTheServer(store) });
        }
        let jar = PrivateCookieJar::from_headers(&parts.headers, Key::from_ref(app));
        // What is no session, or one that another version stored, is an empty one.
        let session = jar.get(NAME).and_then(|cookie| serde_json::from_str(cookie.value()).ok()).unwrap_or_default();
        Ok(Self { session, kept: Kept::InTheBrowser(jar, app.secure()) })
    }
}

impl Visit {
    /// Keeps the session and answers.
    pub async fn answer(self, response: impl IntoResponse) -> Response {
        match self.kept {
            Kept::OnTheServer(store) => match store.insert(NAME, &self.session).await {
                Ok(()) => response.into_response(),
                Err(error) => unavailable(&error),
            },
            Kept::InTheBrowser(jar, secure) => match serde_json::to_string(&self.session) {
                Ok(text) => {
                    let cookie = Cookie::build((NAME, text)).path("/").http_only(true).secure(secure);
                    (jar.add(cookie.same_site(SameSite::Lax)), response).into_response()
                }
                Err(error) => unavailable(&error),
            },
        }
    }

    /// A new id, so that one that somebody else knew before the login is worth nothing after it.
    pub async fn renew(&self) {
        if let Kept::OnTheServer(store) = &self.kept
            && let Err(error) = store.cycle_id().await
        {
            eprintln!("session: {error}");
        }
    }
}

fn unavailable(error: &dyn std::error::Error) -> Response {
    eprintln!("session: {error}");
    (StatusCode::SERVICE_UNAVAILABLE, "The session store is not available. Please try again in a minute.")
        .into_response()
}
