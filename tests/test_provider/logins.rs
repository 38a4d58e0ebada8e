//! What is not answered with a success, in a login and after it.

use std::collections::BTreeMap;
use std::time::Duration;

use oidc_proto::http::Request;
use oidc_proto::test_provider::TestClient;
use serde_json::{Value, json};

use crate::{
    Provider, WAY_BACK, app, authorize, code_with, get, grant, location, post, post_form, refresh, text, userinfo,
};

fn code(provider: &Provider, scope: &str) -> String {
    code_with(provider, scope, &[])
}

fn exchange(provider: &Provider, code: &str) -> (u16, BTreeMap<String, Value>) {
    post(provider, "/token", &grant(code))
}

fn log_in(provider: &Provider, scope: &str) -> BTreeMap<String, Value> {
    exchange(provider, &code(provider, scope)).1
}

#[test]
fn a_code_that_comes_twice_ends_the_tokens_that_it_brought() {
    let provider = Provider::start(app());
    let code = code(&provider, "openid");
    let tokens = exchange(&provider, &code).1;
    assert_eq!(userinfo(&provider, text(&tokens, "access_token")).0, 200);
    assert_eq!(text(&exchange(&provider, &code).1, "error"), "invalid_grant");
    assert_eq!(userinfo(&provider, text(&tokens, "access_token")).0, 401);
    assert!(!tokens.contains_key("refresh_token"), "nobody asked for offline_access");
}

#[test]
fn a_refresh_token_works_once_and_ends_its_grant_when_it_comes_again() {
    let provider = Provider::start(app());
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
    let provider = Provider::start(app());
    let tokens = log_in(&provider, "openid email offline_access");
    let (status, wider) = refresh(&provider, text(&tokens, "refresh_token"), &[("scope", "openid profile")]);
    assert_eq!((status, text(&wider, "error")), (400, "invalid_scope"));
    let (_, narrower) = refresh(&provider, text(&tokens, "refresh_token"), &[("scope", "email")]);
    assert_eq!((text(&narrower, "scope"), narrower.contains_key("id_token")), ("email", false));
    let (status, challenge) = userinfo(&provider, text(&narrower, "access_token"));
    assert!(status == 403 && challenge.contains("insufficient_scope"), "{status} {challenge}");
    let (_, whole) = refresh(&provider, text(&narrower, "refresh_token"), &[]);
    assert_eq!(text(&whole, "scope"), "openid email offline_access", "the grant is as wide as it was");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", text(&whole, "refresh_token"))];
    let stranger = [&refresh[..], &[("client_id", "app"), ("client_secret", "wrong")]].concat();
    assert_eq!(post_form(&provider, "/token", &stranger).status(), 401);
}

#[test]
fn an_access_token_that_is_over_is_an_invalid_token() {
    let provider = Provider::start(app().access_token_lifetime(Duration::ZERO));
    let tokens = log_in(&provider, "openid");
    for access_token in [text(&tokens, "access_token"), "invented"] {
        let (status, challenge) = userinfo(&provider, access_token);
        assert!(status == 401 && challenge.contains("invalid_token"), "{status} {challenge}");
    }
}

#[test]
fn a_revoked_refresh_token_takes_its_grant_with_it() {
    let provider = Provider::start(app());
    let tokens = log_in(&provider, "openid offline_access");
    assert_eq!(post(&provider, "/revoke", &[("token", "invented")]).0, 200);
    assert_eq!(userinfo(&provider, text(&tokens, "access_token")).0, 200);
    assert_eq!(post(&provider, "/revoke", &[("token", text(&tokens, "refresh_token"))]).0, 200);
    assert_eq!(userinfo(&provider, text(&tokens, "access_token")).0, 401);
    assert_eq!(refresh(&provider, text(&tokens, "refresh_token"), &[]).0, 400);
}

