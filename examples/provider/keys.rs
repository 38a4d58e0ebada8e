//! The provider's signing key, made when it starts.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::BoxError;

/// How the provider signs its ID tokens.
#[derive(Clone, Copy, Debug)]
pub enum SigningAlgorithm {
    Rs256,
    Es256,
}

/// The type of each kind of token, which keeps one from being taken for the other (RFC 8725 section 3.11).
pub(super) const ID_TOKEN: &str = "JWT";
pub(super) const LOGOUT_TOKEN: &str = "logout+jwt";

pub(super) enum SigningKey {
    Rs256(Box<RsaKeyPair>),
    Es256(EcdsaKeyPair),
}

impl SigningKey {
    pub(super) fn generate(algorithm: SigningAlgorithm) -> Result<Self, BoxError> {
        Ok(match algorithm {
            SigningAlgorithm::Rs256 => Self::Rs256(Box::new(RsaKeyPair::generate(KeySize::Rsa2048)?)),
            SigningAlgorithm::Es256 => Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
        })
    }

    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::Rs256(_) => "RS256",
            Self::Es256(_) => "ES256",
        }
    }

    /// RFC 7517 section 4, RFC 7518 section 6.
    pub(super) fn to_jwk(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rs256(key) => {
                let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(key.public_key());
                json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "the-key", "n": encode(&n), "e": encode(&e) })
            }
            Self::Es256(key) => {
                // SEC 1 section 2.3.3: 4, then both coordinates.
                let point = key.public_key().as_ref();
                let (x, y) = (point.get(1..33).unwrap_or_default(), point.get(33..65).unwrap_or_default());
                json!({
                    "kty": "EC", "use": "sig", "alg": "ES256", "kid": "the-key", "crv": "P-256",
                    "x": encode(x), "y": encode(y),
                })
            }
        }
    }

    /// RFC 7515 section 7.1: the compact serialization.
    pub(super) fn sign_jwt(&self, typ: &str, claims: &BTreeMap<&str, Value>) -> Option<String> {
        let header = self.header(typ).to_string();
        let input = [header, serde_json::to_string(claims).ok()?].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        let random = SystemRandom::new();
        let signature = match self {
            Self::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature).ok()?;
                signature
            }
            Self::Es256(key) => key.sign(&random, input.as_bytes()).ok()?.as_ref().to_vec(),
        };
        Some(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The claims of a JWT of this type that this key has signed.
    pub(super) fn verify_jwt(&self, typ: &str, compact: &str) -> Option<Map<String, Value>> {
        let (input, signature) = compact.rsplit_once('.')?;
        let (header, claims) = input.split_once('.')?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let signature = decode(signature)?;
        let verified = match self {
            Self::Rs256(key) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref())
                .verify(input.as_bytes(), &signature),
            Self::Es256(key) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref())
                .verify(input.as_bytes(), &signature),
        };
        verified.ok()?;
        // It writes one header for each type.
        let header: Value = serde_json::from_slice(&decode(header)?).ok()?;
        if header == self.header(typ) { serde_json::from_slice(&decode(claims)?).ok() } else { None }
    }

    fn header(&self, typ: &str) -> Value {
        json!({ "alg": self.algorithm(), "kid": "the-key", "typ": typ })
    }
}

/// 32 random bytes in base64url, for codes and tokens.
pub(super) fn random_text() -> Option<String> {
    Some(URL_SAFE_NO_PAD.encode(random_bytes()?))
}

pub(super) fn random_bytes() -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    fill(&mut bytes).ok()?;
    Some(bytes)
}

pub(crate) fn sha256(text: &str) -> Vec<u8> {
    digest(&SHA256, text.as_bytes()).as_ref().to_vec()
}
