//! What a token is (RFC 7662), and its end (RFC 7009).

use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::message::{Call, page, result_answer};
use super::provider::{TestProvider, seconds};
use crate::ground::vocabulary::OAuthErrorCode;

impl TestProvider {
    /// RFC 7662 section 2.
    pub(super) fn introspect(&mut self, call: &Call<'_>) -> Response<Vec<u8>> {
        let token = self.token_parameter(call);
        result_answer(token.map(|token| self.describe(&token, call)))
    }

    /// Section 2.2. Of a token that cannot be used, nothing else is said.
    fn describe(&self, token: &str, call: &Call<'_>) -> Value {
        let client_id = &self.client.id;
        if let Some(access_token) = self.memory.active(token, call.now) {
            let grant = access_token.grant.as_ref().and_then(|grant| self.memory.grants.get(grant));
            let sub = grant.map_or(client_id.as_str(), |grant| grant.user.sub());
            let token_type = if access_token.jkt.is_some() { "DPoP" } else { "Bearer" };
            return json!({
                "active": true, "iss": self.issuer, "client_id": client_id, "sub": sub, "scope": access_token.scope,
                "token_type": token_type, "exp": seconds(access_token.ends),
            });
        }
        let grant = self.memory.refresh_tokens.get(token).and_then(|name| self.memory.grants.get(name));
        match grant.filter(|grant| grant.refresh_token.as_deref() == Some(token)) {
            Some(grant) => json!({
                "active": true, "iss": self.issuer, "client_id": client_id, "sub": grant.user.sub(), "scope": grant.scope,
            }),
            None => json!({ "active": false }),
        }
    }

    /// RFC 7009 section 2.
    pub(super) fn revoke(&mut self, call: &Call<'_>) -> Response<Vec<u8>> {
        let token = match self.token_parameter(call) {
            Ok(token) => token,
            Err(error) => return result_answer(Err(error)),
        };
        self.memory.access_tokens.remove(&token);
        // Section 2.1: with a refresh token, the access tokens of its grant end.
        if let Some(name) = self.memory.refresh_tokens.remove(&token) {
            self.memory.grants.remove(&name);
        }
        // Section 2.2: the same for a token that nobody knows.
        page(StatusCode::OK, "")
    }

    fn token_parameter(&mut self, call: &Call<'_>) -> Result<String, OAuthErrorCode> {
        self.form_of_client(call)?.required("token").map(str::to_owned)
    }
}
