//! Authorization details (RFC 9396) are asked for wherever the scope is, and what was granted takes their place.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use common::{Good, at, form_of, query_of};
use oidc_proto::http::Response;
use oidc_proto::{
    Access, AuthorizationResponse, AwaitingCallback, Client, RefreshToken, Session, SessionError, Tokens,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// As an application has it.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Payment {
    #[serde(rename = "type")]
    kind: String,
    amount: u32,
}

const ASKED: &str = r#"[{"type":"payment","amount":5}]"#;

fn asked() -> [Payment; 1] {
    [Payment { kind: "payment".to_owned(), amount: 5 }]
}

fn good() -> Good {
    Good::new().token_member("refresh_token", json!("rt-1"))
}

/// A login that asks for a payment, with what the provider answers.
fn log_in(good: &Good) -> Tokens {
    let client = good.client();
    let (url, awaiting) = Good::authorize(&client).authorization_details(&asked()).start(at(0)).unwrap();
    assert_eq!(query_of(&url)["authorization_details"], ASKED);
    let awaiting: AwaitingCallback = serde_json::from_str(&serde_json::to_string(&awaiting).unwrap()).unwrap();
    let response = AuthorizationResponse::from_query("code=c&state=st4te").unwrap();
    let (request, awaiting) = awaiting.receive(&client, response, at(0)).unwrap().into_parts();
    assert_eq!(form_of(&request)["authorization_details"], ASKED);
    awaiting.receive(&Response::new(good.body())).unwrap().verify_trusting_tls(at(0)).unwrap()
}

/// What the next refresh of a session asks for, and the session once it has this answer.
fn refresh(client: &Client, session: &Session, answer: &Value) -> (Option<String>, Session) {
    let mut session: Session = serde_json::from_str(&serde_json::to_string(session).unwrap()).unwrap();
    session.expire_access_token();
    let Ok(Access::Refresh(round_trip)) = session.access(client, at(0)) else { panic!("a refresh is due") };
    let (request, awaiting) = round_trip.into_parts();
    let unverified = awaiting.receive(&Response::new(answer.to_string())).unwrap();
    session.refreshed(unverified.verify_trusting_tls(at(0)).unwrap(), at(0)).unwrap();
    (form_of(&request).remove("authorization_details"), session)
}

#[test]
fn a_session_asks_again_for_what_the_login_asked_for() {
    let tokens = log_in(&good());
    assert_eq!(tokens.authorization_details::<Value>().unwrap(), None, "the provider did not say");
    let session = tokens.into_session(at(0));
    assert_eq!(session.authorization_details::<[Payment; 1]>().unwrap(), Some(asked()));
    let (sent, _) = refresh(&good().client(), &session, &json!({ "access_token": "at-2" }));
    assert_eq!(sent.as_deref(), Some(ASKED));
}

#[test]
fn a_session_asks_for_what_was_granted() {
    let granted = json!([{ "type": "payment", "amount": 3, "account": "77" }]);
    let tokens = log_in(&good().token_member("authorization_details", granted.clone()));
    assert_eq!(tokens.authorization_details().unwrap(), Some([Payment { kind: "payment".to_owned(), amount: 3 }]));
    assert!(tokens.extra().get("authorization_details").is_none());
    let session = tokens.into_session(at(0));
    let client = good().client();
    let less = json!([{ "type": "payment", "amount": 1 }]);
    let answer = json!({ "access_token": "at-2", "authorization_details": less });
    let (sent, session) = refresh(&client, &session, &answer);
    assert_eq!(sent, Some(granted.to_string()));
    let (sent, session) = refresh(&client, &session, &json!({ "access_token": "at-3" }));
    assert_eq!((sent, session.authorization_details().unwrap()), (Some(less.to_string()), Some(less)));
}

#[test]
fn a_session_without_them_asks_for_none() {
    let session = good().log_in().unwrap().into_session(at(0));
    assert_eq!(session.authorization_details::<Value>().unwrap(), None);
    let (sent, _) = refresh(&good().client(), &session, &json!({ "access_token": "at-2" }));
    assert_eq!(sent, None);
}

#[test]
fn the_last_list_of_an_authorization_request_counts() {
    let client = good().client();
    let sent = |request: oidc_proto::AuthorizationRequest| {
        query_of(&request.start(at(0)).unwrap().0).remove("authorization_details")
    };
    let request = || client.authorize().authorization_details(&asked());
    assert_eq!(sent(request().authorization_details(&json!([{ "type": "b" }]))).as_deref(), Some(r#"[{"type":"b"}]"#));
    assert_eq!(sent(request().authorization_details(&json!([]))), None);
}

#[test]
fn a_refresh_without_a_session_can_ask_for_less() {
    let client = good().client();
    let request = || client.refresh(&RefreshToken::new("rt-1"));
    let (sent, _) = request().authorization_details(&asked()).start(at(0)).unwrap().into_parts();
    assert_eq!(form_of(&sent)["authorization_details"], ASKED);
    let (sent, _) = request().authorization_details(&json!([])).start(at(0)).unwrap().into_parts();
    assert!(!form_of(&sent).contains_key("authorization_details"));
    for wrong in [json!({ "type": "a" }), json!([{ "actions": ["read"] }]), json!("a"), json!([["a"]])] {
        let refused = request().authorization_details(&wrong).start(at(0)).unwrap_err();
        assert!(matches!(refused, SessionError::InvalidParameter { .. }), "{wrong}: {refused:?}");
    }
}
