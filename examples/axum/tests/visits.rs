//! What a browser meets: the application over real sockets, with the embedded provider of the login example.
#![allow(dead_code, reason = "the provider is shared with examples that use more of it")]

#[path = "../../web/tests/browser.rs"]
mod browser;
#[path = "../../provider/mod.rs"]
mod provider;

use std::net::SocketAddr;

use axum_example::app;
use axum_example::web::config::{Config, ProviderConfig, SessionStore};
use browser::{Browser, Page};
use oidc_proto::test_provider::TestClient;
use provider::Provider;
use reqwest::{Method, StatusCode, Url};
use tokio::net::TcpListener;

const KEY: &str = "a key for the tests alone, of 64 characters or more, as it should be";

/// The application, and the provider that it knows. It ends with the test's runtime.
struct Stage {
    base_url: String,
    provider: Provider,
}

impl Stage {
    async fn set(store: SessionStore) -> Self {
        Self::set_with_secret(store, "s3cret").await
    }

    /// The secret is the application's: the provider's is `s3cret`.
    async fn set_with_secret(store: SessionStore, secret: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let registered = TestClient::new("web")
            .secret("s3cret")
            .redirect_uri(format!("{base_url}/callback/example"))
            .post_logout_redirect_uri(format!("{base_url}/signed-out/example"));
        let provider = Provider::start(registered).unwrap();
        serve(listener, &base_url, &provider, store, secret).await;
        Self { base_url, provider }
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.base_url)
    }

    /// Begins a login that leads to the private page, and comes back with an error of the provider.
    async fn refuse(&self, error: &str, browser: &mut Browser) -> Page {
        let url: Url = browser.get("/login/example?return_to=/private").await.location.unwrap().parse().unwrap();
        let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let issuer = self.provider.issuer();
        browser.get(&format!("/callback/example?error={error}&state={state}&iss={issuer}")).await
    }
}

async fn serve(listener: TcpListener, base_url: &str, provider: &Provider, session: SessionStore, secret: &str) {
    let config = Config {
        file: "config.toml".to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        base_url: base_url.to_owned(),
        session,
        providers: vec![ProviderConfig {
            name: "example".to_owned(),
            title: "Example & Sons".to_owned(),
            issuer: provider.issuer().to_owned(),
            client_id: "web".to_owned(),
            client_secret: Some(secret.to_owned()),
            scope: "openid email profile".to_owned(),
            allow_http: true,
        }],
    };
    let app = app::build(config).await.unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
}

fn stores() -> [SessionStore; 2] {
    [SessionStore::Memory, SessionStore::Cookie { key: KEY.to_owned() }]
}

#[tokio::test]
async fn a_user_signs_in_and_out() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        let front = browser.get("/").await;
        assert!(front.text.contains("Sign in with Example &amp; Sons"), "{}", front.text);
        browser.log_in().await;
        let front = browser.get("/").await;
        assert!(front.text.contains("Sign out") && front.text.contains("ada-1815"), "{}", front.text);
        let before = browser.clone();
        browser.sign_out().await;
        // Where the provider sent nobody back, the way back is still awaited.
        assert!(browser.cookies.keys().all(|name| name == "logout"), "{:?}", browser.cookies.keys());
        assert!(browser.get("/").await.text.contains("Sign in with"));
        // A copied id is useless. A cookie that holds the session itself cannot be revoked.
        if before.cookies.contains_key("id") {
            assert!(!before.clone().is_signed_in().await);
        }
    }
}

#[tokio::test]
async fn a_login_leads_back_to_the_page_that_was_asked_for_and_nowhere_else() {
    let stage = Stage::set(SessionStore::Memory).await;
    let mut browser = stage.browser();
    assert_eq!(browser.get("/private").await.location.as_deref(), Some("/?return_to=/private"));
    let front = browser.get("/?return_to=/private").await;
    assert!(front.text.contains("Please sign in to see that page."), "{}", front.text);
    assert!(front.text.contains("/login/example?return_to=%2Fprivate"), "{}", front.text);
    let odd = browser.get("/?return_to=/private&return_to=/&x=%ff").await;
    assert_eq!((odd.status, odd.text), (StatusCode::OK, front.text), "a query with more in it is no error");
    let callback = browser.go_to_the_provider_and_back("/login/example?return_to=%2Fprivate").await;
    assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/private"));
    assert!(browser.get("/private").await.text.contains("A private page"));
    for elsewhere in
        ["https://evil.example", "//evil.example", "/\\evil.example", "/%09/evil.example", "/%0a/evil.example"]
    {
        let mut browser = stage.browser();
        let callback = browser.go_to_the_provider_and_back(&format!("/login/example?return_to={elsewhere}")).await;
        assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/"), "{elsewhere}");
    }
}

