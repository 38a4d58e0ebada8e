//! The start of a login: what is not set is made, what cannot work is refused, and the parameters are complete.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use crate::client::{Profile, redirect_uri};
use crate::code_flow::authorize_error::AuthorizeError;
use crate::code_flow::delivery::{self, Parameters};
use crate::code_flow::flow_state::{AwaitingCallback, State};
use crate::code_flow::pkce::CodeVerifier;
use crate::code_flow::request::AuthorizationRequest;
use crate::ground::form::Name;
use crate::ground::random;
use crate::ground::time::since_epoch;
use crate::ground::vocabulary::{CodeChallengeMethod, ResponseMode};
use crate::id_token::Nonce;

/// The values that tie the legs of a login together.
pub(super) struct Secrets {
    state: State,
    nonce: Option<Nonce>,
    code_verifier: Option<CodeVerifier>,
}

impl AuthorizationRequest {
    /// Begins the login: the URL to send the browser to, ready for a `Location` header, and what to keep in the browser's
    /// session until it comes back. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`AuthorizeError`] has a variant for each thing that can be wrong, with what makes it so.
    /// [`PushRequired`](AuthorizeError::PushRequired): [`push`](Self::push) is the way to begin a login at this provider.
    pub fn start(mut self, now: SystemTime) -> Result<(String, AwaitingCallback), AuthorizeError> {
        // RFC 9126 section 5.
        if self.client.metadata().require_pushed_authorization_requests || self.client.profile().is_some() {
            return Err(AuthorizeError::PushRequired);
        }
        let (redirect_uri, secrets) = self.complete()?;
        let endpoint = self.client.authorization_endpoint().ok_or(AuthorizeError::NoAuthorizationEndpoint)?;
        let url = delivery::url(endpoint, &self.sign(self.parameters(&redirect_uri, &secrets), now)?);
        Ok((url, self.flow_state(redirect_uri, secrets, now)))
    }

    /// What every login needs before its parameters can be listed, whoever carries them.
    pub(super) fn complete(&mut self) -> Result<(Arc<str>, Secrets), AuthorizeError> {
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        self.check_profile()?;
        self.check_support()?;
        self.check_signer()?;
        self.complete_scope()?;
        let base = self.redirect_uri.as_ref().ok_or(AuthorizeError::NoRedirectUri)?;
        let redirect_uri = redirect_uri::with_arguments(base, &self.redirect_args);
        let secrets = self.secrets()?;
        Ok((redirect_uri, secrets))
    }

    /// FAPI 2.0 Security Profile 5.3.2.2, Message Signing 5.4: what the client keeps to, each of its logins does.
    fn check_profile(&self) -> Result<(), AuthorizeError> {
        let Some(profile) = self.client.profile() else { return Ok(()) };
        let refuse = |name: &'static str, reason| Err(AuthorizeError::InvalidParameter { name: name.into(), reason });
        if self.code_challenge_method != Some(CodeChallengeMethod::S256) {
            return refuse("code_challenge_method", "the profile of the client demands PKCE with S256");
        }
        if profile.signs_messages() && !self.response_mode.as_ref().is_some_and(ResponseMode::is_signed) {
            return refuse("response_mode", "the profile of the client demands a signed response");
        }
        if self.signer.as_ref().is_some_and(|signer| !Profile::allows(&signer.algorithm())) {
            return refuse("request", "the profile of the client does not allow the algorithm of the signer");
        }
        Ok(())
    }

    fn check_support(&self) -> Result<(), AuthorizeError> {
        let metadata = self.client.metadata();
        let unsupported = |what| Err(AuthorizeError::UnsupportedByProvider { what });
        match &metadata.code_challenge_methods_supported {
            None if self.pkce_support_required => return unsupported("PKCE (RFC 7636), as far as its metadata says"),
            Some(listed)
                if self.code_challenge_method == Some(CodeChallengeMethod::S256)
                    && !listed.contains(&CodeChallengeMethod::S256) =>
            {
                return unsupported("the code challenge method S256 (RFC 7636)");
            }
            _ => {}
        }
        let listed = metadata.response_modes_supported.as_ref();
        if self.response_mode.as_ref().zip(listed).is_some_and(|(mode, listed)| !listed.contains(mode)) {
            return unsupported("the response mode that is asked for");
        }
        Ok(())
    }

