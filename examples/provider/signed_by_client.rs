//! What the client signs with keys of its own, ES256 alone: assertions (RFC 7523) and DPoP proofs (RFC 9449).

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::answers::{Call, Refusal};
use super::memory::now;
use super::{Shared, keys};

type Object = Map<String, Value>;

/// In seconds: how far ahead an assertion may end. Until then its `jti` is remembered.
const LONGEST: u64 = 300;

/// In seconds: how old a proof may be, and how far ahead the client's clock.
const LEEWAY: u64 = 60;

impl Shared {
    /// Whether an assertion is the client's, for this provider, and new (RFC 7523 section 3).
    pub(super) fn accepts_assertion(&self, jwk: &str, assertion: &str) -> bool {
        self.check_assertion(jwk, assertion).is_some()
    }

    fn check_assertion(&self, jwk: &str, assertion: &str) -> Option<()> {
        let key = PublicKey::read(&serde_json::from_str(jwk).ok()?)?;
        // RFC 8725 section 3.11: a proof or a request object of the client is no assertion.
        let typ = header(assertion)?.get("typ").cloned();
        let claims = key.claims_of(assertion).filter(|_| typ.is_none_or(|typ| typ == "JWT"))?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let id = Some(self.client.client_id.as_str());
        // The audience is one string, so that the assertion is for nobody else.
        if text("iss") != id || text("sub") != id || text("aud") != Some(&self.issuer) {
            return None;
        }
        let (now, exp) = (now()?, claims.get("exp").and_then(Value::as_u64)?);
        if exp <= now || exp > now.checked_add(LONGEST)? {
            return None;
        }
        self.memory().is_first("assertion", text("jti")?, now, exp).then_some(())
    }

    /// The thumbprint of the key that a call proves to have; nothing where it proves none. `access_token`: the one that comes
    /// with it.
    pub(super) fn proven_key(&self, call: &Call, access_token: Option<&str>) -> Result<Option<String>, Refusal> {
        const INVALID_PROOF: Refusal = (400, "invalid_dpop_proof");
        let proof = match &*call.proofs {
            [] => return Ok(None),
            [proof] => proof,
            _ => return Err(INVALID_PROOF),
        };
        let (jkt, claims) = self.check_proof(call, proof, access_token).ok_or(INVALID_PROOF)?;
        // RFC 9449 section 8.
        if claims.get("nonce").and_then(Value::as_str) != Some(&self.dpop_nonce) {
            return Err((400, "use_dpop_nonce"));
        }
        Ok(Some(jkt))
    }

    /// RFC 9449 section 4.3.
    fn check_proof(&self, call: &Call, proof: &str, access_token: Option<&str>) -> Option<(String, Object)> {
        let header = header(proof)?;
        if header.get("typ")? != "dpop+jwt" {
            return None;
        }
        let key = PublicKey::read(header.get("jwk")?)?;
        let claims = key.claims_of(proof)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let htu = format!("{}{}", self.issuer, call.path);
        let ath = access_token.map(|token| URL_SAFE_NO_PAD.encode(keys::sha256(token)));
        if text("htm")? != call.method || text("htu")? != htu || text("ath") != ath.as_deref() {
            return None;
        }
        let (now, iat) = (now()?, claims.get("iat").and_then(Value::as_u64)?);
        let too_old = iat.checked_add(LEEWAY)?;
        let in_time = now < too_old && iat <= now.checked_add(LEEWAY)?;
        let is_new = in_time && self.memory().is_first("proof", text("jti")?, now, too_old);
        is_new.then(|| (key.thumbprint(), claims))
    }
}

/// A key on P-256.
struct PublicKey {
    x: Vec<u8>,
    y: Vec<u8>,
}

impl PublicKey {
    /// Reads a JWK (RFC 7518 section 6.2.1). One with a private part is refused (RFC 9449 section 4.3 step 7).
    fn read(jwk: &Value) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok().filter(|bytes| bytes.len() == 32);
        let is_public = jwk.get("d").is_none() && text("kty")? == "EC" && text("crv")? == "P-256";
        if is_public { Some(Self { x: coordinate("x")?, y: coordinate("y")? }) } else { None }
    }

    /// The claims of a JWT that this key has signed.
    fn claims_of(&self, compact: &str) -> Option<Object> {
        let header = header(compact)?;
        if header.get("alg")? != "ES256" || header.contains_key("crit") {
            return None;
        }
        let (input, signature) = compact.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        // SEC 1 section 2.3.3: 4, then both coordinates.
        let point = [&[4], &*self.x, &*self.y].concat();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(input.as_bytes(), &signature).ok()?;
        part(input.split_once('.')?.1)
    }

    /// RFC 7638 section 3.
    fn thumbprint(&self) -> String {
        let [x, y] = [&self.x, &self.y].map(|coordinate| URL_SAFE_NO_PAD.encode(coordinate));
        URL_SAFE_NO_PAD.encode(keys::sha256(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)))
    }
}

fn header(compact: &str) -> Option<Object> {
    part(compact.split('.').next()?)
}

fn part(text: &str) -> Option<Object> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}
