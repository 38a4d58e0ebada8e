//! The only place that draws randomness.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::ground::BoxError;

/// Draws this many random bytes.
///
/// # Errors
///
/// When the system has no randomness to give.
pub(crate) fn bytes(length: usize) -> Result<Zeroizing<Vec<u8>>, BoxError> {
    let mut bytes = Zeroizing::new(vec![0; length]);
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// Makes `N` values of 32 random bytes each, in base64url, with one draw from the system.
///
/// # Errors
///
/// When the system has no randomness to give.
pub(crate) fn values<const N: usize>() -> Result<[String; N], BoxError> {
    let mut bytes = Zeroizing::new([[0_u8; 32]; N]);
    getrandom::fill(bytes.as_flattened_mut())?;
    Ok(std::array::from_fn(|i| bytes.get(i).map_or_else(String::new, |value| URL_SAFE_NO_PAD.encode(value))))
}
