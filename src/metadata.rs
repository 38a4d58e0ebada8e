//! Who the provider is and what it can do: issuer, metadata, discovery (OpenID Connect Discovery 1.0, RFC 8414).

use std::borrow::Cow;
use std::fmt;

use http::{Response, StatusCode, Uri};
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::error::{Remedy, field_name};
use crate::json::{self, Object};
use crate::response::{ResponseProblem, from_response_problem, read_object, remedy_of_status};
use crate::round_trip::{Awaiting, RoundTrip, get_json, sealed};
use crate::uri::{self, UrlProblem};
use crate::vocabulary::{
    Algorithm, CodeChallengeMethod, Display, Prompt, ResponseMode, TokenEndpointAuthMethod, printable,
};

/// The issuer identifier of a provider: an https URL without query and fragment (OpenID Connect Discovery 1.0 section 3).
///
/// Kept as the exact string it was made of, since it is compared as that: `https://id.example` and `https://id.example/`
/// are two issuers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Issuer {
    text: String,
    /// Where the document of OpenID Connect is.
    openid_configuration: Uri,
    /// Where the document of RFC 8414 is.
    authorization_server: Uri,
    http_allowed: bool,
}

impl Issuer {
    /// Takes an issuer such as `https://id.example/tenant`.
    ///
    /// # Errors
    ///
    /// [`MetadataError::InvalidIssuer`] when it is not an absolute URL (`id.example`), has a query, a fragment, userinfo,
    /// white space or a backslash, or no request can be sent to it (64 KiB of path); [`MetadataError::InsecureUrl`] when it
    /// is an http URL.
    pub fn new(issuer: impl Into<String>) -> Result<Self, MetadataError> {
        Self::parse(issuer.into(), false)
    }

    /// The same, but http is allowed for the issuer and for every endpoint in its metadata: for a provider on the
    /// developer's own machine. Whoever sits on the way can log in as anybody.
    ///
    /// # Errors
    ///
    /// [`MetadataError::InvalidIssuer`], as [`new`](Self::new).
    pub fn danger_allow_http(issuer: impl Into<String>) -> Result<Self, MetadataError> {
        Self::parse(issuer.into(), true)
    }

    fn parse(text: String, http_allowed: bool) -> Result<Self, MetadataError> {
        if text.contains(['?', '#']) {
            return Err(MetadataError::InvalidIssuer);
        }
        let url = uri::parse_http(&text, http_allowed).map_err(|problem| match problem {
            UrlProblem::Malformed => MetadataError::InvalidIssuer,
            UrlProblem::Insecure => MetadataError::InsecureUrl { field: "issuer" },
        })?;
        let path = url.path().strip_suffix('/').unwrap_or(url.path());
        let request_uri = |path: &str| {
            let mut address = url.clone();
            address.set_path(path);
            uri::request_uri(&address).map_err(|_| MetadataError::InvalidIssuer)
        };
        Ok(Self {
            openid_configuration: request_uri(&format!("{path}/.well-known/openid-configuration"))?,
            authorization_server: request_uri(&format!("/.well-known/oauth-authorization-server{path}"))?,
            text,
            http_allowed,
        })
    }

    /// The issuer as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The request for the provider's metadata at `{issuer}/.well-known/openid-configuration` (OpenID Connect Discovery 1.0
    /// section 4).
    pub fn discover(&self) -> RoundTrip<AwaitingMetadata> {
        self.discover_at(&self.openid_configuration)
    }

    /// The request for the provider's metadata where an OAuth 2.0 authorization server has it: the path of the issuer comes
    /// behind `/.well-known/oauth-authorization-server` (RFC 8414 section 3).
    pub fn discover_authorization_server(&self) -> RoundTrip<AwaitingMetadata> {
        self.discover_at(&self.authorization_server)
    }

