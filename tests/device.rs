//! Logins on another device (RFC 8628, CIBA): whose they are, when to ask, what ends them, and how they are stored. The way of
//! the device flow is in the vectors.
#![cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
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
use oidc_proto::http::{HeaderMap, Response};
use oidc_proto::{
    BackchannelAuthentication, Client, ClientAuth, DeviceAuthorization, DeviceError, IdTokenError, Poll, Remedy,
    SigningError, TokenError, TransportError, UserHint,
};
use serde_json::{Value, json};

const DEVICE: &str = r#"{"device_code":"d3vice","user_code":"WDJB-MJHT","verification_uri":"https://id.example/device",
    "expires_in":600}"#;

fn client_with(auth: ClientAuth, id: &str) -> Client {
    let mut metadata = Good::new().metadata();
    metadata.device_authorization_endpoint = Some("https://id.example/device_authorization".to_owned());
    metadata.backchannel_authentication_endpoint = Some("https://id.example/bc".to_owned());
    Client::builder(metadata, id, auth).build().unwrap()
}

fn client() -> Client {
    client_with(ClientAuth::secret("s3cret"), "app")
}

fn device() -> DeviceAuthorization {
    let (_, awaiting) = client().device_authorization().scope("openid").start(at(0)).unwrap().into_parts();
    awaiting.receive(&Response::new(DEVICE)).unwrap()
}

fn ask(device: &mut DeviceAuthorization, seconds: u64) -> oidc_proto::AwaitingDeviceTokens {
    let Poll::Ask(round_trip) = device.poll(&client(), at(seconds)).unwrap() else { panic!("it is time to ask") };
    round_trip.into_parts().1
}

fn refused(device: &mut DeviceAuthorization, seconds: u64, body: &str) -> TokenError {
    let response = Response::builder().status(400).body(body).unwrap();
    ask(device, seconds).receive(&response).unwrap_err()
}

#[test]
fn a_login_on_another_device_goes_on_with_its_own_client_alone() {
    for other in [client_with(ClientAuth::secret("s3cret"), "other"), client_with(ClientAuth::none(), "ap")] {
        assert!(matches!(device().poll(&other, at(5)), Err(DeviceError::WrongClient)));
    }
}

