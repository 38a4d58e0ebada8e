//! The ID token of a refresh: verified in full, and compared with the login that it goes on with (OpenID Connect Core
//! 1.0 section 12.2).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::client::Client;
use crate::ground::secret::SecretText;
use crate::ground::time::since_epoch;
use crate::id_token::IdToken;
use crate::id_token::claims::{Claims, Nonce};
use crate::id_token::error::IdTokenError;
use crate::id_token::verify::{ID_TOKEN, check_access_token_hash, tls_vouches};
use crate::jose::{JwkSet, Jws, JwtError, SignatureAlgorithm};
use crate::keys::signed_jwt::SignedJwt;
use crate::token_endpoint::AccessToken;

/// What a login said of the user, and every later ID token of it must say again.
#[derive(Clone, Debug)]
pub(crate) struct LoginClaims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: Vec<String>,
    pub(crate) azp: Option<String>,
    /// Since the epoch.
    pub(crate) auth_time: Option<Duration>,
    pub(crate) nonce: Option<Nonce>,
}

impl LoginClaims {
    pub(crate) fn of(id_token: &IdToken) -> Self {
        let claims = &id_token.claims;
        Self {
            iss: claims.iss.clone(),
            sub: claims.sub.clone(),
            aud: claims.aud.clone(),
            azp: claims.azp.clone(),
            auth_time: claims.auth_time,
            nonce: claims.nonce.clone(),
        }
    }
}

/// The ID token of a refresh, not verified yet.
pub(crate) struct RefreshedIdToken {
    jwt: SignedJwt,
    login: Arc<LoginClaims>,
}

impl RefreshedIdToken {
    pub(crate) fn new(client: Client, login: Arc<LoginClaims>, compact: SecretText) -> Self {
        Self { jwt: SignedJwt::new(client, &ID_TOKEN, compact), login }
    }

    pub(crate) fn jwt(&self) -> &SignedJwt {
        &self.jwt
    }

    /// Verifies it, with the access token that came with it.
    pub(crate) fn verify(
        &self,
        keys: &JwkSet,
        access_token: &AccessToken,
        now: SystemTime,
    ) -> Result<IdToken, IdTokenError> {
        self.validate(access_token, now, |jws, claims, algorithm| {
            Ok(self.jwt.check_signature(keys, jws, algorithm, Some(&claims.iss))?)
        })
    }

    /// Verifies it, but for the signature: TLS vouches for the token endpoint that it came from.
    pub(crate) fn verify_trusting_tls(
        &self,
        access_token: &AccessToken,
        now: SystemTime,
    ) -> Result<IdToken, IdTokenError> {
        self.validate(access_token, now, |_, _, _| tls_vouches(self.jwt.client()))
    }

    /// The steps of Core 3.1.3.7 with what Core 12.2 says in the place of a nonce that was sent. How old the login may be
    /// (`max_age`) and how strong (`acr`) was judged when it was made.
    fn validate(
        &self,
        access_token: &AccessToken,
        now: SystemTime,
        authenticate: impl FnOnce(&Jws<'_>, &Claims, SignatureAlgorithm) -> Result<(), IdTokenError>,
    ) -> Result<IdToken, IdTokenError> {
        let jws = self.jwt.parse()?;
        let claims = Claims::parse(&jws.payload)?;
        self.check_issuer(&claims)?;
        self.check_audience(&claims)?;
        let algorithm = self.jwt.allowed_algorithm(&jws, &claims.aud)?;
        authenticate(&jws, &claims, algorithm)?;
        claims.times.check(since_epoch(now), self.jwt.client().leeway())?;
        self.check_login(&claims)?;
        check_access_token_hash(&claims, Some(access_token), algorithm)?;
        Ok(IdToken { claims, payload: jws.payload, compact: Arc::clone(self.jwt.signed()?) })
    }

    /// Core 12.2: its issuer is that of the login; and it is still one that this client accepts.
    fn check_issuer(&self, claims: &Claims) -> Result<(), JwtError> {
        let accepted = self.jwt.client().issuers().may_issue(&claims.iss, claims.tid.as_deref());
        if accepted && claims.iss == self.login.iss { Ok(()) } else { Err(JwtError::IssuerMismatch) }
    }

    /// Core 12.2: its audience has the client, and is that of the login, as a set.
    fn check_audience(&self, claims: &Claims) -> Result<(), JwtError> {
        let set = |audience: &[String]| audience.iter().cloned().collect::<BTreeSet<String>>();
        let to_us = claims.aud.iter().any(|audience| audience == self.jwt.client().client_id());
        let same = set(&claims.aud) == set(&self.login.aud);
        if to_us && same { Ok(()) } else { Err(JwtError::AudienceMismatch) }
    }

    /// Core 12.2: the same user, the same authorized party; and, where they come, the same moment of login and nonce.
    fn check_login(&self, claims: &Claims) -> Result<(), IdTokenError> {
        if claims.sub != self.login.sub {
            return Err(IdTokenError::SubjectMismatch);
        }
        if claims.azp != self.login.azp {
            return Err(IdTokenError::AuthorizedPartyMismatch);
        }
        // What is stored has no fractions of a second.
        if claims.auth_time.zip(self.login.auth_time).is_some_and(|(now, then)| now.as_secs() != then.as_secs()) {
            return Err(IdTokenError::AuthTimeMismatch);
        }
        if claims.nonce.is_some() && claims.nonce != self.login.nonce {
            return Err(IdTokenError::NonceMismatch);
        }
        Ok(())
    }
}
