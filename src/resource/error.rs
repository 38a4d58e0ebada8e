//! Why the metadata of a resource is refused.

use crate::exchange::{Remedy, ResponseError};
use crate::ground::printable::{printable_address, without_query};
use crate::jose::JwtError;

/// Why the metadata of a resource was not found, or is refused (RFC 9728).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResourceError {
    /// The resource, or the address of its metadata that a challenge names, is not an absolute URL; or has a fragment,
    /// userinfo, white space or a backslash.
    #[error("{field} cannot be used: it is not an https URL without fragment and userinfo")]
    InvalidResource {
        /// Which of the two it is: `resource`, `resource_metadata`.
        field: &'static str,
    },
    /// The resource, the address of its metadata that a challenge names, or the address of its keys is an http URL.
    #[error("{field} is an http URL, and https is required")]
    InsecureUrl {
        /// What is insecure.
        field: &'static str,
    },
    /// The document is about another resource than the one that was asked for: whoever sent it may want the tokens that are
    /// meant for that one (RFC 9728 sections 3.3 and 7.3).
    #[error("the metadata is about another resource: expected {expected}, found {found}")]
    ResourceMismatch {
        /// The resource that was asked for, without its query, escaped and cut at 200 characters.
        expected: String,
        /// The resource that the document names, in the same form.
        found: String,
    },
    /// The response cannot be read.
    #[error("the answer from {address} is not the metadata of a resource")]
    Response {
        /// The address that was asked, without its query, escaped and cut at 200 characters.
        address: String,
        /// What is wrong with the response.
        source: ResponseError,
    },
    /// The signed metadata is refused.
    #[error("the signed metadata of the resource is refused")]
    Jwt(#[from] JwtError),
}

impl ResourceError {
    pub(super) fn mismatch(expected: &str, found: &str) -> Self {
        let shown = |resource| printable_address(without_query(resource));
        Self::ResourceMismatch { expected: shown(expected), found: shown(found) }
    }

    /// Whether there is no metadata: the address answered with a status of 4xx, and not with 429. Where a search ended so
    /// ([`discover`](crate::ProtectedResource::discover)), it was the last address, and a client may go on as with a resource
    /// that has none. After any other error it must not: there may be metadata.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Response { source, .. } if source.is_absent())
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::InvalidResource { field: "resource" } | Self::InsecureUrl { field: "resource" } => {
                Remedy::FixConfiguration
            }
            Self::InvalidResource { .. } | Self::InsecureUrl { .. } | Self::ResourceMismatch { .. } => {
                Remedy::ReportToProvider
            }
            // A page for people: the address is not a resource's.
            Self::Response { source: ResponseError::NotJson { .. }, .. } => Remedy::FixConfiguration,
            Self::Response { source, .. } => source.remedy(),
            Self::Jwt(error) => error.remedy(),
        }
    }
}
