//! Tokens for programs, without a user, at the real provider: client credentials. It has neither JWT assertions as grants (RFC 7523)
//! nor token exchange (RFC 8693), and says so.

use std::time::{Duration, SystemTime};

use oidc_proto::{
    AccessToken, AwaitingGrant, Client, ClientAuth, Error, OAuthTokens, PrivateKey, Remedy, RoundTrip, TokenError,
    TokenTypeIdentifier,
};
use serde_json::{Value, json};

use crate::granting::{Granting, code};
use crate::login::send;
use crate::provider::SECRET;

const RESOURCE: &str = "https://api.example/v1";

fn machine(provider: &Granting) -> Client {
    provider.client("machine", ClientAuth::secret(SECRET))
}

fn send_grant(round_trip: RoundTrip<AwaitingGrant>) -> Result<OAuthTokens, Error> {
    round_trip.send_with(send)
}

/// What the provider says about a token.
fn introspect(client: &Client, token: &AccessToken) -> Value {
    let now = SystemTime::now();
    let (request, _) = client.introspect(token, now).unwrap().into_parts();
    let response = send(request).unwrap();
    serde_json::from_slice(response.body()).unwrap()
}

#[test]
#[ignore = "needs Node and npm ci"]
fn a_machine_gets_a_token_for_its_api() {
    let provider = Granting::start_with(&json!({}));
    let client = machine(&provider);
    let grant = client.client_credentials().scope("api:read").resources([RESOURCE]);
    let tokens = send_grant(grant.start(SystemTime::now()).unwrap()).unwrap();
    assert_eq!(tokens.scope(), Some("api:read"));
    assert_eq!(tokens.expires_in(), Some(Duration::from_secs(600)));
    assert!(tokens.refresh_token().is_none());
    let said = introspect(&client, tokens.access_token());
    assert_eq!((&said["active"], &said["client_id"]), (&json!(true), &json!("machine")));
    assert_eq!((&said["aud"], &said["scope"]), (&json!(RESOURCE), &json!("api:read")));
    assert_eq!(said.get("sub"), None, "nobody has logged in");
}

#[test]
#[ignore = "needs Node and npm ci"]
fn the_token_of_a_machine_is_bound_to_its_key() {
    for nonces in [false, true] {
        let provider = Granting::start_with(&json!({ "dpopNonces": nonces }));
        let key = PrivateKey::generate("ES256").unwrap();
        let thumbprint = key.thumbprint();
        let client = provider.client_with("machine", ClientAuth::secret(SECRET), |builder| builder.dpop(key));
        let tokens = send_grant(client.client_credentials().start(SystemTime::now()).unwrap()).unwrap();
        assert_eq!(tokens.token_type().as_ref(), "DPoP");
        assert_eq!(introspect(&client, tokens.access_token())["cnf"]["jkt"], thumbprint, "nonces: {nonces}");

        // A caller with its own transport sends it once more.
        let (request, awaiting) = client.client_credentials().start(SystemTime::now()).unwrap().into_parts();
        let result = awaiting.receive(&send(request).unwrap());
        assert_eq!(matches!(result, Err(TokenError::DpopNonce { .. })), nonces, "{result:?}");
        if let Err(error) = result {
            let again = AwaitingGrant::again(error).unwrap();
            assert_eq!(send_grant(again).unwrap().token_type().as_ref(), "DPoP");
        }
    }
}

#[test]
#[ignore = "needs Node and npm ci"]
fn the_provider_says_what_a_machine_may_not_have() {
    let provider = Granting::start_with(&json!({}));
    let (client, now) = (machine(&provider), SystemTime::now());
    let device = provider.client("device", ClientAuth::secret(SECRET));
    let wrong = provider.client("machine", ClientAuth::secret("wrong"));
    for (request, expected) in [
        (client.client_credentials().resources(["https://api.example/v2"]).start(now), "invalid_target"),
        (client.client_credentials().scope("openid").start(now), "invalid_scope"),
        (device.client_credentials().start(now), "invalid_request"),
        (wrong.client_credentials().start(now), "invalid_client"),
        (client.jwt_bearer("an.assertion.of-somebody").start(now), "unsupported_grant_type"),
        (client.exchange("a-token", TokenTypeIdentifier::ACCESS_TOKEN).start(now), "unsupported_grant_type"),
    ] {
        let error = send_grant(request.unwrap()).unwrap_err();
        assert_eq!((code(&error).as_str(), error.remedy()), (expected, Remedy::FixConfiguration));
    }
}
