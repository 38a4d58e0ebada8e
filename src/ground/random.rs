//! The only place that draws randomness.

use zeroize::Zeroizing;

use crate::ground::BoxError;
use crate::ground::base64url;

/// The system's randomness, for a library that draws its own.
#[cfg(all(feature = "rust-crypto", any(test, not(feature = "aws-lc-rs"))))]
pub(crate) use getrandom::SysRng;

/// Random values. The system is asked when the first one is needed, for as many as a login needs.
#[derive(Default)]
pub(crate) struct Values {
    drawn: Zeroizing<[[u8; 32]; 3]>,
    left: usize,
}

impl Values {
    /// One value of 32 random bytes, in base64url.
    ///
    /// # Errors
    ///
    /// When the system has no randomness to give.
    pub(crate) fn draw(&mut self) -> Result<String, BoxError> {
        if self.left == 0 {
            fill(self.drawn.as_flattened_mut())?;
            self.left = self.drawn.len();
        }
        self.left = self.left.saturating_sub(1);
        let value = self.drawn.get(self.left).ok_or("no random value is left")?;
        Ok(base64url::encode(value))
    }
}

/// Makes an identifier of 16 random bytes, in base64url: what nobody else says, such as `jti` (RFC 7519 section 4.1.7).
///
/// # Errors
///
/// When the system has no randomness to give.
pub(crate) fn identifier() -> Result<String, BoxError> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    Ok(base64url::encode(bytes))
}

/// Fills the bytes.
///
/// # Errors
///
/// When the system has no randomness to give.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), BoxError> {
    Ok(getrandom::fill(bytes)?)
}

/// Draws this many bytes.
///
/// # Errors
///
/// When the system has no randomness to give.
pub(crate) fn bytes(length: usize) -> Result<Zeroizing<Vec<u8>>, BoxError> {
    let mut bytes = Zeroizing::new(vec![0; length]);
    fill(&mut bytes)?;
    Ok(bytes)
}
