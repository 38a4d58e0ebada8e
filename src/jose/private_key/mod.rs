//! A private key of our own: it signs, or it decrypts. How it is read stands in its own file.

mod read;
#[cfg(test)]
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
mod tests;

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::ground::BoxError;
use crate::ground::vocabulary::Algorithm;
use crate::jose::algorithm::{Curve, SignatureAlgorithm};
use crate::jose::backend;
use crate::jose::error::InvalidKey;
use crate::jose::jwe::agreement::EphemeralKey;
use crate::jose::jwe::algorithm::{KeyManagement, OaepHash};
use crate::jose::jwk::is_sound_rsa;
use crate::jose::material::{KeyType, Material};
use crate::jose::signer::Signer;

/// A private key: it signs assertions, proofs and requests of this client, or it decrypts what is encrypted to it.
///
/// RSA of 2048 to 8192 bits; the curves P-256, P-384 and P-521; Ed25519 for signatures, X25519 for decryption. `Debug` shows
/// nothing of the secret, and it is zeroed when the last clone is dropped. Cloning is cheap.
///
/// ```
/// # #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))] {
/// use oidc_proto::{Algorithm, PrivateKey};
///
/// let key = PrivateKey::generate(Algorithm::ES256)?.with_key_id("2026-11");
/// println!("for the provider: {}", key.public_jwk());
/// # }
/// # Ok::<(), oidc_proto::InvalidKey>(())
/// ```
#[derive(Clone)]
pub struct PrivateKey {
    key: Arc<backend::PrivateKey>,
    material: Arc<Material>,
    algorithm: Algorithm,
    /// Whether the algorithm was set. Then the key is for no other.
    for_one_algorithm: bool,
    key_id: Option<Arc<str>>,
    /// `x5t#S256` (RFC 7515 section 4.1.8).
    certificate_thumbprint: Option<Arc<str>>,
    /// What the JWK says that it is for.
    usage: Usage,
}

/// What `use` and `key_ops` of a JWK allow (RFC 7517 sections 4.2 and 4.3).
#[derive(Clone, Copy)]
struct Usage {
    signs: bool,
    decrypts: bool,
}

impl PrivateKey {
    /// Makes a new key. It has no id. An RSA key has 2048 bits, a key for ECDH-ES is on P-256.
    ///
    /// # Errors
    ///
    /// When there is no private key for the algorithm, such as HS256, or the system has no randomness.
    pub fn generate(algorithm: impl Into<Algorithm>) -> Result<Self, InvalidKey> {
        let algorithm = algorithm.into();
        let signs = SignatureAlgorithm::from_name(algorithm.as_str());
        let kinds = [KeyType::Rsa, KeyType::Ec(Curve::P256), KeyType::Ec(Curve::P384), KeyType::Ec(Curve::P521)];
        let serves =
            |kind: &KeyType| signs.is_some_and(|algorithm| kind.serves(algorithm)) || kind.decrypts(algorithm.as_str());
        let kind = kinds.into_iter().chain([KeyType::Ed25519]).find(serves).ok_or(NO_SUCH_ALGORITHM)?;
        let key = backend::PrivateKey::generate(kind).ok_or(InvalidKey::new("no key can be made here"))?;
        let material = key.public().ok_or(InvalidKey::new("its public half cannot be read"))?;
        Self::of(key, material)?.with_algorithm(algorithm)
    }

    /// Sets the algorithm: PS256 for an RSA key, for example.
    ///
    /// # Errors
    ///
    /// When the algorithm is for another kind of key.
    pub fn with_algorithm(self, algorithm: impl Into<Algorithm>) -> Result<Self, InvalidKey> {
        self.with_own_algorithm(Some(algorithm.into()))
    }

    /// Sets the id of the key (`kid`), as the provider knows it.
    #[must_use]
    pub fn with_key_id(self, key_id: impl Into<String>) -> Self {
        Self { key_id: Some(key_id.into().into()), ..self }
    }

