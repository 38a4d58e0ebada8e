//! Decryption by the crates of `RustCrypto`.

use aes::{Aes128, Aes192, Aes256};
use aes_gcm::AesGcm;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::cipher::consts::U12;
use aes_kw::AesKw;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use sha1::Sha1;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::private_key::PrivateKey;
use crate::ground::random::SysRng;
use crate::jose::algorithm::Curve;
use crate::jose::jwe::agreement::EphemeralKey;
use crate::jose::jwe::algorithm::OaepHash;

impl PrivateKey {
    /// What was encrypted with RSAES-OAEP; nothing where it was not, or the key is no RSA key. Blinded: how long it takes says
    /// nothing of the key.
    pub(crate) fn decrypt_oaep(&self, hash: OaepHash, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let Self::Rsa(key) = self else { return None };
        let content = match hash {
            OaepHash::Sha1 => key.oaep_decrypt_with_rng::<Sha1, _>(&mut SysRng, encrypted),
            OaepHash::Sha256 => key.oaep_decrypt_with_rng::<Sha256, _>(&mut SysRng, encrypted),
        };
        content.ok().map(Zeroizing::new)
    }

    /// The secret that is agreed on with the sender; nothing where its key is not a point of this key's curve.
    pub(crate) fn agree(&self, ephemeral: &EphemeralKey) -> Option<Zeroizing<Vec<u8>>> {
        let secret = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
        match (self, ephemeral) {
            (Self::P256(key), EphemeralKey::Ec { curve: Curve::P256, point }) => {
                let peer = p256::PublicKey::from_sec1_bytes(point).ok()?;
                Some(secret(p256::ecdh::diffie_hellman(key.to_nonzero_scalar(), peer.as_affine()).raw_secret_bytes()))
            }
            (Self::P384(key), EphemeralKey::Ec { curve: Curve::P384, point }) => {
                let peer = p384::PublicKey::from_sec1_bytes(point).ok()?;
                Some(secret(p384::ecdh::diffie_hellman(key.to_nonzero_scalar(), peer.as_affine()).raw_secret_bytes()))
            }
            (Self::P521(key), EphemeralKey::Ec { curve: Curve::P521, point }) => {
                let peer = p521::PublicKey::from_sec1_bytes(point).ok()?;
                Some(secret(p521::ecdh::diffie_hellman(key.to_nonzero_scalar(), peer.as_affine()).raw_secret_bytes()))
            }
            (Self::X25519(key), EphemeralKey::X25519(point)) => {
                let peer = x25519_dalek::PublicKey::from(<[u8; 32]>::try_from(point.as_slice()).ok()?);
                let shared = key.diffie_hellman(&peer);
                // RFC 8037 section 3.2, RFC 7748 section 6.1: zeros are no secret.
                shared.was_contributory().then(|| secret(shared.as_bytes()))
            }
            _ => None,
        }
    }
}

/// AES in Galois/Counter Mode, whose key is 128, 192 or 256 bits long. Nothing where the tag is wrong.
pub(crate) fn open_gcm(
    key: &[u8],
    iv: [u8; 12],
    authenticated: &[u8],
    ciphertext: &[u8],
    tag: [u8; 16],
) -> Option<Zeroizing<Vec<u8>>> {
    fn open<C: AeadInOut<NonceSize = U12> + KeyInit>(
        key: &[u8],
        iv: [u8; 12],
        authenticated: &[u8],
        mut content: Zeroizing<Vec<u8>>,
        tag: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let cipher = C::new_from_slice(key).ok()?;
        let tag = tag.try_into().ok()?;
        cipher.decrypt_inout_detached(&iv.into(), authenticated, content.as_mut_slice().into(), &tag).ok()?;
        Some(content)
    }
    let content = Zeroizing::new(ciphertext.to_vec());
    match key.len() {
        16 => open::<AesGcm<Aes128, U12>>(key, iv, authenticated, content, &tag),
        24 => open::<AesGcm<Aes192, U12>>(key, iv, authenticated, content, &tag),
        32 => open::<AesGcm<Aes256, U12>>(key, iv, authenticated, content, &tag),
        _ => None,
    }
}

/// AES in CBC mode with the padding of PKCS #7, whose key is 128, 192 or 256 bits long. The caller has seen to it that the
/// ciphertext is authentic.
pub(crate) fn decrypt_cbc(key: &[u8], iv: [u8; 16], ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    fn decrypt<D: BlockModeDecrypt + KeyIvInit>(key: &[u8], iv: &[u8], content: &mut [u8]) -> Option<usize> {
        Some(D::new_from_slices(key, iv).ok()?.decrypt_padded::<Pkcs7>(content).ok()?.len())
    }
    let mut content = Zeroizing::new(ciphertext.to_vec());
    let length = match key.len() {
        16 => decrypt::<cbc::Decryptor<Aes128>>(key, &iv, &mut content),
        24 => decrypt::<cbc::Decryptor<Aes192>>(key, &iv, &mut content),
        32 => decrypt::<cbc::Decryptor<Aes256>>(key, &iv, &mut content),
        _ => None,
    }?;
    content.truncate(length);
    Some(content)
}

/// AES Key Wrap with the default initial value (RFC 3394 section 2.2.2), whose key is 128, 192 or 256 bits long.
pub(crate) fn unwrap_key(key: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    // NIST SP 800-38F section 5.3.1: two registers at least.
    let length = wrapped.len().checked_sub(8).filter(|length| *length >= 16)?;
    let mut content = Zeroizing::new(vec![0; length]);
    let unwrapped = match key.len() {
        16 => AesKw::<Aes128>::new_from_slice(key).ok()?.unwrap_key(wrapped, &mut content).is_ok(),
        24 => AesKw::<Aes192>::new_from_slice(key).ok()?.unwrap_key(wrapped, &mut content).is_ok(),
        32 => AesKw::<Aes256>::new_from_slice(key).ok()?.unwrap_key(wrapped, &mut content).is_ok(),
        _ => false,
    };
    unwrapped.then_some(content)
}
