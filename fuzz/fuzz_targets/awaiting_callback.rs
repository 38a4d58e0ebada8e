//! The input is a stored form, as JSON: a flow state, the pending logins of a browser, or a key cache.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oidc_proto::{AuthorizationResponse, AwaitingCallback, KeyCache, PendingLogins};
use oidc_proto_fuzz::{CODE, allocations, client, now};
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|input: &[u8]| allocations::bounded(input, || restore(input)));

fn restore(input: &[u8]) {
    printed_and_read_again::<KeyCache>(input);
    if let Some(pending) = printed_and_read_again::<PendingLogins>(input) {
        assert!(pending.len() <= PendingLogins::LIMIT);
    }
    let Some(awaiting) = printed_and_read_again::<AwaitingCallback>(input) else { return };
    let state = awaiting.state().secret().to_owned();
    assert!(!state.is_empty(), "an empty state would match a callback without one");
    let client = client();
    let ours = awaiting.issuer() == client.issuer() && awaiting.client_id() == client.client_id();
    let answer = |state: &str| {
        AuthorizationResponse::from_parameters([("code", CODE), ("state", state)]).expect("no duplicates")
    };
    let stored = serde_json::to_value(&awaiting).expect("it can be printed");
    let other = format!("{state}x");
    assert!(awaiting.clone().receive(&client, answer(&other), now()).is_err(), "another state");
    if awaiting.receive(&client, answer(&state), now()).is_ok() {
        assert!(ours, "another client's login");
        assert_eq!(stored["signed_response"], false, "the login asks for a signed response");
    }
}

fn printed_and_read_again<T: Serialize + DeserializeOwned>(input: &[u8]) -> Option<T> {
    let value: T = serde_json::from_slice(input).ok()?;
    let printed = serde_json::to_string(&value).expect("it can be printed");
    let again: T = serde_json::from_str(&printed).expect("and read again");
    assert_eq!(serde_json::to_string(&again).expect("it can be printed"), printed);
    Some(again)
}
