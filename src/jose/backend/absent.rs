//! Without a backend no signature is right. Keys are taken for what they look like.

#![expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "the signatures are those of a real backend")]

use zeroize::Zeroizing;

use crate::jose::algorithm::{Curve, Hash, SignatureAlgorithm};

pub(crate) struct PublicKey;

impl PublicKey {
    pub(crate) fn rsa(_modulus: Vec<u8>, _exponent: Vec<u8>) -> Option<Self> {
        Some(Self)
    }

    pub(crate) fn ec(_curve: Curve, _x: &[u8], _y: &[u8]) -> Option<Self> {
        Some(Self)
    }

    pub(crate) fn ed25519(_x: &[u8]) -> Option<Self> {
        Some(Self)
    }

    pub(crate) fn verify(&self, _algorithm: SignatureAlgorithm, _message: &[u8], _signature: &[u8]) -> bool {
        false
    }
}

pub(crate) fn verify_hmac(_algorithm: SignatureAlgorithm, _secret: &[u8], _message: &[u8], _mac: &[u8]) -> bool {
    false
}

pub(crate) fn open_gcm(
    _key: &[u8],
    _iv: [u8; 12],
    _authenticated: &[u8],
    _ciphertext: &[u8],
    _tag: [u8; 16],
) -> Option<Zeroizing<Vec<u8>>> {
    None
}

pub(crate) fn decrypt_cbc(_key: &[u8], _iv: [u8; 16], _ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    None
}

pub(crate) fn unwrap_key(_key: &[u8], _wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    None
}

/// No tag at all, which is as long as none that is right.
pub(crate) fn hmac(_hash: Hash, _key: &[u8], _message: &[&[u8]]) -> Vec<u8> {
    Vec::new()
}
