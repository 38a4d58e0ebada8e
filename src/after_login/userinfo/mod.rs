//! The UserInfo endpoint (OpenID Connect Core 1.0 section 5.3): what the provider says about the user who logged in.

mod error;

use std::fmt;
use std::time::SystemTime;

use http::{Request, Response, StatusCode, Uri};
use serde::de::DeserializeOwned;

pub use error::UserInfoError;

use crate::after_login::LoggedIn;
use crate::after_login::signed_answer::{Answer, Rules, SignedAnswer, take_sub};
use crate::call::wanted_nonce;
use crate::client::{Client, SigningError};
use crate::exchange::request::get;
use crate::exchange::response::{read_jwt, read_text};
use crate::exchange::round_trip::awaiting;
use crate::exchange::{Again, Challenges, ResponseError, RoundTrip};
use crate::ground::json::{self, Object};
use crate::ground::secret::SecretText;
use crate::id_token::StandardClaims;
use crate::jose::{JwkSet, JwtError};
use crate::keys::Unverified;
use crate::keys::signed_jwt::{JwtKind, SignedJwt};
use crate::keys::unverified::sealed;
use crate::token_endpoint::AccessToken;

impl Client {
    /// Asks the UserInfo endpoint about the user who logged in, with their access token (OpenID Connect Core 1.0
    /// section 5.3.1). `logged_in` is the [`Tokens`](crate::Tokens) or the [`Session`](crate::Session) of a login with
    /// this client. `now` is for the proof of a client with a DPoP key.
    ///
    /// ```no_run
    /// # fn f(client: &oidc_proto::Client, tokens: &oidc_proto::Tokens, now: std::time::SystemTime,
    /// #     send: fn(oidc_proto::http::Request<Vec<u8>>) -> Result<oidc_proto::http::Response<Vec<u8>>, std::io::Error>)
    /// #     -> Result<(), oidc_proto::Error> {
    /// let userinfo = client.userinfo(tokens, now)?.send_with(send)?.verify_trusting_tls(now)?;
    /// let email = userinfo.standard_claims().email;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`UserInfoError::WrongClient`] when the login was with another client or provider;
    /// [`NoUserInfoEndpoint`](UserInfoError::NoUserInfoEndpoint) when the provider has none, like Apple;
    /// [`Response`](UserInfoError::Response) with an `InvalidField` when the access token has characters that no header
    /// may have, such as a line break; [`Signing`](UserInfoError::Signing) when the client has a DPoP key, and the
    /// proof cannot be made.
    pub fn userinfo(
        &self,
        logged_in: &impl LoggedIn,
        now: SystemTime,
    ) -> Result<RoundTrip<AwaitingUserInfo>, UserInfoError> {
        // RFC 6750 section 5.2: an access token goes to its own provider.
        if !logged_in.is_of(self) {
            return Err(UserInfoError::WrongClient);
        }
        let endpoint = self.userinfo_endpoint().ok_or(UserInfoError::NoUserInfoEndpoint)?;
        let accept =
            if self.userinfo_must_be_signed() { "application/jwt, application/json" } else { "application/json" };
        let question =
            Question { endpoint: endpoint.clone(), accept, now, access_token: logged_in.access_token().clone() };
        let request = question.request(self, None)?;
        let sub = logged_in.sub().to_owned();
        Ok(RoundTrip::new(request, AwaitingUserInfo { client: self.clone(), sub, question }))
    }
}

/// The state between the request to the UserInfo endpoint and its response.
#[must_use]
pub struct AwaitingUserInfo {
    client: Client,
    /// The user, by their ID token.
    sub: String,
    question: Question,
}

/// What it takes to make the request, also once more.
struct Question {
    endpoint: Uri,
    accept: &'static str,
    access_token: AccessToken,
    now: SystemTime,
}

impl Question {
    fn request(&self, client: &Client, nonce: Option<&str>) -> Result<Request<Vec<u8>>, UserInfoError> {
        let mut request = get(self.endpoint.clone(), self.accept);
        match client.authorize_request(&mut request, &self.access_token, nonce, self.now) {
            Ok(()) => Ok(request),
            Err(SigningError::UnusableToken) => Err(ResponseError::invalid_field("access_token").into()),
            Err(error) => Err(error.into()),
        }
    }
}

