//! The metadata of a resource as a signed JWT (RFC 9728 section 2.2).

use std::time::{Duration, SystemTime};

use crate::exchange::ResponseError;
use crate::ground::json::Object;
use crate::ground::time::since_epoch;
use crate::ground::uri::UrlProblem;
use crate::jose::jwt::{OptionalTimes, read_claims, read_not_empty, read_numeric_date, required, valid};
use crate::jose::{JwkSet, Jws, JwtError, SignatureAlgorithm};
use crate::resource::error::ResourceError;
use crate::resource::metadata::ProtectedResourceMetadata;

/// How far the clocks may differ: as a client has it.
const LEEWAY: Duration = Duration::from_secs(60);

impl ProtectedResourceMetadata {
    /// Verifies the signed metadata (RFC 9728 section 2.2), and gives what is signed, and nothing else: what the resource says
    /// beside it stays in the metadata as it came, and proves nothing.
    ///
    /// `issuer` is whom the caller trusts to speak of the resource, and `keys` are theirs, from a place that the caller knows.
    /// Keys from the `jwks_uri` of this document would only say that it agrees with itself.
    ///
    /// # Errors
    ///
    /// [`ResourceError::Jwt`]: with [`JwtError::NotSigned`] where there is no signed metadata; with what is wrong, where its
    /// signature, `iss` or a time is, where it has no `resource` or a member of the wrong kind.
    /// [`ResourceError::ResourceMismatch`] where it is about another resource; [`ResourceError::InsecureUrl`] for a signed
    /// `jwks_uri` without TLS.
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    #[cfg_attr(docsrs, doc(cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))))]
    pub fn verify_signed(&self, issuer: &str, keys: &JwkSet, now: SystemTime) -> Result<Self, ResourceError> {
        self.validate(issuer, keys, now)
    }

    fn validate(&self, issuer: &str, keys: &JwkSet, now: SystemTime) -> Result<Self, ResourceError> {
        let compact = self.signed_metadata.as_deref().ok_or(JwtError::NotSigned)?;
        // RFC 8725 section 3.11: it says that it is a JWT, or says nothing of its kind. What other tokens do not have is its
        // `resource`.
        let jws = Jws::parse(compact, &["JWT"])?;
        let mut claims = read_claims(&jws.payload)?;
        let signed = Claims::take(&mut claims)?;
        if signed.iss != issuer {
            return Err(JwtError::IssuerMismatch.into());
        }
        let algorithm = SignatureAlgorithm::from_name(jws.alg.as_str())
            .filter(|algorithm| !algorithm.is_symmetric())
            .ok_or_else(|| JwtError::AlgorithmNotAllowed { algorithm: jws.alg.clone() })?;
        keys.verify(&jws, algorithm, |key| key.issuer().is_none_or(|of| of == issuer))?;
        signed.times.check(since_epoch(now), LEEWAY)?;
        let metadata = Self::from_object(claims, self.http_allowed()).map_err(unreadable)?;
        if metadata.resource != self.resource {
            return Err(ResourceError::mismatch(&self.resource, &metadata.resource));
        }
        metadata.check_endpoints().map_err(|problem| match problem {
            UrlProblem::Malformed => JwtError::InvalidClaim { claim: "jwks_uri".into() }.into(),
            UrlProblem::Insecure => ResourceError::InsecureUrl { field: "jwks_uri" },
        })?;
        Ok(metadata)
    }
}

fn unreadable(error: ResponseError) -> JwtError {
    match error {
        ResponseError::InvalidField { field } => JwtError::InvalidClaim { claim: field },
        // The only member that must be there.
        _ => JwtError::MissingClaim { claim: "resource" },
    }
}

/// What is said of the document, and not of the resource.
struct Claims {
    iss: String,
    times: OptionalTimes,
}

impl Claims {
    /// Takes them out, with those that nothing is made of.
    fn take(claims: &mut Object<'_>) -> Result<Self, JwtError> {
        let mut read = |name: &'static str| claims.take_raw(name).map(|raw| (name, raw));
        let date = |(name, raw)| valid(name, read_numeric_date(raw));
        let iss = read("iss").map(|(name, raw)| valid(name, read_not_empty(raw))).transpose()?;
        // Section 2.2: signed metadata in signed metadata is ignored.
        for unused in ["sub", "aud", "jti", "signed_metadata"] {
            read(unused);
        }
        Ok(Self {
            iss: required("iss", iss)?,
            times: OptionalTimes {
                exp: read("exp").map(date).transpose()?,
                nbf: read("nbf").map(date).transpose()?,
                iat: read("iat").map(date).transpose()?,
            },
        })
    }
}
