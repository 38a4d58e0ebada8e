//! Introspection (RFC 7662, RFC 9701): what the provider says about a token.

mod error;
mod members;

use std::fmt;
use std::time::SystemTime;

use http::{Response, StatusCode};

pub use error::IntrospectionError;
pub use members::Introspection;

use crate::after_login::signed_answer::{Answer, Rules, SignedAnswer};
use crate::after_login::token::{self, Token};
use crate::client::Client;
use crate::exchange::response::{read_jwt, read_object, read_text};
use crate::exchange::round_trip::awaiting;
use crate::exchange::{OAuthError, ResponseError, RoundTrip};
use crate::ground::json::Object;
use crate::ground::secret::SecretText;
use crate::jose::jwt::required;
use crate::jose::{JwkSet, JwtError};
use crate::keys::Unverified;
use crate::keys::signed_jwt::{JwtKind, SignedJwt};
use crate::keys::unverified::sealed;

impl Client {
    /// Asks the provider about a token (RFC 7662 section 2.1): whether it is active, for whom, and for what. A resource
    /// server does so with the access token of a request; `now` is for the client's authentication.
    ///
    /// ```no_run
    /// # fn f(client: &oidc_proto::Client, token: &str, now: std::time::SystemTime,
    /// #     send: fn(oidc_proto::http::Request<Vec<u8>>) -> Result<oidc_proto::http::Response<Vec<u8>>, std::io::Error>)
    /// #     -> Result<(), oidc_proto::Error> {
    /// use oidc_proto::AccessToken;
    ///
    /// let token = AccessToken::from(token);
    /// let introspection = client.introspect(&token, now)?.send_with(send)?.verify_trusting_tls(now)?;
    /// let may_read = introspection.active() && introspection.scope().is_some_and(|scope| scope.split(' ').any(|s| s == "read"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`IntrospectionError::NoIntrospectionEndpoint`] when the provider has none.
    pub fn introspect(
        &self,
        token: &impl Token,
        now: SystemTime,
    ) -> Result<RoundTrip<AwaitingIntrospection>, IntrospectionError> {
        let endpoint = self.introspection_endpoint().ok_or(IntrospectionError::NoIntrospectionEndpoint)?;
        // RFC 9701 section 4: this media type asks for a signed answer.
        let signed = self.introspection_must_be_signed();
        let accept = if signed { "application/token-introspection+jwt" } else { "application/json" };
        let request = token::request(self, endpoint, token, accept, now)?;
        Ok(RoundTrip::new(request, AwaitingIntrospection { client: self.clone() }))
    }
}

/// The state between the introspection request and its response.
#[derive(Debug)]
#[must_use]
pub struct AwaitingIntrospection {
    client: Client,
}

impl AwaitingIntrospection {
    /// Reads the response (RFC 7662 sections 2.2 and 2.3): JSON, or a signed JWT, whatever the `Content-Type` says. Nothing
    /// can be read out of the result before it is verified.
    ///
    /// # Errors
    ///
    /// [`IntrospectionError::Provider`] when the provider answered with an error; [`Response`](IntrospectionError::Response)
    /// for another status than 2xx without an error, for a body over 1 MiB, for one that is neither a JSON object nor a JWT,
    /// for JSON without a boolean `active`, with a member of the wrong kind (`"exp": "soon"`) or a duplicate one.
    pub fn receive<B: AsRef<[u8]>>(
        self,
        response: &Response<B>,
    ) -> Result<UnverifiedIntrospection, IntrospectionError> {
        let status = response.status();
        if !status.is_success() {
            return Err(read_error(response, status));
        }
        let answer = match read_jwt(response)? {
            Some(compact) => Answer::Signed(SignedAnswer::new(self.client.clone(), &SIGNED, compact)),
            None => Answer::Json(read_json(response, status)?),
        };
        Ok(UnverifiedIntrospection { client: self.client, answer })
    }
}

awaiting!(AwaitingIntrospection => UnverifiedIntrospection, IntrospectionError, after a transport failure: RetryLater);

/// RFC 9701 section 5. Its type keeps it apart from an access token, which has much the same claims (section 8.1).
static SIGNED: Rules = Rules {
    kind: JwtKind {
        types: &["token-introspection+jwt"],
        algorithms: Client::introspection_algorithms,
        encryption: |_| None,
    },
    typ_required: true,
    parties_required: |_| true,
    iat_required: true,
};

