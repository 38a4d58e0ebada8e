//! The refresh of an access token (RFC 6749 section 6, OpenID Connect Core 1.0 section 12).

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::SystemTime;

use http::Response;
use serde::Serialize;

use crate::after_login::session_error::SessionError;
use crate::call::Repeat;
use crate::client::Client;
use crate::client::reserved::is_authentication_parameter;
use crate::code_flow::Tokens;
use crate::exchange::RoundTrip;
use crate::exchange::round_trip::awaiting;
use crate::ground::form::Name;
use crate::ground::vocabulary::GrantType;
use crate::id_token::refreshed::{LoginClaims, RefreshedIdToken};
use crate::id_token::{IdToken, IdTokenError};
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
use crate::jose::JwkSet;
use crate::keys::Unverified;
use crate::keys::signed_jwt::SignedJwt;
use crate::keys::unverified::sealed;
use crate::token_endpoint::response::{self, TokenResponse};
use crate::token_endpoint::{self, AuthorizationDetails, OAuthTokens, RefreshToken, TokenError};

impl Client {
    /// Asks for a new access token (RFC 6749 section 6). This is for an application that keeps tokens without a
    /// [`Session`](crate::Session): it must make sure itself that no refresh token is lost, or sent twice.
    pub fn refresh(&self, refresh_token: &RefreshToken) -> RefreshRequest {
        RefreshRequest {
            client: self.clone(),
            refresh_token: refresh_token.clone(),
            login: None,
            scope: None,
            resource: None,
            authorization_details: None,
            problem: None,
            extra: Vec::new(),
        }
    }
}

/// A refresh request, before it is started.
#[must_use = "a refresh begins with start"]
pub struct RefreshRequest {
    client: Client,
    refresh_token: RefreshToken,
    login: Option<Arc<LoginClaims>>,
    scope: Option<Arc<str>>,
    resource: Option<Arc<str>>,
    authorization_details: Option<AuthorizationDetails>,
    /// What was wrong with a parameter.
    problem: Option<SessionError>,
    extra: Vec<(String, String)>,
}

impl RefreshRequest {
    /// The login that the refresh token came from: an ID token in the answer is then verified and compared with that of
    /// the login (OpenID Connect Core 1.0 section 12.2). Without it, an ID token in the answer is not believed, and not
    /// shown.
    pub fn of_login(self, tokens: &Tokens) -> Self {
        self.login(Arc::new(LoginClaims::of(tokens.id_token())))
    }

    pub(super) fn login(mut self, login: Arc<LoginClaims>) -> Self {
        self.login = Some(login);
        self
    }

