//! What the client signs with keys of its own: assertions (RFC 7523) and DPoP proofs (RFC 9449).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::message::Call;
use super::provider::{TestProvider, claims_of};
use crate::ground::vocabulary::OAuthErrorCode;
use crate::jose::{Jwk, Jws, sha256_in_base64url};

/// How far ahead an assertion may end. Until then its `jti` is remembered.
const LONGEST: Duration = Duration::from_secs(300);

/// How old a proof may be, and how far ahead the client's clock.
const LEEWAY: Duration = Duration::from_secs(60);

impl TestProvider {
    /// Whether an assertion is the client's, for this provider, and new (RFC 7523 section 3).
    pub(super) fn accepts_assertion(&mut self, jwk: &str, assertion: &str, now: Duration) -> bool {
        self.check_assertion(jwk, assertion, now).unwrap_or_default()
    }

    fn check_assertion(&mut self, jwk: &str, assertion: &str, now: Duration) -> Option<bool> {
        // RFC 8725 section 3.11: a proof or a request object of the client is no assertion.
        let claims = claims_of(assertion, "JWT", &[jwk.to_owned()])?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let id = Some(self.client.id.as_str());
        // The audience is one string, so that the assertion is for nobody else.
        if text("iss") != id || text("sub") != id || text("aud") != Some(&self.issuer) {
            return None;
        }
        let exp = Duration::from_secs(claims.get("exp")?.as_u64()?);
        let in_time = now < exp && exp <= now.saturating_add(LONGEST);
        Some(in_time && self.memory.is_first("assertion", text("jti")?, now, exp))
    }

    /// The thumbprint of the key that a call proves to have; nothing where it proves none. `access_token`: the one that comes
    /// with it.
    pub(super) fn proven_key(
        &mut self,
        call: &Call<'_>,
        access_token: Option<&str>,
    ) -> Result<Option<String>, OAuthErrorCode> {
        let invalid_proof = || OAuthErrorCode::from("invalid_dpop_proof");
        let proofs = call.proofs();
        let proof = match &*proofs {
            [] => return Ok(None),
            [proof] => proof,
            _ => return Err(invalid_proof()),
        };
        let (jkt, claims) = self.check_proof(call, proof, access_token).ok_or_else(invalid_proof)?;
        // RFC 9449 section 8.
        if claims.get("nonce").and_then(Value::as_str) != Some(&self.dpop_nonce) {
            return Err(OAuthErrorCode::USE_DPOP_NONCE);
        }
        Ok(Some(jkt))
    }

    /// RFC 9449 section 4.3.
    fn check_proof(
        &mut self,
        call: &Call<'_>,
        proof: &str,
        access_token: Option<&str>,
    ) -> Option<(String, Map<String, Value>)> {
        // Step 4: `typ` must be there.
        if !Jws::parse(proof, &["dpop+jwt"]).ok()?.has_type {
            return None;
        }
        let jwk = header_of(proof)?.get("jwk")?.to_string();
        let claims = claims_of(proof, "dpop+jwt", std::slice::from_ref(&jwk))?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("htm")? != call.method
            || text("htu")? != call.address
            || text("ath") != access_token.map(sha256_in_base64url).as_deref()
        {
            return None;
        }
        let (now, iat) = (call.now, Duration::from_secs(claims.get("iat")?.as_u64()?));
        let too_old = iat.saturating_add(LEEWAY);
        let in_time = now < too_old && iat <= now.saturating_add(LEEWAY);
        let is_new = in_time && self.memory.is_first("proof", text("jti")?, now, too_old);
        if is_new { Some((Jwk::parse(&jwk)?.into_material()?.thumbprint(), claims)) } else { None }
    }
}

fn header_of(jwt: &str) -> Option<Map<String, Value>> {
    let (header, _) = jwt.split_once('.')?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()
}
