//! What an access token opens (RFC 6750, RFC 9449 section 7), and the API that takes tokens of this provider.

use serde_json::json;

use super::Shared;
use super::answers::{Answer, Call, json_answer, with_headers};
use super::memory::has_value;

/// The scope of the API.
pub(super) const ORDERS: &str = "orders:read";

impl Shared {
    /// The API: how many orders there are.
    pub(super) fn orders(&self, call: &Call) -> Answer {
        match self.scope_of_call(call, ORDERS) {
            Ok(_) => json_answer(200, &json!({ "orders": 3 })),
            Err(answer) => answer,
        }
    }

    /// The scope of the access token that a call came with, where it has this value; else what refuses the call.
    pub(super) fn scope_of_call(&self, call: &Call, needed: &str) -> Result<String, Answer> {
        let header = call.authorization.as_deref().and_then(|header| header.split_once(' '));
        // RFC 9110 section 11.1: the scheme in any case.
        let scheme = |right| header.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(right)).map(|(_, token)| token);
        let (access_token, jkt) = match (scheme("Bearer"), scheme("DPoP")) {
            (Some(access_token), _) => (access_token, None),
            (None, Some(access_token)) => match self.proven_key(call, Some(access_token)) {
                Ok(Some(jkt)) => (access_token, Some(jkt)),
                Ok(None) => return Err(challenge("DPoP", 401, ", error=\"invalid_dpop_proof\"")),
                Err((_, error)) => return Err(challenge("DPoP", 401, &format!(", error=\"{error}\""))),
            },
            // RFC 6750 section 3.1: nothing was sent, so nothing is said to be wrong.
            (None, None) => return Err(challenge("Bearer", 401, "")),
        };
        // RFC 9449 section 7.1: a token that is bound comes with the proof of its key, and no other does.
        match self.memory().active(access_token).filter(|token| token.jkt == jkt) {
            None => Err(challenge("Bearer", 401, ", error=\"invalid_token\"")),
            Some(token) if !has_value(&token.scope, needed) => {
                Err(challenge("Bearer", 403, &format!(", error=\"insufficient_scope\", scope=\"{needed}\"")))
            }
            Some(token) => Ok(token.scope.clone()),
        }
    }
}

/// RFC 6750 section 3, RFC 9449 section 7.1.
fn challenge(scheme: &str, status: u16, error: &str) -> Answer {
    with_headers(String::new(), status, &[("WWW-Authenticate", &format!("{scheme} realm=\"provider\"{error}"))])
}