#[tokio::test]
async fn a_login_for_a_page_whose_path_is_too_long_leads_to_the_front_page() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        let too_long = format!("/{}", "long-".repeat(110));
        let callback = browser.go_to_the_provider_and_back(&format!("/login/example?return_to={too_long}")).await;
        assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/"));
    }
}

#[tokio::test]
async fn a_forged_callback_of_another_provider_ends_no_login() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        let callback = browser.go_to_the_provider_and_back("/login/example?return_to=/private").await;
        let forged = callback.replace("iss=", "iss=https%3A%2F%2Fevil.example%2F");
        assert_ne!(forged, callback);
        assert_eq!(browser.get(&forged).await.status, StatusCode::BAD_GATEWAY);
        assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/private"));
    }
}

#[tokio::test]
async fn a_cancelled_login_says_so_and_can_be_tried_again() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        let page = stage.refuse("access_denied", &mut browser).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.text.contains("Sign-in was cancelled.") && page.text.contains("Try again"), "{}", page.text);
        assert!(page.text.contains("href=\"/login/example?return_to=%2Fprivate\""), "{}", page.text);
        browser.log_in().await;
    }
}

#[tokio::test]
async fn a_second_click_and_the_back_button_change_nothing() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        let callback = browser.go_to_the_provider_and_back("/login/example").await;
        assert_eq!(browser.get(&callback).await.status, StatusCode::SEE_OTHER);
        assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/"));
        browser.sign_out().await;
        let page = browser.get(&callback).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(browser.get("/").await.text.contains("Sign in with"));
    }
}

#[tokio::test]
async fn a_user_signs_in_in_two_tabs_at_once() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        let first = browser.go_to_the_provider_and_back("/login/example?return_to=/private").await;
        let second = browser.go_to_the_provider_and_back("/login/example").await;
        assert_eq!(browser.get(&second).await.location.as_deref(), Some("/"));
        assert_eq!(browser.get(&first).await.location.as_deref(), Some("/private"));
    }
}

#[tokio::test]
async fn a_tab_that_is_too_old_is_told_to_begin_again() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        let stale = browser.go_to_the_provider_and_back("/login/example").await;
        for _ in 0..4 {
            browser.go_to_the_provider_and_back("/login/example").await;
        }
        let page = browser.get(&stale).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.text.contains("This sign-in is over") && page.text.contains("/login/example"), "{}", page.text);
    }
}

#[tokio::test]
async fn a_callback_of_another_browser_signs_nobody_in() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let (mut attacker, mut victim) = (stage.browser(), stage.browser());
        let callback = attacker.go_to_the_provider_and_back("/login/example").await;
        assert_eq!(victim.get(&callback).await.status, StatusCode::BAD_REQUEST, "without a session");
        victim.get("/login/example").await;
        assert_eq!(victim.get(&callback).await.status, StatusCode::BAD_REQUEST, "with a login of its own");
        assert!(victim.get("/").await.text.contains("Sign in with"));
    }
}

#[tokio::test]
async fn a_login_begins_at_one_process_and_ends_at_another() {
    let cookie = || SessionStore::Cookie { key: KEY.to_owned() };
    let stage = Stage::set(cookie()).await;
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other_url: Url = format!("http://{}", other.local_addr().unwrap()).parse().unwrap();
    serve(other, &stage.base_url, &stage.provider, cookie(), "s3cret").await;
    let mut browser = stage.browser();
    let callback = browser.go_to_the_provider_and_back("/login/example").await;
    // A proxy would hand the second request to the other process.
    browser.base_url = other_url;
    let target = callback.strip_prefix(&stage.base_url).unwrap();
    assert_eq!(browser.get(target).await.location.as_deref(), Some("/"));
    assert!(browser.get("/").await.text.contains("ada-1815"));
}

#[tokio::test]
async fn a_provider_that_has_a_question_is_one_click_away() {
    let stage = Stage::set(SessionStore::Memory).await;
    for question in ["login_required", "interaction_required", "consent_required", "account_selection_required"] {
        let page = stage.refuse(question, &mut stage.browser()).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{question}");
        assert!(page.text.contains("Go to Example &amp; Sons"), "{}", page.text);
        assert!(page.text.contains("href=\"/login/example?return_to=%2Fprivate\""), "{}", page.text);
    }
}

