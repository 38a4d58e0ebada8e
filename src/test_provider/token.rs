//! The token endpoint (OpenID Connect Core 1.0 sections 3.1.3 and 12).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Response;
use serde_json::{Map, Value, json};

use super::fault::Fault;
use super::memory::{AccessToken, Grant};
use super::message::{Call, Parameters, has_value, result_answer};
use super::provider::{TestProvider, seconds};
use crate::ground::vocabulary::OAuthErrorCode;
use crate::jose::{Hash, SignatureAlgorithm, Signer, sha256_in_base64url};

/// What new tokens are made for.
struct Made {
    scope: String,
    nonce: Option<String>,
    /// The thumbprint of the key that the access token is bound to.
    jkt: Option<String>,
    now: Duration,
}

impl TestProvider {
    pub(super) fn token(&mut self, call: &Call<'_>) -> Response<Vec<u8>> {
        let result = self.form_of_client(call).and_then(|parameters| {
            // RFC 9449 section 5: the tokens are bound to the key that the request proves.
            let jkt = self.proven_key(call, None)?;
            match parameters.required("grant_type")? {
                "authorization_code" => self.exchange(&parameters, jkt, call.now),
                "refresh_token" => self.refresh(&parameters, jkt, call.now),
                "client_credentials" => self.client_credentials(&parameters, jkt, call.now),
                DEVICE_CODE => self.device_tokens(&parameters, jkt, call.now),
                _ => Err(OAuthErrorCode::UNSUPPORTED_GRANT_TYPE),
            }
        });
        result_answer(result)
    }

    fn exchange(
        &mut self,
        parameters: &Parameters,
        jkt: Option<String>,
        now: Duration,
    ) -> Result<Value, OAuthErrorCode> {
        let name = parameters.required("code")?;
        // RFC 6749 section 4.1.2: a code is used once. Whatever comes of it, it is gone.
        let Some(code) = self.memory.codes.remove(name) else {
            // The same section: a code that comes again is in two hands, and the tokens that it brought end.
            self.memory.grants.remove(name);
            return Err(OAuthErrorCode::INVALID_GRANT);
        };
        // RFC 7636 section 4.6.
        let challenge = parameters.get("code_verifier").map(sha256_in_base64url);
        let is_right = now < code.ends
            && parameters.get("redirect_uri") == Some(&code.redirect_uri)
            && challenge.as_ref() == Some(&code.code_challenge)
            // RFC 9449 section 10.
            && (code.dpop_jkt.is_none() || code.dpop_jkt == jkt);
        if is_right {
            self.first_tokens(name, code.grant, code.nonce, jkt, now)
        } else {
            Err(OAuthErrorCode::INVALID_GRANT)
        }
    }

    /// The tokens that a grant begins with. It takes the name of the code that it began with.
    pub(super) fn first_tokens(
        &mut self,
        name: &str,
        mut grant: Grant,
        nonce: Option<String>,
        jkt: Option<String>,
        now: Duration,
    ) -> Result<Value, OAuthErrorCode> {
        // RFC 9449 section 5: the refresh tokens of a client that authenticates are bound to it already.
        grant.jkt = jkt.clone().filter(|_| self.client.is_public());
        let scope = grant.scope.clone();
        self.memory.grants.insert(name.to_owned(), grant.clone());
        self.tokens(name, grant, &Made { scope, nonce, jkt, now })
    }

    /// RFC 6749 section 6. The client is the one that the refresh token was issued to: there is no other.
    fn refresh(
        &mut self,
        parameters: &Parameters,
        jkt: Option<String>,
        now: Duration,
    ) -> Result<Value, OAuthErrorCode> {
        let refresh_token = parameters.required("refresh_token")?;
        let name = self.memory.refresh_tokens.get(refresh_token).cloned().ok_or(OAuthErrorCode::INVALID_GRANT)?;
        let grant = self.memory.grants.get(&name).cloned().ok_or(OAuthErrorCode::INVALID_GRANT)?;
        // RFC 9700 section 4.14.2: a refresh token that comes again is in two hands, and both lose the grant.
        if grant.refresh_token.as_deref() != Some(refresh_token) {
            self.memory.grants.remove(&name);
            return Err(OAuthErrorCode::INVALID_GRANT);
        }
        // RFC 9449 section 5. It changes nothing: whoever has not the key may have stolen the token.
        if grant.jkt.is_some() && grant.jkt != jkt {
            return Err(OAuthErrorCode::INVALID_GRANT);
        }
        // RFC 6749 section 6: what was granted, or less of it. The new refresh token stands for all of it again.
        let scope = parameters.get("scope").unwrap_or(&grant.scope).to_owned();
        if !scope.split(' ').all(|value| has_value(&grant.scope, value)) {
            return Err(OAuthErrorCode::INVALID_SCOPE);
        }
        // Core 12.2: the ID token of a refresh should have no nonce.
        self.tokens(&name, grant, &Made { scope, nonce: None, jkt, now })
    }

