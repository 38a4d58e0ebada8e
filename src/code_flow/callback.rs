//! The authorization response (OpenID Connect Core 1.0 sections 3.1.2.5 to 3.1.2.7, RFC 9207): what the browser brings back,
//! and the token request that follows.

use std::fmt;
use std::time::SystemTime;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Uri};
use url::Url;
use zeroize::Zeroizing;

use crate::client::Client;
use crate::code_flow::authorize::State;
use crate::code_flow::tokens::AwaitingTokens;
use crate::code_flow::{AwaitingCallback, Expectations};
use crate::error::{OAuthError, Remedy};
use crate::form;
use crate::id_token::since_epoch;
use crate::round_trip::RoundTrip;
use crate::secret::secret_string;
use crate::uri;
use crate::vocabulary::OAuthErrorCode;

secret_string! {
    /// The authorization code (RFC 6749 section 1.3.1): whoever has it may, once, ask for the tokens.
    AuthorizationCode
}

/// What the browser brought back from the provider, not believed yet.
///
/// `Debug` shows the error code, and whether there are a code and a state.
#[derive(Clone)]
pub struct AuthorizationResponse {
    code: Option<AuthorizationCode>,
    state: Option<State>,
    iss: Option<String>,
    error: Option<OAuthError>,
    /// A response object (JARM), which nothing here opens.
    response: Option<Zeroizing<String>>,
    /// A token in the response, which a code flow never has.
    token: Option<&'static str>,
    others: Vec<(String, String)>,
    target: Option<Target>,
}

/// Where the response arrived, as far as that is known.
#[derive(Clone)]
struct Target {
    address: Address,
    /// The query of the address, decoded, without the parameters of a response: those are never part of a redirect URI.
    query: Vec<(String, String)>,
}

/// An address without its query.
#[derive(Clone)]
enum Address {
    Absolute(Url),
    /// The path of a request line: it says nothing of scheme and host.
    Path(String),
}

impl AuthorizationResponse {
    /// Reads the current URL: an absolute one, `https://app.example/cb?code=…`, or what stands in the request line,
    /// `/cb?code=…`, which most web frameworks have at hand. A fragment is not read.
    ///
    /// What is there of scheme, host, port, path and query is later compared with the redirect URI of the login. Behind a
    /// proxy that ends TLS, the application sees another scheme or host than the browser: give it the path and query then.
    ///
    /// # Errors
    ///
    /// [`CallbackError::Malformed`] when it is neither (`cb?code=…`), or has userinfo, white space or a backslash before the
    /// query, or a percent-encoding that is not UTF-8 (`code=%FF`); [`CallbackError::DuplicateParameter`] when a parameter that
    /// matters is there twice.
    pub fn from_url(current_url: &str) -> Result<Self, CallbackError> {
        let (address, query) = Address::split(current_url)?;
        let mut response = Self::from_decoded(parse_pairs(query)?)?;
        response.target = Some(Target { address, query: response.others.clone() });
        Ok(response)
    }

    /// Reads the query alone: `code=…&state=…`, with or without a `?` before it. A fragment behind it is not read. Where it
    /// arrived is then not compared with the redirect URI.
    ///
    /// # Errors
    ///
    /// As [`from_url`](Self::from_url).
    pub fn from_query(query: &str) -> Result<Self, CallbackError> {
        let query = query.strip_prefix('?').unwrap_or(query);
        let query = query.split_once('#').map_or(query, |(before, _)| before);
        Self::from_decoded(parse_pairs(query)?)
    }

    /// Reads the body of a form that the browser posted (`response_mode=form_post`). [`at`](Self::at) says where it arrived.
    ///
    /// # Errors
    ///
    /// As [`from_url`](Self::from_url).
    pub fn from_form(body: impl AsRef<[u8]>) -> Result<Self, CallbackError> {
        let body = std::str::from_utf8(body.as_ref()).map_err(|_| CallbackError::Malformed)?;
        Self::from_decoded(parse_pairs(body)?)
    }

    /// Takes the parameters from a caller who has decoded them already. Where they arrived is compared with the redirect URI
    /// only after [`at`](Self::at).
    ///
    /// ```
    /// # use oidc_proto::AuthorizationResponse;
    /// let response = AuthorizationResponse::from_parts([("code", "abc"), ("state", "xyz")])?;
    /// # Ok::<(), oidc_proto::CallbackError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CallbackError::DuplicateParameter`] when a parameter that matters is there twice: hand over all of them, not a map
    /// that keeps one.
    pub fn from_parts<N, V>(parameters: impl IntoIterator<Item = (N, V)>) -> Result<Self, CallbackError>
    where
        N: Into<String>,
        V: Into<String>,
    {
        Self::from_decoded(parameters.into_iter().map(|(name, value)| (name.into(), value.into())))
    }

