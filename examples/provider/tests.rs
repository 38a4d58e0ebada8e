//! What the embedded provider refuses: each request is one that a provider must not answer with a success.

use std::collections::BTreeMap;
use std::time::Duration;

use oidc_proto::http::{Request, Response};
use serde_json::Value;
use tiny_http::Server;

use crate::provider::{Provider, Registration, SigningAlgorithm};
use crate::send;

const REDIRECT_URI: &str = "http://127.0.0.1:8080/callback";
const WAY_BACK: &str = "http://127.0.0.1:8080/signed-out?t=1";
/// A code verifier and its challenge, of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) fn registration() -> Registration {
    Registration {
        post_logout_redirect_uri: Some(WAY_BACK.to_owned()),
        ..Registration::new("app", "s3cret", REDIRECT_URI.to_owned())
    }
}

pub(crate) fn start(registration: Registration) -> Provider {
    Provider::start(SigningAlgorithm::Es256, registration).unwrap()
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A GET with these parameters.
pub(crate) fn get(provider: &Provider, path: &str, pairs: &[(&str, &str)]) -> Response<Vec<u8>> {
    send(Request::get(format!("{}{path}?{}", provider.issuer(), form(pairs))).body(Vec::new()).unwrap()).unwrap()
}

/// A POST of the client: the status, and what the JSON has.
pub(crate) fn post(provider: &Provider, path: &str, pairs: &[(&str, &str)]) -> (u16, BTreeMap<String, Value>) {
    let body = form(&[pairs, &[("client_id", "app"), ("client_secret", "s3cret")]].concat());
    let request = Request::post(format!("{}{path}", provider.issuer())).body(body.into_bytes()).unwrap();
    let response = send(request).unwrap();
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or_default())
}

fn location(response: &Response<Vec<u8>>) -> Option<&str> {
    response.headers().get("location").and_then(|location| location.to_str().ok())
}

fn code(provider: &Provider, scope: &str) -> String {
    let parameters = [
        ("client_id", "app"),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", scope),
        ("nonce", "n0nce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let response = get(provider, "/authorize", &parameters);
    let url: url::Url = location(&response).unwrap().parse().unwrap();
    url.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
}

fn exchange(provider: &Provider, code: &str) -> (u16, BTreeMap<String, Value>) {
    let grant = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT_URI)];
    post(provider, "/token", &[&grant[..], &[("code_verifier", VERIFIER)]].concat())
}

fn log_in(provider: &Provider, scope: &str) -> BTreeMap<String, Value> {
    exchange(provider, &code(provider, scope)).1
}

pub(crate) fn text<'a>(members: &'a BTreeMap<String, Value>, name: &str) -> &'a str {
    members.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn refresh(provider: &Provider, token: &str, more: &[(&str, &str)]) -> (u16, BTreeMap<String, Value>) {
    let grant = [("grant_type", "refresh_token"), ("refresh_token", token)];
    post(provider, "/token", &[&grant[..], more].concat())
}

/// The status of the UserInfo endpoint, and its challenge.
pub(crate) fn userinfo(provider: &Provider, access_token: &str) -> (u16, String) {
    let request = Request::get(format!("{}/userinfo", provider.issuer()));
    let request = request.header("authorization", format!("Bearer {access_token}")).body(Vec::new()).unwrap();
    let response = send(request).unwrap();
    let challenge = response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
    (response.status().as_u16(), challenge.unwrap_or_default())
}

#[test]
fn a_code_that_comes_twice_ends_the_tokens_that_it_brought() {
    let provider = start(registration());
    let code = code(&provider, "openid");
    let tokens = exchange(&provider, &code).1;
    assert_eq!(userinfo(&provider, text(&tokens, "access_token")).0, 200);
    assert_eq!(text(&exchange(&provider, &code).1, "error"), "invalid_grant");
    assert_eq!(userinfo(&provider, text(&tokens, "access_token")).0, 401);
    assert!(!tokens.contains_key("refresh_token"), "nobody asked for offline_access");
}

#[test]
fn a_refresh_token_works_once_and_ends_its_grant_when_it_comes_again() {
    let provider = start(registration());
    let first = log_in(&provider, "openid offline_access");
    let (status, second) = refresh(&provider, text(&first, "refresh_token"), &[]);
    assert_eq!(status, 200);
    assert_eq!(userinfo(&provider, text(&second, "access_token")).0, 200);
    let (status, again) = refresh(&provider, text(&first, "refresh_token"), &[]);
    assert_eq!((status, text(&again, "error")), (400, "invalid_grant"));
    assert_eq!(text(&refresh(&provider, text(&second, "refresh_token"), &[]).1, "error"), "invalid_grant");
    assert_eq!(userinfo(&provider, text(&second, "access_token")).0, 401);
}

