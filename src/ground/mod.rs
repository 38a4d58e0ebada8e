//! The ground: bytes, words and moments. Nothing here knows the protocol.

pub(crate) mod base64url;
mod error;
pub(crate) mod extra_members;
pub(crate) mod form;
pub(crate) mod json;
pub(crate) mod printable;
pub(crate) mod random;
pub(crate) mod search;
pub(crate) mod secret;
pub(crate) mod stored;
pub(crate) mod time;
pub(crate) mod uri;
pub(crate) mod vocabulary;

pub use error::BoxError;
