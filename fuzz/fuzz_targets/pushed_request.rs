//! The first byte chooses the status; the rest is the body of the response to a pushed authorization request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oidc_proto::PushError;
use oidc_proto::http::Response;
use oidc_proto_fuzz::oracle::Members;
use oidc_proto_fuzz::{CLIENT_ID, ISSUER, STATE, STATUSES, allocations, choice, client, now};
use url::Url;

fuzz_target!(|input: &[u8]| allocations::bounded(input, || receive(input)));

fn receive(input: &[u8]) {
    let (choice, body) = choice(input);
    let status = STATUSES[usize::from(choice) % STATUSES.len()];
    let (_, awaiting) = client().authorize().state(STATE).push(now()).expect("the request is sound").into_parts();
    let response = Response::builder().status(status).body(body).expect("a response");
    let pushed = match awaiting.receive(&response) {
        Ok(pushed) => pushed,
        Err(PushError::Provider { error, .. }) => {
            let shown = format!("{error} {error:?}");
            assert!(shown.len() < 1000, "an error code is shortened");
            return;
        }
        Err(_) => return,
    };
    assert!(matches!(status, 200 | 201), "{status} is no success");
    let text = std::str::from_utf8(body).expect("JSON is text");
    let members = Members::of_body(text);
    assert!(!members.has("error"), "an error brings no URL");
    let request_uri = members.string("request_uri").filter(|uri| !uri.is_empty()).expect("a request_uri");
    let lifetime = pushed.expires_at().map(|until| until.duration_since(now()).expect("it ends later").as_secs());
    assert_eq!(lifetime.is_some(), members.has("expires_in"));
    assert!(lifetime.is_none_or(|lifetime| lifetime < 1 << 31));

    let (url, awaiting) = pushed.into_parts();
    assert_eq!(awaiting.state().secret(), STATE);
    assert!(url.is_ascii() && !url.contains(char::is_whitespace) && !url.contains(char::is_control), "{url:?}");
    let url = Url::parse(&url).expect("a URL");
    assert_eq!(url.as_str().split('?').next(), Some(format!("{ISSUER}/authorize").as_str()));
    assert_eq!(url.fragment(), None);
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let expected = [("client_id", CLIENT_ID), ("request_uri", &request_uri)];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}
