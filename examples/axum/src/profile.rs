//! The page that shows what the provider says about the user now: it needs an access token.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use oidc_proto::Remedy;

use crate::app::App;
use crate::visit::{Visit, unavailable};
use crate::web::access::{self, NoAccess};
use crate::web::pages;
use crate::web::problem::with_causes;

pub async fn profile(State(app): State<App>, visit: Visit) -> Response {
    let Some(user) = &visit.session.user else {
        return sign_in();
    };
    let provider = app.providers().title(user);
    let Some(key) = &visit.session.signed_in else {
        // There is no access token: what the ID token said is what there is.
        return pages::profile(user, provider, &user.claims).into_response();
    };
    match access::claims(&app, &user.provider, key).await {
        Ok(Some(claims)) => pages::profile(user, provider, &claims).into_response(),
        Ok(None) => pages::profile(user, provider, &user.claims).into_response(),
        Err(NoAccess::LogIn) => log_in(&app, &visit).await,
        Err(NoAccess::Later) => pages::profile_later(provider).into_response(),
        Err(NoAccess::Store(error)) => unavailable(&*error),
        Err(NoAccess::Failed(error)) => {
            eprintln!("profile: {}", with_causes(&error));
            if error.remedy() == Remedy::RetryLater {
                return pages::profile_later(provider).into_response();
            }
            pages::not_told(provider).into_response()
        }
    }
}

fn sign_in() -> Response {
    Redirect::to("/?return_to=/profile").into_response()
}

/// Without a refresh token the user stays signed in, and signs in again for a new access token: with a click, so that a provider
/// whose tokens end too soon makes no loop. Where the provider has refused the refresh token, it has taken back what was granted:
/// the session ends.
async fn log_in(app: &App, visit: &Visit) -> Response {
    let is_refused = visit.signed_in.as_ref().is_some_and(|signed_in| signed_in.session.refresh_token().is_some());
    match &visit.session.signed_in {
        Some(key) if is_refused => match app.signed_in().end(key).await {
            Ok(()) => sign_in(),
            Err(error) => unavailable(&*error),
        },
        _ => app.sign_in_page(Some("/profile")).into_response(),
    }
}