/// What the introspection endpoint answered, not verified yet. Nothing can be read out of it.
#[must_use = "the answer is not verified"]
pub struct UnverifiedIntrospection {
    client: Client,
    answer: Answer<Introspection>,
}

impl UnverifiedIntrospection {
    /// Verifies the answer. The signature of a signed answer is verified with the provider's keys (RFC 9701 section 5).
    /// For JSON, TLS vouches (RFC 7662 section 4), and the keys are not used.
    ///
    /// # Errors
    ///
    /// [`IntrospectionError::Jwt`] when a signed answer is refused, and for one that is not signed when
    /// [`introspection_signed_response_algs`](crate::ClientBuilder::introspection_signed_response_algs) is set;
    /// [`Response`](IntrospectionError::Response) when what is signed is no introspection. Where the remedy is
    /// [`FetchKeys`](crate::Remedy::FetchKeys), the provider may have new keys: fetch them once, and call again.
    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    #[cfg_attr(docsrs, doc(cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))))]
    pub fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<Introspection, IntrospectionError> {
        self.verified(Some(keys), now)
    }

    /// The same without keys, for JSON: TLS vouches for the introspection endpoint (RFC 7662 section 4).
    ///
    /// Only right when the caller's HTTP client checks the server's certificate and followed no redirect.
    ///
    /// # Errors
    ///
    /// As `verify`; and [`JwtError::UnknownKey`] for a signed answer, which needs `verify` with the provider's keys.
    pub fn verify_trusting_tls(&self, now: SystemTime) -> Result<Introspection, IntrospectionError> {
        self.verified(None, now)
    }

    fn verified(&self, keys: Option<&JwkSet>, now: SystemTime) -> Result<Introspection, IntrospectionError> {
        match &self.answer {
            Answer::Json(_) if self.client.introspection_must_be_signed() => Err(JwtError::NotSigned.into()),
            Answer::Json(introspection) => Ok(introspection.clone()),
            Answer::Signed(signed) => {
                let (text, _) = signed.verify(keys, now, take_introspection)?;
                let object = Object::parse(&text).map_err(ResponseError::from)?;
                Ok(Introspection::read(object, &text)?)
            }
        }
    }
}

impl Unverified for UnverifiedIntrospection {}

impl sealed::Sealed for UnverifiedIntrospection {
    type Verified = Introspection;
    type Error = IntrospectionError;

    fn client(&self) -> &Client {
        &self.client
    }

    fn signed(&self) -> Option<&SignedJwt> {
        self.answer.signed()
    }

    #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
    fn verify(&self, keys: &JwkSet, now: SystemTime) -> Result<Introspection, IntrospectionError> {
        self.verify(keys, now)
    }
}

impl fmt::Debug for UnverifiedIntrospection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedIntrospection").field("client", &self.client).finish_non_exhaustive()
    }
}

/// RFC 9701 section 5: the claim is an object, whose members are those of RFC 7662.
fn take_introspection(claims: &mut Object<'_>) -> Result<SecretText, JwtError> {
    let raw = required("token_introspection", claims.take_raw("token_introspection"))?;
    if !raw.starts_with('{') {
        return Err(JwtError::InvalidClaim { claim: "token_introspection".into() });
    }
    Ok(SecretText::new(raw))
}

/// RFC 7662 section 2.3: an error comes as that of the token endpoint. Without one, the status is all there is.
fn read_error<B: AsRef<[u8]>>(response: &Response<B>, status: StatusCode) -> IntrospectionError {
    let Ok(mut object) = read_object(response) else {
        return ResponseError::Status { status }.into();
    };
    match OAuthError::take_from(&mut object) {
        Ok(Some(error)) => IntrospectionError::Provider { error, status },
        Ok(None) => ResponseError::Status { status }.into(),
        Err(error) => error.into(),
    }
}

fn read_json<B: AsRef<[u8]>>(response: &Response<B>, status: StatusCode) -> Result<Introspection, IntrospectionError> {
    let mut object = read_object(response)?;
    // An error inside a 2xx is an error, unless the answer is there as well: then `error` is a member like any other.
    if !object.names().any(|name| name == "active")
        && let Some(error) = OAuthError::take_from(&mut object)?
    {
        return Err(IntrospectionError::Provider { error, status });
    }
    Ok(Introspection::read(object, read_text(response.body().as_ref())?)?)
}
