//! Client assertions (RFC 7523 sections 2.2 and 3, OpenID Connect Core 1.0 section 9): JWTs that the client signs to say who it
//! is.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;

use crate::client::signing_error::SigningError;
use crate::ground::random;
use crate::ground::secret::secret_string;
use crate::ground::time::since_epoch;
use crate::ground::vocabulary::Algorithm;
use crate::jose::signer::{self, JwsHeader, SharedSigner};

secret_string! {
    /// A client assertion, in compact serialization: until it expires or the provider has seen it, whoever has it can
    /// act as this client.
    ClientAssertion
}

/// In seconds: long enough for a request to arrive.
const LIFETIME: u64 = 60;

/// The claims of an assertion (RFC 7523 section 3).
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    /// One string, so that it is for one provider alone.
    aud: &'a str,
    iat: u64,
    exp: u64,
    jti: &'a str,
}

/// Makes a new assertion for each request.
#[derive(Clone)]
pub(crate) struct Assertions {
    pub(super) signer: SharedSigner,
    /// Who says it: the client id; for Apple, the team.
    pub(super) issuer: Arc<str>,
    pub(super) audience: Arc<str>,
}

impl Assertions {
    pub(super) fn make(&self, client_id: &str, now: SystemTime) -> Result<String, SigningError> {
        let jti = random::identifier().map_err(SigningError::Randomness)?;
        let claims = claims(&self.issuer, client_id, &self.audience, &jti, now);
        // Microsoft Entra, which knows a key by its certificate, asks for a type as well.
        let typ = self.signer.certificate_thumbprint().map(|_| "JWT");
        signer::sign(&*self.signer, typ, None, &claims).map_err(SigningError::Signer)
    }
}

fn claims<'a>(iss: &'a str, sub: &'a str, aud: &'a str, jti: &'a str, now: SystemTime) -> Claims<'a> {
    let iat = since_epoch(now).as_secs();
    Claims { iss, sub, aud, iat, exp: iat.saturating_add(LIFETIME), jti }
}

/// A key that is somewhere else: the caller has its signatures made.
#[derive(Clone)]
pub(crate) struct RemoteKey {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<Arc<str>>,
    pub(super) audience: Arc<str>,
}

impl RemoteKey {
    pub(super) fn to_sign(&self, client_id: &str, now: SystemTime) -> Result<AssertionToSign, SigningError> {
        let jti = random::identifier().map_err(SigningError::Randomness)?;
        let header = JwsHeader { alg: self.algorithm.as_str(), kid: self.key_id.as_deref(), ..JwsHeader::default() };
        let claims = claims(client_id, client_id, &self.audience, &jti, now);
        let input = signer::signing_input(&header, &claims).map_err(|error| SigningError::Signer(error.into()))?;
        Ok(AssertionToSign { input, algorithm: self.algorithm.clone() })
    }
}

/// A client assertion without its signature.
#[must_use]
pub struct AssertionToSign {
    input: String,
    algorithm: Algorithm,
}

impl AssertionToSign {
    /// The bytes to sign, not hashed yet.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        self.input.as_bytes()
    }

    /// Adds the signature. An ECDSA signature is `r || s` (RFC 7518 section 3.4); many key stores answer in DER.
    ///
    /// # Errors
    ///
    /// [`SigningError::Signer`] when the signature does not have the length that its algorithm makes.
    pub fn signed(self, signature: &[u8]) -> Result<ClientAssertion, SigningError> {
        signer::with_signature(self.input, self.algorithm.as_str(), signature)
            .map(ClientAssertion::from)
            .map_err(SigningError::Signer)
    }
}

impl fmt::Debug for AssertionToSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssertionToSign").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
