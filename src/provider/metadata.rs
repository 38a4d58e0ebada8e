//! The provider's metadata (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2).

use serde::{Deserialize, Deserializer, Serialize};

use crate::exchange::ResponseError;
use crate::exchange::response::read_member;
use crate::ground::extra_members::ExtraMembers;
use crate::ground::json::{self, Object};
use crate::ground::printable::field_name;
use crate::ground::uri::{self, UrlProblem};
use crate::ground::vocabulary::{
    Algorithm, CodeChallengeMethod, Display, Prompt, ResponseMode, TokenEndpointAuthMethod,
};
use crate::provider::aliases::MtlsEndpointAliases;

/// Makes [`ProviderMetadata`]. One line for each member names it once: for the struct, for reading and for the list of
/// endpoints.
macro_rules! provider_metadata {
    (
        endpoints { $($(#[$endpoint_doc:meta])* $endpoint:ident,)* }
        members { $($(#[$member_doc:meta])* $member:ident: $type:ty,)* }
        defaults { $($(#[$default_doc:meta])* $defaulted:ident: $default_type:ty = $default:expr,)* }
    ) => {
        /// What a provider says about itself (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2, RFC 9126 section
        /// 5, RFC 8705 sections 3.3 and 5, RFC 9101 section 10.5, RFC 9207 section 3, RFC 9396 section 10, RFC 9449 section 5.1,
        /// JARM section 4).
        ///
        /// Comes from [`Issuer::discover`](crate::Issuer::discover), from storage (serde), or is built by hand for a provider without discovery:
        ///
        /// ```
        /// use oidc_proto::ProviderMetadata;
        ///
        /// let mut metadata = ProviderMetadata::new("https://id.example");
        /// metadata.authorization_endpoint = Some("https://id.example/authorize".to_owned());
        /// metadata.token_endpoint = Some("https://id.example/token".to_owned());
        /// metadata.jwks_uri = Some("https://id.example/keys".to_owned());
        /// ```
        ///
        /// Endpoints are absolute URLs, as the provider wrote them; they are checked when a response is read, and once more
        /// when a [`Client`](crate::Client) is built. Members that are absent have the default of their specification, or
        /// are `None` where it has none.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[non_exhaustive]
        pub struct ProviderMetadata {
            /// The issuer identifier, compared as the exact string.
            pub issuer: String,
            $($(#[$endpoint_doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $endpoint: Option<String>,)*
            $($(#[$member_doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $member: Option<$type>,)*
            $($(#[$default_doc])* pub $defaulted: $default_type,)*
            /// The endpoints for clients with a certificate (RFC 8705 section 5).
            #[serde(skip_serializing_if = "Option::is_none")]
            pub mtls_endpoint_aliases: Option<MtlsEndpointAliases>,
            /// Every other member, as it came. One that could not be stored is refused: nested deeper than 32 levels,
            /// with a number beyond `f64`, or with half of a surrogate pair.
            #[serde(flatten)]
            pub extra: ExtraMembers,
            /// Whether http counts as https.
            #[serde(skip)]
            http_allowed: bool,
        }

        impl ProviderMetadata {
            /// The metadata of a provider of which only the issuer is known. Set the other members by hand.
            #[must_use]
            pub fn new(issuer: impl Into<String>) -> Self {
                Self {
                    issuer: issuer.into(),
                    $($endpoint: None,)*
                    $($member: None,)*
                    $($defaulted: $default,)*
                    mtls_endpoint_aliases: None,
                    extra: ExtraMembers::default(),
                    http_allowed: false,
                }
            }

            pub(crate) fn from_object(object: Object<'_>) -> Result<Self, ResponseError> {
                let (mut issuer, mut mtls_endpoint_aliases, mut extra) = (None, None, ExtraMembers::default());
                $(let mut $endpoint = None;)*
                $(let mut $member = None;)*
                $(let mut $defaulted = None;)*
                for (name, raw) in object.rest() {
                    match &*name {
                        "issuer" => issuer = read_member(raw, "issuer")?,
                        $(stringify!($endpoint) => $endpoint = read_member(raw, stringify!($endpoint))?,)*
                        $(stringify!($member) => $member = read_member(raw, stringify!($member))?,)*
                        $(stringify!($defaulted) => $defaulted = read_member(raw, stringify!($defaulted))?,)*
                        "mtls_endpoint_aliases" => mtls_endpoint_aliases = MtlsEndpointAliases::read(raw)?,
                        _ if !ExtraMembers::can_keep(raw) => {
                            return Err(ResponseError::InvalidField { field: field_name(&name) });
                        }
                        _ => extra.push(&name, raw),
                    }
                }
                extra.shrink();
                Ok(Self {
                    issuer: issuer.ok_or(ResponseError::MissingField { field: "issuer" })?,
                    $($endpoint,)*
                    $($member,)*
                    $($defaulted: $defaulted.unwrap_or_else(|| $default),)*
                    mtls_endpoint_aliases,
                    extra,
                    http_allowed: false,
                })
            }

            /// The endpoints that are there, by the names of their members.
            fn endpoints(&self) -> impl Iterator<Item = (&'static str, &str)> {
                [$((stringify!($endpoint), self.$endpoint.as_deref()),)*]
                    .into_iter()
                    .filter_map(|(name, endpoint)| Some((name, endpoint?)))
            }
        }
    };
}

provider_metadata! {
    endpoints {
        /// The authorization endpoint: where the browser goes to log in.
        authorization_endpoint,
        /// The token endpoint: where the code is exchanged.
        token_endpoint,
        /// The UserInfo endpoint (OpenID Connect Core 1.0 section 5.3).
        userinfo_endpoint,
        /// The address of the provider's keys.
        jwks_uri,
        /// The registration endpoint.
        registration_endpoint,
        /// The revocation endpoint (RFC 7009).
        revocation_endpoint,
        /// The introspection endpoint (RFC 7662).
        introspection_endpoint,
        /// The pushed authorization request endpoint (RFC 9126).
        pushed_authorization_request_endpoint,
        /// The device authorization endpoint (RFC 8628).
        device_authorization_endpoint,
        /// The backchannel authentication endpoint (OpenID Connect CIBA Core 1.0 section 4).
        backchannel_authentication_endpoint,
        /// Where the browser goes to log out (OpenID Connect RP-Initiated Logout 1.0).
        end_session_endpoint,
    }
    members {
        /// The scopes that may be asked for.
        scopes_supported: Vec<String>,
        /// The response types that may be asked for.
        response_types_supported: Vec<String>,
        /// How an authorization response may come back. [`response_modes`](Self::response_modes) has the default where the
        /// provider does not say.
        response_modes_supported: Vec<ResponseMode>,
        /// The authentication context class references that may be asked for.
        acr_values_supported: Vec<String>,
        /// The kinds of subject identifiers: `pairwise`, `public`.
        subject_types_supported: Vec<String>,
        /// The algorithms that sign ID tokens.
        id_token_signing_alg_values_supported: Vec<Algorithm>,
        /// The algorithms that sign authorization responses (JARM).
        authorization_signing_alg_values_supported: Vec<Algorithm>,
        /// The types of `authorization_details` that may be asked for (RFC 9396 section 10).
        authorization_details_types_supported: Vec<String>,
        /// The algorithms that encrypt the keys of ID tokens.
        id_token_encryption_alg_values_supported: Vec<Algorithm>,
        /// The algorithms that encrypt the content of ID tokens.
        id_token_encryption_enc_values_supported: Vec<Algorithm>,
        /// The algorithms that sign UserInfo responses.
        userinfo_signing_alg_values_supported: Vec<Algorithm>,
        /// The algorithms that encrypt the keys of UserInfo responses.
        userinfo_encryption_alg_values_supported: Vec<Algorithm>,
        /// The algorithms that encrypt the content of UserInfo responses.
        userinfo_encryption_enc_values_supported: Vec<Algorithm>,
        /// The algorithms that may sign request objects.
        request_object_signing_alg_values_supported: Vec<Algorithm>,
        /// The algorithms that may encrypt the keys of request objects.
        request_object_encryption_alg_values_supported: Vec<Algorithm>,
        /// The algorithms that may encrypt the content of request objects.
        request_object_encryption_enc_values_supported: Vec<Algorithm>,
        /// The algorithms that may sign client assertions at the token endpoint.
        token_endpoint_auth_signing_alg_values_supported: Vec<Algorithm>,
        /// The algorithms that may sign client assertions at the revocation endpoint.
        revocation_endpoint_auth_signing_alg_values_supported: Vec<Algorithm>,
        /// The ways in which a client may authenticate at the introspection endpoint.
        introspection_endpoint_auth_methods_supported: Vec<TokenEndpointAuthMethod>,
        /// The algorithms that may sign client assertions at the introspection endpoint.
        introspection_endpoint_auth_signing_alg_values_supported: Vec<Algorithm>,
        /// The values of `display` that may be asked for.
        display_values_supported: Vec<Display>,
        /// The values of `prompt` that may be asked for.
        prompt_values_supported: Vec<Prompt>,
        /// The claims that the provider may be able to supply.
        claims_supported: Vec<String>,
        /// The languages of claim values (BCP 47).
        claims_locales_supported: Vec<String>,
        /// The languages of the provider's pages (BCP 47).
        ui_locales_supported: Vec<String>,
        /// The PKCE methods (RFC 7636); `None` says nothing about whether PKCE is understood.
        code_challenge_methods_supported: Vec<CodeChallengeMethod>,
        /// The algorithms that may sign DPoP proofs (RFC 9449).
        dpop_signing_alg_values_supported: Vec<Algorithm>,
        /// A page for developers.
        service_documentation: String,
        /// The provider's requirements on how its data may be used.
        op_policy_uri: String,
        /// The provider's terms of service.
        op_tos_uri: String,
        /// The metadata as a signed JWT (RFC 8414 section 2.1). Ignored.
        signed_metadata: String,
    }
    defaults {
        /// The grant types. Default: `authorization_code`, `implicit`.
        grant_types_supported: Vec<String> = vec!["authorization_code".to_owned(), "implicit".to_owned()],
        /// How a client may authenticate at the token endpoint. Default: `client_secret_basic`.
        token_endpoint_auth_methods_supported: Vec<TokenEndpointAuthMethod> =
            vec![TokenEndpointAuthMethod::CLIENT_SECRET_BASIC],
        /// How a client may authenticate at the revocation endpoint. Default: `client_secret_basic`.
        revocation_endpoint_auth_methods_supported: Vec<TokenEndpointAuthMethod> =
            vec![TokenEndpointAuthMethod::CLIENT_SECRET_BASIC],
        /// The kinds of claims. Default: `normal`.
        claim_types_supported: Vec<String> = vec!["normal".to_owned()],
        /// Whether the `claims` parameter is understood. Default: no.
        claims_parameter_supported: bool = false,
        /// Whether the `request` parameter is understood. Default: no.
        request_parameter_supported: bool = false,
        /// Whether the `request_uri` parameter is understood. Default: yes.
        request_uri_parameter_supported: bool = true,
        /// Whether a `request_uri` must be registered beforehand. Default: no.
        require_request_uri_registration: bool = false,
        /// Whether authorization requests must be signed (RFC 9101 section 10.5). Default: no.
        require_signed_request_object: bool = false,
        /// Whether authorization requests must be pushed (RFC 9126). Default: no.
        require_pushed_authorization_requests: bool = false,
        /// Whether a client may be known by the address of its metadata (OAuth Client ID Metadata Document section 6): see
        /// [`ClientIdDocument`](crate::ClientIdDocument). Default: no.
        client_id_metadata_document_supported: bool = false,
        /// Whether access tokens can be bound to the client's certificate (RFC 8705 section 3.3). Default: no.
        tls_client_certificate_bound_access_tokens: bool = false,
        /// Whether every authorization response has an `iss` (RFC 9207). Default: no.
        authorization_response_iss_parameter_supported: bool = false,
    }
}

impl ProviderMetadata {
    /// Allows http for the issuer, for every endpoint, and for every redirect URI of the clients of this provider: for
    /// a provider on the developer's own machine. An attacker on the network can then log in as anybody.
    ///
    /// For metadata that was built by hand or stored. Discovery by [`Issuer::danger_allow_http`](crate::Issuer::danger_allow_http)
    /// sets it by itself; storage does not keep it.
    #[must_use]
    pub fn danger_allow_http(mut self) -> Self {
        self.http_allowed = true;
        self
    }

    /// How an authorization response may come back: `response_modes_supported`, or query and fragment where the provider
    /// does not say (RFC 8414 section 2).
    #[must_use]
    pub fn response_modes(&self) -> &[ResponseMode] {
        const DEFAULT: &[ResponseMode] = &[ResponseMode::QUERY, ResponseMode::FRAGMENT];
        self.response_modes_supported.as_deref().unwrap_or(DEFAULT)
    }

    pub(crate) fn http_allowed(&self) -> bool {
        self.http_allowed
    }

    /// Checks that every endpoint is a URL that may be used.
    pub(crate) fn check_endpoints(&self) -> Result<(), EndpointProblem> {
        let aliases = self.mtls_endpoint_aliases.iter().flat_map(MtlsEndpointAliases::endpoints);
        for (field, endpoint) in self.endpoints().chain(aliases) {
            uri::check_endpoint(endpoint, self.http_allowed).map_err(|problem| EndpointProblem { field, problem })?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for ProviderMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::deserialize_object(deserializer, "a provider's metadata", Self::from_object)
    }
}

/// An endpoint that may not be used.
pub(crate) struct EndpointProblem {
    pub(crate) field: &'static str,
    pub(crate) problem: UrlProblem,
}
