//! The metadata of a resource (RFC 9728 section 2).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::exchange::ResponseError;
use crate::exchange::response::read_member;
use crate::ground::extra_members::ExtraMembers;
use crate::ground::json::{self, Object};
use crate::ground::printable::{field_name, without_query};
use crate::ground::uri::{self, UrlProblem};
use crate::ground::vocabulary::Algorithm;
use crate::provider::{Issuer, MetadataError};

/// Makes [`ProtectedResourceMetadata`]. One line for each member.
macro_rules! resource_metadata {
    (
        members { $($(#[$member_doc:meta])* $member:ident: $type:ty,)* }
        flags { $($(#[$flag_doc:meta])* $flag:ident,)* }
    ) => {
        /// What a protected resource says about itself (RFC 9728 section 2): who gives tokens for it, and what it takes.
        ///
        /// Comes from [`ProtectedResource::discover`](crate::ProtectedResource::discover), or from storage (serde). Storage does
        /// not keep whether http was allowed: discover a resource without TLS again.
        ///
        /// Nothing of it is verified. The addresses of its pages are for people, and not checked: open only https.
        #[derive(Clone, PartialEq, Serialize)]
        #[non_exhaustive]
        pub struct ProtectedResourceMetadata {
            /// The resource: its URL, or the scheme and host alone where it speaks for the whole host.
            pub resource: String,
            $($(#[$member_doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $member: Option<$type>,)*
            $($(#[$flag_doc])* pub $flag: bool,)*
            /// Every other member, as it came. One that could not be stored is refused: nested deeper than 32 levels,
            /// with a number beyond `f64`, or with half of a surrogate pair.
            #[serde(flatten)]
            pub extra: ExtraMembers,
            /// Whether http counts as https.
            #[serde(skip)]
            http_allowed: bool,
        }

        impl ProtectedResourceMetadata {
            pub(super) fn from_object(object: Object<'_>, http_allowed: bool) -> Result<Self, ResponseError> {
                let (mut resource, mut extra) = (None, ExtraMembers::default());
                $(let mut $member = None;)*
                $(let mut $flag = None;)*
                for (name, raw) in object.rest() {
                    match &*name {
                        "resource" => resource = read_member(raw, "resource")?,
                        $(stringify!($member) => $member = read_member(raw, stringify!($member))?,)*
                        $(stringify!($flag) => $flag = read_member(raw, stringify!($flag))?,)*
                        _ if !ExtraMembers::can_keep(raw) => {
                            return Err(ResponseError::InvalidField { field: field_name(&name) });
                        }
                        _ => extra.push(&name, raw),
                    }
                }
                Ok(Self {
                    resource: resource.ok_or(ResponseError::MissingField { field: "resource" })?,
                    $($member,)*
                    $($flag: $flag.unwrap_or_default(),)*
                    extra,
                    http_allowed,
                })
            }
        }

        impl fmt::Debug for ProtectedResourceMetadata {
            /// The query of a resource may have a key in it.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("ProtectedResourceMetadata")
                    .field("resource", &without_query(&self.resource))
                    $(.field(stringify!($member), &self.$member))*
                    $(.field(stringify!($flag), &self.$flag))*
                    .field("extra", &self.extra)
                    .finish_non_exhaustive()
            }
        }
    };
}

resource_metadata! {
    members {
        /// The issuers of the authorization servers that give tokens for it. [`issuers`](Self::issuers) reads them, and keeps
        /// in mind that the resource named them.
        authorization_servers: Vec<String>,
        /// The address of the resource's own keys.
        jwks_uri: String,
        /// The scopes that it knows. [`ScopeChoice`](crate::ScopeChoice) says which to ask for.
        scopes_supported: Vec<String>,
        /// Where it takes Bearer tokens: `header`, `body`, `query`. An empty list says that it takes none.
        bearer_methods_supported: Vec<String>,
        /// The algorithms that sign its responses.
        resource_signing_alg_values_supported: Vec<Algorithm>,
        /// Its name, for people.
        resource_name: String,
        /// A page for developers.
        resource_documentation: String,
        /// How its data may be used.
        resource_policy_uri: String,
        /// Its terms of service.
        resource_tos_uri: String,
        /// The types of `authorization_details` that it knows (RFC 9396).
        authorization_details_types_supported: Vec<String>,
        /// The algorithms of DPoP proofs that it takes (RFC 9449).
        dpop_signing_alg_values_supported: Vec<Algorithm>,
        /// The metadata as a signed JWT (section 2.2). [`verify_signed`](Self::verify_signed) reads it; elsewhere, it is ignored.
        signed_metadata: String,
    }
    flags {
        /// Whether it takes access tokens that are bound to the client's certificate (RFC 8705). Default: no.
        tls_client_certificate_bound_access_tokens,
        /// Whether it takes no other access tokens than those bound to a key (RFC 9449). Default: no.
        dpop_bound_access_tokens_required,
    }
}

impl ProtectedResourceMetadata {
    /// The issuers of the authorization servers, in the order of the resource. Each may be an error by itself: one that is not a
    /// URL says nothing of the others.
    pub fn issuers(&self) -> impl Iterator<Item = Result<Issuer, MetadataError>> {
        self.authorization_servers.iter().flatten().map(|issuer| Issuer::of_resource(issuer, self.http_allowed))
    }

    pub(super) fn http_allowed(&self) -> bool {
        self.http_allowed
    }

    /// Checks that its endpoint is a URL that may be used.
    pub(super) fn check_endpoints(&self) -> Result<(), UrlProblem> {
        self.jwks_uri.iter().try_for_each(|address| uri::check_endpoint(address, self.http_allowed))
    }
}

impl<'de> Deserialize<'de> for ProtectedResourceMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::deserialize_object(deserializer, "a resource's metadata", |object| Self::from_object(object, false))
    }
}
