//! Decryption by aws-lc-rs.

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, UnparsedPublicKey, agree};
use aws_lc_rs::cipher::{self, DecryptingKey, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::private_key::PrivateKey;
use crate::jose::jwe::agreement::EphemeralKey;
use crate::jose::jwe::algorithm::OaepHash;

impl PrivateKey {
    /// What was encrypted with RSAES-OAEP; nothing where it was not, or the key is no RSA key.
    pub(crate) fn decrypt_oaep(&self, hash: OaepHash, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let Self::Rsa(key) = self else { return None };
        let key = key.decrypting()?;
        let algorithm = match hash {
            OaepHash::Sha1 => &OAEP_SHA1_MGF1SHA1,
            OaepHash::Sha256 => &OAEP_SHA256_MGF1SHA256,
        };
        let mut content = Zeroizing::new(vec![0; key.min_output_size()]);
        let length = key.decrypt(algorithm, encrypted, &mut content, None).ok()?.len();
        content.truncate(length);
        Some(content)
    }

    /// The secret that is agreed on with the sender; nothing where its key is not a point of this key's curve.
    pub(crate) fn agree(&self, ephemeral: &EphemeralKey) -> Option<Zeroizing<Vec<u8>>> {
        let secret = |key: &agreement::PrivateKey, peer: &[u8]| {
            let peer = UnparsedPublicKey::new(key.algorithm(), peer);
            agree(key, peer, (), |secret| Ok(Zeroizing::new(secret.to_vec()))).ok()
        };
        match (self, ephemeral) {
            (Self::Ec(key), EphemeralKey::Ec { curve, point }) if key.curve == *curve => secret(key.agreeing()?, point),
            (Self::X25519(key), EphemeralKey::X25519(point)) => secret(key, point),
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
    let algorithm = match key.len() {
        16 => &aead::AES_128_GCM,
        24 => &aead::AES_192_GCM,
        32 => &aead::AES_256_GCM,
        _ => return None,
    };
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
    let mut content = Zeroizing::new(ciphertext.to_vec());
    let nonce = Nonce::assume_unique_for_key(iv);
    key.open_in_place_separate_tag(nonce, Aad::from(authenticated), &tag, &mut content).ok()?;
    Some(content)
}

/// AES in CBC mode with the padding of PKCS #7, whose key is 128, 192 or 256 bits long. The caller has seen to it that the
/// ciphertext is authentic.
pub(crate) fn decrypt_cbc(key: &[u8], iv: [u8; 16], ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(aes_key(key)?).ok()?;
    let mut content = Zeroizing::new(ciphertext.to_vec());
    let length = key.decrypt(&mut content, DecryptionContext::Iv128(iv.into())).ok()?.len();
    content.truncate(length);
    Some(content)
}

/// AES Key Wrap with the default initial value (RFC 3394 section 2.2.2), whose key is 128, 192 or 256 bits long.
///
/// By hand, on single blocks: aws-lc-rs has it for 128 and 256 bits alone, and one way is easier to trust than two.
pub(crate) fn unwrap_key(key: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const INITIAL: [u8; 8] = [0xa6; 8];
    let key = DecryptingKey::ecb(aes_key(key)?).ok()?;
    let (first, rest) = wrapped.split_first_chunk::<8>()?;
    let mut registers = Zeroizing::new(rest.to_vec());
    // NIST SP 800-38F section 5.3.1: two registers at least.
    if rest.len() < 16 || rest.len() % 8 != 0 {
        return None;
    }
    let mut integrity = *first;
    // Section 2.2.2: the steps of the wrapping, backwards.
    let mut step = u64::try_from(rest.len() / 8).ok()?.checked_mul(6)?;
    for _ in 0..6 {
        for register in registers.chunks_exact_mut(8).rev() {
            let mut block = Zeroizing::new([0; 16]);
            let (left, right) = block.split_at_mut(8);
            left.copy_from_slice(&(u64::from_be_bytes(integrity) ^ step).to_be_bytes());
            right.copy_from_slice(register);
            key.decrypt(&mut *block, DecryptionContext::None).ok()?;
            let (left, right) = block.split_first_chunk()?;
            integrity = *left;
            register.copy_from_slice(right);
            step = step.checked_sub(1)?;
        }
    }
    bool::from(integrity.ct_eq(&INITIAL)).then_some(registers)
}

fn aes_key(key: &[u8]) -> Option<UnboundCipherKey> {
    let algorithm = match key.len() {
        16 => &cipher::AES_128,
        24 => &cipher::AES_192,
        32 => &cipher::AES_256,
        _ => return None,
    };
    UnboundCipherKey::new(algorithm, key).ok()
}
