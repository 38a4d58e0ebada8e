//! Where the metadata of a resource is, and what makes it trustworthy (RFC 9728 section 3).

use std::fmt;

use http::{Response, StatusCode, Uri};
use url::Url;

use crate::exchange::request::get_json;
use crate::exchange::response::read_object;
use crate::exchange::round_trip::awaiting;
use crate::exchange::{BearerChallenge, Origin, ResponseError, RoundTrip, Search};
use crate::ground::printable::{printable_address, without_query};
use crate::ground::uri::{self, UrlProblem};
use crate::resource::error::ResourceError;
use crate::resource::metadata::ProtectedResourceMetadata;

/// A protected resource of which nothing is known but its URL (RFC 9728): an API, a server of the Model Context Protocol. Its
/// metadata says which authorization servers give tokens for it.
///
/// ```
/// # use std::time::SystemTime;
/// # use oidc_proto::{BoxError, Challenges, ProtectedResource, ProviderMetadata, http};
/// # type Answer = Result<http::Response<Vec<u8>>, BoxError>;
/// /// The resource has answered 401, with these headers.
/// fn who_protects(
///     url: &str,
///     headers: &http::HeaderMap,
///     send: impl Fn(http::Request<Vec<u8>>) -> Answer,
/// ) -> Result<ProviderMetadata, BoxError> {
///     let mut resource = ProtectedResource::of(url)?;
///     let challenges = Challenges::from_headers(headers)?;
///     // The first is for APIs that take tokens bound to a key.
///     if let Some(challenge) = challenges.dpop().or_else(|| challenges.bearer()) {
///         resource = resource.challenged_by(&challenge)?;
///     }
///     let metadata = resource.discover().send_with(&send)?;
///     // Where there are several, the client chooses (section 7.6).
///     let issuer = metadata.issuers().next().ok_or("the API names no authorization server")??;
///     Ok(issuer.discover_in_order().send_with(&send)?)
/// }
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct ProtectedResource {
    text: String,
    http_allowed: bool,
    /// The scheme, the host and the port alone.
    whole_host: String,
    /// Where a challenge says that the metadata is.
    named: Option<Uri>,
    /// Section 3.1: the well-known name before path and query, where there are any.
    at_path: Option<Uri>,
    at_root: Uri,
}

impl ProtectedResource {
    /// Takes the URL of a resource, such as `https://api.example/mcp` (RFC 9728 section 1.2).
    ///
    /// # Errors
    ///
    /// [`ResourceError::InvalidResource`] when it is not an absolute URL (`/mcp`), or has a fragment, userinfo, white space or a
    /// backslash; [`ResourceError::InsecureUrl`] when it is an http URL.
    pub fn of(url: impl Into<String>) -> Result<Self, ResourceError> {
        Self::parse(url.into(), false)
    }

    /// The same, but http is allowed: for the resource, its metadata, and the authorization servers that it names. For
    /// a resource on the developer's own machine. An attacker on the network can then take the tokens.
    ///
    /// # Errors
    ///
    /// [`ResourceError::InvalidResource`], as [`of`](Self::of).
    pub fn danger_allow_http(url: impl Into<String>) -> Result<Self, ResourceError> {
        Self::parse(url.into(), true)
    }

    fn parse(text: String, http_allowed: bool) -> Result<Self, ResourceError> {
        const FIELD: &str = "resource";
        let url = read_url(FIELD, &text, http_allowed)?;
        // Section 3.1: a slash behind the host goes.
        let path = if url.path() == "/" { "" } else { url.path() };
        let well_known = |path: &str, query| {
            let mut address = url.clone();
            address.set_path(&format!("/.well-known/oauth-protected-resource{path}"));
            address.set_query(query);
            uri::request_uri(&address).map_err(|_| ResourceError::InvalidResource { field: FIELD })
        };
        let has_more = !path.is_empty() || url.query().is_some();
        Ok(Self {
            at_path: if has_more { Some(well_known(path, url.query())?) } else { None },
            at_root: well_known("", None)?,
            named: None,
            whole_host: url.origin().ascii_serialization(),
            text,
            http_allowed,
        })
    }

    /// Asks first at the address that a challenge of the resource names (`resource_metadata`, RFC 9728 section 5.1). A
    /// challenge that names none changes nothing. Take the challenge from this very URL, without a redirect in between.
    ///
    /// # Errors
    ///
    /// [`ResourceError::InvalidResource`] and [`ResourceError::InsecureUrl`], for that address, as [`of`](Self::of) has them.
    pub fn challenged_by(mut self, challenge: &BearerChallenge) -> Result<Self, ResourceError> {
        const FIELD: &str = "resource_metadata";
        if let Some(address) = challenge.resource_metadata() {
            let url = read_url(FIELD, address, self.http_allowed)?;
            let named = uri::request_uri(&url).map_err(|_| ResourceError::InvalidResource { field: FIELD })?;
            self.named = Some(named);
        }
        Ok(self)
    }

