//! What is refused to clients without a browser: to devices, and to those that ask for a token of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use oidc_proto::http::Request;
use serde_json::Value;

use crate::{Provider, app, challenge, get, post, post_form, public, refresh, text, userinfo};

type Answer = (u16, BTreeMap<String, Value>);

/// A provider that a device may ask as often as it likes.
fn patient() -> Provider {
    Provider::start(app().device_interval(Duration::ZERO))
}

fn begin(provider: &Provider, scope: &str) -> BTreeMap<String, Value> {
    post(provider, "/device-authorization", &[("scope", scope)]).1
}

fn poll(provider: &Provider, device: &BTreeMap<String, Value>) -> Answer {
    let grant_type = "urn:ietf:params:oauth:grant-type:device_code";
    post(provider, "/token", &[("grant_type", grant_type), ("device_code", text(device, "device_code"))])
}

fn error((status, answer): Answer) -> (u16, String) {
    (status, text(&answer, "error").to_owned())
}

/// What the user answers on the page: its status.
fn decide(provider: &Provider, user_code: &str, decision: &str) -> u16 {
    post_form(provider, "/device", &[("user_code", user_code), ("decision", decision)]).status().as_u16()
}

/// A call of an API: 200, or what refuses it, with its challenge.
fn orders(provider: &Provider, access_token: &str) -> (u16, String) {
    let request = Request::get("https://api.example/orders");
    let request = request.header("authorization", format!("Bearer {access_token}")).body(Vec::new()).unwrap();
    let refused = provider.itself().refuse_call(&request, "orders:read", provider.now());
    refused.map_or((200, String::new()), |response| (response.status().as_u16(), challenge(&response)))
}

/// A provider whose client may ask for a token of its own.
fn service(access_token_lifetime: Duration) -> Provider {
    Provider::start(app().own_scope("orders:read").access_token_lifetime(access_token_lifetime))
}

fn client_credentials(provider: &Provider, more: &[(&str, &str)]) -> Answer {
    post(provider, "/token", &[&[("grant_type", "client_credentials")], more].concat())
}

#[test]
fn a_device_gets_no_tokens_before_the_user_allows_it_and_gets_them_once() {
    let provider = patient();
    let device = begin(&provider, "openid offline_access");
    assert_eq!(error(poll(&provider, &device)), (400, "authorization_pending".to_owned()));
    let user_code = text(&device, "user_code");
    assert_eq!(get(&provider, "/device", &[("user_code", user_code)]).status(), 200);
    assert_eq!(error(poll(&provider, &device)), (400, "authorization_pending".to_owned()), "to look is not to allow");
    assert_eq!(decide(&provider, user_code, "perhaps"), 400);
    assert_eq!(error(poll(&provider, &device)), (400, "authorization_pending".to_owned()));
    assert_eq!(decide(&provider, user_code, "allow"), 200);
    let (status, tokens) = poll(&provider, &device);
    assert!(status == 200 && tokens.contains_key("id_token"), "{tokens:?}");
    assert_eq!(userinfo(&provider, text(&tokens, "access_token")).0, 200);
    assert_eq!(refresh(&provider, text(&tokens, "refresh_token"), &[]).0, 200);
    assert_eq!(error(poll(&provider, &device)), (400, "invalid_grant".to_owned()));
}

#[test]
fn a_user_who_denies_a_device_has_decided() {
    let provider = patient();
    let device = begin(&provider, "openid");
    let user_code = text(&device, "user_code");
    assert_eq!(decide(&provider, user_code, "deny"), 200);
    assert_eq!(error(poll(&provider, &device)), (400, "access_denied".to_owned()));
    assert_eq!(decide(&provider, user_code, "allow"), 400);
    assert_eq!(error(poll(&provider, &device)), (400, "access_denied".to_owned()));
}

#[test]
fn a_device_that_asks_too_fast_is_slowed_down_even_when_the_user_has_allowed_it() {
    let provider = Provider::start(app().device_interval(Duration::from_secs(3600)));
    let device = begin(&provider, "openid");
    assert_eq!(error(poll(&provider, &device)), (400, "authorization_pending".to_owned()));
    assert_eq!(decide(&provider, text(&device, "user_code"), "allow"), 200);
    for _ in 0..2 {
        assert_eq!(error(poll(&provider, &device)), (400, "slow_down".to_owned()));
    }
    provider.wait(3600);
    assert_eq!(error(poll(&provider, &device)), (400, "expired_token".to_owned()));
}

#[test]
fn a_device_code_that_is_too_old_is_over_for_the_device_and_for_the_user() {
    let provider = Provider::start(app().device_code_lifetime(Duration::ZERO));
    let device = begin(&provider, "openid");
    let user_code = text(&device, "user_code");
    assert_eq!(get(&provider, "/device", &[("user_code", user_code)]).status(), 400);
    assert_eq!(decide(&provider, user_code, "allow"), 400);
    for _ in 0..2 {
        assert_eq!(error(poll(&provider, &device)), (400, "expired_token".to_owned()));
    }
}

