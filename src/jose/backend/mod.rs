//! Signatures and decryption, by one of two backends behind the same names: `PublicKey` with `rsa`, `ec`, `ed25519` and `verify`;
//! `PrivateKey` with `rsa`, `ec`, `ed25519`, `x25519`, `from_pkcs8`, `generate`, `public`, `sign`, `decrypt_oaep` and `agree`; `hmac`
//! and `verify_hmac`; `open_gcm`, `decrypt_cbc` and `unwrap_key`. Where both features are on, aws-lc-rs does the work; where none
//! is, nothing verifies, and nothing is signed or decrypted.

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod absent;
#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
#[cfg(all(test, feature = "aws-lc-rs", feature = "rust-crypto"))]
mod differential;
#[cfg(all(test, feature = "aws-lc-rs", feature = "rust-crypto"))]
mod differential_keys;
// With both features on, the tests compare the two.
#[cfg(all(feature = "rust-crypto", any(test, not(feature = "aws-lc-rs"))))]
mod rust_crypto;
#[cfg(all(test, any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod wycheproof;
#[cfg(all(test, any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod wycheproof_signatures;

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
pub(crate) use absent::{PrivateKey, PublicKey, decrypt_cbc, hmac, open_gcm, unwrap_key, verify_hmac};
#[cfg(feature = "aws-lc-rs")]
pub(crate) use aws_lc::{PrivateKey, PublicKey, decrypt_cbc, hmac, open_gcm, unwrap_key, verify_hmac};
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
pub(crate) use rust_crypto::{PrivateKey, PublicKey, decrypt_cbc, hmac, open_gcm, unwrap_key, verify_hmac};

/// The numbers of an RSA key, big-endian (RFC 7518 section 6.3).
pub(crate) struct RsaComponents<'a> {
    /// Without leading zeros, as `e` is.
    pub(crate) n: &'a [u8],
    pub(crate) e: &'a [u8],
    pub(crate) d: &'a [u8],
    pub(crate) p: &'a [u8],
    pub(crate) q: &'a [u8],
    pub(crate) dp: &'a [u8],
    pub(crate) dq: &'a [u8],
    pub(crate) qi: &'a [u8],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::algorithm::SignatureAlgorithm as A;

    /// What comes is right, by the document named beside it. So a backend accepts it, and where there is none, nothing does.
    #[test]
    fn without_a_backend_what_is_right_is_neither_verified_nor_signed_nor_decrypted() {
        let present = cfg!(any(feature = "aws-lc-rs", feature = "rust-crypto"));

        // RFC 4231 section 4.3.
        let mac = bytes([0x5bdc_c146_bf60_754e_6a04_2426_0895_75c7, 0x5a00_3f08_9d27_3983_9dec_58b9_64ec_3843]);
        let message = b"what do ya want for nothing?";
        assert_eq!(verify_hmac(A::Hs256, b"Jefe", message, &mac), present);
        assert_eq!(hmac(A::Hs256, b"Jefe", message), present.then_some(mac));

        // RFC 8032 section 7.1, test 1.
        let key = bytes([0xd75a_9801_82b1_0ab7_d54b_fed3_c964_073a, 0x0ee1_72f3_daa6_2325_af02_1a68_f707_511a]);
        let signature = bytes([
            0xe556_4300_c360_ac72_9086_e2cc_806e_828a,
            0x8487_7f1e_b8e5_d974_d873_e065_2249_0155,
            0x5fb8_8215_90a3_3bac_c61e_3970_1cf9_b46b,
            0xd25b_f5f0_595b_be24_6551_4143_8e7a_100b,
        ]);
        assert_eq!(PublicKey::ed25519(&key).is_some_and(|key| key.verify(A::Ed25519, b"", &signature)), present);

        // The specification of GCM, appendix B, test case 1: of nothing, there is the tag alone.
        let tag = 0x58e2_fcce_fa7e_3061_367f_1d57_a4e7_455a_u128.to_be_bytes();
        let content = open_gcm(&[0; 16], [0; 12], b"", b"", tag);
        assert_eq!(content.map(|content| content.to_vec()), present.then(Vec::new));

        // AES of the padding alone, which is what openssl makes of nothing.
        let padding = 0x0143_db63_ee66_b0cd_ff9f_6991_7680_151e_u128.to_be_bytes();
        let content = decrypt_cbc(&[0; 16], [0; 16], &padding);
        assert_eq!(content.map(|content| content.to_vec()), present.then(Vec::new));

        // RFC 3394 section 4.1.
        let key = bytes([0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f]);
        let wrapped = bytes([0x1fa6_8b0a_8112_b447_aef3_4bd8_fb5a_7b82, 0x9d3e_8623_71d2_cfe5_0000_0000_0000_0000]);
        let content = unwrap_key(&key, wrapped.get(..24).unwrap_or_default());
        assert_eq!(
            content.map(|content| content.to_vec()),
            present.then(|| bytes([0x0011_2233_4455_6677_8899_aabb_ccdd_eeff]))
        );
    }

    fn bytes<const N: usize>(numbers: [u128; N]) -> Vec<u8> {
        numbers.map(u128::to_be_bytes).concat()
    }
}
