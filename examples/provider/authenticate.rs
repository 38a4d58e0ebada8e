//! The client's authentication (RFC 6749 section 2.3, OpenID Connect Core 1.0 section 9).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Shared;
use super::answers::{Call, Parameters, Refusal, parameters};

/// RFC 7523 section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl Shared {
    /// The parameters of a form that the client posted, once it is known to be the client.
    pub(super) fn form_of_client(&self, call: &Call) -> Result<Parameters, Refusal> {
        let parameters = parameters(&call.body).ok_or((400, "invalid_request"))?;
        self.authenticate(call.authorization.as_deref(), &parameters)?;
        Ok(parameters)
    }

    /// RFC 6749 section 2.3: with the registered method, and no other beside it.
    fn authenticate(&self, authorization: Option<&str>, parameters: &Parameters) -> Result<(), Refusal> {
        const INVALID_CLIENT: Refusal = (401, "invalid_client");
        let get = |name: &str| parameters.get(name).map(String::as_str);
        let assertion = get("client_assertion");
        let methods = [authorization, get("client_secret"), assertion];
        if methods.into_iter().flatten().count() > 1 {
            return Err((400, "invalid_request"));
        }
        let (id, secret) = match authorization {
            Some(header) => read_basic(header).map(|(id, secret)| (Some(id), Some(secret))).ok_or(INVALID_CLIENT)?,
            None => (get("client_id").map(str::to_owned), get("client_secret").map(str::to_owned)),
        };
        let is_client = match (&self.client.client_jwk, &self.client.client_secret) {
            // RFC 7521 section 4.2: the assertion says who it is; `client_id` beside it must be the same.
            (Some(jwk), _) => {
                let right_type = get("client_assertion_type") == Some(JWT_BEARER);
                let right_id = id.is_none_or(|id| id == self.client.client_id);
                right_type && right_id && assertion.is_some_and(|assertion| self.accepts_assertion(jwk, assertion))
            }
            (None, right) => {
                let right_secret = match (right, secret) {
                    (Some(right), Some(secret)) => verify_slices_are_equal(right.as_bytes(), secret.as_bytes()).is_ok(),
                    (None, None) => true,
                    _ => false,
                };
                assertion.is_none() && right_secret && id.as_ref() == Some(&self.client.client_id)
            }
        };
        if is_client { Ok(()) } else { Err(INVALID_CLIENT) }
    }
}

/// RFC 6749 section 2.3.1: id and secret were form-urlencoded before base64.
fn read_basic(header: &str) -> Option<(String, String)> {
    let decoded = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let decode = |text: &str| url::form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned());
    Some((decode(id)?, decode(secret)?))
}
