//! The only place that draws randomness.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::ground::BoxError;

/// The system's randomness, for a library that draws its own.
#[cfg(all(feature = "rust-crypto", any(test, not(feature = "aws-lc-rs"))))]
pub(crate) use getrandom::SysRng;

/// Makes `N` values of 32 random bytes each, in base64url, with one draw from the system.
///
/// # Errors
///
/// When the system has no randomness to give.
pub(crate) fn values<const N: usize>() -> Result<[String; N], BoxError> {
    let mut bytes = Zeroizing::new([[0_u8; 32]; N]);
    fill(bytes.as_flattened_mut())?;
    Ok(std::array::from_fn(|i| bytes.get(i).map_or_else(String::new, |value| URL_SAFE_NO_PAD.encode(value))))
}

/// Makes an identifier of 16 random bytes, in base64url: what nobody else says, such as `jti` (RFC 7519 section 4.1.7).
///
/// # Errors
///
/// When the system has no randomness to give.
pub(crate) fn identifier() -> Result<String, BoxError> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
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
