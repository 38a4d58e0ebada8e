//! Why a provider's metadata is refused.

use crate::exchange::{Remedy, ResponseError};
use crate::ground::printable::printable_address;

/// Why a provider's metadata is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// The issuer is not an absolute URL; or has a query, a fragment, userinfo, white space or a backslash; or is the address
    /// of the metadata.
    #[error("the issuer cannot be used: {reason}")]
    InvalidIssuer {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The issuer or an endpoint is an http URL.
    #[error("{field} is an http URL, and https is required")]
    InsecureUrl {
        /// The member that is insecure.
        field: &'static str,
    },
    /// The document is about another issuer than the one that was asked.
    #[error("the metadata is about another issuer: expected {}, found {found}", printable_address(.expected))]
    IssuerMismatch {
        /// The issuer that was asked.
        expected: String,
        /// The issuer that the document names, escaped and cut at 200 characters.
        found: String,
    },
    /// The response cannot be read. A page of HTML, for example, means that the issuer is not this address.
    #[error("the answer from {address} is not a provider's metadata")]
    Response {
        /// The address that was asked, escaped and cut at 200 characters.
        address: String,
        /// What is wrong with the response.
        source: ResponseError,
    },
}

impl MetadataError {
    /// Whether there is no metadata: the address answered with a status of 4xx, and not with 429. Where a search ended so
    /// ([`discover_in_order`](crate::Issuer::discover_in_order)), it was the last address, and a client may go on as with a provider
    /// that has none. After any other error it must not: there may be metadata.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Response { source, .. } if source.is_absent())
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::InvalidIssuer { .. } | Self::InsecureUrl { .. } | Self::IssuerMismatch { .. } => {
                Remedy::FixConfiguration
            }
            // A page for people: the address is not a provider's.
            Self::Response { source: ResponseError::NotJson { .. }, .. } => Remedy::FixConfiguration,
            Self::Response { source, .. } => source.remedy(),
        }
    }
}