    /// Says where a form arrived, to be compared with the redirect URI: an absolute URL, or `/cb`.
    ///
    /// # Errors
    ///
    /// [`CallbackError::Malformed`], as [`from_url`](Self::from_url).
    pub fn at(mut self, target: &str) -> Result<Self, CallbackError> {
        let (address, query) = Address::split(target)?;
        let mut query = parse_pairs(query)?;
        query.retain(|(name, _)| !is_response_parameter(name));
        self.target = Some(Target { address, query });
        Ok(self)
    }

    /// The state, unverified: tells which login the response claims to answer.
    #[must_use]
    pub fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// Another parameter, unverified, such as Apple's `user`. The first, where there are several of one name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.others.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// RFC 6749 section 3.1: a parameter without a value counts as absent, and none is there twice.
    fn from_decoded(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, CallbackError> {
        let mut values: [Option<Zeroizing<String>>; RESPONSE_PARAMETERS.len()] = Default::default();
        let mut others = Vec::new();
        let mut seen = [false; RESPONSE_PARAMETERS.len()];
        for (name, value) in pairs {
            let known =
                RESPONSE_PARAMETERS.iter().zip(&mut values).zip(&mut seen).find(|((known, _), _)| **known == name);
            match known {
                None => others.push((name, value)),
                Some(((parameter, slot), seen)) => {
                    let value = Zeroizing::new(value);
                    if std::mem::replace(seen, true) {
                        return Err(CallbackError::DuplicateParameter { parameter });
                    }
                    *slot = Some(value).filter(|value| !value.is_empty());
                }
            }
        }
        let [code, state, iss, error, error_description, error_uri, response, id_token, access_token] = values;
        let token = id_token.map(|_| "id_token").or(access_token.map(|_| "access_token"));
        let public = |value: Option<Zeroizing<String>>| value.map(|mut value| std::mem::take(&mut *value));
        let error = error.map(|error| OAuthError {
            error: OAuthErrorCode::from(error.as_str()),
            error_description: public(error_description),
            error_uri: public(error_uri),
        });
        Ok(Self {
            code: code.map(AuthorizationCode::from_zeroizing),
            state: state.map(State::from_zeroizing),
            iss: public(iss),
            error,
            response,
            token,
            others,
            target: None,
        })
    }
}

impl fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationResponse")
            .field("code", &self.code)
            .field("state", &self.state)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl Address {
    /// Takes address and query of a URL or request line apart.
    fn split(text: &str) -> Result<(Self, &str), CallbackError> {
        let text = text.split_once('#').map_or(text, |(before, _)| before);
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        if address.starts_with('/') {
            uri::refuse_what_would_be_repaired(address).map_err(|_| CallbackError::Malformed)?;
            return Ok((Self::Path(address.to_owned()), query));
        }
        // Nothing but what could be a redirect URI; which one it is, and whether http is allowed there, comes later.
        let url = uri::parse_redirect(address, true).map_err(|_| CallbackError::Malformed)?;
        Ok((Self::Absolute(url), query))
    }

    /// Whether scheme, host, port and path are those of `other`, as far as they are known. What is not written alike goes
    /// through the same parser, so that both are normalised alike.
    fn is_same_place(&self, other: &str) -> bool {
        match self {
            Self::Absolute(url) => {
                let same = |other: &Url| {
                    url.scheme() == other.scheme()
                        && url.host_str() == other.host_str()
                        && url.port_or_known_default() == other.port_or_known_default()
                        && url.path() == other.path()
                };
                url.as_str() == other || Url::parse(other).is_ok_and(|other| same(&other))
            }
            Self::Path(path) => {
                // The host is a stand-in.
                let parsed = || Url::parse(&format!("http://localhost{path}")).ok().zip(Url::parse(other).ok());
                uri::path_as_written(other) == Some(path)
                    || parsed().is_some_and(|(path, other)| path.path() == other.path())
            }
        }
    }
}

impl Target {
    /// Whether this is where `redirect_uri` leads: the same place, and its own query still there, nothing of it changed or
    /// repeated.
    fn is_at(&self, redirect_uri: &str) -> bool {
        let (address, own_query) = redirect_uri.split_once('?').unwrap_or((redirect_uri, ""));
        self.address.is_same_place(address) && self.has_own_query(own_query)
    }

