//! The request object (RFC 9101): the parameters of an authorization request as a JWT that the client signs, so that nobody
//! changes them on the way, and the provider knows who asks.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::SystemTime;

use serde::ser::{Error as _, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::client::SigningError;
use crate::code_flow::authorize_error::AuthorizeError;
use crate::code_flow::delivery::Parameters;
use crate::code_flow::request::AuthorizationRequest;
use crate::ground::form::Name;
use crate::ground::printable::field_name;
use crate::ground::random;
use crate::ground::time::since_epoch;
use crate::jose::Signer;
use crate::jose::signer::{self, SharedSigner};

/// In seconds: the browser may be slow to arrive.
const LIFETIME: u64 = 300;

/// The claims that say what a JWT is (RFC 7519 section 4.1). `sub` is among them, though it is not set: with it, a request
/// object could pass for a client assertion (RFC 9101 section 10.8).
const OWN_CLAIMS: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

impl AuthorizationRequest {
    /// Signs the request (JAR, RFC 9101): the parameters go into a JWT, and the URL, or the pushed request, has only
    /// `client_id` and `request`. The signer is a [`PrivateKey`](crate::PrivateKey), or one of your own. Replaces the
    /// one of the client ([`request_object_signer`](crate::ClientBuilder::request_object_signer)) for this login.
    ///
    /// A long request makes a long URL, which some browsers and servers cut off: [`push`](Self::push) has no such limit.
    pub fn signed_by(mut self, signer: impl Signer + 'static) -> Self {
        let signer = SharedSigner::new(signer);
        if let Err(error) = signer::check(&*signer) {
            self.reject(error.into());
        }
        self.signer = Some(signer);
        self
    }

    /// Whether the provider wants a signature, and takes this one.
    pub(super) fn check_signer(&self) -> Result<(), AuthorizeError> {
        let metadata = self.client.metadata();
        let Some(signer) = &self.signer else {
            // RFC 9101 section 10.5.
            let required = metadata.require_signed_request_object;
            return if required { Err(AuthorizeError::SigningRequired) } else { Ok(()) };
        };
        let listed = metadata.request_object_signing_alg_values_supported.as_ref();
        if listed.is_some_and(|listed| !listed.contains(&signer.algorithm())) {
            let what = "request objects that are signed with the algorithm of this signer";
            return Err(AuthorizeError::UnsupportedByProvider { what });
        }
        Ok(())
    }

    /// What is sent of the parameters: where there is a signer, a request object in their place (RFC 9101 section 5).
    pub(super) fn sign<'a>(
        &'a self,
        parameters: Parameters<'a>,
        now: SystemTime,
    ) -> Result<Parameters<'a>, AuthorizeError> {
        let Some(signer) = &self.signer else { return Ok(parameters) };
        check_names(&parameters)?;
        let jti = random::identifier().map_err(AuthorizeError::Randomness)?;
        let (iss, aud) = (self.client.client_id(), self.client.issuer());
        let claims = Claims { iss, aud, iat: since_epoch(now).as_secs(), jti: &jti, parameters: &parameters };
        // RFC 9101 section 10.8: the type keeps it apart from every other JWT.
        let object =
            signer::sign(&**signer, Some("oauth-authz-req+jwt"), None, &claims).map_err(SigningError::Signer)?;
        Ok(vec![(Name::Known("client_id"), Cow::Borrowed(iss)), (Name::Known("request"), Cow::Owned(object))])
    }
}

/// RFC 7519 section 4: a claim is there once. Of several that a caller added, a provider would see one.
fn check_names(parameters: &Parameters<'_>) -> Result<(), AuthorizeError> {
    let mut seen = BTreeSet::new();
    for (name, _) in parameters {
        let name = text(*name);
        if OWN_CLAIMS.contains(&name) {
            return Err(AuthorizeError::ReservedParameter { name: field_name(name) });
        }
        if !seen.insert(name) && name != "resource" {
            let reason = "it is a duplicate, and a signed request has none";
            return Err(AuthorizeError::InvalidParameter { name: field_name(name), reason });
        }
    }
    Ok(())
}

/// The payload of a request object (RFC 9101 section 4).
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: u64,
    jti: &'a str,
    parameters: &'a Parameters<'a>,
}

impl Serialize for Claims<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("iss", self.iss)?;
        map.serialize_entry("aud", self.aud)?;
        map.serialize_entry("iat", &self.iat)?;
        map.serialize_entry("nbf", &self.iat)?;
        map.serialize_entry("exp", &self.iat.saturating_add(LIFETIME))?;
        map.serialize_entry("jti", self.jti)?;
        let mut resources = Vec::new();
        for (name, value) in self.parameters {
            match text(*name) {
                // RFC 8707 section 2: the one parameter that may be there several times.
                "resource" => resources.push(value),
                // RFC 9101 section 4: numbers and JSON are not strings here.
                name @ ("max_age" | "claims" | "authorization_details") => {
                    let json: &RawValue = serde_json::from_str(value).map_err(S::Error::custom)?;
                    map.serialize_entry(name, json)?;
                }
                name => map.serialize_entry(name, value)?,
            }
        }
        match resources.as_slice() {
            [] => {}
            [only] => map.serialize_entry("resource", only)?,
            several => map.serialize_entry("resource", several)?,
        }
        map.end()
    }
}

fn text(name: Name<'_>) -> &str {
    match name {
        Name::Known(name) | Name::Any(name) => name,
    }
}