    /// The scope of the new access token, its values separated by spaces: what was granted, or less of it (RFC 6749 section
    /// 6). Without it, the scope stays as it is.
    pub fn scope(mut self, scope: impl Into<Arc<str>>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// The resource that the new access token is for (RFC 8707 section 2.2).
    pub fn resource(mut self, resource: impl Into<Arc<str>>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// What the new access token is for, where a scope cannot say it (RFC 9396 section 6): what was granted, or less of it.
    /// Anything that serializes to a JSON list of objects, each with a `type`; an empty list is not sent.
    pub fn authorization_details(mut self, details: &impl Serialize) -> Self {
        match AuthorizationDetails::to_ask_for(details) {
            Ok(details) => self.authorization_details = details,
            Err(reason) => {
                let name = "authorization_details".into();
                self.problem.get_or_insert(SessionError::InvalidParameter { name, reason });
            }
        }
        self
    }

    pub(super) fn details(mut self, details: AuthorizationDetails) -> Self {
        self.authorization_details = Some(details);
        self
    }

    /// Adds a parameter of the provider's own.
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    /// Makes the request.
    ///
    /// # Errors
    ///
    /// [`SessionError::NoTokenEndpoint`] when the provider's metadata has none;
    /// [`ReservedParameter`](SessionError::ReservedParameter) for an `extra` parameter that has a meaning of its own, such as
    /// `client_id`; [`InvalidParameter`](SessionError::InvalidParameter) for authorization details that are no list;
    /// [`Signing`](SessionError::Signing) when the client signs its requests and cannot.
    pub fn start(mut self, now: SystemTime) -> Result<RoundTrip<AwaitingRefresh>, SessionError> {
        let endpoint = self.client.token_endpoint().ok_or(SessionError::NoTokenEndpoint)?;
        let is_reserved = |name: &str| RESERVED.contains(&name) || is_authentication_parameter(name);
        if let Some((name, _)) = self.extra.iter().find(|(name, _)| is_reserved(name)) {
            return Err(SessionError::ReservedParameter { name: name.clone().into() });
        }
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        let parameters = [
            Some((Name::Known("refresh_token"), self.refresh_token.secret())),
            self.scope.as_deref().map(|scope| (Name::Known("scope"), scope)),
            self.resource.as_deref().map(|resource| (Name::Known("resource"), resource)),
            self.authorization_details.as_ref().map(|details| (Name::Known("authorization_details"), details.text())),
        ];
        let extra = self.extra.iter().map(|(name, value)| (Name::Any(name), value.as_str()));
        let parameters = parameters.into_iter().flatten().chain(extra);
        let call = token_endpoint::request(&self.client, endpoint, &GrantType::REFRESH_TOKEN, parameters, now)?;
        let awaiting = AwaitingRefresh { client: self.client.clone(), login: self.login, repeat: call.again };
        Ok(RoundTrip::new(call.request, awaiting))
    }
}

/// The parameters that a refresh sets by itself.
const RESERVED: [&str; 5] = ["grant_type", "refresh_token", "scope", "resource", "authorization_details"];

impl fmt::Debug for RefreshRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshRequest").field("client", &self.client).finish_non_exhaustive()
    }
}

/// The state between a refresh and its response.
#[must_use]
pub struct AwaitingRefresh {
    client: Client,
    /// What an ID token must agree with; `None` where no login is known.
    login: Option<Arc<LoginClaims>>,
    /// `None` where the provider cannot ask for a nonce.
    repeat: Option<Repeat>,
}

impl AwaitingRefresh {
    /// Reads the new tokens out of the response.
    ///
    /// # Errors
    ///
    /// [`TokenError`], as for the tokens of a login ([`AwaitingTokens::receive`](crate::AwaitingTokens::receive)); an ID token
    /// does not have to be there.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<UnverifiedRefresh, TokenError> {
        if let Some(request) = self.repeat.as_ref().and_then(|repeat| repeat.asked_for(response)) {
            return Err(TokenError::once_more(request, self, GrantType::REFRESH_TOKEN));
        }
        let TokenResponse { tokens, id_token } = response::read(response, &self.client, &GrantType::REFRESH_TOKEN)?;
        let id_token = self.login.clone().zip(id_token);
        let id_token = id_token.map(|(login, compact)| RefreshedIdToken::new(self.client.clone(), login, compact));
        Ok(UnverifiedRefresh { client: self.client, login: self.login, tokens: Arc::new(tokens), id_token })
    }

    /// The refresh once more, where the error is [`TokenError::DpopNonce`]: for a caller that does not use
    /// [`send_with`](RoundTrip::send_with), which sends it by itself. The refresh token has not been used up.
    ///
    /// # Errors
    ///
    /// The error itself, where it is another.
    pub fn again(error: TokenError) -> Result<RoundTrip<Self>, TokenError> {
        error.into_round_trip()
    }
}

impl fmt::Debug for AwaitingRefresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingRefresh").field("client", &self.client).finish_non_exhaustive()
    }
}

awaiting!(AwaitingRefresh => UnverifiedRefresh, TokenError, after a transport failure: RetryLater, again);

/// The tokens of a refresh. Where an ID token came with them, it is not verified yet, and nothing can be read out of them.
#[must_use = "the new refresh token may be the only one that still works"]
pub struct UnverifiedRefresh {
    client: Client,
    login: Option<Arc<LoginClaims>>,
    tokens: Arc<OAuthTokens>,
    id_token: Option<RefreshedIdToken>,
}

