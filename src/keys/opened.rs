//! The one door through which every token goes before anything of it is read: where it is encrypted, it is decrypted with a key of
//! the client's (OpenID Connect Core 1.0 sections 3.1.3.7 step 1, 5.3.2 and 10.2, RFC 9701 section 5, OpenID Connect Back-Channel
//! Logout 1.0 section 2.6 step 1). It knows no token by name.

use std::sync::Arc;

use crate::client::Client;
use crate::ground::secret::SecretText;
use crate::jose::{Jwe, Jws, JwtError, KeyManagement};

/// A token after that door.
pub(super) enum Opened {
    /// It was not encrypted.
    Plain(Arc<SecretText>),
    /// What was encrypted looks signed.
    Signed(Arc<SecretText>),
    /// What was encrypted is something else: JSON, or nothing at all.
    Unsigned(Arc<SecretText>),
}

/// What a token is: as it came, or what was encrypted in it. `registered` is the algorithm that the client has registered for
/// its kind, where it has: another one is then refused, and so is a token that is not encrypted.
pub(super) fn open(
    client: &Client,
    registered: Option<KeyManagement>,
    compact: &Arc<SecretText>,
) -> Result<Opened, JwtError> {
    if !Jwe::is_one(compact) {
        return match registered {
            // Else whoever sits in between could have the protection left out.
            Some(_) => Err(JwtError::NotEncrypted),
            None => Ok(Opened::Plain(Arc::clone(compact))),
        };
    }
    let jwe = Jwe::parse(compact)?;
    if registered.is_some_and(|registered| registered != jwe.key_management()) {
        return Err(JwtError::AlgorithmNotAllowed { algorithm: jwe.key_management().name().into() });
    }
    let content = jwe.decrypt(&client.decryption_keys())?;
    let opened = if Jws::is_one(&content) { Opened::Signed } else { Opened::Unsigned };
    Ok(opened(Arc::new(content)))
}
