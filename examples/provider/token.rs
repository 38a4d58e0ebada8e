//! The token endpoint (OpenID Connect Core 1.0 section 3.1.3).

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{Answer, Code, Shared, json_answer, keys, parameters, with_headers};

/// An error in the words of OAuth 2.0 (RFC 6749 section 5.2).
type Refusal = (u16, &'static str);

impl Shared {
    pub(super) fn token(&self, authorization: Option<&str>, body: &str) -> Answer {
        match self.exchange(authorization, body) {
            Ok(tokens) => json_answer(200, &tokens),
            Err((401, error)) => {
                let body = json!({ "error": error }).to_string();
                let headers = [("Content-Type", "application/json"), ("WWW-Authenticate", "Basic realm=\"provider\"")];
                with_headers(body, 401, &headers)
            }
            Err((status, error)) => json_answer(status, &json!({ "error": error })),
        }
    }

    fn exchange(&self, authorization: Option<&str>, body: &str) -> Result<Value, Refusal> {
        let parameters = parameters(body).ok_or((400, "invalid_request"))?;
        let get = |name: &str| parameters.get(name).map(String::as_str);
        self.authenticate(authorization, &parameters)?;
        if get("grant_type") != Some("authorization_code") {
            return Err((400, "unsupported_grant_type"));
        }
        // RFC 6749 section 4.1.2: a code is used once. Whatever comes of it, it is gone.
        let code = get("code").and_then(|code| self.codes().remove(code)).ok_or((400, "invalid_grant"))?;
        if Instant::now() > code.ends || get("redirect_uri") != Some(&code.redirect_uri) {
            return Err((400, "invalid_grant"));
        }
        // RFC 7636 section 4.6.
        let challenge = get("code_verifier").map(|verifier| URL_SAFE_NO_PAD.encode(keys::sha256(verifier)));
        if challenge.as_ref() != Some(&code.code_challenge) {
            return Err((400, "invalid_grant"));
        }
        self.tokens(&code).ok_or((500, "server_error"))
    }

    /// RFC 6749 section 2.3: with the registered method, and no other beside it.
    fn authenticate(&self, authorization: Option<&str>, parameters: &BTreeMap<String, String>) -> Result<(), Refusal> {
        let in_body = (parameters.get("client_id").cloned(), parameters.get("client_secret").cloned());
        let (id, secret) = match (authorization, in_body) {
            (Some(_), (_, Some(_))) => return Err((400, "invalid_request")),
            (Some(header), _) => {
                read_basic(header).map(|(id, secret)| (id, Some(secret))).ok_or((401, "invalid_client"))?
            }
            (None, (Some(id), secret)) => (id, secret),
            (None, (None, _)) => return Err((401, "invalid_client")),
        };
        let right_secret = match (&self.client.client_secret, secret) {
            (Some(right), Some(secret)) => verify_slices_are_equal(right.as_bytes(), secret.as_bytes()).is_ok(),
            (None, None) => true,
            _ => false,
        };
        if id == self.client.client_id && right_secret { Ok(()) } else { Err((401, "invalid_client")) }
    }

    /// OpenID Connect Core 1.0 sections 2 and 3.1.3.3.
    fn tokens(&self, code: &Code) -> Option<Value> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        let access_token = keys::random_text()?;
        // Core 3.1.3.6: the left half of the hash.
        let at_hash = URL_SAFE_NO_PAD.encode(keys::sha256(&access_token).get(..16)?);
        let mut claims = vec![
            ("iss", json!(self.issuer)),
            ("sub", json!("ada-1815")),
            ("aud", json!(self.client.client_id)),
            ("iat", json!(now)),
            ("exp", json!(now.checked_add(300)?)),
            ("auth_time", json!(now)),
            ("at_hash", json!(at_hash)),
        ];
        let asked_for = |scope: &str| code.scope.split(' ').any(|value| value == scope);
        if let Some(nonce) = &code.nonce {
            claims.push(("nonce", json!(nonce)));
        }
        if asked_for("email") {
            claims.extend([("email", json!("ada@example.com")), ("email_verified", json!(true))]);
        }
        if asked_for("profile") {
            let names = [("name", "Ada Lovelace"), ("given_name", "Ada"), ("family_name", "Lovelace")];
            claims.extend(names.map(|(claim, name)| (claim, json!(name))));
        }
        let claims: BTreeMap<&str, Value> = claims.into_iter().collect();
        Some(json!({
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": code.scope,
            "id_token": self.key.sign_jwt(&claims)?,
        }))
    }
}

/// RFC 6749 section 2.3.1: id and secret were form-urlencoded before base64.
fn read_basic(header: &str) -> Option<(String, String)> {
    let decoded = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let decode = |text: &str| url::form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned());
    Some((decode(id)?, decode(secret)?))
}