#[test]
fn a_logout_needs_an_id_token_of_the_provider_and_a_registered_way_back() {
    let provider = Provider::start(app());
    let tokens = log_in(&provider, "openid");
    let id_token = text(&tokens, "id_token");
    let of_another = Provider::start(app());
    let foreign = log_in(&of_another, "openid");
    let refused = |pairs: &[(&str, &str)]| {
        let response = get(&provider, "/end-session", pairs);
        assert!(response.status() == 400 && location(&response).is_none(), "{pairs:?}");
    };
    refused(&[("post_logout_redirect_uri", WAY_BACK)]);
    refused(&[("id_token_hint", text(&foreign, "id_token"))]);
    refused(&[("id_token_hint", id_token), ("post_logout_redirect_uri", "https://app.example/elsewhere")]);
    refused(&[("id_token_hint", id_token), ("client_id", "other")]);
    let parameters = [("id_token_hint", id_token), ("post_logout_redirect_uri", WAY_BACK), ("state", "a&b")];
    let response = get(&provider, "/end-session", &parameters);
    assert_eq!(location(&response), Some("https://app.example/signed-out?t=1&state=a%26b"));
}

#[test]
fn a_logout_is_told_to_the_client_once_and_the_notice_is_no_hint() {
    let provider = Provider::start(app().backchannel_logout_uri("https://app.example/logged-out"));
    let tokens = log_in(&provider, "openid");
    for _ in 0..2 {
        assert_eq!(get(&provider, "/end-session", &[("id_token_hint", text(&tokens, "id_token"))]).status(), 200);
    }
    let notice = provider.itself().poll_back_channel().unwrap();
    assert_eq!((notice.method().as_str(), notice.uri().path()), ("POST", "/logged-out"));
    let body = String::from_utf8(notice.into_body()).unwrap();
    let token = body.strip_prefix("logout_token=").unwrap();
    assert_eq!(get(&provider, "/end-session", &[("id_token_hint", token)]).status(), 400);
    assert!(provider.itself().poll_back_channel().is_none(), "the session had ended");
}

#[test]
fn a_browser_is_sent_nowhere_where_the_client_or_its_redirect_uri_is_not_registered() {
    let provider = Provider::start(app());
    let now = provider.now();
    for (url, page) in [
        (
            "/authorize?client_id=other&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback",
            "This client is not registered.",
        ),
        ("/authorize?client_id=app&redirect_uri=https%3A%2F%2Fthief.example", "This redirect URI is not registered."),
        ("/authorize?client_id=app&client_id=app", "A parameter has a duplicate."),
    ] {
        let url = format!("{}{url}", provider.issuer());
        let error = provider.itself().visit(&url, now);
        let error = error.unwrap_err();
        assert_eq!((error.status().as_u16(), error.text()), (400, page));
    }
}

/// RFC 8252 section 7.3.
#[test]
fn the_port_of_a_loopback_redirect_uri_may_be_any() {
    let registered =
        ["http://127.0.0.1/callback", "http://[::1]:1/callback", "https://127.0.0.1/tls", "http://localhost/name"];
    let app = registered.into_iter().fold(TestClient::new("app"), TestClient::redirect_uri);
    let provider = Provider::start(app);
    for (redirect_uri, known) in [
        ("http://127.0.0.1/callback", true),
        ("http://127.0.0.1:49152/callback", true),
        ("http://[::1]:49152/callback", true),
        ("http://127.0.0.1:49152/other", false),
        ("http://127.0.0.1:49152/callback?more", false),
        ("http://127.0.0.2:49152/callback", false),
        ("https://127.0.0.1:49152/tls", false),
        ("http://localhost:49152/name", false),
    ] {
        let query = crate::form(&[("client_id", "app"), ("redirect_uri", redirect_uri), ("state", "st4te")]);
        let url = format!("{}/authorize?{query}", provider.issuer());
        let went_back = provider.itself().visit(&url, provider.now());
        assert_eq!(went_back.is_ok_and(|url| url.starts_with(redirect_uri)), known, "{redirect_uri}");
    }
}

