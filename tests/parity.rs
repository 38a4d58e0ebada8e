//! What the authorization code flow client of Python's `simple_openid_connect` does, done with this crate: a test for each row
//! of the README's table, and one for each mistake there that is fixed here.
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

use common::{Good, at, form_of, query_of};
use oidc_proto::{
    AuthorizationResponse, AuthorizeError, CallbackError, Client, ClientAuth, CodeChallengeMethod, Error, Prompt,
    ProviderMetadata, TokenError,
};
use serde_json::json;

#[test]
fn start_authentication_returns_a_url_and_each_of_its_arguments_can_be_set() {
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let request = Good::new().client().authorize();
    let request = request.state("my-state").nonce("my-nonce").prompts([Prompt::LOGIN]).code_verifier(verifier);
    let (url, _) = request.start(at(0)).unwrap();
    let query = query_of(&url);
    assert_eq!(query["state"], "my-state");
    assert_eq!(query["nonce"], "my-nonce");
    assert_eq!(query["prompt"], "login");
    // RFC 7636 appendix B.
    assert_eq!(query["code_challenge"], "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    assert_eq!(query["code_challenge_method"], "S256");

    let plain =
        Good::new().client().authorize().code_verifier(verifier).code_challenge_method(CodeChallengeMethod::PLAIN);
    let query = query_of(&plain.start(at(0)).unwrap().0);
    assert_eq!((&*query["code_challenge"], &*query["code_challenge_method"]), (verifier, "plain"));
}

#[test]
fn start_authentication_makes_safely_what_is_not_set() {
    let client = Good::new().client();
    let [first, second] = [(); 2].map(|()| query_of(&client.authorize().start(at(0)).unwrap().0));
    for parameter in ["state", "nonce", "code_challenge"] {
        // 32 bytes in base64url.
        assert_eq!(first[parameter].len(), 43, "{parameter}");
        assert_ne!(first[parameter], second[parameter], "{parameter}");
    }
    assert_eq!(first["code_challenge_method"], "S256");
    assert!(!first.contains_key("prompt"));
}

#[test]
fn without_a_redirect_uri_no_authentication_starts() {
    let client = Client::builder(Good::new().metadata(), "app", ClientAuth::none()).build().unwrap();
    assert!(matches!(client.authorize().start(at(0)), Err(AuthorizeError::NoRedirectUri)));
    assert!(client.authorize().redirect_uri("https://app.example/cb").start(at(0)).is_ok());
}

#[test]
fn handle_authentication_result_goes_from_the_current_url_to_the_tokens() {
    let good = Good::new();
    let client = good.client();
    let (url, awaiting) = Good::authorize(&client).redirect_arg("tenant", "red").start(at(0)).unwrap();
    assert_eq!(query_of(&url)["redirect_uri"], "https://app.example/callback?tenant=red");
    let current_url = "https://app.example/callback?tenant=red&code=c0de&state=st4te&iss=https%3A%2F%2Fid.example";
    let response = AuthorizationResponse::from_url(current_url).unwrap();
    let token_request = awaiting.receive(&client, response, at(60)).unwrap();
    let unverified = token_request.send_with(good.answer()).unwrap();
    let tokens = unverified.verify_trusting_tls(at(60)).unwrap();
    assert_eq!(tokens.id_token().sub(), "ada");
    assert_eq!(tokens.access_token().secret(), "an-access-token");
}

#[test]
fn an_error_of_the_provider_keeps_every_member() {
    let query = "state=st4te&error=custom_error&error_description=no%20way&error_uri=https%3A%2F%2Fid.example%2Fe";
    let error = Good::new().callback(query).unwrap_err();
    let CallbackError::Provider { error, state } = error else { panic!("{error:?}") };
    assert_eq!(error.error().as_str(), "custom_error");
    assert_eq!(error.error_description(), Some("no way"));
    assert_eq!(error.error_uri(), Some("https://id.example/e"));
    assert_eq!(state.secret(), "st4te");
}

#[test]
fn a_provider_without_token_endpoint_is_not_supported() {
    let mut metadata = Good::new().metadata();
    metadata.token_endpoint = None;
    let error = Good::with_metadata(metadata).callback("code=c0de&state=st4te").unwrap_err();
    assert!(matches!(error, CallbackError::NoTokenEndpoint));
}

#[test]
fn exchange_code_for_tokens_accepts_a_response_that_the_caller_parsed() {
    let good = Good::new();
    let client = good.client();
    let (_, awaiting) = Good::authorize(&client).start(at(0)).unwrap();
    let response = AuthorizationResponse::from_parameters([("code", "c0de"), ("state", "st4te")]).unwrap();
    let (request, _) = awaiting.receive(&client, response, at(0)).unwrap().into_parts();
    assert_eq!(form_of(&request)["code"], "c0de");
}

#[test]
fn every_member_of_a_token_success_response_is_read() {
    let good = Good::new()
        .token_member("refresh_expires_in", json!(7200))
        .token_member("refresh_token", json!("a-refresh-token"));
    let tokens = good.token_member("scope", json!("openid email")).log_in().unwrap();
    assert_eq!(tokens.access_token().secret(), "an-access-token");
    assert_eq!(tokens.token_type().as_str(), "Bearer");
    assert_eq!(tokens.expires_in(), Some(Duration::from_secs(300)));
    assert_eq!(tokens.expires_at(at(0)), Some(at(300)));
    assert_eq!(tokens.refresh_token().unwrap().secret(), "a-refresh-token");
    assert_eq!(tokens.scope(), Some("openid email"));
    assert_eq!(tokens.extra().get("refresh_expires_in"), Some(json!(7200)));
    assert_eq!(tokens.extra().get_as::<u64>("refresh_expires_in").unwrap(), Some(7200));
    assert_eq!(tokens.extra().names().collect::<Vec<_>>(), ["refresh_expires_in"]);
    assert!(tokens.id_token().secret().starts_with("eyJ"));
}

#[test]
fn every_member_of_a_token_error_response_is_read() {
    let body = r#"{"error":"invalid_grant","error_description":"used","error_uri":"https://id.example/e"}"#;
    let error = Good::new().token_response(400, body).unwrap_err();
    let Error::Token(TokenError::Provider { error, status, .. }) = error else { panic!("{error:?}") };
    assert_eq!(error.error().as_str(), "invalid_grant");
    assert_eq!(error.error_description(), Some("used"));
    assert_eq!(error.error_uri(), Some("https://id.example/e"));
    assert_eq!(status, 400);
}

#[test]
fn fixed_here_lists_are_joined_by_spaces() {
    let request = Good::new().client().authorize().scope("openid email").prompts([Prompt::LOGIN, Prompt::CONSENT]);
    let query = query_of(&request.start(at(0)).unwrap().0);
    assert_eq!((&*query["scope"], &*query["prompt"]), ("openid email", "login consent"));
}

#[test]
fn fixed_here_duplicates_are_refused() {
    let error = AuthorizationResponse::from_query("code=a&state=b&code=c").unwrap_err();
    assert!(matches!(error, CallbackError::DuplicateParameter { parameter: "code" }));
}

#[test]
fn fixed_here_the_state_is_checked_before_the_error_is_reported() {
    let error = Good::new().callback("error=access_denied&state=other").unwrap_err();
    assert!(matches!(error, CallbackError::StateMismatch));
}

#[test]
fn fixed_here_the_issuer_is_checked() {
    let error = Good::new().callback("code=c0de&state=st4te&iss=https%3A%2F%2Fevil.example").unwrap_err();
    assert!(matches!(error, CallbackError::IssuerMismatch));
}

#[test]
fn fixed_here_the_redirect_uri_is_compared() {
    let good = Good::new();
    let client = good.client();
    let (_, awaiting) = Good::authorize(&client).start(at(0)).unwrap();
    let response = AuthorizationResponse::from_url("https://evil.example/callback?code=c0de&state=st4te").unwrap();
    assert!(matches!(awaiting.receive(&client, response, at(0)), Err(CallbackError::RedirectUriMismatch { .. })));
}

#[test]
fn fixed_here_basic_credentials_are_form_urlencoded_and_the_challenge_is_not_sent_to_the_token_endpoint() {
    let client = Client::builder(Good::new().metadata(), "a b", ClientAuth::secret("p:w/d"))
        .redirect_uri("https://app.example/callback")
        .build()
        .unwrap();
    let (_, awaiting) = Good::authorize(&client).start(at(0)).unwrap();
    let response = AuthorizationResponse::from_query("code=c0de&state=st4te").unwrap();
    let (request, _) = awaiting.receive(&client, response, at(0)).unwrap().into_parts();
    // base64 of `a+b:p%3Aw%2Fd`.
    assert_eq!(request.headers()["authorization"], "Basic YStiOnAlM0F3JTJGZA==");
    let form = form_of(&request);
    let names: Vec<&str> = form.keys().map(String::as_str).collect();
    assert_eq!(names, ["code", "code_verifier", "grant_type", "redirect_uri"]);
}

#[test]
fn fixed_here_the_id_token_is_validated_as_part_of_the_flow() {
    let error = Good::new().claim("nonce", json!("other")).log_in().unwrap_err();
    assert_eq!(error.to_string(), "the nonce of the ID token is not that of this login");
}

#[test]
fn metadata_can_be_made_by_hand() {
    let metadata = ProviderMetadata::new("https://id.example");
    let client =
        Client::builder(metadata, "app", ClientAuth::none()).redirect_uri("https://app.example/cb").build().unwrap();
    assert!(matches!(client.authorize().start(at(0)), Err(AuthorizeError::NoAuthorizationEndpoint)));
}
