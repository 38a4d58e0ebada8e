//! The token response of a login (OpenID Connect Core 1.0 sections 3.1.3.3 to 3.1.3.8), and the tokens once the ID token among
//! them is verified.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::SystemTime;

use http::Response;

use crate::call::Repeat;
use crate::client::Client;
use crate::exchange::RoundTrip;
use crate::exchange::round_trip::awaiting;
use crate::ground::vocabulary::GrantType;
use crate::id_token::verify::{Expectations, SignedIdToken};
use crate::id_token::{IdToken, IdTokenError};
#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
use crate::jose::JwkSet;
use crate::keys::Unverified;
use crate::keys::signed_jwt::SignedJwt;
use crate::keys::unverified::sealed;
use crate::token_endpoint::response::{self, TokenResponse};
use crate::token_endpoint::{AuthorizationDetails, OAuthTokens, TokenError};

/// The state between the token request and its response. Do not store it: the code that was sent works once.
#[must_use]
pub struct AwaitingTokens {
    client: Client,
    grant_type: GrantType,
    /// What the ID token must agree with; `None` in a plain OAuth flow.
    expectations: Option<Expectations>,
    asked: Asked,
    /// `None` where the provider cannot ask for a nonce.
    repeat: Option<Repeat>,
}

/// What a login asked for, and a refresh asks for again.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) scope: Option<Arc<str>>,
    /// There where exactly one was asked for (RFC 8707 section 2.2).
    pub(crate) resource: Option<Arc<str>>,
    pub(crate) authorization_details: Option<AuthorizationDetails>,
}

impl AwaitingTokens {
    pub(crate) fn new(
        client: Client,
        grant_type: GrantType,
        expectations: Option<Expectations>,
        asked: Asked,
        repeat: Option<Repeat>,
    ) -> Self {
        Self { client, grant_type, expectations, asked, repeat }
    }

    /// Reads the tokens out of the response. Nothing can be read out of the result before it is verified.
    ///
    /// # Errors
    ///
    /// [`TokenError::Provider`] when the provider answered with an error, whatever the status;
    /// [`Response`](TokenError::Response) for another status than 2xx without an error, for a body over 1 MiB or that is not a
    /// JSON object, without an `access_token`, for a member of the wrong kind (`"expires_in": -1`), and for a duplicate one;
    /// [`UnsupportedTokenType`](TokenError::UnsupportedTokenType); [`DpopNonce`](TokenError::DpopNonce) when the provider wants
    /// the request once more, and [`Signing`](TokenError::Signing) when it cannot be signed again;
    /// [`MissingIdToken`](TokenError::MissingIdToken) when `openid` was asked for.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<UnverifiedTokens, TokenError> {
        if let Some(request) = self.repeat.as_ref().and_then(|repeat| repeat.asked_for(response)) {
            let grant_type = self.grant_type.clone();
            return Err(TokenError::once_more(request, self, grant_type));
        }
        let TokenResponse { tokens, id_token } = response::read(response, &self.client, &self.grant_type)?;
        // In a plain OAuth flow, an ID token that comes anyway proves nothing.
        let id_token = match self.expectations {
            Some(expectations) => {
                let compact = id_token.ok_or(TokenError::MissingIdToken)?;
                Some(SignedIdToken::new(self.client.clone(), expectations, compact))
            }
            None => None,
        };
        Ok(UnverifiedTokens { client: self.client, tokens: Arc::new(tokens), id_token, asked: self.asked })
    }

    /// The token request once more, where the error is [`TokenError::DpopNonce`]: for a caller that does not use
    /// [`send_with`](RoundTrip::send_with), which sends it by itself. The code has not been used up.
    ///
    /// # Errors
    ///
    /// The error itself, where it is another.
    pub fn again(error: TokenError) -> Result<RoundTrip<Self>, TokenError> {
        error.into_round_trip()
    }
}

impl fmt::Debug for AwaitingTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingTokens").field("client", &self.client).finish_non_exhaustive()
    }
}

// The code may have arrived, and it works once.
awaiting!(AwaitingTokens => UnverifiedTokens, TokenError, after a transport failure: RestartLogin, again);

