//! The authorization request (OpenID Connect Core 1.0 section 3.1.2.1), while it is put together. Its parameters are a list
//! until one of the writers in `delivery` turns them into something that can be sent.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::client::reserved::{is_request_parameter, is_response_parameter};
use crate::client::{Client, Profile, redirect_uri};
use crate::code_flow::authorize_error::AuthorizeError;
use crate::code_flow::flow_state::State;
use crate::code_flow::pkce::CodeVerifier;
use crate::ground::form;
use crate::ground::printable::field_name;
use crate::ground::secret::SecretText;
use crate::ground::vocabulary::{CodeChallengeMethod, Display, Prompt, ResponseMode};
use crate::id_token::Nonce;
use crate::jose::signer::SharedSigner;
use crate::token_endpoint::AuthorizationDetails;

impl Client {
    /// Starts a login by OpenID Connect. Nothing is sent or decided before
    /// [`start`](AuthorizationRequest::start).
    pub fn authorize(&self) -> AuthorizationRequest {
        AuthorizationRequest::new(self.clone(), true)
    }

    /// Starts a plain OAuth 2.0 flow: access to an API, and nobody is logged in. No nonce is sent, an ID token is neither
    /// asked for nor read, and the tokens are read with
    /// [`into_oauth_tokens`](crate::UnverifiedTokens::into_oauth_tokens).
    pub fn authorize_oauth(&self) -> AuthorizationRequest {
        AuthorizationRequest::new(self.clone(), false)
    }
}

/// The request that the browser carries to the provider, before it is started.
///
/// `state`, `nonce` and the PKCE verifier are made of 32 random bytes each, unless they are set. A setter that takes a list
/// replaces what it set before; one that takes a name and a value adds to what is there.
#[must_use = "a login begins with start"]
pub struct AuthorizationRequest {
    pub(super) client: Client,
    /// Whether this is a login by OpenID Connect, not plain OAuth 2.0.
    pub(super) openid: bool,
    pub(super) scope: Cow<'static, str>,
    pub(super) state: Option<State>,
    pub(super) nonce: Option<Nonce>,
    pub(super) nonce_wanted: bool,
    pub(super) code_verifier: Option<CodeVerifier>,
    /// `None`: without PKCE. The method was named by the caller unless it is S256.
    pub(super) code_challenge_method: Option<CodeChallengeMethod>,
    pub(super) pkce_support_required: bool,
    pub(super) redirect_uri: Option<Arc<str>>,
    pub(super) redirect_args: Vec<(String, String)>,
    pub(super) max_age: Option<Duration>,
    pub(super) require_acr_values: Vec<String>,
    pub(super) resources: Vec<String>,
    /// Who signs the request; `None`: it is not signed.
    pub(super) signer: Option<SharedSigner>,
    /// Among the parameters too.
    pub(super) authorization_details: Option<AuthorizationDetails>,
    /// Among the parameters too.
    pub(super) response_mode: Option<ResponseMode>,
    /// The other parameters, in the order in which they were set.
    pub(super) parameters: Vec<(Cow<'static, str>, SecretText)>,
    /// The first thing that was wrong with a parameter.
    pub(super) problem: Option<AuthorizeError>,
}

impl AuthorizationRequest {
    fn new(client: Client, openid: bool) -> Self {
        let signs_messages = client.profile().is_some_and(Profile::signs_messages);
        let request = Self {
            redirect_uri: client.shared_redirect_uri(),
            openid,
            scope: Cow::Borrowed(""),
            state: None,
            nonce: None,
            nonce_wanted: true,
            code_verifier: None,
            code_challenge_method: Some(CodeChallengeMethod::S256),
            pkce_support_required: false,
            redirect_args: Vec::new(),
            max_age: None,
            require_acr_values: Vec::new(),
            resources: Vec::new(),
            signer: client.request_object_signer().cloned(),
            authorization_details: None,
            response_mode: None,
            parameters: Vec::new(),
            problem: None,
            client,
        };
        if signs_messages { request.signed_response() } else { request }
    }

