//! Proof Key for Code Exchange (RFC 7636): only the client that began the login can use its code.

use std::borrow::Cow;

use crate::ground::secret::secret_string;
use crate::ground::vocabulary::CodeChallengeMethod;
use crate::jose::sha256_in_base64url;

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

    /// RFC 7636 section 4.2: for S256, `BASE64URL-ENCODE(SHA256(ASCII(code_verifier)))`; for `plain`, the verifier itself.
    pub(crate) fn challenge(&self, method: &CodeChallengeMethod) -> Cow<'_, str> {
        if *method == CodeChallengeMethod::PLAIN {
            Cow::Borrowed(self.secret())
        } else {
            Cow::Owned(sha256_in_base64url(self.secret()))
        }
    }
}