#[tokio::test]
async fn a_login_that_the_provider_failed_is_over_and_not_tried_twice() {
    for store in stores() {
        let stage = Stage::set_with_secret(store, "wrong").await;
        let mut browser = stage.browser();
        let callback = browser.go_to_the_provider_and_back("/login/example").await;
        let page = browser.get(&callback).await;
        assert_eq!(page.status, StatusCode::BAD_GATEWAY);
        assert!(page.text.contains("wrong with our sign-in") && !page.text.contains("/login/"), "{}", page.text);
        assert_eq!(browser.get(&callback).await.status, StatusCode::BAD_REQUEST, "the code was sent once");
    }
}

#[tokio::test]
async fn a_sign_out_that_another_site_posts_signs_nobody_out() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        browser.log_in().await;
        // The browser holds back a `Lax` cookie there. It would take a new one from the answer, or drop its own.
        let mut without_cookies = stage.browser();
        let answer = without_cookies.visit(Method::POST, "/logout").await;
        assert!(!answer.headers.contains_key("set-cookie"), "{:?}", answer.headers);
        assert!(browser.is_signed_in().await);
        let page = browser.get("/logout").await;
        assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
        assert!(page.text.contains("Use the Sign out button."), "{}", page.text);
        assert!(browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_link_that_is_looked_at_begins_no_login_and_ends_none() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        let callback = browser.go_to_the_provider_and_back("/login/example").await;
        for _ in 0..4 {
            let fetched = browser.visit_for(Method::GET, "/login/example", Some("prefetch;prerender")).await;
            assert_eq!(fetched.status, StatusCode::SERVICE_UNAVAILABLE);
            let looked_at = browser.visit(Method::HEAD, "/login/example").await;
            assert_eq!(looked_at.location, None);
            let looked_at = browser.visit(Method::HEAD, &callback).await;
            assert_eq!(looked_at.location, None);
        }
        assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/"));
        assert!(browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn four_logins_at_once_fit_into_a_cookie() {
    let stage = Stage::set(SessionStore::Cookie { key: KEY.to_owned() }).await;
    let mut browser = stage.browser();
    let mut callbacks = Vec::new();
    for _ in 0..4 {
        callbacks.push(browser.go_to_the_provider_and_back("/login/example?return_to=/private").await);
    }
    for callback in callbacks {
        assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/private"));
    }
}

/// The browser of these tests fails when a cookie is longer than browsers keep.
#[tokio::test]
async fn the_oldest_login_makes_room_where_a_cookie_would_be_too_long() {
    let stage = Stage::set(SessionStore::Cookie { key: KEY.to_owned() }).await;
    let mut browser = stage.browser();
    let long = format!("/{}", "long-".repeat(99));
    let mut callbacks = Vec::new();
    for _ in 0..4 {
        callbacks.push(browser.go_to_the_provider_and_back(&format!("/login/example?return_to={long}")).await);
    }
    let oldest = callbacks.remove(0);
    assert_eq!(browser.get(&oldest).await.status, StatusCode::BAD_REQUEST);
    let newest = callbacks.pop().unwrap();
    assert_eq!(browser.get(&newest).await.location, Some(long));
}

#[tokio::test]
async fn every_answer_forbids_scripts_referrers_and_caches() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        let callback = browser.go_to_the_provider_and_back("/login/example").await;
        for address in
            ["/", "/login/example", &callback, "/", "/private", &callback, "/nowhere", "/callback/example?state=x"]
        {
            let answer = browser.get(address).await;
            let header = |name: &str| answer.headers[name].to_str().unwrap();
            let policy = header("content-security-policy");
            assert!(policy.starts_with("default-src 'none';") && !policy.contains("script"), "{address}: {policy}");
            assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{address}: {policy}");
            assert_eq!(header("referrer-policy"), "no-referrer", "{address}");
            assert_eq!(header("cache-control"), "no-store", "{address}");
            // What the policy would hold back is not there.
            assert!(!answer.text.contains("<script") && !answer.text.contains("style="), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let stage = Stage::set(SessionStore::Memory).await;
    for address in ["/nowhere", "/login/nobody", "/callback/nobody"] {
        assert_eq!(stage.browser().get(address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
}
