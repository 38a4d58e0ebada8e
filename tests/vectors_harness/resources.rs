//! The stages of a resource, and of its authorization server, that are found at run time.

use oidc_proto::http::Request;
use oidc_proto::{Awaiting, Error, Issuer, ProtectedResource, ProtectedResourceMetadata, Search};
use serde_json::{Value, json};

use crate::expect::Outcome;
use crate::given::{Answer, Given};
use crate::stages::object;
use crate::userinfo::challenges;

pub fn protected_resource(given: Given) -> Outcome {
    let url = given.resource.expect("resource");
    let http_allowed = given.client["allow_http"] == true;
    let mut resource =
        if http_allowed { ProtectedResource::danger_allow_http(url) } else { ProtectedResource::of(url) }?;
    if let Some(challenge) = challenges(&given.headers)?.bearer() {
        resource = resource.challenged_by(&challenge)?;
    }
    let (requests, metadata) = search(resource.discover(), given.responses)?;
    let metadata = match given.jwks {
        Some(jwks) => verify_signed(&metadata, &jwks, given.now)?,
        None => metadata,
    };
    let mut outcome = object(serde_json::to_value(&metadata).unwrap());
    outcome.insert("requests".to_owned(), requests);
    Ok(outcome)
}

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
fn verify_signed(
    metadata: &ProtectedResourceMetadata,
    jwks: &Value,
    now: u64,
) -> Result<ProtectedResourceMetadata, Error> {
    let keys = oidc_proto::JwkSet::from_json(jwks.to_string())?;
    Ok(metadata.verify_signed("https://id.alpha.example", &keys, crate::given::at(now))?)
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
fn verify_signed(_: &ProtectedResourceMetadata, _: &Value, _: u64) -> Result<ProtectedResourceMetadata, Error> {
    panic!("such a case is not run")
}

pub fn discovery_in_order(given: Given) -> Outcome {
    let issuer = given.issuer.expect("issuer");
    let http_allowed = given.client["allow_http"] == true;
    let issuer = if http_allowed { Issuer::danger_allow_http(issuer) } else { Issuer::new(issuer) }?;
    let (requests, metadata) = search(issuer.discover_in_order(), given.responses)?;
    let mut outcome = object(serde_json::to_value(&metadata).unwrap());
    outcome.insert("requests".to_owned(), requests);
    Ok(outcome)
}

/// The addresses that were asked, and what was found.
fn search<A: Awaiting>(search: Search<A>, responses: Vec<Answer>) -> Result<(Value, A::Output), Error>
where
    Error: From<A::Error>,
{
    let (mut requests, mut responses) = (Vec::new(), responses.into_iter());
    let found = search.send_with(|request: Request<Vec<u8>>| {
        requests.push(request.uri().to_string());
        Ok::<_, std::io::Error>(responses.next().expect("a response").into_response())
    })?;
    Ok((json!(requests), found))
}
