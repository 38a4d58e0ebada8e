//! Who the provider is and what it can do: issuer, discovery, metadata (OpenID Connect Discovery 1.0, RFC 8414).

mod aliases;
mod discovery;
mod error;
mod issuer;
mod metadata;

pub use aliases::MtlsEndpointAliases;
pub use discovery::AwaitingMetadata;
pub use error::MetadataError;
pub use issuer::Issuer;
pub(crate) use metadata::EndpointProblem;
pub use metadata::ProviderMetadata;
