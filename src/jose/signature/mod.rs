//! Signatures, by a backend behind these names: `PublicKey` with `rsa`, `ec`, `ed25519` and `verify`, and `verify_hmac`. A
//! further backend is one more file with the same names.

#[cfg(not(feature = "aws-lc-rs"))]
mod absent;
#[cfg(feature = "aws-lc-rs")]
mod aws_lc;

#[cfg(not(feature = "aws-lc-rs"))]
pub(crate) use absent::{PublicKey, verify_hmac};
#[cfg(feature = "aws-lc-rs")]
pub(crate) use aws_lc::{PublicKey, verify_hmac};