    /// A token of the client's own: nobody logs in (RFC 6749 section 4.4).
    fn client_credentials(
        &mut self,
        parameters: &Parameters,
        jkt: Option<String>,
        now: Duration,
    ) -> Result<Value, OAuthErrorCode> {
        // Section 4.4: anybody can say that they are a public client.
        let own_scope = self.client.own_scope.clone().filter(|_| !self.client.is_public());
        let own_scope = own_scope.ok_or(OAuthErrorCode::UNAUTHORIZED_CLIENT)?;
        let scope = parameters.get("scope").unwrap_or(&own_scope).to_owned();
        if !scope.split(' ').all(|value| has_value(&own_scope, value)) {
            return Err(OAuthErrorCode::INVALID_SCOPE);
        }
        // Section 4.4.3: no refresh token, since the client can ask again.
        let (_, answer) = self.access_token(None, &Made { scope, nonce: None, jkt, now });
        Ok(Value::Object(answer))
    }

    /// New tokens for the grant of this name. A refresh token that it had is no longer valid then.
    fn tokens(&mut self, name: &str, grant: Grant, made: &Made) -> Result<Value, OAuthErrorCode> {
        let (access_token, mut answer) = self.access_token(Some(name), made);
        let has_id_token = self.faults.take(|fault| *fault == Fault::NoIdToken).is_none();
        if has_value(&made.scope, "openid") && has_id_token {
            answer.insert("id_token".to_owned(), Value::from(self.id_token(&grant, made, &access_token)?));
        }
        let is_refreshable = has_value(&grant.scope, "offline_access");
        if is_refreshable && self.faults.take(|fault| *fault == Fault::NoRefreshToken).is_none() {
            let refresh_token = self.memory.draw();
            answer.insert("refresh_token".to_owned(), Value::from(refresh_token.as_str()));
            self.memory.refresh_tokens.insert(refresh_token.clone(), name.to_owned());
            self.memory.grants.insert(name.to_owned(), Grant { refresh_token: Some(refresh_token), ..grant });
        }
        Ok(Value::Object(answer))
    }

    /// A new access token, and what the answer says of it (RFC 6749 section 5.1). Without a grant, it is the client's own.
    fn access_token(&mut self, grant: Option<&str>, made: &Made) -> (String, Map<String, Value>) {
        let access_token = self.memory.draw();
        let lifetime = self.client.access_token_lifetime;
        let answer = json!({
            "access_token": access_token,
            "token_type": if made.jkt.is_some() { "DPoP" } else { "Bearer" },
            "expires_in": lifetime.as_secs(),
            "scope": made.scope,
        });
        let stands_for = AccessToken {
            grant: grant.map(str::to_owned),
            scope: made.scope.clone(),
            jkt: made.jkt.clone(),
            ends: made.now.saturating_add(lifetime),
        };
        self.memory.access_tokens.insert(access_token.clone(), stands_for);
        (access_token, answer.as_object().cloned().unwrap_or_default())
    }

    /// OpenID Connect Core 1.0 sections 2 and 3.1.3.3.
    fn id_token(&mut self, grant: &Grant, made: &Made, access_token: &str) -> Result<String, OAuthErrorCode> {
        let mut claims = grant.user.claims_for(&made.scope);
        let mut set = |name: &str, value| claims.insert(name.to_owned(), value);
        set("iss", Value::from(self.issuer.as_str()));
        set("aud", Value::from(self.client.id.as_str()));
        set("iat", seconds(made.now));
        set("exp", seconds(made.now.saturating_add(ID_TOKEN_LIFETIME)));
        set("auth_time", seconds(grant.session.auth_time));
        set("at_hash", Value::from(self.hash_of(access_token)));
        // Back-Channel Logout 1.0 section 2.1: what a logout token will name.
        set("sid", Value::from(grant.session.sid.as_str()));
        for (name, value) in [("nonce", &made.nonce), ("acr", &grant.acr)] {
            if let Some(value) = value {
                set(name, Value::from(value.as_str()));
            }
        }
        self.sign_jwt("JWT", claims)
    }

    /// Core 3.1.3.6: the left half of the hash that the signature has too.
    fn hash_of(&self, access_token: &str) -> String {
        let algorithm = SignatureAlgorithm::from_name(self.key.algorithm().as_str());
        let mut hash = algorithm.map_or(Hash::Sha512, SignatureAlgorithm::hash).digest(access_token);
        hash.truncate(hash.len() / 2);
        URL_SAFE_NO_PAD.encode(hash)
    }
}

/// RFC 8628 section 3.4.
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

const ID_TOKEN_LIFETIME: Duration = Duration::from_secs(300);