impl AwaitingUserInfo {
    /// Reads the response (OpenID Connect Core 1.0 sections 5.3.2 and 5.3.3): JSON, or a JWT that is signed or encrypted, whatever
    /// the `Content-Type` says. Nothing can be read out of the result before it is verified.
    ///
    /// # Errors
    ///
    /// [`UserInfoError::Challenge`] for the status 401 or 403; [`Response`](UserInfoError::Response) for another status
    /// than 2xx, for a body over 1 MiB, for one that is neither a JSON object nor a JWT, and for JSON without `sub`,
    /// with a `sub` that is not a string, or with a duplicate member; [`DpopNonce`](UserInfoError::DpopNonce) when the
    /// provider wants the request once more, and [`Signing`](UserInfoError::Signing) when the proof for that cannot be
    /// made.
    pub fn receive<B: AsRef<[u8]>>(self, response: &Response<B>) -> Result<UnverifiedUserInfo, UserInfoError> {
        if let Some(nonce) = wanted_nonce(response).filter(|_| self.question.access_token.is_bound()) {
            let request = self.question.request(&self.client, Some(nonce))?;
            return Err(UserInfoError::DpopNonce { again: Again::new(RoundTrip::new(request, self)) });
        }
        let Self { client, sub, .. } = self;
        check_status(response)?;
        let answer = match read_jwt(response)? {
            Some(compact) => Answer::Signed(SignedAnswer::new(client.clone(), &SIGNED, compact)),
            None => Answer::Json(read_json(read_text(response.body().as_ref())?)?),
        };
        Ok(UnverifiedUserInfo { client, sub, answer })
    }

    /// The request once more, where the error is [`UserInfoError::DpopNonce`]: for a caller that does not use
    /// [`send_with`](RoundTrip::send_with), which sends it by itself.
    ///
    /// # Errors
    ///
    /// The error itself, where it is another.
    pub fn again(error: UserInfoError) -> Result<RoundTrip<Self>, UserInfoError> {
        match error {
            UserInfoError::DpopNonce { again } => {
                again.into_round_trip().map_err(|again| UserInfoError::DpopNonce { again })
            }
            error => Err(error),
        }
    }
}

impl fmt::Debug for AwaitingUserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitingUserInfo").field("client", &self.client).finish_non_exhaustive()
    }
}

awaiting!(AwaitingUserInfo => UnverifiedUserInfo, UserInfoError, after a transport failure: RetryLater, again);

/// RFC 8725 section 3.11: a UserInfo response is not an access token. Core 5.3.2: a signed one has `iss` and `aud`, and a
/// client that registered it holds the provider to that; some providers sign without both where nobody asked them to.
static SIGNED: Rules = Rules {
    kind: JwtKind { types: &["JWT"], algorithms: Client::userinfo_algorithms, encryption: |_| None },
    typ_required: false,
    parties_required: Client::userinfo_must_be_signed,
    iat_required: false,
};

/// What the UserInfo endpoint answered, not verified yet. Nothing can be read out of it.
#[must_use = "the claims are not verified"]
pub struct UnverifiedUserInfo {
    client: Client,
    /// The user, by their ID token.
    sub: String,
    answer: Answer<UserInfo>,
}

impl UnverifiedUserInfo {
    /// Verifies that the claims are about the user who logged in (OpenID Connect Core 1.0 sections 5.3.2 and 5.3.4).
    /// The signature of a signed answer is verified with the provider's keys. For JSON, TLS vouches, and the keys are
    /// not used.
    ///
    /// # Errors
    ///
    /// [`UserInfoError::SubjectMismatch`] when the claims are about another user; [`Jwt`](UserInfoError::Jwt) when a signed
    /// answer is refused, and for one that is not signed when
    /// [`userinfo_signed_response_algs`](crate::ClientBuilder::userinfo_signed_response_algs) is set. Where the remedy is
    /// [`FetchKeys`](crate::Remedy::FetchKeys), the provider may have new keys: fetch them once, and call again.
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    #[cfg_attr(docsrs, doc(cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))))]
    pub fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<UserInfo, UserInfoError> {
        self.verified(Some(keys), now)
    }

