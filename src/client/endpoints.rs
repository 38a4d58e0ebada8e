//! The endpoints of a provider, checked once, as requests carry them.

use http::Uri;

use crate::client::error::ClientError;
use crate::client::reserved::is_request_parameter;
use crate::ground::form;
use crate::ground::uri;
use crate::provider::{EndpointProblem, ProviderMetadata};

/// The endpoints as requests carry them. Those that a browser is sent to are text: URLs without fragment, in ASCII.
#[derive(Clone)]
pub(super) struct Endpoints {
    pub(super) authorization: Option<String>,
    pub(super) token: Option<Uri>,
    pub(super) jwks: Option<Uri>,
    pub(super) userinfo: Option<Uri>,
    pub(super) introspection: Option<Uri>,
    pub(super) revocation: Option<Uri>,
    pub(super) device_authorization: Option<Uri>,
    pub(super) backchannel_authentication: Option<Uri>,
    pub(super) pushed_authorization_request: Option<Uri>,
    pub(super) end_session: Option<String>,
}

impl Endpoints {
    /// The endpoints as requests carry them, where the provider has them.
    pub(super) fn of(metadata: &ProviderMetadata, has_certificate: bool) -> Result<Self, ClientError> {
        let request_uri =
            |name, text: Option<&String>| text.map(|text| endpoint(name, text, metadata.http_allowed())).transpose();
        // RFC 8705 section 5: the aliases are for clients with a certificate, each in the place of its endpoint.
        let aliases = metadata.mtls_endpoint_aliases.as_ref().filter(|_| has_certificate);
        macro_rules! alias_or_own {
            ($name:ident) => {{
                let alias = aliases.and_then(|aliases| aliases.$name.as_ref());
                request_uri(stringify!($name), alias.or(metadata.$name.as_ref()))?
            }};
        }
        let authorization = request_uri("authorization_endpoint", metadata.authorization_endpoint.as_ref())?;
        if authorization.as_ref().is_some_and(has_request_parameter) {
            return Err(ClientError::InvalidEndpoint { endpoint: "authorization_endpoint" });
        }
        let end_session = request_uri("end_session_endpoint", metadata.end_session_endpoint.as_ref())?;
        Ok(Self {
            authorization: authorization.map(|uri| uri.to_string()),
            token: alias_or_own!(token_endpoint),
            jwks: request_uri("jwks_uri", metadata.jwks_uri.as_ref())?,
            userinfo: alias_or_own!(userinfo_endpoint),
            introspection: alias_or_own!(introspection_endpoint),
            revocation: alias_or_own!(revocation_endpoint),
            device_authorization: alias_or_own!(device_authorization_endpoint),
            backchannel_authentication: alias_or_own!(backchannel_authentication_endpoint),
            pushed_authorization_request: alias_or_own!(pushed_authorization_request_endpoint),
            end_session: end_session.map(|uri| uri.to_string()),
        })
    }
}

/// One of them, or the issuer, which is built like one.
pub(super) fn endpoint(name: &'static str, text: &str, http_allowed: bool) -> Result<Uri, ClientError> {
    uri::parse_http(text, http_allowed)
        .and_then(|url| uri::request_uri(&url))
        .map_err(|problem| EndpointProblem { field: name, problem }.into())
}

/// RFC 6749 section 3.1: no parameter has a duplicate, so the endpoint's query has none that a request sets.
fn has_request_parameter(endpoint: &Uri) -> bool {
    let pairs = form::parse(endpoint.query().unwrap_or_default());
    pairs.filter_map(Result::ok).any(|(name, _)| is_request_parameter(&name))
}
