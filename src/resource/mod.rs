//! A protected resource that nothing is known of but its URL: where its metadata is, what it says, which scope to ask for.

mod discovery;
mod error;
mod metadata;
mod scope;
mod signed;

pub use discovery::{AwaitingResourceMetadata, ProtectedResource};
pub use error::ResourceError;
pub use metadata::ProtectedResourceMetadata;
pub use scope::ScopeChoice;
