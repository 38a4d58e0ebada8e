//! What one version stores, the next version reads.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use std::time::Duration;

use common::{Good, at, form_of};
use oidc_proto::http::Response;
use oidc_proto::{
    AuthorizationResponse, AwaitingCallback, CallbackError, ClientMetadata, JwkSet, PendingLogins,
    ProtectedResourceMetadata, ProviderMetadata,
};
use serde_json::{Value, json};

/// A login that version 1 stored. It must never change.
const FLOW_STATE_1: &str = include_str!("stored/flow_state_1.json");
/// A login that version 2 stored. It must never change.
const FLOW_STATE_2: &str = include_str!("stored/flow_state_2.json");
/// A list of pending logins that version 1 stored: an array, without a number. It must never change.
const PENDING_LOGINS_1: &str = include_str!("stored/pending_logins_1.json");

fn response(query: &str) -> AuthorizationResponse {
    AuthorizationResponse::from_query(query).unwrap()
}

#[test]
fn a_login_that_version_1_stored_is_finished() {
    let awaiting: AwaitingCallback = serde_json::from_str(FLOW_STATE_1).unwrap();
    let (request, _) =
        awaiting.receive(&Good::new().client(), response("code=c&state=st4te"), at(0)).unwrap().into_parts();
    let form = form_of(&request);
    assert_eq!(form["redirect_uri"], "https://app.example/callback?t=1");
    assert_eq!(form["code_verifier"], "a-verifier-0123456789-0123456789-0123456789");
    assert_eq!(form["resource"], "https://api.example");
}

#[test]
fn a_login_that_version_2_stored_is_finished_and_asks_for_no_signed_response() {
    let client = Good::new().client();
    let awaiting: AwaitingCallback = serde_json::from_str(FLOW_STATE_2).unwrap();
    let (request, _) = awaiting.receive(&client, response("code=c&state=st4te"), at(0)).unwrap().into_parts();
    let form = form_of(&request);
    assert_eq!(form["code_verifier"], "a-verifier-0123456789-0123456789-0123456789");
    assert_eq!((form.get("authorization_details"), form["resource"].as_str()), (None, "https://api.example"));
    let mut stored: Value = serde_json::from_str(FLOW_STATE_2).unwrap();
    for version in [1, 3] {
        stored["version"] = json!(version);
        assert!(serde_json::from_value::<AwaitingCallback>(stored.clone()).is_err(), "version {version}");
    }
}

#[test]
fn pending_logins_that_version_1_stored_are_finished() {
    let client = Good::new().client();
    let mut pending: PendingLogins = serde_json::from_str(PENDING_LOGINS_1).unwrap();
    assert_eq!(pending.len(), 2);
    assert!(pending.receive(&client, response("code=c&state=st4te"), at(0)).is_ok());
    let stored = serde_json::to_value(&pending).unwrap();
    assert_eq!((stored["version"].clone(), stored["logins"][0]["data"].clone()), (json!(2), Value::Null));
    let mut again: PendingLogins = serde_json::from_value(stored).unwrap();
    assert!(again.receive(&client, response("code=c&state=other"), at(0)).is_ok());
}

#[test]
fn a_newer_version_is_refused_and_so_is_what_no_version_wrote() {
    let client = Good::new().client();
    let mut pending = PendingLogins::default();
    pending.insert(Good::authorize(&client).start(at(0)).unwrap().1);
    let stored = serde_json::to_value(&pending).unwrap();
    for (member, value) in [("version", json!(3)), ("version", json!(1)), ("logins", json!(5)), ("more", json!(1))] {
        let mut changed = stored.clone();
        changed[member] = value;
        assert!(serde_json::from_value::<PendingLogins>(changed).is_err(), "{member}");
    }
    for member in ["version", "logins"] {
        let mut changed = stored.clone();
        changed.as_object_mut().unwrap().remove(member);
        assert!(serde_json::from_value::<PendingLogins>(changed).is_err(), "{member}");
    }
    let mut flow: Value = serde_json::from_str(FLOW_STATE_1).unwrap();
    flow["version"] = json!(4);
    flow["scope"] = json!("openid");
    let error = serde_json::from_value::<AwaitingCallback>(flow).unwrap_err().to_string();
    assert!(error.contains("version 4") && error.contains("the versions 1 to 3"), "{error}");
}

#[test]
fn stored_metadata_that_is_no_object_is_told_by_its_name() {
    let message = serde_json::from_str::<ProviderMetadata>("[]").unwrap_err().to_string();
    assert!(message.contains("a provider's metadata"), "{message}");
    let message = serde_json::from_str::<ClientMetadata>("[]").unwrap_err().to_string();
    assert!(message.contains("a client's metadata"), "{message}");
    let message = serde_json::from_str::<ProtectedResourceMetadata>("[]").unwrap_err().to_string();
    assert!(message.contains("a resource's metadata"), "{message}");
}

