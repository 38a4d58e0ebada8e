//! Signatures by the crates of `RustCrypto`.

mod encryption;
mod private_key;

use hmac::{Hmac, KeyInit, Mac};
use rsa::pss::Pss;
use rsa::signature::Verifier;
use rsa::{BoxedUint, Pkcs1v15Sign};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::jose::algorithm::{Curve, SignatureAlgorithm};

pub(crate) use encryption::{decrypt_cbc, open_gcm, unwrap_key};
pub(crate) use private_key::PrivateKey;

/// A public key, prepared for the backend once.
pub(crate) enum PublicKey {
    Rsa(Box<rsa::PublicKey>),
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(Box<p521::ecdsa::VerifyingKey>),
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
}

impl PublicKey {
    /// An RSA key of modulus and exponent, big-endian without leading zeros.
    #[expect(clippy::needless_pass_by_value, reason = "the signature is that of every backend")]
    pub(crate) fn rsa(modulus: Vec<u8>, exponent: Vec<u8>) -> Option<Self> {
        let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
        rsa::PublicKey::new(number(&modulus), number(&exponent)).ok().map(|key| Self::Rsa(Box::new(key)))
    }

    /// A point on a curve, its coordinates as long as the field.
    pub(crate) fn ec(curve: Curve, x: &[u8], y: &[u8]) -> Option<Self> {
        // SEC 1 section 2.3.3: 4, then both coordinates.
        let uncompressed = [&[4], x, y].concat();
        match curve {
            Curve::P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(&uncompressed).ok().map(Self::P256),
            Curve::P384 => p384::ecdsa::VerifyingKey::from_sec1_bytes(&uncompressed).ok().map(Self::P384),
            Curve::P521 => {
                p521::ecdsa::VerifyingKey::from_sec1_bytes(&uncompressed).ok().map(|key| Self::P521(Box::new(key)))
            }
        }
    }

    pub(crate) fn ed25519(x: &[u8]) -> Option<Self> {
        ed25519_dalek::VerifyingKey::try_from(x).ok().map(|key| Self::Ed25519(Box::new(key)))
    }

    /// Whether the key made this signature. The caller has seen to it that key and algorithm fit.
    pub(crate) fn verify(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa(key) => verify_rsa(key, algorithm, message, signature),
            Self::P256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::P384(key) => p384::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::P521(key) => p521::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }
}

fn verify_rsa(key: &rsa::PublicKey, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> bool {
    use SignatureAlgorithm as A;
    let verified = match algorithm {
        A::Rs256 => key.verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message), signature),
        A::Rs384 => key.verify(Pkcs1v15Sign::new::<Sha384>(), &Sha384::digest(message), signature),
        A::Rs512 => key.verify(Pkcs1v15Sign::new::<Sha512>(), &Sha512::digest(message), signature),
        // RFC 7518 section 3.5: the salt is as long as the hash.
        A::Ps256 => key.verify(Pss::<Sha256>::new(), &Sha256::digest(message), signature),
        A::Ps384 => key.verify(Pss::<Sha384>::new(), &Sha384::digest(message), signature),
        A::Ps512 => key.verify(Pss::<Sha512>::new(), &Sha512::digest(message), signature),
        _ => return false,
    };
    verified.is_ok()
}

/// The MAC of the message; nothing where the algorithm is none of HMAC.
pub(crate) fn hmac(algorithm: SignatureAlgorithm, secret: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    fn sign<M: KeyInit + Mac>(secret: &[u8], message: &[u8]) -> Option<Vec<u8>> {
        let hmac = <M as KeyInit>::new_from_slice(secret).ok()?;
        Some(hmac.chain_update(message).finalize().into_bytes().to_vec())
    }
    match algorithm {
        SignatureAlgorithm::Hs256 => sign::<Hmac<Sha256>>(secret, message),
        SignatureAlgorithm::Hs384 => sign::<Hmac<Sha384>>(secret, message),
        SignatureAlgorithm::Hs512 => sign::<Hmac<Sha512>>(secret, message),
        _ => None,
    }
}

/// Whether the MAC was made with this secret, compared in constant time.
pub(crate) fn verify_hmac(algorithm: SignatureAlgorithm, secret: &[u8], message: &[u8], mac: &[u8]) -> bool {
    fn verify<M: KeyInit + Mac>(secret: &[u8], message: &[u8], mac: &[u8]) -> bool {
        <M as KeyInit>::new_from_slice(secret).is_ok_and(|hmac| hmac.chain_update(message).verify_slice(mac).is_ok())
    }
    match algorithm {
        SignatureAlgorithm::Hs256 => verify::<Hmac<Sha256>>(secret, message, mac),
        SignatureAlgorithm::Hs384 => verify::<Hmac<Sha384>>(secret, message, mac),
        SignatureAlgorithm::Hs512 => verify::<Hmac<Sha512>>(secret, message, mac),
        _ => false,
    }
}
