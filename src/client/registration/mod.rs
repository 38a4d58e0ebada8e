//! Registration at run time: how a client gets its id from the provider (OpenID Connect Dynamic Client Registration 1.0, RFC 7591),
//! how it reads, changes and ends its registration (RFC 7592), and how it does without one, by a document of its own (OAuth
//! Client ID Metadata Document).
//!
//! ```text
//! metadata.register(ClientMetadata) ──start──▶ (request, AwaitingRegistration) ──receive──▶ Registration
//! registration.read() / update(ClientMetadata) ──▶ (request, AwaitingRegistration) ──receive──▶ Registration
//! registration.delete()                        ──▶ (request, AwaitingDeletion)     ──receive──▶ ()
//! registration.client(metadata) ──▶ ClientBuilder
//! ```

mod answer;
mod choice;
mod client_metadata;
mod document;
mod error;
mod manage;
mod registered;
mod request;
mod settings;
mod stored;

pub use choice::{ClientIdentities, RegistrationChoice};
pub use client_metadata::ClientMetadata;
pub use document::ClientIdDocument;
pub use error::RegistrationError;
pub use manage::AwaitingDeletion;
pub use registered::{Registration, RegistrationAccessToken};
pub use request::{AwaitingRegistration, InitialAccessToken, RegistrationRequest};
