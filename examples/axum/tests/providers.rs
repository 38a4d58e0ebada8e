//! Providers that are down, silent or misconfigured: the application starts without them, and uses them once they answer.
#![allow(dead_code, reason = "the browser and the stub are shared with tests that use more of them")]

#[path = "../../web/tests/browser.rs"]
mod browser;
#[path = "common/stub.rs"]
mod stub;

use std::net::SocketAddr;
use std::process::Output;
use std::time::Duration;

use axum_example::app;
use axum_example::web::clock::Clock;
use axum_example::web::config::{Config, ProviderConfig, SessionStore};
use browser::Browser;
use reqwest::StatusCode;
use stub::{Answer, Stub};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

/// The application, with a clock that the test moves. It ends with the test's runtime.
struct Application {
    browser: Browser,
    clock: Clock,
}

impl Application {
    /// Each provider has the name and the title of its place in the list: `p0`, `P0`.
    async fn start(providers: &[&Stub]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let config = Config {
            file: "config.toml".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            base_url: base_url.clone(),
            session: SessionStore::Memory,
            providers: providers.iter().enumerate().map(|(place, stub)| provider(place, &stub.issuer)).collect(),
        };
        let clock = Clock::default();
        // Less than the HTTP client waits for an answer.
        let started = timeout(Duration::from_secs(15), app::build_with_clock(config, clock.clone())).await;
        let app = started.expect("no provider delays the start for long").unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { browser: Browser::new(&base_url), clock }
    }

    fn time_passes(&self) {
        self.clock.move_ahead(Duration::from_secs(30));
    }

    /// Whether the sign-in page has a button for the provider. Where it has none it says why.
    async fn offers(&mut self, place: usize) -> bool {
        let front = self.browser.get("/").await;
        let offered = front.text.contains(&format!("href=\"/login/p{place}\""));
        let refused = front.text.contains(&format!("P{place} is not available at the moment."));
        assert_eq!(front.status, StatusCode::OK);
        assert_ne!(offered, refused, "{}", front.text);
        offered
    }

    async fn offers_soon(&mut self, place: usize) {
        let offered = async {
            while !self.offers(place).await {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(20), offered).await.expect("the provider is offered once it answers");
    }

    /// The provider's page that a login leads to.
    async fn login_leads_to(&mut self, place: usize) -> String {
        self.browser.get(&format!("/login/p{place}")).await.location.expect("a redirect to the provider")
    }
}

fn provider(place: usize, issuer: &str) -> ProviderConfig {
    ProviderConfig {
        name: format!("p{place}"),
        title: format!("P{place}"),
        issuer: issuer.to_owned(),
        client_id: "web".to_owned(),
        client_secret: Some("5ecret".to_owned()),
        scope: "openid".to_owned(),
        allow_http: true,
    }
}

async fn asked(stub: &Stub, times: usize) {
    let asked = async {
        while stub.requests() < times {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), asked).await.expect("the provider is asked again");
}

#[tokio::test]
async fn a_provider_that_was_down_at_the_start_is_used_once_it_is_up() {
    let stub = Stub::start(Answer::Down).await;
    let mut application = Application::start(&[&stub]).await;
    assert!(!application.offers(0).await);
    // Still down after the first pause.
    application.time_passes();
    let at_the_start = stub.requests();
    assert!(!application.offers(0).await);
    asked(&stub, at_the_start + 1).await;
    stub.answers(Answer::Metadata);
    application.time_passes();
    application.offers_soon(0).await;
    assert!(application.login_leads_to(0).await.starts_with(&format!("{}/authorize?", stub.issuer)));
}

#[tokio::test]
async fn a_provider_that_is_down_is_not_asked_for_each_page() {
    let stub = Stub::start(Answer::Down).await;
    let mut application = Application::start(&[&stub]).await;
    let at_the_start = stub.requests();
    stub.answers(Answer::Metadata);
    for _ in 0..10 {
        assert!(!application.offers(0).await);
    }
    assert_eq!(stub.requests(), at_the_start);
}

#[tokio::test]
async fn a_login_at_a_provider_that_is_down_says_so_and_leads_into_no_error() {
    let stub = Stub::start(Answer::Down).await;
    let mut application = Application::start(&[&stub]).await;
    for address in ["/login/p0", "/callback/p0?code=x&state=x"] {
        let page = application.browser.get(address).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.text.contains("P0 is not available at the moment."), "{}", page.text);
        assert!(!page.text.contains("/login/"), "{}", page.text);
    }
}

#[tokio::test]
async fn a_dead_provider_neither_stops_nor_delays_the_others() {
    let (down, silent) = (Stub::start(Answer::Down).await, Stub::start(Answer::Silent).await);
    let (page, good) = (Stub::start(Answer::Page).await, Stub::start(Answer::Metadata).await);
    let mut application = Application::start(&[&down, &silent, &page, &good]).await;
    for dead in 0..3 {
        assert!(!application.offers(dead).await);
    }
    assert!(application.offers(3).await);
    assert!(application.login_leads_to(3).await.starts_with(&format!("{}/authorize?", good.issuer)));
    // No page waits while the dead ones are asked again.
    application.time_passes();
    let front = timeout(Duration::from_secs(10), application.offers(3)).await;
    assert!(front.expect("the page does not wait"));
}

#[tokio::test]
async fn a_provider_whose_address_was_not_that_of_a_provider_is_used_once_it_is() {
    let (stub, other) = (Stub::start(Answer::Page).await, Stub::start(Answer::Down).await);
    let mut application = Application::start(&[&stub, &other]).await;
    assert!(!application.offers(0).await);
    stub.answers(Answer::Metadata);
    application.time_passes();
    application.offers_soon(0).await;
}

/// The output of the application as a process that ends by itself, soon.
async fn run(name: &str, issuer: &str) -> Output {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.toml", std::process::id()));
    let config = format!(
        r#"
        listen = "127.0.0.1:0"
        base_url = "http://127.0.0.1:3000"
        session = {{ store = "memory" }}
        [[provider]]
        name = "example"
        title = "Example"
        issuer = "{issuer}"
        client_id = "web"
        client_secret = "5ecret"
        "#
    );
    std::fs::write(&path, config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_axum-example"));
    let output = timeout(Duration::from_secs(20), command.arg(&path).kill_on_drop(true).output()).await;
    std::fs::remove_file(&path).unwrap();
    output.expect("it does not start").unwrap()
}

#[tokio::test]
async fn where_every_provider_is_misconfigured_the_start_fails_and_says_what_to_change() {
    for (name, issuer) in [("http", "http://127.0.0.1:1"), ("userinfo", "https://ada:5ecret@127.0.0.1:1")] {
        let output = run(name, issuer).await;
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && output.stdout.is_empty(), "{told}");
        assert!(told.contains("provider \"example\" is not available") && told.contains("set issuer to"), "{told}");
        assert!(told.contains(&format!("{name}-{}.toml", std::process::id())), "{told}");
        assert!(!told.contains("5ecret"), "{told}");
    }
}
