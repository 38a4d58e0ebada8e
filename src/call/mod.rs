//! Calls that a client is known by: by its authentication, and by the proof of its key.

mod authenticated;
mod nonces;

pub(crate) use authenticated::{Call, Repeat};
pub use nonces::DpopNonces;
pub(crate) use nonces::wanted_nonce;