    fn discover_at(&self, uri: &Uri) -> RoundTrip<AwaitingMetadata> {
        let awaiting = AwaitingMetadata { expected_issuer: self.text.clone(), http_allowed: self.http_allowed };
        RoundTrip::new(get_json(uri.clone()), awaiting)
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

/// The state between the discovery request and its response.
#[derive(Debug)]
#[must_use]
pub struct AwaitingMetadata {
    expected_issuer: String,
    http_allowed: bool,
}

impl AwaitingMetadata {
    /// Reads the provider's metadata out of the response (OpenID Connect Discovery 1.0 sections 4.2 and 4.3).
    ///
    /// # Errors
    ///
    /// [`MetadataError::Status`] for any status but 200; [`TooLarge`](MetadataError::TooLarge),
    /// [`NotJson`](MetadataError::NotJson); [`MissingField`](MetadataError::MissingField) without an `issuer`;
    /// [`InvalidField`](MetadataError::InvalidField) for a member of the wrong kind, one given twice, or an endpoint that is
    /// no URL; [`InsecureUrl`](MetadataError::InsecureUrl) for an endpoint without TLS;
    /// [`IssuerMismatch`](MetadataError::IssuerMismatch) when the document is another issuer's.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<ProviderMetadata, MetadataError> {
        if response.status() != StatusCode::OK {
            return Err(MetadataError::Status { status: response.status() });
        }
        let metadata = ProviderMetadata::from_object(read_object(response)?)?;
        // Discovery 4.3: the issuer must be exactly the one that was asked.
        if metadata.issuer != self.expected_issuer {
            let found = printable(&metadata.issuer);
            return Err(MetadataError::IssuerMismatch { expected: self.expected_issuer, found });
        }
        metadata.check_endpoints(self.http_allowed)?;
        Ok(metadata)
    }
}

impl RoundTrip<AwaitingMetadata> {
    /// Expects another issuer in the document than the one whose address was asked, for providers known to differ, such as
    /// Azure AD B2C. Everything later is compared with `issuer`.
    pub fn expecting_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.awaiting.expected_issuer = issuer.into();
        self
    }
}

impl sealed::Sealed for AwaitingMetadata {}

impl Awaiting for AwaitingMetadata {
    type Output = ProviderMetadata;
    type Error = MetadataError;

    fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<ProviderMetadata, MetadataError> {
        self.receive(response)
    }
}