/// The tokens of a response whose ID token is not verified yet. Nothing can be read out of it.
#[must_use = "nobody is logged in before the ID token is verified"]
pub struct UnverifiedTokens {
    client: Client,
    tokens: Arc<OAuthTokens>,
    /// There exactly in a login by OpenID Connect.
    id_token: Option<SignedIdToken>,
    asked: Asked,
}

impl UnverifiedTokens {
    /// Verifies the ID token (OpenID Connect Core 1.0 section 3.1.3.7) with the provider's keys.
    ///
    /// # Errors
    ///
    /// [`IdTokenError`] has a variant for each thing that can be wrong. Where its remedy is
    /// [`FetchKeys`](crate::Remedy::FetchKeys), the provider may have new keys: fetch them once, and call again.
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    #[cfg_attr(docsrs, doc(cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))))]
    pub fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<Tokens, IdTokenError> {
        self.verified(|id_token| id_token.verify(keys, Some(self.tokens.access_token()), now))
    }

    /// Verifies the ID token without its signature: TLS vouches for the token endpoint that it came from (OpenID Connect
    /// Core 1.0 section 3.1.3.7 step 6). Everything else is checked.
    ///
    /// Only right when the caller's HTTP client checks the server's certificate and followed no redirect.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), but for keys and signature; [`IdTokenError::InsecureEndpoint`] when the token endpoint
    /// is an http URL.
    pub fn verify_trusting_tls(&self, now: SystemTime) -> Result<Tokens, IdTokenError> {
        self.verified(|id_token| id_token.verify_trusting_tls(Some(self.tokens.access_token()), now))
    }

    /// The tokens of a plain OAuth 2.0 flow, begun with [`authorize_oauth`](Client::authorize_oauth). They do not say who the
    /// user is.
    ///
    /// # Errors
    ///
    /// [`TokenError::OpenIdRequested`] in a login: the ID token must be verified then.
    pub fn into_oauth_tokens(self) -> Result<OAuthTokens, TokenError> {
        if self.id_token.is_some() {
            return Err(TokenError::OpenIdRequested);
        }
        Ok(Arc::unwrap_or_clone(self.tokens))
    }

    fn verified(
        &self,
        verify: impl FnOnce(&SignedIdToken) -> Result<IdToken, IdTokenError>,
    ) -> Result<Tokens, IdTokenError> {
        let id_token = verify(self.id_token.as_ref().ok_or(IdTokenError::NotRequested)?)?;
        Ok(Tokens { client: self.client.clone(), oauth: Arc::clone(&self.tokens), id_token, asked: self.asked.clone() })
    }
}

impl Unverified for UnverifiedTokens {}

impl sealed::Sealed for UnverifiedTokens {
    type Verified = Tokens;
    type Error = IdTokenError;

    fn client(&self) -> &Client {
        &self.client
    }

    fn signed(&self) -> Option<&SignedJwt> {
        self.id_token.as_ref().map(SignedIdToken::jwt)
    }

    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<Tokens, IdTokenError> {
        self.verify(keys, now)
    }
}

impl fmt::Debug for UnverifiedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedTokens").field("client", &self.client).finish_non_exhaustive()
    }
}

/// What a login ends in: the verified ID token, and the tokens that came with it.
///
/// The access token and what came with it are those of [`OAuthTokens`], to which this derefs.
///
/// It cannot be deserialized, because that would be a way around verification. What an application keeps of it is a
/// [`Session`](crate::Session), by [`into_session`](Self::into_session).
#[derive(Clone, Debug)]
pub struct Tokens {
    client: Client,
    oauth: Arc<OAuthTokens>,
    id_token: IdToken,
    asked: Asked,
}

impl Tokens {
    /// The verified ID token: who is logged in.
    #[must_use]
    pub fn id_token(&self) -> &IdToken {
        &self.id_token
    }

    /// The client that the user logged in with.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn into_parts(self) -> (Client, OAuthTokens, IdToken, Asked) {
        (self.client, Arc::unwrap_or_clone(self.oauth), self.id_token, self.asked)
    }
}

impl Deref for Tokens {
    type Target = OAuthTokens;

    fn deref(&self) -> &OAuthTokens {
        &self.oauth
    }
}