    /// The URL as it was given: what goes into [`resources`](crate::AuthorizationRequest::resources) of each request.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The search for its metadata (RFC 9728 section 3.1): where a challenge says that it is; at the well-known address of its
    /// path; and at that of its host, as the Model Context Protocol has it.
    pub fn discover(&self) -> Search<AwaitingResourceMetadata> {
        let named = self.named.iter().map(|address| (Origin::Resource, address));
        let well_known = self.at_path.iter().chain([&self.at_root]);
        let others = well_known.filter(|address| self.named.as_ref() != Some(address));
        let places = named.chain(others.map(|address| (Origin::Caller, address)));
        let mut calls = places.map(|(origin, address)| self.discover_at(origin, address));
        // There is one: the root is among the others, or it is the one that is named.
        let first = calls.next().unwrap_or_else(|| self.discover_at(Origin::Caller, &self.at_root));
        Search::new(first, calls)
    }

    fn discover_at(&self, origin: Origin, address: &Uri) -> RoundTrip<AwaitingResourceMetadata> {
        let awaiting = AwaitingResourceMetadata { resource: self.clone(), address: address.clone() };
        RoundTrip::named_by(origin, get_json(address.clone()), awaiting)
    }

    /// Section 3.3: a document is about this very resource. Looser than that, and as the clients of the Model Context Protocol
    /// are: what is at the root of the host may be about all of it.
    fn is_described_by(&self, found: &str, address: &Uri) -> bool {
        let is_whole_host = || found.strip_suffix('/').unwrap_or(found) == self.whole_host;
        found == self.text || (*address == self.at_root && is_whole_host())
    }
}

impl fmt::Debug for ProtectedResource {
    /// Its query may have a key in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProtectedResource").field(&without_query(&self.text)).finish()
    }
}

impl AsRef<str> for ProtectedResource {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

fn read_url(field: &'static str, text: &str, http_allowed: bool) -> Result<Url, ResourceError> {
    if text.contains('#') {
        return Err(ResourceError::InvalidResource { field });
    }
    uri::parse_http(text, http_allowed).map_err(|problem| match problem {
        UrlProblem::Malformed => ResourceError::InvalidResource { field },
        UrlProblem::Insecure => ResourceError::InsecureUrl { field },
    })
}

/// The state between the request for a resource's metadata and its response.
#[must_use]
pub struct AwaitingResourceMetadata {
    resource: ProtectedResource,
    /// The address that was asked.
    address: Uri,
}

impl AwaitingResourceMetadata {
    /// Reads the metadata out of the response (RFC 9728 sections 3.2 and 3.3).
    ///
    /// # Errors
    ///
    /// [`ResourceError::Response`] for any status but 200, for a body over 1 MiB or that is not a JSON object, without a
    /// `resource`, and for a member of the wrong kind or a duplicate one; [`ResourceError::ResourceMismatch`] when the document
    /// is another resource's; [`ResourceError::InsecureUrl`] for a `jwks_uri` without TLS.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<ProtectedResourceMetadata, ResourceError> {
        let Self { resource, address } = self;
        let shown = || printable_address(without_query(&address.to_string()));
        let unusable = |source| ResourceError::Response { address: shown(), source };
        let metadata = read(response, resource.http_allowed).map_err(unusable)?;
        if !resource.is_described_by(&metadata.resource, &address) {
            return Err(ResourceError::mismatch(&resource.text, &metadata.resource));
        }
        metadata.check_endpoints().map_err(|problem| match problem {
            UrlProblem::Malformed => unusable(ResponseError::invalid_field("jwks_uri")),
            UrlProblem::Insecure => ResourceError::InsecureUrl { field: "jwks_uri" },
        })?;
        Ok(metadata)
    }
}

fn read<B: AsRef<[u8]>>(
    response: &Response<B>,
    http_allowed: bool,
) -> Result<ProtectedResourceMetadata, ResponseError> {
    if response.status() != StatusCode::OK {
        return Err(ResponseError::Status { status: response.status() });
    }
    ProtectedResourceMetadata::from_object(read_object(response)?, http_allowed)
}

awaiting!(AwaitingResourceMetadata => ProtectedResourceMetadata, ResourceError, after a transport failure: RetryLater);

impl fmt::Debug for AwaitingResourceMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingResourceMetadata").field("resource", &self.resource).finish_non_exhaustive()
    }
}
