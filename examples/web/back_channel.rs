//! The provider says that a user has logged out (OpenID Connect Back-Channel Logout 1.0). No browser is involved, and no cookie.

use oidc_proto::LogoutAnswer;

use super::kept::Ended;
use super::problem::with_causes;
use crate::app::App;

/// What is answered to the request that the provider posted.
pub async fn end_sessions(app: &App, name: &str, body: &[u8]) -> LogoutAnswer {
    let Some(provider) = app.providers().ready(name) else {
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
