//! The process that has the key.

use std::io::{BufRead, Write};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oidc_proto::{Algorithm, BoxError, PrivateKey, Signer};

/// Writes the public half of a new key, then a signature for each line that comes in: messages and signatures are in base64url.
/// It ends with its input. A real one would look at what it signs.
pub fn serve() -> Result<(), BoxError> {
    let key = PrivateKey::generate(Algorithm::ES256)?;
    let key_id = key.thumbprint();
    let key = key.with_key_id(key_id);
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", key.public_jwk())?;
    for line in std::io::stdin().lock().lines() {
        let message = URL_SAFE_NO_PAD.decode(line?)?;
        writeln!(output, "{}", URL_SAFE_NO_PAD.encode(key.sign(&message)?))?;
    }
    Ok(())
}
