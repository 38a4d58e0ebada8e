//! The end of the user's session (OpenID Connect RP-Initiated Logout 1.0), and the notice of it (Back-Channel Logout 1.0).

use std::time::{Duration, SystemTime};

use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use serde_json::{Map, Value, json};

use super::memory::UserSession;
use super::message::{Parameters, page, redirect, wrong};
use super::provider::{TestProvider, claims_of, seconds};
use crate::ground::form::{self, Name};
use crate::ground::time::since_epoch;
use crate::ground::vocabulary::OAuthErrorCode;

impl TestProvider {
    /// The user logs out at the provider itself. Where the client has a `backchannel_logout_uri`, a logout token is ready for
    /// [`poll_back_channel`](Self::poll_back_channel). `false`: the user has no session.
    pub fn log_out(&mut self, now: SystemTime) -> bool {
        let session = self.memory.session.take();
        if let Some(session) = &session {
            self.notify_client(session, since_epoch(now));
        }
        session.is_some()
    }

    /// RP-Initiated Logout 1.0 section 2. Where the request is wrong, the browser is sent nowhere.
    pub(super) fn end_session(&mut self, parameters: &str, now: Duration) -> Response<Vec<u8>> {
        let Some(parameters) = Parameters::read(parameters) else {
            return wrong("A parameter has a duplicate.");
        };
        if parameters.get("client_id").is_some_and(|client_id| client_id != self.client.id) {
            return wrong("This client is not registered.");
        }
        // Section 3: an exact comparison, so that nobody makes the provider send its users anywhere.
        let way_back = parameters.get("post_logout_redirect_uri");
        let is_registered =
            |uri: &str| self.client.post_logout_redirect_uris.iter().any(|registered| registered == uri);
        if way_back.is_some_and(|uri| !is_registered(uri)) {
            return wrong("This post_logout_redirect_uri is not registered.");
        }
        // Section 2: without a hint, a provider has to ask the user. This one asks nobody.
        let Some(sid) = parameters.get("id_token_hint").and_then(|hint| self.session_of_hint(hint)) else {
            return wrong("The id_token_hint is missing, or is no ID token of this client.");
        };
        // Section 2: the ID token of a session that is over ends no other one.
        if let Some(session) = self.memory.session.take_if(|session| session.sid == sid) {
            self.notify_client(&session, now);
        }
        let state: Vec<_> =
            parameters.get("state").map(|state| (Name::Known("state"), state.to_owned())).into_iter().collect();
        way_back.map_or_else(|| page(StatusCode::OK, "You are logged out."), |uri| redirect(uri, &state))
    }

    /// The `sid` of an ID token that this provider issued to this client. It may have expired: a session often outlives
    /// its ID token (RP-Initiated Logout 1.0 section 2).
    fn session_of_hint(&self, hint: &str) -> Option<String> {
        let claims = claims_of(hint, "JWT", &self.public_keys)?;
        let is = |claim: &str, right: &str| claims.get(claim).and_then(Value::as_str) == Some(right);
        let is_ours = is("iss", &self.issuer) && is("aud", &self.client.id);
        claims.get("sid").and_then(Value::as_str).filter(|_| is_ours).map(str::to_owned)
    }

    /// Back-Channel Logout 1.0 section 2.5.
    fn notify_client(&mut self, session: &UserSession, now: Duration) {
        let Some(uri) = self.client.backchannel_logout_uri.clone() else { return };
        let Ok(token) = self.logout_token(session, now) else { return };
        let body = form::body(&[(Name::Known("logout_token"), token)]).into_bytes();
        let request = Request::post(uri).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        self.back_channel.extend(request);
    }

    /// Back-Channel Logout 1.0 section 2.4.
    fn logout_token(&mut self, session: &UserSession, now: Duration) -> Result<String, OAuthErrorCode> {
        let claims = [
            ("iss", Value::from(self.issuer.as_str())),
            ("aud", Value::from(self.client.id.as_str())),
            ("iat", seconds(now)),
            ("exp", seconds(now.saturating_add(LOGOUT_TOKEN_LIFETIME))),
            ("jti", Value::from(self.memory.draw())),
            ("sub", Value::from(self.user.sub())),
            ("sid", Value::from(session.sid.as_str())),
            ("events", json!({ "http://schemas.openid.net/event/backchannel-logout": {} })),
        ];
        let claims: Map<_, _> = claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.sign_jwt("logout+jwt", claims)
    }
}

/// Section 2.4: two minutes at most.
const LOGOUT_TOKEN_LIFETIME: Duration = Duration::from_secs(120);
