//! The session of a request, and the cookie that it came by.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse};
use oidc_proto::{AwaitingLogout, BoxError};

use crate::answer;
use crate::app::App;
use crate::browsers::random_id;
use crate::signed_in::SignedIn;
use crate::web::pages;
use crate::web::session::Session;

/// A request's session.
pub struct Visit {
    app: App,
    /// Of the session, where the browser has one.
    id: Option<String>,
    pub session: Session,
    /// The tokens of the signed-in user.
    pub signed_in: Option<SignedIn>,
}

const NAME: &str = "id";

impl Visit {
    pub async fn of(app: &App, request: &HttpRequest) -> Self {
        let now = app.clock().now();
        let id = request.cookie(NAME).map(|cookie| cookie.value().to_owned());
        let mut session = id.as_deref().map(|id| app.browsers().read(id, now)).unwrap_or_default();
        let mut signed_in = None;
        if let Some(key) = &session.signed_in {
            signed_in = app.signed_in().read(key, now).await.unwrap_or_default();
        }
        // The provider may have ended it.
        session.user = signed_in.as_ref().map(|signed_in| signed_in.user.clone());
        Self { app: app.clone(), id, session, signed_in }
    }

    /// Keeps the session and answers.
    pub fn answer(self, response: HttpResponse) -> HttpResponse {
        self.keep(response).unwrap_or_else(|error| {
            eprintln!("session: {error}");
            answer::page(pages::store_unavailable())
        })
    }

    /// The same, under a new id: an id that an attacker knew before the login is useless after it.
    pub fn answer_renewed(mut self, response: HttpResponse) -> HttpResponse {
        if let Some(id) = self.id.take() {
            self.app.browsers().forget(&id);
        }
        self.answer(response)
    }

    /// Ends the session: nothing of it is kept, and the browser is told to drop its cookie. One that sent no cookie is told
    /// nothing: another site can make it come here without, and that must not sign a user out.
    pub fn end(self, mut response: HttpResponse) -> HttpResponse {
        if let Some(id) = &self.id {
            self.app.browsers().forget(id);
            let mut cookie = self.cookie("");
            cookie.make_removal();
            // A cookie that cannot be written stays in the browser, and is of no use.
            let _ = response.add_cookie(&cookie);
        }
        response
    }

    /// The same, where the browser is to come back from a logout at the provider: of the new session, that is all.
    pub fn end_with(mut self, logout: AwaitingLogout, response: HttpResponse) -> HttpResponse {
        self.session = Session { logout: Some(logout), ..Session::default() };
        self.answer_renewed(response)
    }

    fn keep(mut self, mut response: HttpResponse) -> Result<HttpResponse, BoxError> {
        // The user is kept apart, with the tokens.
        self.session.user = None;
        let now = self.app.clock().now();
        let id = self.id.take().map_or_else(random_id, Ok)?;
        self.app.browsers().keep(&id, &self.session, now)?;
        response.add_cookie(&self.cookie(&id))?;
        Ok(response)
    }

    /// The cookie is `Lax`: the browser comes back from the provider with it, and no other site can post with it. That is what
    /// keeps another site from signing a user out.
    fn cookie(&self, id: &str) -> Cookie<'static> {
        let cookie = Cookie::build(NAME, id.to_owned()).path("/").http_only(true).same_site(SameSite::Lax);
        cookie.secure(self.app.secure()).finish()
    }
}