#[test]
fn a_refresh_may_only_narrow_the_scope_and_is_for_the_client_alone() {
    let provider = start(registration());
    let tokens = log_in(&provider, "openid email offline_access");
    let (status, wider) = refresh(&provider, text(&tokens, "refresh_token"), &[("scope", "openid profile")]);
    assert_eq!((status, text(&wider, "error")), (400, "invalid_scope"));
    let (_, narrower) = refresh(&provider, text(&tokens, "refresh_token"), &[("scope", "email")]);
    assert_eq!((text(&narrower, "scope"), narrower.contains_key("id_token")), ("email", false));
    let (status, challenge) = userinfo(&provider, text(&narrower, "access_token"));
    assert!(status == 403 && challenge.contains("insufficient_scope"), "{status} {challenge}");
    let (_, whole) = refresh(&provider, text(&narrower, "refresh_token"), &[]);
    assert_eq!(text(&whole, "scope"), "openid email offline_access", "the grant is as wide as it was");
    let body = form(&[("grant_type", "refresh_token"), ("refresh_token", text(&whole, "refresh_token"))]);
    let body = format!("{body}&client_id=app&client_secret=wrong").into_bytes();
    let request = Request::post(format!("{}/token", provider.issuer())).body(body).unwrap();
    assert_eq!(send(request).unwrap().status(), 401);
}

#[test]
fn an_access_token_that_is_over_is_an_invalid_token() {
    let provider = start(Registration { access_token_lifetime: Duration::ZERO, ..registration() });
    let tokens = log_in(&provider, "openid");
    for access_token in [text(&tokens, "access_token"), "invented"] {
        let (status, challenge) = userinfo(&provider, access_token);
        assert!(status == 401 && challenge.contains("invalid_token"), "{status} {challenge}");
    }
}

#[test]
fn a_revoked_refresh_token_takes_its_grant_with_it() {
    let provider = start(registration());
    let tokens = log_in(&provider, "openid offline_access");
    assert_eq!(post(&provider, "/revoke", &[("token", "invented")]).0, 200);
    assert_eq!(userinfo(&provider, text(&tokens, "access_token")).0, 200);
    assert_eq!(post(&provider, "/revoke", &[("token", text(&tokens, "refresh_token"))]).0, 200);
    assert_eq!(userinfo(&provider, text(&tokens, "access_token")).0, 401);
    assert_eq!(refresh(&provider, text(&tokens, "refresh_token"), &[]).0, 400);
}

#[test]
fn a_logout_needs_an_id_token_of_the_provider_and_a_registered_way_back() {
    let provider = start(registration());
    let tokens = log_in(&provider, "openid");
    let id_token = text(&tokens, "id_token");
    let of_another = start(registration());
    let foreign = log_in(&of_another, "openid");
    let refused = |pairs: &[(&str, &str)]| {
        let response = get(&provider, "/end-session", pairs);
        assert!(response.status() == 400 && location(&response).is_none(), "{pairs:?}");
    };
    refused(&[("post_logout_redirect_uri", WAY_BACK)]);
    refused(&[("id_token_hint", text(&foreign, "id_token"))]);
    refused(&[("id_token_hint", id_token), ("post_logout_redirect_uri", "http://127.0.0.1:8080/elsewhere")]);
    refused(&[("id_token_hint", id_token), ("client_id", "other")]);
    let parameters = [("id_token_hint", id_token), ("post_logout_redirect_uri", WAY_BACK), ("state", "a&b")];
    let response = get(&provider, "/end-session", &parameters);
    assert_eq!(location(&response), Some("http://127.0.0.1:8080/signed-out?t=1&state=a%26b"));
}

#[test]
fn a_logout_is_told_to_the_client_once_and_the_notice_is_no_hint() {
    let client = Server::http("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/logged-out", client.server_addr().to_ip().unwrap());
    let provider = start(Registration { backchannel_logout_uri: Some(uri), ..registration() });
    let tokens = log_in(&provider, "openid");
    for _ in 0..2 {
        assert_eq!(get(&provider, "/end-session", &[("id_token_hint", text(&tokens, "id_token"))]).status(), 200);
    }
    let mut request = client.recv_timeout(Duration::from_secs(20)).unwrap().unwrap();
    let mut body = String::new();
    request.as_reader().read_to_string(&mut body).unwrap();
    request.respond(tiny_http::Response::empty(200)).unwrap();
    let token = body.strip_prefix("logout_token=").unwrap();
    assert_eq!(get(&provider, "/end-session", &[("id_token_hint", token)]).status(), 400);
    assert!(client.recv_timeout(Duration::from_millis(200)).unwrap().is_none(), "the session had ended");
}