    /// OpenID Connect Core 3.1.2.1: `openid` is what makes the request a login.
    fn complete_scope(&mut self) -> Result<(), AuthorizeError> {
        let has_openid = self.scope.split(' ').any(|value| value == "openid");
        if has_openid && !self.openid {
            return Err(AuthorizeError::InvalidParameter {
                name: "scope".into(),
                reason: "openid makes it a login, which begins with `authorize`",
            });
        }
        if self.openid && self.scope.is_empty() {
            self.scope = Cow::Borrowed("openid");
        } else if self.openid && !has_openid {
            self.scope = Cow::Owned(format!("openid {}", self.scope));
        }
        Ok(())
    }

    /// State, nonce and code verifier: those that were set, and random ones for the rest that is needed.
    fn secrets(&mut self) -> Result<Secrets, AuthorizeError> {
        let (nonce_wanted, verifier_wanted) = (self.openid && self.nonce_wanted, self.code_challenge_method.is_some());
        if self.code_verifier.as_ref().is_some_and(|verifier| verifier_wanted && !verifier.is_valid()) {
            return Err(AuthorizeError::InvalidCodeVerifier);
        }
        let mut random = random::Values::default();
        let mut draw = || random.draw().map_err(AuthorizeError::Randomness);
        let state = match self.state.take() {
            Some(state) => state,
            None => State::new(draw()?),
        };
        let nonce = match self.nonce.take() {
            _ if !nonce_wanted => None,
            Some(nonce) => Some(nonce),
            None => Some(Nonce::new(draw()?)),
        };
        let code_verifier = match self.code_verifier.take() {
            _ if !verifier_wanted => None,
            Some(verifier) => Some(verifier),
            None => Some(CodeVerifier::new(draw()?)),
        };
        if state.secret().is_empty() {
            return Err(AuthorizeError::InvalidParameter { name: "state".into(), reason: "it is empty" });
        }
        if nonce.as_ref().is_some_and(|nonce| nonce.secret().is_empty()) {
            return Err(AuthorizeError::InvalidParameter { name: "nonce".into(), reason: "it is empty" });
        }
        Ok(Secrets { state, nonce, code_verifier })
    }

    /// The whole list, whoever writes it.
    pub(super) fn parameters<'a>(&'a self, redirect_uri: &'a str, secrets: &'a Secrets) -> Parameters<'a> {
        let mut list = Parameters::with_capacity(16);
        let mut push = |name, value| list.push((Name::Known(name), Cow::Borrowed(value)));
        push("response_type", "code");
        push("client_id", self.client.client_id());
        push("redirect_uri", redirect_uri);
        if !self.scope.is_empty() {
            push("scope", &self.scope);
        }
        push("state", secrets.state.secret());
        if let Some(nonce) = &secrets.nonce {
            push("nonce", nonce.secret());
        }
        if let (Some(verifier), Some(method)) = (&secrets.code_verifier, &self.code_challenge_method) {
            list.push((Name::Known("code_challenge"), verifier.challenge(method)));
            list.push((Name::Known("code_challenge_method"), Cow::Borrowed(method.as_str())));
        }
        // RFC 9449 section 10: the code is of use to this key alone.
        if let Some(key) = self.client.dpop_key() {
            list.push((Name::Known("dpop_jkt"), Cow::Borrowed(key.thumbprint())));
        }
        list.extend(self.parameters.iter().map(|(name, value)| (Name::Any(name), Cow::Borrowed(value.as_str()))));
        list.extend(self.resources.iter().map(|resource| (Name::Known("resource"), Cow::Borrowed(resource.as_str()))));
        list
    }

    pub(super) fn flow_state(mut self, redirect_uri: Arc<str>, secrets: Secrets, now: SystemTime) -> AwaitingCallback {
        let only_resource = if self.resources.len() == 1 { self.resources.pop() } else { None };
        AwaitingCallback {
            began: since_epoch(now),
            issuer: self.client.shared_issuer(),
            client_id: self.client.shared_client_id(),
            redirect_uri,
            state: secrets.state,
            nonce: secrets.nonce,
            code_verifier: secrets.code_verifier,
            openid: self.openid,
            max_age: self.max_age.map(|max_age| max_age.as_secs()),
            require_acr: self.require_acr_values,
            resource: only_resource.map(Into::into),
            scope: Some(self.scope).filter(|scope| !scope.is_empty()).map(Into::into),
            authorization_details: self.authorization_details,
            signed_response: self.response_mode.is_some_and(|mode| mode.is_signed()),
        }
    }
}
