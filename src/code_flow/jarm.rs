//! The authorization response as a JWT that the provider signed (JWT Secured Authorization Response Mode, JARM).

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use crate::client::Client;
use crate::client::redirect_uri::Arrival;
use crate::client::reserved::is_response_parameter;
use crate::code_flow::callback_error::CallbackError;
use crate::code_flow::jarm_error::JarmError;
use crate::code_flow::response::{AuthorizationResponse, Duplicate};
use crate::ground::json::Object;
use crate::ground::secret::SecretText;
use crate::ground::time::since_epoch;
use crate::jose::jwt::{
    OptionalTimes, read_claims_with_repeated, read_numeric_date, read_string, read_strings, required, valid,
};
use crate::jose::{JwkSet, JwtError};
use crate::keys::Unverified;
use crate::keys::signed_jwt::{JwtKind, SignedJwt};
use crate::keys::unverified::sealed;

impl Client {
    /// Takes the JWT out of a response that the provider signed, because the login asked for
    /// [`ResponseMode::JWT`](crate::ResponseMode::JWT) or another signed mode (JARM). Verify it, then pass it to
    /// [`AwaitingCallback::receive`](crate::AwaitingCallback::receive) or
    /// [`PendingLogins::receive`](crate::PendingLogins::receive).
    ///
    /// The state is inside the JWT. So a program with several providers needs a redirect URI for each, to know which
    /// client the response is for.
    ///
    /// ```no_run
    /// # #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    /// # mod callback {
    /// # use std::time::SystemTime;
    /// # use oidc_proto::{AuthorizationResponse, AwaitingTokens, Client, Error, JwkSet, PendingLogins, RoundTrip};
    /// fn callback(
    ///     client: &Client,
    ///     keys: &JwkSet,
    ///     pending: &mut PendingLogins,
    ///     url: &str,
    ///     now: SystemTime,
    /// ) -> Result<RoundTrip<AwaitingTokens>, Error> {
    ///     let unverified = client.jarm(AuthorizationResponse::from_url(url)?)?;
    ///     let response = unverified.verify(keys, now)?;
    ///     Ok(pending.receive(client, response, now)?)
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`CallbackError::ResponseNotSigned`] when there is no JWT in it; [`UnexpectedParameter`](CallbackError::UnexpectedParameter)
    /// for a parameter beside it that belongs inside, such as `code`; [`IssuerMismatch`](CallbackError::IssuerMismatch) for an
    /// `iss` beside it that is not the provider's.
    pub fn jarm(&self, mut response: AuthorizationResponse) -> Result<UnverifiedAuthorizationResponse, CallbackError> {
        let compact = response.response.take().ok_or(CallbackError::ResponseNotSigned)?;
        // Section 2.3: all parameters are inside. One that stands beside it was put there by nobody knows whom.
        let beside = [
            response.code.as_ref().map(|_| "code"),
            response.state.as_ref().map(|_| "state"),
            response.error.as_ref().map(|_| "error"),
            response.token,
        ];
        if let Some(parameter) = beside.into_iter().flatten().next() {
            return Err(CallbackError::UnexpectedParameter { parameter });
        }
        // RFC 9207 section 2: an `iss` beside it is not necessary, and says nothing that the one inside does not say.
        if response.iss.as_ref().is_some_and(|iss| !self.issuers().may_respond(iss)) {
            return Err(CallbackError::IssuerMismatch);
        }
        let jwt = SignedJwt::new(self.clone(), &AUTHORIZATION_RESPONSE, compact);
        Ok(UnverifiedAuthorizationResponse { jwt, arrival: response.arrival })
    }
}

/// RFC 8725 section 3.11: a response says that it is a JWT, or says nothing of its kind. Section 3: the algorithms have a setting
/// of their own.
const AUTHORIZATION_RESPONSE: JwtKind =
    JwtKind { types: &["JWT"], algorithms: Client::authorization_algorithms, encryption: |_| None };

/// A signed authorization response that is not verified yet. Nothing can be read out of it.
#[must_use = "the response is not verified"]
pub struct UnverifiedAuthorizationResponse {
    jwt: SignedJwt,
    arrival: Option<Arrival>,
}

impl UnverifiedAuthorizationResponse {
    /// Verifies the response (JWT Secured Authorization Response Mode section 2.4) with the provider's keys.
    /// [`AwaitingCallback::receive`](crate::AwaitingCallback::receive) then checks whether it answers a login.
    ///
    /// # Errors
    ///
    /// [`JarmError::Jwt`], with what is wrong. Where its remedy is [`FetchKeys`](crate::Remedy::FetchKeys), the provider may have
    /// new keys: fetch them once, and call again.
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    #[cfg_attr(docsrs, doc(cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))))]
    pub fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<AuthorizationResponse, JarmError> {
        Ok(self.validate(keys, now)?)
    }

