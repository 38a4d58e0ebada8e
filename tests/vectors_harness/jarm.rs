//! The stage of a signed authorization response.

use oidc_proto::{AuthorizationResponse, Error, JwkSet, UnverifiedAuthorizationResponse};

use crate::expect::Outcome;
use crate::given::{Given, at};
use crate::stages::{arrived, begin, client, describe_request};

pub fn jarm(given: Given) -> Outcome {
    let client = client(given.metadata.unwrap(), given.client)?;
    let awaiting = begin(&client, given.flow.unwrap(), given.now)?;
    let unverified = client.jarm(arrived(given.url, given.query, given.form)?)?;
    let response = verify(&unverified, &JwkSet::from_json(given.jwks.unwrap().to_string())?, given.now)?;
    let (request, _) = awaiting.receive(&client, response, at(given.now))?.into_parts();
    Ok(describe_request(&request))
}

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
pub fn verify(
    unverified: &UnverifiedAuthorizationResponse,
    keys: &JwkSet,
    now: u64,
) -> Result<AuthorizationResponse, Error> {
    Ok(unverified.verify(keys, at(now))?)
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
pub fn verify(_: &UnverifiedAuthorizationResponse, _: &JwkSet, _: u64) -> Result<AuthorizationResponse, Error> {
    panic!("no signature can be verified without a backend")
}