#[test]
fn a_user_code_may_be_typed_in_lower_case_and_without_its_dash_but_not_wrong() {
    let provider = patient();
    let device = begin(&provider, "openid");
    let user_code = text(&device, "user_code");
    // No code has an A.
    for wrong in ["", "AAAA-AAAA", user_code.get(..8).unwrap()] {
        assert_eq!(decide(&provider, wrong, "allow"), 400, "{wrong}");
    }
    let typed = user_code.to_lowercase().replace('-', " ");
    assert_eq!(decide(&provider, &typed, "allow"), 200);
    assert_eq!(poll(&provider, &device).0, 200);
}

#[test]
fn user_codes_have_no_vowels_and_are_all_different() {
    let provider = patient();
    let codes: BTreeSet<String> = (0..40).map(|_| text(&begin(&provider, "openid"), "user_code").to_owned()).collect();
    assert_eq!(codes.len(), 40);
    for code in codes {
        let parts: Vec<_> = code.split('-').map(str::len).collect();
        assert!(parts == [4, 4] && !code.contains(['A', 'E', 'I', 'O', 'U', 'Y']), "{code}");
    }
}

#[test]
fn a_page_shows_the_scope_of_a_device_as_text() {
    let provider = patient();
    let device = begin(&provider, "openid <script>");
    let page = get(&provider, "/device", &[("user_code", text(&device, "user_code"))]);
    let page = String::from_utf8(page.into_body()).unwrap();
    assert!(page.contains("openid &lt;script&gt;") && page.contains(text(&device, "user_code")), "{page}");
}

#[test]
fn a_device_is_the_clients_and_asks_for_a_login() {
    let provider = patient();
    assert_eq!(error(post(&provider, "/device-authorization", &[("scope", "email")])).1, "invalid_scope");
    let stranger = [("client_id", "app"), ("client_secret", "wrong"), ("scope", "openid")];
    assert_eq!(post_form(&provider, "/device-authorization", &stranger).status(), 401);
    let invented = BTreeMap::from([("device_code".to_owned(), Value::from("invented"))]);
    assert_eq!(error(poll(&provider, &invented)), (400, "invalid_grant".to_owned()));
}

#[test]
fn a_token_of_the_clients_own_opens_the_api_and_is_of_no_user() {
    let provider = service(Duration::from_secs(300));
    let (status, tokens) = client_credentials(&provider, &[("scope", "orders:read")]);
    assert_eq!((status, text(&tokens, "scope")), (200, "orders:read"));
    assert!(!tokens.contains_key("id_token") && !tokens.contains_key("refresh_token"), "{tokens:?}");
    let access_token = text(&tokens, "access_token");
    assert_eq!(orders(&provider, access_token).0, 200);
    let (status, challenge) = userinfo(&provider, access_token);
    assert!(status == 403 && challenge.contains("insufficient_scope"), "{status} {challenge}");
    for scope in ["openid", "orders:read openid", "orders:write"] {
        assert_eq!(error(client_credentials(&provider, &[("scope", scope)])).1, "invalid_scope", "{scope}");
    }
}

#[test]
fn a_token_that_has_ended_or_was_revoked_does_not_open_the_api() {
    let provider = service(Duration::ZERO);
    let ended = client_credentials(&provider, &[]).1;
    let longer = service(Duration::from_secs(300));
    let revoked = client_credentials(&longer, &[]).1;
    assert_eq!(post(&longer, "/revoke", &[("token", text(&revoked, "access_token"))]).0, 200);
    for (provider, tokens) in [(&provider, &ended), (&longer, &revoked)] {
        let (status, challenge) = orders(provider, text(tokens, "access_token"));
        assert!(status == 401 && challenge.contains("invalid_token"), "{status} {challenge}");
    }
}

#[test]
fn a_public_client_gets_no_token_of_its_own() {
    let provider = Provider::start(public().own_scope("orders:read"));
    let response = post_form(&provider, "/token", &[("client_id", "app"), ("grant_type", "client_credentials")]);
    let answer: BTreeMap<String, Value> = serde_json::from_slice(response.body()).unwrap();
    assert_eq!((response.status().as_u16(), text(&answer, "error")), (400, "unauthorized_client"));
}

#[test]
fn a_test_decides_about_a_device_without_a_page() {
    let provider = patient();
    let now = provider.now();
    let (allowed, denied) = (begin(&provider, "openid"), begin(&provider, "openid"));
    assert!(provider.itself().allow_device(text(&allowed, "user_code"), now));
    assert!(provider.itself().deny_device(text(&denied, "user_code"), now));
    assert!(!provider.itself().allow_device(text(&denied, "user_code"), now), "they have decided");
    assert_eq!(poll(&provider, &allowed).0, 200);
    assert_eq!(error(poll(&provider, &denied)).1, "access_denied");
}
