//! DPoP (RFC 9449): a proof beside a request that its sender holds the key which the tokens are bound to.

use std::time::SystemTime;

use http::{HeaderValue, Request, Uri};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::client::error::ClientError;
use crate::client::signing_error::SigningError;
use crate::ground::random;
use crate::ground::time::since_epoch;
use crate::ground::vocabulary::Algorithm;
use crate::jose::signer::{self, SharedSigner};
use crate::jose::{InvalidKey, sha256_in_base64url};

/// The key that the client's tokens are bound to.
#[derive(Clone)]
pub(crate) struct DpopKey {
    signer: SharedSigner,
    /// The public key, with the required members alone.
    jwk: Box<RawValue>,
    thumbprint: String,
}

/// The claims of a proof (RFC 9449 section 4.2).
#[derive(Serialize)]
struct Claims<'a> {
    jti: &'a str,
    htm: &'a str,
    htu: &'a str,
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
}

impl DpopKey {
    /// `listed` is `dpop_signing_alg_values_supported` (RFC 9449 section 5.1).
    pub(super) fn new(signer: SharedSigner, listed: Option<&Vec<Algorithm>>) -> Result<Self, ClientError> {
        let public = signer::public_key(&*signer)?;
        let algorithm = signer.algorithm();
        if listed.is_some_and(|listed| !listed.contains(&algorithm)) {
            let reason = "the provider does not list it for DPoP proofs";
            return Err(ClientError::InvalidAlgorithm { algorithm: Some(algorithm), reason });
        }
        let jwk = RawValue::from_string(public.required_members());
        let jwk = jwk.map_err(|_| InvalidKey::new("its public half is not a public JWK"))?;
        Ok(Self { signer, jwk, thumbprint: public.thumbprint() })
    }

    /// RFC 9449 section 10: what binds an authorization code to the key.
    pub(crate) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Puts a proof into a request. `access_token` is the token that the request carries.
    pub(crate) fn prove<B>(
        &self,
        request: &mut Request<B>,
        access_token: Option<&str>,
        nonce: Option<&str>,
        now: SystemTime,
    ) -> Result<(), SigningError> {
        let htu = without_query(request.uri()).ok_or(SigningError::RelativeUri)?;
        let jti = random::identifier().map_err(SigningError::Randomness)?;
        let claims = Claims {
            jti: &jti,
            htm: request.method().as_str(),
            htu: &htu,
            iat: since_epoch(now).as_secs(),
            ath: access_token.map(sha256_in_base64url),
            nonce,
        };
        let proof = signer::sign(&*self.signer, Some("dpop+jwt"), Some(&self.jwk), &claims);
        let proof = proof.map_err(SigningError::Signer)?;
        let mut value = HeaderValue::from_str(&proof).map_err(|error| SigningError::Signer(error.into()))?;
        value.set_sensitive(true);
        request.headers_mut().insert("dpop", value);
        Ok(())
    }
}

/// RFC 9449 section 4.2, `htu`: without query and fragment.
fn without_query(uri: &Uri) -> Option<String> {
    Some([uri.scheme_str()?, "://", uri.authority()?.as_str(), uri.path()].concat())
}
