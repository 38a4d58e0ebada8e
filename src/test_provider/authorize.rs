//! The authorization endpoint (OpenID Connect Core 1.0 section 3.1.2).

use std::time::Duration;

use http::Response;

use super::fault::{Endpoint, Fault};
use super::memory::{Code, Grant, UserSession};
use super::message::{Parameters, escape, has_value, html_page, redirect, wrong};
use super::provider::TestProvider;
use crate::ground::form::Name;
use crate::ground::vocabulary::OAuthErrorCode;

impl TestProvider {
    pub(super) fn authorize(&mut self, parameters: &str, now: Duration) -> Response<Vec<u8>> {
        let Some(parameters) = Parameters::read(parameters) else {
            return wrong("A parameter has a duplicate.");
        };
        // RFC 6749 section 4.1.2.1: where client or redirect URI are wrong, the browser is sent nowhere.
        if parameters.get("client_id") != Some(&self.client.id) {
            return wrong("This client is not registered.");
        }
        let Some(redirect_uri) = parameters.get("redirect_uri").filter(|uri| self.client.has_redirect_uri(uri)) else {
            return wrong("This redirect URI is not registered.");
        };
        let fault = self.faults.oauth_error(Endpoint::Authorization);
        let fault = fault.map(|error| (error, "this is a fault that the test asked for"));
        let result = match fault.or_else(|| self.refuse(&parameters)) {
            Some((error, description)) => vec![("error", error.into()), ("error_description", description.to_owned())],
            None => vec![("code", self.make_code(&parameters, redirect_uri, now))],
        };
        self.send_back(redirect_uri, parameters.get("state"), parameters.get("response_mode"), result)
    }

    /// What is wrong with the request, in the words of OAuth 2.0.
    fn refuse(&self, parameters: &Parameters) -> Option<(OAuthErrorCode, &'static str)> {
        if parameters.get("response_type") != Some("code") {
            return Some((OAuthErrorCode::UNSUPPORTED_RESPONSE_TYPE, "only code is supported"));
        }
        // RFC 9700 section 2.1.1: PKCE for every client.
        if parameters.get("code_challenge").is_none_or(|challenge| challenge.len() != 43)
            || parameters.get("code_challenge_method") != Some("S256")
        {
            return Some((OAuthErrorCode::INVALID_REQUEST, "PKCE with S256 is required"));
        }
        // Core 3.1.2.6: nobody is logged in, and nobody may be asked.
        if parameters.get("prompt") == Some("none") && self.memory.session.is_none() {
            return Some((OAuthErrorCode::LOGIN_REQUIRED, "the user has no session"));
        }
        None
    }

    fn make_code(&mut self, parameters: &Parameters, redirect_uri: &str, now: Duration) -> String {
        let get = |name: &str| parameters.get(name).map(str::to_owned);
        let grant = Grant {
            user: self.user.clone(),
            // Core 11: `offline_access` needs the user's consent. This user has consented to everything beforehand.
            scope: get("scope").unwrap_or_default(),
            session: self.log_in(parameters, now),
            acr: parameters.get("acr_values").and_then(|values| values.split(' ').next()).map(str::to_owned),
            refresh_token: None,
            jkt: None,
        };
        let code = self.memory.draw();
        let stands_for = Code {
            redirect_uri: redirect_uri.to_owned(),
            code_challenge: get("code_challenge").unwrap_or_default(),
            nonce: get("nonce"),
            dpop_jkt: get("dpop_jkt"),
            ends: now.saturating_add(CODE_LIFETIME),
            grant,
        };
        self.memory.codes.insert(code.clone(), stands_for);
        code
    }

    /// The user's session. They log in again where the client wants it (Core 3.1.2.1, `prompt` and `max_age`).
    fn log_in(&mut self, parameters: &Parameters, now: Duration) -> UserSession {
        let mut session = self.memory.session(now);
        let max_age = parameters.get("max_age").and_then(|text| text.parse().ok()).map(Duration::from_secs);
        let is_too_old = max_age.is_some_and(|max_age| session.auth_time.saturating_add(max_age) <= now);
        if is_too_old || parameters.get("prompt").is_some_and(|prompt| has_value(prompt, "login")) {
            session.auth_time = now;
            self.memory.session = Some(session.clone());
        }
        session
    }

    /// Sends the browser back, with state and issuer (RFC 6749 section 4.1.2, RFC 9207 section 2).
    fn send_back(
        &mut self,
        redirect_uri: &str,
        state: Option<&str>,
        mode: Option<&str>,
        mut result: Vec<(&'static str, String)>,
    ) -> Response<Vec<u8>> {
        let wrong_state = self.faults.take(|fault| *fault == Fault::WrongState).map(|_| "another-state");
        result.extend(wrong_state.or(state).map(|state| ("state", state.to_owned())));
        result.push(("iss", self.issuer.clone()));
        if mode == Some("form_post") {
            return form_page(redirect_uri, &result);
        }
        let result: Vec<_> = result.into_iter().map(|(name, value)| (Name::Known(name), value)).collect();
        redirect(redirect_uri, &result)
    }
}

/// RFC 6749 section 4.1.2: at most ten minutes.
const CODE_LIFETIME: Duration = Duration::from_secs(60);

/// OAuth 2.0 Form Post Response Mode section 2: a form that posts itself.
fn form_page(redirect_uri: &str, fields: &[(&str, String)]) -> Response<Vec<u8>> {
    let input = |(name, value): &(&str, String)| {
        format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
    };
    let inputs: String = fields.iter().map(input).collect();
    html_page(&format!(
        "<body onload=\"document.forms[0].submit()\"><form method=\"post\" action=\"{}\">{inputs}\
         <noscript><button>Continue</button></noscript></form>",
        escape(redirect_uri)
    ))
}
