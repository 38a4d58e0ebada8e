//! The device flow, as the user sees it (RFC 8628 section 3.3): a page for the code of the device, and for the decision.

use std::time::{Duration, SystemTime};

use http::{Response, StatusCode};

use super::memory::{Decision, Grant};
use super::message::{Parameters, escape, html_page, page, wrong};
use super::provider::TestProvider;
use crate::ground::time::since_epoch;

impl TestProvider {
    /// The user types the code that their device shows, and allows the login. `false`: the code is unknown, has been used, or
    /// is too old.
    pub fn allow_device(&mut self, user_code: &str, now: SystemTime) -> bool {
        self.decide(user_code, true, since_epoch(now))
    }

    /// The same, but the user denies the login.
    pub fn deny_device(&mut self, user_code: &str, now: SystemTime) -> bool {
        self.decide(user_code, false, since_epoch(now))
    }

    pub(super) fn device_page(&mut self, query: &str, now: Duration) -> Response<Vec<u8>> {
        let Some(parameters) = Parameters::read(query) else {
            return wrong("A parameter has a duplicate.");
        };
        let Some(typed) = parameters.get("user_code") else {
            return html_page("<form>The code: <input name=\"user_code\" autofocus> <button>Continue</button></form>");
        };
        match self.memory.undecided_device(typed, now) {
            Some(device) => html_page(&format!(
                "<form method=\"post\"><p>Does your device show the code {code}? {client} wants: {scope}</p>\
                 <input type=\"hidden\" name=\"user_code\" value=\"{code}\">\
                 <button name=\"decision\" value=\"allow\">Allow</button>\
                 <button name=\"decision\" value=\"deny\">Deny</button></form>",
                code = device.user_code,
                client = escape(&self.client.id),
                scope = escape(&device.scope),
            )),
            None => wrong(UNKNOWN_CODE),
        }
    }

    pub(super) fn device_form(&mut self, form: &str, now: Duration) -> Response<Vec<u8>> {
        let Some(parameters) = Parameters::read(form) else {
            return wrong("A parameter has a duplicate.");
        };
        let (is_allowed, text) = match parameters.get("decision") {
            Some("allow") => (true, "Your device is logged in."),
            Some("deny") => (false, "Your device is not logged in."),
            _ => return wrong("Allow, or deny?"),
        };
        let is_known = self.decide(parameters.get("user_code").unwrap_or_default(), is_allowed, now);
        if is_known { page(StatusCode::OK, text) } else { wrong(UNKNOWN_CODE) }
    }

    fn decide(&mut self, user_code: &str, is_allowed: bool, now: Duration) -> bool {
        let session = self.memory.session(now);
        let Some(device) = self.memory.undecided_device(user_code, now) else {
            return false;
        };
        let (user, scope) = (self.user.clone(), device.scope.clone());
        let grant = Grant { user, scope, session, acr: None, refresh_token: None, jkt: None };
        device.decision = if is_allowed { Decision::Allowed(grant) } else { Decision::Denied };
        true
    }
}

const UNKNOWN_CODE: &str = "This code is unknown, has been used, or is too old.";