#[test]
fn an_authorization_request_that_is_wrong_goes_back_with_an_error_and_its_state() {
    let provider = Provider::start(app());
    let good = [("client_id", "app"), ("redirect_uri", crate::REDIRECT_URI), ("state", "st4te")];
    for (more, error) in [
        (&[("response_type", "token")][..], "unsupported_response_type"),
        (&[("response_type", "code")], "invalid_request"),
    ] {
        let response = get(&provider, "/authorize", &[&good[..], more].concat());
        let location = location(&response).unwrap();
        assert!(location.contains(&format!("error={error}")) && location.contains("state=st4te"), "{location}");
    }
}

#[test]
fn who_may_not_be_asked_must_have_a_session_and_who_logs_in_again_has_a_new_time() {
    let provider = Provider::start(app());
    let silent = || location(&authorize(&provider, "openid", &[("prompt", "none")])).unwrap().to_owned();
    assert!(silent().contains("error=login_required"), "{}", silent());
    let auth_time = |more: &[(&str, &str)]| {
        let tokens = exchange(&provider, &code_with(&provider, "openid", more)).1;
        claims(text(&tokens, "id_token"))["auth_time"].as_u64().unwrap()
    };
    let first = auth_time(&[]);
    provider.wait(100);
    assert!(silent().contains("code="), "{}", silent());
    assert_eq!(auth_time(&[("max_age", "200")]), first);
    assert_eq!(auth_time(&[("max_age", "50")]), first + 100);
    provider.wait(100);
    assert_eq!(auth_time(&[("prompt", "login")]), first + 200);
}

#[test]
fn a_scope_brings_its_claims_and_the_first_acr_value_is_met() {
    let provider = Provider::start(app());
    let tokens = exchange(&provider, &code_with(&provider, "openid email", &[("acr_values", "mfa pwd")])).1;
    let claims = claims(text(&tokens, "id_token"));
    assert_eq!((&claims["email"], &claims["acr"]), (&json!("ada@example.com"), &json!("mfa")));
    assert!(claims.get("name").is_none(), "{claims}");
}

#[test]
fn an_introspection_says_what_a_token_is_while_it_can_be_used() {
    let provider = Provider::start(app());
    let tokens = log_in(&provider, "openid offline_access");
    let introspect = |name| post(&provider, "/introspect", &[("token", text(&tokens, name))]).1;
    let access = introspect("access_token");
    assert_eq!((&access["active"], text(&access, "sub")), (&json!(true), "ada-1815"));
    assert_eq!(introspect("refresh_token")["active"], true);
    assert_eq!(
        post(&provider, "/introspect", &[("token", "invented")]).1,
        BTreeMap::from([("active".to_owned(), json!(false))])
    );
    assert_eq!(post_form(&provider, "/introspect", &[("token", "t"), ("client_id", "app")]).status(), 401);
    provider.wait(300);
    assert_eq!(introspect("access_token").len(), 1);
    assert_eq!(post(&provider, "/revoke", &[("token", text(&tokens, "refresh_token"))]).0, 200);
    assert_eq!(introspect("refresh_token").len(), 1);
}

#[test]
fn what_is_not_there_is_not_found_and_a_body_that_is_no_text_is_refused() {
    let provider = Provider::start(app());
    for uri in ["https://id.example/token", "https://id.example/tenant/nothing", "https://id.example/tenan"] {
        assert_eq!(provider.send(Request::get(uri).body(Vec::new()).unwrap()).status(), 404, "{uri}");
    }
    let token = format!("{}/token", provider.issuer());
    assert_eq!(provider.send(Request::get(&token).body(Vec::new()).unwrap()).status(), 405);
    assert_eq!(provider.send(Request::post(&token).body(vec![0xff]).unwrap()).status(), 400);
}

#[test]
fn a_response_by_form_post_is_a_page() {
    let provider = Provider::start(app());
    let page = authorize(&provider, "openid", &[("response_mode", "form_post"), ("state", "\"><script>")]);
    let page = String::from_utf8(page.into_body()).unwrap();
    assert!(
        page.contains("action=\"https://app.example/callback\"") && page.contains("&quot;&gt;&lt;script&gt;"),
        "{page}"
    );
}

fn claims(jwt: &str) -> Value {
    use base64::Engine;
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
