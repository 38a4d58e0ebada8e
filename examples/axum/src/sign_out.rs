//! How a user is signed out: here first, then at the provider; or because the provider says so.

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use oidc_proto::LogoutAnswer;

use crate::app::{App, no_such_provider};
use crate::pages;
use crate::problem::with_causes;
use crate::signed_in::Ended;
use crate::visit::{Visit, unavailable};

/// For a user who opens the address of the button.
pub async fn not_a_link() -> (StatusCode, Html<String>) {
    (StatusCode::METHOD_NOT_ALLOWED, pages::message("Use the Sign out button."))
}

/// Ends the session here, whatever happens afterwards; then leads to the provider, to end the session there.
pub async fn log_out(State(app): State<App>, visit: Visit) -> Response {
    if let Some(key) = &visit.session.signed_in
        && let Err(error) = app.signed_in().end(key).await
    {
        return unavailable(&*error);
    }
    let provider = visit.session.user.as_ref().and_then(|user| app.provider_now(&user.provider));
    let Some(provider) = provider else {
        return visit.end(Redirect::to("/")).await;
    };
    match provider.log_out(visit.signed_in.as_ref().map(|signed_in| &signed_in.session)) {
        Ok(Some((url, awaiting))) => {
            let page = pages::signing_out(&provider.title, &url);
            visit.end_with(awaiting, page).await
        }
        Ok(None) => visit.end(Redirect::to("/")).await,
        Err(error) => {
            eprintln!("logout: {}", with_causes(&error));
            visit.end(Redirect::to("/")).await
        }
    }
}

/// The way back from the provider. Whether this application sent the browser there or not, nobody is signed in or out here.
pub async fn signed_out(State(app): State<App>, Path(name): Path<String>, uri: Uri, mut visit: Visit) -> Response {
    let Some(provider) = app.provider_now(&name) else {
        return no_such_provider();
    };
    let Some(awaiting) = visit.session.logout.clone() else {
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
    if app.provider(&name).is_none() {
        return no_such_provider();
    }
    into_response(end_sessions(&app, &name, &body).await)
}

/// A logout token is a few hundred bytes.
pub fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(64 * 1024)
}

async fn end_sessions(app: &App, name: &str, body: &[u8]) -> LogoutAnswer {
    let Some(provider) = app.provider_now(name) else {
        return LogoutAnswer::Failed;
    };
    let token = match provider.logout_token(body).await {
        Ok(token) => token,
        Err(error) => {
            eprintln!("back-channel logout: {}", with_causes(&error));
            return LogoutAnswer::Refused;
        }
    };
    match app.signed_in().end_all(name, &token, app.clock().now()).await {
        Ok(Ended::Sessions(_)) => LogoutAnswer::LoggedOut,
        Ok(Ended::CameBefore) => {
            eprintln!("back-channel logout: the token came before");
            LogoutAnswer::Refused
        }
        Ok(Ended::CannotBe) => {
            eprintln!("back-channel logout: sessions in cookies cannot be ended");
            LogoutAnswer::Failed
        }
        Err(error) => {
            eprintln!("back-channel logout: {error}");
            LogoutAnswer::Failed
        }
    }
}

fn into_response(answer: LogoutAnswer) -> Response {
    answer.into_response().map(Body::from)
}
