//! The endpoints for clients with a certificate (RFC 8705 section 5).

use serde::Serialize;

use crate::exchange::ResponseError;
use crate::ground::extra_members::ExtraMembers;
use crate::ground::json::{self, Object};

/// Makes [`MtlsEndpointAliases`]. One line for each member.
macro_rules! mtls_endpoint_aliases {
    ($($(#[$doc:meta])* $endpoint:ident,)*) => {
        /// The endpoints that a provider has for clients with a certificate (RFC 8705 section 5). Each stands in for the
        /// endpoint of the same name in [`ProviderMetadata`](crate::ProviderMetadata), for clients that authenticate with
        /// [`tls_client_auth`](crate::ClientAuth::tls_client_auth) or
        /// [`self_signed_tls_client_auth`](crate::ClientAuth::self_signed_tls_client_auth), and for no others.
        #[derive(Clone, Debug, Default, PartialEq, Serialize)]
        #[non_exhaustive]
        pub struct MtlsEndpointAliases {
            $($(#[$doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $endpoint: Option<String>,)*
            /// Every other member, as it came. These are neither checked nor used. One that could not be stored is
            /// refused: nested deeper than 32 levels, with a number beyond `f64`, or with half of a surrogate pair.
            #[serde(flatten)]
            pub extra: ExtraMembers,
        }

        impl MtlsEndpointAliases {
            /// Reads the member of the metadata; `null` counts as absent.
            pub(super) fn read(raw: &str) -> Result<Option<Self>, ResponseError> {
                let unusable = || ResponseError::invalid_field("mtls_endpoint_aliases");
                if raw == "null" {
                    return Ok(None);
                }
                let mut aliases = Self::default();
                for (name, raw) in Object::parse(raw).map_err(|_| unusable())?.rest() {
                    match &*name {
                        $(stringify!($endpoint) => aliases.$endpoint = json::read(raw).map_err(|_| unusable())?,)*
                        _ if !ExtraMembers::can_keep(raw) => return Err(unusable()),
                        _ => aliases.extra.push(&name, raw),
                    }
                }
                Ok(Some(aliases))
            }

            /// The endpoints that are there, by the places of their members in the metadata.
            pub(super) fn endpoints(&self) -> impl Iterator<Item = (&'static str, &str)> {
                [$((concat!("mtls_endpoint_aliases.", stringify!($endpoint)), self.$endpoint.as_deref()),)*]
                    .into_iter()
                    .filter_map(|(name, endpoint)| Some((name, endpoint?)))
            }
        }
    };
}

mtls_endpoint_aliases! {
    /// The token endpoint.
    token_endpoint,
    /// The UserInfo endpoint.
    userinfo_endpoint,
    /// The registration endpoint.
    registration_endpoint,
    /// The revocation endpoint.
    revocation_endpoint,
    /// The introspection endpoint.
    introspection_endpoint,
    /// The pushed authorization request endpoint.
    pushed_authorization_request_endpoint,
    /// The device authorization endpoint.
    device_authorization_endpoint,
    /// The backchannel authentication endpoint.
    backchannel_authentication_endpoint,
}
