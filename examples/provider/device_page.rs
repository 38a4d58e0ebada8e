//! The device flow, as the user sees it (RFC 8628 section 3.3): a page for the code of the device, and for the decision.
//!
//! A real page makes sure who the user is first, and that the form was sent by this page and not by another site.

use super::Shared;
use super::answers::{Answer, escape, html_page, page, parameters};
use super::memory::{Decision, Grant, now};

impl Shared {
    pub(super) fn device_page(&self, query: &str) -> Answer {
        let Some(parameters) = parameters(query) else {
            return page(400, "A parameter has a duplicate.");
        };
        let Some(typed) = parameters.get("user_code") else {
            return html_page("<form>The code: <input name=\"user_code\" autofocus> <button>Continue</button></form>");
        };
        match self.memory().undecided_device(typed) {
            Some(device) => html_page(&format!(
                "<form method=\"post\"><p>Does your device show the code {code}? {client} wants: {scope}</p>\
                 <input type=\"hidden\" name=\"user_code\" value=\"{code}\">\
                 <button name=\"decision\" value=\"allow\">Allow</button>\
                 <button name=\"decision\" value=\"deny\">Deny</button></form>",
                code = device.user_code,
                client = escape(&self.client.client_id),
                scope = escape(&device.scope),
            )),
            None => page(400, UNKNOWN_CODE),
        }
    }

    pub(super) fn decide_about_device(&self, form: &str) -> Answer {
        let Some(parameters) = parameters(form) else {
            return page(400, "A parameter has a duplicate.");
        };
        let mut memory = self.memory();
        let Some((sid, auth_time)) = memory.sid().zip(now()) else {
            return page(500, "Something is wrong here.");
        };
        let device = parameters.get("user_code").and_then(|typed| memory.undecided_device(typed));
        let Some(device) = device else {
            return page(400, UNKNOWN_CODE);
        };
        let (decision, text) = match parameters.get("decision").map(String::as_str) {
            Some("allow") => {
                let scope = device.scope.clone();
                let grant = Grant { scope, sid, auth_time, refresh_token: None, jkt: None };
                (Decision::Allowed(grant), "Your device is logged in.")
            }
            Some("deny") => (Decision::Denied, "Your device is not logged in."),
            _ => return page(400, "Allow, or deny?"),
        };
        device.decision = decision;
        page(200, text)
    }
}

const UNKNOWN_CODE: &str = "This code is unknown, has been used, or is too old.";
