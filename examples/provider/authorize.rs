//! The authorization endpoint (OpenID Connect Core 1.0 section 3.1.2).

use std::time::Instant;

use super::answers::{Answer, Parameters, escape, html_page, page, parameters, redirect};
use super::memory::{CODE_LIFETIME, Code, Grant, has_value, now};
use super::{Shared, keys};

impl Shared {
    pub(super) fn authorize(&self, query: &str) -> Answer {
        let Some(parameters) = parameters(query) else {
            return page(400, "A parameter has a duplicate.");
        };
        let get = |name: &str| parameters.get(name).map(String::as_str);
        // RFC 6749 section 4.1.2.1: where client or redirect URI are wrong, the browser is sent nowhere.
        if get("client_id") != Some(&self.client.client_id) || get("redirect_uri") != Some(&self.client.redirect_uri) {
            return page(400, "This client, or its redirect URI, is not registered.");
        }
        let result = match refuse(&parameters) {
            Some((error, description)) => {
                vec![("error", error.to_owned()), ("error_description", description.to_owned())]
            }
            None => match self.make_code(&parameters) {
                Some(code) => vec![("code", code)],
                None => vec![("error", "server_error".to_owned())],
            },
        };
        self.send_back(get("state"), get("response_mode"), result)
    }

    fn make_code(&self, parameters: &Parameters) -> Option<String> {
        let get = |name: &str| parameters.get(name).cloned();
        let code = keys::random_text()?;
        let mut memory = self.memory();
        // Core 11: `offline_access` needs the user's consent. This user has consented to everything beforehand.
        let grant =
            Grant { scope: get("scope")?, sid: memory.sid()?, auth_time: now()?, refresh_token: None, jkt: None };
        let stands_for = Code {
            redirect_uri: self.client.redirect_uri.clone(),
            code_challenge: get("code_challenge")?,
            nonce: get("nonce"),
            dpop_jkt: get("dpop_jkt"),
            ends: Instant::now().checked_add(CODE_LIFETIME)?,
            grant,
        };
        memory.codes.insert(code.clone(), stands_for);
        Some(code)
    }

    /// Sends the browser back, with state and issuer (RFC 6749 section 4.1.2, RFC 9207 section 2).
    fn send_back(&self, state: Option<&str>, mode: Option<&str>, mut result: Vec<(&str, String)>) -> Answer {
        if let Some(state) = state {
            result.push(("state", state.to_owned()));
        }
        result.push(("iss", self.issuer.clone()));
        let redirect_uri = &self.client.redirect_uri;
        if mode == Some("form_post") {
            return form_page(redirect_uri, &result);
        }
        redirect(redirect_uri, &result)
    }
}

/// What is wrong with the request, in the words of OAuth 2.0.
fn refuse(parameters: &Parameters) -> Option<(&'static str, &'static str)> {
    let get = |name: &str| parameters.get(name).map(String::as_str);
    let scope = get("scope").unwrap_or_default();
    if get("response_type") != Some("code") {
        return Some(("unsupported_response_type", "only code is supported"));
    }
    if !has_value(scope, "openid") {
        return Some(("invalid_scope", "openid is required"));
    }
    // RFC 9700 section 2.1.1: PKCE for every client.
    if get("code_challenge").is_none_or(|challenge| challenge.len() != 43)
        || get("code_challenge_method") != Some("S256")
    {
        return Some(("invalid_request", "PKCE with S256 is required"));
    }
    if get("login_hint") == Some("deny") {
        return Some(("access_denied", "the user said no"));
    }
    None
}

/// OAuth 2.0 Form Post Response Mode section 2: a form that posts itself.
fn form_page(redirect_uri: &str, fields: &[(&str, String)]) -> Answer {
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
