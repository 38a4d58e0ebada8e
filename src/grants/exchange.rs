//! Token exchange (RFC 8693): one token for another.

use std::fmt;
use std::time::SystemTime;

use serde::Serialize;

use crate::client::Client;
use crate::exchange::RoundTrip;
use crate::grants::error::GrantError;
use crate::grants::machine::{AwaitingGrant, MachineGrant};
use crate::ground::secret::SecretText;
use crate::ground::vocabulary::{GrantType, TokenTypeIdentifier};

impl Client {
    /// Exchanges a token for another (RFC 8693): on behalf of the user of the subject token, for another service, or with less
    /// in it. The type says what the subject token is, such as
    /// [`TokenTypeIdentifier::ACCESS_TOKEN`](crate::TokenTypeIdentifier::ACCESS_TOKEN).
    ///
    /// An identity assertion authorization grant (ID-JAG) lets a user of one provider use the API of another without a second
    /// consent. It takes two steps, at two providers:
    ///
    /// ```no_run
    /// # use std::time::SystemTime;
    /// # use oidc_proto::{Client, Error, OAuthTokens, TokenTypeIdentifier, Tokens, http};
    /// # fn f(at_home: &Client, at_the_api: &Client, tokens: &Tokens, now: SystemTime,
    /// #     send: fn(http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, std::io::Error>) -> Result<OAuthTokens, Error> {
    /// let grant = at_home
    ///     .exchange(tokens.id_token().secret(), TokenTypeIdentifier::ID_TOKEN)
    ///     .requested_token_type(TokenTypeIdentifier::ID_JAG)
    ///     .audiences([at_the_api.issuer()])
    ///     .start(now)?
    ///     .send_with(send)?;
    /// // The `access_token` of the answer is the grant (RFC 8693 section 2.2.1).
    /// let tokens = at_the_api.jwt_bearer(grant.access_token().secret()).start(now)?.send_with(send)?;
    /// # Ok(tokens) }
    /// ```
    pub fn exchange(&self, subject_token: &str, subject_token_type: impl Into<TokenTypeIdentifier>) -> TokenExchange {
        let mut grant = MachineGrant::new(self, GrantType::TOKEN_EXCHANGE);
        grant.push("subject_token", subject_token);
        grant.push("subject_token_type", subject_token_type.into().as_str());
        TokenExchange { grant, actor_token: None, actor_token_type: None }
    }
}

/// A token exchange request (RFC 8693), before it is started.
#[must_use = "an exchange begins with start"]
pub struct TokenExchange {
    grant: MachineGrant,
    actor_token: Option<SecretText>,
    actor_token_type: Option<TokenTypeIdentifier>,
}

impl TokenExchange {
    /// The token of whoever acts for the user of the subject token. Its type must be set too.
    pub fn actor_token(mut self, actor_token: impl Into<String>) -> Self {
        self.actor_token = Some(SecretText::new(actor_token));
        self
    }

    /// The type of the actor token.
    pub fn actor_token_type(mut self, actor_token_type: impl Into<TokenTypeIdentifier>) -> Self {
        self.actor_token_type = Some(actor_token_type.into());
        self
    }

    /// The type of the new token. Without it, the provider decides.
    pub fn requested_token_type(mut self, requested_token_type: impl Into<TokenTypeIdentifier>) -> Self {
        self.grant = self.grant.set("requested_token_type", [requested_token_type.into().as_str()]);
        self
    }

    /// As [`MachineGrant::scope`].
    pub fn scope(self, scope: impl Into<String>) -> Self {
        Self { grant: self.grant.scope(scope), ..self }
    }

    /// As [`MachineGrant::resources`].
    pub fn resources<R: Into<String>>(self, resources: impl IntoIterator<Item = R>) -> Self {
        Self { grant: self.grant.resources(resources), ..self }
    }

    /// As [`MachineGrant::audiences`].
    pub fn audiences<A: Into<String>>(self, audiences: impl IntoIterator<Item = A>) -> Self {
        Self { grant: self.grant.audiences(audiences), ..self }
    }

    /// As [`MachineGrant::authorization_details`].
    pub fn authorization_details(self, details: &impl Serialize) -> Self {
        Self { grant: self.grant.authorization_details(details), ..self }
    }

    /// As [`MachineGrant::extra`].
    pub fn extra(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { grant: self.grant.extra(name, value), ..self }
    }

    /// Makes the request.
    ///
    /// # Errors
    ///
    /// As [`MachineGrant::start`]; [`GrantError::InvalidParameter`] for an actor token without its type, or a type without an
    /// actor token.
    pub fn start(mut self, now: SystemTime) -> Result<RoundTrip<AwaitingGrant>, GrantError> {
        // RFC 8693 section 2.1: both or neither.
        match (&self.actor_token, &self.actor_token_type) {
            (Some(token), Some(token_type)) => {
                self.grant.push("actor_token", token.as_str());
                self.grant.push("actor_token_type", token_type.as_str());
            }
            (None, None) => {}
            _ => {
                let reason = "an actor token and its type are there together, or neither is";
                self.grant.reject(GrantError::InvalidParameter { name: "actor_token".into(), reason });
            }
        }
        self.grant.start(now)
    }
}

impl fmt::Debug for TokenExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenExchange").field("client", &self.grant.client).finish_non_exhaustive()
    }
}
