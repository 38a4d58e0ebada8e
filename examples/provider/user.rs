//! The one user, and the UserInfo endpoint (OpenID Connect Core 1.0 section 5.3).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Shared;
use super::answers::{Answer, Call, json_answer, with_headers};
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
        let header = call.authorization.as_deref().and_then(|header| header.split_once(' '));
        // RFC 9110 section 11.1: the scheme in any case.
        let scheme = |right| header.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(right)).map(|(_, token)| token);
        let (access_token, jkt) = match (scheme("Bearer"), scheme("DPoP")) {
            (Some(access_token), _) => (access_token, None),
            (None, Some(access_token)) => match self.proven_key(call, Some(access_token)) {
                Ok(Some(jkt)) => (access_token, Some(jkt)),
                Ok(None) => return challenge("DPoP", 401, ", error=\"invalid_dpop_proof\""),
                Err((_, error)) => return challenge("DPoP", 401, &format!(", error=\"{error}\"")),
            },
            // RFC 6750 section 3.1: nothing was sent, so nothing is said to be wrong.
            (None, None) => return challenge("Bearer", 401, ""),
        };
        // RFC 9449 section 7.1: a token that is bound comes with the proof of its key, and no other does.
        match self.memory().active(access_token).filter(|token| token.jkt == jkt) {
            None => challenge("Bearer", 401, ", error=\"invalid_token\""),
            // Core 5.3.1: the access token is of a login.
            Some(token) if !has_value(&token.scope, "openid") => {
                challenge("Bearer", 403, ", error=\"insufficient_scope\", scope=\"openid\"")
            }
            Some(token) => json_answer(200, &json!(claims(&token.scope))),
        }
    }
}

/// RFC 6750 section 3, RFC 9449 section 7.1.
fn challenge(scheme: &str, status: u16, error: &str) -> Answer {
    with_headers(String::new(), status, &[("WWW-Authenticate", &format!("{scheme} realm=\"provider\"{error}"))])
}
