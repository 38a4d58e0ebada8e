//! ID token validation (OpenID Connect Core 1.0 with errata set 2, section 3.1.3.7), one numbered step after the other. It
//! knows no flow: what a flow expects of the token is an argument.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::client::Client;
use crate::ground::base64url;
use crate::ground::secret::{SecretText, constant_time_eq};
use crate::ground::time::since_epoch;
use crate::id_token::IdToken;
use crate::id_token::claims::{Claims, Nonce};
use crate::id_token::error::IdTokenError;
use crate::jose::{Hash, JwkSet, Jws, JwtError, SignatureAlgorithm};
use crate::keys::signed_jwt::{JwtKind, SignedJwt};
use crate::token_endpoint::{AccessToken, AuthorizationCode};

/// What a flow began with, and the ID token must agree with.
pub(crate) struct Expectations {
    pub(crate) nonce: Option<Nonce>,
    /// When the login began, since the epoch.
    pub(crate) began: Duration,
    /// In seconds.
    pub(crate) max_age: Option<u64>,
    /// The acceptable classes; any where it is empty.
    pub(crate) acr_values: Vec<String>,
    /// What the token's `c_hash`, where it has one, is the hash of.
    pub(crate) code: Option<AuthorizationCode>,
}

/// An ID token that is not verified yet, and what it must agree with.
pub(crate) struct SignedIdToken {
    jwt: SignedJwt,
    expectations: Expectations,
}

/// RFC 8725 section 3.11: an ID token is not an access token or a logout token.
pub(super) const ID_TOKEN: JwtKind =
    JwtKind { types: &["JWT"], algorithms: Client::id_token_algorithms, encryption: Client::id_token_encryption };

impl SignedIdToken {
    pub(crate) fn new(client: Client, expectations: Expectations, compact: SecretText) -> Self {
        Self { jwt: SignedJwt::new(client, &ID_TOKEN, compact), expectations }
    }

    pub(crate) fn jwt(&self) -> &SignedJwt {
        &self.jwt
    }

    /// Verifies it. `access_token` is the one that came with it, where one did.
    pub(crate) fn verify(
        &self,
        keys: &JwkSet,
        access_token: Option<&AccessToken>,
        now: SystemTime,
    ) -> Result<IdToken, IdTokenError> {
        self.validate(access_token, now, |jws, claims, algorithm| {
            Ok(self.jwt.check_signature(keys, jws, algorithm, Some(&claims.iss))?)
        })
    }

    /// Verifies it, but for the signature: TLS vouches for the token endpoint that it came from.
    pub(crate) fn verify_trusting_tls(
        &self,
        access_token: Option<&AccessToken>,
        now: SystemTime,
    ) -> Result<IdToken, IdTokenError> {
        self.validate(access_token, now, |_, _, _| tls_vouches(self.client()))
    }

    fn client(&self) -> &Client {
        self.jwt.client()
    }

