//! The one user, and the UserInfo endpoint (OpenID Connect Core 1.0 section 5.3).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Shared;
use super::answers::{Answer, json_answer, with_headers};
use super::memory::has_value;

pub(super) const SUB: &str = "ada-1815";

/// What a scope lets a client know about the user (OpenID Connect Core 1.0 section 5.4).
pub(super) fn claims(scope: &str) -> BTreeMap<&'static str, Value> {
    let mut claims = BTreeMap::from([("sub", json!(SUB))]);
    if has_value(scope, "email") {
        claims.extend([("email", json!("ada@example.com")), ("email_verified", json!(true))]);
    }
    if has_value(scope, "profile") {
        let names = [("name", "Ada Lovelace"), ("given_name", "Ada"), ("family_name", "Lovelace")];
        claims.extend(names.map(|(claim, name)| (claim, json!(name))));
    }
    claims
}

impl Shared {
    pub(super) fn userinfo(&self, authorization: Option<&str>) -> Answer {
        let Some(access_token) = authorization.and_then(read_bearer) else {
            // RFC 6750 section 3.1: nothing was sent, so nothing is said to be wrong.
            return challenge(401, "");
        };
        match self.memory().scope_of(access_token) {
            None => challenge(401, ", error=\"invalid_token\""),
            // Core 5.3.1: the access token is of a login.
            Some(scope) if !has_value(scope, "openid") => {
                challenge(403, ", error=\"insufficient_scope\", scope=\"openid\"")
            }
            Some(scope) => json_answer(200, &json!(claims(scope))),
        }
    }
}

/// RFC 6750 section 2.1; RFC 9110 section 11.1: the scheme in any case.
fn read_bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then_some(token)
}

/// RFC 6750 section 3.
fn challenge(status: u16, error: &str) -> Answer {
    with_headers(String::new(), status, &[("WWW-Authenticate", &format!("Bearer realm=\"provider\"{error}"))])
}
