//! The client's authentication (RFC 6749 section 2.3).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Shared;
use super::answers::{Parameters, Refusal, parameters};

impl Shared {
    /// The parameters of a form that the client posted, once it is known to be the client.
    pub(super) fn form_of_client(&self, authorization: Option<&str>, body: &str) -> Result<Parameters, Refusal> {
        let parameters = parameters(body).ok_or((400, "invalid_request"))?;
        self.authenticate(authorization, &parameters)?;
        Ok(parameters)
    }

    /// RFC 6749 section 2.3: with the registered method, and no other beside it.
    fn authenticate(&self, authorization: Option<&str>, parameters: &Parameters) -> Result<(), Refusal> {
        let in_body = (parameters.get("client_id").cloned(), parameters.get("client_secret").cloned());
        let (id, secret) = match (authorization, in_body) {
            (Some(_), (_, Some(_))) => return Err((400, "invalid_request")),
            (Some(header), _) => {
                read_basic(header).map(|(id, secret)| (id, Some(secret))).ok_or((401, "invalid_client"))?
            }
            (None, (Some(id), secret)) => (id, secret),
            (None, (None, _)) => return Err((401, "invalid_client")),
        };
        let right_secret = match (&self.client.client_secret, secret) {
            (Some(right), Some(secret)) => verify_slices_are_equal(right.as_bytes(), secret.as_bytes()).is_ok(),
            (None, None) => true,
            _ => false,
        };
        if id == self.client.client_id && right_secret { Ok(()) } else { Err((401, "invalid_client")) }
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