#[test]
fn a_key_set_keeps_its_provider_in_storage() {
    let client = Good::new().client();
    let (_, awaiting) = client.fetch_keys().unwrap().into_parts();
    let body = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"QkWkCyo8HgO4QeaE1Q2ruofypP7HZYzD5m7-cK3-SJQ"}]}"#;
    let keys = awaiting.receive(&Response::new(body)).unwrap();
    let stored = serde_json::to_value(&keys).unwrap();
    assert_eq!(stored["source"], "https://id.example/keys");
    let again: JwkSet = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!((again.usable_keys(), serde_json::to_value(&again).unwrap()), (1, stored.clone()));
    for member in ["version", "keys", "max_age", "source"] {
        let mut changed = stored.clone();
        changed.as_object_mut().unwrap().remove(member);
        assert!(serde_json::from_value::<JwkSet>(changed).is_err(), "{member}");
    }
    for version in [0, 2] {
        let mut changed = stored.clone();
        changed["version"] = json!(version);
        assert!(serde_json::from_value::<JwkSet>(changed).is_err(), "version {version}");
    }
}

#[test]
fn data_of_the_application_is_stored_with_its_login() {
    let client = Good::new().client();
    let mut pending = PendingLogins::default();
    for state in ["one", "two", "three", "four", "five"] {
        let (_, awaiting) = client.authorize().state(state).start(at(0)).unwrap();
        pending.insert_with(awaiting, &json!({ "return_to": state })).unwrap();
    }
    let mut pending: PendingLogins = serde_json::from_str(&serde_json::to_string(&pending).unwrap()).unwrap();
    let of = |pending: &PendingLogins, state: &str| {
        pending.data_of::<Value>(&response(&format!("code=c&state={state}"))).unwrap()
    };
    assert_eq!(of(&pending, "one"), None, "the oldest is gone");
    assert_eq!(of(&pending, "five").unwrap()["return_to"], "five");
    assert!(pending.data_of::<u8>(&response("code=c&state=five")).is_err());
    assert!(pending.receive(&client, response("code=c&state=five"), at(0)).is_ok());
    assert_eq!(of(&pending, "five"), None);
    let (_, awaiting) = client.authorize().start(at(0)).unwrap();
    assert!(pending.insert_with(awaiting, &"x".repeat(PendingLogins::DATA_LIMIT)).is_err());
    assert_eq!(pending.len(), 3, "a login whose data is too long is not added");
    let (_, awaiting) = client.authorize().start(at(0)).unwrap();
    pending.insert_with(awaiting, &"x".repeat(PendingLogins::DATA_LIMIT - 2)).unwrap();
}

#[test]
fn a_forged_response_ends_no_login() {
    let mut metadata = Good::new().metadata();
    metadata.authorization_response_iss_parameter_supported = true;
    let client = Good::with_metadata(metadata).client();
    let mut metadata = Good::new().metadata();
    metadata.issuer = "https://other.example".to_owned();
    let other = Good::with_metadata(metadata).client();
    let mut pending = PendingLogins::default();
    pending.insert(Good::authorize(&client).start(at(0)).unwrap().1);
    let at_url = |url: &str| AuthorizationResponse::from_url(url).unwrap();
    let iss = "iss=https%3A%2F%2Fid.example";
    let elsewhere = pending.receive(&client, at_url(&format!("/x?code=c&state=st4te&{iss}")), at(0));
    assert!(matches!(elsewhere, Err(CallbackError::RedirectUriMismatch { found, .. }) if found == "/x"));
    let forged = pending.receive(&client, response("error=access_denied&state=st4te&iss=https%3A%2F%2Fevil"), at(0));
    assert!(matches!(forged, Err(CallbackError::IssuerMismatch)));
    let forged = pending.receive(&client, response("error=access_denied&state=st4te"), at(0));
    assert!(matches!(forged, Err(CallbackError::IssuerMissing { .. })));
    let wrong = pending.receive(&other, response("code=c&state=st4te"), at(0));
    assert!(matches!(wrong, Err(CallbackError::WrongClient)));
    let unknown = pending.receive(&client, response("code=c&state=other"), at(0));
    assert!(matches!(unknown, Err(CallbackError::StateMismatch)));
    assert_eq!(pending.len(), 1, "the login is still pending");
    let good = || response(&format!("code=c&state=st4te&{iss}"));
    assert!(pending.receive(&client, good(), at(0)).is_ok());
    assert!(matches!(pending.receive(&client, good(), at(0)), Err(CallbackError::StateMismatch)), "once");
}

#[test]
fn an_error_of_the_provider_ends_the_login() {
    let client = Good::new().client();
    let mut pending = PendingLogins::default();
    pending.insert(Good::authorize(&client).start(at(0)).unwrap().1);
    let declined = pending.receive(&client, response("error=access_denied&state=st4te"), at(0));
    assert!(matches!(declined, Err(CallbackError::Provider { .. })) && pending.is_empty());
    pending.insert(Good::authorize(&client).start(at(0)).unwrap().1);
    let late = pending.receive(&client, response("code=c&state=st4te"), at(0) + Duration::from_secs(3601));
    assert!(matches!(late, Err(CallbackError::FlowExpired)) && pending.is_empty());
}
