//! Stub.
#![allow(missing_docs)]
use crate::jose::jwe::{EphemeralKey, KeyManagement, OaepHash};
use zeroize::Zeroizing;
#[derive(Clone, Debug)]
pub struct PrivateKey(());
impl PrivateKey {
    #[cfg(test)]
    pub(crate) fn from_jwk(_: &str) -> Result<Self, ()> {
        Ok(Self(()))
    }
    pub(crate) fn kid(&self) -> Option<&str> {
        None
    }
    pub(crate) fn may_decrypt(&self, _alg: KeyManagement) -> bool {
        false
    }
    pub(crate) fn decrypt_oaep(&self, _hash: OaepHash, _c: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        None
    }
    pub(crate) fn agree(&self, _epk: &EphemeralKey) -> Option<Zeroizing<Vec<u8>>> {
        None
    }
}
