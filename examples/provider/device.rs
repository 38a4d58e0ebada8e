//! The device flow (RFC 8628), as a device sees it. What the user sees of it is in `device_page.rs`.

use std::time::Instant;

use serde_json::{Value, json};

use super::answers::{Answer, Call, Parameters, Refusal, json_answer, refused};
use super::memory::{Decision, DeviceCode, has_value};
use super::token::{INVALID_GRANT, INVALID_REQUEST, SERVER_ERROR};
use super::{Shared, keys};

/// Section 3.4.
pub(super) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

impl Shared {
    /// The device authorization endpoint (section 3.1).
    pub(super) fn device_authorization(&self, call: &Call) -> Answer {
        match self.form_of_client(call).and_then(|parameters| self.make_device_code(&parameters)) {
            Ok(answer) => json_answer(200, &answer),
            Err(refusal) => refused(refusal),
        }
    }

    /// Section 3.2.
    fn make_device_code(&self, parameters: &Parameters) -> Result<Value, Refusal> {
        let scope = parameters.get("scope").filter(|scope| has_value(scope, "openid")).ok_or((400, "invalid_scope"))?;
        let (device_code, user_code) = keys::random_text().zip(make_user_code()).ok_or(SERVER_ERROR)?;
        let (lifetime, interval) = (self.client.device_code_lifetime, self.client.device_interval);
        let page = format!("{}/device", self.issuer);
        let answer = json!({
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code={user_code}"),
            "expires_in": lifetime.as_secs(),
            "interval": interval.as_secs(),
        });
        let stands_for = DeviceCode {
            user_code,
            scope: scope.clone(),
            ends: Instant::now().checked_add(lifetime).ok_or(SERVER_ERROR)?,
            not_before: None,
            decision: Decision::Pending,
        };
        self.memory().device_codes.insert(device_code, stands_for);
        Ok(answer)
    }

    /// What the token endpoint answers to a device (section 3.5).
    pub(super) fn device_tokens(&self, parameters: &Parameters, jkt: Option<String>) -> Result<Value, Refusal> {
        let name = parameters.get("device_code").ok_or(INVALID_REQUEST)?;
        let mut memory = self.memory();
        let code = memory.device_codes.get_mut(name).ok_or(INVALID_GRANT)?;
        let now = Instant::now();
        if now >= code.ends {
            return Err((400, "expired_token"));
        }
        let next = now.checked_add(self.client.device_interval);
        if std::mem::replace(&mut code.not_before, next).is_some_and(|not_before| now < not_before) {
            return Err((400, "slow_down"));
        }
        let grant = match &code.decision {
            Decision::Pending => return Err((400, "authorization_pending")),
            Decision::Denied => return Err((400, "access_denied")),
            Decision::Allowed(grant) => grant.clone(),
        };
        // A device code brings tokens once.
        memory.device_codes.remove(name);
        // A device cannot send a nonce.
        self.first_tokens(&mut memory, name, grant, None, jkt)
    }
}

/// Section 6.1: eight letters, without vowels, so that they make no word. They are 34 bits: enough for a code that lasts some
/// minutes. A real provider counts how often somebody tries (section 5.1).
fn make_user_code() -> Option<String> {
    const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    // 240 is a multiple of 20: each letter is as likely as the others.
    let bytes = keys::random_bytes()?.into_iter().filter(|byte| *byte < 240);
    let letters = bytes.filter_map(|byte| LETTERS.get(usize::from(byte % 20)));
    let code: String = letters.take(8).copied().map(char::from).collect();
    let (first, second) = code.split_at_checked(4)?;
    (second.len() == 4).then(|| format!("{first}-{second}"))
}
