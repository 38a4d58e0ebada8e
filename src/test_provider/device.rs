//! The device flow (RFC 8628), as a device sees it. What the user sees of it is in `device_page.rs`.

use std::time::Duration;

use http::Response;
use serde_json::{Value, json};

use super::fault::Endpoint;
use super::memory::{Decision, DeviceCode};
use super::message::{Call, Parameters, has_value, result_answer};
use super::provider::TestProvider;
use crate::ground::vocabulary::OAuthErrorCode;

impl TestProvider {
    /// The device authorization endpoint (section 3.1).
    pub(super) fn device_authorization(&mut self, call: &Call<'_>) -> Response<Vec<u8>> {
        let parameters = self.form_of_client(call);
        result_answer(parameters.and_then(|parameters| self.make_device_code(&parameters, call.now)))
    }

    /// Section 3.2.
    fn make_device_code(&mut self, parameters: &Parameters, now: Duration) -> Result<Value, OAuthErrorCode> {
        let scope = parameters.get("scope").filter(|scope| has_value(scope, "openid"));
        let scope = scope.ok_or(OAuthErrorCode::INVALID_SCOPE)?.to_owned();
        let (device_code, user_code) = (self.memory.draw(), user_code(&self.memory.draw_bytes()));
        let (lifetime, interval) = (self.client.device_code_lifetime, self.client.device_interval);
        let page = self.endpoint(Endpoint::DeviceVerification);
        let answer = json!({
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code={user_code}"),
            "expires_in": lifetime.as_secs(),
            "interval": interval.as_secs(),
        });
        let ends = now.saturating_add(lifetime);
        let stands_for = DeviceCode { user_code, scope, ends, not_before: None, decision: Decision::Pending };
        self.memory.device_codes.insert(device_code, stands_for);
        Ok(answer)
    }

    /// What the token endpoint answers to a device (section 3.5).
    pub(super) fn device_tokens(
        &mut self,
        parameters: &Parameters,
        jkt: Option<String>,
        now: Duration,
    ) -> Result<Value, OAuthErrorCode> {
        let name = parameters.required("device_code")?;
        let code = self.memory.device_codes.get_mut(name).ok_or(OAuthErrorCode::INVALID_GRANT)?;
        if now >= code.ends {
            return Err(OAuthErrorCode::EXPIRED_TOKEN);
        }
        let next = now.saturating_add(self.client.device_interval);
        if code.not_before.replace(next).is_some_and(|not_before| now < not_before) {
            return Err(OAuthErrorCode::SLOW_DOWN);
        }
        let grant = match &code.decision {
            Decision::Pending => return Err(OAuthErrorCode::AUTHORIZATION_PENDING),
            Decision::Denied => return Err(OAuthErrorCode::ACCESS_DENIED),
            Decision::Allowed(grant) => grant.clone(),
        };
        // A device code brings tokens once.
        self.memory.device_codes.remove(name);
        // A device cannot send a nonce.
        self.first_tokens(name, grant, None, jkt, now)
    }
}

/// Section 6.1: eight letters, without vowels, so that they make no word.
fn user_code(bytes: &[u8]) -> String {
    const LETTERS: [char; 20] =
        ['B', 'C', 'D', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Z'];
    let mut code: String = bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 20))).take(8).collect();
    code.insert(4, '-');
    code
}