    /// The steps of Core 3.1.3.7. `authenticate` is step 6: the signature, or TLS in its place.
    fn validate(
        &self,
        access_token: Option<&AccessToken>,
        now: SystemTime,
        authenticate: impl FnOnce(&Jws<'_>, &Claims, SignatureAlgorithm) -> Result<(), IdTokenError>,
    ) -> Result<IdToken, IdTokenError> {
        let now = since_epoch(now);
        // Step 1: decryption.
        let jws = self.jwt.parse()?;
        let claims = Claims::parse(&jws.payload)?;
        self.check_issuer(&claims)?;
        self.check_audience(&claims)?;
        self.check_authorized_party(&claims)?;
        // Steps 7 and 8.
        let algorithm = self.jwt.allowed_algorithm(&jws, &claims.aud)?;
        authenticate(&jws, &claims, algorithm)?;
        self.check_times(&claims, now)?;
        self.check_nonce(&claims)?;
        self.check_acr(&claims)?;
        self.check_auth_time(&claims, now)?;
        self.check_hashes(&claims, access_token, algorithm)?;
        Ok(IdToken { claims, payload: jws.payload, compact: Arc::clone(self.jwt.signed()?) })
    }

    /// Step 2: the issuer is exactly the provider's; or, where those of all its tenants are accepted, of the tenant that the
    /// token names.
    fn check_issuer(&self, claims: &Claims) -> Result<(), JwtError> {
        let right = self.client().issuers().may_issue(&claims.iss, claims.tid.as_deref());
        if right { Ok(()) } else { Err(JwtError::IssuerMismatch) }
    }

    /// Step 3: the audience holds this client's id, and nobody who is not trusted. Where the token says that it was issued to
    /// this client (`azp`), further audiences are the provider's to choose: Zitadel lists those of the whole project.
    fn check_audience(&self, claims: &Claims) -> Result<(), IdTokenError> {
        let is_us = |audience: &str| audience == self.client().client_id();
        if !claims.aud.iter().any(|audience| is_us(audience)) {
            return Err(JwtError::AudienceMismatch.into());
        }
        let issued_to_us = claims.azp.as_deref().is_some_and(is_us);
        let trusted = |audience: &String| is_us(audience) || self.client().trusts_audience(audience);
        if issued_to_us || claims.aud.iter().all(trusted) { Ok(()) } else { Err(IdTokenError::UntrustedAudience) }
    }

    /// Steps 4 and 5: an authorized party, where there is one, is this client or trusted.
    fn check_authorized_party(&self, claims: &Claims) -> Result<(), IdTokenError> {
        let trusted = |party: &String| party == self.client().client_id() || self.client().trusts_audience(party);
        if claims.azp.iter().all(trusted) { Ok(()) } else { Err(IdTokenError::AuthorizedPartyMismatch) }
    }

    /// Steps 9 and 10, RFC 7519 sections 4.1.4 to 4.1.6: it has not expired, it is valid already, it is not from the future.
    fn check_times(&self, claims: &Claims, now: Duration) -> Result<(), JwtError> {
        claims.times.check(now, self.client().leeway())
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
        let required = &self.expectations.acr_values;
        let fulfilled = claims.acr.as_ref().is_some_and(|acr| required.contains(acr));
        if required.is_empty() || fulfilled { Ok(()) } else { Err(IdTokenError::AcrMismatch) }
    }

    /// Step 13: the user had logged in within `max_age` of the moment when this login began, so that reading a consent page
    /// for long does not make a fresh login old. Some providers send 0 where they do not know.
    fn check_auth_time(&self, claims: &Claims, now: Duration) -> Result<(), IdTokenError> {
        let Some(max_age) = self.expectations.max_age else {
            return Ok(());
        };
        let auth_time =
            claims.auth_time.filter(|auth_time| !auth_time.is_zero()).ok_or(IdTokenError::AuthTimeMissing)?;
        let leeway = self.client().leeway();
        // One in the future would be fresh for ever.
        if auth_time > now.saturating_add(leeway) {
            return Err(JwtError::InvalidClaim { claim: "auth_time".into() }.into());
        }
        let oldest = auth_time.saturating_add(Duration::from_secs(max_age)).saturating_add(leeway);
        if oldest >= self.expectations.began { Ok(()) } else { Err(IdTokenError::AuthenticationTooOld) }
    }

    /// Core 3.1.3.8 and 3.3.2.10: access token and code are those that the ID token was issued with.
    fn check_hashes(
        &self,
        claims: &Claims,
        access_token: Option<&AccessToken>,
        algorithm: SignatureAlgorithm,
    ) -> Result<(), IdTokenError> {
        check_access_token_hash(claims, access_token, algorithm)?;
        let code = self.expectations.code.as_ref().map(AuthorizationCode::secret);
        let differs = claims.c_hash.as_ref().zip(code).is_some_and(|(hash, of)| !is_left_half(hash, of, algorithm));
        if differs { Err(IdTokenError::CodeHashMismatch) } else { Ok(()) }
    }
}

/// Step 6: TLS stands in for the signature of what came from the token endpoint.
pub(super) fn tls_vouches(client: &Client) -> Result<(), IdTokenError> {
    let scheme = client.token_endpoint().and_then(http::Uri::scheme);
    if scheme == Some(&http::uri::Scheme::HTTPS) { Ok(()) } else { Err(IdTokenError::InsecureEndpoint) }
}

/// Core 3.1.3.8: the access token is the one that the ID token was issued with.
pub(super) fn check_access_token_hash(
    claims: &Claims,
    access_token: Option<&AccessToken>,
    algorithm: SignatureAlgorithm,
) -> Result<(), IdTokenError> {
    let hash = claims.at_hash.as_ref().zip(access_token);
    let differs = hash.is_some_and(|(hash, of)| !is_left_half(hash, of.secret(), algorithm));
    if differs { Err(IdTokenError::AccessTokenHashMismatch) } else { Ok(()) }
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
    constant_time_eq(hash, &base64url::encode(half))
}