    /// The steps of section 2.4. Step 2, the state, is the login's.
    fn validate(&self, keys: &JwkSet, now: SystemTime) -> Result<AuthorizationResponse, JwtError> {
        let client = self.jwt.client();
        // Step 1: decryption.
        let jws = self.jwt.parse()?;
        let claims = Claims::parse(&jws.payload)?;
        // Step 3: the issuer is the provider that the browser was sent to: the mix-up attack.
        if !client.issuers().may_issue(&claims.iss, claims.tid.as_deref()) {
            return Err(JwtError::IssuerMismatch);
        }
        // Step 4: the audience is this client, and nobody else.
        if claims.aud.is_empty() || claims.aud.iter().any(|audience| audience != client.client_id()) {
            return Err(JwtError::AudienceMismatch);
        }
        // Step 6: the algorithm is one that this client accepts, and the signature is right.
        let algorithm = self.jwt.allowed_algorithm(&jws, &claims.aud)?;
        self.jwt.check_signature(keys, &jws, algorithm, Some(&claims.iss))?;
        // Step 5, and what RFC 7519 sections 4.1.5 and 4.1.6 say of the other times.
        claims.times.check(since_epoch(now), client.leeway())?;
        let mut response = claims.into_response()?;
        response.arrival.clone_from(&self.arrival);
        response.verified_for = Some(client.clone());
        Ok(response)
    }
}

impl Unverified for UnverifiedAuthorizationResponse {}

impl sealed::Sealed for UnverifiedAuthorizationResponse {
    type Verified = AuthorizationResponse;
    type Error = JarmError;

    fn client(&self) -> &Client {
        self.jwt.client()
    }

    fn signed(&self) -> Option<&SignedJwt> {
        Some(&self.jwt)
    }

    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<AuthorizationResponse, JarmError> {
        self.verify(keys, now)
    }
}

impl fmt::Debug for UnverifiedAuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedAuthorizationResponse").field("client", self.jwt.client()).finish_non_exhaustive()
    }
}

/// The claims of a response (section 2.1).
struct Claims<'a> {
    iss: String,
    aud: Vec<String>,
    times: OptionalTimes,
    /// The tenant, at Microsoft Entra; elsewhere it may be anything.
    tid: Option<String>,
    /// The parameters of the response, and what nobody knows.
    others: Object<'a>,
}

impl<'a> Claims<'a> {
    /// Reads the claims. One that is `null` counts as absent. Keycloak writes `iss` twice, once as the claim and once as the
    /// parameter of RFC 9207: where both say the same, they are one.
    fn parse(payload: &'a str) -> Result<Self, JwtError> {
        let mut object = read_claims_with_repeated(payload, "iss")?;
        let mut read = |name: &'static str| object.take_raw(name).map(|raw| (name, raw));
        let date = |(name, raw)| valid(name, read_numeric_date(raw));
        let iss = read("iss").map(|(name, raw)| valid(name, read_string(raw))).transpose()?;
        let aud = read("aud").map(|(name, raw)| valid(name, read_strings(raw))).transpose()?;
        let exp = read("exp").map(date).transpose()?;
        Ok(Self {
            iss: required("iss", iss)?,
            aud: required("aud", aud)?,
            times: OptionalTimes {
                exp: Some(required("exp", exp)?),
                nbf: read("nbf").map(date).transpose()?,
                iat: read("iat").map(date).transpose()?,
            },
            tid: read("tid").and_then(|(_, raw)| read_string(raw).ok()),
            others: object,
        })
    }

    /// The parameters, as if they had come in a query. RFC 9207 section 2: the claim `iss` is the parameter.
    fn into_response(self) -> Result<AuthorizationResponse, JwtError> {
        let mut parameters = vec![(Cow::Borrowed("iss"), SecretText::new(self.iss))];
        for (name, raw) in self.others.rest().filter(|(_, raw)| *raw != "null") {
            match read_string(raw) {
                Ok(value) => parameters.push((name, SecretText::new(value))),
                Err(_) if is_response_parameter(&name) => {
                    return Err(JwtError::InvalidClaim { claim: name.into_owned().into() });
                }
                // RFC 7519 section 4: what nobody knows is ignored.
                Err(_) => {}
            }
        }
        let parameters = parameters.into_iter().map(|(name, mut value)| (name, std::mem::take(&mut *value)));
        AuthorizationResponse::from_decoded(parameters)
            .map_err(|Duplicate(claim)| JwtError::InvalidClaim { claim: claim.into() })
    }
}
