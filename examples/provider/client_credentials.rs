//! A token of the client's own: nobody logs in (RFC 6749 section 4.4).

use serde_json::{Value, json};

use super::answers::{Parameters, Refusal};
use super::token::{Made, SERVER_ERROR};
use super::{Shared, api};

impl Shared {
    pub(super) fn client_credentials(&self, parameters: &Parameters, jkt: Option<String>) -> Result<Value, Refusal> {
        // Section 4.4: anybody can say that they are a public client.
        if self.client.is_public() {
            return Err((400, "unauthorized_client"));
        }
        // What a client may do by itself; `openid` would be about a user.
        let scope = parameters.get("scope").map_or(api::ORDERS, String::as_str);
        if scope != api::ORDERS {
            return Err((400, "invalid_scope"));
        }
        // Section 4.4.3: no refresh token, since the client can ask again.
        let made = Made { scope, nonce: None, jkt };
        let (_, answer) = self.access_token(&mut self.memory(), None, &made).ok_or(SERVER_ERROR)?;
        Ok(json!(answer))
    }
}
