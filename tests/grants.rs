//! Grants without a browser: what is sent, what is refused before anything is sent, and what to do about what comes back.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod common;

use common::{Good, at, form_of};
use oidc_proto::http::{Request, Response};
use oidc_proto::{Client, ClientAuth, GrantError, Remedy, SigningError, TokenError, TokenTypeIdentifier};
use serde_json::json;

fn client() -> Client {
    Good::new().client()
}

fn form(request: &Request<Vec<u8>>) -> Vec<(String, String)> {
    form_of(request).into_iter().collect()
}

#[test]
fn a_list_replaces_what_was_set_before() {
    let grant = client().client_credentials().scope("a").scope("b").resources(["urn:a", "urn:b"]).resources(["urn:c"]);
    let (request, _) = grant.start(at(0)).unwrap().into_parts();
    let sent: Vec<_> = url::form_urlencoded::parse(request.body()).into_owned().collect();
    let of = |name: &str| sent.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect::<Vec<_>>();
    assert_eq!((of("scope"), of("resource")), (vec!["b"], vec!["urn:c"]));
}

#[test]
fn all_that_an_exchange_is_told_is_sent() {
    let exchange = client().exchange("subject", TokenTypeIdentifier::JWT);
    let exchange = exchange.actor_token("actor").actor_token_type(TokenTypeIdentifier::ID_TOKEN).scope("a b");
    let exchange = exchange.requested_token_type(TokenTypeIdentifier::ACCESS_TOKEN).resources(["urn:r"]);
    let exchange = exchange.audiences(["other"]).authorization_details(&json!([{ "type": "x" }])).extra("tenant", "t");
    let sent = form(&exchange.start(at(0)).unwrap().into_parts().0);
    for (name, value) in [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", "subject"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ("actor_token", "actor"),
        ("actor_token_type", "urn:ietf:params:oauth:token-type:id_token"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("scope", "a b"),
        ("resource", "urn:r"),
        ("audience", "other"),
        ("authorization_details", r#"[{"type":"x"}]"#),
        ("tenant", "t"),
    ] {
        assert!(sent.contains(&(name.to_owned(), value.to_owned())), "{name}: {sent:?}");
    }
}

#[test]
fn what_cannot_be_sent_is_refused_first() {
    let refused = |grant: oidc_proto::MachineGrant| {
        let error = grant.start(at(0)).unwrap_err();
        assert_eq!(error.remedy(), Remedy::FixProgram);
        error
    };
    for name in ["client_id", "client_assertion", "scope", "subject_token", "refresh_token"] {
        let error = refused(client().client_credentials().extra(name, "x"));
        assert!(matches!(error, GrantError::ReservedParameter { name: ref n } if n == name), "{error:?}");
    }
    let error = refused(client().client_credentials().authorization_details(&json!({ "type": "x" })));
    assert!(
        matches!(error, GrantError::InvalidParameter { ref name, .. } if name == "authorization_details"),
        "{error:?}"
    );

    let exchange = || client().exchange("t", TokenTypeIdentifier::JWT);
    let typed = exchange().actor_token_type(TokenTypeIdentifier::JWT).start(at(0)).unwrap_err();
    assert!(matches!(typed, GrantError::InvalidParameter { .. }));
    let remote = ClientAuth::private_key_jwt_remote("ES256", None);
    let remote = Client::builder(Good::new().metadata(), "app", remote).build().unwrap();
    let error = remote.client_credentials().start(at(0)).unwrap_err();
    assert!(matches!(error, GrantError::Signing(SigningError::AssertionNeeded)));
}

#[test]
fn nobody_logs_in_anew_for_a_grant_of_a_machine() {
    let answer = |status: u16, body: &str| Response::builder().status(status).body(body.to_owned()).unwrap();
    let fails = |response: &Response<String>| {
        let (_, awaiting) = client().client_credentials().start(at(0)).unwrap().into_parts();
        awaiting.receive(response).unwrap_err()
    };
    assert_eq!(fails(&answer(400, r#"{"error":"invalid_grant"}"#)).remedy(), Remedy::FixConfiguration);
    assert_eq!(fails(&answer(404, "")).remedy(), Remedy::FixConfiguration);
    assert_eq!(fails(&answer(503, "")).remedy(), Remedy::RetryLater);
    let error = fails(&answer(200, r#"{"access_token":"t","token_type":"N_A"}"#));
    assert!(matches!(error, TokenError::UnsupportedTokenType { .. }));
}

#[test]
fn the_two_steps_of_an_identity_assertion() {
    let exchange = client().exchange("an.id.token", TokenTypeIdentifier::ID_TOKEN);
    // What is set twice is sent once (RFC 6749 section 3.2).
    let exchange = exchange.requested_token_type("urn:example:other").requested_token_type(TokenTypeIdentifier::ID_JAG);
    let (request, awaiting) = exchange.audiences(["https://api-as.example"]).start(at(0)).unwrap().into_parts();
    let mut sent = form(&request);
    sent.retain(|(name, _)| name == "requested_token_type");
    assert_eq!(sent, [("requested_token_type".into(), TokenTypeIdentifier::ID_JAG.as_str().into())]);
    let body = json!({ "access_token": "the.grant.jwt", "token_type": "n_a", "issued_token_type": TokenTypeIdentifier::ID_JAG });
    let grant = awaiting.receive(&Response::new(body.to_string())).unwrap();
    assert_eq!(grant.issued_token_type(), Some(&TokenTypeIdentifier::ID_JAG));
    let (request, _) = client().jwt_bearer(grant.access_token().secret()).start(at(0)).unwrap().into_parts();
    let sent = form(&request);
    assert!(sent.contains(&("assertion".into(), "the.grant.jwt".into())), "{sent:?}");
    assert!(sent.contains(&("grant_type".into(), "urn:ietf:params:oauth:grant-type:jwt-bearer".into())), "{sent:?}");
}
