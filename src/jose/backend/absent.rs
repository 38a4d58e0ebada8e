//! Without a backend no signature is right. Keys are taken for what they look like.

#![expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "the signatures are those of a real backend")]

use zeroize::Zeroizing;

use crate::jose::algorithm::{Curve, SignatureAlgorithm};
use crate::jose::backend::RsaComponents;
use crate::jose::jwe::agreement::EphemeralKey;
use crate::jose::jwe::algorithm::OaepHash;
use crate::jose::material::{KeyType, Material};

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

/// There is none.
pub(crate) enum PrivateKey {}

impl PrivateKey {
    pub(crate) fn rsa(_numbers: &RsaComponents<'_>) -> Option<Self> {
        None
    }

    pub(crate) fn ec(_curve: Curve, _d: &[u8], _x: &[u8], _y: &[u8]) -> Option<Self> {
        None
    }

    pub(crate) fn ed25519(_seed: &[u8]) -> Option<Self> {
        None
    }

    pub(crate) fn x25519(_scalar: &[u8]) -> Option<Self> {
        None
    }

    pub(crate) fn from_pkcs8(_der: &[u8]) -> Option<Self> {
        None
    }

    pub(crate) fn generate(_kind: KeyType) -> Option<Self> {
        None
    }

    pub(crate) fn public(&self) -> Option<Material> {
        match *self {}
    }

    pub(crate) fn decrypt_oaep(&self, _hash: OaepHash, _encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match *self {}
    }

    pub(crate) fn agree(&self, _ephemeral: &EphemeralKey) -> Option<Zeroizing<Vec<u8>>> {
        match *self {}
    }

    pub(crate) fn sign(&self, _algorithm: SignatureAlgorithm, _message: &[u8]) -> Option<Vec<u8>> {
        match *self {}
    }
}

pub(crate) fn hmac(_algorithm: SignatureAlgorithm, _secret: &[u8], _message: &[u8]) -> Option<Vec<u8>> {
    None
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
