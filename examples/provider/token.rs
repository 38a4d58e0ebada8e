//! The token endpoint (OpenID Connect Core 1.0 sections 3.1.3 and 12), and the end of what it gave (RFC 7009).

use std::collections::BTreeMap;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::answers::{Answer, Call, Parameters, Refusal, json_answer, page, refused};
use super::memory::{AccessToken, Grant, Memory, has_value, now};
use super::{Shared, device, keys, user};

/// What new tokens are made for.
pub(super) struct Made<'a> {
    pub(super) scope: &'a str,
    pub(super) nonce: Option<String>,
    /// The thumbprint of the key that the access token is bound to.
    pub(super) jkt: Option<String>,
}

/// The members of an answer (RFC 6749 section 5.1).
pub(super) type Members = BTreeMap<&'static str, Value>;

pub(super) const INVALID_REQUEST: Refusal = (400, "invalid_request");
pub(super) const INVALID_GRANT: Refusal = (400, "invalid_grant");
pub(super) const SERVER_ERROR: Refusal = (500, "server_error");

impl Shared {
    pub(super) fn token(&self, call: &Call) -> Answer {
        let tokens = self.form_of_client(call).and_then(|parameters| {
            // RFC 9449 section 5: the tokens are bound to the key that the request proves.
            let jkt = self.proven_key(call, None)?;
            match parameters.get("grant_type").map(String::as_str) {
                Some("authorization_code") => self.exchange(&parameters, jkt),
                Some("refresh_token") => self.refresh(&parameters, jkt),
                Some("client_credentials") => self.client_credentials(&parameters, jkt),
                Some(device::GRANT_TYPE) => self.device_tokens(&parameters, jkt),
                Some(_) => Err((400, "unsupported_grant_type")),
                None => Err(INVALID_REQUEST),
            }
        });
        match tokens {
            Ok(tokens) => json_answer(200, &tokens),
            Err(refusal) => refused(refusal),
        }
    }

    fn exchange(&self, parameters: &Parameters, jkt: Option<String>) -> Result<Value, Refusal> {
        let get = |name: &str| parameters.get(name).map(String::as_str);
        let name = get("code").ok_or(INVALID_REQUEST)?;
        let mut memory = self.memory();
        // RFC 6749 section 4.1.2: a code is used once. Whatever comes of it, it is gone.
        let Some(code) = memory.codes.remove(name) else {
            // The same section: a code that comes again is in two hands, and the tokens that it brought end.
            memory.grants.remove(name);
            return Err(INVALID_GRANT);
        };
        if Instant::now() > code.ends || get("redirect_uri") != Some(&code.redirect_uri) {
            return Err(INVALID_GRANT);
        }
        // RFC 7636 section 4.6.
        let challenge = get("code_verifier").map(|verifier| URL_SAFE_NO_PAD.encode(keys::sha256(verifier)));
        if challenge.as_ref() != Some(&code.code_challenge) {
            return Err(INVALID_GRANT);
        }
        // RFC 9449 section 10.
        if code.dpop_jkt.is_some() && code.dpop_jkt != jkt {
            return Err(INVALID_GRANT);
        }
        self.first_tokens(&mut memory, name, code.grant, code.nonce, jkt)
    }

    /// The tokens that a grant begins with. It takes the name of the code that it began with.
    pub(super) fn first_tokens(
        &self,
        memory: &mut Memory,
        name: &str,
        mut grant: Grant,
        nonce: Option<String>,
        jkt: Option<String>,
    ) -> Result<Value, Refusal> {
        // RFC 9449 section 5: the refresh tokens of a client that authenticates are bound to it already.
        grant.jkt = jkt.clone().filter(|_| self.client.is_public());
        let scope = grant.scope.clone();
        memory.grants.insert(name.to_owned(), grant);
        self.tokens(memory, name, &Made { scope: &scope, nonce, jkt }).ok_or(SERVER_ERROR)
    }

