//! What a browser meets: the application over real sockets, with the test provider on a port of this machine.
#![allow(dead_code, reason = "provider and browser are shared with those who use more of them")]

#[path = "../../web/tests/browser.rs"]
mod browser;
#[path = "../../provider/mod.rs"]
mod provider;

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_example::app;
use actix_example::web::clock::Clock;
use actix_example::web::config::{Config, ProviderConfig, SessionStore};
use browser::Browser;
use oidc_proto::test_provider::{Endpoint, Fault, TestClient};
use provider::Provider;
use reqwest::{Method, StatusCode};

/// The application, and the provider that it knows.
struct Stage {
    base_url: String,
    clock: Clock,
    provider: Provider,
}

impl Stage {
    async fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let registered = TestClient::new("web")
            .secret("s3cret")
            .redirect_uri(format!("{base_url}/callback/example"))
            .post_logout_redirect_uri(format!("{base_url}/signed-out/example"))
            .backchannel_logout_uri(format!("{base_url}/backchannel-logout/example"));
        let provider = Provider::start(registered).unwrap();
        let config = Config {
            file: "config.toml".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            base_url: base_url.clone(),
            session: SessionStore::Memory,
            providers: vec![ProviderConfig {
                name: "example".to_owned(),
                title: "Example & Sons".to_owned(),
                issuer: provider.issuer().to_owned(),
                client_id: "web".to_owned(),
                client_secret: Some("s3cret".to_owned()),
                scope: "openid email profile offline_access".to_owned(),
                allow_http: true,
            }],
        };
        let clock = Clock::default();
        let app = app::build_with_clock(config, clock.clone()).await.unwrap();
        actix_web::rt::spawn(app::serve(listener, app).unwrap());
        Self { base_url, clock, provider }
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.base_url)
    }

    fn wait(&self, seconds: u64) {
        self.clock.move_ahead(Duration::from_secs(seconds));
        self.provider.move_ahead(Duration::from_secs(seconds));
    }
}

/// The runtime of actix-web, for one test.
fn run(test: impl Future<Output = ()>) {
    actix_web::rt::System::new().block_on(test);
}

#[test]
fn a_user_signs_in_and_out() {
    run(async {
        let stage = Stage::set().await;
        let mut browser = stage.browser();
        assert_eq!(browser.get("/private").await.location.as_deref(), Some("/?return_to=/private"));
        assert!(browser.get("/").await.text.contains("Sign in with Example &amp; Sons"));
        let callback = browser.go_to_the_provider_and_back("/login/example?return_to=/private").await;
        let before = browser.cookies.clone();
        assert_eq!(browser.get(&callback).await.location.as_deref(), Some("/private"));
        assert_ne!(browser.cookies, before, "the session has a new id");
        assert!(browser.get("/private").await.text.contains("Ada Lovelace"));
        let copy = browser.clone();
        browser.sign_out().await;
        assert!(!browser.is_signed_in().await && !copy.clone().is_signed_in().await);
        assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
    });
}

#[test]
fn a_user_stays_signed_in_until_the_provider_takes_it_back() {
    run(async {
        let stage = Stage::set().await;
        let mut browser = stage.browser();
        browser.log_in().await;
        for _ in 0..3 {
            assert!(browser.get("/profile").await.text.contains("ada@example.com"));
            stage.wait(400);
        }
        stage.provider.lock().queue(Fault::Status(Endpoint::Token, reqwest::StatusCode::BAD_GATEWAY));
        assert_eq!(browser.get("/profile").await.status, StatusCode::SERVICE_UNAVAILABLE);
        stage.wait(60);
        assert!(browser.get("/profile").await.text.contains("ada@example.com"), "the provider is back");
        stage.wait(400);
        stage.provider.lock().queue(Fault::OAuthError(Endpoint::Token, "invalid_grant".into()));
        assert!(browser.get("/profile").await.text.contains("Sign in with"));
    });
}

