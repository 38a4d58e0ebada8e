//! What a client decrypts with, and what it has registered.

use crate::client::error::ClientError;
use crate::ground::vocabulary::Algorithm;
use crate::jose::{InvalidKey, KeyManagement, PrivateKey};

/// What a client decrypts with, beside its secret.
#[derive(Clone)]
pub(super) struct Decryption {
    pub(super) keys: Vec<PrivateKey>,
    /// How ID tokens and logout tokens must be encrypted, where it is registered.
    pub(super) id_token: Option<KeyManagement>,
}

impl Decryption {
    /// Each key can decrypt something, and one of them, or the secret, what is registered.
    pub(super) fn check(
        keys: Vec<PrivateKey>,
        id_token: Option<&Algorithm>,
        has_secret: bool,
    ) -> Result<Self, ClientError> {
        let can_decrypt = |key: &PrivateKey| KeyManagement::ALL.into_iter().any(|algorithm| key.may_decrypt(algorithm));
        if !keys.iter().all(can_decrypt) {
            let reason = "it is not for decryption: its kty, alg, use or key_ops says so";
            return Err(InvalidKey::new(reason).into());
        }
        let check = |name: &Algorithm| {
            let invalid = |reason| ClientError::InvalidAlgorithm { algorithm: Some(name.clone()), reason };
            let algorithm = KeyManagement::from_name(name.as_str())
                .ok_or_else(|| invalid("no token that is encrypted with it can be decrypted"))?;
            if algorithm.is_symmetric() {
                return if has_secret { Ok(algorithm) } else { Err(ClientError::MissingSecret) };
            }
            let has_key = keys.iter().any(|key| key.may_decrypt(algorithm));
            if has_key { Ok(algorithm) } else { Err(invalid("there is no decryption key for it")) }
        };
        let id_token = id_token.map(check).transpose()?;
        Ok(Self { keys, id_token })
    }
}
