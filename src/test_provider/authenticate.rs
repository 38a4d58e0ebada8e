//! The client's authentication (RFC 6749 section 2.3, OpenID Connect Core 1.0 section 9).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::message::{Call, Parameters};
use super::provider::TestProvider;
use crate::client::ClientSecret;
use crate::ground::form;
use crate::ground::vocabulary::OAuthErrorCode;

/// RFC 7523 section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl TestProvider {
    /// The parameters of a form that the client posted, once it is known to be the client.
    pub(super) fn form_of_client(&mut self, call: &Call<'_>) -> Result<Parameters, OAuthErrorCode> {
        let parameters = Parameters::read(call.body).ok_or(OAuthErrorCode::INVALID_REQUEST)?;
        self.authenticate(call, &parameters)?;
        Ok(parameters)
    }

    /// RFC 6749 section 2.3: with the registered method, and no other beside it.
    fn authenticate(&mut self, call: &Call<'_>, parameters: &Parameters) -> Result<(), OAuthErrorCode> {
        let assertion = parameters.get("client_assertion");
        let methods = [call.authorization(), parameters.get("client_secret"), assertion];
        if methods.into_iter().flatten().count() > 1 {
            return Err(OAuthErrorCode::INVALID_REQUEST);
        }
        let (id, secret) = match call.authorization() {
            Some(header) => {
                let (id, secret) = read_basic(header).ok_or(OAuthErrorCode::INVALID_CLIENT)?;
                (Some(id), Some(secret))
            }
            None => {
                (parameters.get("client_id").map(str::to_owned), parameters.get("client_secret").map(str::to_owned))
            }
        };
        let is_client = match (self.client.jwk.clone(), &self.client.secret) {
            // RFC 7521 section 4.2: the assertion says who it is; `client_id` beside it must be the same.
            (Some(jwk), _) => {
                let right_type = parameters.get("client_assertion_type") == Some(JWT_BEARER);
                let right_id = id.is_none_or(|id| id == self.client.id);
                right_type
                    && right_id
                    && assertion.is_some_and(|assertion| self.accepts_assertion(&jwk, assertion, call.now))
            }
            (None, right) => {
                let right_secret = *right == secret.map(ClientSecret::new);
                assertion.is_none() && right_secret && id.as_ref() == Some(&self.client.id)
            }
        };
        if is_client { Ok(()) } else { Err(OAuthErrorCode::INVALID_CLIENT) }
    }
}

/// RFC 6749 section 2.3.1: id and secret were form-urlencoded before base64.
fn read_basic(header: &str) -> Option<(String, String)> {
    let decoded = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let decode = |text: &str| match form::parse(text).next() {
        None => Some(String::new()),
        Some(pair) => pair.ok().map(|(name, _)| name.into_owned()),
    };
    Some((decode(id)?, decode(secret)?))
}
