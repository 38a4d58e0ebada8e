//! The callback (OpenID Connect Core 1.0 sections 3.1.2.7 and 3.1.3.1, RFC 9207): the checks of an authorization response, and
//! the token request that follows.

use std::time::SystemTime;

use http::Uri;

use crate::call::Call;
use crate::client::{Client, SigningError};
use crate::code_flow::callback_error::CallbackError;
use crate::code_flow::flow_state::AwaitingCallback;
use crate::code_flow::response::AuthorizationResponse;
use crate::code_flow::tokens::{Asked, AwaitingTokens};
use crate::exchange::RoundTrip;
use crate::ground::form::Name;
use crate::ground::printable::printable_address;
use crate::ground::time::since_epoch;
use crate::ground::vocabulary::GrantType;
use crate::id_token::verify::Expectations;
use crate::token_endpoint::{self, AuthorizationCode};

impl AwaitingCallback {
    /// Checks that the response answers this login and comes from its provider, and makes the token request (OpenID Connect
    /// Core 1.0 section 3.1.3.1) with the code in it.
    ///
    /// # Errors
    ///
    /// [`CallbackError`] has a variant for each thing that can be wrong, with what makes it so, in the order in which
    /// they are checked. After any of them, this login has ended;
    /// [`PendingLogins::receive`](crate::PendingLogins::receive) keeps it where the response was not from its provider.
    pub fn receive(
        self,
        client: &Client,
        response: AuthorizationResponse,
        now: SystemTime,
    ) -> Result<RoundTrip<AwaitingTokens>, CallbackError> {
        let code = self.check(client, response)?;
        self.exchange(client, code, now)
    }

    /// The checks of an authorization response, in the order in which they make the next one worth doing.
    pub(super) fn check(
        &self,
        client: &Client,
        response: AuthorizationResponse,
    ) -> Result<AuthorizationCode, CallbackError> {
        // A login goes on with the client that began it.
        if !client.is(&self.issuer, &self.client_id) {
            return Err(CallbackError::WrongClient);
        }
        // RFC 6749 section 3.1.2: it arrived where this login sent the browser.
        if let Some(arrival) = response.arrival.as_ref().filter(|arrival| !arrival.is_at(&self.redirect_uri)) {
            let (expected, found) = (printable_address(&self.redirect_uri), arrival.address());
            return Err(CallbackError::RedirectUriMismatch { expected, found });
        }
        self.check_signed(client, &response)?;
        // RFC 6749 section 10.12: it answers this login.
        if *response.required_state()? != self.state {
            return Err(CallbackError::StateMismatch);
        }
        // RFC 9207 section 2.4: it comes from the provider that was asked, errors too.
        match &response.iss {
            Some(iss) if !client.issuers().may_respond(iss) => return Err(CallbackError::IssuerMismatch),
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
        // OAuth 2.0 Multiple Response Types section 3, JARM section 2.3: nobody asked for these, signed or not.
        if let Some(parameter) = response.response.map(|_| "response").or(response.token) {
            return Err(CallbackError::UnexpectedParameter { parameter });
        }
        response.code.ok_or(CallbackError::MissingCode)
    }

    /// JARM section 2.3: the response is one that was signed and verified where this login asked for that, and only there. So
    /// nobody turns a login with a signed response into one without.
    fn check_signed(&self, client: &Client, response: &AuthorizationResponse) -> Result<(), CallbackError> {
        match &response.verified_for {
            None if self.signed_response => Err(CallbackError::ResponseNotSigned),
            None => Ok(()),
            Some(_) if !self.signed_response => Err(CallbackError::UnexpectedParameter { parameter: "response" }),
            // Section 2.4: its audience is the client of this login.
            Some(verifier) if verifier.is(client.issuer(), client.client_id()) => Ok(()),
            Some(_) => Err(CallbackError::WrongClient),
        }
    }

    /// The token request, with the code of a response that was checked.
    pub(super) fn exchange(
        self,
        client: &Client,
        code: AuthorizationCode,
        now: SystemTime,
    ) -> Result<RoundTrip<AwaitingTokens>, CallbackError> {
        let age = since_epoch(now).saturating_sub(self.began);
        if age > client.login_lifetime() {
            return Err(CallbackError::FlowExpired);
        }
        let token_endpoint = client.token_endpoint().ok_or(CallbackError::NoTokenEndpoint)?;
        let Call { request, again } = self.token_request(client, token_endpoint, &code, now)?;
        let expectations = Expectations {
            nonce: self.nonce,
            began: self.began,
            max_age: self.max_age,
            acr_values: self.require_acr,
            code: Some(code),
        };
        let asked =
            Asked { scope: self.scope, resource: self.resource, authorization_details: self.authorization_details };
        let awaiting = AwaitingTokens::new(
            client.clone(),
            GrantType::AUTHORIZATION_CODE,
            self.openid.then_some(expectations),
            asked,
            again,
        );
        Ok(RoundTrip::new(request, awaiting))
    }

    /// OpenID Connect Core 3.1.3.1, RFC 6749 section 4.1.3, RFC 7636 section 4.5, RFC 9396 section 6.
    fn token_request(
        &self,
        client: &Client,
        endpoint: &Uri,
        code: &AuthorizationCode,
        now: SystemTime,
    ) -> Result<Call, SigningError> {
        let parameters = [
            Some(("code", code.secret())),
            // Exactly what the authorization request had.
            Some(("redirect_uri", &*self.redirect_uri)),
            self.code_verifier.as_ref().map(|verifier| ("code_verifier", verifier.secret())),
            self.resource.as_deref().map(|resource| ("resource", resource)),
            self.authorization_details.as_ref().map(|details| ("authorization_details", details.text())),
        ];
        let parameters = parameters.into_iter().flatten().map(|(name, value)| (Name::Known(name), value));
        token_endpoint::request(client, endpoint, &GrantType::AUTHORIZATION_CODE, parameters, now)
    }
}
