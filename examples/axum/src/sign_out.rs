//! How a user is signed out: here first, then at the provider; or because the provider says so.

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use oidc_proto::LogoutAnswer;

use crate::app::{App, no_such_provider};
use crate::visit::{Visit, unavailable};
use crate::web::pages::Page;
use crate::web::problem::with_causes;
use crate::web::{back_channel, pages};

pub async fn not_a_link() -> Page {
    pages::not_a_link()
}

/// Ends the session here, whatever happens afterwards; then leads to the provider, to end the session there.
pub async fn log_out(State(app): State<App>, visit: Visit) -> Response {
    if let Some(key) = &visit.session.signed_in
        && let Err(error) = app.signed_in().end(key).await
    {
        return unavailable(&*error);
    }
    let Some(user) = &visit.session.user else {
        return visit.end(Redirect::to("/")).await;
    };
    let signed_out_here = pages::signed_out_here(app.providers().title(user));
    let Some(provider) = app.providers().ready(&user.provider) else {
        return visit.end(signed_out_here).await;
    };
    match provider.log_out(visit.signed_in.as_ref().map(|signed_in| &signed_in.session)) {
        Ok(Some((url, awaiting))) => {
            let page = pages::signing_out(&provider.title, &url);
            visit.end_with(awaiting, page).await
        }
        Ok(None) => visit.end(signed_out_here).await,
        Err(error) => {
            eprintln!("logout: {}", with_causes(&error));
            visit.end(signed_out_here).await
        }
    }
}

/// The way back from the provider. Whether this application sent the browser there or not, nobody is signed in or out here.
pub async fn signed_out(State(app): State<App>, Path(name): Path<String>, uri: Uri, mut visit: Visit) -> Response {
    let Some(provider) = app.providers().get(&name) else {
        return no_such_provider();
    };
    let (Some(provider), Some(awaiting)) = (provider.ready(), visit.session.logout.clone()) else {
        return Redirect::to("/").into_response();
    };
    match provider.logged_out(awaiting, &uri.to_string()) {
        Ok(()) => {
            visit.session.logout = None;
            let page = pages::signed_out(&provider.title);
            if visit.session.is_empty() { visit.end(page).await } else { visit.answer(page).await }
        }
        Err(error) => {
            eprintln!("logout: {}", with_causes(&error.into()));
            Redirect::to("/").into_response()
        }
    }
}

/// The provider posts a logout token (OpenID Connect Back-Channel Logout 1.0). No browser is involved, and no cookie.
pub async fn told_by_the_provider(State(app): State<App>, Path(name): Path<String>, body: Bytes) -> Response {
    if app.providers().get(&name).is_none() {
        return no_such_provider();
    }
    into_response(back_channel::end_sessions(&app, &name, &body).await)
}

/// A logout token is a few hundred bytes.
pub fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(64 * 1024)
}

fn into_response(answer: LogoutAnswer) -> Response {
    answer.into_response().map(Body::from)
}