    /// The whole scope, its values separated by spaces: `openid email profile`. In a login, `openid` is added where it is not
    /// among them; a plain OAuth flow cannot have it.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        let scope = scope.into();
        // RFC 6749 section 3.3: printable ASCII without quotation marks and backslashes.
        let allowed = |byte: u8| matches!(byte, b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        let empty_value = scope.split(' ').any(str::is_empty);
        if empty_value || !scope.bytes().all(allowed) {
            self.reject(AuthorizeError::InvalidParameter {
                name: "scope".into(),
                reason: "it is not a list of words with single spaces between them",
            });
        }
        self.scope = Cow::Owned(scope);
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

    /// Sends no nonce, for providers that do not give it back, such as LinkedIn. Only the code and PKCE then protect
    /// against an ID token of another login.
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

    /// Sends no code challenge, for providers that refuse it, such as LinkedIn. A stolen code is then protected only by
    /// the client's authentication.
    pub fn without_pkce(mut self) -> Self {
        self.code_challenge_method = None;
        self
    }

    /// Refuses a provider whose metadata does not say that it supports PKCE. Without this, the challenge is sent to such a
    /// provider, which may ignore it.
    pub fn require_pkce_support(mut self) -> Self {
        self.pkce_support_required = true;
        self.code_challenge_method.get_or_insert(CodeChallengeMethod::S256);
        self
    }

    /// What the provider is to ask the user: `[Prompt::LOGIN, Prompt::CONSENT]`. Replaces what was set before.
    pub fn prompts(self, prompts: impl IntoIterator<Item = Prompt>) -> Self {
        let prompts: Vec<Prompt> = prompts.into_iter().collect();
        let alone = prompts.len() == 1 || !prompts.contains(&Prompt::NONE);
        let mut request = self.list("prompt", prompts);
        if !alone {
            request.reject(AuthorizeError::InvalidParameter {
                name: "prompt".into(),
                reason: "none must be the only value",
            });
        }
        request
    }

    /// How the provider shows its pages.
    pub fn display(self, display: Display) -> Self {
        self.set("display", display)
    }

    /// How old the user's login at the provider may be when this login begins; sent in whole seconds. The ID token must
    /// then say when the user logged in (`auth_time`), and that is checked. Zero asks for a new login.
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

    /// An ID token from an earlier login: the user who is expected to log in. The provider may ignore it, so compare the
    /// subjects.
    pub fn id_token_hint(self, id_token: impl AsRef<str>) -> Self {
        self.set("id_token_hint", id_token.as_ref())
    }

    /// What the user has typed to say who they are, such as an e-mail address.
    pub fn login_hint(self, hint: impl AsRef<str>) -> Self {
        self.set("login_hint", hint.as_ref())
    }

    /// The requested authentication context class references, the best first. The provider may do otherwise:
    /// [`require_acr_values`](Self::require_acr_values) checks what it did.
    pub fn acr_values<S: AsRef<str>>(self, values: impl IntoIterator<Item = S>) -> Self {
        self.list("acr_values", values)
    }

    /// The authentication context class references that are accepted: the ID token must have one of them. This sends nothing:
    /// ask the provider for them with [`acr_values`](Self::acr_values) or [`claims`](Self::claims).
    pub fn require_acr_values<S: Into<String>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
        self.require_acr_values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Requests single claims (OpenID Connect Core 1.0 section 5.5): anything that serializes to the JSON object of the
    /// parameter.
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

    /// The resources that the access token is for (RFC 8707): absolute URIs without a fragment. Replaces what was set before.
    /// A single one is named in the token request too; with several, the provider's default applies there.
    pub fn resources<S: Into<String>>(mut self, resources: impl IntoIterator<Item = S>) -> Self {
        self.resources = resources.into_iter().map(Into::into).collect();
        let unusable =
            |resource: &String| resource.is_empty() || resource.contains(|c: char| c == '#' || c.is_whitespace());
        if self.resources.iter().any(unusable) {
            self.reject(AuthorizeError::InvalidParameter {
                name: "resource".into(),
                reason: "it is empty, or has a fragment or white space",
            });
        }
        self
    }

    /// What the access token is for, where a scope cannot say it (RFC 9396): anything that serializes to a JSON list of objects,
    /// each with a `type`. It is sent in the token request and when the session refreshes, too. Replaces what was set before; an
    /// empty list is not sent. [`OAuthTokens::authorization_details`](crate::OAuthTokens::authorization_details) says what was
    /// granted.
    pub fn authorization_details(mut self, details: &impl Serialize) -> Self {
        const NAME: &str = "authorization_details";
        self.parameters.retain(|(set, _)| set != NAME);
        match AuthorizationDetails::to_ask_for(details) {
            Ok(details) => {
                self.authorization_details.clone_from(&details);
                details.into_iter().fold(self, |request, details| request.set(NAME, details.text()))
            }
            Err(reason) => {
                self.reject(AuthorizeError::InvalidParameter { name: NAME.into(), reason });
                self
            }
        }
    }

    /// JARM section 2.3: the usual signed mode, or another where the provider lists that instead.
    fn signed_response(self) -> Self {
        let listed = self.client.metadata().response_modes_supported.as_deref().unwrap_or_default();
        let modes = [ResponseMode::JWT, ResponseMode::QUERY_JWT, ResponseMode::FORM_POST_JWT];
        let mode = modes.into_iter().find(|mode| listed.contains(mode)).unwrap_or(ResponseMode::JWT);
        self.response_mode(mode)
    }

    /// How the authorization response comes back: in the query (the default), or as a form that the browser posts.
    ///
    /// With [`ResponseMode::JWT`], [`QUERY_JWT`](ResponseMode::QUERY_JWT) or [`FORM_POST_JWT`](ResponseMode::FORM_POST_JWT) the
    /// provider signs it (JARM). Then it must be verified, by [`Client::jarm`], and one that is not signed is refused.
    pub fn response_mode(mut self, mode: ResponseMode) -> Self {
        if mode == ResponseMode::FRAGMENT || mode == ResponseMode::FRAGMENT_JWT {
            let reason = "a fragment is never read";
            self.reject(AuthorizeError::InvalidParameter { name: "response_mode".into(), reason });
        }
        self.response_mode = Some(mode.clone());
        self.set("response_mode", mode)
    }

    /// Replaces the client's redirect URI for this login, for applications with a host per tenant or a loopback port per
    /// start. The same rules apply to it.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        let uri = uri.into();
        if redirect_uri::check(&uri, self.client.metadata().http_allowed()).is_err() {
            self.reject(AuthorizeError::InvalidParameter {
                name: "redirect_uri".into(),
                reason: "it must be absolute, secure, and without fragment, userinfo and response parameters",
            });
        }
        self.redirect_uri = Some(uri.into());
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
        self.parameters.push((Cow::Owned(name), SecretText::new(value)));
        self
    }

    /// Sets a parameter of the crate's own, once.
    fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parameters.retain(|(set, _)| set != name);
        self.parameters.push((Cow::Borrowed(name), SecretText::new(value)));
        self
    }

    /// OpenID Connect Core 1.0 section 3.1.2.1: lists are separated by spaces. An empty list is not sent.
    fn list<S: AsRef<str>>(mut self, name: &'static str, values: impl IntoIterator<Item = S>) -> Self {
        match form::list(values) {
            Some(joined) if !joined.is_empty() => return self.set(name, joined),
            Some(_) => self.parameters.retain(|(set, _)| set != name),
            None => self.reject(AuthorizeError::InvalidParameter {
                name: name.into(),
                reason: "a value of the list is empty or has white space",
            }),
        }
        self
    }

    pub(super) fn reject(&mut self, problem: AuthorizeError) {
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
