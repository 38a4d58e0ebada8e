//! What a browser meets: the application over real sockets, with the embedded provider of the login example.
#![allow(dead_code, reason = "the provider is shared with examples that use more of it")]

#[path = "../../provider/mod.rs"]
mod provider;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum_example::app;
use axum_example::config::{Config, ProviderConfig, SessionStore};
use provider::{Provider, Registration, SigningAlgorithm};
use reqwest::{Client, Method, StatusCode, Url};
use tokio::net::TcpListener;

const KEY: &str = "a key for the tests alone, of 64 characters or more, as it should be";

/// The application, and the provider that it knows. It ends with the test's runtime.
struct Stage {
    base_url: String,
    provider: Provider,
}

impl Stage {
    async fn set(store: SessionStore) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let registration = Registration {
            client_id: "web".to_owned(),
            client_secret: Some("s3cret".to_owned()),
            redirect_uri: format!("{base_url}/callback/example"),
        };
        let provider = Provider::start(SigningAlgorithm::Es256, registration).unwrap();
        serve(listener, &base_url, &provider, store).await;
        Self { base_url, provider }
    }

    fn browser(&self) -> Browser {
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Browser { http, base_url: self.base_url.parse().unwrap(), cookies: BTreeMap::new() }
    }
}

async fn serve(listener: TcpListener, base_url: &str, provider: &Provider, session: SessionStore) {
    let config = Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        base_url: base_url.to_owned(),
        session,
        providers: vec![ProviderConfig {
            name: "example".to_owned(),
            title: "Example & Sons".to_owned(),
            issuer: provider.issuer().to_owned(),
            client_id: "web".to_owned(),
            client_secret: Some("s3cret".to_owned()),
            scope: "openid email profile".to_owned(),
            allow_http: true,
        }],
    };
    let app = app::build(config).await.unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
}

/// A browser of one person: it keeps cookies of the application, and follows redirects when it is told to.
#[derive(Clone)]
struct Browser {
    http: Client,
    base_url: Url,
    cookies: BTreeMap<String, String>,
}

struct Page {
    status: StatusCode,
    location: Option<String>,
    text: String,
}

impl Browser {
    async fn visit(&mut self, method: Method, address: &str) -> Page {
        let url = self.base_url.join(address).unwrap();
        let mut request = self.http.request(method, url.clone());
        if url.origin() == self.base_url.origin() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", cookies.join("; "));
        }
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            assert!(rest.contains("HttpOnly") && rest.contains("SameSite=Lax"), "{rest}");
            self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
        }
        let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        Page { status: response.status(), location, text: response.text().await.unwrap() }
    }

    async fn get(&mut self, address: &str) -> Page {
        self.visit(Method::GET, address).await
    }

    /// Begins a login and goes to the provider: the address that it sends the browser back to.
    async fn to_the_provider_and_back(&mut self, login: &str) -> String {
        let url = self.get(login).await.location.expect("a redirect to the provider");
        self.get(&url).await.location.expect("a redirect back")
    }

    async fn log_in(&mut self) {
        let callback = self.to_the_provider_and_back("/login/example").await;
        assert_eq!(self.get(&callback).await.location.as_deref(), Some("/"));
    }
}

fn stores() -> [SessionStore; 2] {
    [SessionStore::Memory, SessionStore::Cookie { key: KEY.to_owned() }]
}

#[tokio::test]
async fn somebody_signs_in_and_out() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        let front = browser.get("/").await;
        assert!(front.text.contains("Sign in with Example &amp; Sons"), "{}", front.text);
        browser.log_in().await;
        let front = browser.get("/").await;
        assert!(front.text.contains("Sign out") && front.text.contains("ada-1815"), "{}", front.text);
        assert_eq!(browser.visit(Method::POST, "/logout").await.location.as_deref(), Some("/"));
        assert!(browser.get("/").await.text.contains("Sign in with"));
    }
}

#[tokio::test]
async fn a_login_leads_back_to_the_page_that_was_asked_for_and_nowhere_else() {
    let stage = Stage::set(SessionStore::Memory).await;
    let mut browser = stage.browser();
    assert_eq!(browser.get("/private").await.location.as_deref(), Some("/?return_to=/private"));
    let front = browser.get("/?return_to=/private").await;
    assert!(front.text.contains("/login/example?return_to=%2Fprivate"), "{}", front.text);
    let callback = browser.to_the_provider_and_back("/login/example?return_to=%2Fprivate").await;
    assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/private"));
    assert!(browser.get("/private").await.text.contains("A private page"));
    for elsewhere in ["https://evil.example", "//evil.example", "/\\evil.example"] {
        let mut browser = stage.browser();
        let callback = browser.to_the_provider_and_back(&format!("/login/example?return_to={elsewhere}")).await;
        assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/"), "{elsewhere}");
    }
}

#[tokio::test]
async fn a_cancelled_login_says_so() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        let url: Url = browser.get("/login/example").await.location.unwrap().parse().unwrap();
        let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let issuer = stage.provider.issuer();
        let page = browser.get(&format!("/callback/example?error=access_denied&state={state}&iss={issuer}")).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.text.contains("You have not been signed in.") && page.text.contains("Try again"), "{}", page.text);
        browser.log_in().await;
    }
}

#[tokio::test]
async fn a_second_click_and_the_back_button_do_no_harm() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        let callback = browser.to_the_provider_and_back("/login/example").await;
        assert_eq!(browser.get(&callback).await.status, StatusCode::SEE_OTHER);
        assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/"));
        browser.visit(Method::POST, "/logout").await;
        let page = browser.get(&callback).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(browser.get("/").await.text.contains("Sign in with"));
    }
}

#[tokio::test]
async fn two_tabs_log_in_at_once() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        let first = browser.to_the_provider_and_back("/login/example?return_to=/private").await;
        let second = browser.to_the_provider_and_back("/login/example").await;
        assert_eq!(browser.get(&second).await.location.as_deref(), Some("/"));
        assert_eq!(browser.get(&first).await.location.as_deref(), Some("/private"));
    }
}

#[tokio::test]
async fn a_tab_that_is_too_old_is_told_to_begin_again() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let mut browser = stage.browser();
        let stale = browser.to_the_provider_and_back("/login/example").await;
        for _ in 0..4 {
            browser.to_the_provider_and_back("/login/example").await;
        }
        let page = browser.get(&stale).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.text.contains("This sign-in is over") && page.text.contains("/login/example"), "{}", page.text);
    }
}

#[tokio::test]
async fn a_callback_of_another_browser_logs_nobody_in() {
    for store in stores() {
        let stage = Stage::set(store).await;
        let (mut attacker, mut victim) = (stage.browser(), stage.browser());
        let callback = attacker.to_the_provider_and_back("/login/example").await;
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
    serve(other, &stage.base_url, &stage.provider, cookie()).await;
    let mut browser = stage.browser();
    let callback = browser.to_the_provider_and_back("/login/example").await;
    // A proxy would hand the second request to the other process.
    browser.base_url = other_url;
    let target = callback.strip_prefix(&stage.base_url).unwrap();
    assert_eq!(browser.get(target).await.location.as_deref(), Some("/"));
    assert!(browser.get("/").await.text.contains("ada-1815"));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let stage = Stage::set(SessionStore::Memory).await;
    for address in ["/nowhere", "/login/nobody", "/callback/nobody"] {
        assert_eq!(stage.browser().get(address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
}