#[test]
fn a_user_who_says_no_ends_it_and_one_who_has_not_decided_does_not() {
    let mut device = device();
    let pending = refused(&mut device, 5, r#"{"error":"authorization_pending"}"#);
    assert_eq!(pending.remedy(), Remedy::RetryLater);
    assert!(device.failed(&pending, at(5)));
    let declined = refused(&mut device, 10, r#"{"error":"access_denied"}"#);
    assert_eq!(declined.remedy(), Remedy::UserDeclined);
    assert!(!device.failed(&declined, at(10)));
    let over = refused(&mut device, 15, r#"{"error":"expired_token"}"#);
    assert_eq!(over.remedy(), Remedy::RestartLogin);
    assert!(!device.failed(&oidc_proto::Error::from(over), at(15)));
}

#[test]
fn a_network_that_fails_makes_it_slower_and_does_not_end_it() {
    let mut device = device();
    for (failed_at, next) in [(5, 15), (15, 35), (35, 75)] {
        drop(ask(&mut device, failed_at));
        let as_any_error = oidc_proto::Error::from(TransportError::new("no route"));
        assert!(device.clone().failed(&as_any_error, at(failed_at)));
        assert!(device.failed(&TransportError::new("no route"), at(failed_at)));
        assert!(matches!(device.poll(&client(), at(next - 1)), Ok(Poll::Wait(wait)) if wait == Duration::from_secs(1)));
    }
    let busy = Response::builder().status(503).body("").unwrap();
    let error = ask(&mut device, 75).receive(&busy).unwrap_err();
    assert!(device.failed(&oidc_proto::Error::from(error), at(75)));
}

#[test]
fn the_id_token_of_a_device_is_verified_and_has_no_nonce() {
    let mut device = device();
    let unverified = ask(&mut device, 5).receive(&Response::new(Good::new().body())).unwrap();
    assert!(matches!(unverified.verify_trusting_tls(at(0)), Err(IdTokenError::NonceMismatch)), "nobody sent a nonce");
    assert!(matches!(unverified.into_oauth_tokens(), Err(TokenError::OpenIdRequested)));
}

#[test]
fn a_poll_that_cannot_be_signed_has_not_been_made() {
    let remote = client_with(ClientAuth::private_key_jwt_remote("ES256", None), "app");
    let mut device = device();
    let error = device.poll(&remote, at(5)).unwrap_err();
    assert!(matches!(error, DeviceError::Signing(SigningError::AssertionNeeded)));
    assert!(matches!(device.poll(&client(), at(5)), Ok(Poll::Ask(_))));
    assert!(matches!(remote.device_authorization().start(at(0)), Err(DeviceError::Signing(_))));
}

#[test]
fn a_page_that_a_user_must_not_be_sent_to_is_refused() {
    for page in ["http://id.example/device", "javascript:alert(1)", "/device", "https://user@id.example/"] {
        for field in ["verification_uri", "verification_uri_complete"] {
            let mut body: Value = serde_json::from_str(DEVICE).unwrap();
            body[field] = page.into();
            let (_, awaiting) = client().device_authorization().start(at(0)).unwrap().into_parts();
            let error = awaiting.receive(&Response::new(body.to_string())).unwrap_err();
            assert!(matches!(error, DeviceError::Response(_)), "{page}");
            assert_eq!(error.remedy(), Remedy::ReportToProvider);
        }
    }
}

#[test]
fn a_code_that_a_terminal_would_obey_is_refused() {
    let mut body: Value = serde_json::from_str(DEVICE).unwrap();
    body["user_code"] = "WDJB\u{1b}[2J".into();
    let (_, awaiting) = client().device_authorization().start(at(0)).unwrap().into_parts();
    let error = awaiting.receive(&Response::new(body.to_string())).unwrap_err();
    assert!(matches!(error, DeviceError::Response(_)), "{error:?}");
}

#[test]
fn a_stored_login_on_another_device_has_every_member_and_no_other() {
    let stored = serde_json::to_value(device()).unwrap();
    for member in stored.as_object().unwrap().keys() {
        let mut less = stored.clone();
        less.as_object_mut().unwrap().remove(member);
        assert!(serde_json::from_value::<DeviceAuthorization>(less).is_err(), "without {member}");
    }
    for more in [json!({ "x": 1 }), json!({ "version": 2 })] {
        let mut changed = stored.clone();
        changed.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let error = serde_json::from_value::<DeviceAuthorization>(changed).unwrap_err().to_string();
        assert!(!error.contains("d3vice"), "{error}");
        let mut changed: Value = serde_json::from_str(BACKCHANNEL_1).unwrap();
        changed.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let error = serde_json::from_value::<BackchannelAuthentication>(changed).unwrap_err().to_string();
        assert!(!error.contains("r3quest"), "{error}");
    }
}

/// What version 1 stored. They must never change.
const DEVICE_1: &str = include_str!("stored/device_1.json");
const BACKCHANNEL_1: &str = include_str!("stored/backchannel_1.json");

#[test]
fn what_version_1_stored_is_read_and_goes_on() {
    let mut device: DeviceAuthorization = serde_json::from_str(DEVICE_1).unwrap();
    assert_eq!((device.user_code(), device.verification_uri()), ("WDJB-MJHT", "https://id.example/device"));
    assert!(matches!(device.poll(&client(), at(4)), Ok(Poll::Wait(wait)) if wait == Duration::from_secs(1)));
    assert!(matches!(device.poll(&client(), at(5)), Ok(Poll::Ask(_))));
    let mut flow: BackchannelAuthentication = serde_json::from_str(BACKCHANNEL_1).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer n0tification-token".parse().unwrap());
    assert!(flow.pinged(&headers, br#"{"auth_req_id":"r3quest"}"#));
    assert!(matches!(flow.poll(&client(), at(1)), Ok(Poll::Ask(_))));
}

fn backchannel(client: &Client) -> (Vec<(String, String)>, BackchannelAuthentication) {
    let request = client.backchannel_authentication(UserHint::Login("ada".into())).scope("email");
    let request = request.binding_message("W4SCT").client_notification_token("n0tification-token");
    let (request, awaiting) = request.start(at(0)).unwrap().into_parts();
    let body = r#"{"auth_req_id":"r3quest","expires_in":120,"interval":2}"#;
    (form_of(&request).into_iter().collect(), awaiting.receive(&Response::new(body)).unwrap())
}

#[test]
fn a_backchannel_authentication_is_polled_like_a_device() {
    let (form, mut flow) = backchannel(&client());
    for (name, value) in [("scope", "openid email"), ("login_hint", "ada"), ("binding_message", "W4SCT")] {
        assert!(form.iter().any(|pair| *pair == (name.to_owned(), value.to_owned())), "{form:?}");
    }
    assert!(matches!(flow.poll(&client(), at(1)), Ok(Poll::Wait(_))));
    let Poll::Ask(round_trip) = flow.poll(&client(), at(2)).unwrap() else { panic!("it is time to ask") };
    let (request, awaiting) = round_trip.into_parts();
    let form: Vec<_> = form_of(&request).into_iter().collect();
    assert!(form.contains(&("grant_type".into(), "urn:openid:params:grant-type:ciba".into())), "{form:?}");
    assert!(form.contains(&("auth_req_id".into(), "r3quest".into())), "{form:?}");
    let slower = Response::builder().status(400).body(r#"{"error":"slow_down"}"#).unwrap();
    assert!(flow.failed(&awaiting.receive(&slower).unwrap_err(), at(2)));
    assert!(matches!(flow.poll(&client(), at(3)), Ok(Poll::Wait(wait)) if wait == Duration::from_secs(6)));
    assert!(matches!(flow.poll(&client(), at(121)), Ok(Poll::Expired)));
}

#[test]
fn a_ping_is_the_providers_and_about_this_login() {
    let (_, mut flow) = backchannel(&client());
    let headers = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", value.parse().unwrap());
        headers
    };
    let right = headers("Bearer n0tification-token");
    let body = br#"{"auth_req_id":"r3quest"}"#;
    let mut two = right.clone();
    two.append("authorization", "Bearer n0tification-token".parse().unwrap());
    for (headers, body) in [
        (&headers("Bearer another"), &body[..]),
        (&headers("Basic n0tification-token"), body),
        (&HeaderMap::new(), body),
        (&two, body),
        (&right, br#"{"auth_req_id":"another"}"#),
        (&right, br#"{"auth_req_id":7}"#),
        (&right, b"\xff"),
        (&right, b""),
    ] {
        assert!(!flow.pinged(headers, body), "{headers:?} {body:?}");
    }
    assert!(matches!(flow.poll(&client(), at(1)), Ok(Poll::Wait(_))));
    flow = serde_json::from_str(&serde_json::to_string(&flow).unwrap()).unwrap();
    assert!(!flow.pinged(&right, &padded(body, 65_537)), "longer than an id can be");
    assert!(flow.pinged(&right, &padded(body, 65_536)));
    assert!(matches!(flow.poll(&client(), at(1)), Ok(Poll::Ask(_))), "the user has decided");

    let quiet = client().backchannel_authentication(UserHint::Login("ada".into())).start(at(0)).unwrap();
    let mut quiet =
        quiet.into_parts().1.receive(&Response::new(r#"{"auth_req_id":"r3quest","expires_in":9}"#)).unwrap();
    assert!(!quiet.pinged(&headers("Bearer "), body), "it has no token");
}

/// With spaces behind it, as many bytes as this.
fn padded(body: &[u8], length: usize) -> Vec<u8> {
    let mut body = body.to_vec();
    body.resize(length, b' ');
    body
}

#[test]
fn what_is_set_twice_in_a_backchannel_request_is_sent_once() {
    let request = client().backchannel_authentication(UserHint::Login("ada".into()));
    let request = request.binding_message("one").user_code("1234").binding_message("two").start(at(0)).unwrap();
    let form = form_of(&request.into_parts().0);
    assert_eq!((form["binding_message"].as_str(), form["user_code"].as_str()), ("two", "1234"));
}

#[test]
fn a_backchannel_request_that_cannot_be_right_is_not_made() {
    let request = || client().backchannel_authentication(UserHint::IdToken("an.id.token".into()));
    let error = request().extra("request", "x").start(at(0)).unwrap_err();
    assert!(matches!(error, DeviceError::ReservedParameter { .. }) && error.remedy() == Remedy::FixProgram);
    for token in ["", "with space", &"x".repeat(1025)] {
        let error = request().client_notification_token(token).start(at(0)).unwrap_err();
        assert!(matches!(error, DeviceError::InvalidParameter { .. }), "{token}");
    }
    let without = Good::new().client().backchannel_authentication(UserHint::LoginToken("t".into())).start(at(0));
    assert!(matches!(without, Err(DeviceError::NoEndpoint { endpoint: "backchannel_authentication_endpoint" })));
}
