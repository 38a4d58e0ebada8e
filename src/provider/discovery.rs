//! Discovery: the request for a provider's metadata, and what makes the answer trustworthy (OpenID Connect Discovery 1.0
//! section 4, RFC 8414 section 3).

use std::borrow::Cow;

use http::{Response, StatusCode, Uri};

use crate::exchange::request::get_json;
use crate::exchange::response::read_object;
use crate::exchange::round_trip::awaiting;
use crate::exchange::{ResponseError, RoundTrip, Search};
use crate::ground::printable::printable_address;
use crate::ground::uri::UrlProblem;
use crate::provider::error::MetadataError;
use crate::provider::issuer::Issuer;
use crate::provider::metadata::{EndpointProblem, ProviderMetadata};

impl Issuer {
    /// The request for the provider's metadata at `{issuer}/.well-known/openid-configuration` (OpenID Connect Discovery 1.0
    /// section 4).
    pub fn discover(&self) -> RoundTrip<AwaitingMetadata> {
        self.discover_at(&self.openid_configuration)
    }

    /// The request for the provider's metadata where an OAuth 2.0 authorization server has it: the path of the issuer comes
    /// after `/.well-known/oauth-authorization-server` (RFC 8414 section 3).
    pub fn discover_authorization_server(&self) -> RoundTrip<AwaitingMetadata> {
        self.discover_at(&self.authorization_server)
    }

    /// The search for the provider's metadata where only its issuer is known. It asks at the address of an OAuth 2.0
    /// authorization server (RFC 8414 section 3), then at that of OpenID Connect with the path of the issuer after the
    /// well-known name (RFC 8414 section 5), then at that of OpenID Connect Discovery 1.0, with the path before it. It
    /// is for clients that find their provider at run time, such as those of the Model Context Protocol.
    ///
    /// Wherever the metadata is found, it is refused unless it is that of this very issuer.
    pub fn discover_in_order(&self) -> Search<AwaitingMetadata> {
        let inserted = self.openid_configuration_inserted.as_ref();
        let others = inserted.into_iter().chain([&self.openid_configuration]).map(|address| self.discover_at(address));
        Search::new(self.discover_authorization_server(), others)
    }

    fn discover_at(&self, uri: &Uri) -> RoundTrip<AwaitingMetadata> {
        let awaiting = AwaitingMetadata {
            address: uri.clone(),
            expected_issuer: self.as_str().to_owned(),
            http_allowed: self.http_allowed(),
        };
        RoundTrip::named_by(self.origin(), get_json(uri.clone()), awaiting)
    }
}

/// The state between the discovery request and its response.
#[derive(Debug)]
#[must_use]
pub struct AwaitingMetadata {
    /// The address that was asked.
    address: Uri,
    expected_issuer: String,
    http_allowed: bool,
}

impl AwaitingMetadata {
    /// Reads the provider's metadata out of the response (OpenID Connect Discovery 1.0 sections 4.2 and 4.3).
    ///
    /// # Errors
    ///
    /// [`MetadataError::Response`] for any status but 200, for a body over 1 MiB or that is not a JSON object, without an
    /// `issuer`, and for a member of the wrong kind, a duplicate one, or an endpoint that is not a URL;
    /// [`InsecureUrl`](MetadataError::InsecureUrl) for an endpoint without TLS;
    /// [`IssuerMismatch`](MetadataError::IssuerMismatch) when the document is another issuer's.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<ProviderMetadata, MetadataError> {
        let metadata = read(response).map_err(|source| self.unusable(source))?;
        // Discovery 4.3: the issuer must be exactly the one that was asked.
        if metadata.issuer != self.expected_issuer {
            let found = printable_address(&metadata.issuer);
            return Err(MetadataError::IssuerMismatch { expected: self.expected_issuer, found });
        }
        let metadata = if self.http_allowed { metadata.danger_allow_http() } else { metadata };
        metadata.check_endpoints().map_err(|EndpointProblem { field, problem }| match problem {
            UrlProblem::Malformed => self.unusable(ResponseError::InvalidField { field: Cow::Borrowed(field) }),
            UrlProblem::Insecure => MetadataError::InsecureUrl { field },
        })?;
        Ok(metadata)
    }

    fn unusable(&self, source: ResponseError) -> MetadataError {
        MetadataError::Response { address: printable_address(&self.address.to_string()), source }
    }
}

fn read<B: AsRef<[u8]>>(response: &Response<B>) -> Result<ProviderMetadata, ResponseError> {
    if response.status() != StatusCode::OK {
        return Err(ResponseError::Status { status: response.status() });
    }
    ProviderMetadata::from_object(read_object(response)?)
}

awaiting!(AwaitingMetadata => ProviderMetadata, MetadataError, after a transport failure: RetryLater);

impl RoundTrip<AwaitingMetadata> {
    /// Expects another issuer in the document than the one whose address was asked, for providers known to differ, such as
    /// Azure AD B2C. Everything later is compared with `issuer`.
    pub fn expecting_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.awaiting.expected_issuer = issuer.into();
        self
    }
}
