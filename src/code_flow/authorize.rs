//! The authorization request (OpenID Connect Core 1.0 section 3.1.2.1): a URL for the browser, and what to keep until it
//! comes back.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use zeroize::Zeroizing;

use crate::client::{Client, check_redirect_uri};
use crate::code_flow::AwaitingCallback;
use crate::code_flow::callback::is_response_parameter;
use crate::code_flow::pkce::CodeVerifier;
use crate::error::{BoxError, Remedy, field_name};
use crate::form;
use crate::id_token::since_epoch;
use crate::random;
use crate::secret::secret_string;
use crate::vocabulary::{CodeChallengeMethod, Display, Prompt, ResponseMode};

secret_string! {
    /// The `state` of a login (RFC 6749 section 10.12): ties the callback to the browser that began it.
    State
}

secret_string! {
    /// The `nonce` of a login (OpenID Connect Core 1.0 section 3.1.2.1): ties the ID token to the login it was made for.
    Nonce
}

/// The request that the browser carries to the provider, being put together.
///
/// Asks for the scope `openid` unless told otherwise. `state`, `nonce` and the PKCE verifier are made of 32 random bytes
/// each, unless they are set.
#[must_use = "a login begins with start"]
pub struct AuthorizationRequest {
    client: Client,
    scope: Cow<'static, str>,
    state: Option<State>,
    nonce: Option<Nonce>,
    nonce_wanted: bool,
    code_verifier: Option<CodeVerifier>,
    /// `None`: without PKCE. The method was named by the caller unless it is S256.
    code_challenge_method: Option<CodeChallengeMethod>,
    redirect_uri: Option<Arc<str>>,
    redirect_args: Vec<(String, String)>,
    max_age: Option<Duration>,
    require_acr: Vec<String>,
    resource: Vec<String>,
    /// The other parameters, in the order in which they were set, ready to be written.
    parameters: Vec<(Cow<'static, str>, Zeroizing<String>)>,
    /// The first thing that was wrong with a parameter.
    problem: Option<AuthorizeError>,
}

impl AuthorizationRequest {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            redirect_uri: client.shared_redirect_uri(),
            client,
            scope: Cow::Borrowed("openid"),
            state: None,
            nonce: None,
            nonce_wanted: true,
            code_verifier: None,
            code_challenge_method: Some(CodeChallengeMethod::S256),
            redirect_args: Vec::new(),
            max_age: None,
            require_acr: Vec::new(),
            resource: Vec::new(),
            parameters: Vec::new(),
            problem: None,
        }
    }

    /// The whole scope, its values separated by spaces: `openid email profile`. A scope without `openid` is plain OAuth 2.0:
    /// nobody is logged in, no nonce is sent, and the tokens leave by
    /// [`into_oauth_tokens`](crate::UnverifiedTokens::into_oauth_tokens).
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Cow::Owned(scope.into());
        self
    }

    /// Sets the state, instead of a random one. It must not be guessable.
    pub fn state(mut self, state: impl Into<State>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// Sets the nonce, instead of a random one. It must not be guessable.
    pub fn nonce(mut self, nonce: impl Into<Nonce>) -> Self {
        self.nonce = Some(nonce.into());
        self.nonce_wanted = true;
        self
    }

    /// Sends no nonce, for providers that do not give it back, such as LinkedIn. An ID token that was made for another
    /// login is then told apart by the code and PKCE alone.
    pub fn without_nonce(mut self) -> Self {
        self.nonce = None;
        self.nonce_wanted = false;
        self
    }

    /// Sets the PKCE code verifier, instead of a random one; the code challenge is made of it.
    pub fn code_verifier(mut self, verifier: impl Into<CodeVerifier>) -> Self {
        self.code_verifier = Some(verifier.into());
        self.code_challenge_method.get_or_insert(CodeChallengeMethod::S256);
        self
    }

    /// How the code challenge is made: S256 unless another is named here. `plain` is for providers that know nothing else;
    /// it protects against nobody who can read the authorization request.
    pub fn code_challenge_method(mut self, method: CodeChallengeMethod) -> Self {
        if method != CodeChallengeMethod::S256 && method != CodeChallengeMethod::PLAIN {
            self.reject(AuthorizeError::InvalidParameter {
                name: "code_challenge_method".into(),
                reason: "only S256 and plain are known",
            });
        }
        self.code_challenge_method = Some(method);
        self
    }

    /// Sends no code challenge, for providers that refuse it, such as LinkedIn. A stolen code is then protected by the
    /// client's authentication alone.
    pub fn without_pkce(mut self) -> Self {
        self.code_challenge_method = None;
        self
    }

    /// What the provider shall ask the person: `[Prompt::LOGIN, Prompt::CONSENT]`.
    pub fn prompt(self, prompts: impl IntoIterator<Item = Prompt>) -> Self {
        let prompts: Vec<Prompt> = prompts.into_iter().collect();
        let alone = prompts.len() == 1 || !prompts.contains(&Prompt::NONE);
        let mut request = self.list("prompt", prompts);
        if !alone {
            request.reject(AuthorizeError::InvalidParameter { name: "prompt".into(), reason: "none stands alone" });
        }
        request
    }

    /// How the provider shows its pages.
    pub fn display(self, display: Display) -> Self {
        self.set("display", display)
    }

    /// How long ago, at most, the person may have logged in when this login begins; sent in whole seconds. The ID token must
    /// then say when that was (`auth_time`), and it is checked. Zero asks for a login now.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        let seconds = max_age.as_secs().to_string();
        self.set("max_age", seconds)
    }

    /// The languages of the provider's pages, the best first (BCP 47).
    pub fn ui_locales<S: AsRef<str>>(self, locales: impl IntoIterator<Item = S>) -> Self {
        self.list("ui_locales", locales)
    }

    /// The languages of claim values, the best first (BCP 47).
    pub fn claims_locales<S: AsRef<str>>(self, locales: impl IntoIterator<Item = S>) -> Self {
        self.list("claims_locales", locales)
    }

    /// An ID token from an earlier login, to say who is expected to log in. The provider may ignore it: compare the
    /// subjects.
    pub fn id_token_hint(self, id_token: impl AsRef<str>) -> Self {
        self.set("id_token_hint", id_token.as_ref())
    }

    /// What the person has typed to say who she is, such as an e-mail address.
    pub fn login_hint(self, hint: impl AsRef<str>) -> Self {
        self.set("login_hint", hint.as_ref())
    }

    /// The authentication context class references that are wished for, the best first. A wish: the provider may do
    /// otherwise. [`require_acr`](Self::require_acr) insists.
    pub fn acr_values<S: AsRef<str>>(self, values: impl IntoIterator<Item = S>) -> Self {
        self.list("acr_values", values)
    }

    /// The authentication context class references that are accepted: the ID token must have one of them. What is asked of
    /// the provider is said apart, by [`acr_values`](Self::acr_values) or [`claims`](Self::claims).
    pub fn require_acr<S: Into<String>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
        self.require_acr = values.into_iter().map(Into::into).collect();
        self
    }

    /// The claims that are asked for one by one (OpenID Connect Core 1.0 section 5.5): anything that serializes to the
    /// parameter's JSON object.
    pub fn claims(mut self, claims: &impl Serialize) -> Self {
        match serde_json::to_string(claims) {
            Ok(json) if json.starts_with('{') => return self.set("claims", json),
            _ => self.reject(AuthorizeError::InvalidParameter {
                name: "claims".into(),
                reason: "it cannot be written as a JSON object",
            }),
        }
        self
    }

    /// Adds a resource that the access token is for (RFC 8707): an absolute URI without a fragment. With exactly one, it is
    /// named in the token request too; with several, the provider's default applies there.
    pub fn resource(mut self, resource: impl Into<String>) -> Self {
        let resource = resource.into();
        if resource.is_empty() || resource.contains(|c: char| c == '#' || c.is_whitespace()) {
            self.reject(AuthorizeError::InvalidParameter {
                name: "resource".into(),
                reason: "it is empty, or has a fragment or white space",
            });
        }
        self.resource.push(resource);
        self
    }

    /// How the authorization response comes back: in the query (the default), or as a form that the browser posts.
    pub fn response_mode(mut self, mode: ResponseMode) -> Self {
        if mode == ResponseMode::FRAGMENT {
            self.reject(AuthorizeError::InvalidParameter {
                name: "response_mode".into(),
                reason: "a fragment is never read",
            });
        }
        self.set("response_mode", mode)
    }

    /// Replaces the client's redirect URI for this login, for applications with a host for each tenant or a loopback port
    /// for each start. The same rules hold for it.
    pub fn redirect_uri(mut self, redirect_uri: impl Into<String>) -> Self {
        let redirect_uri = redirect_uri.into();
        if check_redirect_uri(&redirect_uri, self.client.http_allowed()).is_err() {
            self.reject(AuthorizeError::InvalidParameter {
                name: "redirect_uri".into(),
                reason: "it must be absolute, secure, and without fragment, userinfo and response parameters",
            });
        }
        self.redirect_uri = Some(redirect_uri.into());
        self
    }

    /// Adds an argument to the query of the redirect URI for this login. It must still be there on the callback.
    pub fn redirect_arg(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        if is_response_parameter(&name) {
            self.reject(AuthorizeError::ReservedParameter { name: field_name(&name) });
        }
        self.redirect_args.push((name, value.into()));
        self
    }

    /// Adds a parameter that has no method of its own, such as Auth0's `audience`.
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        if is_request_parameter(&name) {
            self.reject(AuthorizeError::ReservedParameter { name: field_name(&name) });
        }
        self.parameters.push((Cow::Owned(name), Zeroizing::new(value.into())));
        self
    }

    /// Begins the login: the URL to send the browser to, ready for a `Location` header, and what to keep in the browser's
    /// session until it comes back. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`AuthorizeError`] has a variant for each thing that can be wrong, with what makes it so.
    pub fn start(mut self, now: SystemTime) -> Result<(String, AwaitingCallback), AuthorizeError> {
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        self.check_support()?;
        let openid = self.check_scope()?;
        let redirect_uri = self.final_redirect_uri()?;
        let (state, nonce, code_verifier) = self.secrets(openid)?;
        let url = self.url(&redirect_uri, &state, nonce.as_ref(), code_verifier.as_ref())?;
        let only_resource = if self.resource.len() == 1 { self.resource.pop() } else { None };
        let awaiting = AwaitingCallback {
            began: since_epoch(now),
            issuer: self.client.shared_issuer(),
            client_id: self.client.shared_client_id(),
            redirect_uri,
            state,
            nonce,
            code_verifier,
            openid,
            max_age: self.max_age.map(|max_age| max_age.as_secs()),
            require_acr: self.require_acr,
            resource: only_resource,
        };
        Ok((url, awaiting))
    }

    /// State, nonce and code verifier: those that were set, and random ones for the rest that is wanted.
    fn secrets(&mut self, openid: bool) -> Result<(State, Option<Nonce>, Option<CodeVerifier>), AuthorizeError> {
        let nonce_wanted = openid && self.nonce_wanted;
        let verifier_wanted = self.code_challenge_method.is_some();
        let all_set = self.state.is_some()
            && (self.nonce.is_some() || !nonce_wanted)
            && (self.code_verifier.is_some() || !verifier_wanted);
        // Where nothing is missing, nothing is drawn; what is empty would be refused below.
        let [state, nonce, verifier] = if all_set { Default::default() } else { random::values()? };
        let state = self.state.take().unwrap_or_else(|| State::new(state));
        let nonce = nonce_wanted.then(|| self.nonce.take().unwrap_or_else(|| Nonce::new(nonce)));
        let verifier =
            verifier_wanted.then(|| self.code_verifier.take().unwrap_or_else(|| CodeVerifier::new(verifier)));
        if state.secret().is_empty() {
            return Err(AuthorizeError::InvalidParameter { name: "state".into(), reason: "it is empty" });
        }
        if nonce.as_ref().is_some_and(|nonce| nonce.secret().is_empty()) {
            return Err(AuthorizeError::InvalidParameter { name: "nonce".into(), reason: "it is empty" });
        }
        if verifier.as_ref().is_some_and(|verifier| !verifier.is_valid()) {
            return Err(AuthorizeError::InvalidCodeVerifier);
        }
        Ok((state, nonce, verifier))
    }

    fn check_support(&self) -> Result<(), AuthorizeError> {
        let metadata = self.client.metadata();
        if metadata.require_pushed_authorization_requests {
            return Err(AuthorizeError::UnsupportedByProvider { what: "requests that are not pushed (RFC 9126)" });
        }
        let s256_refused = |methods: &Vec<_>| !methods.contains(&CodeChallengeMethod::S256);
        if self.code_challenge_method == Some(CodeChallengeMethod::S256)
            && metadata.code_challenge_methods_supported.as_ref().is_some_and(s256_refused)
        {
            return Err(AuthorizeError::UnsupportedByProvider { what: "the code challenge method S256 (RFC 7636)" });
        }
        Ok(())
    }

    /// RFC 6749 section 3.3: scope values are printable ASCII without quotation marks and backslashes, with single spaces
    /// between them. Says whether `openid` is among them.
    fn check_scope(&self) -> Result<bool, AuthorizeError> {
        let allowed = |byte: u8| matches!(byte, b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        let empty_value = self.scope.split(' ').any(str::is_empty);
        if empty_value || !self.scope.bytes().all(allowed) {
            return Err(AuthorizeError::InvalidParameter {
                name: "scope".into(),
                reason: "it is not a list of words with single spaces between them",
            });
        }
        Ok(self.scope.split(' ').any(|value| value == "openid"))
    }

    /// The redirect URI with the arguments of this login, as both legs send it.
    fn final_redirect_uri(&self) -> Result<Arc<str>, AuthorizeError> {
        let base = self.redirect_uri.as_ref().ok_or(AuthorizeError::NoRedirectUri)?;
        if self.redirect_args.is_empty() {
            return Ok(Arc::clone(base));
        }
        let mut text = String::from(&**base);
        let mut separate = match base.split_once('?') {
            None => {
                text.push('?');
                false
            }
            Some((_, query)) => !query.is_empty() && !query.ends_with('&'),
        };
        for (name, value) in &self.redirect_args {
            form::push_pair(&mut text, separate, name, value);
            separate = true;
        }
        Ok(text.into())
    }

    fn url(
        &self,
        redirect_uri: &str,
        state: &State,
        nonce: Option<&Nonce>,
        code_verifier: Option<&CodeVerifier>,
    ) -> Result<String, AuthorizeError> {
        let endpoint = self.client.authorization_endpoint().ok_or(AuthorizeError::NoAuthorizationEndpoint)?;
        // One allocation for the usual request; a longer one grows it.
        let mut url = String::with_capacity(endpoint.len().saturating_add(512));
        url.push_str(endpoint);
        let mut push =
            |ampersand_name_equals: &str, value: &str| form::push_known(&mut url, ampersand_name_equals, value);
        push("&redirect_uri=", redirect_uri);
        push("&scope=", &self.scope);
        push("&state=", state.secret());
        if let Some(nonce) = nonce {
            push("&nonce=", nonce.secret());
        }
        if let (Some(verifier), Some(method)) = (code_verifier, &self.code_challenge_method) {
            if *method == CodeChallengeMethod::PLAIN {
                push("&code_challenge=", verifier.secret());
            } else {
                push("&code_challenge=", &verifier.s256_challenge());
            }
            push("&code_challenge_method=", method.as_str());
        }
        for (name, value) in &self.parameters {
            form::push_pair(&mut url, true, name, value);
        }
        for resource in &self.resource {
            form::push_known(&mut url, "&resource=", resource);
        }
        Ok(url)
    }

    /// Sets a parameter of the crate's own, once.
    fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parameters.retain(|(set, _)| set != name);
        self.parameters.push((Cow::Borrowed(name), Zeroizing::new(value.into())));
        self
    }

    /// OpenID Connect Core 1.0 section 3.1.2.1: lists are separated by spaces. An empty list is not sent.
    fn list<S: AsRef<str>>(mut self, name: &'static str, values: impl IntoIterator<Item = S>) -> Self {
        let mut joined = String::new();
        for value in values {
            let value = value.as_ref();
            if value.is_empty() || value.contains(char::is_whitespace) {
                self.reject(AuthorizeError::InvalidParameter {
                    name: name.into(),
                    reason: "a value of the list is empty or has white space",
                });
            }
            if !joined.is_empty() {
                joined.push(' ');
            }
            joined.push_str(value);
        }
        if joined.is_empty() {
            self.parameters.retain(|(set, _)| set != name);
            return self;
        }
        self.set(name, joined)
    }

    fn reject(&mut self, problem: AuthorizeError) {
        self.problem.get_or_insert(problem);
    }
}

impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("client", &self.client)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// The parameters that have a meaning of their own here. `request` and `request_uri` would override all the others.
const OWN_PARAMETERS: [&str; 22] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "prompt",
    "display",
    "max_age",
    "ui_locales",
    "claims_locales",
    "id_token_hint",
    "login_hint",
    "acr_values",
    "claims",
    "resource",
    "response_mode",
    "request",
    "request_uri",
];

pub(crate) fn is_request_parameter(name: &str) -> bool {
    OWN_PARAMETERS.contains(&name)
}

/// Why a login cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorizeError {
    /// Neither the client nor this login has a redirect URI.
    #[error("there is no redirect URI")]
    NoRedirectUri,
    /// The provider's metadata has no `authorization_endpoint`.
    #[error("the provider has no authorization endpoint")]
    NoAuthorizationEndpoint,
    /// The provider says that it does not understand what is asked of it: it lists PKCE methods without S256, or takes only
    /// pushed requests.
    #[error("the provider does not support {what}")]
    UnsupportedByProvider {
        /// What it does not support.
        what: &'static str,
    },
    /// The code verifier is not 43 to 128 characters out of `A-Z a-z 0-9 - . _ ~` (RFC 7636 section 4.1).
    #[error("the code verifier is not 43 to 128 unreserved characters")]
    InvalidCodeVerifier,
    /// A parameter has a value that it cannot have, such as `prompt=none login` or an empty state.
    #[error("the parameter {name} is not usable: {reason}")]
    InvalidParameter {
        /// The parameter.
        name: Cow<'static, str>,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A parameter was set through `extra` or `redirect_arg` that has a meaning of its own, such as `state`.
    #[error("the parameter {name} cannot be set this way: it has a meaning of its own")]
    ReservedParameter {
        /// The parameter.
        name: Cow<'static, str>,
    },
    /// The system has no randomness to give.
    #[error("the system gave no randomness")]
    Randomness(#[source] BoxError),
}

impl From<getrandom::Error> for AuthorizeError {
    fn from(error: getrandom::Error) -> Self {
        Self::Randomness(Box::new(error))
    }
}

impl AuthorizeError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Randomness(_) => Remedy::RetryLater,
            _ => Remedy::FixConfiguration,
        }
    }
}
