//! Which client to be at a provider that was met a moment ago.

use std::fmt;

use crate::client::Client;
use crate::client::authentication::ClientAuth;
use crate::client::builder::ClientBuilder;
use crate::client::registration::client_metadata::ClientMetadata;
use crate::client::registration::document::ClientIdDocument;
use crate::client::registration::error::RegistrationError;
use crate::client::registration::registered::Registration;
use crate::client::registration::request::{AwaitingRegistration, InitialAccessToken};
use crate::exchange::RoundTrip;
use crate::provider::ProviderMetadata;

/// The identities that an application has at providers. [`RegistrationChoice::of`] chooses among them.
///
/// Each secret in it belongs to one issuer, and is sent to no other.
#[derive(Clone, Default)]
#[must_use]
pub struct ClientIdentities {
    pre_registered: Vec<PreRegistered>,
    registrations: Vec<Registration>,
    document: Option<ClientIdDocument>,
    metadata: Option<ClientMetadata>,
    initial_access_tokens: Vec<(String, InitialAccessToken)>,
}

#[derive(Clone)]
struct PreRegistered {
    issuer: String,
    client_id: String,
    auth: ClientAuth,
}

impl ClientIdentities {
    /// No identity yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A client that somebody has registered at this issuer by hand.
    pub fn pre_registered(mut self, issuer: impl Into<String>, client_id: impl Into<String>, auth: ClientAuth) -> Self {
        self.pre_registered.push(PreRegistered { issuer: issuer.into(), client_id: client_id.into(), auth });
        self
    }

    /// A client that registered at run time, and was kept. The last of an issuer counts. Leave out one whose secret has ended
    /// ([`client_secret_expires_at`](Registration::client_secret_expires_at)).
    pub fn registration(mut self, registration: Registration) -> Self {
        self.registrations.push(registration);
        self
    }

    /// The application's document.
    pub fn document(mut self, document: ClientIdDocument) -> Self {
        self.document = Some(document);
        self
    }

    /// What to register with.
    pub fn metadata(mut self, metadata: ClientMetadata) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// The token that allows a registration at this issuer.
    pub fn initial_access_token(mut self, issuer: impl Into<String>, token: impl Into<InitialAccessToken>) -> Self {
        self.initial_access_tokens.push((issuer.into(), token.into()));
        self
    }
}

impl fmt::Debug for ClientIdentities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pre_registered = self.pre_registered.iter().map(|client| (&client.issuer, &client.client_id));
        f.debug_struct("ClientIdentities")
            .field("pre_registered", &pre_registered.collect::<Vec<_>>())
            .field("registrations", &self.registrations)
            .field("document", &self.document)
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}

/// How to become a client of a provider: the first way that works, in the order of the authorization specification of
/// the Model Context Protocol (MCP).
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "there is nothing else to be, and a caller handles each")]
pub enum RegistrationChoice {
    /// The client that is registered there, by hand or earlier at run time.
    PreRegistered(ClientBuilder),
    /// The client of the application's document, which the provider reads.
    Document(ClientBuilder),
    /// Register: send this, keep the registration, and build the client from it.
    Register(RoundTrip<AwaitingRegistration>),
    /// The provider accepts none of the identities: ask the user for a client id.
    AskTheUser,
}

impl RegistrationChoice {
    /// Chooses for the provider of this metadata.
    ///
    /// # Errors
    ///
    /// As [`RegistrationRequest::start`](crate::RegistrationRequest::start), when it begins a registration.
    pub fn of(metadata: &ProviderMetadata, ours: &ClientIdentities) -> Result<Self, RegistrationError> {
        let issuer = &metadata.issuer;
        // RFC 7591 section 5: a client id means something at its issuer alone.
        if let Some(client) = ours.pre_registered.iter().find(|client| client.issuer == *issuer) {
            let builder = Client::builder(metadata.clone(), client.client_id.as_str(), client.auth.clone());
            return Ok(Self::PreRegistered(builder));
        }
        if let Some(registration) = ours.registrations.iter().rfind(|registration| registration.issuer == *issuer) {
            return Ok(Self::PreRegistered(registration.client(metadata.clone())?));
        }
        if let Some(document) = ours.document.as_ref().filter(|_| metadata.client_id_metadata_document_supported) {
            return Ok(Self::Document(document.client(metadata.clone())));
        }
        let Some(client) = ours.metadata.as_ref().filter(|_| metadata.registration_endpoint.is_some()) else {
            return Ok(Self::AskTheUser);
        };
        let mut request = metadata.register(client.clone());
        if let Some((_, token)) = ours.initial_access_tokens.iter().find(|(of, _)| of == issuer) {
            request = request.initial_access_token(token.clone());
        }
        Ok(Self::Register(request.start()?))
    }
}
