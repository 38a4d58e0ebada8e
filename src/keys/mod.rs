//! The provider's keys: how they are fetched, and when to fetch them again (OpenID Connect Core 1.0 section 10.1.1).

mod cache;
mod fetch;
mod opened;
pub(crate) mod signed_jwt;
pub(crate) mod unverified;

pub use cache::{KeyCache, KeysFor};
pub(crate) use fetch::is_for;
pub use fetch::{AwaitingKeys, KeysError};
pub use unverified::Unverified;
