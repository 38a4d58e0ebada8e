//! The issuer identifier of a provider.

use std::fmt;

use http::Uri;

use crate::exchange::Origin;
use crate::ground::uri::{self, UrlProblem};
use crate::provider::error::MetadataError;

/// The issuer identifier of a provider: an https URL without query and fragment (OpenID Connect Discovery 1.0 section 3).
///
/// Kept as the exact string it was made of, because it is compared as that: `https://id.example` and `https://id.example/`
/// are two issuers.
#[derive(Clone, Debug, Eq)]
pub struct Issuer {
    text: String,
    /// The address of the document of OpenID Connect.
    pub(super) openid_configuration: Uri,
    /// The address of the document of RFC 8414.
    pub(super) authorization_server: Uri,
    /// Where some servers have the document of OpenID Connect: as RFC 8414 has its own. `None` where that is the same address.
    pub(super) openid_configuration_inserted: Option<Uri>,
    http_allowed: bool,
    /// Who named it.
    origin: Origin,
}

impl Issuer {
    /// Takes an issuer such as `https://id.example/tenant`.
    ///
    /// # Errors
    ///
    /// [`MetadataError::InvalidIssuer`] when it is not an absolute URL (`id.example`), has a query, a fragment, userinfo,
    /// white space or a backslash, is the address of the metadata, or no request can be sent to it (64 KiB of path);
    /// [`MetadataError::InsecureUrl`] when it is an http URL.
    pub fn new(issuer: impl Into<String>) -> Result<Self, MetadataError> {
        Self::parse(issuer.into(), false)
    }

    /// The same, but http is allowed: for the issuer, for every endpoint in its metadata, and for every redirect URI of
    /// the clients of this provider. For a provider on the developer's own machine. An attacker on the network can then
    /// log in as anybody.
    ///
    /// # Errors
    ///
    /// [`MetadataError::InvalidIssuer`], as [`new`](Self::new).
    pub fn danger_allow_http(issuer: impl Into<String>) -> Result<Self, MetadataError> {
        Self::parse(issuer.into(), true)
    }

    fn parse(text: String, http_allowed: bool) -> Result<Self, MetadataError> {
        let invalid = |reason| MetadataError::InvalidIssuer { reason };
        if text.contains(['?', '#']) {
            return Err(invalid(SHAPE));
        }
        let url = uri::parse_http(&text, http_allowed).map_err(|problem| match problem {
            UrlProblem::Malformed => invalid(SHAPE),
            UrlProblem::Insecure => MetadataError::InsecureUrl { field: "issuer" },
        })?;
        let path = url.path().strip_suffix('/').unwrap_or(url.path());
        if path.ends_with("/.well-known/openid-configuration") {
            return Err(invalid(ADDRESS_OF_METADATA));
        }
        let request_uri = |path: &str| {
            let mut address = url.clone();
            address.set_path(path);
            uri::request_uri(&address).map_err(|_| invalid(SHAPE))
        };
        let inserted = || request_uri(&format!("/.well-known/openid-configuration{path}"));
        Ok(Self {
            openid_configuration_inserted: if path.is_empty() { None } else { Some(inserted()?) },
            openid_configuration: request_uri(&format!("{path}/.well-known/openid-configuration"))?,
            authorization_server: request_uri(&format!("/.well-known/oauth-authorization-server{path}"))?,
            text,
            http_allowed,
            origin: Origin::Caller,
        })
    }

    /// The issuer that a resource names.
    pub(crate) fn of_resource(text: &str, http_allowed: bool) -> Result<Self, MetadataError> {
        Ok(Self { origin: Origin::Resource, ..Self::parse(text.to_owned(), http_allowed)? })
    }

    /// The issuer as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn http_allowed(&self) -> bool {
        self.http_allowed
    }

    pub(super) fn origin(&self) -> Origin {
        self.origin
    }
}

const SHAPE: &str = "an issuer is an https URL without query, fragment and userinfo, such as https://id.example";
const ADDRESS_OF_METADATA: &str =
    "this is the address of the metadata; the issuer is the part before /.well-known/openid-configuration";

impl PartialEq for Issuer {
    /// Whoever named it.
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.http_allowed == other.http_allowed
    }
}

impl AsRef<str> for Issuer {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
