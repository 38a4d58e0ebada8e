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