/// Makes [`ProviderMetadata`]: one line for each member names it once, for the struct, for reading and for the list of
/// endpoints.
macro_rules! provider_metadata {
    (
        endpoints { $($(#[$endpoint_doc:meta])* $endpoint:ident,)* }
        members { $($(#[$member_doc:meta])* $member:ident: $type:ty,)* }
        defaults { $($(#[$default_doc:meta])* $defaulted:ident: $default_type:ty = $default:expr,)* }
    ) => {
        /// What a provider says about itself (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2, RFC 9126 section
        /// 5, RFC 9207 section 3, RFC 9449 section 5.1).
        ///
        /// Comes from [`Issuer::discover`], from storage (serde), or is built by hand for a provider without discovery:
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
            /// Every other member, as it came.
            #[serde(flatten)]
            pub extra: Map<String, Value>,
        }

        impl ProviderMetadata {
            /// The metadata of a provider of which only the issuer is known. The other members are set by hand.
            #[must_use]
            pub fn new(issuer: impl Into<String>) -> Self {
                Self {
                    issuer: issuer.into(),
                    $($endpoint: None,)*
                    $($member: None,)*
                    $($defaulted: $default,)*
                    extra: Map::new(),
                }
            }

            fn from_object(object: Object<'_>) -> Result<Self, ResponseProblem> {
                let (mut issuer, mut extra) = (None, Map::new());
                $(let mut $endpoint = None;)*
                $(let mut $member = None;)*
                $(let mut $defaulted = None;)*
                for (name, raw) in object.rest() {
                    match &*name {
                        "issuer" => issuer = read(raw, "issuer")?,
                        $(stringify!($endpoint) => $endpoint = read(raw, stringify!($endpoint))?,)*
                        $(stringify!($member) => $member = read(raw, stringify!($member))?,)*
                        $(stringify!($defaulted) => $defaulted = read(raw, stringify!($defaulted))?,)*
                        _ => {
                            let value = read_extra(&name, raw)?;
                            extra.insert(name.into_owned(), value);
                        }
                    }
                }
                Ok(Self {
                    issuer: issuer.ok_or(ResponseProblem::MissingField("issuer"))?,
                    $($endpoint,)*
                    $($member,)*
                    $($defaulted: $defaulted.unwrap_or_else(|| $default),)*
                    extra,
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
        /// Where the browser goes to log in.
        authorization_endpoint,
        /// Where the code is exchanged.
        token_endpoint,
        /// Where more claims are had.
        userinfo_endpoint,
        /// Where the provider's keys are.
        jwks_uri,
        /// Where clients register themselves.
        registration_endpoint,
        /// Where tokens are revoked (RFC 7009).
        revocation_endpoint,
        /// Where tokens are introspected (RFC 7662).
        introspection_endpoint,
        /// Where authorization requests are pushed (RFC 9126).
        pushed_authorization_request_endpoint,
        /// Where the device flow starts (RFC 8628).
        device_authorization_endpoint,
        /// Where the browser goes to log out (OpenID Connect RP-Initiated Logout 1.0).
        end_session_endpoint,
    }
    members {
        /// The scopes that may be asked for.
        scopes_supported: Vec<String>,
        /// The response types that may be asked for.
        response_types_supported: Vec<String>,
        /// The authentication context class references that may be asked for.
        acr_values_supported: Vec<String>,
        /// The kinds of subject identifiers: `pairwise`, `public`.
        subject_types_supported: Vec<String>,
        /// The algorithms that sign ID tokens.
        id_token_signing_alg_values_supported: Vec<Algorithm>,
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
        /// The claims that the provider may be able to tell.
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
        /// The metadata as a signed JWT (RFC 8414 section 2.1). Not looked at.
        signed_metadata: String,
    }
    defaults {
        /// How an authorization response may come back. Default: query, fragment.
        response_modes_supported: Vec<ResponseMode> = vec![ResponseMode::QUERY, ResponseMode::FRAGMENT],
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
        /// Whether authorization requests must be pushed (RFC 9126). Default: no.
        require_pushed_authorization_requests: bool = false,
        /// Whether every authorization response has an `iss` (RFC 9207). Default: no.
        authorization_response_iss_parameter_supported: bool = false,
    }
}

impl ProviderMetadata {
    /// Whether every endpoint is a URL that may be used.
    pub(crate) fn check_endpoints(&self, http_allowed: bool) -> Result<(), EndpointProblem> {
        for (field, endpoint) in self.endpoints() {
            uri::check_http(endpoint, http_allowed).map_err(|problem| EndpointProblem { field, problem })?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for ProviderMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By way of JSON text, so that stored metadata is read by the same rules in every format.
        let text = Value::Object(deserializer.deserialize_map(EachOnce)?).to_string();
        let object = Object::parse(&text).map_err(|_| D::Error::custom("not an object"))?;
        Self::from_object(object).map_err(|problem| D::Error::custom(MetadataError::from(problem)))
    }
}

/// Reads an object whose members are there once each.
struct EachOnce;

impl<'de> Visitor<'de> for EachOnce {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a provider's metadata")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            let message = MetadataError::InvalidField { field: field_name(&name) };
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom(message));
            }
        }
        Ok(members)
    }
}

/// An endpoint that may not be used.
pub(crate) struct EndpointProblem {
    pub(crate) field: &'static str,
    pub(crate) problem: UrlProblem,
}

impl From<EndpointProblem> for MetadataError {
    fn from(EndpointProblem { field, problem }: EndpointProblem) -> Self {
        match problem {
            UrlProblem::Malformed => Self::InvalidField { field: Cow::Borrowed(field) },
            UrlProblem::Insecure => Self::InsecureUrl { field },
        }
    }
}

/// Why a provider's metadata is not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// The issuer is no absolute URL, or has a query, a fragment, userinfo, white space or a backslash.
    #[error("the issuer is not an absolute URL without query, fragment and userinfo")]
    InvalidIssuer,
    /// The issuer or an endpoint is an http URL.
    #[error("{field} is an http URL, and https is required")]
    InsecureUrl {
        /// The member that is insecure.
        field: &'static str,
    },
    /// The provider answered with another status than 200.
    #[error("the provider answered the discovery request with HTTP status {status}")]
    Status {
        /// The status.
        status: StatusCode,
    },
    /// The body is over 1 MiB.
    #[error("the metadata is larger than 1 MiB")]
    TooLarge,
    /// The body is not one JSON object.
    #[error("the metadata is not a JSON object (line {line}, column {column})")]
    NotJson {
        /// The line, counted from one.
        line: usize,
        /// The column, counted from one.
        column: usize,
    },
    /// A required member is absent.
    #[error("the metadata has no {field}")]
    MissingField {
        /// The member that is missing.
        field: &'static str,
    },
    /// A member is of the wrong kind, is there twice, or is an endpoint that is no absolute URL.
    #[error("the metadata has an unusable {field}")]
    InvalidField {
        /// The member that is unusable.
        field: Cow<'static, str>,
    },
    /// The document is about another issuer than the one that was asked.
    #[error("the metadata is about another issuer: expected {}, found {found}", printable(.expected))]
    IssuerMismatch {
        /// The issuer that was asked.
        expected: String,
        /// The issuer that the document names, escaped and cut at 64 characters.
        found: String,
    },
}

from_response_problem!(MetadataError);

impl MetadataError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Status { status } => remedy_of_status(*status),
            Self::InvalidIssuer | Self::InsecureUrl { .. } | Self::IssuerMismatch { .. } => Remedy::FixConfiguration,
            Self::TooLarge | Self::NotJson { .. } | Self::MissingField { .. } | Self::InvalidField { .. } => {
                Remedy::ReportToProvider
            }
        }
    }
}

/// A member of the specifications; `null` counts as absent.
fn read<T: DeserializeOwned>(raw: &str, name: &'static str) -> Result<Option<T>, ResponseProblem> {
    json::read(raw).map_err(|_| ResponseProblem::invalid_field(name))
}

/// A member that does not fit into a [`Value`] (nested too deep, or a number beyond `f64`) is refused, not lost.
fn read_extra(name: &str, raw: &str) -> Result<Value, ResponseProblem> {
    json::read(raw).map_err(|_| ResponseProblem::InvalidField(field_name(name)))
}
