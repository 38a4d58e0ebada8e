//! ID token validation (OpenID Connect Core 1.0 with errata set 2, section 3.1.3.7), one numbered step after the other.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::client::Client;
use crate::code_flow::{AccessToken, Expectations};
use crate::id_token::claims::Claims;
use crate::id_token::{IdToken, IdTokenError, since_epoch};
use crate::jose::signature::verify_hmac;
use crate::jose::{Hash, Jws, SignatureAlgorithm, unverified_kid};
use crate::keys::JwkSet;
use crate::secret::constant_time_eq;
use crate::vocabulary::Algorithm;

/// An ID token to verify, and all that it is held against.
pub(crate) struct Subject<'a> {
    pub(crate) client: &'a Client,
    pub(crate) expectations: &'a Expectations,
    pub(crate) access_token: &'a AccessToken,
    /// Compact serialization.
    pub(crate) id_token: &'a Arc<Zeroizing<String>>,
}

impl Subject<'_> {
    pub(crate) fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<IdToken, IdTokenError> {
        self.validate(now, |jws, algorithm| {
            if !algorithm.is_symmetric() {
                return keys.verify(jws, algorithm);
            }
            let bad_signature = IdTokenError::BadSignature { key_was_named: true };
            let secret = self.client.client_secret().ok_or(bad_signature)?.secret().as_bytes();
            if verify_hmac(algorithm, secret, jws.signing_input.as_bytes(), &jws.signature) {
                Ok(())
            } else {
                Err(IdTokenError::BadSignature { key_was_named: true })
            }
        })
    }

    pub(crate) fn verify_trusting_tls(&self, now: SystemTime) -> Result<IdToken, IdTokenError> {
        self.validate(now, |_, _| {
            let scheme = self.client.token_endpoint().and_then(http::Uri::scheme);
            if scheme == Some(&http::uri::Scheme::HTTPS) { Ok(()) } else { Err(IdTokenError::InsecureEndpoint) }
        })
    }

    /// Whether the token claims a key that is not in the set; or, where it names none, no key of the set made it, perhaps
    /// since the provider has a new one.
    pub(crate) fn asks_for_other_keys_than(&self, keys: &JwkSet) -> bool {
        if let Some(kid) = unverified_kid(self.id_token) {
            return !keys.names(&kid);
        }
        Jws::parse(self.id_token).is_ok_and(|jws| {
            let allowed = self.allowed_algorithm(&jws).filter(|algorithm| !algorithm.is_symmetric());
            allowed.is_some_and(|algorithm| keys.verify(&jws, algorithm).is_err())
        })
    }

    /// The steps of Core 3.1.3.7. `authenticate` is step 6: the signature, or TLS in its place.
    fn validate(
        &self,
        now: SystemTime,
        authenticate: impl FnOnce(&Jws<'_>, SignatureAlgorithm) -> Result<(), IdTokenError>,
    ) -> Result<IdToken, IdTokenError> {
        let now = since_epoch(now);
        // Step 1: decryption. None is negotiated, and an encrypted token is refused.
        let jws = Jws::parse(self.id_token)?;
        let claims = Claims::parse(&jws.payload)?;
        self.check_issuer(&claims)?;
        self.check_audience(&claims)?;
        self.check_authorized_party(&claims)?;
        let algorithm = self.check_algorithm(&jws, &claims)?;
        authenticate(&jws, algorithm)?;
        self.check_times(&claims, now)?;
        self.check_nonce(&claims)?;
        self.check_acr(&claims)?;
        self.check_auth_time(&claims)?;
        self.check_hashes(&claims, algorithm)?;
        Ok(IdToken { claims, payload: jws.payload, compact: Arc::clone(self.id_token) })
    }

    /// Step 2: the issuer is exactly the provider's; or, where those of all its tenants are accepted, of the tenant that the
    /// token names.
    fn check_issuer(&self, claims: &Claims) -> Result<(), IdTokenError> {
        let of_its_tenant =
            || self.client.tenant_of(&claims.iss).is_some_and(|tenant| claims.tid.as_deref() == Some(tenant));
        if self.client.is_issuer(&claims.iss) || of_its_tenant() { Ok(()) } else { Err(IdTokenError::IssuerMismatch) }
    }

    /// Step 3: the audience holds this client's id, and nobody who is not trusted. Where the token says that it was issued to
    /// this client (`azp`), further audiences are the provider's to choose: Zitadel lists those of the whole project.
    fn check_audience(&self, claims: &Claims) -> Result<(), IdTokenError> {
        let is_us = |audience: &str| audience == self.client.client_id();
        if !claims.aud.iter().any(|audience| is_us(audience)) {
            return Err(IdTokenError::AudienceMismatch);
        }
        let issued_to_us = claims.azp.as_deref().is_some_and(is_us);
        let trusted = |audience: &String| is_us(audience) || self.client.trusts_audience(audience);
        if issued_to_us || claims.aud.iter().all(trusted) { Ok(()) } else { Err(IdTokenError::UntrustedAudience) }
    }

    /// Steps 4 and 5: an authorized party, where there is one, is this client or trusted.
    fn check_authorized_party(&self, claims: &Claims) -> Result<(), IdTokenError> {
        let trusted = |party: &String| party == self.client.client_id() || self.client.trusts_audience(party);
        if claims.azp.iter().all(trusted) { Ok(()) } else { Err(IdTokenError::AuthorizedPartyMismatch) }
    }

    /// Steps 7 and 8: the algorithm is one of those that this client accepts. What step 8 leaves unspecified, an HMAC for
    /// several audiences who would all know the secret, is not accepted.
    fn check_algorithm(&self, jws: &Jws<'_>, claims: &Claims) -> Result<SignatureAlgorithm, IdTokenError> {
        let several_audiences = claims.aud.iter().any(|audience| *audience != self.client.client_id());
        self.allowed_algorithm(jws)
            .filter(|algorithm| !(algorithm.is_symmetric() && several_audiences))
            .ok_or_else(|| IdTokenError::AlgorithmNotAllowed { algorithm: Algorithm::from(&*jws.alg) })
    }

    fn allowed_algorithm(&self, jws: &Jws<'_>) -> Option<SignatureAlgorithm> {
        let allowed = self.client.id_token_algorithms();
        SignatureAlgorithm::from_name(&jws.alg).filter(|algorithm| allowed.contains(algorithm))
    }

    /// Steps 9 and 10, RFC 7519 sections 4.1.4 to 4.1.6: it has not ended, its time has come, it is not from the future.
    fn check_times(&self, claims: &Claims, now: Duration) -> Result<(), IdTokenError> {
        let leeway = self.client.leeway();
        let latest = now.saturating_add(leeway);
        if claims.exp.saturating_add(leeway) <= now {
            return Err(IdTokenError::Expired);
        }
        if claims.nbf.is_some_and(|nbf| nbf > latest) {
            return Err(IdTokenError::NotYetValid);
        }
        if claims.iat > latest {
            return Err(IdTokenError::IssuedInFuture);
        }
        Ok(())
    }

    /// Step 11: the nonce is that of this login; where none was sent, one that comes belongs to another.
    fn check_nonce(&self, claims: &Claims) -> Result<(), IdTokenError> {
        match (&self.expectations.nonce, &claims.nonce) {
            (Some(sent), Some(received)) if sent == received => Ok(()),
            (None, None) => Ok(()),
            (Some(_), None) => Err(IdTokenError::NonceMissing),
            (_, Some(_)) => Err(IdTokenError::NonceMismatch),
        }
    }

    /// Step 12: the class of the login is one that was required.
    fn check_acr(&self, claims: &Claims) -> Result<(), IdTokenError> {
        let required = &self.expectations.require_acr;
        let fulfilled = claims.acr.as_ref().is_some_and(|acr| required.contains(acr));
        if required.is_empty() || fulfilled { Ok(()) } else { Err(IdTokenError::AcrMismatch) }
    }

    /// Step 13: the person had logged in within `max_age` of the moment when this login began, so that reading a consent
    /// page for long does not make a fresh login old.
    fn check_auth_time(&self, claims: &Claims) -> Result<(), IdTokenError> {
        let Some(max_age) = self.expectations.max_age else {
            return Ok(());
        };
        let auth_time = claims.auth_time.ok_or(IdTokenError::AuthTimeMissing)?;
        let oldest = auth_time.saturating_add(Duration::from_secs(max_age)).saturating_add(self.client.leeway());
        if oldest >= self.expectations.began { Ok(()) } else { Err(IdTokenError::AuthenticationTooOld) }
    }

    /// Core 3.1.3.8 and 3.3.2.10: access token and code are those that the ID token was issued with.
    fn check_hashes(&self, claims: &Claims, algorithm: SignatureAlgorithm) -> Result<(), IdTokenError> {
        let differs = |hash: &String, of: &str| !is_left_half(hash, of, algorithm);
        if claims.at_hash.as_ref().is_some_and(|hash| differs(hash, self.access_token.secret())) {
            return Err(IdTokenError::AccessTokenHashMismatch);
        }
        if claims.c_hash.as_ref().is_some_and(|hash| differs(hash, self.expectations.code.secret())) {
            return Err(IdTokenError::CodeHashMismatch);
        }
        Ok(())
    }
}

/// Core 3.1.3.6: base64url of the left half of the hash of the ASCII of `of`, by the hash of the signature's algorithm.
///
/// No specification names the hash for EdDSA, and providers differ: there the length decides, 22 characters for half of
/// SHA-256.
fn is_left_half(hash: &str, of: &str, algorithm: SignatureAlgorithm) -> bool {
    let function = match algorithm {
        SignatureAlgorithm::Ed25519 if hash.len() == 22 => Hash::Sha256,
        other => other.hash(),
    };
    let digest = function.digest(of);
    let half = digest.get(..digest.len() / 2).unwrap_or_default();
    constant_time_eq(hash, &URL_SAFE_NO_PAD.encode(half))
}