#[test]
fn a_logout_at_the_provider_ends_the_session_here_and_its_token_counts_once() {
    run(async {
        let stage = Stage::set().await;
        let mut browser = stage.browser();
        browser.log_in().await;
        let now = stage.provider.now();
        assert!(stage.provider.lock().log_out(now));
        let notice = stage.provider.lock().poll_back_channel().unwrap();
        let post = |body: Vec<u8>| reqwest::Client::new().post(notice.uri().to_string()).body(body).send();
        assert_eq!(post(b"logout_token=e30.e30.e30".to_vec()).await.unwrap().status(), 400);
        assert!(browser.is_signed_in().await);
        let answer = post(notice.body().clone()).await.unwrap();
        assert_eq!((answer.status().as_u16(), &answer.headers()["cache-control"]), (200, &"no-store".parse().unwrap()));
        assert!(!browser.is_signed_in().await);
        assert_eq!(post(notice.body().clone()).await.unwrap().status(), 400);
        assert_eq!(post(vec![b'a'; 65 * 1024]).await.unwrap().status(), 413);
    });
}

#[test]
fn what_goes_wrong_at_the_provider_is_said_in_plain_words_and_nobody_is_signed_in() {
    run(async {
        let stage = Stage::set().await;
        for (fault, status, text) in [
            (Fault::WrongNonce, 400, "This sign-in is over."),
            (Fault::WrongState, 400, "This sign-in is over."),
            (Fault::WrongAudience, 502, "Something is wrong with our sign-in."),
            (Fault::OAuthError(Endpoint::Authorization, "access_denied".into()), 403, "Sign-in was cancelled."),
            (Fault::OAuthError(Endpoint::Authorization, "login_required".into()), 403, "has a question for you"),
        ] {
            let mut browser = stage.browser();
            stage.provider.lock().queue(fault.clone());
            let callback = browser.go_to_the_provider_and_back("/login/example").await;
            let page = browser.get(&callback).await;
            assert!(
                page.status.as_u16() == status && page.text.contains(text),
                "{fault:?}: {} {}",
                page.status,
                page.text
            );
            assert!(!browser.is_signed_in().await);
        }
    });
}

#[test]
fn a_callback_in_another_browser_signs_nobody_in_and_a_second_one_changes_nothing() {
    run(async {
        let stage = Stage::set().await;
        let (mut victim, mut attacker) = (stage.browser(), stage.browser());
        let callback = attacker.go_to_the_provider_and_back("/login/example").await;
        assert_eq!(victim.get(&callback).await.status, StatusCode::BAD_REQUEST);
        assert!(!victim.is_signed_in().await);
        assert_eq!(attacker.get(&callback).await.location.as_deref(), Some("/"));
        assert_eq!(attacker.get(&callback).await.location.as_deref(), Some("/"), "the back button");
        assert!(attacker.is_signed_in().await);
    });
}

#[test]
fn every_answer_has_the_headers_that_protect_it_and_no_address_answers_what_it_should_not() {
    run(async {
        let stage = Stage::set().await;
        let mut browser = stage.browser();
        for (method, address, status) in [
            (Method::GET, "/", 200),
            (Method::GET, "/?return_to=/private&return_to=/&x=%ff", 200),
            (Method::GET, "/nothing", 404),
            (Method::GET, "/login/nobody", 404),
            (Method::GET, "/logout", 405),
            (Method::HEAD, "/callback/example", 405),
            (Method::POST, "/private", 405),
        ] {
            let page = browser.visit(method, address).await;
            assert_eq!(page.status, status, "{address}");
            assert_eq!(page.headers["cache-control"], "no-store", "{address}");
            assert!(page.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        }
        assert!(browser.get("/logout").await.text.contains("Use the Sign out button."));
        assert_eq!(browser.get("/style.css").await.headers["cache-control"], "max-age=600");
        let page = browser.visit_for(Method::GET, "/login/example", Some("prefetch")).await;
        assert!(page.status == 503 && browser.cookies.is_empty(), "a page that is fetched in advance begins no login");
    });
}
