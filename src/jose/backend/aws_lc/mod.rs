//! Signatures by aws-lc-rs.

mod encryption;
mod private_key;

use std::sync::OnceLock;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents};

use crate::jose::algorithm::{Curve, SignatureAlgorithm};

pub(crate) use encryption::{decrypt_cbc, open_gcm, unwrap_key};
pub(crate) use private_key::PrivateKey;

/// A public key, prepared for the backend once.
pub(crate) enum PublicKey {
    Rsa(Box<RsaKey>),
    /// A key on a curve serves one algorithm.
    Curve(ParsedPublicKey),
}

/// An RSA key serves six algorithms, and the backend prepares it for one at a time: each when a token first needs it.
pub(crate) struct RsaKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    prepared: [OnceLock<Option<ParsedPublicKey>>; 6],
}

impl PublicKey {
    /// An RSA key of modulus and exponent, big-endian without leading zeros.
    pub(crate) fn rsa(modulus: Vec<u8>, exponent: Vec<u8>) -> Option<Self> {
        let key = RsaKey { modulus, exponent, prepared: Default::default() };
        // What the backend refuses, it refuses for every algorithm.
        key.prepared_for(SignatureAlgorithm::Rs256)?;
        Some(Self::Rsa(Box::new(key)))
    }

    /// A point on a curve, its coordinates as long as the field.
    pub(crate) fn ec(curve: Curve, x: &[u8], y: &[u8]) -> Option<Self> {
        let algorithm = match curve {
            Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED,
            Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED,
            Curve::P521 => &signature::ECDSA_P521_SHA512_FIXED,
        };
        // SEC 1 section 2.3.3: 4, then both coordinates.
        let uncompressed = [&[4], x, y].concat();
        ParsedPublicKey::new(algorithm, uncompressed).ok().map(Self::Curve)
    }

    pub(crate) fn ed25519(x: &[u8]) -> Option<Self> {
        ParsedPublicKey::new(&signature::ED25519, x).ok().map(Self::Curve)
    }

    /// Whether the key made this signature. The caller has seen to it that key and algorithm fit.
    pub(crate) fn verify(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        let key = match self {
            Self::Rsa(key) => key.prepared_for(algorithm),
            Self::Curve(key) => Some(key),
        };
        key.is_some_and(|key| key.verify_sig(message, signature).is_ok())
    }
}

impl RsaKey {
    fn prepared_for(&self, algorithm: SignatureAlgorithm) -> Option<&ParsedPublicKey> {
        let (index, parameters): (usize, &'static RsaParameters) = match algorithm {
            SignatureAlgorithm::Rs256 => (0, &signature::RSA_PKCS1_2048_8192_SHA256),
            SignatureAlgorithm::Rs384 => (1, &signature::RSA_PKCS1_2048_8192_SHA384),
            SignatureAlgorithm::Rs512 => (2, &signature::RSA_PKCS1_2048_8192_SHA512),
            SignatureAlgorithm::Ps256 => (3, &signature::RSA_PSS_2048_8192_SHA256),
            SignatureAlgorithm::Ps384 => (4, &signature::RSA_PSS_2048_8192_SHA384),
            SignatureAlgorithm::Ps512 => (5, &signature::RSA_PSS_2048_8192_SHA512),
            _ => return None,
        };
        let prepare = || {
            let components = RsaPublicKeyComponents { n: &self.modulus, e: &self.exponent };
            components.to_parsed_public_key(parameters).ok()
        };
        self.prepared.get(index)?.get_or_init(prepare).as_ref()
    }
}

/// The MAC of the message; nothing where the algorithm is none of HMAC.
pub(crate) fn hmac(algorithm: SignatureAlgorithm, secret: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    Some(hmac::sign(&hmac::Key::new(hmac_algorithm(algorithm)?, secret), message).as_ref().to_vec())
}

/// Whether the MAC was made with this secret, compared in constant time.
pub(crate) fn verify_hmac(algorithm: SignatureAlgorithm, secret: &[u8], message: &[u8], mac: &[u8]) -> bool {
    hmac_algorithm(algorithm)
        .is_some_and(|algorithm| hmac::verify(&hmac::Key::new(algorithm, secret), message, mac).is_ok())
}

fn hmac_algorithm(algorithm: SignatureAlgorithm) -> Option<hmac::Algorithm> {
    match algorithm {
        SignatureAlgorithm::Hs256 => Some(hmac::HMAC_SHA256),
        SignatureAlgorithm::Hs384 => Some(hmac::HMAC_SHA384),
        SignatureAlgorithm::Hs512 => Some(hmac::HMAC_SHA512),
        _ => None,
    }
}
