//! Signed and encrypted things (JOSE: RFC 7515, RFC 7517, RFC 7518, RFC 7519). Nothing here knows a token by name, and only
//! the ground is imported, so that this folder can become a crate of its own.

mod algorithm;
pub(crate) mod backend;
mod error;
mod jwe;
mod jwk;
mod jwk_set;
mod jws;
pub(crate) mod jwt;
mod material;
mod private_key;
pub(crate) mod signer;

pub(crate) use algorithm::{Hash, SignatureAlgorithm, sha256_in_base64url};
pub use error::{InvalidKey, JwtError, TriedKey};
pub(crate) use jwe::{DecryptionKeys, Jwe, KeyManagement};
#[cfg(feature = "test-provider")]
pub(crate) use jwk::Jwk;
pub(crate) use jwk::is_private;
pub use jwk_set::JwkSet;
pub(crate) use jws::{Jws, unverified_kid};
pub use private_key::PrivateKey;
pub use signer::Signer;
