//! The stages of grants without a browser.

use oidc_proto::{AwaitingGrant, Client, OAuthTokens, RoundTrip, TokenError};
use serde_json::json;

use crate::expect::Outcome;
use crate::given::{Given, Grant, at};
use crate::stages::{client, describe_request, describe_tokens, object};

pub fn grant(given: Given) -> Outcome {
    let client = client(given.metadata.unwrap(), given.client)?;
    let (request, awaiting) = start(&client, given.grant.expect("grant"), given.now)?.into_parts();
    let tokens = match awaiting.receive(&given.response.expect("response").into_response()) {
        // The case says whether it is about the error or about what is sent again.
        Err(error @ TokenError::DpopNonce { .. }) if given.expects_again => {
            let (request, _) = AwaitingGrant::again(error)?.into_parts();
            return Ok(object(json!({ "again": describe_request(&request) })));
        }
        tokens => tokens?,
    };
    let mut outcome = describe(&tokens);
    outcome.insert("request".to_owned(), describe_request(&request).into());
    Ok(outcome)
}

fn start(client: &Client, given: Grant, now: u64) -> Result<RoundTrip<AwaitingGrant>, oidc_proto::Error> {
    let Grant { kind, scope, resource, audience, assertion, authorization_details, extra, .. } = given;
    // Both builders have the same setters.
    macro_rules! set_and_start {
        ($grant:expr) => {{
            let mut grant = $grant;
            if let Some(scope) = scope {
                grant = grant.scope(scope);
            }
            if let Some(details) = authorization_details {
                grant = grant.authorization_details(&details);
            }
            grant = grant.resources(resource).audiences(audience);
            Ok(extra.into_iter().fold(grant, |grant, (name, value)| grant.extra(name, value)).start(at(now))?)
        }};
    }
    match kind.as_str() {
        "client_credentials" => set_and_start!(client.client_credentials()),
        "jwt_bearer" => set_and_start!(client.jwt_bearer(assertion.expect("assertion"))),
        "token_exchange" => {
            let subject_token_type = given.subject_token_type.expect("subject_token_type");
            let mut exchange = client.exchange(&given.subject_token.expect("subject_token"), subject_token_type);
            if let Some(requested) = given.requested_token_type {
                exchange = exchange.requested_token_type(requested);
            }
            if let Some(actor_token) = given.actor_token {
                exchange = exchange.actor_token(actor_token);
            }
            if let Some(actor_token_type) = given.actor_token_type {
                exchange = exchange.actor_token_type(actor_token_type);
            }
            set_and_start!(exchange)
        }
        other => panic!("unknown grant {other}"),
    }
}

fn describe(tokens: &OAuthTokens) -> serde_json::Map<String, serde_json::Value> {
    let mut description = describe_tokens(tokens);
    description.insert("issued_token_type".to_owned(), json!(tokens.issued_token_type()));
    description
}
