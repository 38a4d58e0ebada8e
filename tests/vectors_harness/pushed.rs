//! The stage of pushed authorization requests.

use oidc_proto::{AwaitingRequestUri, PushError};
use serde_json::json;

use crate::expect::Outcome;
use crate::given::{Given, at};
use crate::stages::{authorization_request, client, describe_request, describe_url, object};

pub fn request(given: Given) -> Outcome {
    let client = client(given.metadata.unwrap(), given.client)?;
    let round_trip = authorization_request(&client, given.request.expect("request")).push(at(given.now))?;
    let (request, awaiting) = round_trip.into_parts();
    let pushed = match awaiting.receive(&given.response.expect("response").into_response()) {
        // The case says whether it is about the error or about what is sent again.
        Err(error @ PushError::DpopNonce { .. }) if given.expects_again => {
            let (request, _) = AwaitingRequestUri::again(error)?.into_parts();
            return Ok(object(json!({ "again": describe_request(&request) })));
        }
        pushed => pushed?,
    };
    let (url, _) = pushed.into_parts();
    let mut outcome = describe_url(&url);
    outcome.extend(object(json!({ "request": describe_request(&request) })));
    Ok(outcome)
}
