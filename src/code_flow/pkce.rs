//! Proof Key for Code Exchange (RFC 7636): only who began the login can use its code.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::secret::secret_string;

secret_string! {
    /// The code verifier (RFC 7636 section 4.1): 43 to 128 characters out of `A-Z a-z 0-9 - . _ ~`.
    CodeVerifier
}

impl CodeVerifier {
    /// RFC 7636 section 4.1: `code-verifier = 43*128unreserved`.
    pub(crate) fn is_valid(&self) -> bool {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        (43..=128).contains(&self.secret().len()) && self.secret().bytes().all(unreserved)
    }

    /// RFC 7636 section 4.2: `BASE64URL-ENCODE(SHA256(ASCII(code_verifier)))`.
    pub(crate) fn s256_challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.secret().as_bytes()))
    }
}
