//! An answer that may be JSON, for which TLS vouches, or a JWT that the provider signed (OpenID Connect Core 1.0 section
//! 5.3.2, RFC 9701 section 5): what both kinds of endpoint have in common.

use std::time::{Duration, SystemTime};

use crate::client::Client;
use crate::ground::json::Object;
use crate::ground::secret::SecretText;
use crate::ground::time::since_epoch;
use crate::jose::jwt::{
    OptionalTimes, read_claims, read_not_empty, read_numeric_date, read_string, read_strings, required, valid,
};
use crate::jose::{JwkSet, JwtError};
use crate::keys::signed_jwt::{JwtKind, SignedJwt};

/// What came, not verified.
pub(super) enum Answer<T> {
    /// JSON, read.
    Json(T),
    Signed(SignedAnswer),
}

impl<T> Answer<T> {
    /// The JWT, where it is one. What was encrypted without a signature is none.
    pub(super) fn signed(&self) -> Option<&SignedJwt> {
        match self {
            Self::Json(_) => None,
            Self::Signed(signed) => Some(&signed.jwt).filter(|jwt| jwt.encrypted_json().is_none()),
        }
    }
}

/// An answer that the provider signed.
pub(super) struct SignedAnswer {
    jwt: SignedJwt,
    rules: &'static Rules,
}

/// What a signed answer of one endpoint must have.
pub(super) struct Rules {
    pub(super) kind: JwtKind,
    pub(super) typ_required: bool,
    /// Whether `iss` and `aud` must be there. They are compared in any case.
    pub(super) parties_required: fn(&Client) -> bool,
    pub(super) iat_required: bool,
}

impl SignedAnswer {
    pub(super) fn new(client: Client, rules: &'static Rules, compact: &str) -> Self {
        let jwt = SignedJwt::new(client, &rules.kind, SecretText::new(compact));
        Self { jwt, rules }
    }

    /// The JSON object that was encrypted without a signature, where it is one.
    pub(super) fn encrypted_json(&self) -> Option<&str> {
        self.jwt.encrypted_json()
    }

    /// Verifies it; gives what `read` finds in the claims, and the claims as text. Without `keys`, nothing can vouch for the
    /// signature.
    pub(super) fn verify<T>(
        &self,
        keys: Option<&JwkSet>,
        now: SystemTime,
        read: impl FnOnce(&mut Object<'_>) -> Result<T, JwtError>,
    ) -> Result<(T, SecretText), JwtError> {
        let client = self.jwt.client();
        // RFC 7515 section 5.2; RFC 8725 section 3.11: the type of one token is not that of another.
        let jws = self.jwt.parse()?;
        if self.rules.typ_required && !jws.has_type {
            return Err(JwtError::WrongType);
        }
        let mut object = read_claims(&jws.payload)?;
        let claims = Claims::take_from(&mut object)?;
        let of_endpoint = read(&mut object)?;
        drop(object);
        self.check_parties(&claims)?;
        // RFC 8725 section 3.1: the algorithm is one that this client accepts.
        let algorithm = self.jwt.allowed_algorithm(&jws, claims.aud.as_deref().unwrap_or_default())?;
        let keys = keys.ok_or(JwtError::UnknownKey)?;
        self.jwt.check_signature(keys, &jws, algorithm, claims.iss.as_deref())?;
        // RFC 7519 sections 4.1.4 to 4.1.6.
        if self.rules.iat_required {
            required("iat", claims.times.iat)?;
        }
        claims.times.check(since_epoch(now), client.leeway())?;
        Ok((of_endpoint, jws.payload))
    }

    /// It comes from the provider and is meant for this client.
    fn check_parties(&self, claims: &Claims) -> Result<(), JwtError> {
        let client = self.jwt.client();
        if (self.rules.parties_required)(client) {
            required("iss", claims.iss.as_ref())?;
            required("aud", claims.aud.as_ref())?;
        }
        let may_issue = |iss: &String| client.issuers().may_issue(iss, claims.tid.as_deref());
        if !claims.iss.iter().all(may_issue) {
            return Err(JwtError::IssuerMismatch);
        }
        let is_for_us = |aud: &Vec<String>| aud.iter().any(|audience| audience == client.client_id());
        if claims.aud.iter().all(is_for_us) { Ok(()) } else { Err(JwtError::AudienceMismatch) }
    }
}

/// The claims that say who made the answer, for whom, and when.
struct Claims {
    iss: Option<String>,
    aud: Option<Vec<String>>,
    /// The tenant, at Microsoft Entra; elsewhere it may be anything.
    tid: Option<String>,
    times: OptionalTimes,
}

impl Claims {
    fn take_from(object: &mut Object<'_>) -> Result<Self, JwtError> {
        let mut time = |name| -> Result<Option<Duration>, JwtError> {
            object.take_raw(name).map(|raw| valid(name, read_numeric_date(raw))).transpose()
        };
        let times = OptionalTimes { exp: time("exp")?, nbf: time("nbf")?, iat: time("iat")? };
        Ok(Self {
            iss: object.take_raw("iss").map(|raw| valid("iss", read_string(raw))).transpose()?,
            aud: object.take_raw("aud").map(|raw| valid("aud", read_strings(raw))).transpose()?,
            tid: object.take_raw("tid").and_then(|raw| read_string(raw).ok()),
            times,
        })
    }
}

/// The claim `sub`, which must be there.
pub(super) fn take_sub(object: &mut Object<'_>) -> Result<String, JwtError> {
    required("sub", object.take_raw("sub").map(|raw| valid("sub", read_not_empty(raw))).transpose()?)
}
