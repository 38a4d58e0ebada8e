//! The only place that draws randomness.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::ground::BoxError;

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
            getrandom::fill(self.drawn.as_flattened_mut())?;
            self.left = self.drawn.len();
        }
        self.left = self.left.saturating_sub(1);
        let value = self.drawn.get(self.left).ok_or("no random value is left")?;
        Ok(URL_SAFE_NO_PAD.encode(value))
    }
}
