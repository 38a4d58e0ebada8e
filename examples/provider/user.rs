//! The one user, and the UserInfo endpoint (OpenID Connect Core 1.0 section 5.3).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Shared;
use super::answers::{Answer, Call, json_answer};
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
    pub(super) fn userinfo(&self, call: &Call) -> Answer {
        // Core 5.3.1: the access token is of a login.
        match self.scope_of_call(call, "openid") {
            Ok(scope) => json_answer(200, &json!(claims(&scope))),
            Err(answer) => answer,
        }
    }
}