    /// The public half as a JWK, in JSON, with `alg`, `use` and, where it is set, `kid`: what is registered at the
    /// provider, or published in a JWK Set. A key whose JWK says that it is for decryption, and names no algorithm, has
    /// no `alg` here either.
    #[must_use]
    pub fn public_jwk(&self) -> String {
        let members = self.material.required_members();
        let members = members.strip_suffix('}').unwrap_or(&members);
        let signs = self.signs().is_some();
        let usage = if signs { "sig" } else { "enc" };
        // RFC 7517 section 4.4: the algorithm that a curve signs with is none to decrypt with.
        let fits = signs == SignatureAlgorithm::from_name(self.algorithm.as_str()).is_some();
        let member = |name, text: Option<&str>| {
            text.map_or_else(String::new, |text| format!(r#","{name}":{}"#, serde_json::Value::from(text)))
        };
        let algorithm = member("alg", fits.then(|| self.algorithm.as_str()));
        format!(r#"{members}{algorithm},"use":"{usage}"{}}}"#, member("kid", self.key_id.as_deref()))
    }

    /// The thumbprint of the public half (RFC 7638), with SHA-256, in base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.material.thumbprint()
    }

    fn of(key: backend::PrivateKey, material: Material) -> Result<Self, InvalidKey> {
        if matches!(&material, Material::Rsa { modulus, exponent } if !is_sound_rsa(modulus, exponent)) {
            return Err(InvalidKey::new("it is an RSA key of less than 2048 or more than 8192 bits"));
        }
        let algorithm = match material.key_type() {
            KeyType::Rsa => Algorithm::RS256,
            KeyType::Ec(Curve::P256) => Algorithm::ES256,
            KeyType::Ec(Curve::P384) => Algorithm::ES384,
            KeyType::Ec(Curve::P521) => Algorithm::ES512,
            KeyType::Ed25519 => Algorithm::EDDSA,
            KeyType::X25519 | KeyType::Other => Algorithm::from("ECDH-ES"),
        };
        let usage = Usage { signs: true, decrypts: true };
        let (key, material) = (Arc::new(key), Arc::new(material));
        Ok(Self {
            key,
            material,
            algorithm,
            for_one_algorithm: false,
            key_id: None,
            certificate_thumbprint: None,
            usage,
        })
    }

    fn with_own_algorithm(self, algorithm: Option<Algorithm>) -> Result<Self, InvalidKey> {
        let Some(algorithm) = algorithm else { return Ok(self) };
        let kind = self.material.key_type();
        let signs = SignatureAlgorithm::from_name(algorithm.as_str()).is_some_and(|signs| kind.serves(signs));
        if signs || kind.decrypts(algorithm.as_str()) {
            return Ok(Self { algorithm, for_one_algorithm: true, ..self });
        }
        Err(NO_SUCH_ALGORITHM)
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Whether it may decrypt what is encrypted with this algorithm: it is of the right kind, its JWK does not say that it is for
    /// signatures, and no other algorithm is set.
    pub(crate) fn may_decrypt(&self, algorithm: KeyManagement) -> bool {
        let right_algorithm = !self.for_one_algorithm || self.algorithm.as_str() == algorithm.name();
        right_algorithm && self.usage.decrypts && self.material.key_type().decrypts(algorithm.name())
    }

    /// What was encrypted with RSAES-OAEP (RFC 7518 section 4.3).
    pub(crate) fn decrypt_oaep(&self, hash: OaepHash, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.key.decrypt_oaep(hash, encrypted)
    }

    /// The secret that is agreed on with the sender (RFC 7518 section 4.6).
    pub(crate) fn agree(&self, ephemeral: &EphemeralKey) -> Option<Zeroizing<Vec<u8>>> {
        self.key.agree(ephemeral)
    }

    /// The algorithm of its signatures; nothing where the key is not for signatures.
    fn signs(&self) -> Option<SignatureAlgorithm> {
        SignatureAlgorithm::from_name(self.algorithm.as_str()).filter(|_| self.usage.signs)
    }
}

impl Signer for PrivateKey {
    fn algorithm(&self) -> Algorithm {
        self.algorithm.clone()
    }

    fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    fn public_jwk(&self) -> Option<String> {
        Some(self.public_jwk())
    }

    fn certificate_thumbprint(&self) -> Option<&str> {
        self.certificate_thumbprint.as_deref()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, BoxError> {
        let algorithm = self.signs().ok_or(InvalidKey::new("it is not for signatures"))?;
        self.key.sign(algorithm, message).ok_or_else(|| "the key could not sign".into())
    }
}

impl fmt::Debug for PrivateKey {
    /// Shows nothing of the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .field("thumbprint", &self.thumbprint())
            .finish_non_exhaustive()
    }
}

const NO_SUCH_ALGORITHM: InvalidKey = InvalidKey::new("its algorithm is for another kind of key, or unknown");
