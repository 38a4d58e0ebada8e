//! What an access token opens (RFC 6750, RFC 9449 section 7): the UserInfo endpoint, and an API that takes tokens of this provider.

use std::time::SystemTime;

use http::{Request, Response, StatusCode};
use serde_json::Value;

use super::fault::Endpoint;
use super::memory::AccessToken;
use super::message::{Call, challenge, has_value, json_answer};
use super::provider::TestProvider;
use crate::ground::vocabulary::OAuthErrorCode;

impl TestProvider {
    /// How an API that takes tokens of this provider refuses a call (RFC 6750 section 3): because the access token is
    /// missing, has expired or lacks a value of the scope, or a proof (RFC 9449) is missing or wrong. `None`: the token
    /// is good. A test that plays an API asks this first.
    pub fn refuse_call(
        &mut self,
        request: &Request<Vec<u8>>,
        scope: &str,
        now: SystemTime,
    ) -> Option<Response<Vec<u8>>> {
        match self.call(request, now) {
            Ok(call) => self.token_of_call(&call, scope).err().map(|refused| refused.answer(scope)),
            Err(_) => Some(Refused { scheme: "Bearer", error: Some(OAuthErrorCode::INVALID_REQUEST) }.answer(scope)),
        }
    }

    /// OpenID Connect Core 1.0 section 5.3.
    pub(super) fn userinfo(&mut self, call: &Call<'_>) -> Response<Vec<u8>> {
        // Core 5.3.1: the access token is of a login.
        const SCOPE: &str = "openid";
        if let Some(error) = self.faults.oauth_error(Endpoint::UserInfo) {
            return challenge("Bearer", Some(&error), SCOPE);
        }
        let token = match self.token_of_call(call, SCOPE) {
            Ok(token) => token,
            Err(refused) => return refused.answer(SCOPE),
        };
        match token.grant.as_ref().and_then(|grant| self.memory.grants.get(grant)) {
            Some(grant) => json_answer(StatusCode::OK, &Value::Object(grant.user.claims_for(&token.scope))),
            None => challenge("Bearer", Some(&OAuthErrorCode::INVALID_TOKEN), SCOPE),
        }
    }

    /// The access token that a call came with, where it has this value of the scope.
    fn token_of_call(&mut self, call: &Call<'_>, needed: &str) -> Result<AccessToken, Refused> {
        let header = call.authorization().and_then(|header| header.split_once(' '));
        // RFC 9110 section 11.1: the scheme in any case.
        let scheme = |right| header.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(right)).map(|(_, token)| token);
        let refused = |scheme, error| Refused { scheme, error: Some(error) };
        let (access_token, jkt) = match (scheme("Bearer"), scheme("DPoP")) {
            (Some(access_token), _) => (access_token, None),
            (None, Some(access_token)) => match self.proven_key(call, Some(access_token)) {
                Ok(Some(jkt)) => (access_token, Some(jkt)),
                Ok(None) => return Err(refused("DPoP", OAuthErrorCode::from("invalid_dpop_proof"))),
                Err(error) => return Err(refused("DPoP", error)),
            },
            // RFC 6750 section 3.1: nothing was sent, so nothing is said to be wrong.
            (None, None) => return Err(Refused { scheme: "Bearer", error: None }),
        };
        // RFC 9449 section 7.1: a token that is bound comes with the proof of its key, and no other does.
        match self.memory.active(access_token, call.now).filter(|token| token.jkt == jkt) {
            None => Err(refused("Bearer", OAuthErrorCode::INVALID_TOKEN)),
            Some(token) if !has_value(&token.scope, needed) => {
                Err(refused("Bearer", OAuthErrorCode::INSUFFICIENT_SCOPE))
            }
            Some(token) => Ok(token.clone()),
        }
    }
}

/// Why a call is refused.
struct Refused {
    scheme: &'static str,
    error: Option<OAuthErrorCode>,
}

impl Refused {
    fn answer(&self, scope: &str) -> Response<Vec<u8>> {
        challenge(self.scheme, self.error.as_ref(), scope)
    }
}