    fn has_own_query(&self, own_query: &str) -> bool {
        let Ok(own) = parse_pairs(own_query) else {
            return false;
        };
        own.iter().all(|(name, _)| {
            let expected = own.iter().filter(|(other, _)| other == name);
            let found = self.query.iter().filter(|(other, _)| other == name);
            expected.eq(found)
        })
    }
}

impl AwaitingCallback {
    /// Checks that the response answers this login and comes from its provider, and makes the token request (OpenID Connect
    /// Core 1.0 section 3.1.3.1) of the code in it.
    ///
    /// # Errors
    ///
    /// [`CallbackError`] has a variant for each thing that can be wrong, with what makes it so, in the order in which they
    /// are looked at. Whatever it is, this login is over.
    pub fn receive(
        self,
        client: &Client,
        response: AuthorizationResponse,
        now: SystemTime,
    ) -> Result<RoundTrip<AwaitingTokens>, CallbackError> {
        if *client.issuer() != *self.issuer || *client.client_id() != *self.client_id {
            return Err(CallbackError::WrongClient);
        }
        let code = self.believe(client, response)?;
        let age = since_epoch(now).saturating_sub(self.began);
        if age > client.login_lifetime() {
            return Err(CallbackError::FlowExpired);
        }
        let token_endpoint = client.token_endpoint().ok_or(CallbackError::NoTokenEndpoint)?;
        let request = self.token_request(client, token_endpoint, &code);
        let expectations = Expectations {
            openid: self.openid,
            code,
            nonce: self.nonce,
            began: self.began,
            max_age: self.max_age,
            require_acr: self.require_acr,
        };
        Ok(RoundTrip::new(request, AwaitingTokens::new(client.clone(), expectations)))
    }

    /// The checks of an authorization response, in the order in which they make the next one worth doing.
    fn believe(&self, client: &Client, response: AuthorizationResponse) -> Result<AuthorizationCode, CallbackError> {
        // RFC 6749 section 3.1.2: it arrived where this login sent the browser.
        if response.target.is_some_and(|target| !target.is_at(&self.redirect_uri)) {
            return Err(CallbackError::RedirectUriMismatch);
        }
        // RFC 6749 section 10.12: it answers this login.
        if response.state.ok_or(CallbackError::StateMissing)? != self.state {
            return Err(CallbackError::StateMismatch);
        }
        // RFC 9207 section 2.4: it comes from the provider that was asked, errors too.
        match &response.iss {
            Some(iss) if !client.is_issuer(iss) && client.tenant_of(iss).is_none() => {
                return Err(CallbackError::IssuerMismatch);
            }
            None if client.metadata().authorization_response_iss_parameter_supported => {
                let unverified_error = response.error.map(|error| error.error);
                return Err(CallbackError::IssuerMissing { unverified_error });
            }
            _ => {}
        }
        // RFC 6749 section 4.1.2.1, OpenID Connect Core 3.1.2.6.
        if let Some(error) = response.error {
            return Err(CallbackError::Provider { error, state: self.state.clone() });
        }
        // OAuth 2.0 Multiple Response Types section 3, JARM section 2.3: nobody asked for these.
        if let Some(parameter) = response.response.map(|_| "response").or(response.token) {
            return Err(CallbackError::UnexpectedParameter { parameter });
        }
        response.code.ok_or(CallbackError::MissingCode)
    }