    /// The same without keys, for JSON: TLS vouches for the UserInfo endpoint (OpenID Connect Core 1.0 section 5.3.4).
    ///
    /// Only right when the caller's HTTP client checks the server's certificate and followed no redirect.
    ///
    /// # Errors
    ///
    /// As `verify`; and [`JwtError::UnknownKey`] for a signed answer, which needs `verify` with the provider's keys.
    pub fn verify_trusting_tls(&self, now: SystemTime) -> Result<UserInfo, UserInfoError> {
        self.verified(None, now)
    }

    fn verified(&self, keys: Option<&JwkSet>, now: SystemTime) -> Result<UserInfo, UserInfoError> {
        let userinfo = match &self.answer {
            Answer::Json(_) if self.client.userinfo_must_be_signed() => return Err(JwtError::NotSigned.into()),
            Answer::Json(userinfo) => userinfo.clone(),
            Answer::Signed(signed) => match signed.encrypted_json() {
                // Core 5.3.2: encryption without a signature. TLS vouches, as for plain JSON.
                Some(json) if !self.client.userinfo_must_be_signed() => read_json(json)?,
                _ => {
                    let (sub, claims) = signed.verify(keys, now, take_sub)?;
                    UserInfo { sub, claims }
                }
            },
        };
        // Core 5.3.2: another sub is another user.
        if userinfo.sub == self.sub { Ok(userinfo) } else { Err(UserInfoError::SubjectMismatch) }
    }
}

impl Unverified for UnverifiedUserInfo {}

impl sealed::Sealed for UnverifiedUserInfo {
    type Verified = UserInfo;
    type Error = UserInfoError;

    fn client(&self) -> &Client {
        &self.client
    }

    fn signed(&self) -> Option<&SignedJwt> {
        self.answer.signed()
    }

    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<UserInfo, UserInfoError> {
        self.verify(keys, now)
    }
}

impl fmt::Debug for UnverifiedUserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedUserInfo").field("client", &self.client).finish_non_exhaustive()
    }
}

/// What the provider says about the user who logged in. It is about the user of the ID token, and no other.
///
/// Aggregated and distributed claims (OpenID Connect Core 1.0 section 5.6.2) are in
/// [`claims_as`](Self::claims_as), as `_claim_names` and `_claim_sources`. They are not followed.
#[derive(Clone)]
pub struct UserInfo {
    sub: String,
    /// All claims, a JSON object.
    claims: SecretText,
}

impl UserInfo {
    /// The subject: the user, the same as in the ID token.
    #[must_use]
    pub fn sub(&self) -> &str {
        &self.sub
    }

    /// The claims about the user that OpenID Connect Core 1.0 section 5.1 names. A claim of the wrong kind is left out here;
    /// [`claims_as`](Self::claims_as) has it as it came.
    #[must_use]
    pub fn standard_claims(&self) -> StandardClaims {
        StandardClaims::read(&self.claims)
    }

    /// All claims, as a type of your own.
    ///
    /// # Errors
    ///
    /// When the claims are not a `T`, such as `"groups": "admin"` where a list is expected. The error's text may quote a claim.
    pub fn claims_as<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.claims)
    }
}

impl fmt::Debug for UserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserInfo").field("sub", &self.sub).finish_non_exhaustive()
    }
}

/// Core 5.3.3: an error comes as RFC 6750 section 3 has it, with a challenge; some providers forget the header.
fn check_status<B>(response: &Response<B>) -> Result<(), UserInfoError> {
    match response.status() {
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            let (challenges, unreadable) = match Challenges::from_headers(response.headers()) {
                Ok(challenges) => (challenges, None),
                Err(error) => (Challenges::default(), Some(error)),
            };
            Err(UserInfoError::Challenge { status, challenges, unreadable })
        }
        status if !status.is_success() => Err(ResponseError::Status { status }.into()),
        _ => Ok(()),
    }
}

/// Core 5.3.2: `sub` must be there; no other claim must.
fn read_json(text: &str) -> Result<UserInfo, ResponseError> {
    let mut object = Object::parse(text)?;
    let sub = object.take_raw("sub").ok_or(ResponseError::MissingField { field: "sub" })?;
    let sub = json::read_string(sub).map_err(|_| ResponseError::invalid_field("sub"))?.into_owned();
    Ok(UserInfo { sub, claims: SecretText::new(text) })
}