impl UnverifiedRefresh {
    /// Verifies the ID token, where one came, with the provider's keys, and compares it with that of the login (OpenID
    /// Connect Core 1.0 sections 3.1.3.7 and 12.2). Where none came, there is nothing to verify, and any key set will
    /// do.
    ///
    /// # Errors
    ///
    /// [`IdTokenError`] has a variant for each thing that can be wrong. Where its remedy is
    /// [`FetchKeys`](crate::Remedy::FetchKeys), the provider may have new keys: fetch them once, and call again.
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    #[cfg_attr(docsrs, doc(cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))))]
    pub fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<Refreshed, IdTokenError> {
        self.verified(|id_token| id_token.verify(keys, self.tokens.access_token(), now))
    }

    /// Verifies the ID token, where one came, without its signature: TLS vouches for the token endpoint that it came from.
    ///
    /// Only right when the caller's HTTP client checks the server's certificate and followed no redirect.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), but for keys and signature; [`IdTokenError::InsecureEndpoint`] when the token endpoint is
    /// an http URL.
    pub fn verify_trusting_tls(&self, now: SystemTime) -> Result<Refreshed, IdTokenError> {
        self.verified(|id_token| id_token.verify_trusting_tls(self.tokens.access_token(), now))
    }

    /// The tokens of a refresh outside of any login, such as those of a plain OAuth 2.0 flow that
    /// [`Client::refresh`](crate::Client::refresh) has refreshed. An ID token in the answer is not read.
    ///
    /// # Errors
    ///
    /// [`TokenError::OpenIdRequested`] where the login is known: an ID token must be verified then.
    pub fn into_oauth_tokens(self) -> Result<OAuthTokens, TokenError> {
        if self.login.is_some() {
            return Err(TokenError::OpenIdRequested);
        }
        Ok(Arc::unwrap_or_clone(self.tokens))
    }

    fn verified(
        &self,
        verify: impl FnOnce(&RefreshedIdToken) -> Result<IdToken, IdTokenError>,
    ) -> Result<Refreshed, IdTokenError> {
        let id_token = self.id_token.as_ref().map(verify).transpose()?;
        let (client, login, oauth) = (self.client.clone(), self.login.clone(), Arc::clone(&self.tokens));
        Ok(Refreshed { client, login, oauth, id_token })
    }
}

impl Unverified for UnverifiedRefresh {}

impl sealed::Sealed for UnverifiedRefresh {
    type Verified = Refreshed;
    type Error = IdTokenError;

    fn client(&self) -> &Client {
        &self.client
    }

    fn signed(&self) -> Option<&SignedJwt> {
        self.id_token.as_ref().map(RefreshedIdToken::jwt)
    }

    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<Refreshed, IdTokenError> {
        self.verify(keys, now)
    }
}

impl fmt::Debug for UnverifiedRefresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedRefresh").field("client", &self.client).finish_non_exhaustive()
    }
}

/// The tokens of a refresh, to be reported with [`Session::refreshed`](crate::Session::refreshed). The access token and what
/// came with it are those of [`OAuthTokens`], to which this derefs. Where there is no refresh token in it, the old one stays.
#[derive(Clone, Debug)]
#[must_use = "the new refresh token may be the only one that still works"]
pub struct Refreshed {
    pub(super) client: Client,
    pub(super) login: Option<Arc<LoginClaims>>,
    oauth: Arc<OAuthTokens>,
    id_token: Option<IdToken>,
}

impl Refreshed {
    /// The verified ID token, where one came and the login was known.
    #[must_use]
    pub fn id_token(&self) -> Option<&IdToken> {
        self.id_token.as_ref()
    }

    pub(super) fn into_tokens(self) -> (OAuthTokens, Option<IdToken>) {
        (Arc::unwrap_or_clone(self.oauth), self.id_token)
    }
}

impl Deref for Refreshed {
    type Target = OAuthTokens;

    fn deref(&self) -> &OAuthTokens {
        &self.oauth
    }
}