    /// OpenID Connect Core 3.1.3.1, RFC 6749 section 4.1.3, RFC 7636 section 4.5.
    fn token_request(&self, client: &Client, token_endpoint: &Uri, code: &AuthorizationCode) -> Request<Vec<u8>> {
        let mut form = String::with_capacity(512);
        form::push_known(&mut form, "grant_type=", "authorization_code");
        form::push_known(&mut form, "&code=", code.secret());
        // Exactly what the authorization request had.
        form::push_known(&mut form, "&redirect_uri=", &self.redirect_uri);
        if let Some(verifier) = &self.code_verifier {
            form::push_known(&mut form, "&code_verifier=", verifier.secret());
        }
        if let Some(resource) = &self.resource {
            form::push_known(&mut form, "&resource=", resource);
        }
        let mut request = Request::new(Vec::new());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = token_endpoint.clone();
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        client.credentials().apply(client.client_id(), headers, &mut form);
        *request.body_mut() = form.into_bytes();
        request
    }
}

/// Why an authorization response is refused, or that it is an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallbackError {
    /// The current URL is neither absolute nor a path, has userinfo or white space, or a percent-encoding that is not UTF-8.
    #[error("the callback is not a URL, query or form that can be read")]
    Malformed,
    /// The response arrived somewhere else than at the redirect URI of this login, or without the redirect URI's own query.
    #[error("the callback did not arrive at the redirect URI of this login")]
    RedirectUriMismatch,
    /// A parameter that matters is there twice.
    #[error("the callback has the parameter {parameter} twice")]
    DuplicateParameter {
        /// The parameter.
        parameter: &'static str,
    },
    /// There is no state.
    #[error("the callback has no state")]
    StateMissing,
    /// The state is another login's, or nobody's.
    #[error("the state of the callback is not that of this login")]
    StateMismatch,
    /// The provider says that each of its responses has an `iss`, and this one has none.
    #[error("the callback has no iss, which the provider promises to send")]
    IssuerMissing {
        /// The error code that came with it. Unverified: anybody may have sent it. Some providers forget `iss` on
        /// `login_required`.
        unverified_error: Option<OAuthErrorCode>,
    },
    /// The response comes from another provider than the one that was asked: the mix-up attack (RFC 9207).
    #[error("the callback comes from another issuer than the one that was asked")]
    IssuerMismatch,
    /// The provider answered with an error. State and issuer were found right before.
    #[error("the provider answered with the error {error}")]
    Provider {
        /// The error.
        error: OAuthError,
        /// The state of the login that it ends.
        state: State,
    },
    /// There is a parameter that a code flow never has: `response`, `id_token` or `access_token`.
    #[error("the callback has the parameter {parameter}, which was not asked for")]
    UnexpectedParameter {
        /// The parameter.
        parameter: &'static str,
    },
    /// There is neither an error nor a code.
    #[error("the callback has no code")]
    MissingCode,
    /// The login was begun by a client of another issuer or with another id.
    #[error("this login was begun by another client")]
    WrongClient,
    /// The login began too long ago.
    #[error("the login took too long")]
    FlowExpired,
    /// The provider's metadata has no `token_endpoint`.
    #[error("the provider has no token endpoint")]
    NoTokenEndpoint,
}

impl CallbackError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Malformed
            | Self::DuplicateParameter { .. }
            | Self::StateMissing
            | Self::StateMismatch
            | Self::IssuerMismatch
            | Self::FlowExpired => Remedy::RestartLogin,
            Self::RedirectUriMismatch | Self::WrongClient | Self::NoTokenEndpoint => Remedy::FixConfiguration,
            Self::IssuerMissing { .. } | Self::UnexpectedParameter { .. } | Self::MissingCode => {
                Remedy::ReportToProvider
            }
            Self::Provider { error, .. } => remedy_of(error.error()),
        }
    }
}

/// What to do about an error of the authorization endpoint. No code has been sent, so trying again is harmless.
fn remedy_of(error: &OAuthErrorCode) -> Remedy {
    const INTERACTIVE: [OAuthErrorCode; 5] = [
        OAuthErrorCode::LOGIN_REQUIRED,
        OAuthErrorCode::INTERACTION_REQUIRED,
        OAuthErrorCode::CONSENT_REQUIRED,
        OAuthErrorCode::ACCOUNT_SELECTION_REQUIRED,
        OAuthErrorCode::UNMET_AUTHENTICATION_REQUIREMENTS,
    ];
    const LATER: [OAuthErrorCode; 2] = [OAuthErrorCode::SERVER_ERROR, OAuthErrorCode::TEMPORARILY_UNAVAILABLE];
    const CONFIGURATION: [OAuthErrorCode; 8] = [
        OAuthErrorCode::INVALID_REQUEST,
        OAuthErrorCode::INVALID_SCOPE,
        OAuthErrorCode::INVALID_TARGET,
        OAuthErrorCode::REGISTRATION_NOT_SUPPORTED,
        OAuthErrorCode::REQUEST_NOT_SUPPORTED,
        OAuthErrorCode::REQUEST_URI_NOT_SUPPORTED,
        OAuthErrorCode::UNAUTHORIZED_CLIENT,
        OAuthErrorCode::UNSUPPORTED_RESPONSE_TYPE,
    ];
    match error {
        error if *error == OAuthErrorCode::ACCESS_DENIED => Remedy::UserDeclined,
        error if INTERACTIVE.contains(error) => Remedy::LoginInteractively,
        error if LATER.contains(error) => Remedy::RetryLater,
        error if CONFIGURATION.contains(error) => Remedy::FixConfiguration,
        _ => Remedy::RestartLogin,
    }
}

/// The parameters of an authorization response, each of which may be there once.
const RESPONSE_PARAMETERS: [&str; 9] =
    ["code", "state", "iss", "error", "error_description", "error_uri", "response", "id_token", "access_token"];

pub(crate) fn is_response_parameter(name: &str) -> bool {
    RESPONSE_PARAMETERS.contains(&name)
}

fn parse_pairs(text: &str) -> Result<Vec<(String, String)>, CallbackError> {
    form::parse(text).map(|pair| pair.map_err(|_| CallbackError::Malformed)).collect()
}