    /// RFC 6749 section 6. The client is the one that the refresh token was issued to: there is no other.
    fn refresh(&self, parameters: &Parameters, jkt: Option<String>) -> Result<Value, Refusal> {
        let get = |name: &str| parameters.get(name).map(String::as_str);
        let refresh_token = get("refresh_token").ok_or(INVALID_REQUEST)?;
        let mut memory = self.memory();
        let name = memory.refresh_tokens.get(refresh_token).cloned().ok_or(INVALID_GRANT)?;
        let grant = memory.grants.get(&name).ok_or(INVALID_GRANT)?;
        // RFC 9700 section 4.14.2: a refresh token that comes again is in two hands, and both lose the grant.
        if grant.refresh_token.as_deref() != Some(refresh_token) {
            memory.grants.remove(&name);
            return Err(INVALID_GRANT);
        }
        // RFC 9449 section 5. It changes nothing: whoever has not the key may have stolen the token.
        if grant.jkt.is_some() && grant.jkt != jkt {
            return Err(INVALID_GRANT);
        }
        // RFC 6749 section 6: what was granted, or less of it. The new refresh token stands for all of it again.
        let scope = get("scope").unwrap_or(&grant.scope).to_owned();
        if !scope.split(' ').all(|value| has_value(&grant.scope, value)) {
            return Err((400, "invalid_scope"));
        }
        // Core 12.2: the ID token of a refresh should have no nonce.
        self.tokens(&mut memory, &name, &Made { scope: &scope, nonce: None, jkt }).ok_or(SERVER_ERROR)
    }

    /// New tokens for the grant of this name. A refresh token that it had is over with them.
    fn tokens(&self, memory: &mut Memory, name: &str, made: &Made<'_>) -> Option<Value> {
        let (access_token, mut answer) = self.access_token(memory, Some(name), made)?;
        let grant = memory.grants.get_mut(name)?;
        if has_value(made.scope, "openid") {
            answer.insert("id_token", json!(self.id_token(grant, made, &access_token)?));
        }
        if has_value(&grant.scope, "offline_access") {
            let refresh_token = keys::random_text()?;
            answer.insert("refresh_token", json!(refresh_token));
            grant.refresh_token = Some(refresh_token.clone());
            memory.refresh_tokens.insert(refresh_token, name.to_owned());
        }
        Some(json!(answer))
    }

    /// A new access token, and what the answer says of it. Without a grant, it is the client's own.
    pub(super) fn access_token(
        &self,
        memory: &mut Memory,
        grant: Option<&str>,
        made: &Made<'_>,
    ) -> Option<(String, Members)> {
        let access_token = keys::random_text()?;
        let lifetime = self.client.access_token_lifetime;
        let ends = Instant::now().checked_add(lifetime)?;
        let (grant, scope) = (grant.map(str::to_owned), made.scope.to_owned());
        memory.access_tokens.insert(access_token.clone(), AccessToken { grant, scope, jkt: made.jkt.clone(), ends });
        let answer = BTreeMap::from([
            ("access_token", json!(access_token)),
            ("token_type", json!(if made.jkt.is_some() { "DPoP" } else { "Bearer" })),
            ("expires_in", json!(lifetime.as_secs())),
            ("scope", json!(made.scope)),
        ]);
        Some((access_token, answer))
    }

    /// OpenID Connect Core 1.0 sections 2 and 3.1.3.3.
    fn id_token(&self, grant: &Grant, made: &Made<'_>, access_token: &str) -> Option<String> {
        let now = now()?;
        // Core 3.1.3.6: the left half of the hash.
        let at_hash = URL_SAFE_NO_PAD.encode(keys::sha256(access_token).get(..16)?);
        let mut claims = user::claims(made.scope);
        claims.extend([
            ("iss", json!(self.issuer)),
            ("aud", json!(self.client.client_id)),
            ("iat", json!(now)),
            ("exp", json!(now.checked_add(300)?)),
            ("auth_time", json!(grant.auth_time)),
            ("at_hash", json!(at_hash)),
            // Back-Channel Logout 1.0 section 2.1: what a logout token will name.
            ("sid", json!(grant.sid)),
        ]);
        claims.extend(made.nonce.as_ref().map(|nonce| ("nonce", json!(nonce))));
        self.key.sign_jwt(keys::ID_TOKEN, &claims)
    }

    /// The revocation endpoint (RFC 7009 section 2).
    pub(super) fn revoke(&self, call: &Call) -> Answer {
        let token = self.form_of_client(call);
        match token.and_then(|parameters| parameters.get("token").cloned().ok_or(INVALID_REQUEST)) {
            Ok(token) => {
                let mut memory = self.memory();
                memory.access_tokens.remove(&token);
                // RFC 7009 section 2.1: with a refresh token, the access tokens of its grant end.
                if let Some(name) = memory.refresh_tokens.remove(&token) {
                    memory.grants.remove(&name);
                }
                // Section 2.2: the same for a token that nobody knows.
                page(200, "")
            }
            Err(refusal) => refused(refusal),
        }
    }
}
