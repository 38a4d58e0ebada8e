//! Signatures, by one of two backends behind the same names: `PublicKey` with `rsa`, `ec`, `ed25519` and `verify`, and
//! `verify_hmac`. Where both features are on, aws-lc-rs does the work; where none is, nothing verifies.

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod absent;
#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
#[cfg(all(test, feature = "aws-lc-rs", feature = "rust-crypto"))]
mod differential;
// With both features on, the tests compare the two.
#[cfg(all(feature = "rust-crypto", any(test, not(feature = "aws-lc-rs"))))]
mod rust_crypto;

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
pub(crate) use absent::{PublicKey, decrypt_cbc, hmac, open_gcm, unwrap_key, verify_hmac};
#[cfg(feature = "aws-lc-rs")]
pub(crate) use aws_lc::{PublicKey, decrypt_cbc, hmac, open_gcm, unwrap_key, verify_hmac};
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
pub(crate) use rust_crypto::{PublicKey, decrypt_cbc, hmac, open_gcm, unwrap_key, verify_hmac};
#[cfg(all(test, any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod wycheproof;
